"""Visitors of an office's pages without a browser or a network: a person who signed in, and a program with a token.

For tests that ask whether a page opens and what stands on it; how it looks and behaves needs a real browser.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from werkzeug.test import Client, TestResponse

from backoffice.core.office import Backoffice
from backoffice.core.persistence import Context
from backoffice.core.users.models import User
from backoffice.core.users.tokens import create_token
from backoffice.core.web import create_app

from .offices import PASSWORD

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Person:
    """Someone who signed in to the console as ``username``."""

    def __init__(self, office: Backoffice, username: str = "admin", password: str = PASSWORD) -> None:
        self._client: Client = create_app(office).test_client()
        answer = self.post("/sign-in", username=username, password=password)
        assert answer.status_code in (302, 303), f"{username} could not sign in: {answer.status}"

    def get(self, path: str) -> TestResponse:
        """Open a page; where it leads on, the page it leads to."""
        return self._client.get(path, follow_redirects=True)

    def post(self, path: str, *, page: str = "", **form: str) -> TestResponse:
        """Send a form to ``path`` with the token that stands on ``page``, by default the page at ``path``."""
        found = _TOKEN.search(self._client.get(page or path).text)
        return self._client.post(path, data={**form, "csrf_token": found[1] if found else ""})


class Program:
    """A program whose API token acts as ``username`` within ``scopes``, patterns of permissions."""

    def __init__(self, office: Backoffice, username: str = "admin", scopes: Iterable[str] = ("*",)) -> None:
        self._client: Client = create_app(office).test_client()
        self._headers = {"Authorization": f"Bearer {_token(office, username, scopes)}"}

    def get(self, path: str, **headers: str) -> TestResponse:
        """Ask for ``path``; ``headers`` are written with underscores, ``accept_language="ar"``."""
        return self._client.get(path, headers=self._with(headers))

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Send ``body`` as JSON."""
        return self._client.post(path, json=body, headers=self._with(headers))

    def _with(self, headers: dict[str, str]) -> dict[str, str]:
        return {**self._headers, **{name.replace("_", "-"): value for name, value in headers.items()}}


def _token(office: Backoffice, username: str, scopes: Iterable[str]) -> str:
    context = Context(organization_id=None, clock=office.clock)
    with office.database.system(context) as session, session.begin():
        user = session.scalars(sa.select(User).where(User.username == username)).one()
        until = session.now() + timedelta(days=1)
        return create_token(session, user_id=user.id, name="tests", scopes=scopes, expires_at=until).plain


__all__ = ["Person", "Program"]
