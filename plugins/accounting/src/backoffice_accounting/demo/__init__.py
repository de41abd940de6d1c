"""A month of a real trading company in the books: load it, and compare it with an independent reckoning.

The data is an excerpt of *Online Retail*; see ``ATTRIBUTION.md`` beside this file.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any, Final, Literal, Protocol

import sqlalchemy as sa
from backoffice_accounting import online_retail as data
from backoffice_accounting.models import Account, FiscalYear, Invoice, InvoiceLine, Journal
from backoffice_parties.models import Party

from backoffice.core.api import Session
from backoffice.hookspecs import Column, Row, Table, messages

_ = messages("accounting")

Progress = Callable[..., None]
"""Called as ``progress(done, total)`` with how many documents are done, and of how many."""

PER_TRANSACTION: Final = 250
UNTIL: Final = date(2010, 12, 31)

JOURNALS: Final = (
    {"code": "SAL", "name": "Sales", "name_ar": "المبيعات", "kind": "sale"},
    {"code": "PUR", "name": "Purchases", "name_ar": "المشتريات", "kind": "purchase"},
    {"code": "BNK", "name": "Bank", "name_ar": "البنك", "kind": "bank"},
    {"code": "GEN", "name": "General", "name_ar": "القيود العامة", "kind": "general"},
)


NAMES: Final[Mapping[str, str]] = {
    "documents": _("Documents"),
    "invoices": _("Invoices"),
    "credit_notes": _("Credit notes"),
    "lines": _("Lines"),
    "net": _("Net value"),
    "receivable": _("Receivables"),
    "goods_sold": _("Goods sold"),
    "goods_returned": _("Goods returned"),
    "carriage": _("Carriage"),
    "discounts": _("Discounts"),
    "manual": _("Manual charges"),
    "other": _("Other income"),
    "bank_charges": _("Bank charges"),
    "marketplace_fees": _("Marketplace fees"),
}
"""What the figures are called."""


class Desk(Protocol):
    """What loading needs of a desk."""

    def execute(self, name: str, arguments: Mapping[str, Any] | None = None, /, **more: Any) -> Any:
        """Do an action."""

    def execute_many(self, name: str, many: Iterable[Mapping[str, Any]], *, per_transaction: int = 100) -> list[Any]:
        """Do an action many times."""

    def report(self, name: str, parameters: Mapping[str, Any] | None = None, /, **more: Any) -> Any:
        """Ask a report."""

    def reading(self) -> Any:
        """Give a session that reads."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure in the books beside that of the independent reckoning."""

    name: str
    found: Decimal | int
    expected: Decimal | int

    @property
    def agrees(self) -> bool:
        """Whether the two are equal."""
        return self.found == self.expected


@dataclass(frozen=True, slots=True)
class Summary:
    """What loading did and what the books say now."""

    parties_added: int
    documents_added: int
    documents_there: int
    figures: data.Figures
    comparisons: tuple[Comparison, ...]
    trial_balance: Any
    """The table of ``accounting.trial_balance`` at the end of the month."""
    balances_right: bool

    def __iter__(self) -> Iterator[Table]:
        """Yield the tables to print: counts and amounts beside those of the reckoning."""
        counts = [one for one in self.comparisons if isinstance(one.expected, int)]
        yield figures_table(counts, "quantity")
        yield figures_table([one for one in self.comparisons if one not in counts], "money")

    @property
    def agrees(self) -> bool:
        """Whether every figure agrees and the stored balances are what the lines add up to."""
        return self.balances_right and all(comparison.agrees for comparison in self.comparisons)


def orders() -> list[data.Order]:
    """Return the documents of December 2010."""
    packed = files(__package__).joinpath("online_retail_2010-12.csv.gz").read_bytes()
    return list(data.read(io.StringIO(gzip.decompress(packed).decode(), newline="")))


def reference() -> dict[str, Decimal]:
    """Return what each account comes to in the independent reckoning, debit above zero, by class."""
    with files(__package__).joinpath("reference_2010-12.csv").open(encoding="utf-8") as lines:
        return {row["class"]: Decimal(row["balance"]) for row in csv.DictReader(lines)}


def load(desk: Desk, progress: Progress | None = None) -> Summary:
    """Load every document of December 2010 that is not in the books of the desk's company yet.

    Makes what is missing first: a chart of accounts, journals, the year, customers. Doing it again changes nothing.
    """
    tell = progress or _silent
    wanted = orders()
    tell(0, len(wanted))
    prepare(desk)
    parties_added = _add_parties(desk, wanted)
    there = _known(desk, Invoice.source_key, Invoice.source == data.SOURCE)
    missing = [order for order in wanted if order.number not in there]
    _add_documents(desk, missing, lambda done: tell(len(wanted) - len(missing) + done, len(wanted)))
    tell(len(wanted), len(wanted))
    return _summary(desk, parties_added, len(missing), len(wanted) - len(missing))


load.reports = {"accounting.trial_balance": {"until": UNTIL}}  # type: ignore[attr-defined]  # printed by `backoffice demo`


def _silent(done: int, total: int) -> None:
    """Tell nobody."""


