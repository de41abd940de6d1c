"""Every way of writing is audited and stays inside the organisation, or is refused."""

import json

import pytest
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.dialects import postgresql, sqlite

from backoffice.core.audit.models import AuditRow
from backoffice.core.errors import BackofficeError, InvalidInput, RuleBroken, UnauditedWrite, UnscopedStatement
from backoffice.core.users.models import Branch, Role, RoleGrant


def changes(two, table="core_branch"):
    with two.office.database.looking() as session:
        rows = session.scalars(sa.select(AuditRow).where(AuditRow.table_name == table).order_by(AuditRow.id))
        return [(row.operation, row.actor, row.record_id, json.loads(row.payload)) for row in rows]


def company_of(session):
    return session.company_id


WRITES = {
    "a flush that inserts": (lambda s, two: s.add(Branch(code="w", name="W")), "I"),
    "a bulk insert": (
        lambda s, two: s.execute(sa.insert(Branch), [{"code": "w", "name": "W", "search_key": "w"}]), "I"),
    "an insert statement": (
        lambda s, two: s.execute(sa.insert(Branch).values(code="w", name="W", search_key="w")), "I"),
    "a flush that changes": (lambda s, two: setattr(s.get(Branch, two.our_branch), "name", "W"), "U"),
    "an update statement": (lambda s, two: s.execute(sa.update(Branch).values(name="W")), "U"),
    "an update from an expression": (
        lambda s, two: s.execute(sa.update(Branch).values(name=Branch.name + "!")), "U"),
    "a flush that deletes": (lambda s, two: s.delete(s.get(Branch, two.our_branch)), "D"),
    "a delete statement": (lambda s, two: s.execute(sa.delete(Branch)), "D"),
}  # fmt: skip


@pytest.mark.parametrize(("write", "operation"), WRITES.values(), ids=WRITES.keys())
def test_a_change_has_one_audit_row_and_touches_our_own_alone(two, write, operation):
    before = changes(two)
    two.ours.run(lambda session: write(session, two), action="test.write")
    found = changes(two)[len(before) :]
    assert [(what, who) for what, who, _id, _payload in found] == [(operation, "admin")]
    with two.theirs.reading() as session:
        assert [b.name for b in session.scalars(sa.select(Branch))] == ["Theirs"]


def test_an_upsert_is_audited(two):
    def work(session):
        build = sqlite.insert if session.dialect == "sqlite" else postgresql.insert
        statement = build(Branch).values(
            code="north", name="Again", search_key="again", company_id=session.company_id,
            organization_id=session.organization_id,
        )  # fmt: skip
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["organization_id", "company_id", "code"], set_={"name": statement.excluded.name}
            )
        )

    before = len(changes(two))
    two.ours.run(work)
    assert [what for what, *_rest in changes(two)[before:]] == ["U"]


def test_lines_removed_with_their_parent_are_audited(two):
    two.ours.execute("core.role.delete", id=two.our_role)
    assert [what for what, _who, _id, _p in changes(two, "core_role_grant")].count("D") == 1


def test_json_changed_in_place_is_audited_when_it_is_written(two):
    two.ours.run(lambda s: s.execute(sa.update(Branch).values(custom={"a": 1})))
    assert changes(two)[-1][3]["after"]["custom"] == {"a": 1}


REFUSED = {
    "an insert from a select": lambda s, two: s.execute(
        sa.insert(Branch).from_select(["code", "name"], sa.select(Branch.code, Branch.name))
    ),
    "a core insert": lambda s, two: s.execute(sa.insert(Branch.__table__).values(code="w", name="W")),
    "a core update": lambda s, two: s.execute(sa.update(Branch.__table__).values(name="W")),
    "a core delete": lambda s, two: s.execute(sa.delete(Branch.__table__)),
    "textual SQL": lambda s, two: s.execute(sa.text("UPDATE core_branch SET name = 'W'")),
    "the driver": lambda s, two: s.connection().exec_driver_sql("UPDATE core_branch SET name = 'W'"),
    "the connection": lambda s, two: s.connection().execute(sa.delete(Branch.__table__)),
    "a bulk update by key": lambda s, two: s.execute(sa.update(Branch), [{"id": two.our_branch, "name": "W"}]),
    "old bulk saving": lambda s, two: s.bulk_save_objects([Branch(code="w", name="W")]),
    "old bulk inserting": lambda s, two: s.bulk_insert_mappings(Branch, [{"code": "w", "name": "W"}]),
    "old bulk updating": lambda s, two: s.bulk_update_mappings(Branch, [{"id": two.our_branch, "name": "W"}]),
}


