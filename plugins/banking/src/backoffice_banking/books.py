"""What banking asks of the books: what is open, what was posted on an account, and posting. No other module does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from backoffice_accounting.api import (
    Account,
    Allocation,
    Entry,
    EntryDraft,
    Invoice,
    Line,
    LineDraft,
    OpenItem,
    Payment,
    Settlement,
    Source,
    account_for,
    books_currency,
    converted,
    post,
    rate_on,
    with_residual,
)
from backoffice_parties.models import BankAccount as PartyAccount
from backoffice_parties.models import Party

from backoffice.core.api import InvalidInput, RuleBroken, Session
from backoffice.hookspecs import messages

from .matching import ZERO, Item, Ledger, Side
from .models import BankAccount, Match
from .models import Line as BankLine

_ = messages("banking")

SIGNS: Final = {"invoice": 1, "credit_note": -1, "bill": -1, "bill_credit": 1}
"""Which way money goes that settles a document: in above zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """The other side of a line in the books: an amount with the line's own sign, on an account."""

    account_id: int
    amount: Decimal
    party_id: int | None = None
    text: str | None = None
    match_key: str | None = None


def ledger_of(session: Session, account: BankAccount) -> Ledger:
    """Return what is open in the currency of ``account``, with the parties that may pay it."""
    found = session.execute(
        sa.select(
            Invoice.id, Invoice.kind, Invoice.number, Invoice.reference, Invoice.party_id, Invoice.open_amount,
            Invoice.due_date, Invoice.date,
        ).where(
            Invoice.state == "posted", Invoice.currency == account.currency, Invoice.company_id == session.company_id
        )
    ).all()  # fmt: skip
    items = [
        Item(id=row.id, amount=row.open_amount * SIGNS.get(row.kind, 1), number=row.number or "",
             reference=row.reference or "", party_id=row.party_id, due=row.due_date or row.date)
        for row in found
        if row.open_amount
    ]  # fmt: skip
    return Ledger.of([*items, *_other_items(session, account)], _sides(session), account.tolerance)


def _other_items(session: Session, account: BankAccount) -> list[Item]:
    """Return what is open without a document of accounting, such as what others asked to post; ids below zero."""
    found = session.execute(
        sa.select(
            OpenItem.id, OpenItem.party_id, OpenItem.open_amount, OpenItem.match_key, OpenItem.due_date, OpenItem.date,
            Entry.reference, Entry.number,
        )
        .join(Entry, Entry.id == OpenItem.entry_id)
        .where(
            OpenItem.open, OpenItem.company_id == session.company_id, OpenItem.currency == account.currency,
            OpenItem.invoice_id.is_(None), OpenItem.account_id != account.account_id,
        )
    ).all()  # fmt: skip
    return [
        Item(id=-row.id, amount=row.open_amount, number=row.reference or row.number or "",
             reference=row.match_key or "", party_id=row.party_id, due=row.due_date or row.date)
        for row in found
        if row.open_amount
    ]  # fmt: skip


def _sides(session: Session) -> list[Side]:
    accounts: dict[int, list[str]] = {}
    for party_id, number in session.execute(sa.select(PartyAccount.party_id, PartyAccount.number)):
        accounts.setdefault(party_id, []).append(number)
    rows = session.execute(sa.select(Party.id, Party.name, Party.translations))
    return [
        Side(
            party_id=row.id,
            names=tuple({row.name, *_names(row.translations)}),
            accounts=tuple(accounts.get(row.id, ())),
        )
        for row in rows
    ]


def _names(translations: Any) -> list[str]:
    return [texts["name"] for texts in (translations or {}).values() if texts.get("name")]


def pay(session: Session, invoice_id: int, line: BankLine, amount: Decimal) -> tuple[int, int]:
    """Record the payment of a document by ``line`` and return the ids of payment and entry."""
    invoice = session.get(Invoice, invoice_id)
    if invoice is None:
        raise RuleBroken(_("There is no such invoice."))
    if (amount > 0) != (SIGNS.get(invoice.kind, 1) > 0):
        raise RuleBroken(_("Money goes the other way for this document."))
    given = {"id": invoice_id, "date": line.date, "amount": abs(amount), "account": line.account.account_id,
             "reference": (line.bank_reference or line.reference or "")[:80] or None}  # fmt: skip
    session.perform("accounting.record_payment", **given)
    session.flush()
    made = session.scalars(
        sa.select(Payment).where(Payment.invoice_id == invoice_id).order_by(Payment.id.desc()).limit(1)
    ).one()
    return made.id, made.entry_id


def settle_item(session: Session, item_id: int, line: BankLine, amount: Decimal, key: str) -> tuple[int, Leg]:
    """Post ``amount`` of ``line`` on the account of an open item and settle the two; return the entry and its leg."""
    item = session.get(OpenItem, item_id)
    if item is None or not item.open:
        raise RuleBroken(_("This item is settled already."))
    if (amount > 0) != (item.open_amount > 0) or abs(amount) > abs(item.open_amount):
        raise RuleBroken(_("Money goes the other way for this document, or is more than is open."))
    leg = Leg(account_id=item.account_id, amount=amount, party_id=item.party_id)
    entry_id = book(session, line, [leg], key)
    session.settle()
    mine = session.scalars(
        sa.select(OpenItem.id).where(OpenItem.entry_id == entry_id, OpenItem.account_id == item.account_id)
    ).one()
    parts = [{"item": one, "amount": abs(amount)} for one in (item_id, mine)]
    session.perform("accounting.settle_items", items=parts, date=line.date)
    return entry_id, leg


