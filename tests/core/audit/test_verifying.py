"""Verification finds nothing where nothing was changed, and says what it looked at."""

import pytest

from backoffice.core.audit import keys
from backoffice.core.audit.findings import Finding
from backoffice.core.audit.notes import Checkpoint, Note, Signer
from backoffice.core.audit.sealing import seal
from backoffice.core.audit.verifying import verify
from backoffice.core.errors import ConfigurationError, InvalidInput, NotFound
from backoffice.core.testing.offices import desk_of


def named(result):
    return {(one.table, one.id) for one in result.findings}


def newest_note(office):
    with office.database.read_engine.connect() as connection:
        return connection.exec_driver_sql("SELECT note FROM core_checkpoint ORDER BY size DESC LIMIT 1").scalar()


def test_a_sound_history_has_no_findings(sealed):
    result = verify(sealed)
    assert result.findings == ()
    assert result.ok
    assert result.sealed == result.size > 40
    assert (result.unsealed, result.erased, result.uncompared) == (0, 0, 0)
    assert result.rows > 10
    assert result.signed_at == sealed.clock.now()
    assert ("core_audit", "It is the audit log.") in result.exempt


def test_an_office_that_never_sealed_is_sound_and_all_unsealed(office):
    result = verify(office)
    assert result.ok
    assert (result.sealed, result.size) == (0, 0)
    assert result.unsealed > 0


def test_what_waits_to_be_sealed_is_counted(sealed):
    desk_of(sealed).execute("core.branch.create", code="late", name="Late")
    result = verify(sealed)
    assert result.ok
    assert result.unsealed == 1


def test_many_small_seals_and_one_large_one_are_the_same_to_it(office, desk):
    for at in range(40):
        desk.execute("core.branch.create", code=f"b{at}", name="B")
        if at % 3:
            seal(office, at)
    assert verify(office).ok


def test_progress_is_told(sealed):
    told = []
    verify(sealed, progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] > 0


# -- a checkpoint kept elsewhere --


def test_a_checkpoint_kept_elsewhere_fits(sealed, tmp_path):
    note = newest_note(sealed)
    size = Checkpoint.parse(Note.parse(note).text).size
    (tmp_path / "checkpoint-000000000001.txt").write_text(note)
    desk_of(sealed).execute("core.branch.create", code="late", name="Late")
    seal(sealed)
    for given in (note, tmp_path / "checkpoint-000000000001.txt", str(tmp_path)):
        result = verify(sealed, given)
        assert result.ok
        assert result.compared_with == size


def test_a_log_cut_back_behind_a_kept_checkpoint_is_found(sealed, attacker):
    note = newest_note(sealed)
    size = Checkpoint.parse(Note.parse(note).text).size
    before = attacker.run("SELECT max(size) FROM core_checkpoint WHERE size < ?", (size,))[0][0]
    for table, column in (("core_seal", "leaf_index >="), ("core_checkpoint", "size >")):
        attacker.run(f"DELETE FROM {table} WHERE {column} ?", (before,))
    assert ("checkpoint", size) in named(verify(sealed, note))


def test_a_history_signed_anew_is_found_by_a_kept_checkpoint(sealed, attacker):
    note = newest_note(sealed)
    attacker.run("UPDATE core_audit SET actor = 'nobody' WHERE id = 7")
    for table in ("core_seal", "core_checkpoint", "core_sealer", "core_seal_node"):
        attacker.run(f"DELETE FROM {table}")
    while seal(sealed):
        pass
    assert verify(sealed).ok
    size = Checkpoint.parse(Note.parse(note).text).size
    assert named(verify(sealed, note)) == {("checkpoint", size)}


def test_a_checkpoint_by_a_stranger_is_refused(sealed):
    text = Note.parse(newest_note(sealed)).text
    with pytest.raises(InvalidInput, match="not signed"):
        verify(sealed, Signer.generate("stranger").sign(text))


