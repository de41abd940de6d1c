"""Values that change without goods moving: landed costs, standard costs, another method, a revaluation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date as Date  # noqa: N812 - the arguments are called date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_products.api import Product

from backoffice.core.api import (
    InvalidInput,
    RuleBroken,
    Session,
    currency,
    request_postings,
    round_amount,
    split,
)
from backoffice.hookspecs import messages

from . import announcing, replaying
from .facts import Valued
from .models import Consumption, Document, Item, LandedCost, Layer, Move, Place, ValueChange, Worth
from .papers import open_day
from .policy import books_currency
from .shapes import Change, Paper
from .stored import Stored
from .valuing import ZERO
from .writing import write_changes, write_documents

_ = messages("inventory")


def _finish(session: Session, stored: Stored, paper: Paper) -> dict[str, Any]:
    request_postings(session, announcing.postings(stored, paper))
    session.settle()
    total = sum((one.amount for one in paper.changes), ZERO)
    return {"id": paper.id, "number": paper.number, "value": total, "changes": len(paper.changes)}


def _day(session: Session, day: Date | None) -> Date:
    found = day or session.today()
    if found > session.today():
        said = _("Values do not change on a day that is still to come.")
        raise RuleBroken(said, fields={"date": [said]})
    if open_day(session, found) != found:
        said = _("This day is in a closed period of stock.")
        raise RuleBroken(said, fields={"date": [said]}, remedy=_("Date it later."))
    return found


# -- landed costs ------------------------------------------------------------------------------------------------------


def post_landed_cost(session: Session, record: LandedCost) -> dict[str, Any]:
    """Divide the costs among what was received; the part already sold goes to the cost of goods."""
    if record.state != "draft":
        raise RuleBroken(_("This cost was divided already."))
    moves = _received(session, [one.receipt_id for one in record.receipts])
    shares = divide(session, record, moves)
    said = _write(session, record.date, record.reference, moves, shares)
    session.refresh(record)
    record.state, record.document_id, record.number = "posted", said["id"], said["number"]
    session.flush()
    return said


def _received(session: Session, documents: Sequence[int]) -> list[Move]:
    moves = session.scalars(
        sa.select(Move)
        .join(Document, Document.id == Move.document_id)
        .join(Place, Place.id == Move.to_id)
        .where(Move.document_id.in_(documents), Document.state != "reversed", Place.kind == "internal")
        .order_by(Move.id)
    ).all()
    if not moves:
        said = _("Nothing that is here was received under these documents.")
        raise InvalidInput(said, fields={"receipts": [said]})
    return list(moves)


def divide(session: Session, record: LandedCost, moves: Sequence[Move]) -> list[tuple[Move, Decimal, str | None]]:
    """Return what each move bears of each cost, and the category of that cost."""
    ids = {move.product_id for move in moves}
    products = {one.id: one for one in session.scalars(sa.select(Product).where(Product.id.in_(ids)))}
    books, found = books_currency(session), []
    for n, line in enumerate(record.lines):
        weights = [_weight(line.by, move, products[move.product_id]) for move in moves]
        try:
            amounts = shared(line.amount, weights, books)
        except InvalidInput as error:
            raise InvalidInput(
                _("This cost cannot be divided."), why=error.what, fields={f"lines.{n}.by": [error.what]}
            ) from error
        found += [(move, amount, line.category) for move, amount in zip(moves, amounts, strict=True)]
    return found


def _weight(by: str, move: Move, product: Product) -> Decimal:
    if by == "equal":
        return Decimal(1)
    if by == "value":
        return move.value
    per_unit = {"quantity": Decimal(1), "weight": product.weight, "volume": product.volume}[by]
    return (per_unit or ZERO) * move.quantity


def shared(amount: Decimal, weights: Sequence[Decimal], books: str) -> list[Decimal]:
    """Return shares of ``amount`` by ``weights``, some of which may be below zero.

    Raises :class:`~backoffice.core.api.InvalidInput` when the weights come to nothing.
    """
    total = sum(weights, ZERO)
    if not total:
        raise InvalidInput(_("What it is divided by comes to nothing."), remedy=_("Divide it in another way."))
    if min(weights) >= 0:
        return split(amount, weights, books)
    shares = [round_amount(amount * weight / total, books) for weight in weights]
    largest = max(range(len(weights)), key=lambda n: abs(weights[n]))
    shares[largest] += amount - sum(shares, ZERO)
    return shares


def _write(
    session: Session,
    day: Date,
    reference: str | None,
    moves: Sequence[Move],
    shares: Sequence[tuple[Move, Decimal, str | None]],
    *,
    sign: int = 1,
) -> dict[str, Any]:
    products = sorted({move.product_id for move in moves})
    stored = Stored.read(session, products)
    pools = dict(session.execute(sa.select(Place.id, Place.pool).where(Place.id.in_({m.to_id for m in moves}))).all())
    paper = Paper(kind="landed_cost", date=_day(session, day), lines=[], reference=reference)
    write_documents(session, [paper], stored.company)
    for move, amount, category in shares:
        if amount:
            purpose = "landed_cost" if category is None else f"landed_cost:{category}"
            paper.changes.append(
                Change(move.product_id, pools[move.to_id], "landed", amount * sign, purpose, paper.date, move.id)
            )
    write_changes(session, paper, paper.changes, stored.company)
    for product in products:
        own = [one for one in paper.changes if one.product_id == product]
        if all(stored.worths[product, one.pool].stock.method == "standard" for one in own):
            paper.changes += _straight_on(session, stored, paper, own)
        else:
            paper.changes += replaying.renew(session, stored, product, paper, paper.date)
    return _finish(session, stored, paper)


def _straight_on(session: Session, stored: Stored, paper: Paper, own: Sequence[Change]) -> list[Change]:
    """A standard cost bears no other: what was added becomes a price difference."""
    made = [
        Change(one.product_id, one.pool, "backdated", -one.amount, "price_difference", one.date, one.move)
        for one in own
    ]
    write_changes(session, paper, made, stored.company)
    return made


def cancel_landed_cost(session: Session, record: LandedCost, *, date: Date | None = None) -> dict[str, Any]:
    """Take a cost off again, with an entry of its own."""
    if record.state != "posted":
        raise RuleBroken(_("This cost was not divided."))
    rows = session.scalars(
        sa.select(ValueChange).where(ValueChange.document_id == record.document_id, ValueChange.kind == "landed")
    ).all()
    moves = {one.id: one for one in session.scalars(sa.select(Move).where(Move.id.in_({r.move_id for r in rows})))}
    shares = [
        (moves[row.move_id], row.amount, row.purpose.partition(":")[2] or None)
        for row in rows
        if row.move_id is not None
    ]
    said = _write(session, date or session.today(), record.number, list(moves.values()), shares, sign=-1)
    record.state = "cancelled"
    session.flush()
    return said


# -- methods and standards ---------------------------------------------------------------------------------------------


def _valued(session: Session, product_id: int) -> tuple[Stored, list[tuple[int, Valued]]]:
    stored = Stored.read(session, [product_id])
    if product_id not in stored.products:
        said = _("There is no such product.")
        raise InvalidInput(said, fields={"product": [said]})
    return stored, [(pool, valued) for (_product, pool), valued in sorted(stored.worths.items())]


def _item(session: Session, product_id: int) -> Item:
    found: Item | None = session.scalars(
        sa.select(Item).where(Item.company_id == session.company_id, Item.product_id == product_id)
    ).one_or_none()
    if found is None:
        found = Item(product_id=product_id, company_id=session.company_id)
        session.add(found)
    return found


def set_standard_cost(session: Session, *, product_id: int, cost: Decimal, date: Date | None = None) -> dict[str, Any]:
    """Set what one unit costs by the standard, and value what is there anew."""
    stored, pools = _valued(session, product_id)
    _item(session, product_id).standard_cost = cost
    session.flush()
    own = [(pool, valued) for pool, valued in pools if valued.method == "standard"]
    return _to_values(
        session, stored, product_id, date, own, {pool: v.stock.money(v.stock.quantity * cost) for pool, v in own}
    )


def change_method(
    session: Session, *, product_id: int, method: str, value: str = "keep", cost: Decimal | None = None
) -> dict[str, Any]:
    """Value a product by another method from now on; what is there is one layer then."""
    stored, pools = _valued(session, product_id)
    item = _item(session, product_id)
    if method == "standard":
        if cost is None and value == "keep":
            cost = next((v.stock.unit_cost for _pool, v in pools), None)
        if cost is not None:
            item.standard_cost = round(cost, 6)
    item.method = method
    values = {}
    for pool, valued in pools:
        stock = valued.stock
        wanted = stock.value
        if value == "last_cost" and stock.quantity > 0 and valued.method in {"fifo", "lifo"}:
            wanted = stock.money(_newest(session, stored, product_id, pool) * stock.quantity)
            if method == "standard" and cost is None:
                item.standard_cost = round(wanted / stock.quantity, 6)
        elif method == "standard" and item.standard_cost is not None and cost is not None:
            wanted = stock.money(item.standard_cost * stock.quantity) if value != "keep" else stock.value
        values[pool] = wanted
    session.flush()
    said = _to_values(session, stored, product_id, None, pools, values)
    _begin_anew(session, stored, product_id, pools, method)
    return said


def _newest(session: Session, stored: Stored, product_id: int, pool: int) -> Decimal:
    row = session.execute(
        sa.select(Layer.quantity, Layer.value)
        .where(
            Layer.company_id == stored.company, Layer.product_id == product_id, Layer.pool == pool,
            Layer.left_quantity > 0,
        )
        .order_by(Layer.date.desc(), Layer.id.desc())
        .limit(1)
    ).first()  # fmt: skip
    return row.value / row.quantity if row is not None else stored.worths[product_id, pool].stock.unit_cost


def _to_values(
    session: Session,
    stored: Stored,
    product_id: int,
    day: Date | None,
    pools: Sequence[tuple[int, Valued]],
    values: dict[int, Decimal],
    *,
    reason: str | None = None,
) -> dict[str, Any]:
    paper = Paper(kind="revaluation", date=_day(session, day), lines=[], reason=reason)
    write_documents(session, [paper], stored.company)
    rows = []
    for pool, valued in pools:
        more = values[pool] - valued.stock.value
        valued.stock.value = values[pool]
        rows.append({"id": valued.id, "value": values[pool]})
        if more:
            paper.changes.append(
                Change(product_id, pool, "revaluation", more, "inventory_gain" if more > 0 else "inventory_loss",
                       paper.date)
            )  # fmt: skip
            _spread(session, stored, product_id, pool, more)
    write_changes(session, paper, paper.changes, stored.company)
    session.change_rows(Worth, rows)
    _mark(session, stored, product_id)
    return _finish(session, stored, paper)


def _spread(session: Session, stored: Stored, product_id: int, pool: int, more: Decimal) -> None:
    """Add a change of value to the open layers, by what is left of each."""
    layers = session.scalars(
        sa.select(Layer)
        .where(
            Layer.company_id == stored.company, Layer.product_id == product_id, Layer.pool == pool,
            Layer.left_quantity > 0,
        )
        .order_by(Layer.date, Layer.id)
    ).all()  # fmt: skip
    if not layers:
        return
    shares = split(more, [layer.left_quantity for layer in layers], currency(stored.currency).places)
    for layer, share in zip(layers, shares, strict=True):
        layer.left_value += share
        layer.value += share
    session.flush()


def _mark(session: Session, stored: Stored, product_id: int) -> None:
    """Let later replays begin here: what was revalued is not valued anew by what came before."""
    last = session.scalar(
        sa.select(sa.func.max(Move.id)).where(Move.company_id == stored.company, Move.product_id == product_id)
    )
    rows = []
    for (product, _pool), valued in sorted(stored.worths.items()):
        if product == product_id:
            rows.append(
                {
                    "id": valued.id, "since_move": last or 0, "since_quantity": valued.stock.quantity,
                    "since_value": valued.stock.value,
                }
            )  # fmt: skip
    session.change_rows(Worth, rows)


def _begin_anew(
    session: Session, stored: Stored, product_id: int, pools: Sequence[tuple[int, Valued]], method: str
) -> None:
    session.flush()
    where = (Layer.company_id == stored.company, Layer.product_id == product_id)
    session.execute(
        sa.delete(Consumption).where(Consumption.company_id == stored.company, Consumption.product_id == product_id)
    )
    session.execute(sa.delete(Layer).where(*where))
    last = session.scalar(
        sa.select(sa.func.max(Move.id)).where(Move.company_id == stored.company, Move.product_id == product_id)
    )
    rows = [
        {
            "product_id": product_id, "pool": pool, "move_id": last, "date": session.today(),
            "quantity": valued.stock.quantity, "value": valued.stock.value, "left_quantity": valued.stock.quantity,
            "left_value": valued.stock.value,
        }
        for pool, valued in pools
        if method in {"fifo", "lifo"} and valued.stock.quantity
    ]  # fmt: skip
    session.write_rows(Layer, rows, company_id=stored.company)
    session.change_rows(Worth, [{"id": valued.id, "method": method} for _pool, valued in pools])


def revalue(
    session: Session, *, product_id: int, amount: Decimal, reason: str, date: Date | None = None
) -> dict[str, Any]:
    """Add to what a product in stock is worth, or take from it."""
    stored, pools = _valued(session, product_id)
    own = [(pool, valued) for pool, valued in pools if valued.stock.quantity > 0]
    if not own or any(valued.method == "standard" for _pool, valued in own):
        raise RuleBroken(
            _("Nothing of it is there that could be valued otherwise."),
            remedy=_("Set the standard cost of goods that have one."),
        )
    weights = [valued.stock.quantity for _pool, valued in own]
    parts = split(amount, weights, stored.currency)
    values = {pool: valued.stock.value + part for (pool, valued), part in zip(own, parts, strict=True)}
    if any(value < 0 for value in values.values()):
        said = _("Stock is not worth less than nothing.")
        raise RuleBroken(said, fields={"amount": [said]})
    return _to_values(session, stored, product_id, date, own, values, reason=reason)
