"""Payments: of one document, of many, or of none yet; with a discount for paying early, more than is owed, refunds.

A payment is an entry between the bank and the other party, whose open item is settled with what it pays. Differences
between rates of exchange are realised by the settlement, on every part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from backoffice.core.api import Conflict, InvalidInput, RuleBroken, Session, check_places, convert, translate
from backoffice.hookspecs import messages

from . import ledger, stored
from .accounts import account_for
from .currencies import company_of, policy_of, rate_on
from .early import Early, discount_of, take_back
from .invoicing import sign_of
from .journals import OF_ACCOUNT, JournalFacts, first_of
from .models import Allocation, Invoice, OpenItem, Payment, Settlement
from .periods import assert_open
from .posting import ZERO, EntryDraft, LineDraft, Source
from .settlement import items, settling

_ = messages("accounting")


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Money that moved: received above zero for ``sign`` 1, paid out for -1."""

    kind: str
    party_id: int
    account_id: int
    """The account of the other side."""
    on: date
    amount: Decimal
    currency: str
    bank_id: int | None = None
    reference: str | None = None
    match_key: str | None = None
    rate: Decimal | None = None
    invoice_id: int | None = None
    discount: Decimal = ZERO

    @property
    def sign(self) -> int:
        """1 when money came in."""
        return 1 if self.kind == "received" else -1


def record(
    session: Session,
    invoice: Invoice,
    *,
    on: date,
    amount: Decimal | None = None,
    account_id: int | None = None,
    reference: str | None = None,
    rate: Decimal | None = None,
    over: str = "refuse",
    discount: str = "exact",
) -> tuple[Payment, ledger.Posted]:
    """Record money that pays ``invoice``, or pays a credit note back, and return it with its entry.

    ``amount`` is in the document's currency, all that is open when left out; ``account_id`` is where the money went,
    the company's bank account when left out. ``over`` says what becomes of more than is open: ``refuse``, ``keep`` (a
    credit of the party), ``write_off``. ``discount`` is taken for early payment (``take``), not (``leave``), or when
    exactly what is left after it is paid in time (``exact``). Raises
    :class:`~backoffice.core.api.RuleBroken` for more than is open.
    """
    session.settle()
    session.refresh(invoice, with_for_update=True)
    early = discount_of(session, invoice, on=on, amount=amount, wanted=discount)
    open_amount = invoice.open_amount - (early.total if early else ZERO)
    paid = _checked(invoice, open_amount if amount is None else amount, open_amount, over, bool(early))
    assert invoice.account_id is not None  # posting chose it
    money = Money(
        kind="received" if sign_of(invoice.kind) > 0 else "paid",
        party_id=invoice.party_id, account_id=invoice.account_id, on=on, amount=paid, currency=invoice.currency,
        bank_id=account_id, reference=reference or invoice.supplier_number or invoice.number, rate=rate,
        invoice_id=invoice.id, discount=early.total if early else ZERO,
    )  # fmt: skip
    payment, entry = _record(session, money)
    _settle_with(session, payment, items.of_invoice(session, invoice.id), early, over, rate)
    session.refresh(invoice)
    return payment, entry


def move(session: Session, money: Money, *, settle: Sequence[int] = ()) -> tuple[Payment, ledger.Posted]:
    """Record money that belongs to a party and to no one document, and return it with its entry.

    ``settle`` names open items it pays, in their order; what is left stays open as a credit.
    """
    session.settle()
    if money.amount <= 0:
        said = _("Write an amount above zero.")
        raise InvalidInput(said, fields={"amount": [said]})
    check_places(money.amount, money.currency)
    if settle:
        settling.require(session, settle)
    payment, entry = _record(session, money)
    if settle:
        own = [item.id for item in items.of_entry(session, entry.id)]
        settling.settle(session, [*own, *settle], on=money.on, kind="payment", rate=money.rate, payment_id=payment.id)
    return payment, entry


def _checked(invoice: Invoice, amount: Decimal, open_amount: Decimal, over: str, early: bool) -> Decimal:
    if invoice.state != "posted":
        raise Conflict(
            _("Only a posted invoice with an open amount is paid."),
            remedy=_("Post it first, or look whether it was paid already."),
        )
    check_places(amount, invoice.currency)
    if amount <= 0 or (amount > open_amount and over == "refuse") or (early and amount < open_amount):
        said = _("Between nothing and the open {amount} {code}.").with_values(
            amount=format(open_amount, "f"), code=invoice.currency
        )
        raise RuleBroken(
            _("This amount cannot be paid."),
            why=_("The open amount is {amount} {code}.").with_values(
                amount=format(open_amount, "f"), code=invoice.currency
            ),
            remedy=_("Record at most the open amount, or say what becomes of the rest."),
            fields={"amount": [said]},
        )
    return amount