@pytest.mark.parametrize("text", ["", "nonsense\n", "a\n\nb\n"])
def test_what_is_no_checkpoint_is_refused(sealed, tmp_path, text):
    path = tmp_path / "kept.txt"
    path.write_text(text)
    with pytest.raises(InvalidInput, match="not a checkpoint"):
        verify(sealed, path)


def test_a_checkpoint_that_is_not_there_is_said_so(sealed, tmp_path):
    with pytest.raises(NotFound, match="cannot be read"):
        verify(sealed, tmp_path / "none.txt")
    with pytest.raises(NotFound, match="no checkpoint in"):
        verify(sealed, tmp_path)


# -- keys --


def test_without_public_keys_it_says_that_signatures_were_not_checked(sealed):
    path = keys.key_path(sealed.configuration)
    path.unlink()
    path.with_name(path.name + ".pub").unlink()
    assert named(verify(sealed)) == {("core_checkpoint", None)}


def test_the_public_key_alone_is_enough(sealed):
    keys.key_path(sealed.configuration).unlink()
    assert verify(sealed).ok


def test_a_damaged_public_key_is_said_so(sealed):
    path = keys.key_path(sealed.configuration)
    path.with_name(path.name + ".pub").write_text("nonsense\n")
    with pytest.raises(ConfigurationError, match="public keys"):
        verify(sealed)


def test_a_change_of_the_key_is_no_finding(sealed):
    keys.key_path(sealed.configuration).unlink()
    keys.make_signer(sealed.configuration)
    desk_of(sealed).execute("core.branch.create", code="late", name="Late")
    seal(sealed)
    assert verify(sealed).ok


# -- incremental --


def test_after_a_sound_one_only_what_is_new_is_looked_at(sealed):
    verify(sealed)
    desk = desk_of(sealed)
    desk.execute("core.branch.create", code="late", name="Late")
    seal(sealed)
    desk.execute("core.branch.create", code="later", name="Later")
    result = verify(sealed, incremental=True)
    assert result.ok
    assert result.incremental
    assert (result.sealed, result.rows, result.unsealed) == (1, 2, 1)


def test_the_first_one_looks_at_everything(sealed):
    result = verify(sealed, incremental=True)
    assert not result.incremental
    assert result.sealed == result.size
    again = verify(sealed, incremental=True)
    assert again.incremental
    assert (again.sealed, again.rows) == (0, 0)


def test_what_was_found_is_found_again(sealed, attacker):
    verify(sealed)
    desk_of(sealed).run(lambda session: None)
    attacker.run("UPDATE core_sealer SET frontier = (SELECT root FROM core_checkpoint ORDER BY size LIMIT 1)")
    for _time in range(2):
        assert named(verify(sealed, incremental=True)) == {("core_sealer", 1)}


def test_a_row_changed_behind_the_back_of_new_history_is_found(sealed, attacking):
    verify(sealed)
    id_ = desk_of(sealed).execute("core.branch.create", code="late", name="Late")["id"]
    seal(sealed)
    attacking(sealed).run("UPDATE core_branch SET name = 'Else' WHERE id = ?", (id_,))
    assert named(verify(sealed, incremental=True)) == {("core_branch", id_)}


def test_a_deleted_row_of_new_history_is_no_finding(sealed):
    verify(sealed)
    desk = desk_of(sealed)
    role = desk.execute("core.role.create", code="gone", name="Gone", grants=[{"permission": "*.read"}])
    desk.execute("core.role.delete", id=role["id"])
    seal(sealed)
    assert verify(sealed, incremental=True).ok


def test_a_file_that_cannot_be_read_is_said_so(sealed):
    path = keys.key_path(sealed.configuration)
    path.with_name(path.name + ".verified").write_text("{}")
    with pytest.raises(InvalidInput, match="last verification"):
        verify(sealed, incremental=True)


def test_a_finding_says_where_in_one_word():
    assert Finding("core_branch", 17, "x", ("name",)).where == "core_branch 17 name"
    assert Finding("core_checkpoint", None, "x").where == "core_checkpoint"
