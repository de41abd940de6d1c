"""Say what moved: to whoever listens, and to whoever keeps the books."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from backoffice.core.api import Amount, PostingRequest, Session, said_of_postings

from .models import Document
from .valuing import ZERO

if TYPE_CHECKING:
    from .moving import Mover
    from .shapes import Change, Paper, Pending
    from .stored import Stored

Sums = dict[tuple[str, str | None], Decimal]
"""Amounts for the books, by purpose and category."""


def announce(mover: Mover) -> None:
    """Say what the papers of ``mover`` moved, what of it is there now, and what it is worth."""
    session, stored = mover.session, mover.stored
    changed = sorted({move.line.product_id for paper in mover.papers for move in paper.moves if _ours(move)})
    session.emit_all(
        [
            *(("inventory.stock_moved", (Document, paper.id), _moved(stored, paper)) for paper in mover.papers),
            *_changed(stored, changed),
            *said_of_postings([one for paper in mover.papers for one in postings(stored, paper)]),
        ]
    )


def _ours(move: Pending) -> bool:
    return move.origin.ours or move.target.ours


def _moved(stored: Stored, paper: Paper) -> dict[str, Any]:
    return {
        "kind": paper.kind,
        "date": paper.date,
        "source": paper.source,
        "key": paper.key,
        "reference": paper.reference,
        "lines": [
            {
                "product_id": move.line.product_id,
                "product": stored.products[move.line.product_id].code,
                "quantity": move.quantity,
                "from": move.origin.code,
                "to": move.target.code,
                "lot": stored.lots[move.lot][2] if move.lot else None,
                "value": move.value,
                "line": move.line.key or None,
            }
            for move in paper.moves
        ],
    }


def say_changed(session: Session, stored: Stored, products: Iterable[int]) -> None:
    """Say how much of products may be sold now; shops listen to it."""
    session.emit_all(_changed(stored, products))


def _changed(stored: Stored, products: Iterable[int]) -> list[tuple[str, None, dict[str, Any]]]:
    lines = []
    for product in products:
        held = [one for one in stored.balances.get(product, ()) if one.sells]
        on_hand = sum((one.on_hand for one in held), ZERO)
        reserved = sum((one.reserved for one in held), ZERO)
        lines.append(
            {
                "product_id": product, "product": stored.products[product].code, "on_hand": on_hand,
                "reserved": reserved, "available": on_hand - reserved,
            }
        )  # fmt: skip
    return [("inventory.stock_changed", None, {"lines": lines})] if lines else []


def asked_of(paper: Paper) -> Decimal:
    """Return what the books are asked to add to the value of stock for a paper, by what is known of it now."""
    moved = sum((_added(move) for move in paper.moves), ZERO)
    return sum((change.amount for change in paper.changes), moved)


def _added(move: Pending) -> Decimal:
    """Return what a move adds to the value of stock."""
    if move.target.valued:
        return -move.difference if move.origin.valued else move.value
    return -move.value if move.origin.valued else ZERO


def postings(stored: Stored, paper: Paper) -> Iterable[tuple[PostingRequest, Any]]:
    """Yield what a paper asks the books to post: one request, and one for each other day it changes values on."""
    days: dict[date, Sums] = {}
    for move in paper.moves:
        _add_move(days.setdefault(paper.date, {}), move, stored.products[move.line.product_id].category)
    for change in paper.changes:
        _add_change(days.setdefault(change.date, {}), change, stored.products[change.product_id].category)
    paper.asked = asked_of(paper)
    key = key_of(paper.source, paper.key, paper.kind, paper.id)
    for day, sums in sorted(days.items()):
        amounts = tuple(Amount(what, amount, category=category) for (what, category), amount in sums.items() if amount)
        if amounts:
            purpose = paper.kind if day == paper.date else f"{paper.kind}@{day.isoformat()}"
            yield (
                PostingRequest(
                    source="inventory", key=key, purpose=purpose, date=day, currency=stored.currency,
                    amounts=amounts, reference=paper.reference or paper.key, description=paper.reason or "",
                ),
                (Document, paper.id),
            )  # fmt: skip


def key_of(source: str | None, key: str | None, kind: str, id_: int) -> str:
    """Return the key under which a document asks the books for its entries."""
    return f"{source}:{key}" if source else f"{kind}:{id_}"


def _add(sums: Sums, purpose: str, category: str | None, amount: Decimal) -> None:
    sums[purpose, category] = sums.get((purpose, category), ZERO) + amount


def _add_move(sums: Sums, move: Pending, category: str | None) -> None:
    origin, target, value, more = move.origin, move.target, move.value, move.difference
    if origin.valued or target.valued:
        _add(sums, "inventory", category, _added(move))
    if origin.valued and target.valued:
        _add(sums, "price_difference", category, more)
    elif target.valued:
        _add(sums, "price_difference", category, more)
        _add(sums, move.counter, category, -value - more)
    elif origin.valued:
        _add(sums, "price_difference", category, -more)
        _add(sums, move.counter, category, value + more)
    elif {origin.kind, target.kind} == {"supplier", "customer"}:
        sign = 1 if target.kind == "customer" else -1
        _add(sums, "cost_of_goods", category, sign * value)
        _add(sums, "goods_received", category, -sign * value)


def _add_change(sums: Sums, change: Change, category: str | None) -> None:
    _add(sums, "inventory", category, change.amount)
    purpose, _colon, narrower = change.purpose.partition(":")
    _add(sums, purpose, narrower or category, -change.amount)
