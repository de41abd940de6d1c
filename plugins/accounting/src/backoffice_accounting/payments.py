"""Payments of invoices and credit notes at their simplest: one payment, one document, into one account."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import Conflict, RuleBroken, Session, check_places, translate
from backoffice.hookspecs import messages

from . import ledger, stored
from .accounts import account_for
from .currencies import company_of, policy_of, rate_on
from .invoicing import Settlement, settle
from .journals import first_of
from .models import Invoice, Journal, Payment
from .periods import assert_open
from .posting import EntryDraft, LineDraft, Source

_ = messages("accounting")


def record(
    session: Session,
    invoice: Invoice,
    *,
    on: date,
    amount: Decimal | None = None,
    account_id: int | None = None,
    reference: str | None = None,
    rate: Decimal | None = None,
) -> tuple[Payment, ledger.Posted]:
    """Record money received for ``invoice``, or paid back for a credit note, and return it with its entry.

    ``amount`` is in the document's currency, all that is open when left out; ``account_id`` is where the money went,
    the company's bank account when left out. Raises :class:`~backoffice.core.api.RuleBroken` for more than is open.
    """
    session.settle()
    session.refresh(invoice, with_for_update=True)
    paid = _checked(invoice, invoice.open_amount if amount is None else amount)
    company = company_of(session)
    account = account_id or account_for(session, "bank")
    journal = _journal_of(session, account)
    assert_open(session, date=on, journal=journal, kind="pay")
    done = settle(
        paid,
        open_amount=invoice.open_amount,
        open_in_books=invoice.open_in_books,
        rate=rate or rate_on(session, invoice.currency, company.currency, on),
        books=company.currency,
        policy=policy_of(company),
    )
    entry = ledger.post(session, _entry(session, invoice, on, paid, account, journal, done, reference), kind="pay")
    payment = Payment(
        invoice_id=invoice.id, date=on, amount=paid, currency=invoice.currency, cleared=done.cleared,
        account_id=account, reference=reference, entry_id=entry.id,
    )  # fmt: skip
    session.add(payment)
    _open_less(invoice, paid, done.cleared)
    session.flush()
    session.emit(
        "accounting.payment_recorded", payment,
        invoice=invoice.id, date=on, amount=paid, currency=invoice.currency, entry=entry.id,
    )  # fmt: skip
    return payment, entry


def _checked(invoice: Invoice, amount: Decimal) -> Decimal:
    if invoice.state != "posted":
        raise Conflict(
            _("Only a posted invoice with an open amount is paid."),
            remedy=_("Post it first, or look whether it was paid already."),
        )
    check_places(amount, invoice.currency)
    if not 0 < amount <= invoice.open_amount:
        said = _("Between nothing and the open {amount} {code}.").with_values(
            amount=format(invoice.open_amount, "f"), code=invoice.currency
        )
        raise RuleBroken(
            _("This amount cannot be paid."),
            why=_("The open amount is {amount} {code}.").with_values(
                amount=format(invoice.open_amount, "f"), code=invoice.currency
            ),
            remedy=_("Record at most the open amount; what is more belongs to another document."),
            fields={"amount": [said]},
        )
    return amount


def _journal_of(session: Session, account_id: int) -> Journal:
    """Return the journal kept for a bank or cash account, else the first that fits."""
    own = session.scalars(
        sa.select(Journal)
        .where(Journal.company_id == session.company_id, Journal.account_id == account_id, Journal.active)
        .order_by(Journal.code)
        .limit(1)
    ).first()
    return own or first_of(session, "bank", "cash", "general")


def _entry(
    session: Session,
    invoice: Invoice,
    on: date,
    paid: Decimal,
    account_id: int,
    journal: Journal,
    done: Settlement,
    reference: str | None,
) -> EntryDraft:
    company = company_of(session)
    sign = 1 if invoice.kind == "invoice" else -1
    foreign: dict[str, Any] = {"currency": invoice.currency} if invoice.currency != company.currency else {}

    def amounts(books: Decimal, printed: Decimal) -> dict[str, Any]:
        return {"amount": books, **foreign, **({"amount_currency": printed} if foreign else {})}

    lines = [
        LineDraft(account_id=account_id, **amounts(done.received * sign, paid * sign)),
        LineDraft(
            account_id=_receivable(invoice), party_id=invoice.party_id, **amounts(-done.cleared * sign, -paid * sign)
        ),
    ]
    difference = done.difference * sign
    if difference:
        purpose = "exchange_gain" if difference > 0 else "exchange_loss"
        lines.append(LineDraft(account_id=account_for(session, purpose), amount=-difference))
    count = session.scalar(sa.select(sa.func.count(Payment.id)).where(Payment.invoice_id == invoice.id)) or 0
    described = _("Payment of {number}").with_values(number=invoice.number)
    return EntryDraft(
        date=on,
        journal_id=journal.id,
        lines=tuple(lines),
        description=translate(described, company.language),
        reference=reference or invoice.number,
        source=Source(plugin="accounting", key=f"payment/{invoice.id}/{count + 1}", purpose="payment"),
    )


def _receivable(invoice: Invoice) -> int:
    assert invoice.account_id is not None  # posting chose it
    return invoice.account_id


def _open_less(invoice: Invoice, amount: Decimal, cleared: Decimal) -> None:
    invoice.open_amount -= amount
    invoice.open_in_books -= cleared
    invoice.state = "posted" if invoice.open_amount else "paid"


def cancel(session: Session, payment: Payment, *, reason: str, on: date | None = None) -> ledger.Posted:
    """Take back a payment that was recorded wrongly: its entry is reversed and the invoice is open again."""
    session.settle()
    if payment.state != "posted":
        raise Conflict(_("This payment was cancelled already."))
    invoice = payment.invoice
    session.refresh(invoice, with_for_update=True)
    reversing = stored.reverse(session, payment.entry, reason=reason, on=on)
    payment.state = "cancelled"
    _open_less(invoice, -payment.amount, -payment.cleared)
    session.flush()
    session.emit("accounting.payment_cancelled", payment, invoice=invoice.id, entry=reversing.id)
    return reversing
