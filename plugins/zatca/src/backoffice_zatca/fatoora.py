"""ZATCA as an authority of electronic invoices: documents signed in the chain, cleared or reported."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import sqlalchemy as sa
from backoffice_einvoicing.api import Answer, Authority, Broken, Delivery, Document, EInvoice, Made, Making, seller_of

from backoffice.core.api import RuleBroken, Session
from backoffice.hookspecs import messages

from . import chain, document, rules
from .document import CREDIT, Kind
from .kinds import ADDRESSES
from .models import Unit
from .platform import Gate, submit
from .signing import Identity

_ = messages("zatca")

TO_REPORT = timedelta(hours=24)
"""How long a simplified document may wait to be reported."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What sending needs."""

    gate: Gate
    body: Mapping[str, str]
    simplified: bool


class Fatoora(Authority):
    """The platform of the Zakat, Tax and Customs Authority."""

    name = "zatca"
    label = _("ZATCA, Saudi Arabia")
    waives = frozenset({"BR-Z-10"})

    def check(self, session: Session, making: Making) -> list[Broken]:
        """Return the rules of ZATCA that are broken, and what is missing here."""
        if unit_of(session) is None:
            return [Broken("-", _("No unit of this company is registered with ZATCA."))]
        kind = kind_of(making)
        return rules.check(_saudi(session, making, kind), kind, reason=reason_of(session, making))

    def make(self, session: Session, making: Making) -> Made:
        """Return the signed document; it takes the next place in the chain of the unit."""
        unit = unit_of(session)
        if unit is None:
            raise RuleBroken(_("No unit of this company is registered with ZATCA."))
        kind = kind_of(making)
        invoice, reason = _saudi(session, making, kind), reason_of(session, making)
        identity = Identity.of(session.reveal(unit.private_key), session.reveal(unit.token))
        signed, link = chain.append(
            session,
            unit,
            making.record,
            kind,
            lambda place: document.make(invoice, kind, place, identity, reason=reason),
        )
        at = link.at.strftime("%Y%m%dT%H%M%S")
        number = "".join(c if c.isalnum() else "-" for c in invoice.number)
        return Made(
            signed.content,
            f"{invoice.seller.vat_id}_{at}_{number}.xml",
            facts={
                "unit": unit.id, "counter": link.counter, "uuid": link.uuid, "hash": signed.digest,
                "kind": kind.code, "qr": signed.qr,
            },
            deadline=session.now() + TO_REPORT if kind.simplified else None,
        )  # fmt: skip

    def prepare(self, session: Session, document: Document) -> Prepared:
        """Return where to send a document, and as whom."""
        unit = session.get(Unit, document.facts["unit"])
        body = {
            "invoiceHash": document.facts["hash"],
            "uuid": document.facts["uuid"],
            "invoice": b64encode(document.content.encode("utf-8")).decode(),
        }
        return Prepared(gate_of(session, unit), body, document.facts["kind"].startswith("02"))

    def send(self, prepared: Prepared) -> Answer:
        """Have it cleared, or report it."""
        return submit(prepared.gate, prepared.body, simplified=prepared.simplified)


def gate_of(session: Session, unit: Unit) -> Gate:
    """Return the platform as ``unit`` asks it."""
    return Gate(unit.address or ADDRESSES[unit.environment], session.reveal(unit.token), session.reveal(unit.secret))


def unit_of(session: Session) -> Unit | None:
    """Return the unit that signs for the session's company: the one that is active."""
    wanted = sa.select(Unit).where(Unit.company_id == session.company_id, Unit.state == "active").order_by(Unit.id)
    found: Unit | None = session.scalars(wanted.limit(1)).one_or_none()
    return found


def kind_of(making: Making) -> Kind:
    """Return the kind of a document: simplified for a person without a tax number, export where the buyer is abroad."""
    buyer = making.invoice.buyer
    person = getattr(making.record.party, "kind", "organisation") == "person"
    abroad = bool(buyer.address and buyer.address.country not in ("", "SA"))
    simplified = person and not buyer.vat_id and not abroad
    return Kind(simplified=simplified, export=abroad and any(row.category == "Z" for row in making.invoice.breakdowns))


def _saudi(session: Session, making: Making, kind: Kind) -> EInvoice:
    record, invoice = making.record, replace(making.invoice, seller=seller_of(session))
    if invoice.delivery is None and not kind.simplified:
        invoice = replace(invoice, delivery=Delivery(day=record.date))
    return document.saudi(invoice, kind, rate=record.rate or Decimal(1))


def reason_of(session: Session, making: Making) -> str:
    """Return why a note is issued: the first of its notes, else what the company always says."""
    if making.invoice.type_code != CREDIT:
        return ""
    noted = next((note.text for note in making.invoice.notes), "")
    return noted or str(session.setting("zatca", "reason") or "")


__all__ = ["Fatoora", "Prepared", "gate_of", "kind_of", "reason_of", "unit_of"]
