"""Settle open items against each other, and undo it.

One settlement takes parts of many items, on one account or several. What differs (between two rates of exchange, or a
rest that is written off) is posted in one entry with what moves between accounts, and with the taxes that fall due on
payment; so the open items of an account add up to its balance at every moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from backoffice_accounting import ledger
from backoffice_accounting.accounts import account_for
from backoffice_accounting.currencies import company_of, policy_of, rate_on
from backoffice_accounting.journals import first_of
from backoffice_accounting.models import Allocation, Invoice, OpenItem, Settlement
from backoffice_accounting.periods import is_open
from backoffice_accounting.posting import ZERO, EntryDraft, LineDraft, Source

from backoffice.core.api import Conflict, NotFound, RoundingPolicy, RuleBroken, Session, convert, translate
from backoffice.hookspecs import messages

from . import items as items_
from .falling_due import tax_lines_due
from .rules import Open, Taken, difference, plan

_ = messages("accounting")


@dataclass(frozen=True, slots=True)
class WrittenOff:
    """An amount that is not paid and settled all the same: where it goes, debit above zero, in the items' currency."""

    account_id: int
    amount: Decimal


def settle(
    session: Session,
    ids: Iterable[int],
    *,
    on: date | None = None,
    kind: str = "manual",
    amounts: Mapping[int, Decimal] | None = None,
    write_off: str | None = None,
    written_off: Sequence[WrittenOff] = (),
    rate: Decimal | None = None,
    payment_id: int | None = None,
    reason: str | None = None,
) -> Settlement | None:
    """Settle the open items ``ids`` against each other and return the settlement; nothing when one side is missing.

    ``amounts`` says how much of an item, without a sign. ``write_off`` is the purpose of the account that takes what is
    left over; ``written_off`` says it amount by amount. It is dated ``on``, by default the day of the latest item while
    its period is open, else today; never before that item. Raises
    :class:`~backoffice.core.api.RuleBroken` for more than is open.
    """
    found = [item for item in items_.locked(session, ids) if item.open]
    company = company_of(session)
    books, policy = company.currency, policy_of(company)
    everything = write_off is not None or bool(written_off)
    taken = plan([_plain(item) for item in found], amounts or {}, books, policy, everything=everything)
    if not taken or (len({one.amount > 0 for one in taken if one.amount}) < 2 and not everything and _matters(taken)):
        return None
    day = _day(session, found, on)
    left = difference(taken, books)
    off = list(written_off)
    if write_off is not None and left.amount:
        off = [WrittenOff(account_for(session, write_off), left.amount)]
    if sum((one.amount for one in off), ZERO) != left.amount:
        raise RuleBroken(
            _("These items do not settle each other."),
            why=_("{amount} {currency} would be left over.").with_values(
                amount=format(left.amount, "f"), currency=left.currency
            ),
            remedy=_("Choose other amounts, or write the rest off."),
        )
    parties = {item.party_id for item in found}
    settlement = Settlement(
        date=day, kind=kind, party_id=parties.pop() if len(parties) == 1 else None, payment_id=payment_id, reason=reason
    )
    session.add(settlement)
    session.flush()
    before = _invoices(session, found)
    _take(session, settlement, found, taken)
    after = _reckon(session, before)
    drafts = _lines(session, taken, off, left.in_books, day, _Money(left.currency, books, policy, rate))
    drafts += tax_lines_due(session, after, on=day, part=f"settlement/{settlement.id}")
    _post(session, settlement, drafts, day)
    session.emit("accounting.items_settled", settlement, date=day, settlement_kind=kind, party=settlement.party_id)
    return settlement


def _matters(taken: Sequence[Taken]) -> bool:
    """Tell whether anything but differences of the books is settled."""
    return any(one.amount for one in taken)


def _plain(item: OpenItem) -> Open:
    return Open(
        id=item.id, account_id=item.account_id, currency=item.currency, amount=item.open_amount,
        in_books=item.open_in_books, due=item.due_date or item.date, party_id=item.party_id,
    )  # fmt: skip


def _day(session: Session, found: Sequence[OpenItem], on: date | None) -> date:
    """Return the day of a settlement: never before its latest item, or both would not add up on the days between."""
    latest = max(item.date for item in found)
    if on is not None:
        return max(on, latest)
    return latest if is_open(session, latest) else max(session.today(), latest)


def _take(session: Session, settlement: Settlement, found: Sequence[OpenItem], taken: Sequence[Taken]) -> None:
    by_id = {item.id: item for item in found}
    rows = []
    for one in taken:
        item = by_id[one.item.id]
        _less(item, one.amount, one.in_books)
        rows.append({"item_id": item.id, "amount": one.amount, "in_books": one.in_books})
    session.flush()
    session.write_rows(Allocation, rows, settlement_id=settlement.id)


def _less(item: OpenItem, amount: Decimal, in_books: Decimal) -> None:
    item.open_amount -= amount
    item.open_in_books -= in_books
    item.open = bool(item.open_amount or item.open_in_books)


# -- what differs ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Money:
    """Converts what is written off, at the rate of the day."""

    currency: str
    books: str
    policy: RoundingPolicy
    rate: Decimal | None

    @property
    def foreign(self) -> bool:
        return self.currency != self.books

    def worth(self, session: Session, amount: Decimal, day: date, taken: Sequence[Taken]) -> Decimal:
        if not self.foreign:
            return amount
        size = convert(abs(amount), self.rate or self._rate(session, day, taken), self.books, self.policy)
        return -size if amount < 0 else size

    def _rate(self, session: Session, day: date, taken: Sequence[Taken]) -> Decimal:
        try:
            return rate_on(session, self.currency, self.books, day)
        except RuleBroken:  # no rate is known: what it was booked at serves
            largest = max(taken, key=lambda one: abs(one.amount))
            return abs(round(largest.in_books / largest.amount, 10))


