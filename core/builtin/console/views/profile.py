"""One's own account: language and appearance, password, where one is signed in, tokens for programs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.builtin.console import doing, sign_ins
from backoffice.core.builtin.console.forms import Form, problems
from backoffice.core.builtin.console.pages import FormPage, ProfilePage, SessionView
from backoffice.core.builtin.console.places import places
from backoffice.core.builtin.console.reader import reader, say
from backoffice.core.builtin.console.rendering import render
from backoffice.core.builtin.console.showing import Showing
from backoffice.core.builtin.console.typed import Texts, of_form, text_of, to_input
from backoffice.core.errors import BackofficeError, InvalidInput, NotFound, TooManyRequests
from backoffice.core.office.described import text_of as named
from backoffice.core.persistence import Session
from backoffice.core.users import passkeys
from backoffice.core.users.models import ApiToken, LoginSession, Role, RoleAssignment, User
from backoffice.core.users.second_factor import standing
from backoffice.core.users.sign_in import change_password
from backoffice.core.users.tokens import revoke_token
from backoffice.core.web import signed_in
from backoffice.hookspecs import Field, messages

from .base import desk, pages, see, tell

_ = messages("console")

ACTION = "core.change_profile"
PASSWORD = (
    Field("old", "text", label=_("Present password"), required=True, length=256, secret=True, hint="current-password"),
    Field("new", "text", label=_("New password"), required=True, length=256, secret=True, hint="new-password"),
    Field("again", "text", label=_("Once more"), required=True, length=256, secret=True, hint="new-password"),
)


@pages.get("/profile")
@signed_in
def profile() -> str:
    """Show one's own account."""
    return _page()


@pages.post("/profile")
@signed_in
def save_profile() -> ResponseReturnValue:
    """Change one's name, language, calendar, digits or appearance."""
    fields = _fields()
    texts = of_form(fields, request.form, reader())
    try:
        with desk().reading() as session:
            values = to_input(desk(), session, fields, texts, reader())
        desk().execute(ACTION, values)
    except BackofficeError as error:
        if not doing.is_correctable(error):
            raise
        return _page(texts=texts, error=error), error.status
    g.language = values.get("language") or g.language
    g.pop("reader", None)
    tell(_("Your profile is saved."))
    return see(url_for("console.profile"))


@pages.post("/profile/password")
@signed_in
def save_password() -> ResponseReturnValue:
    """Change one's own password; every other browser is signed out."""
    new, office = request.form.get("new", ""), sign_ins.office()
    try:
        if new != request.form.get("again", ""):
            said = _("The two passwords differ.")
            raise InvalidInput(said, fields={"again": [said]})
        change_password(
            office.database, user_id=g.identity.user_id, old=request.form.get("old", ""), new=new,
            keep=sign_ins.token(), clock=office.clock, address=request.remote_addr or "", limits=sign_ins.limits(),
        )  # fmt: skip
    except (InvalidInput, TooManyRequests) as error:
        return _page(password_error=error), error.status
    tell(_("The password is changed. Other browsers are signed out."))
    return see(url_for("console.profile"))


@pages.post("/profile/sessions/<int:id>/end")
@signed_in
def end_session(id: int) -> ResponseReturnValue:
    """Sign out another browser of one's own."""

    def work(session: Session) -> None:
        row = session.scalars(sa.select(LoginSession).where(LoginSession.id == id, _mine(LoginSession))).one_or_none()
        if row is None:
            raise NotFound(_("There is no such login session of yours."))
        row.revoked_at = session.now()

    desk().run(work, action="core.revoke_session")
    tell(_("That browser is signed out."))
    return see(url_for("console.profile"))


@pages.post("/profile/tokens/<int:id>/revoke")
@signed_in
def end_token(id: int) -> ResponseReturnValue:
    """Make a token of one's own worthless."""

    def work(session: Session) -> None:
        row = session.scalars(sa.select(ApiToken).where(ApiToken.id == id, _mine(ApiToken))).one_or_none()
        if row is None:
            raise NotFound(_("There is no such token of yours."))
        revoke_token(session, row)

    desk().run(work, action="core.revoke_token")
    tell(_("The token is revoked."))
    return see(url_for("console.profile"))