@pytest.mark.parametrize("write", REFUSED.values(), ids=REFUSED.keys())
def test_what_would_escape_is_refused_and_leaves_nothing(two, write):
    before = changes(two)
    with pytest.raises((UnscopedStatement, UnauditedWrite)):
        two.ours.run(lambda session: write(session, two))
    assert changes(two) == before


FOREIGN = {
    "a flush": lambda s, org, two: s.add(Branch(organization_id=org, company_id=1, code="x", name="X")),
    "a bulk insert": lambda s, org, two: s.execute(
        sa.insert(Branch), [{"organization_id": org, "code": "x", "name": "X", "search_key": "x"}]
    ),
    "an update that gives a row away": lambda s, org, two: s.execute(sa.update(Branch).values(organization_id=org)),
    "a bulk update by the other's key": lambda s, org, two: s.execute(
        sa.update(Branch), [{"id": two.their_branch, "version": 1, "name": "Stolen"}]
    ),
    "a line for the other's record": lambda s, org, two: s.add(RoleGrant(role_id=two.their_role, permission="*")),
}


@pytest.mark.parametrize("write", FOREIGN.values(), ids=FOREIGN.keys())
def test_rows_of_another_organisation_cannot_be_written(two, write):
    theirs = two.theirs.user.organization_id
    with pytest.raises(BackofficeError):
        two.ours.run(lambda session: write(session, theirs, two))
    with two.theirs.reading() as session:
        assert [b.name for b in session.scalars(sa.select(Branch))] == ["Theirs"]


def test_a_reading_session_cannot_write(two):
    with two.ours.reading() as session:
        with pytest.raises(BackofficeError, match="cannot write"):
            session.execute(sa.update(Branch).values(name="W"))
        session.add(Branch(code="w", name="W"))
        with pytest.raises(BackofficeError, match="cannot write"):
            session.flush()


def test_the_audit_log_cannot_be_changed_or_emptied(two):
    for statement in (sa.update(AuditRow).values(actor="nobody"), sa.delete(AuditRow)):
        with pytest.raises(RuleBroken, match="only ever added to"):
            two.ours.run(lambda session, statement=statement: session.execute(statement))


def test_a_secret_never_reaches_the_log(two):
    for _what, _who, _id, payload in changes(two, "core_user"):
        assert "password_hash" not in {**payload.get("before", {}), **payload.get("after", {})}


def test_every_row_carries_a_salt_and_the_digest_of_salt_and_payload(two):
    import hashlib

    with two.office.database.looking() as session:
        rows = list(session.scalars(sa.select(AuditRow)))
    assert rows
    assert all(row.digest == hashlib.sha256((row.salt + row.payload).encode()).hexdigest() for row in rows)
    assert len({row.salt for row in rows}) == len(rows)


def test_an_action_that_fails_leaves_nothing(two):
    before = changes(two)

    def work(session):
        session.add(Branch(code="w", name="W"))
        session.flush()
        raise InvalidInput("No.")

    with pytest.raises(InvalidInput):
        two.ours.run(work)
    assert changes(two) == before


def test_a_truncate_is_refused(two):
    if two.office.database.dialect != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    with two.office.database.write_engine.connect() as connection, pytest.raises(exc.DBAPIError, match="at a stroke"):
        connection.execute(sa.text("TRUNCATE core_role_grant"))


def test_a_role_is_found_by_its_folded_name(two):
    from backoffice.core.office import Question

    two.ours.execute("core.role.create", code="muhasib", name="المُحاسِب الأوّل")
    assert len(two.ours.list("core.role", Question(search="المحاسب الاول")).records) == 1
    assert sa.inspect(Role).columns.search_key is not None