def cancel(session: Session, payment_id: int, reason: str) -> None:
    """Take a payment back."""
    session.perform("accounting.cancel_payment", id=payment_id, reason=reason)


def reverse(session: Session, entry_id: int, reason: str) -> None:
    """Reverse an entry, and undo what its lines settled first."""
    session.settle()
    settled = session.scalars(
        sa.select(Settlement.id)
        .join(Allocation, Allocation.settlement_id == Settlement.id)
        .join(OpenItem, OpenItem.id == Allocation.item_id)
        .where(OpenItem.entry_id == entry_id, Settlement.state == "done")
        .distinct()
    ).all()
    for settlement_id in settled:
        session.perform("accounting.undo_settlement", id=settlement_id, reason=reason)
    session.perform("accounting.reverse_entry", id=entry_id, reason=reason)


def book(session: Session, line: BankLine, legs: Sequence[Leg], key: str) -> int:
    """Post the entry of ``line`` against ``legs``, which together have its sign and amount; return its id."""
    account = line.account
    total = sum((leg.amount for leg in legs), ZERO)
    parts = [_draft(session, account, line, account.account_id, total, None, line.description[:200] or None)]
    parts += [
        _draft(session, account, line, leg.account_id, -leg.amount, leg, leg.text or line.description[:200] or None)
        for leg in legs
    ]
    draft = EntryDraft(
        date=line.date, journal_id=account.journal_id, lines=with_residual(parts, account_for_rounding(session, parts)),
        description=(line.description or line.party_name or "")[:200],
        reference=(line.bank_reference or line.reference or "")[:80] or None,
        source=Source(plugin="banking", key=key, purpose="statement"),
    )  # fmt: skip
    return post(session, draft, kind="pay").id


def account_for_rounding(session: Session, parts: Sequence[LineDraft]) -> int:
    """Return where what conversion leaves over goes; nothing is asked of the settings while nothing is left over."""
    return account_for(session, "exchange_loss") if sum((part.amount for part in parts), ZERO) else 0


def _draft(
    session: Session, account: BankAccount, line: BankLine, account_id: int, amount: Decimal, leg: Leg | None,
    text: str | None,
) -> LineDraft:  # fmt: skip
    books = books_currency(session)
    party, match_key = (leg.party_id, leg.match_key) if leg is not None else (None, None)
    if account.currency == books:
        return LineDraft(account_id=account_id, amount=amount, party_id=party, description=text, match_key=match_key)
    draft = LineDraft(account_id=account_id, amount=ZERO, party_id=party, description=text, match_key=match_key,
                      currency=account.currency, amount_currency=amount)  # fmt: skip
    return converted(draft, rate_on(session, account.currency, books, line.date), books)


def purpose_account(session: Session, purpose: str) -> int:
    """Return the account of a purpose."""
    return account_for(session, purpose)


def check_account(session: Session, account_id: int) -> None:
    """Refuse an account that does not exist, is a heading or out of use."""
    found = session.get(Account, account_id)
    if found is None or found.heading or not found.active:
        said = _("Nothing can be posted to this account.")
        raise InvalidInput(said, fields={"account": [said]})


# -- what was posted on the account --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """An entry on the account of the books that no line of a statement was matched to."""

    entry_id: int
    number: str
    date: date
    description: str
    reference: str
    amount: Decimal


def outstanding(session: Session, account: BankAccount, until: date | None = None) -> list[Booked]:
    """Return the entries on the account that no line was matched to, the oldest first, in the account's currency."""
    amount = sa.func.sum(Line.amount if account.currency == books_currency(session) else Line.amount_currency)
    cleared = (
        sa.select(Match.entry_id)
        .join(BankLine, BankLine.id == Match.line_id)
        .where(BankLine.bank_account_id == account.id, sa.not_(Match.undone), Match.entry_id.is_not(None))
    )
    reversed_ = sa.select(Entry.reverses_id).where(Entry.reverses_id.is_not(None))
    asked = (
        sa.select(Entry.id, Entry.number, Entry.date, Entry.description, Entry.reference, amount.label("amount"))
        .join(Line, Line.entry_id == Entry.id)
        .where(
            Entry.state == "posted", Line.account_id == account.account_id, Entry.id.not_in(cleared),
            Entry.reverses_id.is_(None), Entry.id.not_in(reversed_),
        )
        .group_by(Entry.id, Entry.number, Entry.date, Entry.description, Entry.reference)
        .order_by(Entry.date, Entry.id)
    )  # fmt: skip
    if until is not None:
        asked = asked.where(Entry.date <= until)
    return [
        Booked(entry_id=row.id, number=row.number or "", date=row.date, description=row.description or "",
               reference=row.reference or "", amount=row.amount)
        for row in session.execute(asked)
        if row.amount
    ]  # fmt: skip


def balance(session: Session, account: BankAccount, until: date | None = None) -> Decimal:
    """Return the balance of the account in the books, in the account's currency."""
    column = Line.amount if account.currency == books_currency(session) else Line.amount_currency
    asked = (
        sa.select(sa.func.sum(column))
        .join(Entry, Entry.id == Line.entry_id)
        .where(Entry.state == "posted", Line.account_id == account.account_id)
    )
    found = session.scalar(asked if until is None else asked.where(Line.date <= until))
    return found or ZERO
