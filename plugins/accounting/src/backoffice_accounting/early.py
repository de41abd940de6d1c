"""The discount for paying early: what it takes off, and the taxes it corrects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from backoffice_taxes.api import (
    Computed,
    DiscountTaken,
    LineTaxes,
    Rounding,
    Source,
    TaxAmount,
    early_payment,
    of_source,
    record,
    taxes_by_code,
)
from backoffice_taxes.api import take_back as taken_back

from backoffice.core.api import RuleBroken, Session, currency
from backoffice.hookspecs import messages

from .accounts import account_for
from .currencies import company_of, rate_on
from .invoicing import CREDITS, direction_of, sign_of
from .models import Invoice, InvoiceTax, Payment
from .posting import ZERO
from .settlement.settling import WrittenOff
from .taxing import day_of

_ = messages("accounting")


@dataclass(frozen=True, slots=True)
class Early:
    """A discount that is taken, on one document."""

    invoice: Invoice
    document: Computed
    taken: DiscountTaken

    @property
    def total(self) -> Decimal:
        """What is paid less."""
        return self.invoice.discount_offer

    def write_offs(self, session: Session, payment: Payment) -> list[WrittenOff]:
        """Write the tax lines that correct the taxes, and return what goes to which account instead of being paid."""
        side = sign_of(self.invoice.kind)
        sale = direction_of(self.invoice.kind) == "sale"
        charged = [row for row in self.taken.taxes if not (row.tax.withholding or row.tax.reverse_charge)]
        declare(session, self, payment, -1)
        taxes = [
            WrittenOff(
                account_for(session, "tax_payable" if sale else "tax_receivable", tax=row.tax.code), row.amount * side
            )
            for row in charged
            if row.amount
        ]
        rest = self.total * side - sum((one.amount for one in taxes), ZERO)
        purpose = "discount_given" if sale else "discount_taken"
        return [*taxes, WrittenOff(account_for(session, purpose), rest)]


def discount_of(session: Session, invoice: Invoice, *, on: date, amount: Decimal | None, wanted: str) -> Early | None:
    """Return the discount a payment ``on`` a day takes, or nothing.

    ``wanted`` is ``take``, ``leave``, or ``exact``: when exactly what is left after it is paid. Raises
    :class:`~backoffice.core.api.RuleBroken` when it is to be taken and not offered any more.
    """
    until = invoice.discount_until
    offered = (
        until is not None
        and on <= until
        and invoice.discount_offer > 0
        and invoice.open_amount == invoice.total - invoice.withheld
    )
    if wanted == "take" and not offered:
        said = _("No discount is offered on this document any more.")
        raise RuleBroken(said, remedy=_("Record the whole amount."), fields={"discount": [said]})
    exact = amount == invoice.open_amount - invoice.discount_offer
    if not offered or wanted == "leave" or (wanted == "exact" and not exact):
        return None
    document = document_of(session, invoice)
    percent, corrected = _percent(invoice)
    return Early(invoice, document, early_payment(document, percent, correct_tax=corrected))


def _percent(invoice: Invoice) -> tuple[Decimal, bool]:
    terms = invoice.terms
    if terms is None:
        return ZERO, False
    return terms.discount_percent, terms.discount_tax == "corrected"


def document_of(session: Session, invoice: Invoice) -> Computed:
    """Return a posted document with its taxes as the rules of taxes see it, positive as printed."""
    rows = session.scalars(
        sa.select(InvoiceTax).where(InvoiceTax.invoice_id == invoice.id).order_by(InvoiceTax.id)
    ).all()
    day = day_of({"supply_date": invoice.supply_date, "date": invoice.date})
    taxes = taxes_by_code(session, [row.code for row in rows], day)
    amounts = tuple(
        TaxAmount(
            tax=taxes[row.code].at(row.rate), base=row.base, amount=row.amount, charged=row.charged,
            deductible=row.deductible,
        )
        for row in rows
    )  # fmt: skip
    return Computed(
        direction=direction_of(invoice.kind),
        places=currency(invoice.currency).places,
        rounding=Rounding.read(invoice.rounding) if invoice.rounding else Rounding(),
        lines=(LineTaxes(key=None, net=invoice.net, taxes=()),),
        taxes=amounts,
    )


def declare(session: Session, early: Early, payment: Payment, sign: int, part: str = "") -> None:
    """Write the tax lines of a discount: below zero for ``sign`` -1, above zero where it is taken back."""
    if early.invoice.kind in CREDITS:
        sign = -sign
    rows = tuple(
        TaxAmount(
            tax=row.tax, base=row.base * sign, amount=row.amount * sign, deductible=row.deductible * sign,
            charged=ZERO if row.tax.withholding or row.tax.reverse_charge else row.amount * sign,
        )
        for row in early.taken.taxes
        if row.tax.due == "supply"
    )  # fmt: skip
    if not rows:
        return
    invoice, books = early.invoice, company_of(session).currency
    correction = Computed(
        direction=early.document.direction, places=early.document.places, rounding=early.document.rounding, lines=(),
        taxes=rows,
    )  # fmt: skip
    source = Source(
        plugin="accounting", key=f"discount/{payment.id}{part}", number=invoice.number, date=payment.date,
        supply_date=invoice.supply_date, party=invoice.party_id,
    )  # fmt: skip
    rate = rate_on(session, invoice.currency, books, payment.date) if invoice.currency != books else None
    record(session, correction, source, currency=invoice.currency, rate=rate)


def take_back(session: Session, payment: Payment, *, on: date) -> None:
    """Take back the corrections of taxes of a payment that was cancelled."""
    key = f"discount/{payment.id}"
    if of_source(session, "accounting", key):
        taken_back(session, plugin="accounting", key=key, part="cancelled", day=on)
