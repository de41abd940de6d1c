"""The table of mails: the queue while they wait, the log once they were sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from backoffice.core.persistence import fields as field
from backoffice.core.persistence.records import CoreBase, Indexed, Row
from backoffice.core.persistence.types import Id, Json
from backoffice.core.secrets import Sealed
from backoffice.hookspecs import messages

_ = messages("mail")

STATES = {
    "waiting": _("Waiting"),
    "sent": _("Sent"),
    "failed": _("Failed, will be tried again"),
    "dead": _("Given up"),
    "cancelled": _("Cancelled"),
}
WAITING = ("waiting", "failed")


class Mail(Row, CoreBase):
    """A mail to one person. What a secret one says is kept sealed until it was sent, and nowhere afterwards."""

    __tablename__ = "core_mail"
    __audited__ = False
    __audit_exempt__ = "It is a log of its own; what it tells of is audited."
    __title__ = "subject"
    __referenced__ = False
    company_id: Mapped[int | None] = field.ref("core_company", label=_("Company"))
    purpose: Mapped[str] = field.code(80, label=_("Purpose"))
    address: Mapped[str] = field.email(label=_("To"))
    name: Mapped[str] = field.text(160, label=_("Name"), default="", personal=True)
    reply_to: Mapped[str] = field.email(label=_("Replies to"), default="", personal=False)
    language: Mapped[str] = field.code(8, label=_("Language"))
    subject: Mapped[str] = field.text(300, label=_("Subject"), personal=True)
    text: Mapped[str | None] = field.long_text(label=_("Text"), personal=True)
    secret: Mapped[bool] = field.yes_no(
        label=_("Secret"), help=_("What it says is not kept, such as a link for a new password.")
    )
    content: Mapped[Any | None] = mapped_column(Json)
    sealed: Mapped[Sealed | None] = field.secret(label=_("What a secret mail says"))
    files: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    state: Mapped[str] = field.choice(STATES, label=_("State"), default="waiting")
    attempts: Mapped[int] = field.integer(label=_("Attempts"), default=0)
    error: Mapped[str | None] = field.text(2000, label=_("Error"))
    message_id: Mapped[str] = field.code(200, label=_("Message number"))
    queued_at: Mapped[datetime] = field.instant(label=_("Queued"))
    sent_at: Mapped[datetime | None] = field.instant(label=_("Sent"))
    subject_table: Mapped[str] = field.code(80, label=_("About"), default="")
    subject_id: Mapped[int | None] = field.integer(label=_("Record"))
    created_by: Mapped[int | None] = mapped_column(Id)
    by_state = Indexed("state", "id")
    by_subject = Indexed("subject_table", "subject_id")
    by_address = Indexed("address", "id")


__all__ = ["STATES", "WAITING", "Mail"]
