"""Payloads are erased by right: the tree stays whole, the erasure is on record, and nothing else can be changed."""

import pytest
import sqlalchemy as sa

from backoffice.core.audit.erasing import erase_history, erase_payload
from backoffice.core.audit.history import history
from backoffice.core.audit.models import AuditRow, Erasure
from backoffice.core.audit.sealing import seal
from backoffice.core.audit.verifying import verify
from backoffice.core.errors import InvalidInput, NotFound, RuleBroken, UnscopedStatement
from backoffice.core.testing.offices import add_organization
from backoffice.core.users.models import Branch


def rows(office, **where):
    with office.database.looking() as session:
        return list(session.scalars(sa.select(AuditRow).filter_by(**where).order_by(AuditRow.id)))


@pytest.fixture
def branch(desk):
    made = desk.execute("core.branch.create", code="home", name="Omar's flat")
    desk.execute("core.branch.change", id=made["id"], version=made["version"], name="Flat")
    return made["id"]


def test_payload_and_salt_go_and_the_rest_stays(office, desk, branch):
    before = rows(office, table_name="core_branch")
    ids = [row.id for row in before]
    assert desk.run(lambda session: erase_payload(session, ids, "Asked for")) == 2
    after = [row for row in rows(office, table_name="core_branch") if row.id in ids]
    assert [(row.payload, row.salt) for row in after] == [(None, None)] * 2
    assert [(row.digest, row.actor, row.at) for row in after] == [(row.digest, row.actor, row.at) for row in before]


def test_the_tree_stays_whole_whether_sealed_before_or_after(office, desk, branch):
    seal(office)
    desk.run(lambda session: erase_history(session, "core_branch", branch, "Asked for"))
    result = verify(office)
    assert (result.findings, result.erased, result.unsealed) == ((), 2, 3)
    seal(office)
    result = verify(office)
    assert (result.findings, result.erased, result.unsealed) == ((), 2, 0)


def test_erased_before_it_was_sealed_it_is_sealed_all_the_same(office, desk, branch):
    desk.run(lambda session: erase_history(session, "core_branch", branch, "Asked for"))
    seal(office)
    result = verify(office)
    assert (result.findings, result.erased, result.unsealed) == ((), 2, 0)


def test_the_erasure_is_recorded_with_who_and_why(office, desk, branch):
    desk.run(lambda session: erase_history(session, "core_branch", branch, " Asked for "), action="test.erase")
    with office.database.looking() as session:
        recorded = list(session.scalars(sa.select(Erasure)))
    assert {one.reason for one in recorded} == {"Asked for"}
    audited = rows(office, table_name="core_erasure")
    assert [(row.actor, row.action, row.operation) for row in audited] == [("admin", "test.erase", "I")] * 2


def test_what_is_left_can_still_be_compared(office, desk, branch, attacking):
    desk.run(lambda session: erase_history(session, "core_branch", branch, "Asked for"))
    seal(office)
    assert verify(office).uncompared == 0
    attacking(office).run("UPDATE core_branch SET name = 'Else' WHERE id = ?", (branch,))
    (found,) = verify(office).findings
    assert (found.table, found.id, found.columns) == ("core_branch", branch, ("name",))


def test_the_history_shows_that_it_was_erased(office, desk, branch):
    desk.run(lambda session: erase_history(session, "core_branch", branch, "Asked for"))
    with desk.reading() as session:
        shown = history(session, "core_branch", branch)
    assert [(change.erased, change.changes) for change in shown] == [(False, ()), (True, ()), (True, ())]


def test_nothing_of_the_old_values_is_left_in_the_log(office, desk, branch):
    desk.run(lambda session: erase_history(session, "core_branch", branch, "Asked for"))
    assert not [row for row in rows(office) if "Omar" in (row.payload or "")]


def test_the_lines_of_a_record_are_erased_with_it(office, desk):
    role = desk.execute("core.role.create", code="r", name="R", grants=[{"permission": "*.read"}])
    assert desk.run(lambda session: erase_history(session, "core_role", role["id"], "Asked for")) == 2
    seal(office)
    assert verify(office).ok


def test_a_record_that_is_deleted_is_not_stated_again(office, desk, branch):
    desk.execute("core.branch.delete", id=branch)
    count = len(rows(office, table_name="core_branch"))
    desk.run(lambda session: erase_history(session, "core_branch", branch, "Asked for"))
    assert len(rows(office, table_name="core_branch")) == count
    seal(office)
    assert verify(office).ok


def test_a_row_with_secrets_is_stated_again_without_them(office, desk):
    clerk = desk.get("core.user", "clerk").id
    desk.run(lambda session: erase_history(session, "core_user", clerk, "Asked for"))
    again = rows(office, table_name="core_user", record_id=clerk)[-1]
    assert "password_hash" not in again.payload
    seal(office)
    assert verify(office).ok


def test_what_is_erased_already_is_left_alone(office, desk, branch):
    for expected in (2, 1):
        assert desk.run(lambda session: erase_history(session, "core_branch", branch, "Asked for")) == expected


def test_an_erasure_needs_a_reason(desk, branch):
    with pytest.raises(InvalidInput, match="reason"):
        desk.run(lambda session: erase_history(session, "core_branch", branch, "  "))


def test_another_organisations_rows_cannot_be_erased(office, desk):
    other = add_organization(office, "globex", "Globex")
    theirs = rows(office, organization_id=other)[-1]
    with pytest.raises(NotFound, match=str(theirs.id)):
        desk.run(lambda session: erase_payload(session, [theirs.id], "Asked for"))
    assert rows(office, id=theirs.id)[0].payload


REFUSED = {
    "a payload without a record": {"payload": None, "salt": None},
    "a payload in the place of another": {"payload": "{}"},
    "metadata": {"actor": "nobody"},
    "metadata beside the payload": {"payload": None, "salt": None, "actor": "nobody"},
    "the payload alone": {"payload": None},
}


@pytest.mark.parametrize("values", REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.parametrize("recorded", [False, True])
def test_the_database_refuses_every_other_change(office, desk, branch, values, recorded):
    if recorded and values == {"payload": None, "salt": None}:
        pytest.skip("this is what it lets through")
    row = rows(office, table_name="core_branch")[0]

    def work(session):
        if recorded:
            session.add(Erasure(audit_id=row.id, reason="Asked for"))
            session.flush()
        session.execute(sa.update(AuditRow).where(AuditRow.id == row.id).values(**values))

    with pytest.raises(RuleBroken, match="only ever added to"):
        desk.run(work)


def test_the_record_of_an_erasure_cannot_be_changed(desk, branch):
    desk.run(lambda session: erase_history(session, "core_branch", branch, "Asked for"))
    for statement in (sa.delete(Erasure), sa.update(Erasure).values(reason="None")):
        with pytest.raises(RuleBroken, match="only ever added"):
            desk.run(lambda session, statement=statement: session.execute(statement))


def test_the_session_is_guarded_after_an_erasure_as_before(desk, branch):
    def work(session):
        erase_history(session, "core_branch", branch, "Asked for")
        session.execute(sa.select(Branch.__table__))

    with pytest.raises(UnscopedStatement):
        desk.run(work)


def test_in_one_transaction_with_what_makes_it_anonymous(office, desk, branch):
    def work(session):
        session.get(Branch, branch).name = "Anonymous"
        erase_history(session, "core_branch", branch, "Asked for")

    desk.run(work)
    seal(office)
    assert verify(office).ok
    assert not [row for row in rows(office, table_name="core_branch") if "Flat" in (row.payload or "")]