def _mine(model: Any) -> Any:
    return model.user_id == desk().user.user_id


# -- the page ----------------------------------------------------------------------------------------------------


def _fields() -> list[Field]:
    needed = {"name", "language"}
    return [replace(f, required=f.name in needed) for f in desk().verb(ACTION).fields]


def _page(
    *, texts: Texts | None = None, error: BackofficeError | None = None, password_error: BackofficeError | None = None
) -> str:
    with desk().reading() as session:
        showing = Showing(desk(), session, reader(), places())
        fields = _fields()
        me = session.scalars(sa.select(User).where(User.id == desk().user.user_id)).one()
        shown = texts if texts is not None else {f.name: text_of(f, getattr(me, f.name), reader()) for f in fields}
        form = Form(fields, showing, shown, errors=error.fields if error is not None else {})
        password = Form(PASSWORD, showing, {}, errors=password_error.fields if password_error is not None else {})
        page = ProfilePage(
            form=FormPage(
                title="",
                url=url_for("console.save_profile"),
                groups=form.groups(),
                problems=problems(error, fields, reader()) if error is not None else (),
            ),
            password=FormPage(
                title="",
                url=url_for("console.save_password"),
                groups=password.groups(),
                problems=problems(password_error, PASSWORD, reader()) if password_error is not None else (),
            ),
            sessions=_sessions(session),
            tokens=_tokens(session),
            token_url=url_for("console.do", name="core.create_token", next=url_for("console.profile")),
            roles=_roles(session),
            factor=standing(sign_ins.office().database, me.id, clock=sign_ins.office().clock),
            factor_url=url_for("console.second_factor"),
            passkeys=_passkeys(session),
            passkey_url=url_for("console.add_passkey") if passkeys.available() else "",
        )
        return render("profile", profile=page)


def _roles(session: Session) -> list[str]:
    rows = session.scalars(
        sa.select(Role).join(RoleAssignment, RoleAssignment.role_id == Role.id).where(_mine(RoleAssignment)).distinct()
    )
    return sorted(str(named(role, "name", desk().language)) for role in rows)


def _sessions(session: Session) -> list[SessionView]:
    now, login = desk().context.now(), sign_ins.current()
    rows = session.scalars(
        sa.select(LoginSession)
        .where(_mine(LoginSession), LoginSession.revoked_at.is_(None), LoginSession.expires_at > now)
        .order_by(LoginSession.seen_at.desc())
    )
    return [
        SessionView(
            label=browser(row.agent),
            detail=row.address,
            last_seen=row.seen_at,
            current=login is not None and row.id == login.id,
            revoke_url="" if login is not None and row.id == login.id else url_for("console.end_session", id=row.id),
        )
        for row in rows
    ]


def _passkeys(session: Session) -> list[SessionView]:
    return [
        SessionView(
            label=row.name,
            detail=say(_("added {when}"), when=reader().day(row.created_at.date())),
            last_seen=row.used_at,
            revoke_url=url_for("console.remove_passkey", id=row.id),
        )
        for row in passkeys.of_user(session, g.identity.user_id)
    ]


def _tokens(session: Session) -> list[SessionView]:
    now = desk().context.now()
    rows = session.scalars(
        sa.select(ApiToken)
        .where(_mine(ApiToken), ApiToken.revoked_at.is_(None), ApiToken.expires_at > now)
        .order_by(ApiToken.id.desc())
    )
    return [
        SessionView(
            label=row.name,
            detail=" · ".join(
                (row.hint + "…", " ".join(row.scopes), say(_("until {when}"), when=reader().day(row.expires_at.date())))
            ),
            revoke_url=url_for("console.end_token", id=row.id),
        )
        for row in rows
    ]


_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser(agent: str) -> str:
    """Return what a browser calls itself in words: Firefox · Linux."""
    name = next((said for mark, said in _BROWSERS if mark in agent), agent.partition("/")[0][:40])
    system = next((said for mark, said in _SYSTEMS if mark in agent), "")
    return " · ".join(part for part in (name, system) if part) or "?"