def _record(session: Session, money: Money) -> tuple[Payment, ledger.Posted]:
    company = company_of(session)
    bank = money.bank_id or account_for(session, "bank")
    journal = journal_of(session, bank)
    assert_open(session, date=money.on, journal=journal, kind="pay")
    rate = money.rate or rate_on(session, money.currency, company.currency, money.on)
    books = convert(money.amount, rate, company.currency, policy_of(company))
    if money.currency == company.currency:
        books = money.amount
    entry = ledger.post(session, _entry(session, money, bank, journal, books, rate), kind="pay")
    payment = Payment(
        kind=money.kind, party_id=money.party_id, invoice_id=money.invoice_id, date=money.on, amount=money.amount,
        currency=money.currency, cleared=books, account_id=bank, reference=money.reference, entry_id=entry.id,
        match_key=money.match_key, discount=money.discount,
    )  # fmt: skip
    session.add(payment)
    session.flush()
    for item in items.of_entry(session, entry.id):
        item.payment_id = payment.id
    session.flush()
    session.emit(
        "accounting.payment_recorded", payment,
        invoice=money.invoice_id, party=money.party_id, payment_kind=money.kind, date=money.on, amount=money.amount,
        currency=money.currency, entry=entry.id,
    )  # fmt: skip
    return payment, entry


def journal_of(session: Session, account_id: int) -> JournalFacts:
    """Return the journal kept for a bank or cash account, else the first that fits."""
    own = OF_ACCOUNT.first(session, company=session.company_id, account=account_id)
    return JournalFacts(*own) if own is not None else first_of(session, "bank", "cash", "general")


def _entry(
    session: Session, money: Money, bank: int, journal: JournalFacts, books: Decimal, rate: Decimal
) -> EntryDraft:
    company = company_of(session)
    foreign = money.currency != company.currency

    def line(account_id: int, sign: int, **more: Any) -> LineDraft:
        return LineDraft(
            account_id=account_id, amount=books * sign, currency=money.currency if foreign else None,
            amount_currency=money.amount * sign if foreign else None, rate=rate if foreign else None, **more,
        )  # fmt: skip

    described = _("Payment of {number}") if money.invoice_id else _("Payment {number}")
    return EntryDraft(
        date=money.on,
        journal_id=journal.id,
        lines=(
            line(bank, money.sign, opens=False),
            line(money.account_id, -money.sign, party_id=money.party_id, match_key=money.match_key),
        ),
        description=translate(described.with_values(number=money.reference or ""), company.language).strip(),
        reference=money.reference,
        source=Source(plugin="accounting", key=f"payment/{uuid4().hex}", purpose="payment"),
    )


def _settle_with(
    session: Session, payment: Payment, owed: Sequence[OpenItem], early: Early | None, over: str, rate: Decimal | None
) -> None:
    own = items.of_entry(session, payment.entry_id)
    left = sum((item.open_amount for item in (*own, *owed)), ZERO)
    exceeds = left * sum((item.open_amount for item in own), ZERO) > 0
    settling.settle(
        session,
        [item.id for item in (*own, *owed)],
        on=payment.date,
        kind="payment",
        write_off="write_off" if over == "write_off" and exceeds else None,
        written_off=early.write_offs(session, payment) if early else (),
        rate=rate,
        payment_id=payment.id,
    )


def cancel(session: Session, payment: Payment, *, reason: str, on: date | None = None) -> ledger.Posted:
    """Take back a payment that was recorded wrongly: what it settled is open again and its entry is reversed."""
    session.settle()
    if payment.state != "posted":
        raise Conflict(_("This payment was cancelled already."))
    for settlement in _settlements(session, payment):
        settling.undo(session, settlement, reason=reason, on=on)
    reversing = stored.reverse(session, payment.entry, reason=reason, on=on)
    payment.state = "cancelled"
    session.flush()
    if payment.discount:
        take_back(session, payment, on=on or payment.date)
    session.emit("accounting.payment_cancelled", payment, invoice=payment.invoice_id, entry=reversing.id)
    return reversing


def _settlements(session: Session, payment: Payment) -> Sequence[Settlement]:
    """Return the settlements that took anything of the payment's items, the latest first."""
    own = sa.select(OpenItem.id).where(OpenItem.entry_id == payment.entry_id)
    return session.scalars(
        sa.select(Settlement)
        .where(
            Settlement.state == "done",
            Settlement.id.in_(sa.select(Allocation.settlement_id).where(Allocation.item_id.in_(own))),
        )
        .order_by(Settlement.id.desc())
    ).all()
