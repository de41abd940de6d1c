"""What a process remembers of tables that change seldom is never older than what is stored."""

import os
from dataclasses import replace

import pytest
import sqlalchemy as sa

from backoffice.core.configuration import Configuration
from backoffice.core.office import Backoffice
from backoffice.core.persistence.prepared import Read, among
from backoffice.core.persistence.remembered import Memory, forget_all
from backoffice.core.testing.offices import desk_of
from backoffice.core.users.models import Branch

NAMES = Read(sa.select(Branch.code, Branch.name).where(among(Branch.code, "codes")))


def names(desk, *codes):
    return desk.run(lambda session: dict(NAMES.rows(session, codes=list(codes))))


def by_hand(office, statement, *, counted=True):
    """Run plain SQL as somebody with the database would, past the log, and past the counts of changes or not."""
    triggers = (
        ["core_branch_audit_update"] if counted else ["core_branch_audit_update", "core_branch_remembered_update"]
    )
    with office.database.write_engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            for trigger in triggers:
                connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        elif not counted:
            connection.exec_driver_sql("DROP TRIGGER core_branch_remembered ON core_branch")
        connection.exec_driver_sql(statement)


@pytest.fixture
def other(two):
    """A desk of another process, so to speak: an office of its own on the same database."""
    office = Backoffice(Configuration(database=two.office.database.url.render_as_string(False)), only=frozenset())
    office.start()
    yield desk_of(office)
    office.close()


def test_rows_are_answered_from_memory(two):
    assert names(two.ours, "north") == {"north": "Ours"}
    by_hand(two.office, f"UPDATE core_branch SET name = 'Unseen' WHERE id = {two.our_branch}", counted=False)
    assert names(two.ours, "north") == {"north": "Ours"}


def test_what_another_process_changes_is_seen_by_the_next_transaction(two, other):
    assert names(two.ours, "north", "south") == {"north": "Ours"}
    other.execute("core.branch.create", code="south", name="New")
    other.execute("core.branch.change", id=two.our_branch, version=1, name="Changed")
    assert names(two.ours, "north", "south") == {"north": "Changed", "south": "New"}


def test_what_plain_sql_changes_is_seen(two):
    assert names(two.ours, "north") == {"north": "Ours"}
    by_hand(two.office, f"UPDATE core_branch SET name = 'By hand' WHERE id = {two.our_branch}")
    assert names(two.ours, "north") == {"north": "By hand"}


def test_a_transaction_sees_what_it_changed_itself(two):
    def work(session):
        before = NAMES.rows(session, codes=["north"])
        session.get(Branch, two.our_branch).name = "Mine"
        return before, NAMES.rows(session, codes=["north"])

    assert two.ours.run(work) == ([("north", "Ours")], [("north", "Mine")])
    assert names(two.ours, "north") == {"north": "Mine"}


def test_a_transaction_sees_what_it_changed_by_a_statement(two):
    def work(session):
        before = NAMES.rows(session, codes=["north"])
        session.execute(sa.update(Branch).values(name="All"))
        return before, NAMES.rows(session, codes=["north"])

    assert two.ours.run(work) == ([("north", "Ours")], [("north", "All")])


def test_what_was_taken_back_is_not_remembered(two):
    def work(session):
        session.get(Branch, two.our_branch).name = "Never"
        assert NAMES.rows(session, codes=["north"]) == [("north", "Never")]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        two.ours.run(work)
    assert names(two.ours, "north") == {"north": "Ours"}


def test_each_organisation_and_choice_of_companies_has_its_own_answers(two):
    nowhere = desk_of(two.office)
    nowhere.context = replace(nowhere.context, companies=frozenset({0}))
    assert names(two.ours, "north") == {"north": "Ours"}
    assert names(two.theirs, "north") == {"north": "Theirs"}
    assert names(nowhere, "north") == {}


def test_a_snapshot_does_not_put_old_answers_in_the_place_of_new_ones(two, other):
    with two.ours.reading() as old:
        old.execute(sa.select(Branch.id)).all()  # the snapshot is taken here
        other.execute("core.branch.change", id=two.our_branch, version=1, name="Newer")
        assert names(desk_of(two.office), "north") == {"north": "Newer"}
        assert NAMES.rows(old, codes=["north"]) == [("north", "Ours")]
    assert names(two.ours, "north") == {"north": "Newer"}


def test_a_migration_makes_everybody_forget(two):
    assert names(two.ours, "north") == {"north": "Ours"}
    by_hand(two.office, f"UPDATE core_branch SET name = 'Moved' WHERE id = {two.our_branch}", counted=False)
    with two.office.database.write_engine.begin() as connection:
        forget_all(connection)
    assert names(two.ours, "north") == {"north": "Moved"}


def test_ids_taken_ahead_are_given_once_and_not_by_a_child():
    memory = Memory()
    memory.keep_ids("core_branch", [4, 5, 6])
    assert memory.ids("core_branch", 2) == [4, 5]
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.write(write, repr(memory.ids("core_branch", 1)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 100) == b"[]"
    assert memory.ids("core_branch", 2) == []
    assert memory.ids("core_branch", 1) == [6]
