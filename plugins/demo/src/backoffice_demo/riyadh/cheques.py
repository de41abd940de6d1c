"""Cheques of the quarter, received and issued, some dated ahead: each goes the steps its row tells."""

from __future__ import annotations

from collections.abc import Iterator

from backoffice.core.api import Desk

from . import tables
from .tables import Line

ENTER = {"received": "accounting.receive_cheque", "issued": "accounting.issue_cheque"}


def load(desk: Desk) -> int:
    """Enter the cheques that are missing and let each take the steps it has not taken; return how many were entered."""
    there = {cheque.number: cheque for cheque in desk.list("accounting.cheque").records}
    rows = tables.rows("cheques.csv")
    for row in rows:
        known = there.get(row["number"])
        steps = dict(_steps(row))
        taken = list(steps).index(known.state) + 1 if known is not None and known.state in steps else 0
        id_ = known.id if known is not None else _enter(desk, row)
        for step, day in list(steps.items())[taken:]:
            reason = "رصيد غير كافٍ" if step == "bounced" else None
            desk.execute("accounting.move_cheque", {"id": id_, "step": step, "date": day, "reason": reason})
    return sum(row["number"] not in there for row in rows)


def settled_by_cheque() -> frozenset[str]:
    """Return the keys of the documents that a cheque settles."""
    return frozenset(row["document"] for row in tables.rows("cheques.csv"))


def _enter(desk: Desk, row: Line) -> int:
    given = {
        "number": row["number"],
        "party": row["party"],
        "date": row["date"],
        "due_date": row["due_date"],
        "amount": row["amount"],
        "bank": row["bank"] or None,
        "match": row["document"],
    }
    return int(desk.execute(ENTER[row["direction"]], given)["id"])


def _steps(row: Line) -> Iterator[tuple[str, str]]:
    """Yield the steps of a row, each with its day."""
    for written in filter(None, row["steps"].split("; ")):
        step, day = written.split(" ")
        yield step, day


__all__ = ["load", "settled_by_cheque"]
