"""The library over HTTP: a client that comes with an API token, for whichever person and scopes."""

from datetime import timedelta

import pytest

from backoffice.core.testing.offices import add_organization, desk_of
from backoffice.core.users.models import Role, RoleAssignment, User
from backoffice.core.users.tokens import create_token
from backoffice.core.web import create_app


class Caller:
    """A program with a token. ``get("/library/book")`` asks below ``/api/v1``."""

    def __init__(self, client, token):
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def call(self, method, path, headers=None, **options):
        return self.client.open("/api/v1" + path, method=method, headers={**self.headers, **(headers or {})}, **options)

    def __getattr__(self, name):
        return lambda path, **options: self.call(name.upper(), path, **options)


class Http:
    """The application of an office."""

    def __init__(self, office):
        self.office = office
        self.app = create_app(office)

    def token(self, username="admin", scopes=("*",), organization="acme", **lifetime):
        """Return a new API token."""
        desk = desk_of(self.office, "admin", organization)

        def make(session):
            user = session.query(User).filter_by(username=username).one()
            ends = self.office.clock.now() + timedelta(**(lifetime or {"days": 1}))
            return create_token(session, user_id=user.id, name="test", scopes=scopes, expires_at=ends).plain

        return desk.run(make)

    def caller(self, username="admin", scopes=("*",), organization="acme", token=None):
        """Return a client with a token of its own."""
        return Caller(self.app.test_client(), self.token(username, scopes, organization) if token is None else token)

    def clerk(self, *roles):
        """Return a client of ``clerk``, who gets ``roles``."""
        with self.office.database.system() as session, session.begin():
            user = session.query(User).filter_by(username="clerk").first()
            for code in roles:
                role = session.query(Role).filter_by(code=code, organization_id=user.organization_id).one()
                session.add(RoleAssignment(organization_id=user.organization_id, user_id=user.id, role_id=role.id))
        return self.caller("clerk")

    def other(self):
        """Return a client of the administrator of another organisation, with a book of its own."""
        add_organization(self.office, "globex", "Globex")
        return self.caller(organization="globex")


@pytest.fixture
def http(library):
    return Http(library)


@pytest.fixture
def api(http):
    """The administrator's client, with an author and a book."""
    caller = http.caller()
    caller.post("/library/author", json={"code": "eliot", "name": "George Eliot", "name_ar": "جورج إليوت"})
    made = caller.post("/library/book", json=BOOK)
    assert made.status_code == 201, made.json
    return caller


BOOK = {
    "isbn": "1",
    "title": "Middlemarch",
    "author": "eliot",
    "price": "12.50",
    "royalty": "1",
    "copies": [{"shelf": "A1", "donor": "eliot"}, {"shelf": "A2"}],
}
