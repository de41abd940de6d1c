"""Every way of reading stays inside the organisation, or is refused."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, selectinload, subqueryload

from backoffice.core.audit.models import AuditRow
from backoffice.core.errors import UnscopedStatement
from backoffice.core.users.models import Branch, Company, Organization, Role, RoleGrant, User

ONLY = ["Ours"]


@pytest.fixture
def session(two):
    with two.ours.reading() as session:
        yield session


READS = {
    "entities": lambda s: s.scalars(sa.select(Branch)).all(),
    "filtered by the other's id": lambda s: s.scalars(sa.select(Branch).where(Branch.id > 0)).all(),
    "an alias": lambda s: s.scalars(sa.select(aliased(Branch))).all(),
    "the legacy query": lambda s: s.query(Branch).all(),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_entities_are_our_own(session, read):
    assert [branch.name for branch in read(session)] == ONLY


VALUES = {
    "columns": sa.select(Branch.name),
    "a column through a join": sa.select(Branch.name).join(Company, Company.id == Branch.company_id),
    "a subquery": sa.select(sa.select(Branch.name).subquery().c.name),
    "a common table expression": sa.select(sa.select(Branch.name).cte("c").c.name),
    "exists": sa.select(Branch.name).where(sa.exists().where(Company.id == Branch.company_id)),
    "a union": sa.union_all(sa.select(Branch.name), sa.select(Branch.name).where(sa.false())),
    "an entity aliased in a subquery": sa.select(aliased(Branch, sa.select(Branch).subquery()).name),
}


@pytest.mark.parametrize("statement", VALUES.values(), ids=VALUES.keys())
def test_values_are_our_own(session, statement):
    assert list(session.scalars(statement)) == ONLY


def test_counts_count_our_own(session):
    assert session.scalar(sa.select(sa.func.count()).select_from(Branch)) == 1
    assert session.scalar(sa.select(sa.func.count(Branch.id))) == 1
    assert session.scalar(sa.select(sa.select(sa.func.count(Branch.id)).scalar_subquery())) == 1


def test_get_finds_our_own_alone(session, two):
    assert session.get(Branch, two.our_branch).name == "Ours"
    assert session.get(Branch, two.their_branch) is None


def test_the_other_organisation_itself_is_out_of_sight(session):
    assert [place.code for place in session.scalars(sa.select(Organization))] == ["acme"]


def test_the_audit_log_is_our_own(session):
    assert {row.organization_id for row in session.scalars(sa.select(AuditRow))} == {session.organization_id}


@pytest.mark.parametrize("load", [joinedload, selectinload, subqueryload])
def test_eager_loads_stay_inside(session, two, load):
    roles = session.scalars(sa.select(Role).options(load(Role.grants)).where(Role.code == "reader")).unique().all()
    assert [role.id for role in roles] == [two.our_role]
    assert {grant.organization_id for role in roles for grant in role.grants} == {session.organization_id}


def test_lazy_loads_stay_inside(session, two):
    role = session.get(Role, two.our_role)
    assert {grant.organization_id for grant in role.grants} == {session.organization_id}


def test_a_refreshed_record_is_read_again_and_stays_ours(two):
    def work(session):
        branch = session.get(Branch, two.our_branch)
        session.expire(branch)
        assert branch.name == "Ours"
        session.refresh(branch)
        return branch.name

    assert two.ours.run(work) == "Ours"


REFUSED = {
    "a table without its class": lambda s: s.execute(sa.select(Branch.__table__)),
    "a table joined to an entity": lambda s: s.execute(
        sa.select(User).join(Branch.__table__, Branch.__table__.c.id == User.id)
    ),
    "a column of a table": lambda s: s.execute(sa.select(Branch.__table__.c.name)),
    "a table in a subquery": lambda s: s.execute(
        sa.select(User.id).where(User.id.in_(sa.select(Branch.__table__.c.id)))
    ),
    "text": lambda s: s.execute(sa.text("SELECT name FROM core_branch")),
    "text as entities": lambda s: s.execute(sa.select(Branch).from_statement(sa.text("SELECT * FROM core_branch"))),
    "typed text": lambda s: s.execute(sa.text("SELECT name FROM core_branch").columns(Branch.name)),
    "a literal column from a table": lambda s: s.execute(
        sa.select(sa.literal_column("name")).select_from(Branch.__table__)
    ),
    "the connection": lambda s: s.connection().execute(sa.select(Branch.__table__)),
    "text on the connection": lambda s: s.connection().execute(sa.text("SELECT name FROM core_branch")),
    "the driver's own text": lambda s: s.connection().exec_driver_sql("SELECT name FROM core_branch"),
}


@pytest.mark.parametrize("read", REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_kept_inside_is_refused(session, read):
    with pytest.raises(UnscopedStatement, match=r"organisation"):
        read(session)


def test_lines_of_another_organisation_cannot_be_counted(session, two):
    assert (
        session.scalar(sa.select(sa.func.count()).select_from(RoleGrant).where(RoleGrant.role_id == two.their_role))
        == 0
    )
