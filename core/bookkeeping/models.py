"""Tables of the office itself: settings, custom fields, keys already used, approvals, plugins, rates of exchange."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.core.persistence import fields as field
from backoffice.core.persistence.records import (
    CoreBase,
    Indexed,
    Must,
    OfCompany,
    Record,
    Row,
    Table,
    UniqueInCompany,
    UniqueInOrganization,
)
from backoffice.core.persistence.types import Id, Instant, Json
from backoffice.core.secrets import Sealed
from backoffice.hookspecs import messages

_ = messages("backoffice")


class Setting(Record, CoreBase):
    """One setting of a plugin, for one company or (company 0) for the whole organisation."""

    __tablename__ = "core_setting"
    __remembered__ = True
    __title__ = "name"
    __referenced__ = False
    company: Mapped[int] = field.integer(label=_("Company"), default=0)
    plugin: Mapped[str] = field.code(64, label=_("Plugin"))
    name: Mapped[str] = field.code(80, label=_("Setting"))
    value: Mapped[Any] = field.data(label=_("Value"))
    sealed: Mapped[Sealed | None] = field.secret(label=_("Secret value"))
    """The value of a secret setting; ``value`` then says only that there is one."""
    unique = UniqueInOrganization("company", "plugin", "name")


KINDS = {
    "text": _("Text"),
    "integer": _("Whole number"),
    "money": _("Amount"),
    "date": _("Date"),
    "boolean": _("Yes or no"),
    "choice": _("Choice"),
}


class CustomField(OfCompany, Record, CoreBase):
    """A field a company adds to a resource; values are kept in the record's ``custom``."""

    __tablename__ = "core_custom_field"
    __title__ = "label"
    __referenced__ = False
    resource: Mapped[str] = field.code(120, label=_("Resource"))
    name: Mapped[str] = field.code(48, label=_("Name"), help=_("Letters, digits and _; it does not change later."))
    label: Mapped[str] = field.translated(80, label=_("Label"))
    kind: Mapped[str] = field.choice(KINDS, label=_("Kind"), default="text")
    choices: Mapped[list[str] | None] = field.data(label=_("Choices"))
    required: Mapped[bool] = field.yes_no(label=_("Required"))
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))
    unique = UniqueInCompany("resource", "name")


class UsedKey(Row, CoreBase):
    """An idempotency key, the request it came with, and the first answer."""

    __tablename__ = "core_used_key"
    __audited__ = False
    __audit_exempt__ = "Written with the effect it protects, which is audited."
    __referenced__ = False
    actor: Mapped[int] = mapped_column(Id, nullable=False, default=0)
    key: Mapped[str] = mapped_column(sa.String(200), nullable=False)
    action: Mapped[str] = mapped_column(sa.String(120), nullable=False)
    request_hash: Mapped[str] = mapped_column(sa.String(64), nullable=False)
    response: Mapped[Any | None] = field.data()
    at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    unique = UniqueInOrganization("actor", "key")


APPROVAL_STATES = {
    "pending": _("Waiting for approval"),
    "approved": _("Approved"),
    "rejected": _("Rejected"),
    "withdrawn": _("Withdrawn"),
}


class ApprovalRequest(Record, CoreBase):
    """An action asked for by one person that a second one must agree to."""

    __tablename__ = "core_approval"
    __title__ = "action"
    __referenced__ = False
    company_id: Mapped[int | None] = field.ref("core_company", label=_("Company"))
    action: Mapped[str] = field.code(120, label=_("Action"))
    arguments: Mapped[dict[str, Any]] = field.data(label=_("Arguments"))
    resource: Mapped[str] = field.code(120, label=_("Resource"), default="")
    record_id: Mapped[int | None] = mapped_column(Id)
    summary: Mapped[str] = field.text(400, label=_("What"), default="")
    state: Mapped[str] = field.choice(APPROVAL_STATES, label=_("State"), default="pending", read_only=True)
    requested_by: Mapped[int | None] = field.ref("core_user", label=_("Asked by"), read_only=True)
    decided_by: Mapped[int | None] = field.ref("core_user", label=_("Decided by"), read_only=True)
    decided_at: Mapped[datetime | None] = field.instant(label=_("Decided"), read_only=True)
    comment: Mapped[str | None] = field.text(400, label=_("Comment"))
    result: Mapped[Any | None] = field.data(label=_("Result"), read_only=True)
    open_first = Indexed("state", "id")


class PluginRow(Table, CoreBase):
    """What the database knows of a plugin, so that it can be shown, and removed, when its package is gone."""

    __tablename__ = "core_plugin"
    __audited__ = False
    __audit_exempt__ = "Facts about installed programs, the same for every organisation."
    __title__ = "name"
    id: Mapped[int] = mapped_column(Id, sa.Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(64), nullable=False, unique=True)
    distribution: Mapped[str] = mapped_column(sa.String(120), nullable=False, default="")
    version: Mapped[str] = mapped_column(sa.String(64), nullable=False, default="")
    enabled: Mapped[bool] = mapped_column(sa.Boolean, nullable=False, default=True)
    tables: Mapped[list[str]] = mapped_column(Json, nullable=False, default=list)
    last_event_id: Mapped[int | None] = mapped_column(Id)
    changed_at: Mapped[datetime | None] = mapped_column(Instant)


class ExchangeRate(Record, CoreBase):
    """How much of ``currency`` one unit of ``base`` buys from ``date`` on."""

    __tablename__ = "core_exchange_rate"
    __title__ = "currency"
    __key__ = ("date", "base", "currency")
    __referenced__ = False
    date: Mapped[date] = field.day(label=_("From"))
    base: Mapped[str] = field.code(3, label=_("One unit of"))
    currency: Mapped[str] = field.code(3, label=_("Costs in"))
    rate: Mapped[Decimal] = field.rate(label=_("Rate"))
    source: Mapped[str | None] = field.text(80, label=_("Source"))
    unique = UniqueInOrganization("base", "currency", "date")
    positive = Must("rate_positive", "rate > 0")


class SavedView(Record, CoreBase):
    """A list as someone likes it: filters, order and columns under a name; their own, or shared with a role."""

    __tablename__ = "core_saved_view"
    __title__ = "name"
    __referenced__ = False
    user_id: Mapped[int | None] = field.ref("core_user", label=_("User"))
    resource: Mapped[str] = field.code(120, label=_("Resource"))
    name: Mapped[str] = field.text(80, label=_("Name"))
    query: Mapped[str] = field.text(2000, label=_("Query"))
    role_id: Mapped[int | None] = field.ref("core_role", label=_("Shared with"))
    preferred: Mapped[bool] = field.yes_no(label=_("Opened first"))
    unique = UniqueInOrganization("user_id", "resource", "name")
