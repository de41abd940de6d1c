"""Prepared reads and writes: short, and as safe as the long way."""

import contextlib
import hashlib
import json

import pytest
import sqlalchemy as sa

from backoffice.core.audit.models import AuditRow
from backoffice.core.errors import (
    AlreadyExists,
    ProgrammingError,
    RuleBroken,
    StillReferenced,
    UnauditedWrite,
    UnscopedStatement,
)
from backoffice.core.persistence import rows
from backoffice.core.persistence.numbering import Counter
from backoffice.core.persistence.prepared import Read, among
from backoffice.core.persistence.rows import add
from backoffice.core.users.models import Branch, Company

NAMES = Read(sa.select(Branch.name).where(among(Branch.code, "codes")))
JOINED = Read(sa.select(Branch.code, Company.code).join(Company, Company.id == Branch.company_id))


def branches(*codes):
    return [{"code": code, "name": code.title()} for code in codes]


def audited(session, ids):
    found = session.scalars(sa.select(AuditRow).where(AuditRow.table_name == "core_branch"))
    return [(row.record_id, row.operation, row.actor) for row in found if row.record_id in ids]


def test_a_read_stays_inside_the_organisation(two):
    with two.ours.reading() as ours, two.theirs.reading() as theirs:
        assert NAMES.rows(ours, codes=["north"]) == [("Ours",)]
        assert NAMES.rows(theirs, codes=["north", "south"]) == [("Theirs",)]
        assert JOINED.rows(ours) == [("north", "main")]


def test_a_read_stays_inside_the_companies_of_the_session(two):
    from dataclasses import replace

    with two.ours.reading(context=replace(two.ours.context, companies=frozenset({0}))) as session:
        assert NAMES.rows(session, codes=["north"]) == []


def test_a_read_may_hold_values_of_its_own(two):
    with two.ours.reading() as session:
        assert Read(sa.select(Branch.name).where(Branch.code == "north")).rows(session) == [("Ours",)]
        assert Read(sa.select(Branch.name).where(Branch.code == "south")).first(session) is None


def test_reads_together_give_the_rows_of_each(two):
    with two.ours.reading() as session:
        assert Read.together(session, (NAMES, {"codes": ["north"]}), (JOINED, {})) == [[("Ours",)], [("north", "main")]]


def test_a_read_with_the_next_answers_before_the_next_does(two):
    found = []
    with two.ours.reading() as session:
        Read.with_next(session, [(NAMES, {"codes": ["north"]}), (JOINED, {})], found.extend)
        assert JOINED.rows(session) == [("north", "main")]
        assert found == [[("Ours",)], [("north", "main")]]


def test_a_read_with_the_next_answers_at_last_when_nothing_is_next(two):
    found = []
    with two.ours.reading() as session:
        Read.with_next(session, [(NAMES, {"codes": ["north"]})], found.extend)
        session.catch_up()
        assert found == [[("Ours",)]]


@pytest.mark.parametrize(
    "statement",
    [
        sa.select(Branch.__table__.c.name),
        sa.select(sa.text("name")).select_from(Branch),
        sa.select(Branch.name).outerjoin(Company, Company.id == Branch.company_id),
        sa.select(Branch.name).where(Branch.company_id.in_(sa.select(Company.id))),
    ],
)
def test_what_could_not_be_scoped_is_no_prepared_read(two, statement):
    with two.ours.reading() as session, pytest.raises((ProgrammingError, UnscopedStatement)):
        Read(statement).rows(session)


def test_rows_are_inserted_in_order_stamped_and_audited(two):
    def work(session):
        ids = session.insert_rows(Branch, branches("a", "b", "c"), search_key="")
        found = {row.id: row for row in session.scalars(sa.select(Branch).where(Branch.id.in_(ids)))}
        assert [found[id_].code for id_ in ids] == ["a", "b", "c"]
        assert {(row.version, row.created_by, row.company_id) for row in found.values()} == {
            (1, two.ours.user.user_id, two.ours.context.company_id)
        }
        return ids

    ids = two.ours.run(work)
    with two.ours.reading() as session:
        assert audited(session, ids) == [(id_, "I", "admin") for id_ in ids]


@pytest.mark.parametrize("count", [1, 2, 300])
def test_many_rows_are_all_there(two, count):
    codes = [f"c{n}" for n in range(count)]
    two.ours.run(lambda session: session.write_rows(Branch, branches(*codes), search_key=""))
    with two.ours.reading() as session:
        assert len(NAMES.rows(session, codes=codes)) == count


def test_changed_rows_move_their_version_and_are_audited(two):
    def work(session):
        ids = session.insert_rows(Branch, branches("a", "b"), search_key="")
        session.change_rows(Branch, [{"id": id_, "name": f"New {id_}"} for id_ in ids], search_key="new")
        return ids

    ids = two.ours.run(work)
    with two.ours.reading() as session:
        found = session.scalars(sa.select(Branch).where(Branch.id.in_(ids)).order_by(Branch.id)).all()
        assert [(row.name, row.search_key, row.version) for row in found] == [(f"New {i}", "new", 2) for i in ids]
        assert sorted(audited(session, ids)) == sorted((i, o, "admin") for i in ids for o in "IU")


