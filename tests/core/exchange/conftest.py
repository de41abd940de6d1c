"""A library with a few books, for files to come from and to go to."""

import pytest

from backoffice.core.testing.offices import desk_of


@pytest.fixture
def desk(library):
    """The desk of ``admin`` in a library with two authors and three books."""
    desk = desk_of(library)
    desk.execute("library.author.create", code="mahfouz", name="Naguib Mahfouz", name_ar="نجيب محفوظ")
    desk.execute("library.author.create", code="eliot", name="George Eliot", mentor="mahfouz")
    desk.execute(
        "library.book.create", isbn="1", title="Midaq Alley", author="mahfouz", price="12.50", published="1947-01-01",
        weight="0.125", pages=300, royalty="7.7777", title_ar="زقاق المدق",
        copies=[{"shelf": "A1", "paid": "10"}, {"shelf": "A2", "condition": "worn", "donor": "eliot"}],
    )  # fmt: skip
    desk.execute("library.book.create", isbn="2", title="=HYPERLINK(1)", author="eliot", lendable=False)
    desk.execute(
        "library.book.create", isbn="3", title="Sugar, \"Street\"\nvol. 2", author="mahfouz", price="1000000",
        notes="-1+1", tags=["novel", "Cairo"],
    )  # fmt: skip
    return desk


@pytest.fixture
def give(library):
    """Give ``clerk`` a role and return their desk."""
    from backoffice.core.users.models import Role, RoleAssignment, User

    def give(*codes):
        with library.database.system() as session, session.begin():
            user = session.query(User).filter_by(username="clerk").one()
            for code in codes:
                role = session.query(Role).filter_by(code=code, organization_id=user.organization_id).one()
                session.add(RoleAssignment(organization_id=user.organization_id, user_id=user.id, role_id=role.id))
        return desk_of(library, "clerk")

    return give
