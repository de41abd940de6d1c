"""The sealer takes every audit row once, in an order it keeps, and signs what it took."""

import stat
import threading
from dataclasses import replace
from hashlib import sha256

import pytest
import sqlalchemy as sa

from backoffice.core.audit import keys, storage
from backoffice.core.audit.leaves import leaf_text
from backoffice.core.audit.merkle import Frontier, leaf_hash
from backoffice.core.audit.models import AuditRow, CheckpointRow, Seal
from backoffice.core.audit.notes import Checkpoint, Note, note_hash
from backoffice.core.audit.sealing import count_unsealed, oldest_unsealed, seal
from backoffice.core.audit.verifying import verify
from backoffice.core.errors import ConfigurationError, Conflict
from backoffice.core.testing.offices import desk_of
from backoffice.core.users.models import Branch, Company, Role, User

MANY = (Company, Role, User)


def branch(desk, code):
    return desk.execute("core.branch.create", code=code, name=f"Branch {code}")["id"]


def everything(office, model):
    with office.database.looking() as session:
        return list(session.scalars(sa.select(model).order_by(*sa.inspect(model).primary_key)))


def columns(row):
    return {column.key: getattr(row, column.key) for column in sa.inspect(AuditRow).columns}


def test_every_audit_row_becomes_a_leaf_in_order(office, desk):
    branch(desk, "a")
    rows = everything(office, AuditRow)
    assert seal(office) == len(rows)
    seals = everything(office, Seal)
    assert [s.leaf_index for s in seals] == list(range(len(rows)))
    assert [s.audit_id for s in seals] == [row.id for row in rows]


def test_a_leaf_is_the_hash_of_what_the_row_says_beside_its_payload(office, desk):
    desk.execute("core.branch.create", code="x", name="مكتب | 5:x")
    seal(office)
    rows = {row.id: row for row in everything(office, AuditRow)}
    for found in everything(office, Seal):
        text = leaf_text(found.leaf_index, columns(rows[found.audit_id]))
        assert found.leaf_hash == leaf_hash(text.encode())
        assert "مكتب" not in text


def test_the_database_and_python_write_the_same_leaf_whatever_the_text(office, desk):
    strange = "\"'\\ /|,[]{}:\n\t\r\b\f\x01\x1f\x7f é أ \u2028 \U0001f600 "
    context = replace(desk.context, actor_name=strange, action=strange[::-1], request_id=strange * 3, channel="")
    with office.database.session(context) as session:
        session.add(Branch(code="s", name=strange))
        session.commit()
    while seal(office):
        pass
    row, found = everything(office, AuditRow)[-1], everything(office, Seal)[-1]
    assert (row.actor, found.audit_id) == (strange, row.id)
    assert found.leaf_hash == leaf_hash(leaf_text(found.leaf_index, columns(row)).encode())
    assert verify(office).ok


def test_nothing_is_sealed_twice(office, desk):
    seal(office)
    assert seal(office) == 0
    branch(desk, "a")
    assert seal(office) == 1
    assert seal(office) == 0


def test_a_limit_divides_the_work_and_leads_to_the_same_tree(offices):
    office = offices.make(only=[])
    total = len(everything(office, AuditRow))
    sealed = []
    while some := seal(office, 7):
        sealed.append(some)
    assert sum(sealed) == total
    assert set(sealed[:-1]) == {7}
    hashes = [found.leaf_hash for found in everything(office, Seal)]
    assert everything(office, CheckpointRow)[-1].root == Frontier().grow(hashes).after.root


def test_each_checkpoint_is_signed_and_names_the_one_before(office, desk):
    for code in "abc":
        branch(desk, code)
        seal(office)
    rows = everything(office, CheckpointRow)
    before = ""
    for row in rows:
        note = Note.parse(row.note)
        said = Checkpoint.parse(note.text)
        assert note.signed_by(keys.verifiers(office.configuration))
        assert (said.size, said.root, said.at) == (row.size, row.root, storage.instant_text(row.at))
        assert said.previous == (note_hash(before) if before else b"")
        before = row.note
    assert len(rows) == 3


def test_the_key_is_made_at_the_first_seal_for_our_eyes_only(office):
    path = keys.key_path(office.configuration)
    assert not path.exists()
    seal(office)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.with_name(path.name + ".pub").read_text().strip() == str(
        keys.load_signer(office.configuration).verifier
    )


def test_without_its_key_nothing_more_is_sealed(office, desk):
    seal(office)
    keys.key_path(office.configuration).unlink()
    branch(desk, "a")
    with pytest.raises(ConfigurationError, match="not at"):
        seal(office)


def test_a_key_that_others_can_read_is_refused(office):
    keys.make_signer(office.configuration)
    keys.key_path(office.configuration).chmod(0o640)
    with pytest.raises(ConfigurationError, match="open to others"):
        seal(office)


def test_a_new_key_goes_on_where_the_old_one_ended(office, desk):
    seal(office)
    old = keys.load_signer(office.configuration).verifier
    keys.key_path(office.configuration).unlink()
    keys.make_signer(office.configuration)
    branch(desk, "a")
    assert seal(office) == 1
    assert [v for v in keys.verifiers(office.configuration) if v == old]
    assert len(keys.verifiers(office.configuration)) == 2


