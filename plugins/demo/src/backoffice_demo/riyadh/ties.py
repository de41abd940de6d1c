"""Documents, ledger and tax return of the quarter side by side: three ways to the same figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from backoffice_accounting.api import Invoice, InvoiceTax

from backoffice.core.api import Desk, Session, convert
from backoffice.hookspecs import Column, Row, Table, messages

_ = messages("demo")

FROM, UNTIL = date(2025, 10, 1), date(2025, 12, 31)
OUTPUT, INPUT = "2110", "1130"
SALES: Final = ("4101", "4102", "4103")

SIGNS: Final = {"invoice": 1, "credit_note": -1}
PURCHASES: Final = {"bill": 1, "bill_credit": -1}
ONE: Final = Decimal(1)

NAMES: Final = {
    "sales": _("Sales without tax"),
    "output": _("Tax on sales"),
    "due": _("Tax due for the quarter"),
}


@dataclass(frozen=True, slots=True)
class Tie:
    """One figure, read from the documents, from the ledger and from the return."""

    name: str
    documents: Decimal
    ledger: Decimal
    declared: Decimal

    @property
    def agrees(self) -> bool:
        """Whether the three are equal."""
        return self.documents == self.ledger == self.declared


def ties(desk: Desk) -> tuple[Tie, ...]:
    """Return the figures of the quarter."""
    with desk.reading() as session:
        papers = _papers(session)
    ledger, boxes = _ledger(desk), _boxes(desk)
    sold = -sum((ledger.get(code, Decimal(0)) for code in SALES), Decimal(0))
    owed, recovered = -ledger.get(OUTPUT, Decimal(0)), ledger.get(INPUT, Decimal(0))
    return (
        Tie("sales", papers["net"], sold, boxes["6"]["base"]),
        Tie("output", papers["tax"], owed - papers["self"], boxes["6"]["tax"]),
        Tie("due", papers["tax"] + papers["self"] - papers["recovered"], owed - recovered, boxes["16"]["tax"]),
    )


def _papers(session: Session) -> dict[str, Decimal]:
    """Return what the documents say, in riyals: sales, their tax, tax owed in place of suppliers, tax recovered."""
    own = (Invoice.company_id == session.company_id, Invoice.date.between(FROM, UNTIL), Invoice.state != "draft")
    found = dict.fromkeys(("net", "tax", "self", "recovered"), Decimal(0))
    for kind, net, tax in session.execute(sa.select(Invoice.kind, Invoice.net, Invoice.tax_total).where(*own)):
        if kind in SIGNS:
            found["net"] += net * SIGNS[kind]
            found["tax"] += tax * SIGNS[kind]
    taxes = sa.select(Invoice.kind, Invoice.rate, InvoiceTax.amount, InvoiceTax.charged, InvoiceTax.deductible)
    for kind, rate, amount, charged, deductible in session.execute(taxes.join(InvoiceTax.invoice).where(*own)):
        if kind in PURCHASES:
            found["self"] += convert(amount - charged, rate or ONE, "SAR") * PURCHASES[kind]
            found["recovered"] += convert(deductible, rate or ONE, "SAR") * PURCHASES[kind]
    return found


def _ledger(desk: Desk) -> Mapping[str, Decimal]:
    """Return what each account moved by in the quarter, debit above zero."""
    answer = desk.report("accounting.trial_balance", {"from": FROM, "until": UNTIL})
    return {
        cells["code"]: (cells["debit"] or Decimal(0)) - (cells["credit"] or Decimal(0))
        for cells in _named(answer)
        if cells["code"]
    }


def _boxes(desk: Desk) -> Mapping[str, Mapping[str, Decimal]]:
    """Return the boxes of the return by their number."""
    answer = desk.report("taxes.tax_return", {"form": "SA-VAT", "from": FROM, "until": UNTIL})
    return {
        cells["number"]: {"base": cells["base"] or Decimal(0), "tax": cells["tax"] or Decimal(0)}
        for cells in _named(answer)
    }


def _named(answer: Any) -> Iterable[dict[str, Any]]:
    names = [column.name for column in answer.columns]
    return (dict(zip(names, row.cells, strict=True)) for row in answer.rows)


def table(found: Iterable[Tie]) -> Table:
    """Return the figures as a table."""
    columns = (
        Column("figure", _("Figure")),
        Column("documents", _("Documents"), "money", currency="SAR"),
        Column("ledger", _("Ledger"), "money", currency="SAR"),
        Column("declared", _("Tax return"), "money", currency="SAR"),
        Column("agrees", _("Agrees"), "boolean"),
    )
    rows = [Row((NAMES[tie.name], tie.documents, tie.ledger, tie.declared, tie.agrees)) for tie in found]
    return Table(columns, rows, title=_("Documents, ledger and tax return"))


__all__ = ["Tie", "table", "ties"]
