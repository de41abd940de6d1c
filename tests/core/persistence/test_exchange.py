"""What is asked together goes to PostgreSQL and back in one go, prepared once for a connection."""

import pytest
import sqlalchemy as sa

from backoffice.core.errors import BackofficeError
from backoffice.core.persistence import exchange
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
