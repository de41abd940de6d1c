"""Value what is open in foreign currencies at the rates of a day, document by document, and take it back on the next.

Since it is taken back, a later payment realises the whole difference from the document's own rate: what was unrealised
and what is realised come to what was paid less what was booked, and nothing is counted twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import sqlalchemy as sa
from backoffice_accounting import ledger
from backoffice_accounting.accounts import account_for
from backoffice_accounting.currencies import company_of, policy_of, rate_on
from backoffice_accounting.journals import first_of
from backoffice_accounting.models import (
    Account,
    Allocation,
    Entry,
    Line,
    OpenItem,
    Revaluation,
    RevaluationLine,
    Settlement,
)
from backoffice_accounting.posting import ZERO, EntryDraft, LineDraft, Source, reversal

from backoffice.core.api import Conflict, Session, convert, translate
from backoffice.hookspecs import messages

from . import items as items_
from .checking import held_on
from .settling import settle

_ = messages("accounting")

BALANCES = ("bank", "cash", "card")
"""Kinds of accounts whose balance in a foreign currency is valued as one."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """What is open in a foreign currency: of a document, or the balance of an account."""

    account_id: int
    currency: str
    amount: Decimal
    in_books: Decimal
    item_id: int | None = None
    party_id: int | None = None


def revalue(session: Session, day: date) -> Revaluation:
    """Post what is open at the end of ``day`` is worth more or less, and its reversal on the day after; return it.

    Raises :class:`~backoffice.core.api.Conflict` when the day was valued before, and
    :class:`~backoffice.core.api.RuleBroken` where a rate is missing or a period closed.
    """
    known = session.scalar(
        sa.select(Revaluation.id).where(Revaluation.company_id == session.company_id, Revaluation.date == day)
    )
    if known is not None:
        raise Conflict(
            _("The end of this day was valued before."),
            remedy=_("What happens after a revaluation is part of the next one."),
        )
    company = company_of(session)
    policy = policy_of(company)
    lines = []
    for one in (*_documents(session, day, company.currency), *_balances(session, day, company.currency)):
        rate = rate_on(session, one.currency, company.currency, day)
        size = convert(abs(one.amount), rate, company.currency, policy)
        worth = -size if one.amount < 0 else size
        if worth != one.in_books:
            lines.append(_kept(one, rate, worth))
    difference = sum((line.worth - line.in_books for line in lines), ZERO)
    made = Revaluation(date=day, difference=difference, lines=lines)
    session.add(made)
    session.flush()
    if lines:
        _post(session, made)
    session.emit("accounting.revalued", made, date=day, difference=difference)
    return made


def _kept(one: Foreign, rate: Decimal, worth: Decimal) -> RevaluationLine:
    return RevaluationLine(
        item_id=one.item_id, account_id=one.account_id, party_id=one.party_id, currency=one.currency,
        amount=one.amount, in_books=one.in_books, rate=rate, worth=worth,
    )  # fmt: skip


def _documents(session: Session, day: date, books: str) -> Iterable[Foreign]:
    """Yield what was open of each item in a foreign currency at the end of ``day``."""
    taken = (
        sa.select(
            Allocation.item_id,
            sa.func.sum(Allocation.amount).label("amount"),
            sa.func.sum(Allocation.in_books).label("in_books"),
        )
        .join(Settlement, Settlement.id == Allocation.settlement_id)
        .where(Settlement.company_id == session.company_id, held_on(day))
        .group_by(Allocation.item_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(OpenItem, taken.c.amount, taken.c.in_books)
        .outerjoin(taken, taken.c.item_id == OpenItem.id)
        .where(
            OpenItem.company_id == session.company_id,
            OpenItem.date <= day,
            OpenItem.currency != books,
            OpenItem.amount != 0,
        )
        .order_by(OpenItem.id)
    )
    for item, amount, in_books in rows:
        left, value = item.amount - _money(amount), item.in_books - _money(in_books)
        if left:
            yield Foreign(item.account_id, item.currency, left, value, item.id, item.party_id)


def _money(value: Decimal | None) -> Decimal:
    return value or ZERO


def _balances(session: Session, day: date, books: str) -> Iterable[Foreign]:
    """Yield the balances in foreign currencies of bank and cash accounts at the end of ``day``."""
    rows = session.execute(
        sa.select(Line.account_id, Line.currency, sa.func.sum(Line.amount_currency), sa.func.sum(Line.amount))
        .join(Entry, Entry.id == Line.entry_id)
        .join(Account, Account.id == Line.account_id)
        .where(
            Entry.company_id == session.company_id,
            Entry.state == "posted",
            Line.date <= day,
            Line.currency.is_not(None),
            Line.currency != books,
            Account.subtype.in_(BALANCES),
            Account.reconcile.is_(False),
        )
        .group_by(Line.account_id, Line.currency)
        .order_by(Line.account_id, Line.currency)
    )
    for account_id, currency, amount, in_books in rows:
        if amount or in_books:
            yield Foreign(account_id, str(currency), _money(amount), _money(in_books))


def _post(session: Session, made: Revaluation) -> None:
    draft = _entry(session, made)
    entry = ledger.post(session, draft)
    described = translate(_("Revaluation taken back"), company_of(session).language)
    back = reversal(draft, on=made.date + timedelta(days=1), entry_id=entry.id, description=described, reason=described)
    taken_back = ledger.post(session, back)
    made.entry_id, made.reversal_id = entry.id, taken_back.id
    session.flush()
    pairs = zip(items_.of_entry(session, entry.id), items_.of_entry(session, taken_back.id), strict=True)
    for one, other in pairs:
        settle(session, [one.id, other.id], on=other.date, kind="revaluation")


def _entry(session: Session, made: Revaluation) -> EntryDraft:
    lines, gain, loss = [], ZERO, ZERO
    for line in made.lines:
        difference = line.worth - line.in_books
        gain, loss = gain + max(difference, ZERO), loss + min(difference, ZERO)
        lines.append(
            LineDraft(
                account_id=line.account_id, amount=difference, party_id=line.party_id, currency=line.currency,
                amount_currency=ZERO, rate=line.rate,
            )
        )  # fmt: skip
    for amount, purpose in ((gain, "exchange_gain"), (loss, "exchange_loss")):
        if amount:
            lines.append(LineDraft(account_id=account_for(session, purpose), amount=-amount))
    return EntryDraft(
        date=made.date,
        journal_id=first_of(session, "general", "bank", "cash", "sale").id,
        lines=tuple(lines),
        description=translate(_("Revaluation of foreign currencies"), company_of(session).language),
        source=Source(plugin="accounting", key=f"revaluation/{made.id}", purpose="revaluation"),
    )
