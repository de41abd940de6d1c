"""A received document as the draft of a bill: its lines, its taxes as our codes, its discounts as further lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import PurePath
from typing import Any

import sqlalchemy as sa
from backoffice_accounting.api import Invoice
from backoffice_taxes.api import Code, taxes_by_code

from backoffice.core.api import Company, RuleBroken, Session, keep_file
from backoffice.hookspecs import messages

from .en16931.calculating import ZERO
from .en16931.codes import CREDIT_NOTES
from .en16931.terms import Allowance, EInvoice, Line

_ = messages("einvoicing")

BILL, BILL_CREDIT = "bill", "bill_credit"


def book(session: Session, row: Any, invoice: EInvoice) -> int:
    """Make the draft bill of a received document and return its id; the file goes with it.

    Raises :class:`~backoffice.core.api.RuleBroken` when no tax code fits, or what is drafted comes to something else.
    """
    codes = Codes(session, invoice)
    credit = invoice.type_code in CREDIT_NOTES
    made = session.perform(
        "accounting.invoice.create",
        kind=BILL_CREDIT if credit else BILL,
        party=row.party_id,
        date=invoice.issue_date.isoformat(),
        due_date=None if credit or invoice.due_date is None else invoice.due_date.isoformat(),
        supplier_number=invoice.number[:80],
        supply_date=_supply_date(invoice),
        reference=invoice.purchase_order[:80] or None,
        currency=invoice.currency,
        notes="\n".join(note.text for note in invoice.notes) or None,
        lines=[*_lines(invoice, codes), *_discounts(invoice, codes)],
    )
    id_ = int(made["id"] if isinstance(made, dict) else made.id)
    record = session.get(Invoice, id_)
    name = f"{PurePath(row.name).stem}.xml"
    keep_file(session, record, name, "application/xml", row.content.encode("utf-8"), purpose="einvoice")
    return id_


def _supply_date(invoice: EInvoice) -> str | None:
    day = invoice.tax_point or (invoice.delivery.day if invoice.delivery else None)
    return day.isoformat() if day else None


def _lines(invoice: EInvoice, codes: Codes) -> Iterator[dict[str, Any]]:
    for line in invoice.lines:
        quantity, price = _priced(line)
        yield {
            "item": line.item.seller_id[:40] or None,
            "description": (line.item.name or line.item.description)[:400],
            "quantity": str(quantity),
            "unit_price": str(price),
            "taxes": codes.code(line.item.category, line.item.rate),
        }


def _priced(line: Line) -> tuple[Decimal, Decimal]:
    """Return quantity and price of a line; where they do not come to its net amount, one at that amount."""
    per = line.price.quantity or Decimal(1)
    price = line.price.net / per if per else line.price.net
    exact = price.quantize(Decimal("0.000001"))
    if exact == price and (line.quantity * price).quantize(Decimal("0.01")) == line.net and line.quantity > 0:
        return line.quantity, exact
    return Decimal(1), line.net


def _discounts(invoice: EInvoice, codes: Codes) -> Iterator[dict[str, Any]]:
    both: Sequence[tuple[Allowance, int]] = [
        *((one, -1) for one in invoice.allowances),
        *((one, 1) for one in invoice.charges),
    ]
    for one, sign in both:
        yield {
            "description": one.reason or one.reason_code,
            "quantity": "1",
            "unit_price": str(one.amount * sign),
            "taxes": codes.code(one.category, one.rate),
        }


class Codes:
    """Our codes of taxes on what we buy, by category and rate on the day of supply."""

    def __init__(self, session: Session, invoice: EInvoice) -> None:
        company: Company = session.get(Company, session.company_id)
        day = invoice.tax_point or invoice.issue_date
        rows = session.scalars(
            sa.select(Code).where(
                Code.active,
                Code.country == company.country,
                Code.family == "vat",
                Code.used_for.in_(("purchase", "both")),
            )
        ).all()
        taxes = taxes_by_code(session, {row.code for row in rows}, day)
        ordered = sorted(rows, key=lambda row: (row.reverse_charge, row.sequence, row.code))
        self._known: dict[tuple[str, Decimal], str] = {}
        for row in ordered:
            tax = taxes.get(row.code)
            if tax is not None:
                self._known.setdefault((row.category, tax.rate if row.category == "S" else ZERO), row.code)

    def code(self, category: str, rate: Decimal | None) -> str:
        """Return the code for a category and rate. Raises ``RuleBroken`` when there is none."""
        found = self._known.get((category, rate if category == "S" and rate is not None else ZERO))
        if found is None and category == "O":
            return "none"
        if found is None:
            raise RuleBroken(
                _("There is no tax code for purchases in category {category} at {rate} %.").with_values(
                    category=category, rate=rate or 0
                ),
                remedy=_("Install the taxes of your country, or add the code."),
            )
        return found


__all__ = ["BILL", "BILL_CREDIT", "Codes", "book"]
