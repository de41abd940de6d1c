"""What is asked together goes to PostgreSQL and back in one go, prepared once for a connection."""

import pytest
import sqlalchemy as sa

from backoffice.core.errors import AlreadyExists, BackofficeError
from backoffice.core.persistence import exchange, statements
from backoffice.core.persistence.prepared import Read
from backoffice.core.testing.offices import desk_of
from backoffice.core.users.models import Branch, Role

pytestmark = pytest.mark.parametrize(
    "offices", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)

ROLES = Read(sa.select(Role.code))
BRANCHES = Read(sa.select(Branch.code).where(Branch.code == sa.bindparam("code")))
BROKEN = Read(sa.select(sa.func.sqrt(sa.cast(Branch.name, sa.Float))))


@pytest.fixture
def desk(offices):
    desk = desk_of(offices.make(only=[]))
    desk.execute("core.branch.create", code="north", name="North")
    return desk


def prepared(session):
    session.catch_up()
    with session.line()[1].cursor() as cursor:
        return cursor.execute("SELECT statement FROM pg_prepared_statements WHERE name LIKE 'sent_%'").fetchall()


def test_a_statement_is_prepared_once_for_a_connection(desk):
    for _time in range(3):
        with desk.reading() as session:
            assert BRANCHES.rows(session, code="north") == [("north",)]
            assert BRANCHES.rows(session, code="south") == []
            assert sum("core_branch.code" in statement for (statement,) in prepared(session)) == 1


def test_what_is_asked_is_of_one_moment(desk):
    with desk.reading() as session:
        assert BRANCHES.rows(session, code="south") == []
        desk_of(desk.office).execute("core.branch.create", code="south", name="South")
        assert Read.together(session, (BRANCHES, {"code": "south"}), (BRANCHES, {"code": "north"}))[0] == []
    with desk.reading() as session:
        assert BRANCHES.rows(session, code="south") == [("south",)]


def test_after_an_error_the_connection_goes_on(desk):
    with pytest.raises(BackofficeError), desk.reading() as session:
        Read.together(session, (ROLES, {}), (BROKEN, {}), (BRANCHES, {"code": "north"}))
    with desk.reading() as session:
        assert BRANCHES.rows(session, code="north") == [("north",)]


def test_a_statement_whose_table_changed_is_prepared_anew(desk):
    with desk.reading() as session:
        assert BRANCHES.rows(session, code="north") == [("north",)]
    with desk.office.database.write_engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE core_branch ALTER COLUMN code TYPE varchar(99)"))
    with pytest.raises(BackofficeError), desk.reading() as session:
        BRANCHES.rows(session, code="north")
    with desk.reading() as session:
        assert BRANCHES.rows(session, code="north") == [("north",)]


def test_many_statements_do_not_stay_prepared_for_ever(desk, monkeypatch):
    monkeypatch.setattr(exchange, "MOST", 5)
    reads = [Read(sa.select(Branch.code).where(Branch.code == "north").limit(limit)) for limit in range(1, 9)]
    with desk.reading() as session:
        assert [read.rows(session) for read in reads] == [[("north",)]] * 8
        assert len(prepared(session)) <= 5


# -- writing ---------------------------------------------------------------------------------------------------------


def branches(desk):
    with desk.reading(fresh=True) as session:
        return sorted(session.scalars(sa.select(Branch.code)))


def added(code, name="Branch"):
    return {"code": code, "name": name, "company_id": 1}


def test_what_is_long_is_under_way_while_more_is_written_and_is_there_in_the_end(desk):
    many = [added(f"b{n:05}", "x" * 100) for n in range(3000)]

    def work(session):
        session.write_rows(Branch, many)
        assert session.sent
        assert not session.left
        session.write_rows(Branch, [added("last")])
        return len(session.scalars(sa.select(Branch.code)).all())

    assert desk.run(work) == 3002
    assert len(branches(desk)) == 3002


def test_an_answer_larger_than_what_the_network_holds_comes_while_more_is_sent(desk):
    long = "y" * 3_000_000

    def work(session):
        asked = [("SELECT %s::text", (long,)) for _time in range(8)]
        return [len(rows[0][0]) for rows in statements.run_all(session, asked)]

    assert desk.run(work) == [3_000_000] * 8


def test_what_the_database_refuses_on_the_way_is_told_by_the_next_that_asks_and_nothing_is_kept(desk):
    def work(session):
        session.write_rows(Branch, [added("north")] + [added(f"c{n}", "x" * 100) for n in range(500)])
        assert session.sent
        BRANCHES.rows(session, code="north")

    with pytest.raises(AlreadyExists):
        desk.run(work)
    assert branches(desk) == ["north"]


def test_what_is_under_way_when_a_transaction_is_given_up_is_given_up_with_it(desk):
    def work(session):
        session.write_rows(Branch, [added(f"d{n}", "x" * 100) for n in range(500)])
        assert session.sent
        raise LookupError

    for _time in range(3):
        with pytest.raises(LookupError):
            desk.run(work)
    desk.execute("core.branch.create", code="south", name="South")
    assert branches(desk) == ["north", "south"]


def test_a_savepoint_takes_back_what_was_under_way_inside_it_alone(desk):
    def work(session):
        session.write_rows(Branch, [added(f"e{n}", "x" * 100) for n in range(300)])
        with session.begin_nested() as inside:
            session.write_rows(Branch, [added(f"f{n}", "x" * 100) for n in range(300)])
            assert session.sent
            inside.rollback()
        return BRANCHES.rows(session, code="e299"), BRANCHES.rows(session, code="f0")

    assert desk.run(work) == ([("e299",)], [])
    assert len(branches(desk)) == 301


def test_after_a_rollback_what_the_driver_let_go_of_is_prepared_anew(desk):
    """The driver lets go of all statements of a connection when it rolls back and has prepared some itself."""

    def work(session, fail=False):
        session.write_rows(Branch, [added("g")])
        for _time in range(7):
            session.execute(sa.select(sa.func.count()).select_from(Branch)).scalar_one()
        found = len(prepared(session))
        if fail:
            raise LookupError
        session.execute(sa.delete(Branch).where(Branch.code == "g"))
        return found

    for _time in range(2):
        assert desk.run(work) > 0
        with pytest.raises(LookupError):
            desk.run(lambda session: work(session, fail=True))
    assert desk.run(work) > 0
