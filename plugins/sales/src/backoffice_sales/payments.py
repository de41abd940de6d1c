"""Payments: each is recorded once by provider, kind and reference, counted on its order, and asked to be posted.

A payment for an order or a charge that is not known yet waits for it. One that is told again with other figures is
kept, flagged, and counts nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from backoffice.core.api import (
    Amount,
    Happened,
    PostingRequest,
    RuleBroken,
    Session,
    request_postings,
)
from backoffice.hookspecs import IntakeMessage, messages

from . import goods, happenings, substituting
from .billing import match_of
from .models import Order, Payment
from .progress import ZERO
from .providers import PaymentEvent, provider_of
from .standing import due_of, locked, paid_sums, refresh, refresh_paid, require

_ = messages("sales")

CHUNK = 400
OF_ORDERS = frozenset({"authorisation", "charge", "failure", "refund"})
OTHER_CURRENCY = "other currency"
OTHER_FIGURES = "other figures"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a notice."""

    state: str
    """``applied``, ``waiting``, ``flagged``, or ``known`` when it was recorded before."""
    id: int
    order_id: int | None = None

    def answer(self) -> dict[str, Any]:
        """Return what an action tells."""
        return {"id": self.id, "state": self.state, "order": self.order_id, "known": self.state == "known"}


def record(session: Session, event: PaymentEvent) -> Recorded:
    """Record one payment; see :func:`record_many`."""
    return record_many(session, [event])[0]


def record_many(session: Session, events: Sequence[PaymentEvent]) -> list[Recorded]:
    """Record payments, each once, and count them on their orders; say what became of each, in order."""
    there = _recorded(session, events)
    named = [event for event in events if event.named and event.kind in OF_ORDERS]
    orders = _orders_named(session, {event.named or "" for event in named}, {event.provider for event in named})
    found = [_one(session, event, there, orders) for event in events]
    session.flush()
    fresh = [row for row, is_new in found if is_new]
    states = {row.id: row.state for row in fresh}
    # What waited may be told of in the same call, before its charge: it is counted once all the same.
    counted = {row.id: row for row in (*fresh, *_waiting_for(session, fresh))}
    _count(session, list(counted.values()))
    return [Recorded(states[row.id] if is_new else "known", row.id, row.order_id) for row, is_new in found]


Key = tuple[str, str, str]


def _recorded(session: Session, events: Sequence[PaymentEvent]) -> dict[Key, dict[str, Payment]]:
    """Return what is recorded of these payments already, by key and hash."""
    found: dict[Key, dict[str, Payment]] = {}
    together: dict[tuple[str, str], set[str]] = {}
    for event in events:
        together.setdefault((event.provider, event.kind), set()).add(event.reference)
    for (provider, kind), references in sorted(together.items()):
        for some in _chunks(references):
            rows = session.scalars(
                sa.select(Payment).where(
                    Payment.company_id == session.company_id, Payment.provider == provider, Payment.kind == kind,
                    Payment.reference.in_(some),
                )
            )  # fmt: skip
            for row in rows:
                found.setdefault((row.provider, row.kind, row.reference), {})[row.hash] = row
    return found


def _chunks(names: Iterable[str]) -> Iterator[list[str]]:
    wanted = sorted(names)
    for start in range(0, len(wanted), CHUNK):
        yield wanted[start : start + CHUNK]


def _orders_named(session: Session, names: Iterable[str], providers: Iterable[str]) -> dict[str, Order]:
    """Return orders by their number, reference, key in a shop, or a charge of a provider that was recorded for them."""
    found: dict[str, Order] = {}
    chosen = sorted(providers)
    for some in _chunks(names):
        # One question for each index: asked together, every order of the company would be looked at.
        for column in (Order.reference, Order.source_key, Order.number):
            rows = session.scalars(
                sa.select(Order).where(Order.company_id == session.company_id, Order.state != "draft", column.in_(some))
            )
            found.update((getattr(row, column.key), row) for row in rows)
        charges = session.execute(
            sa.select(Payment.reference, Order)
            .join(Order, Order.id == Payment.order_id)
            .where(
                Payment.company_id == session.company_id, Payment.provider.in_(chosen), Payment.kind == "charge",
                Payment.reference.in_(some),
            )
        )  # fmt: skip
        found.update(dict(charges.all()))
    return found


def _one(
    session: Session, event: PaymentEvent, there: dict[Key, dict[str, Payment]], orders: dict[str, Order]
) -> tuple[Payment, bool]:
    """Return the payment an event tells of, and whether it is new."""
    known = there.setdefault((event.provider, event.kind, event.reference), {})
    if event.hash in known:
        return known[event.hash], False
    order = orders.get(event.named or "")
    state, problem = _judged(event, order, bool(known))
    row = Payment(
        provider=event.provider, kind=event.kind, reference=event.reference, named=event.named, amount=event.amount,
        fee=event.fee, currency=event.currency, date=event.date, state=state, problem=problem, hash=event.hash,
        order_id=order.id if order is not None else None,
    )  # fmt: skip
    session.add(row)
    known[event.hash] = row
    if order is not None and event.kind == "charge" and state == "applied":
        orders[event.reference] = order
    return row, True


