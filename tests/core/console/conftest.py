"""People at browsers in the library: the administrator, a clerk with some roles, someone of another organisation."""

import pytest

from backoffice.core.testing.offices import add_organization, desk_of
from backoffice.core.testing.visiting import Visitor
from backoffice.core.users.models import User
from backoffice.core.users.setup import give_role


@pytest.fixture
def desk(library):
    """The administrator's desk, for what a test needs to be there already."""
    return desk_of(library)


@pytest.fixture
def eliot(desk):
    """An author."""
    return desk.execute("library.author.create", code="eliot", name="George Eliot", name_ar="جورج إليوت")


@pytest.fixture
def middlemarch(desk, eliot):
    """A book with two copies."""
    return desk.execute(
        "library.book.create",
        isbn="1",
        title="Middlemarch",
        author="eliot",
        published="1871-12-01",
        price="12.50",
        royalty="1",
        copies=[{"shelf": "A1", "donor": "eliot"}, {"shelf": "A2", "paid": "3.00"}],
    )


@pytest.fixture
def visitor(library):
    """The administrator, signed in."""
    made = Visitor(library)
    made.arrive()
    return made


@pytest.fixture
def clerk(library):
    """Makes the clerk sign in, with the roles one names."""

    def sign_in(*roles, **changes):
        with library.database.system() as session, session.begin():
            user = session.query(User).filter_by(username="clerk").first()
            for name, value in changes.items():
                setattr(user, name, value)
            for role in roles:
                give_role(session, user, role)
        made = Visitor(library)
        made.arrive("clerk")
        return made

    return sign_in


@pytest.fixture
def stranger(library):
    """The administrator of another organisation, signed in."""
    add_organization(library, "globex", "Globex")
    made = Visitor(library)
    made.arrive("admin", "globex")
    return made
