"""The books of the month beside an independent reckoning of the same orders."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from typing import Final, Literal

import sqlalchemy as sa
from backoffice_sales.api import Order, Payment

from backoffice.core.api import Desk, Session
from backoffice.hookspecs import Column, Row, Table, messages

from .orders import UNTIL

_ = messages("demo")

DOCUMENTS: Final = {"documents": 2025, "invoices": 1699, "credit_notes": 326}
"""What the file holds, counted by a script that knows nothing of this program."""

CLASSES: Final = {
    "goods_sold": "4000",
    "goods_returned": "4100",
    "carriage": "4200",
    "discounts": "4300",
    "manual": "4400",
    "other": "4900",
    "bank_charges": "6100",
    "marketplace_fees": "6200",
}
"""Class of the reckoning → account."""

NAMES: Final[Mapping[str, str]] = {
    "documents": _("Documents"),
    "invoices": _("Invoices"),
    "credit_notes": _("Credit notes"),
    "receivable": _("Receivables and what was paid of them"),
    "goods_sold": _("Goods sold"),
    "goods_returned": _("Goods returned"),
    "carriage": _("Carriage"),
    "discounts": _("Discounts"),
    "manual": _("Manual charges"),
    "other": _("Other income"),
    "bank_charges": _("Bank charges"),
    "marketplace_fees": _("Marketplace fees"),
    "stock": _("Stock as the moves have it, and in the books"),
    "drift": _("Differences in stock"),
}
"""What the figures are called."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of ours beside the one it should be."""

    name: str
    found: Decimal | int
    expected: Decimal | int

    @property
    def agrees(self) -> bool:
        """Whether the two are equal."""
        return self.found == self.expected


def figures(desk: Desk) -> tuple[Figure, ...]:
    """Return every figure of the month."""
    ledger = _ledger(desk)
    with desk.reading(fresh=True) as session:
        counts, paid = _counts(session), _paid(session)
    counted = [Figure(name, counts[name], wanted) for name, wanted in DOCUMENTS.items()]
    wanted = _reference()
    open_ = Figure("receivable", ledger.get("1100", Decimal(0)) + paid, wanted["receivable"])
    classes = [Figure(name, ledger.get(code, Decimal(0)), wanted[name]) for name, code in CLASSES.items()]
    return (*counted, open_, *classes, *_stock(desk, ledger))


def _stock(desk: Desk, ledger: Mapping[str, Decimal]) -> Iterator[Figure]:
    answer = desk.report("inventory.valuation", {"date": UNTIL})
    place = [column.name for column in answer.columns].index("value")
    yield Figure("stock", ledger.get("1300", Decimal(0)), sum((row.cells[place] for row in answer.rows), Decimal(0)))
    yield Figure("drift", len(desk.execute("inventory.check")["drift"]), 0)


def _ledger(desk: Desk) -> dict[str, Decimal]:
    """Return what each account comes to at the end of the month, debit above zero."""
    answer = desk.report("accounting.trial_balance", {"until": UNTIL})
    names = [column.name for column in answer.columns]
    cells = [dict(zip(names, row.cells, strict=True)) for row in answer.rows]
    return {one["code"]: (one["debit"] or Decimal(0)) - (one["credit"] or Decimal(0)) for one in cells}


def _reference() -> dict[str, Decimal]:
    with files(__package__).joinpath("reference_2010-12.csv").open(encoding="utf-8") as lines:
        return {row["class"]: Decimal(row["balance"]) for row in csv.DictReader(lines)}


def _counts(session: Session) -> dict[str, int]:
    rows = session.execute(
        sa.select(Order.kind, sa.func.count()).where(Order.company_id == session.company_id).group_by(Order.kind)
    )
    found = dict(rows.all())
    invoices = found.get("order", 0) + found.get("adjustment", 0)
    return {
        "documents": invoices + found.get("return", 0), "invoices": invoices, "credit_notes": found.get("return", 0)
    }  # fmt: skip


def _paid(session: Session) -> Decimal:
    wanted = sa.select(sa.func.sum(Payment.amount)).where(Payment.company_id == session.company_id)
    return session.scalar(wanted) or Decimal(0)


def tables(found: Iterable[Figure]) -> Iterator[Table]:
    """Yield the figures as tables, counts apart from amounts."""
    every = list(found)
    yield _table([one for one in every if isinstance(one.expected, int)], "quantity", "")
    yield _table([one for one in every if not isinstance(one.expected, int)], "money", "GBP")


def _table(found: Iterable[Figure], kind: Literal["quantity", "money"], currency: str) -> Table:
    columns = (
        Column("figure", _("Figure")),
        Column("found", _("Here"), kind, currency=currency),
        Column("expected", _("Reference"), kind, currency=currency),
        Column("agrees", _("Agrees"), "boolean"),
    )
    rows = [Row((NAMES[one.name], one.found, one.expected, one.agrees)) for one in found]
    return Table(columns, rows, title=_("Compared with an independent reckoning"))


__all__ = ["Figure", "figures", "tables"]
