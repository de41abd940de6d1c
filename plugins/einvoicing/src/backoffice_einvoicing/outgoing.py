"""An invoice of accounting as the norm sees it: who sells, who buys, what for, taxed how, how to pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from backoffice.core.api import Company, RuleBroken, Session
from backoffice.hookspecs import messages

from .en16931.calculating import breakdowns_of, rounded, totals_of
from .en16931.codes import PIECE, UNREASONED
from .en16931.documents import NORM
from .en16931.parties import Address, Buyer, Contact, Delivery, Identifier, Note, Preceding, Seller
from .en16931.terms import Breakdown, EInvoice, Item, Line, LineAllowance, Payment, Price, Totals, Transfer
from .taxed import Taxed, breakdown_of, taxes_of_lines

_ = messages("einvoicing")

FINE = Decimal("0.000001")
"""The step of prices that follow from an amount with tax."""

TYPE_CODES = {"invoice": "380", "credit_note": "381"}
"""Kinds of documents of accounting that go out, and what the norm calls them."""


def einvoice_of(session: Session, record: Any) -> EInvoice:
    """Return ``record``, a posted invoice or credit note of accounting, as the norm sees it.

    Raises :class:`~backoffice.core.api.RuleBroken` for a draft, and for what suppliers sent us.
    """
    if record.kind not in TYPE_CODES:
        raise RuleBroken(_("Only invoices and credit notes to customers go out as electronic documents."))
    if not record.number:
        raise RuleBroken(_("A draft is no invoice yet."), remedy=_("Post it first."))
    taxed = taxes_of_lines(session, record)
    lines = tuple(_line(n, line, taxed[line.id]) for n, line in enumerate(record.lines, 1))
    rows = breakdown_of(session, record) or breakdowns_of(lines, reasons=_reasons(taxed.values()))
    untaxed = all(one.category == "O" for one in taxed.values())
    return EInvoice(
        number=record.number,
        issue_date=record.date,
        type_code=TYPE_CODES[record.kind],
        currency=record.currency,
        totals=_totals(record, lines, rows),
        seller=seller_of(session, untaxed=untaxed),
        buyer=buyer_of(record, untaxed=untaxed),
        lines=lines,
        breakdowns=rows,
        due_date=record.due_date if record.kind == "invoice" else None,
        buyer_reference="" if record.reference is None else record.reference,
        purchase_order=record.reference or "",
        notes=tuple(Note(text) for text in (record.notes or "").splitlines() if text.strip()),
        specification=NORM,
        preceding=_preceding(record),
        delivery=_delivery(record),
        payment=payment_of(session, record),
    )


def _line(n: int, line: Any, taxed: Taxed) -> Line:
    """Return a line; what its net amount is less than quantity times price is a discount, and more a surcharge."""
    quantity, price = line.quantity, line.unit_price
    if getattr(line, "inclusive", False):
        price = (taxed.net / quantity).quantize(FINE) if quantity else taxed.net
    if price < 0:  # the norm knows no price below zero; the quantity bears the sign
        price, quantity = -price, -quantity
    off = rounded(quantity * price) - taxed.net
    return Line(
        id=str(n),
        quantity=quantity,
        unit=PIECE,
        net=taxed.net,
        item=Item(
            name=line.description or line.item or "-",
            seller_id=line.item or "",
            category=taxed.category,
            rate=taxed.rate,
        ),
        price=Price(price),
        allowances=(LineAllowance(off, reason="Discount", reason_code="95"),) if off > 0 else (),
        charges=(LineAllowance(-off, reason="Surcharge", reason_code="ZZZ"),) if off < 0 else (),
    )


def _reasons(taxed: Any) -> dict[str, tuple[str, str]]:
    return {one.category: (one.reason_code, one.reason) for one in taxed if one.reason_code or one.reason}


def _totals(record: Any, lines: Sequence[Line], rows: Sequence[Breakdown]) -> Totals:
    totals = totals_of(lines, rows, rounding=getattr(record, "rounding_amount", None) or None)
    if totals.due != record.total:
        raise RuleBroken(
            _("The electronic document comes to {there} and the invoice to {here}.").with_values(
                there=totals.due, here=record.total
            ),
            remedy=_("Have a look at the taxes of the lines."),
        )
    return totals


def _preceding(record: Any) -> tuple[Preceding, ...]:
    corrected = getattr(record, "corrects", None)
    if corrected is None or not corrected.number:
        return ()
    return (Preceding(corrected.number, corrected.date),)


def _delivery(record: Any) -> Delivery | None:
    day = getattr(record, "supply_date", None)
    return Delivery(day=day) if day else None


def without_idle_reasons(invoice: EInvoice) -> EInvoice:
    """Return ``invoice`` without reasons where the norm wants none, such as under a zero rate (BR-Z-10)."""
    rows = tuple(
        replace(row, reason="", reason_code="") if row.category in UNREASONED else row for row in invoice.breakdowns
    )
    return replace(invoice, breakdowns=rows)


# -- parties ---------------------------------------------------------------------------------------------------------


def ours(session: Session, name: str) -> str:
    """Return a setting of electronic invoices of the session's company as text."""
    return str(session.setting("einvoicing", name) or "").strip()