def _judged(event: PaymentEvent, order: Order | None, told_before: bool) -> tuple[str, str | None]:
    if told_before:
        return "flagged", OTHER_FIGURES
    if event.kind in OF_ORDERS and order is None:
        return "waiting", None
    if order is not None and order.currency != event.currency:
        return "flagged", OTHER_CURRENCY
    return "applied", None


def _waiting_for(session: Session, fresh: Sequence[Payment]) -> list[Payment]:
    """Return payments that waited for charges that were recorded now, and count from now on."""
    charges = {one.reference: one for one in fresh if one.kind == "charge" and one.state == "applied"}
    if not charges:
        return []
    rows = session.scalars(
        sa.select(Payment).where(Payment.company_id == session.company_id, WAITING, Payment.named.in_(sorted(charges)))
    ).all()
    for row in rows:
        _apply(row, charges[row.named or ""].order_id, charges[row.named or ""].currency)
    return list(rows)


def _apply(row: Payment, order_id: int | None, code: str) -> None:
    row.order_id = order_id
    row.state, row.problem = ("applied", None) if row.currency == code else ("flagged", OTHER_CURRENCY)


def take_waiting(session: Session, order: Order) -> int:
    """Count payments that came before their order, and return how many."""
    names = [name for name in (order.number, order.reference, order.source_key) if name]
    rows = session.scalars(
        sa.select(Payment).where(Payment.company_id == order.company_id, WAITING, Payment.named.in_(names))
    ).all()
    for row in rows:
        _apply(row, order.id, order.currency)
    counted = {row.id: row for row in (*rows, *_waiting_for(session, rows))}
    _count(session, list(counted.values()))
    return len(rows)


def match_waiting(session: Session) -> int:
    """Look again for the orders of payments that wait; return how many found theirs."""
    rows = session.scalars(
        sa.select(Payment)
        .where(Payment.company_id == session.company_id, WAITING, sa.or_(*_has_order()))
        .order_by(Payment.id)
        .limit(1000)
    ).all()
    orders = _orders_named(session, {row.named for row in rows if row.named}, {row.provider for row in rows})
    found = [row for row in rows if row.named in orders]
    for row in found:
        order = orders[row.named or ""]
        _apply(row, order.id, order.currency)
    counted = {row.id: row for row in (*found, *_waiting_for(session, found))}
    _count(session, list(counted.values()))
    return len(counted)


WAITING = Payment.state == sa.literal_column("'waiting'")


def _has_order() -> Iterator[Any]:
    """Yield what tells whether the order of a payment, or the charge it names, is there."""
    for column in (Order.reference, Order.source_key, Order.number):
        yield sa.exists().where(
            Order.organization_id == Payment.organization_id, Order.company_id == Payment.company_id,
            column == Payment.named, Order.state != "draft",
        )  # fmt: skip
    charge = aliased(Payment)
    yield sa.exists().where(
        charge.organization_id == Payment.organization_id, charge.company_id == Payment.company_id,
        charge.provider == Payment.provider, charge.kind == "charge", charge.reference == Payment.named,
        charge.order_id.is_not(None),
    )  # fmt: skip


# -- counting and posting --------------------------------------------------------------------------------------------


def _count(session: Session, rows: Sequence[Payment]) -> None:
    """Ask for the entries of payments that count now, and write where their orders stand."""
    rows = [row for row in rows if row.state == "applied"]
    if not rows:
        return
    session.flush()
    orders = _orders(session, {row.order_id for row in rows if row.order_id})
    asked = [(_posting(row, orders.get(row.order_id or 0)), row) for row in rows if row.kind in _SIDES]
    request_postings(session, asked)
    before = {order.id: order.payment_state for order in orders.values()}
    refresh_paid(session, list(orders.values()))
    _tell(session, orders, before, rows)


def _orders(session: Session, ids: Iterable[int]) -> dict[int, Order]:
    found: dict[int, Order] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), CHUNK):
        rows = session.scalars(sa.select(Order).where(Order.id.in_(wanted[start : start + CHUNK])))
        found.update((row.id, row) for row in rows)
    return found


_SIDES = {"charge": 1, "refund": -1, "payout": -1}


def _posting(row: Payment, order: Order | None) -> PostingRequest:
    sign = _SIDES[row.kind]
    clearing = Amount("payment_clearing", sign * row.amount - row.fee, category=row.provider)
    if order is not None:
        other = Amount("receivable", -sign * row.amount, party_id=order.party_id, match=match_of(order))
    else:
        other = Amount("bank", row.amount, category=row.provider)
    fee = (Amount("payment_fees", row.fee, category=row.provider),) if row.fee else ()
    return PostingRequest(
        source="sales",
        key=f"{row.provider}/{row.kind}/{row.reference}",
        purpose="payment",
        date=row.date,
        currency=row.currency,
        amounts=(clearing, other, *fee),
        description=order.number if order is not None and order.number else "",
        reference=row.reference[:80],
    )


