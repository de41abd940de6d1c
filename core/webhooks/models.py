"""Tables of webhooks: who is told of events and how it went; who may tell us, and what they said."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.core.events.models import EventRow
from backoffice.core.persistence import fields as field
from backoffice.core.persistence.fields import derived
from backoffice.core.persistence.records import (
    CoreBase,
    Indexed,
    Record,
    Row,
    UniqueInOrganization,
    to_many,
    to_one,
)
from backoffice.core.persistence.types import Json
from backoffice.core.secrets import Sealed
from backoffice.hookspecs import messages

_ = messages("webhooks")

PATH = "/api/v1/webhooks/"
"""Where messages of others are taken in; the address's token follows."""

STATES = {
    "waiting": _("Waiting"),
    "done": _("Delivered"),
    "failed": _("Failed, will be tried again"),
    "dead": _("Given up"),
}
MESSAGE_STATES = {"waiting": _("Waiting"), "done": _("Handled"), "failed": _("Failed, will be tried again")}


class Webhook(Record, CoreBase):
    """An address elsewhere that is told of events."""

    __tablename__ = "core_webhook"
    __title__ = "name"
    __key__ = ("name",)
    name: Mapped[str] = field.text(80, label=_("Name"), help=_("What receives it."))
    url: Mapped[str] = field.text(500, label=_("Address"), help=_("It begins with https:// and is reached from here."))
    events: Mapped[str] = field.code(
        1000,
        label=_("Events"),
        help=_("Names or patterns with blanks between, such as accounting.invoice_posted or accounting.*."),
    )
    company_id: Mapped[int | None] = field.ref("core_company", label=_("Only of company"))
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))
    secret: Mapped[Sealed] = field.secret(label=_("Secret"))
    previous_secret: Mapped[Sealed | None] = field.secret(label=_("Former secret"))
    previous_until: Mapped[datetime | None] = field.instant(label=_("Former secret valid until"), read_only=True)
    failing_since: Mapped[datetime | None] = field.instant(label=_("Failing since"), read_only=True)
    disabled_at: Mapped[datetime | None] = field.instant(label=_("Switched off for failing"), read_only=True)
    unique = UniqueInOrganization("name")


class WebhookDelivery(Row, CoreBase):
    """One event on its way to one address."""

    __tablename__ = "core_webhook_delivery"
    __audited__ = False
    __audit_exempt__ = "A log of what was sent elsewhere; the event it tells of stays."
    __title__ = "message_id"
    webhook_id: Mapped[int] = field.ref("core_webhook", label=_("Webhook"))
    event_id: Mapped[int] = field.ref("core_event", label=_("Event"))
    type: Mapped[str] = field.code(120, label=_("Kind"))
    message_id: Mapped[str] = field.code(64, label=_("Message number"))
    state: Mapped[str] = field.choice(STATES, label=_("State"), default="waiting")
    attempts: Mapped[int] = field.integer(label=_("Attempts"), default=0)
    tries: Mapped[int] = mapped_column(sa.Integer, nullable=False, default=0)
    """Attempts since it was last asked for: a new request begins the waits anew."""
    next_at: Mapped[datetime | None] = field.instant(label=_("Next attempt"))
    status: Mapped[int | None] = field.integer(label=_("Answer"))
    error: Mapped[str | None] = field.text(400, label=_("Error"))
    delivered_at: Mapped[datetime | None] = field.instant(label=_("Delivered"))
    created_at: Mapped[datetime] = field.instant(label=_("Asked for"))
    once = UniqueInOrganization("message_id")
    by_webhook = Indexed("webhook_id", "id")
    by_state = Indexed("state", "id")
    event: Mapped[EventRow] = to_one(event_id)
    webhook: Mapped[Webhook] = to_one(webhook_id)
    log: Mapped[list[WebhookAttempt]] = to_many("WebhookAttempt.delivery_id", back_populates="delivery")


class WebhookAttempt(Row, CoreBase):
    """One attempt to deliver: what came back."""

    __tablename__ = "core_webhook_attempt"
    __audited__ = False
    __audit_exempt__ = "A log of what was sent elsewhere; the event it tells of stays."
    __part_of__ = "delivery_id"
    __referenced__ = False
    delivery_id: Mapped[int] = field.ref("core_webhook_delivery", label=_("Delivery"))
    at: Mapped[datetime] = field.instant(label=_("When"))
    status: Mapped[int | None] = field.integer(label=_("Answer"))
    milliseconds: Mapped[int] = field.integer(label=_("Milliseconds"), default=0)
    error: Mapped[str | None] = field.text(400, label=_("Error"))
    answer: Mapped[str | None] = field.text(1000, label=_("What came back"))
    of_delivery = Indexed("delivery_id")
    delivery: Mapped[WebhookDelivery] = to_one(delivery_id, back_populates="log")


class WebhookAddress(Record, CoreBase):
    """An address of ours at which another system leaves signed messages for a plugin."""

    __tablename__ = "core_webhook_address"
    __title__ = "name"
    __key__ = ("name",)
    name: Mapped[str] = field.text(80, label=_("Name"), help=_("Who writes to it."))
    intake: Mapped[str] = field.code(120, label=_("Taken in as"), help=_("What a plugin offers for such messages."))
    company_id: Mapped[int | None] = field.ref("core_company", label=_("Company"), help=_("Left empty, the present."))
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))
    token: Mapped[str] = mapped_column(sa.String(64), nullable=False, unique=True)
    secret: Mapped[Sealed] = field.secret(label=_("Secret"))
    previous_secret: Mapped[Sealed | None] = field.secret(label=_("Former secret"))
    previous_until: Mapped[datetime | None] = field.instant(label=_("Former secret valid until"), read_only=True)
    path = derived("code", lambda record: f"{PATH}{record.token}" if record.token else "", label=_("Path"))
    unique = UniqueInOrganization("name")


class WebhookMessage(Row, CoreBase):
    """A signed message that was taken in, once for each number its sender gave it."""

    __tablename__ = "core_webhook_message"
    __audited__ = False
    __audit_exempt__ = "A log of what others sent; what is done with it is audited."
    __title__ = "message_id"
    __referenced__ = False
    address_id: Mapped[int] = field.ref("core_webhook_address", label=_("Came to"))
    company_id: Mapped[int | None] = field.ref("core_company", label=_("Company"))
    intake: Mapped[str] = field.code(120, label=_("Taken in as"))
    message_id: Mapped[str] = field.code(200, label=_("Message number"))
    received_at: Mapped[datetime] = field.instant(label=_("Received"))
    size: Mapped[int] = field.integer(label=_("Bytes"), default=0)
    body: Mapped[str | None] = mapped_column(sa.Text)
    headers: Mapped[dict[str, str] | None] = mapped_column(Json)
    state: Mapped[str] = field.choice(MESSAGE_STATES, label=_("State"), default="waiting")
    error: Mapped[str | None] = field.text(2000, label=_("Error"))
    handled_at: Mapped[datetime | None] = field.instant(label=_("Handled"))
    once = UniqueInOrganization("address_id", "message_id")
    by_time = Indexed("received_at", "id")


__all__ = ["PATH", "Webhook", "WebhookAddress", "WebhookAttempt", "WebhookDelivery", "WebhookMessage"]
