"""What is kept: units with their keys and certificates, and the chain of what each has signed."""

from __future__ import annotations

import datetime
from typing import Any

from backoffice_accounting.api import Invoice
from backoffice_einvoicing.api import fixed
from sqlalchemy.orm import Mapped

from backoffice.core.api import (
    Indexed,
    OfCompany,
    Record,
    Row,
    UniqueInCompany,
    UniqueInOrganization,
    field,
    plugin_base,
    to_one,
)
from backoffice.hookspecs import messages

from .kinds import ENVIRONMENTS, UNIT_STATES

_ = messages("zatca")

Base: Any = plugin_base("zatca")


class Unit(OfCompany, Record, Base):
    """What issues and signs documents, known to the authority by its certificate; each has a chain of its own."""

    __tablename__ = "zatca_unit"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(32, label=_("Code"), search=True)
    name: Mapped[str] = field.text(64, label=_("Name"), search=True)
    environment: Mapped[str] = field.choice(ENVIRONMENTS, label=_("Environment"), default="sandbox")
    serial: Mapped[str] = field.code(
        120, label=_("Serial number"), help=_("Written 1-maker|2-model|3-number, such as 1-Backoffice|2-0.1|3-0001.")
    )
    branch_name: Mapped[str] = field.text(
        64, label=_("Branch"), help=_("For a group of taxpayers the tax number of the member, ten digits.")
    )
    location: Mapped[str] = field.text(
        120, label=_("Address"), help=_("Short address of the branch, such as RRRD2929.")
    )
    industry: Mapped[str] = field.text(80, label=_("Industry"))
    types: Mapped[str] = field.code(
        4, label=_("Kinds of documents"), default="1100", help=_("1100: standard and simplified invoices.")
    )
    address: Mapped[str | None] = field.code(
        200, label=_("Address of the platform"), help=_("Left empty, that of the environment.")
    )
    state: Mapped[str] = field.choice(UNIT_STATES, label=_("State"), default="new", read_only=True)
    message: Mapped[str | None] = field.long_text(label=_("What was said"), read_only=True)
    private_key: Mapped[Any] = field.secret(label=_("Private key"), nullable=True)
    request: Mapped[str | None] = field.long_text(label=_("Request for the certificate"), read_only=True)
    compliance_id: Mapped[str | None] = field.code(64, label=_("Number of the request"), read_only=True)
    compliance_token: Mapped[Any] = field.secret(label=_("Certificate for the check"), nullable=True)
    compliance_secret: Mapped[Any] = field.secret(label=_("Secret for the check"), nullable=True)
    token: Mapped[Any] = field.secret(label=_("Certificate"), nullable=True)
    secret: Mapped[Any] = field.secret(label=_("Secret"), nullable=True)
    valid_until: Mapped[datetime.date | None] = field.day(label=_("Valid until"), read_only=True)

    unique = UniqueInCompany("code")


class End(Row, Base):
    """The end of a unit's chain, locked by whoever signs the next document."""

    __tablename__ = "zatca_end"
    __audited__ = False
    __audit_exempt__ = "The links of the chain are audited; this is where the last of them is remembered."
    __referenced__ = False

    unit_id: Mapped[int] = field.ref(Unit, label=_("Unit"))
    counter: Mapped[int] = field.integer(label=_("Counter"), default=0)
    digest: Mapped[str] = field.code(120, label=_("Hash"))
    unique = UniqueInOrganization("unit_id")


class Link(OfCompany, Record, Base):
    """One document in the chain of a unit. No two follow the same one, and none is ever taken out."""

    __tablename__ = "zatca_link"
    __title__ = "counter"
    __referenced__ = False

    unit_id: Mapped[int] = field.ref(Unit, label=_("Unit"), read_only=True)
    counter: Mapped[int] = field.integer(label=_("Counter"), read_only=True)
    invoice_id: Mapped[int] = field.ref(Invoice, label=_("Invoice"), read_only=True)
    number: Mapped[str] = field.code(40, label=_("Number"), search=True, read_only=True)
    kind: Mapped[str] = field.code(7, label=_("Kind"), read_only=True)
    uuid: Mapped[str] = field.code(36, label=_("UUID"), search=True, read_only=True)
    at: Mapped[datetime.datetime] = field.instant(label=_("Signed"), read_only=True)
    digest: Mapped[str] = field.code(64, label=_("Hash"), read_only=True)
    previous: Mapped[str] = field.code(120, label=_("Hash before"), read_only=True)

    gapless = UniqueInOrganization("unit_id", "counter")
    unforked = UniqueInOrganization("unit_id", "previous")
    of_invoice = Indexed("invoice_id")

    unit: Mapped[Unit] = to_one(unit_id)
    invoice: Mapped[Invoice] = to_one(invoice_id, argument=Invoice)


Link.guards = (
    fixed(
        "zatca_link",
        ("id", "organization_id", "company_id", "unit_id", "counter", "invoice_id", "number", "kind", "uuid", "at",
         "digest", "previous"),
    ),
)  # fmt: skip
