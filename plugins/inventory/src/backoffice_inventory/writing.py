"""Write what papers moved: documents, moves, layers and what was taken of them, changes of value, worths, balances."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from backoffice.core.api import Session, fold

from . import announcing, picking
from .models import Consumption, Document, Move, ValueChange
from .models import Layer as LayerRow
from .shapes import Change, Paper, Pending
from .valuing import Layer, Taken

if TYPE_CHECKING:
    from .moving import Mover

PATTERNS = {
    "receipt": "IN", "delivery": "OUT", "customer_return": "RET", "supplier_return": "RTS", "transfer": "TRF",
    "scrap": "SCR", "count": "CNT", "opening": "OPN", "production": "PRD", "drop_shipment": "DRP",
    "revaluation": "VAL", "landed_cost": "LND", "correction": "COR",
}  # fmt: skip


def write(mover: Mover) -> None:
    """Write all that the papers of ``mover`` changed."""
    session, company = mover.session, mover.stored.company
    for paper in mover.papers:
        paper.asked = announcing.asked_of(paper)
    write_documents(session, mover.papers, company)
    moves = [move for paper in mover.papers for move in paper.moves]
    ids = session.insert_rows(Move, [_row(move) for move in moves], company_id=company)
    for move, id_ in zip(moves, ids, strict=True):
        move.id = id_
    _write_stocks(mover)
    for paper in mover.papers:
        write_changes(session, paper, paper.changes, company)
    mover.stored.write_worths(mover.days)
    mover.stored.write_balances()
    picking.write_aside(mover)


# -- documents ---------------------------------------------------------------------------------------------------------


def write_documents(session: Session, papers: Sequence[Paper], company: int) -> None:
    """Write the documents of papers, each with the next number of its kind, now or just before the commit."""
    _number(session, papers)
    rows = [
        {
            "kind": paper.kind, "date": paper.date, "state": paper.state, "party_id": paper.party_id,
            "reference": paper.reference, "source": paper.source, "source_key": paper.key,
            "reverses_id": paper.reverses_id, "bound_for_id": paper.bound_for_id, "reason": paper.reason,
            "number": paper.number, "asked": paper.asked, "search_key": _found_by(paper),
        }
        for paper in papers
    ]  # fmt: skip
    for paper, id_ in zip(papers, session.insert_rows(Document, rows, company_id=company), strict=True):
        paper.id = id_
    written = [(paper, paper.number, paper.asked) for paper in papers]
    session.late(("inventory", "number"), lambda late: _complete(late, written))


def _number(session: Session, papers: Sequence[Paper]) -> None:
    """Give papers their numbers where nobody waits for them, else let them have theirs just before the commit."""
    for (kind, year), some in _by_series(papers).items():
        series, pattern = f"inventory.{kind}", f"{PATTERNS[kind]}/{{year}}/{{n:05}}"
        given = session.numbers_at_once(series=series, count=len(some), year=year, pattern=pattern)
        for n, paper in enumerate(some):
            if given is not None:
                paper.number = given[n]
            else:
                assign = partial(setattr, paper, "number")
                session.number(series=series, year=year, pattern=pattern, assign=assign)


def _by_series(papers: Sequence[Paper]) -> dict[tuple[str, int], list[Paper]]:
    found: dict[tuple[str, int], list[Paper]] = {}
    for paper in papers:
        found.setdefault((paper.kind, paper.date.year), []).append(paper)
    return found


def _complete(session: Session, written: Sequence[tuple[Paper, str | None, Decimal]]) -> None:
    """Write the numbers of papers, and what the books were asked for, where it became known after they were written."""
    session.change_rows(
        Document,
        [
            {"id": paper.id, "number": paper.number, "asked": paper.asked, "search_key": _found_by(paper)}
            for paper, number, asked in written
            if (paper.number, paper.asked) != (number, asked)
        ],
    )


def _found_by(paper: Paper) -> str:
    return fold(" ".join(filter(None, (paper.number, paper.reference, paper.key))))


# -- moves and values --------------------------------------------------------------------------------------------------


def _row(move: Pending) -> dict[str, Any]:
    line = move.line
    return {
        "document_id": move.paper.id, "date": move.paper.date, "product_id": line.product_id,
        "lot_id": move.lot or None, "from_id": move.origin.id, "to_id": move.target.id, "quantity": move.quantity,
        "value": move.value, "difference": move.difference, "line": line.key or None, "demand": line.demand,
        "returns_id": move.of.id if move.of is not None and not line.back else None,
        "reverses_id": move.of.id if move.of is not None and line.back else None,
        "entered": line.entered, "unit_id": line.unit_id,
    }  # fmt: skip


def write_changes(session: Session, paper: Paper, changes: Iterable[Change], company: int) -> None:
    """Write changes of value under a paper."""
    rows = [
        {
            "document_id": paper.id, "date": change.date, "product_id": change.product_id, "pool": change.pool,
            "move_id": _id(change.move), "kind": change.kind, "amount": change.amount, "purpose": change.purpose,
        }
        for change in changes
    ]  # fmt: skip
    session.write_rows(ValueChange, rows, company_id=company)


def _id(move: Any) -> int | None:
    """Return the id of a move, which may be one that was written just now."""
    return move.id if isinstance(move, Pending) else move


# -- layers ------------------------------------------------------------------------------------------------------------

Made = tuple[int, int, Layer]
"""A product, whose cost it shares, and a layer of it."""


def _write_stocks(mover: Mover) -> None:
    """Write the layers that were made or used, and what was taken of each."""
    made: list[Made] = []
    touched: dict[int, Layer] = {}
    for (product, pool), valued in mover.stored.worths.items():
        made += [(product, pool, layer) for layer in valued.stock.made]
        touched.update({layer.id: layer for layer in valued.stock.touched if layer.id is not None})
        valued.stock.made, valued.stock.touched = [], []
    made.sort(key=lambda one: one[2].move.id)
    session, company = mover.session, mover.stored.company
    write_layers(session, made, company)
    session.change_rows(
        LayerRow,
        [
            {"id": layer.id, "left_quantity": layer.left, "left_value": layer.left_value}
            for _id, layer in sorted(touched.items())
        ],
    )
    write_taken(session, [(pending.line.product_id, pending.id, one) for pending, one in mover.taken], company)


def write_layers(session: Session, made: Sequence[Made], company: int) -> None:
    """Write new layers and tell each its id."""
    rows = [
        {
            "product_id": product, "pool": pool, "move_id": _id(layer.move), "date": layer.date,
            "quantity": layer.quantity, "value": layer.value, "left_quantity": layer.left,
            "left_value": layer.left_value,
        }
        for product, pool, layer in made
    ]  # fmt: skip
    ids = session.insert_rows(LayerRow, rows, company_id=company)
    for (_product, _pool, layer), id_ in zip(made, ids, strict=True):
        layer.id = id_


def write_taken(session: Session, taken: Iterable[tuple[int, int, Taken]], company: int) -> None:
    """Write what moves took of layers: each with its product and its move."""
    rows = [
        {
            "product_id": product, "layer_id": one.layer.id, "move_id": move_id, "quantity": one.quantity,
            "value": one.value,
        }
        for product, move_id, one in taken
    ]  # fmt: skip
    session.write_rows(Consumption, rows, company_id=company)