def _lines(
    session: Session, taken: Sequence[Taken], off: Sequence[WrittenOff], in_books: Decimal, day: date, money: _Money
) -> list[LineDraft]:
    sums: dict[tuple[int, int | None, str], list[Decimal]] = {}
    for one in taken:
        pair = sums.setdefault((one.item.account_id, one.item.party_id, one.item.currency), [ZERO, ZERO])
        pair[0] += one.amount
        pair[1] += one.in_books
    lines = [
        _line(account, -books, -amount, currency, money.books, party_id=party, opens=False)
        for (account, party, currency), (amount, books) in sums.items()
        if amount or books
    ]
    for left in off:
        worth = money.worth(session, left.amount, day, taken)
        lines.append(_line(left.account_id, worth, left.amount, money.currency, money.books))
        in_books -= worth
    if in_books:
        purpose = "exchange_loss" if in_books > 0 else "exchange_gain"
        lines.append(LineDraft(account_id=account_for(session, purpose), amount=in_books))
    return lines


def _line(
    account_id: int, amount: Decimal, printed: Decimal, currency: str, books: str, *, party_id: int | None = None,
    opens: bool = True,
) -> LineDraft:  # fmt: skip
    foreign = currency != books
    return LineDraft(
        account_id=account_id, amount=amount, currency=currency if foreign else None,
        amount_currency=printed if foreign else None, party_id=party_id, opens=opens,
    )  # fmt: skip


def _post(session: Session, settlement: Settlement, lines: Sequence[LineDraft], day: date) -> None:
    kept = tuple(line for line in lines if line.amount or line.amount_currency)
    if len(kept) < 2:
        return
    described = translate(_("Settlement of open items"), company_of(session).language)
    draft = EntryDraft(
        date=day,
        journal_id=first_of(session, "general", "bank", "cash", "sale").id,
        lines=kept,
        description=described,
        source=Source(plugin="accounting", key=f"settlement/{settlement.id}", purpose="settlement"),
    )
    settlement.entry_id = ledger.post(session, draft, kind="pay").id
    session.flush()


# -- documents -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Moved:
    """A document with what was open of it before."""

    invoice: Invoice
    open_before: Decimal


def _invoices(session: Session, found: Iterable[OpenItem]) -> list[Moved]:
    ids = sorted({item.invoice_id for item in found if item.invoice_id is not None})
    if not ids:
        return []
    rows = session.scalars(
        sa.select(Invoice)
        .where(Invoice.id.in_(ids))
        .order_by(Invoice.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return [Moved(invoice, invoice.open_amount) for invoice in rows]


def _reckon(session: Session, moved: Sequence[Moved]) -> list[Moved]:
    """Let documents know what is open of them now."""
    for one in moved:
        amount, books = session.execute(
            sa.select(sa.func.sum(OpenItem.open_amount), sa.func.sum(OpenItem.open_in_books)).where(
                OpenItem.invoice_id == one.invoice.id
            )
        ).one()
        side = 1 if one.invoice.kind in ("invoice", "bill_credit") else -1
        one.invoice.open_amount = (amount or ZERO) * side
        one.invoice.open_in_books = (books or ZERO) * side
        if one.invoice.state != "draft":
            one.invoice.state = "posted" if amount or books else "paid"
    session.flush()
    return list(moved)


# -- undoing ---------------------------------------------------------------------------------------------------------


def undo(session: Session, settlement: Settlement, *, reason: str, on: date | None = None) -> Settlement:
    """Open the items of a settlement again; its entry is reversed. Raises :class:`Conflict` when it was undone before.

    It is dated ``on``, by default the day of the settlement while its period is open, else today; never before it.
    """
    from backoffice_accounting.stored import reverse

    if settlement.state != "done":
        raise Conflict(_("This settlement was undone already."))
    day = max(on or (settlement.date if is_open(session, settlement.date) else session.today()), settlement.date)
    allocations = list(settlement.allocations)
    found = items_.locked(session, [one.item_id for one in allocations])
    by_id = {item.id: item for item in found}
    moved = _invoices(session, found)
    for one in allocations:
        _less(by_id[one.item_id], -one.amount, -one.in_books)
    session.flush()
    _reckon(session, moved)
    if settlement.entry is not None:
        reverse(session, settlement.entry, reason=reason, on=day, opens=False)
    tax_lines_due(session, moved, on=day, part=f"settlement/{settlement.id}/undone")
    settlement.state, settlement.undone_on, settlement.reason = "undone", day, reason
    session.flush()
    session.emit("accounting.settlement_undone", settlement, date=day, reason=reason)
    return settlement


def of_payment(session: Session, payment_id: int) -> Sequence[Settlement]:
    """Return the settlements a payment made that still hold, the latest first."""
    return session.scalars(
        sa.select(Settlement)
        .where(Settlement.payment_id == payment_id, Settlement.state == "done")
        .order_by(Settlement.id.desc())
    ).all()


def settle_later(session: Session, work: Callable[[Session], None]) -> None:
    """Let ``work`` settle what was just posted, once documents have their numbers."""
    session.late(("accounting", "settle"), work)


def require(session: Session, ids: Sequence[int]) -> None:
    """Raise :class:`~backoffice.core.api.NotFound` unless every one of ``ids`` is an item of the company."""
    there = session.scalar(
        sa.select(sa.func.count(OpenItem.id)).where(OpenItem.company_id == session.company_id, OpenItem.id.in_(ids))
    )
    if there != len(set(ids)):
        raise NotFound(_("Some of these open items are not there."))
