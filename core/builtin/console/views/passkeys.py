"""Passkeys: signing in with one, adding and removing one's own. The browser's part is in ``passkeys.js``."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from flask import g, jsonify, request, session, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.builtin.console import sign_ins
from backoffice.core.errors import BackofficeError, InvalidInput, NotFound
from backoffice.core.persistence import Session
from backoffice.core.users import passkeys
from backoffice.core.users.sign_in import prove_password
from backoffice.core.web import public, signed_in
from backoffice.hookspecs import messages

from .base import desk, pages, safe_path, see, tell
from .second_factor import said

_ = messages("console")

ASKED: Final = "passkey"
"""Where the cookie keeps what a device was asked, until it answers."""


def site() -> passkeys.Site:
    """Return what passkeys are bound to here: the address the office is known by, or that of the request."""
    base = urlsplit(sign_ins.office().configuration.base_url or request.host_url)
    return passkeys.Site(base.hostname or "localhost", f"{base.scheme}://{base.netloc}")


def _problem(error: BackofficeError) -> ResponseReturnValue:
    return jsonify(problem=said(error)), error.status


def _available() -> None:
    if not passkeys.available():
        raise NotFound(_("Passkeys are not set up here."), remedy=_("Install Backoffice with the extra “passkeys”."))


def _answer() -> tuple[dict[str, str], dict[str, Any]]:
    """Return what was asked, which is forgotten with that, and what the device answered."""
    given = request.get_json(silent=True)
    answer = given.get("answer") if isinstance(given, dict) else None
    if not isinstance(answer, dict):
        raise InvalidInput(_("The browser sent no passkey."), remedy=_("Try once more."))
    return dict(session.pop(ASKED, None) or {}), answer


# -- at sign-in --------------------------------------------------------------------------------------------------


@pages.post("/sign-in/passkey/question")
@public
def ask_passkey() -> ResponseReturnValue:
    """Say what a passkey has to sign."""
    _available()
    asked = passkeys.ask(site(), clock=sign_ins.office().clock)
    session[ASKED] = asked.kept
    return jsonify(asked.options)


@pages.post("/sign-in/passkey")
@public
def enter_with_passkey() -> ResponseReturnValue:
    """Start the login session of whoever holds the passkey."""
    _available()
    office, following = sign_ins.office(), safe_path(request.args.get("next", ""))
    try:
        kept, answer = _answer()
        made = passkeys.sign_in(
            office.database, site=site(), kept=kept, answer=answer, clock=office.clock,
            address=request.remote_addr or "", agent=request.user_agent.string, limits=sign_ins.limits(),
        )  # fmt: skip
    except BackofficeError as error:
        return _problem(error)
    sign_ins.begin(made.token)
    return jsonify(next=following or url_for("console.home"))


# -- one's own ---------------------------------------------------------------------------------------------------


@pages.post("/profile/passkeys/question")
@signed_in
def ask_new_passkey() -> ResponseReturnValue:
    """Ask a device to make a passkey, for whoever knows the password."""
    _available()
    office, user_id = sign_ins.office(), g.identity.user_id
    try:
        prove_password(
            office.database, user_id=user_id, password=request.form.get("password", ""), clock=office.clock,
            address=request.remote_addr or "", limits=sign_ins.limits(),
        )  # fmt: skip
        asked = passkeys.ask_for_new(office.database, user_id=user_id, site=site(), clock=office.clock)
    except BackofficeError as error:
        return _problem(error)
    session[ASKED] = {**asked.kept, "user": str(user_id)}
    return jsonify(asked.options)


@pages.post("/profile/passkeys")
@signed_in
def add_passkey() -> ResponseReturnValue:
    """Keep the passkey that was made."""
    _available()
    user_id, name, here = g.identity.user_id, request.args.get("name", ""), site()
    try:
        kept, answer = _answer()
        if kept.pop("user", "") != str(user_id):
            raise InvalidInput(_("The browser sent no passkey."), remedy=_("Try once more."))

        def work(open_: Session) -> None:
            passkeys.add(open_, user_id=user_id, site=here, kept=kept, answer=answer, name=name)

        desk().run(work, action="core.add_passkey")
    except BackofficeError as error:
        return _problem(error)
    tell(_("The passkey is added. You can sign in with it from now on."))
    return jsonify(next=url_for("console.profile"))


@pages.post("/profile/passkeys/<int:id>/remove")
@signed_in
def remove_passkey(id: int) -> ResponseReturnValue:
    """Remove one of one's own passkeys."""
    user_id = g.identity.user_id
    desk().run(lambda open_: passkeys.remove(open_, user_id, id), action="core.remove_passkey")
    tell(_("The passkey is removed. Remove it on the device as well."))
    return see(url_for("console.profile"))
