"""Which forms of SQL a session inside an organisation takes, and which it refuses."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import aliased

from backoffice.core.errors import UnscopedStatement
from backoffice.core.persistence.scoping import refuse_unscoped
from backoffice.core.users.models import Role, User

USERS, ROLES = User.__table__, Role.__table__
ALIAS = aliased(User)
MAPPED = sa.select(User.id).subquery()
BARE = sa.select(USERS.c.id).subquery()

TAKEN = {
    "an entity": sa.select(User).where(User.active),
    "a column": sa.select(User.username).where(User.id == 1).order_by(User.name),
    "a count": sa.select(sa.func.count(User.id)),
    "a count of all": sa.select(sa.func.count()).select_from(User),
    "an alias": sa.select(ALIAS).where(ALIAS.id == User.id),
    "a subquery": sa.select(MAPPED.c.id),
    "a join with a subquery": sa.select(User.id).join(MAPPED, MAPPED.c.id == User.id),
    "a common table expression": sa.select(sa.select(User.id).cte().c.id),
    "a union": sa.union_all(sa.select(User.id), sa.select(Role.id)),
    "exists": sa.select(Role.id).where(sa.exists().where(User.id == Role.id)),
    "an alias of a subquery": sa.select(aliased(User, sa.select(User).subquery()).id),
    "a join along a relationship": sa.select(User).join(User.roles),
    "a lateral subquery": sa.select(User.id, sa.select(Role.id).lateral().c.id),
    "a literal": sa.select(sa.literal_column("1"), User.id),
    "an update": sa.update(User).where(User.id == 1).values(name="x"),
    "a deletion": sa.delete(User),
    "an insertion": sa.insert(User),
}

REFUSED = {
    "a table": sa.select(USERS),
    "a column of a table": sa.select(USERS.c.id),
    "a table beside an entity": sa.select(User.id, ROLES.c.id),
    "a join with a table": sa.select(User.id).join(ROLES, ROLES.c.id == User.id),
    "a join as the source": sa.select(User.id).select_from(sa.join(User, ROLES, ROLES.c.id == User.id)),
    "an alias of a table": sa.select(User.id, USERS.alias().c.id),
    "an alias of an alias": sa.select(USERS.alias().alias().c.id),
    "a subquery of a table": sa.select(BARE.c.id),
    "an alias of a class over a table": sa.select(aliased(User, sa.select(USERS).subquery()).id),
    "a condition": sa.select(User.id).where(ROLES.c.id == 1),
    "an order": sa.select(User.id).order_by(USERS.c.name),
    "a condition on groups": sa.select(User.id).having(ROLES.c.id > 1),
    "a window": sa.select(sa.func.sum(User.id).over(order_by=ROLES.c.id)),
    "a count from a table": sa.select(sa.func.count()).select_from(USERS),
    "a count from an alias": sa.select(sa.func.count()).select_from(USERS.alias()),
    "a function": sa.select(sa.func.max(USERS.c.id)),
    "a label": sa.select(USERS.c.id.label("x")),
    "a case": sa.select(sa.case((USERS.c.active, 1))),
    "exists": sa.select(User.id).where(sa.exists(sa.select(ROLES.c.id))),
    "a list of ids": sa.select(User).where(User.id.in_(sa.select(ROLES.c.id))),
    "a scalar subquery": sa.select(sa.select(sa.func.count(USERS.c.id)).scalar_subquery()),
    "a common table expression": sa.select(sa.select(USERS.c.id).cte().c.id),
    "a lateral subquery": sa.select(sa.select(ROLES.c.id).lateral().c.id),
    "a sample": sa.select(sa.tablesample(USERS, sa.func.bernoulli(1)).c.id),
    "half of a union": sa.union_all(sa.select(User.id), sa.select(ROLES.c.id)),
    "a table by its name": sa.select(sa.table("core_user", sa.column("id"))),
    "text": sa.text("SELECT * FROM core_user"),
    "text as the source of entities": sa.select(User).from_statement(sa.text("SELECT * FROM core_user")),
    "text in a select": sa.select(sa.text("* FROM core_user")),
    "text in a condition": sa.select(User).where(sa.text("id IN (SELECT id FROM core_role)")),
    "a literal with a query inside": sa.select(User.id, sa.literal_column("(SELECT max(id) FROM core_user)")),
    "an update of a table": sa.update(USERS),
    "an update by a table": sa.update(User).where(User.id.in_(sa.select(ROLES.c.id))),
    "an update with a value of a table": sa.update(User).values(name=sa.select(ROLES.c.name).scalar_subquery()),
    "a deletion from a table": sa.delete(USERS),
    "an insertion into a table": sa.insert(USERS),
}


@pytest.mark.parametrize("form", TAKEN)
def test_statements_on_mapped_classes_are_taken(form):
    refuse_unscoped(TAKEN[form])


@pytest.mark.parametrize("form", REFUSED)
def test_statements_that_could_leave_the_organisation_are_refused(form):
    with pytest.raises(UnscopedStatement):
        refuse_unscoped(REFUSED[form])
