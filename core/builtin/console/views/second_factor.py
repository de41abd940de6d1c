"""The second factor: the code at sign-in, taking an authenticator into use, recovery codes, removing it."""

from __future__ import annotations

import math
from typing import Final

from flask import g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from backoffice.core.builtin.console import sign_ins
from backoffice.core.builtin.console.reader import say
from backoffice.core.builtin.console.rendering import render
from backoffice.core.errors import BackofficeError, Conflict, InvalidInput, NotSignedIn, TooManyRequests
from backoffice.core.users import second_factor as factors
from backoffice.core.users.halfway import Halfway, prove_second_factor
from backoffice.core.users.passkeys import available
from backoffice.core.users.sign_in import prove_password
from backoffice.core.web import public, signed_in
from backoffice.hookspecs import messages

from .base import desk, pages, safe_path, see, tell

_ = messages("console")

HALFWAY: Final = "halfway"
NEXT: Final = "halfway_next"
ENROLLING: Final = "enrolling"
"""In the cookie: the challenge of a sign-in that lacks the code, where it leads, and that the password was given."""


def said(error: BackofficeError) -> str:
    """Return what an error says on a page of the door: what, why and what to do, in one paragraph."""
    why = error.why if error.status < 500 else ""
    fields = [one for given in error.fields.values() for one in given]
    parts = [say(part) for part in (error.what, why, *fields, error.remedy) if part]
    wait = error.details.get("retry_after")
    if wait:
        minutes = max(1, math.ceil(int(wait) / 60))
        parts.append(say(_("Try again in {count} minute.").counted("Try again in {count} minutes.", minutes)))
    return " ".join(dict.fromkeys(parts))


# -- at sign-in --------------------------------------------------------------------------------------------------


def lead_on(half: Halfway, following: str) -> ResponseReturnValue:
    """Lead someone whose password was right to the second step."""
    sign_ins.end()
    session[HALFWAY], session[NEXT] = half.challenge, following
    return see(url_for("console.code"))


@pages.get("/sign-in/code")
@public
def code() -> ResponseReturnValue:
    """Ask for the code."""
    if not session.get(HALFWAY):
        return see(url_for("console.sign_in"))
    return render("code", problem="", url=url_for("console.prove"))


@pages.post("/sign-in/code")
@public
def prove() -> ResponseReturnValue:
    """Start the login session for whoever has the code."""
    office, following = sign_ins.office(), safe_path(str(session.get(NEXT, "")))
    try:
        made = prove_second_factor(
            office.database, challenge=str(session.get(HALFWAY, "")), code=request.form.get("code", ""),
            clock=office.clock, address=request.remote_addr or "", agent=request.user_agent.string,
            limits=sign_ins.limits(),
        )  # fmt: skip
    except NotSignedIn as error:
        sign_ins.end()
        return render("sign_in", username="", problem=said(error), next=following, passkeys=available()), error.status
    except (InvalidInput, TooManyRequests) as error:
        return render("code", problem=said(error), url=url_for("console.prove")), error.status
    sign_ins.begin(made.token)
    return see(following or url_for("console.home"))


# -- one's own ---------------------------------------------------------------------------------------------------


@pages.get("/second-factor")
@signed_in
def second_factor() -> ResponseReturnValue:
    """Show how one stands, and ask for the password before anything is changed."""
    session.pop(ENROLLING, None)
    return _page()


@pages.post("/second-factor")
@signed_in
def change_second_factor() -> ResponseReturnValue:
    """Begin, make new recovery codes or remove the authenticator, for whoever knows the password."""
    office, user_id = sign_ins.office(), g.identity.user_id
    try:
        prove_password(
            office.database, user_id=user_id, password=request.form.get("password", ""), clock=office.clock,
            address=request.remote_addr or "", limits=sign_ins.limits(),
        )  # fmt: skip
        then = request.form.get("then")
        if then == "codes":
            codes = desk().run(lambda work: factors.new_codes(work, user_id), action="core.new_recovery_codes")
            return render("recovery_codes", codes=codes)
        if then == "remove":
            desk().run(lambda work: factors.remove(work, user_id), action="core.remove_second_factor")
            tell(_("The authenticator is removed."))
            return see(url_for("console.profile"))
        factors.enrol(office.database, user_id=user_id, clock=office.clock)
    except (InvalidInput, TooManyRequests, Conflict) as error:
        return _page(said(error)), error.status
    session[ENROLLING] = True
    return see(url_for("console.enrolling"))


@pages.get("/second-factor/set-up")
@signed_in
def enrolling() -> ResponseReturnValue:
    """Show what the authenticator must learn."""
    return _enrolling()


@pages.post("/second-factor/set-up")
@signed_in
def confirm_second_factor() -> ResponseReturnValue:
    """Take the authenticator into use once its code is right; other browsers are signed out."""
    office = sign_ins.office()
    try:
        codes = factors.confirm(
            office.database, user_id=g.identity.user_id, code=request.form.get("code", ""), keep=sign_ins.token(),
            clock=office.clock, address=request.remote_addr or "", limits=sign_ins.limits(),
        )  # fmt: skip
    except (InvalidInput, TooManyRequests) as error:
        return _enrolling(said(error), error.status)
    session.pop(ENROLLING, None)
    return render("recovery_codes", codes=codes)


def _page(problem: str = "") -> str:
    login = sign_ins.current()
    own = login is not None and not login.must_enrol
    return render("second_factor", standing=_standing(), problem=problem, own=own)


def _standing() -> factors.Standing:
    office = sign_ins.office()
    return factors.standing(office.database, g.identity.user_id, clock=office.clock)


def _enrolling(problem: str = "", status: int = 200) -> ResponseReturnValue:
    """Show the seed that waits to be confirmed, to whoever has just given the password."""
    office = sign_ins.office()
    found = factors.waiting(office.database, g.identity.user_id, clock=office.clock)
    if found is None or not session.get(ENROLLING):
        return redirect(url_for("console.second_factor"), 303)
    groups = " ".join(found.seed[start : start + 4] for start in range(0, len(found.seed), 4))
    return render("enrolling", picture=picture(found.uri), seed=groups, problem=problem), status


def picture(text: str) -> Markup:
    """Return ``text`` as a QR code, black on white whatever the page's colours: SVG without style or script."""
    import segno

    made = segno.make(text, error="m", micro=False)
    svg = made.svg_inline(border=4, dark="#000", light="#fff", omitsize=True)
    return Markup(svg)  # noqa: S704 - made of squares by the library, from a text that is nowhere in it