PAID = frozenset({"paid", "over"})


def _tell(session: Session, orders: Mapping[int, Order], before: Mapping[int, str], rows: Sequence[Payment]) -> None:
    happenings.tell_many(
        session, "payment_recorded",
        [
            (orders[row.order_id or 0], {"kind": row.kind, "amount": row.amount, "reference": row.reference})
            for row in rows
            if row.order_id in orders
        ],
    )  # fmt: skip
    paid = [order for order in orders.values() if order.payment_state in PAID and before[order.id] not in PAID]
    happenings.tell_many(session, "order_paid", [(order, {}) for order in paid])
    for order in paid:
        settle_shortage(session, order)


# -- paid, but short -------------------------------------------------------------------------------------------------


def settle_shortage(session: Session, order: Order) -> None:
    """Set the goods of a paid order aside for good; where they are missing do what the order says."""
    if order.state != "confirmed" or order.goods_state not in {"short", "waiting", "reserved", "part"}:
        return
    was = order.shortage
    order.shortage = "backorder" if was == "refuse" else was
    reserved = goods.reserve(session, order)
    order.shortage = was
    if reserved is not False:
        refresh(session, order, reserved=reserved)
        return
    refresh(session, order, reserved=False)
    if was == "substitute" and substituting.substitute_missing(session, order):
        return
    order.problem = {
        "backorder": "paid, goods missing: shipped later",
        "refuse": "paid, goods missing: shipped later",
        "substitute": "paid, goods missing: choose something else",
        "refund": "paid, goods missing: paid back",
    }[was]
    happenings.tell(session, "order_short", order, policy=was)
    if was == "refund":
        _pay_back_short(session, order)


def _pay_back_short(session: Session, order: Order) -> None:
    from . import orders

    missing = goods.missing(session, order)
    orders.cancel_lines(session, order, missing, reason="goods missing")
    ask_refund(session, order)


def owed_back(session: Session, order: Order) -> Decimal:
    """Return what an order was paid too much."""
    sums = paid_sums(session, order)
    return max(sums.get("charge", ZERO) - sums.get("refund", ZERO) - due_of(session, order), ZERO)


def ask_refund(session: Session, order: Order, amount: Decimal | None = None) -> Decimal:
    """Ask the provider to pay back what an order was paid too much, or ``amount``; return what is asked for.

    It is done after this transaction, and recorded when the provider says so. Raises
    :class:`~backoffice.core.api.RuleBroken` for more than was paid.
    """
    locked(session, order)
    require(order, "confirmed", "done", "cancelled")
    wanted = amount if amount is not None else owed_back(session, order)
    left = _refundable(session, order)
    if wanted > sum((part for _charge, part in left), ZERO) or wanted <= 0:
        raise RuleBroken(_("There is not so much to pay back."), remedy=_("Look at the payments of the order."))
    rest = wanted
    for charge, part in left:
        share = min(part, rest)
        if share > 0:
            happenings.tell(
                session, "refund_asked", order, provider=charge.provider, charge=charge.reference, amount=share
            )
            rest -= share
    return wanted


def _refundable(session: Session, order: Order) -> list[tuple[Payment, Decimal]]:
    """Return the charges of an order with what was not paid back of each, the last ones first."""
    rows = session.scalars(
        sa.select(Payment).where(Payment.order_id == order.id, Payment.state == "applied").order_by(Payment.id.desc())
    ).all()
    back: dict[str, Decimal] = {}
    for row in rows:
        if row.kind == "refund" and row.named:
            back[row.named] = back.get(row.named, ZERO) + row.amount
    return [(row, row.amount - back.get(row.reference, ZERO)) for row in rows if row.kind == "charge"]


def pay_back(session: Session, event: Happened) -> None:
    """Pay back through the provider what was asked for; runs after the commit, and once for each event."""
    if event.replayed:
        return
    facts = event.facts
    made = provider_of(session, facts["provider"]).refund(
        session, charge=facts["charge"], amount=facts["amount"], currency=facts["currency"], key=f"sales-{event.id}"
    )
    if made is not None:
        record(session, made)


def take_notice(provider: str, session: Session, message: IntakeMessage) -> None:
    """Record what a signed notice of a provider tells."""
    record_many(session, provider_of(session, provider).read(message))


def take_trial_notice(session: Session, message: IntakeMessage) -> None:
    """Record what a notice of the test provider tells."""
    take_notice("test", session, message)


def take_stripe_notice(session: Session, message: IntakeMessage) -> None:
    """Record what a notice of Stripe tells."""
    take_notice("stripe", session, message)
