"""The login session behind a browser: its token lies in the signed cookie, everything else in the database."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, cast

import structlog
from flask import Request, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.errors import BackofficeError, Forbidden, NotSignedIn
from backoffice.core.mail.links import mail_link
from backoffice.core.office import Backoffice, Desk
from backoffice.core.users.attempts import Limits, limits_of
from backoffice.core.users.identity import Identity
from backoffice.core.users.reset import ResetLink
from backoffice.core.users.sessions import OpenSession, find_session
from backoffice.hookspecs import messages

_ = messages("console")
log = structlog.get_logger("backoffice.console")

TOKEN: Final = "sign_in"  # noqa: S105
"""Where the cookie keeps the token of the login session."""

WITHOUT_NEW_PASSWORD: Final = frozenset(
    {
        "console.new_password",
        "console.set_new_password",
        "console.sign_out",
        "console.asset",
        "console.language",
        "console.theme",
    }
)
"""What someone may do who must choose a new password first."""

WITHOUT_SECOND_FACTOR: Final = frozenset(
    {
        "console.second_factor",
        "console.change_second_factor",
        "console.enrolling",
        "console.confirm_second_factor",
        "console.sign_out",
        "console.asset",
        "console.language",
        "console.theme",
    }
)
"""What someone may do who must set up a second factor first."""


def office() -> Backoffice:
    """Return the office of this process."""
    return cast(Backoffice, current_app.extensions["backoffice"])


def limits() -> Limits:
    """Return how many failures lock a name or an address out here."""
    return limits_of(office().configuration)


def token() -> str:
    """Return the token of this browser's login session, or nothing."""
    return str(session.get(TOKEN) or "")


def recognise(request: Request) -> Identity | None:
    """Return who is signed in with this browser, or nothing; an API token in the request outweighs the browser."""
    if not token() or request.headers.get("Authorization", "").lower().startswith("bearer "):
        return None
    try:
        found = find_session(office().database, token(), clock=office().clock)
    except NotSignedIn:
        session.pop(TOKEN, None)
        raise
    g.login = found
    return found.identity


def current() -> OpenSession | None:
    """Return the login session of this browser."""
    return cast("OpenSession | None", g.get("login"))


def begin(new: str) -> None:
    """Keep ``new`` as this browser's login session; what was in the cookie before is gone, the form token too."""
    language = session.get("language")
    session.clear()
    session[TOKEN] = new
    session.permanent = True
    if language:
        session["language"] = language


def end() -> None:
    """Forget the login session in this browser."""
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language


def require_new_password() -> ResponseReturnValue | None:
    """Lead whoever must choose a new password to where they do; nothing else is open to them."""
    login = current()
    if login is None or not login.must_change_password or request.endpoint in WITHOUT_NEW_PASSWORD:
        return None
    if request.method in {"GET", "HEAD"} and request.accept_mimetypes.accept_html and request.endpoint is not None:
        return redirect(url_for("console.new_password"), 303)
    raise Forbidden(_("Choose a new password first."), remedy=_("Sign in to the console and choose one."))


def require_second_factor() -> ResponseReturnValue | None:
    """Lead whoever must set up a second factor to where they do; nothing else is open to them."""
    login = current()
    if login is None or login.must_change_password or not login.must_enrol or request.endpoint in WITHOUT_SECOND_FACTOR:
        return None
    if request.method in {"GET", "HEAD"} and request.accept_mimetypes.accept_html and request.endpoint is not None:
        return redirect(url_for("console.second_factor"), 303)
    raise Forbidden(_("Set up your second factor first."), remedy=_("Sign in to the console and set it up."))


def work_in_one_company() -> None:
    """Let a browser see the records of the company it works for, and not those of others beside them."""
    desk = g.get("desk")
    if current() is None or desk is None or desk.context.company_id is None:
        return
    context = replace(desk.context, companies=frozenset({desk.context.company_id}))
    g.desk = Desk(desk.office, desk.user, context)


def deliver(office: Backoffice, link: ResetLink) -> None:
    """Mail a link for a new password; where mail is not set up it is written to the log, for the administrator.

    It is called after the answer was given, so that the time that takes does not tell whether there is such a user.
    """
    try:
        if mail_link(office, link):
            return
    except BackofficeError as error:
        # Whoever asked is told nothing: the answer must not depend on whether there is such a user.
        log.error("password reset not mailed", user=link.name, error=str(error))
        return
    log.warning("password reset asked for", user=link.name, email=link.email, url=link.url)


__all__ = [
    "TOKEN",
    "begin",
    "current",
    "deliver",
    "end",
    "limits",
    "office",
    "recognise",
    "require_new_password",
    "require_second_factor",
    "token",
    "work_in_one_company",
]
