"""Verbs of the administration: passwords, tokens, sessions, settings, approvals, jobs, deliveries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from backoffice.core.bookkeeping.models import ApprovalRequest
from backoffice.core.errors import Forbidden, InvalidInput
from backoffice.core.events.deliveries import discard_delivery, retry_delivery
from backoffice.core.events.jobs import cancel_job, retry_job
from backoffice.core.events.models import Delivery, JobRow
from backoffice.core.office import approvals, settings
from backoffice.core.office.input import load
from backoffice.core.persistence import Session
from backoffice.core.users import attempts, passwords, second_factor, sessions, tokens
from backoffice.core.users.models import (
    CALENDARS,
    DIGITS,
    LANGUAGES,
    THEMES,
    ApiToken,
    LoginSession,
    User,
)
from backoffice.hookspecs import SIGNED_IN, Action, Field, messages

_ = messages("backoffice")


def _me(session: Session) -> User:
    found = session.scalars(sa.select(User).where(User.id == session.context.actor_id)).one_or_none()
    if found is None:
        raise Forbidden(_("Only a person has a profile."), remedy=_("Sign in."))
    return found


def change_profile(session: Session, **values: Any) -> dict[str, Any]:
    """Change one's own language, calendar, digits, appearance or name."""
    me = _me(session)
    for name, value in values.items():
        if value is not None:
            setattr(me, name, value)
    session.flush()
    return {"id": me.id}


def change_password(session: Session, *, old: str, new: str) -> dict[str, Any]:
    """Change one's own password; every other browser is signed out."""
    me = _me(session)
    attempts.refuse_when_locked(session, me, attempts.limits_of(session.services.configuration))  # type: ignore[union-attr]
    if not passwords.verify(old, me.password_hash):
        raise InvalidInput(
            _("The old password is not right."), fields={"old": [_("This is not your password.")]}, failed_proof=me.id
        )
    _set_password(session, me, new, must_change=False)
    return {"id": me.id}


def set_password(session: Session, record: User, *, password: str | None) -> dict[str, Any]:
    """Give a user a new password, made up unless given; they choose their own at the next sign-in."""
    chosen = password or passwords.generate_password()
    _set_password(session, record, chosen, must_change=True)
    return {"id": record.id, "password": None if password else chosen}


def reset_second_factor(session: Session, record: User) -> dict[str, Any]:
    """Take the authenticator and recovery codes from someone who lost them; the password alone signs them in again."""
    removed = second_factor.remove(session, record.id)
    sessions.revoke_all(session, record.id)
    return {"id": record.id, "removed": removed}


def _set_password(session: Session, person: User, password: str, *, must_change: bool) -> None:
    passwords.check_password(password, person.username)
    person.password_hash = passwords.hash_password(password)
    person.password_changed_at = session.now()
    person.must_change_password = must_change
    sessions.revoke_all(session, person.id)
    session.flush()


def create_token(session: Session, *, name: str, scopes: str, days: int, user_id: int | None = None) -> dict[str, Any]:
    """Make an API token for oneself, or for another user with the right to; shown once."""
    me = session.context.actor_id
    owner = user_id or me
    if owner is None:
        raise InvalidInput(_("Say whom the token acts as."), fields={"user": [_("This is needed.")]})
    if owner != me and not _may_for_others(session):
        raise Forbidden(_("You can make tokens for yourself alone."), remedy=_("Ask an administrator to make it."))
    made = tokens.create_token(
        session, user_id=owner, name=name, scopes=scopes.split(), expires_at=session.now() + timedelta(days=days)
    )
    return {"id": made.id, "token": made.plain}


def _may_for_others(session: Session) -> bool:
    desk = session.info.get("desk")
    return desk is not None and desk.may("core.user.change")


def revoke_token(session: Session, record: ApiToken) -> dict[str, Any]:
    """Make a token worthless."""
    tokens.revoke_token(session, record)
    return {"id": record.id}


def revoke_session(session: Session, record: LoginSession) -> dict[str, Any]:
    """Sign a browser out."""
    record.revoked_at = session.now()
    return {"id": record.id}


def set_setting(session: Session, *, plugin: str, name: str, value: Any, organization_wide: bool) -> dict[str, Any]:
    """Set ``name`` of ``plugin`` for the company at work, or for all companies."""
    company = 0 if organization_wide else session.company_id or 0
    secret = _is_secret(session, plugin, name)
    checked = _checked(session, plugin, name, value)
    row = settings.put(session, plugin, name, checked, company=company, secret=secret)
    return {"id": row.id, "plugin": plugin, "name": name, "value": None if secret else row.value}


def _is_secret(session: Session, plugin: str, name: str) -> bool:
    if plugin == "core" and name.startswith("approval:"):
        return False
    registry = session.services.registry  # type: ignore[union-attr]
    return bool(registry.setting(plugin, name)[1].secret)


def _checked(session: Session, plugin: str, name: str, value: Any) -> Any:
    """Return ``value`` as the setting's field reads it; raise :class:`InvalidInput` when it does not fit."""
    if plugin == "core" and name.startswith("approval:"):
        return value
    registry = session.services.registry  # type: ignore[union-attr]
    field = registry.setting(plugin, name)[1]
    return load(f"setting.{plugin}.{name}", [field], {name.removesuffix("_id"): value}, partial=True)[field.name]


