"""A part that fails takes nobody down: with each of the plugin's isolated hooks failing in turn, the core's pages open.

What may break then is the plugin's own making, such as a menu entry that leads to a page of a blueprint that is not
there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import wraps
from types import ModuleType
from typing import Any, Final

import sqlalchemy as sa

from backoffice.core.maintenance.checks import findings
from backoffice.core.office import Backoffice
from backoffice.core.persistence import Context
from backoffice.core.users.models import User
from backoffice.core.users.tokens import create_token
from backoffice.core.web import create_app
from backoffice.hookspecs import messages

from .subject import Subject, said_by

_ = messages("authoring")

ISOLATED: Final = ("blueprints", "menu", "cards", "health", "shutdown")
"""Hooks whose failure is nobody else's."""
PAGES: Final = ("/", "/plugins", "/records/core.user", "/records/core.user/1")


def breaks_nothing(subject: Subject) -> Iterator[str]:
    """Yield the pages of the core that do not open, and what does not answer, when a hook of the plugin fails."""
    office = subject.office(subject.places[0])
    module = office.manager.module_of(subject.name)
    status = subject.status(office)
    bearer = {"Authorization": f"Bearer {_token(office)}"}
    for hook in ISOLATED:
        if hook in status.hooks:
            yield from _without(subject, office, module, hook, bearer)


def _without(
    subject: Subject, office: Backoffice, module: ModuleType, hook: str, headers: dict[str, str]
) -> Iterator[str]:
    said = _("With the hook {hook} failing, {what} fails: {problem}.")
    with _failing(module, hook):
        other = subject.open(office.configuration.database).start()
        try:
            client = create_app(other).test_client()
            for page in PAGES:
                answer = client.get(page, headers=headers)
                if answer.status_code != 200:
                    yield said.with_values(hook=hook, what=page, problem=answer.status)
            list(findings(other))
        except Exception as error:
            yield said.with_values(hook=hook, what=_("the office"), problem=said_by(error))
        finally:
            other.close()


@contextmanager
def _failing(module: ModuleType, hook: str) -> Iterator[None]:
    """Let the hook of a plugin's module fail for as long as the block lasts; offices opened in it see that."""
    works: Callable[..., Any] = getattr(module, hook)

    @wraps(works)
    def fails(*arguments: Any, **named: Any) -> Any:
        raise RuntimeError(f"the hook {hook} fails to see what happens")

    setattr(module, hook, fails)
    try:
        yield
    finally:
        setattr(module, hook, works)


def _token(office: Backoffice) -> str:
    context = Context(organization_id=None, clock=office.clock)
    with office.database.system(context) as session, session.begin():
        user = session.scalars(sa.select(User).order_by(User.id).limit(1)).one()
        until = session.now() + timedelta(days=1)
        return create_token(session, user_id=user.id, name="check", scopes=["*"], expires_at=until).plain


__all__ = ["ISOLATED", "breaks_nothing"]