def test_rows_of_another_organisation_are_not_changed(two):
    two.ours.run(lambda session: session.change_rows(Branch, [{"id": two.their_branch, "name": "Taken"}]))
    assert two.theirs.get("core.branch", two.their_branch).name == "Theirs"


def test_what_was_written_is_seen_by_whatever_reads_next(two):
    def work(session):
        session.write_rows(Branch, branches("a"), search_key="")
        by_query = session.scalar(sa.select(sa.func.count()).select_from(Branch))
        session.write_rows(Branch, branches("b"), search_key="")
        return by_query, len(NAMES.rows(session, codes=["a", "b"]))

    assert two.ours.run(work) == (2, 2)


def test_what_was_written_inside_a_savepoint_goes_with_it(two):
    def work(session):
        session.write_rows(Branch, branches("before"), search_key="")
        savepoint = session.begin_nested()
        session.write_rows(Branch, branches("inside"), search_key="")
        savepoint.rollback()
        return NAMES.rows(session, codes=["before", "inside"])

    assert two.ours.run(work) == [("Before",)]


def test_what_the_database_refuses_is_explained(two):
    with pytest.raises(AlreadyExists):
        two.ours.run(lambda session: session.write_rows(Branch, branches("north"), search_key=""))
    with pytest.raises((StillReferenced, RuleBroken)):
        two.ours.run(lambda session: session.insert_rows(Branch, branches("a"), search_key="", company_id=999_999))
    assert two.ours.get("core.branch", two.our_branch).name == "Ours"


def test_rows_of_another_organisation_are_not_inserted(two):
    theirs = two.theirs.context.organization_id
    with pytest.raises((RuleBroken, StillReferenced)):
        two.ours.run(lambda s: s.insert_rows(Branch, branches("a"), search_key="", organization_id=theirs))


def test_a_reading_session_writes_nothing(two):
    with two.ours.reading() as session, pytest.raises(ProgrammingError):
        session.write_rows(Branch, branches("a"), search_key="")


def test_rows_with_other_columns_are_refused(two):
    different = [*branches("a"), {"code": "b"}]
    with pytest.raises(ProgrammingError):
        two.ours.run(lambda session: session.write_rows(Branch, different, search_key=""))


def log_of(session, ids):
    found = session.scalars(sa.select(AuditRow).where(AuditRow.table_name == "core_branch").order_by(AuditRow.id))
    return [row for row in found if row.record_id in ids]


def test_rows_written_together_are_logged_as_the_triggers_log_each(two, monkeypatch):
    together = two.ours.run(lambda session: session.insert_rows(Branch, branches("a", "b"), search_key=""))
    monkeypatch.setattr(rows, "log_of_inserted", None)
    one_by_one = two.ours.run(lambda session: session.insert_rows(Branch, branches("c", "d"), search_key=""))
    with two.ours.reading() as session:
        by_statement, by_trigger = log_of(session, together), log_of(session, one_by_one)
    shared = ("organization_id", "company_id", "actor_id", "actor", "channel", "action", "operation")
    assert [[getattr(row, name) for name in shared] for row in by_statement] == [
        [getattr(row, name) for name in shared] for row in by_trigger
    ]
    first, second = (json.loads(some[0].payload)["after"] for some in (by_statement, by_trigger))
    assert list(first) == list(second)
    assert (first["code"], second["code"]) == ("a", "c")
    assert first["organization_id"] == second["organization_id"]
    for row in by_statement:
        assert row.digest == hashlib.sha256((row.salt + row.payload).encode()).hexdigest()


@pytest.mark.parametrize("offices", ["sqlite"], indirect=True)
def test_rows_that_could_not_be_logged_go_with_their_savepoint(two, monkeypatch):
    def work(session):
        with contextlib.suppress(sa.exc.DBAPIError), session.begin_nested():
            session.insert_rows(Branch, branches("a", "b"), search_key="")
        return NAMES.rows(session, codes=["a"])

    monkeypatch.setattr(rows, "log_of_inserted", lambda model: "INSERT INTO nowhere VALUES (1)")
    assert two.ours.run(work) == []


@pytest.mark.parametrize("later", [False, True], ids=["at once", "after a savepoint of others was taken back"])
@pytest.mark.parametrize("offices", ["sqlite"], indirect=True)
def test_rows_that_could_not_be_logged_are_never_kept(two, monkeypatch, later):
    def work(session):
        with contextlib.suppress(sa.exc.DBAPIError):
            session.insert_rows(Branch, branches("a", "b"), search_key="")
        if later:
            session.begin_nested().rollback()

    monkeypatch.setattr(rows, "log_of_inserted", lambda model: "INSERT INTO nowhere VALUES (1)")
    with pytest.raises(UnauditedWrite):
        two.ours.run(work)
    with two.ours.reading() as session:
        assert NAMES.rows(session, codes=["a"]) == []


def test_amounts_are_added_to_the_row_with_the_key(two):
    def work(session):
        many = [{"key": "one", "last": 6}, {"key": "two", "last": 2}]
        add(session, Counter, many, key=("organization_id", "key"), to=("last",))
        return add(session, Counter, [{"key": "one", "last": 10}], key=("organization_id", "key"), to=("last",))

    assert two.ours.run(work) == [(16,)]
