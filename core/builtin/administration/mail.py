"""Mails as a resource: the queue and the log; send one again, take one out, try the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import sqlalchemy as sa

from backoffice.core.errors import BackofficeError
from backoffice.core.mail import queue, queueing
from backoffice.core.mail.models import Mail
from backoffice.core.mail.settings import MailSettings
from backoffice.core.mail.trying import LETTER
from backoffice.core.persistence import Session
from backoffice.hookspecs import Action, Check, Field, Job, Resource, messages

from .groups import WORK

_ = messages("mail")

NOTHING: Final[frozenset[str]] = frozenset()

RESOURCES = (
    Resource(
        "core.mail",
        Mail,
        columns=("queued_at", "subject", "address", "purpose", "state", "attempts", "sent_at", "error"),
        label=_("Mail"),
        plural=_("Mails"),
        description=_("Mail that waits to be sent, and what was sent. What secret mails said is not kept."),
        filters=("state", "purpose", "address", "queued_at"),
        operations=NOTHING,
        badge="state",
        menu="settings",
        menu_group=WORK,
    ),
)


def send_test(session: Session, *, to: str) -> dict[str, Any]:
    """Queue a mail that says mail works."""
    return {"id": queue(session, LETTER, to=to, language=session.context.language).id}


def retry_mail(session: Session, record: Mail) -> dict[str, Any]:
    """Send a mail again that was given up."""
    return {"id": queueing.again(session, record).id}


def cancel_mail(session: Session, record: Mail) -> dict[str, Any]:
    """Take a mail out of the queue."""
    return {"id": queueing.cancel(session, record).id}


ACTIONS = (
    Action(
        "core.send_test_mail",
        send_test,
        label=_("Send a test mail"),
        fields=(Field("to", "email", label=_("To"), required=True, length=254),),
        icon="mail",
    ),
    Action(
        "core.retry_mail",
        retry_mail,
        label=_("Send again"),
        resource="core.mail",
        when=("state", ("dead", "failed", "cancelled")),
    ),
    Action(
        "core.cancel_mail",
        cancel_mail,
        label=_("Do not send"),
        resource="core.mail",
        when=("state", ("waiting", "failed")),
        destructive=True,
    ),
)

JOBS = (
    Job(
        queueing.JOB,
        "backoffice.core.mail.sending:send",
        label=_("Send a mail"),
        fields=(Field("mail", "integer", label=_("Mail"), required=True),),
        scope="system",
        attempts=12,
    ),
)


def checks(office: Any) -> Sequence[Check]:
    """Say when mail is not set up as it should be, or mails were given up."""
    return (Check("core.mail", lambda: _standing(office), _("Mail")),)


def _standing(office: Any) -> tuple[Literal["ok", "warning", "error"], str]:
    try:
        settings = MailSettings.of(office.configuration)
    except BackofficeError as error:
        return "error", str(error)
    if not settings.is_set_up:
        return "ok", _("Mail is not set up; links for new passwords are written to the log.")
    if settings.folder and office.configuration.environment == "production":
        return "warning", _("Mail is put into a folder and sent to nobody. Name a mail server under [mail].")
    with office.database.looking() as session:
        dead = session.scalar(sa.select(sa.func.count()).where(Mail.state == "dead"))
    if dead:
        return "warning", _("{count} mail was given up. Look at it and send it again or leave it.").counted(
            "{count} mails were given up. Look at them and send them again or leave them.", dead
        )
    return "ok", _("Mail is set up, and nothing was given up.")


__all__ = ["ACTIONS", "JOBS", "RESOURCES", "checks"]