def seller_of(session: Session, *, untaxed: bool = False) -> Seller:
    """Return the session's company as seller."""
    company: Company = session.get(Company, session.company_id)
    endpoint = ours(session, "endpoint")
    contact = Contact(ours(session, "contact_name"), ours(session, "contact_phone"), ours(session, "contact_email"))
    vat_id = "" if untaxed else company.tax_id or ""
    return Seller(
        name=company.name,
        registration=Identifier(company.registration, ours(session, "registration_scheme"))
        if company.registration
        else None,
        identifiers=(Identifier(company.tax_id),) if untaxed and company.tax_id and not company.registration else (),
        vat_id=_with_country(vat_id, company.country),
        endpoint=Identifier(endpoint, ours(session, "endpoint_scheme")) if endpoint else None,
        address=Address(
            line_one=ours(session, "street"),
            city=ours(session, "city"),
            postcode=ours(session, "postcode"),
            subdivision=ours(session, "region"),
            country=company.country or "",
            building=ours(session, "building"),
            plot=ours(session, "additional_number"),
            district=ours(session, "district"),
        ),
        contact=contact if contact != Contact() else None,
    )


def _with_country(number: str, country: str | None) -> str:
    """Return a number of value added tax with its country before it, as the norm wants it (BR-CO-09)."""
    compact = "".join(number.split())
    if not compact or compact[:2].isalpha() or not country:
        return compact
    return f"{'EL' if country == 'GR' else country}{compact}"


def buyer_of(record: Any, *, untaxed: bool = False) -> Buyer:
    """Return the customer of ``record``: the name and tax number of the document, the address of the party."""
    party = record.party
    place = _place(party)
    country = (place.country if place and place.country else None) or party.country or ""
    return Buyer(
        name=record.party_name or party.name,
        registration=Identifier(party.registration) if party.registration else None,
        vat_id="" if untaxed else _with_country(record.party_tax_id or "", country),
        endpoint=Identifier(party.email, "EM") if party.email else None,
        address=Address(
            line_one=(place.street or "") if place else "",
            city=(place.city or "") if place else "",
            postcode=(place.postcode or "") if place else "",
            subdivision=(place.region or "") if place else "",
            country=country,
            building=(place.building or "") if place else "",
            district=(place.district or "") if place else "",
        ),
        contact=Contact(party.name, party.phone or "", party.email or "") if party.phone or party.email else None,
    )


def _place(party: Any) -> Any:
    order = {"billing": 0, "main": 1}
    return min(party.addresses, key=lambda address: order.get(address.kind, 2), default=None)


def payment_of(session: Session, record: Any) -> Payment | None:
    """Return how ``record`` is paid: by transfer to the account in the settings."""
    account = "".join(ours(session, "iban").split())
    if not account or record.kind != "invoice":
        return None
    transfer = Transfer(account, ours(session, "account_name"), ours(session, "bic"))
    return Payment(ours(session, "means") or "30", reference=record.number or "", transfers=(transfer,))


__all__ = ["TYPE_CODES", "buyer_of", "einvoice_of", "ours", "payment_of", "seller_of", "without_idle_reasons"]
