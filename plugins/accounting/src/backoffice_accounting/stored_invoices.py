"""Documents that are stored already: drafts to be completed and posted, posted ones to be credited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_parties.models import Party
from backoffice_taxes.api import rounding_of

from backoffice.core.api import Conflict, InvalidInput, RuleBroken, Session, convert
from backoffice.hookspecs import messages

from . import advances
from .agreed import Agreed
from .currencies import company_of
from .invoices import issue_many
from .invoicing import CREDITS, Priced, figures_of
from .issuing.booking import Issued, declare, into_books
from .issuing.completing import Completed, completed
from .issuing.issuer import Issuer
from .issuing.rows import line_rows, row_of, tax_rows_of
from .models import Invoice, InvoiceLine, InvoiceTax
from .posting import ZERO
from .settlement import items
from .settlement.settling import settle, settle_later
from .stored import settled
from .taxing import Taxer

_ = messages("accounting")

HEAD = (
    "kind", "party_id", "date", "due_date", "reference", "supplier_number", "supply_date", "terms_id", "currency",
    "rate", "discount", "journal_id", "account_id", "notes", "tax_country", "match_key", "corrects_id", "source",
    "source_key",
)  # fmt: skip
DETAILS = (
    "item", "description", "unit_price", "discount", "taxes", "inclusive", "category", "account_id", "purpose",
    "corrects_line",
)  # fmt: skip
DECIDED = (
    "due_date", "currency", "rate", "account_id", "journal_id", "terms_id", "net", "tax_total", "rounding_amount",
    "total", "withheld", "discount_until", "discount_offer", "open_amount", "open_in_books", "party_name",
    "party_address", "party_tax_id",
)  # fmt: skip
"""What posting decides of a draft."""
ONE = Decimal(1)


def _values_of(invoice: Invoice) -> dict[str, Any]:
    lines = [
        {**{name: getattr(line, name) for name in DETAILS}, "quantity": ONE if line.quantity is None else line.quantity}
        for line in invoice.lines
    ]
    head = {name: getattr(invoice, name) for name in HEAD}
    return {**head, "kind": invoice.kind or "invoice", "lines": lines}


def before_save(session: Session, invoice: Invoice, values: Mapping[str, Any]) -> None:
    """Complete a draft before it is saved: currency, amounts, taxes and total."""
    company = company_of(session)
    invoice.currency = invoice.currency or company.currency
    rounding = rounding_of(session)
    given = _values_of(invoice)
    with session.no_autoflush:
        taxed = Agreed.read(session, [given]).of(given).taxed
        taxer = Taxer(session, [given])
        party = session.get(Party, invoice.party_id)
    lines = [
        Priced(
            unit_price=line["unit_price"],
            quantity=line["quantity"],
            discount=line["discount"] or ZERO,
            taxes=taxer.taxes(given, line, n, party) if party is not None else (),
            inclusive=bool(line["inclusive"]),
        )
        for n, line in enumerate(given["lines"])
    ]
    done = figures_of(
        lines, invoice.currency, rounding, kind=given["kind"], discount=invoice.discount or ZERO, taxed=taxed
    )
    for line, net, tax in zip(invoice.lines, done.nets, done.line_taxes, strict=True):
        line.amount, line.tax = net, tax
    invoice.net, invoice.tax_total, invoice.withheld = done.net, done.tax, done.withheld
    invoice.total, invoice.open_amount = done.total, done.total - done.withheld
    invoice.rounding = rounding.written()


def post_stored(session: Session, invoice: Invoice) -> Issued:
    """Post a document that was kept as a draft, under the rounding it was calculated with."""
    if invoice.state != "draft":
        raise Conflict(_("This invoice is posted already."), remedy=_("Credit it if it is wrong."))
    values = {**_values_of(invoice), "rounding": invoice.rounding or None}
    issuer = Issuer.read(session, [values])
    one = completed(issuer, values)
    advances.recall(session, [one.facts])
    for line, row in zip(invoice.lines, line_rows(invoice.id, one), strict=True):
        for name in ("amount", "tax", "taxes", "account_id"):
            setattr(line, name, row[name])
    row = row_of(issuer, one)
    for name in DECIDED:
        setattr(invoice, name, row[name])
    session.flush()
    session.write_rows(InvoiceTax, list(tax_rows_of(issuer, invoice.id, one)))
    issued = Issued(invoice.id, one.total, payable=one.facts.payable)
    into_books(issuer, [(issued, one)])
    session.late(("accounting", "invoice"), lambda late: _post_record(late, invoice, issued, one))
    return issued


def _post_record(session: Session, invoice: Invoice, issued: Issued, one: Completed) -> None:
    invoice.number, invoice.entry_id = issued.number, issued.entry_id
    invoice.state = "posted" if issued.payable else "paid"
    session.flush()
    declare(session, [(issued, one)])


# -- credit notes ----------------------------------------------------------------------------------------------------


def credit(
    session: Session, invoice: Invoice, *, on: date, lines: Sequence[Mapping[str, Any]] = (), reason: str | None = None
) -> Issued:
    """Issue the credit note that takes back a posted invoice or bill, and return it; the two settle each other.

    ``lines`` names lines, counted from one, with the quantity taken back of each; without them everything that was not
    credited before is. It refers to the document by its number. Raises
    :class:`~backoffice.core.api.Conflict` for a draft or a credit note, and
    :class:`~backoffice.core.api.RuleBroken` for more than was charged.
    """
    settled(session, invoice)
    if invoice.kind in CREDITS or invoice.state == "draft":
        raise Conflict(_("Only a posted invoice is credited."), remedy=_("Change or delete the draft."))
    before = _credited(session, invoice)
    whole = not lines
    values = {
        **{name: getattr(invoice, name) for name in ("party_id", "currency", "rate", "journal_id", "account_id")},
        "kind": "credit_note" if invoice.kind == "invoice" else "bill_credit",
        "date": on,
        "due_date": on,
        "supply_date": invoice.supply_date or invoice.date,
        "tax_country": invoice.tax_country,
        "reference": invoice.number,
        "notes": reason,
        "rounding": invoice.rounding or None,
        "corrects_id": invoice.id,
        "source": "accounting",
        "source_key": f"credit/{invoice.id}" if whole else f"credit/{invoice.id}/{len(before) + 1}",
    }
    values["lines"] = list(_credit_lines(invoice, _quantities(invoice, lines, before, whole)))
    values["discount"] = _discount_share(invoice, values["lines"])
    if whole and not values["lines"]:
        return _credited_whole(session, invoice)
    issued = issue_many(session, [values])[0]
    if not issued.existed:
        settle_later(session, lambda late: settle_documents(late, [invoice.id, issued.id], on=on))
    return issued


def _credited_whole(session: Session, invoice: Invoice) -> Issued:
    row = session.execute(
        sa.select(Invoice.id, Invoice.total, Invoice.number, Invoice.entry_id)
        .where(Invoice.corrects_id == invoice.id)
        .order_by(Invoice.id.desc())
    ).first()
    assert row is not None  # something was credited, or something were left
    return Issued(row.id, row.total, row.number, entry_id=row.entry_id, existed=True)


def settle_documents(session: Session, ids: Iterable[int], *, on: date | None = None, kind: str = "credit") -> None:
    """Let what is open of documents settle each other."""
    session.flush()
    found = [item.id for id_ in ids for item in items.of_invoice(session, id_)]
    settle(session, found, on=on, kind=kind)


def _credited(session: Session, invoice: Invoice) -> list[dict[int, Decimal]]:
    """Return what was credited of each line of ``invoice`` before, for each of its credit notes."""
    rows = session.execute(
        sa.select(InvoiceLine.invoice_id, InvoiceLine.corrects_line, sa.func.sum(InvoiceLine.quantity))
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(Invoice.corrects_id == invoice.id, InvoiceLine.corrects_line.is_not(None))
        .group_by(InvoiceLine.invoice_id, InvoiceLine.corrects_line)
    )
    found: dict[int, dict[int, Decimal]] = {}
    for id_, line, quantity in rows:
        found.setdefault(id_, {})[int(line or 0)] = quantity
    return list(found.values())


def _quantities(
    invoice: Invoice, lines: Sequence[Mapping[str, Any]], before: Sequence[Mapping[int, Decimal]], whole: bool
) -> dict[int, Decimal]:
    left = {
        n: line.quantity - sum((one.get(n, ZERO) for one in before), ZERO) for n, line in enumerate(invoice.lines, 1)
    }
    if whole:
        return {n: quantity for n, quantity in left.items() if quantity}
    asked: dict[int, Decimal] = {}
    for index, one in enumerate(lines):
        number = one["line"]
        if number not in left:
            said = _("The invoice has no line {number}.").with_values(number=number)
            raise InvalidInput(said, fields={f"lines.{index}.line": [said]})
        quantity = one.get("quantity")
        asked[number] = asked.get(number, ZERO) + (left[number] if quantity is None else quantity)
        if not _within(asked[number], left[number]):
            said = _("Of line {number} {left} can be credited.").with_values(
                number=number, left=format(left[number].normalize(), "f")
            )
            raise RuleBroken(said, fields={f"lines.{index}.quantity": [said]})
    return asked


def _within(asked: Decimal, left: Decimal) -> bool:
    return 0 < asked <= left if left > 0 else left <= asked < 0


def _credit_lines(invoice: Invoice, quantities: Mapping[int, Decimal]) -> Iterable[dict[str, Any]]:
    for number, line in enumerate(invoice.lines, 1):
        if number in quantities:
            own = {name: getattr(line, name) for name in DETAILS}
            yield {**own, "taxes": line.taxes or "none", "quantity": quantities[number], "corrects_line": number}


def _discount_share(invoice: Invoice, lines: Sequence[Mapping[str, Any]]) -> Decimal:
    """Return the part of the discount on the document that belongs to ``lines``."""
    if not invoice.discount:
        return ZERO
    whole = sum((line.quantity * line.unit_price * (100 - line.discount) for line in invoice.lines), ZERO)
    part = sum((line["quantity"] * line["unit_price"] * (100 - line["discount"]) for line in lines), ZERO)
    return convert(invoice.discount, part / whole, invoice.currency) if whole else ZERO
