"""The way in and out: sign in, sign out, a forgotten password, a password that must be changed."""

from __future__ import annotations

from functools import partial

from flask import g, make_response, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.builtin.console import sign_ins
from backoffice.core.builtin.console.reader import reader, say
from backoffice.core.builtin.console.rendering import render
from backoffice.core.errors import ConfigurationError, InvalidInput, NotSignedIn, TooManyRequests
from backoffice.core.users import reset
from backoffice.core.users.halfway import Halfway
from backoffice.core.users.passkeys import available
from backoffice.core.users.passwords import SHORTEST
from backoffice.core.users.sign_in import change_password
from backoffice.core.users.sign_in import sign_in as start_session
from backoffice.core.users.sign_in import sign_out as end_session
from backoffice.core.web import public, signed_in
from backoffice.hookspecs import messages

from .base import pages, safe_path, see, tell
from .second_factor import lead_on, said

_ = messages("console")


@pages.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """Show the form, or lead on who is signed in already."""
    following = safe_path(request.args.get("next", ""))
    if g.identity is not None:
        return see(following or url_for("console.home"))
    return render("sign_in", username="", problem="", next=following, passkeys=available())


@pages.post("/sign-in")
@public
def enter() -> ResponseReturnValue:
    """Start a login session for whoever knows the password."""
    username = request.form.get("username", "")
    following = safe_path(request.form.get("next", ""))
    try:
        made = start_session(
            sign_ins.office().database,
            username=username,
            password=request.form.get("password", ""),
            clock=sign_ins.office().clock,
            address=request.remote_addr or "",
            agent=request.user_agent.string,
            organization=sign_ins.office().configuration.organization,
            limits=sign_ins.limits(),
        )
    except (NotSignedIn, TooManyRequests) as error:
        page = render("sign_in", username=username, problem=said(error), next=following, passkeys=available())
        return page, error.status
    if isinstance(made, Halfway):
        return lead_on(made, following)
    sign_ins.begin(made.token)
    return see(following or url_for("console.home"))


@pages.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End the login session of this browser."""
    if sign_ins.token():
        office = sign_ins.office()
        end_session(office.database, sign_ins.token(), clock=office.clock, address=request.remote_addr or "")
    sign_ins.end()
    tell(_("You are signed out."))
    return see(url_for("console.sign_in"))


# -- a forgotten password ----------------------------------------------------------------------------------------


@pages.get("/forgot-password")
@public
def forgot() -> str:
    """Ask for whom a link is wanted."""
    return render("forgot", sent=False, address="", problem="")


@pages.post("/forgot-password")
@public
def send_link() -> ResponseReturnValue:
    """Hand a link to whoever delivers mail; the answer is the same for names that do not exist."""
    office = sign_ins.office()
    address = request.form.get("address", "").strip()
    links: list[reset.ResetLink] = []
    try:
        reset.request_reset(
            office.database,
            username=address,
            base_url=office.configuration.base_url,
            deliver=links.append,
            clock=office.clock,
            organization=office.configuration.organization,
            address=request.remote_addr or "",
            limits=sign_ins.limits(),
        )
    except TooManyRequests as error:
        return render("forgot", sent=False, address=address, problem=said(error)), error.status
    except ConfigurationError:
        problem = say(_("This console cannot send links. Ask an administrator for a new password."))
        return render("forgot", sent=False, address=address, problem=problem), 503
    response = make_response(render("forgot", sent=True, address="", problem=""))
    for link in links:
        response.call_on_close(partial(sign_ins.deliver, office, link))
    return response


@pages.get(f"{reset.PATH}<token>")
@public
def choose(token: str) -> ResponseReturnValue:
    """Show the form for a new password while the link is good."""
    office = sign_ins.office()
    try:
        reset.check_reset(office.database, token, clock=office.clock)
    except NotSignedIn:
        return _reset_page(token, expired=True), 410
    return _reset_page(token)


@pages.post(f"{reset.PATH}<token>")
@public
def chosen(token: str) -> ResponseReturnValue:
    """Set the new password; the link is used up."""
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        return _reset_page(token, problem=say(_("The two passwords differ."))), 422
    office = sign_ins.office()
    try:
        reset.use_reset(
            office.database, token=token, password=password, clock=office.clock, address=request.remote_addr or ""
        )
    except NotSignedIn:
        return _reset_page(token, expired=True), 410
    except InvalidInput as error:
        return _reset_page(token, problem=said(error)), 422
    sign_ins.end()
    tell(_("The password is changed. Sign in with it."))
    return see(url_for("console.sign_in"))


def _reset_page(token: str, *, problem: str = "", expired: bool = False) -> str:
    url = url_for("console.chosen", token=token)
    return render("reset", url=url, problem=problem, rule=_rule(), expired=expired)


def _rule() -> str:
    return say(_("At least {count} characters; a short sentence is easy to remember."), count=reader().number(SHORTEST))


# -- a password that must be changed -----------------------------------------------------------------------------


@pages.get("/new-password")
@signed_in
def new_password() -> str:
    """Ask for a password of one's own instead of the one that somebody gave."""
    return render("new_password", problem="", rule=_rule())


@pages.post("/new-password")
@signed_in
def set_new_password() -> ResponseReturnValue:
    """Change one's own password; every other browser is signed out."""
    new = request.form.get("password", "")
    if new != request.form.get("again", ""):
        return render("new_password", problem=say(_("The two passwords differ.")), rule=_rule()), 422
    office = sign_ins.office()
    try:
        change_password(
            office.database, user_id=g.identity.user_id, old=request.form.get("old", ""), new=new,
            keep=sign_ins.token(), clock=office.clock, address=request.remote_addr or "", limits=sign_ins.limits(),
        )  # fmt: skip
    except (InvalidInput, TooManyRequests) as error:
        return render("new_password", problem=said(error), rule=_rule()), error.status
    tell(_("The password is changed."))
    return see(url_for("console.home"))