def approve(session: Session, record: ApprovalRequest, *, comment: str | None) -> dict[str, Any]:
    """Agree to an action someone else asked for; it runs now, in this transaction, by your right to do it."""
    desk = session.info["desk"]
    desk.require(desk.verb(record.action).permission)
    approvals.decide(session, record, "approved", comment)
    result = session.perform(record.action, **record.arguments)
    record.result = result
    session.emit("core.approval_decided", record, action=record.action, state="approved")
    return {"id": record.id, "state": "approved", "result": result}


def reject(session: Session, record: ApprovalRequest, *, comment: str | None) -> dict[str, Any]:
    """Refuse an action someone else asked for."""
    desk = session.info["desk"]
    desk.require(desk.verb(record.action).permission)
    approvals.decide(session, record, "rejected", comment)
    session.emit("core.approval_decided", record, action=record.action, state="rejected")
    return {"id": record.id, "state": "rejected"}


def retry_a_job(session: Session, record: JobRow) -> dict[str, Any]:
    """Try a job again that was given up."""
    return {"id": retry_job(session, record).id}


def cancel_a_job(session: Session, record: JobRow) -> dict[str, Any]:
    """Stop a job at its next sign of progress, or before it begins."""
    return {"id": cancel_job(session, record).id}


def retry_a_delivery(session: Session, record: Delivery) -> dict[str, Any]:
    """Hand the event to the listener again."""
    return {"id": retry_delivery(session, record).id}


def discard_a_delivery(session: Session, record: Delivery) -> dict[str, Any]:
    """Give the delivery up for good."""
    return {"id": discard_delivery(session, record).id}


_COMMENT = Field("comment", "text", label=_("Comment"), length=400)

ACTIONS = (
    Action(
        "core.change_profile",
        change_profile,
        label=_("Change profile"),
        permission=SIGNED_IN,
        fields=(
            Field("name", "text", label=_("Full name"), length=120),
            Field("language", "choice", label=_("Language"), choices=LANGUAGES),
            Field("calendar", "choice", label=_("Calendar"), choices=CALENDARS),
            Field("digits", "choice", label=_("Digits"), choices=DIGITS),
            Field("theme", "choice", label=_("Appearance"), choices=THEMES),
        ),
    ),
    Action(
        "core.change_password",
        change_password,
        label=_("Change password"),
        permission=SIGNED_IN,
        fields=(
            Field("old", "text", label=_("Old password"), required=True, length=256, secret=True),
            Field(
                "new",
                "text",
                label=_("New password"),
                required=True,
                length=256,
                secret=True,
                help=_("At least 12 characters."),
            ),
        ),
    ),
    Action(
        "core.set_password",
        set_password,
        label=_("New password"),
        resource="core.user",
        fields=(
            Field(
                "password",
                "text",
                label=_("Password"),
                length=256,
                secret=True,
                help=_("Leave it empty to have one made up."),
            ),
        ),
        confirm=_("Every browser of this user is signed out."),
    ),
    Action(
        "core.reset_second_factor",
        reset_second_factor,
        label=_("Reset the second factor"),
        resource="core.user",
        destructive=True,
        confirm=_("Make sure that it is this person who asks. Every browser of theirs is signed out."),
    ),
    Action(
        "core.create_token",
        create_token,
        label=_("New API token"),
        permission=SIGNED_IN,
        fields=(
            Field("name", "text", label=_("Name"), required=True, length=80, help=_("What uses it.")),
            Field(
                "scopes",
                "code",
                label=_("Scopes"),
                required=True,
                length=400,
                help=_("Patterns of permissions with blanks between, such as accounting.* or *.read."),
            ),
            Field("days", "integer", label=_("Valid for days"), default=90, minimum=1, maximum=730),
            Field("user_id", "ref", label=_("Acts as"), target="core_user"),
        ),
    ),
    Action(
        "core.revoke_token",
        revoke_token,
        label=_("Revoke"),
        resource="core.api_token",
        destructive=True,
        confirm=_("Programs that use this token stop working at once."),
    ),
    Action(
        "core.revoke_session",
        revoke_session,
        label=_("Sign out"),
        resource="core.login_session",
        destructive=True,
        confirm=_("This browser must sign in again."),
    ),
    Action(
        "core.set_setting",
        set_setting,
        label=_("Set"),
        fields=(
            Field("plugin", "code", label=_("Plugin"), required=True, length=64),
            Field("name", "code", label=_("Setting"), required=True, length=80),
            Field("value", "data", label=_("Value")),
            Field("organization_wide", "boolean", label=_("For every company"), default=False),
        ),
    ),
    Action(
        "core.approve",
        approve,
        label=_("Approve"),
        resource="core.approval",
        fields=(_COMMENT,),
        when=("state", ("pending",)),
    ),
    Action(
        "core.reject",
        reject,
        label=_("Reject"),
        resource="core.approval",
        fields=(_COMMENT,),
        when=("state", ("pending",)),
        destructive=True,
    ),
    Action(
        "core.retry_job",
        retry_a_job,
        label=_("Try again"),
        resource="core.job",
        when=("state", ("dead", "failed", "cancelled")),
    ),
    Action(
        "core.cancel_job",
        cancel_a_job,
        label=_("Cancel"),
        resource="core.job",
        when=("state", ("waiting", "running", "failed")),
        destructive=True,
    ),
    Action(
        "core.retry_delivery",
        retry_a_delivery,
        label=_("Try again"),
        resource="core.delivery",
        when=("state", ("dead", "failed")),
    ),
    Action(
        "core.discard_delivery",
        discard_a_delivery,
        label=_("Give up"),
        resource="core.delivery",
        when=("state", ("dead", "failed", "waiting")),
        destructive=True,
    ),
)