def test_a_tree_that_is_not_the_signed_one_is_not_sealed_any_further(office, desk):
    seal(office)
    branch(desk, "a")
    with office.database.write_engine.begin() as connection:
        connection.exec_driver_sql("UPDATE core_sealer SET frontier = (SELECT root FROM core_checkpoint LIMIT 1)")
    with pytest.raises(Conflict, match="audit verify"):
        seal(office)


def test_what_waits_is_counted_and_its_age_is_known(office, desk):
    with storage.looking(office.database) as store:
        assert count_unsealed(store, storage.read_standing(store)) == len(everything(office, AuditRow))
        assert oldest_unsealed(store, storage.read_standing(store)) is not None
    seal(office)
    with storage.looking(office.database) as store:
        assert count_unsealed(store, storage.read_standing(store)) == 0
        assert oldest_unsealed(store, storage.read_standing(store)) is None


def test_seals_and_checkpoints_are_only_ever_added(office):
    seal(office)
    for table in ("core_seal", "core_checkpoint"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {everything_of(table)}"):
            with pytest.raises(sa.exc.DBAPIError, match="only ever added"), office.database.write_engine.begin() as c:
                c.exec_driver_sql(statement)


def everything_of(table):
    return "leaf_index = leaf_index" if table == "core_seal" else "note = note"


def test_roots_of_subtrees_are_kept_on_every_eighth_level(office, desk):
    for _time in range(3):
        desk.run(lambda session: [session.execute(sa.update(type_).values(name=type_.name + "!")) for type_ in MANY])
    while seal(office, 100):
        pass
    hashes = [found.leaf_hash for found in everything(office, Seal)]
    with storage.looking(office.database) as store:
        nodes = store.rows("SELECT level, position, hash FROM core_seal_node ORDER BY level, position")
    assert len(nodes) == len(hashes) >> 8
    for level, position, hash_ in nodes:
        subtree = Frontier().grow(hashes[position << level : (position + 1) << level]).after
        assert bytes(hash_) == subtree.root


def test_six_writers_at_once_and_none_of_their_rows_is_missed(office, desk):
    done = threading.Event()
    sealed = [seal(office)]

    def sealing():
        while not done.is_set():
            sealed.append(seal(office, 50))

    def writing(name):
        own = desk_of(office)
        for at in range(12):
            own.run(
                lambda session, at=at: session.add_all([Branch(code=f"{name}{at}.{n}", name=name) for n in range(4)])
            )

    sealer = [threading.Thread(target=sealing) for _ in range(2)]
    writers = [threading.Thread(target=writing, args=(name,)) for name in "abcdef"]
    for thread in (*sealer, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in sealer:
        thread.join()
    while some := seal(office):
        sealed.append(some)
    audited = {row.id for row in everything(office, AuditRow)}
    found = everything(office, Seal)
    assert {s.audit_id for s in found} == audited
    assert len(found) == sum(sealed) == len(audited)
    assert [s.leaf_index for s in found] == list(range(len(found)))


def test_a_digest_is_that_of_salt_and_payload(office):
    row = everything(office, AuditRow)[0]
    assert row.digest == sha256((row.salt + row.payload).encode()).hexdigest()


@pytest.mark.parametrize("ahead", [4, 1_000_000])
def test_a_database_restored_into_another_cluster_goes_on_being_sealed(office, desk, ahead):
    if office.database.dialect != "postgresql":
        pytest.skip("SQLite counts no transactions")
    seal(office, 5)
    with office.database.write_engine.begin() as connection:
        for statement in (
            "ALTER TABLE core_audit DISABLE TRIGGER USER",
            f"UPDATE core_audit SET xid = xid + {ahead} WHERE id > 5",
            "ALTER TABLE core_audit ENABLE TRIGGER USER",
            f"UPDATE core_sealer SET cluster = 'elsewhere', audit_xid = audit_xid + {ahead}",
        ):
            connection.exec_driver_sql(statement)
    branch(desk, "first")
    total = len(everything(office, AuditRow))
    with storage.looking(office.database) as store:
        assert count_unsealed(store, storage.read_standing(store)) == total - 5
    assert seal(office, 1000) == total - 5
    for code in "abcdefgh":
        assert seal(office) == 0
        branch(desk, code)
        assert seal(office) == 1
    with storage.looking(office.database) as store:
        assert count_unsealed(store, storage.read_standing(store)) == 0
    assert len(everything(office, Seal)) == total + 8
    assert verify(office).ok


def test_a_transaction_left_open_holds_back_only_what_came_after_it(office, desk):
    if office.database.dialect != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    seal(office)
    with office.database.session(desk.context) as idle:
        idle.add(Branch(code="idle", name="Idle"))
        idle.flush()
        branch(desk, "later")
        assert seal(office) == 0
        idle.commit()
    assert seal(office) == 2
    assert verify(office).ok