def figures_table(comparisons: Iterable[Comparison], kind: Literal["quantity", "money"]) -> Table:
    """Return figures of one kind in the books beside those of the independent reckoning."""
    currency = "GBP" if kind == "money" else ""
    columns = (
        Column("figure", _("Figure")),
        Column("found", _("In the books"), kind, currency=currency),
        Column("expected", _("Reference"), kind, currency=currency),
        Column("agrees", _("Agrees"), "boolean"),
    )
    rows = [Row((NAMES[one.name], one.found, one.expected, one.agrees)) for one in comparisons]
    return Table(columns, rows, title=_("Compared with an independent reckoning"))


def prepare(desk: Desk) -> None:
    """Make the chart of accounts, the journals and the year 2010 where they are missing."""
    chart = files(__package__).joinpath("chart.csv").read_text(encoding="utf-8")
    desk.execute("accounting.import_chart", chart=chart)
    journals = _known(desk, Journal.code)
    for journal in JOURNALS:
        if journal["code"] not in journals:
            desk.execute("accounting.journal.create", journal)
    # The independent reckoning rounds once a document.
    desk.execute("core.set_setting", plugin="taxes", name="nets", value="document", organization_wide=False)
    if "2010" not in _known(desk, FiscalYear.code):
        desk.execute("accounting.open_year", start=date(2010, 1, 1))


def _known(desk: Desk, column: Any, *conditions: Any) -> set[Any]:
    with desk.reading() as session:
        return set(session.scalars(sa.select(column).where(*_own(session, column.class_), *conditions)))


def _own(session: Session, model: Any) -> Sequence[Any]:
    return [model.company_id == session.company_id] if hasattr(model, "company_id") else []


def _add_parties(desk: Desk, wanted: Iterable[data.Order]) -> int:
    there = _known(desk, Party.code)
    customers = {order.customer: order.country for order in wanted}
    missing = [_party(code, country) for code, country in customers.items() if code not in there]
    desk.execute_many("parties.party.create", missing, per_transaction=PER_TRANSACTION)
    return len(missing)


def _party(code: str, country: str) -> dict[str, Any]:
    if code == data.NO_CUSTOMER:
        return {"code": code, "name": "Customers without an account", "name_ar": "عملاء بلا حساب", "customer": True}
    place = data.COUNTRIES.get(country)
    return {
        "code": code, "name": f"Customer {code}", "name_ar": f"العميل {code}", "customer": True, "country": place
    }  # fmt: skip


def _add_documents(desk: Desk, missing: Sequence[data.Order], tell: Callable[[int], None]) -> None:
    with desk.reading() as session:
        parties = _ids(session, Party)
        accounts = _ids(session, Account)
    for start in range(0, len(missing), PER_TRANSACTION):
        some = missing[start : start + PER_TRANSACTION]
        invoices = [data.invoice_of(order, party_id=parties[order.customer], account_ids=accounts) for order in some]
        desk.execute_many("accounting.issue_invoice", invoices, per_transaction=PER_TRANSACTION)
        tell(start + len(some))


def _ids(session: Session, model: Any) -> dict[str, int]:
    rows = session.execute(sa.select(model.code, model.id).where(*_own(session, model)))
    return {row.code: row.id for row in rows}


def _summary(desk: Desk, parties_added: int, documents_added: int, documents_there: int) -> Summary:
    table = desk.report("accounting.trial_balance", until=UNTIL)
    figures = _figures(desk)
    expected = data.REFERENCE
    names = ("documents", "invoices", "credit_notes", "lines", "net")
    counts = [Comparison(name, getattr(figures, name), getattr(expected, name)) for name in names]
    balances = _balances(table)
    codes = {"receivable": data.RECEIVABLE, **data.ACCOUNTS}
    accounts = [Comparison(name, balances.get(codes[name], Decimal(0)), due) for name, due in reference().items()]
    right = desk.execute("accounting.verify_balances")["right"]
    return Summary(
        parties_added, documents_added, documents_there, figures, (*counts, *accounts), table, bool(right)
    )  # fmt: skip


def _figures(desk: Desk) -> data.Figures:
    """Return what the documents in the books come to, asked of the database."""
    with desk.reading() as session:
        own = (Invoice.company_id == session.company_id, Invoice.source == data.SOURCE)
        by_kind = {
            kind: (count, total)
            for kind, count, total in session.execute(
                sa.select(Invoice.kind, sa.func.count(Invoice.id), sa.func.sum(Invoice.total))
                .where(*own)
                .group_by(Invoice.kind)
            )
        }
        lines = session.scalar(
            sa.select(sa.func.count(InvoiceLine.id)).join(Invoice, Invoice.id == InvoiceLine.invoice_id).where(*own)
        )
    invoices, charged = by_kind.get("invoice", (0, Decimal(0)))
    credit_notes, credited = by_kind.get("credit_note", (0, Decimal(0)))
    return data.Figures(invoices + credit_notes, invoices, credit_notes, lines or 0, charged - credited)


def _balances(table: Any) -> dict[str, Decimal]:
    place = {column.name: index for index, column in enumerate(table.columns)}
    return {
        row.cells[place["code"]]: (row.cells[place["debit"]] or Decimal(0)) - (row.cells[place["credit"]] or Decimal(0))
        for row in table.rows
    }


__all__ = ["Comparison", "Progress", "Summary", "load", "orders", "prepare", "reference"]
