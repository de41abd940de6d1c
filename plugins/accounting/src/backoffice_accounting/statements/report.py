"""Statements as tables: columns side by side, each figure linked to what is behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import sqlalchemy as sa
from backoffice_accounting.currencies import company_name
from backoffice_accounting.dimensions.sets import sets_with
from backoffice_accounting.models import Account, AccountChoice, FiscalYear
from backoffice_accounting.posting import ZERO
from backoffice_accounting.reports import name_in

from backoffice.core.api import (
    InvalidInput,
    Read,
    Session,
    among,
    format_date,
    round_amount,
    translate,
)
from backoffice.hookspecs import Column, Link, Row, Table, TableChart, messages

from . import budgeted
from .choosing import Chosen, choose
from .figures import Asked, Figures, Span, companies_of, rates_to, side_by_side
from .layouts import Layout, LayoutLine, layout, terms
from .spans import calendar_of, of_period, spans, written

_ = messages("accounting")

COMPARISONS = {
    "none": _("Nothing"),
    "previous_period": _("The span before"),
    "previous_year": _("The same span a year before"),
    "months": _("Its months side by side"),
}

MEASURE_OF = {"balance": "closing", "result": "movement"}
"""What lines of a kind of statement show."""


def statement(session: Session, *, statement: str, **asked: Any) -> Table:
    """Return the statement of the layout with this code; see :func:`table_of`."""
    return table_of(session, layout(session, statement), **asked)


def balance_sheet(session: Session, **asked: Any) -> Table:
    """Return the balance sheet."""
    return table_of(session, layout(session, "balance_sheet"), **asked)


def profit_and_loss(session: Session, **asked: Any) -> Table:
    """Return the profit and loss account."""
    return table_of(session, layout(session, "profit_and_loss"), **asked)


def cash_flow(session: Session, *, direct: bool = False, **asked: Any) -> Table:
    """Return where cash came from and went to, by balances or ``direct`` by what stands against cash."""
    return table_of(session, layout(session, "cash_flow_direct" if direct else "cash_flow"), **asked)


def changes_in_equity(session: Session, **asked: Any) -> Table:
    """Return how equity changed."""
    return table_of(session, layout(session, "changes_in_equity"), **asked)


@dataclass(frozen=True, slots=True)
class Shown:
    """A column of figures."""

    name: str
    label: str
    span: Span
    measure: str = ""
    """Shown in every line of it, whatever the line says."""


def table_of(
    session: Session,
    shape: Layout,
    *,
    until: date | None = None,
    compare: str = "none",
    columns: int = 1,
    accounts: bool = False,
    dimension_value_id: int | None = None,
    all_companies: bool = False,
    currency: str | None = None,
    line: str | None = None,
    period_id: int | None = None,
    budget_id: int | None = None,
    **span: Any,
) -> Table:
    """Return the table of a layout.

    Args:
        session: reads as the person who asks.
        shape: the layout.
        until: the last day; left out, today. ``from`` is the first; left out, the fiscal year's.
        compare: one of :data:`COMPARISONS`, with ``columns`` earlier spans beside it.
        accounts: every account below its line.
        dimension_value_id: only lines that bear this value.
        all_companies: every company the person may see, together.
        currency: what figures are shown in, at the rate of the last day.
        line: only this line, with its accounts.
        period_id: the days of this period, whatever ``from`` and ``until`` say.
        budget_id: a budget beside the figures, with the difference.
        **span: ``from``.
    """
    chosen = of_period(session, period_id)
    until = chosen.get("until") or until or session.today()
    first = chosen.get("from") or span.get("from") or _beginning(session, until)
    if first > until:
        said = _("The report would end before it begins.")
        raise InvalidInput(said, fields={"until": [said]})
    sets = sets_with(session, [dimension_value_id]) if dimension_value_id is not None else None
    asked = Asked(companies_of(session, all_companies), sets)
    shown = list(_shown(session, shape, asked, first, until, compare, columns))
    if budget_id is not None:
        plan = budgeted.BudgetSpan(session, shown[0].span, budget_id, dimension_value_id)
        shown.insert(1, Shown("budget", plan.name, plan))
    target = currency or company_name(session).currency
    maker = _Maker(session, shape, asked, shown, target, until)
    rows = list(maker.rows(accounts or line is not None, line))
    figures = [Column(one.name, one.label, "money", currency=target) for one in shown]
    if budget_id is not None:
        figures[2:2] = budgeted.columns(target)
    return Table(
        [Column("name", shape.name if not shape.names else name_of(session, shape)), *figures],
        rows,
        title=name_of(session, shape),
        subtitle=_subtitle(session, shape, first, until, all_companies),
        chart=_chart(shown) if not accounts and line is None else None,
        notes=maker.notes(),
    )


def name_of(session: Session, shape: Layout) -> str:
    """Return what a statement is called in the reader's language."""
    return shape.names.get(session.context.language) or shape.name


def _subtitle(session: Session, shape: Layout, first: date, until: date, several: bool) -> str:
    language = session.context.language
    company = name_in(company_name(session), language)
    shown = written(first, until, language, calendar_of(session), last_alone=shape.kind == "balance")
    said = _("{company}, until {until}") if shape.kind == "balance" else _("{company}, {first} to {until}")
    who = translate(_("All companies"), language) if several else company
    return translate(said.with_values(company=who, **shown), language)


def _beginning(session: Session, day: date) -> date:
    """Return the first day of the fiscal year of ``day``, or of its calendar year."""
    found = _YEAR.first(session, company=session.company_id, day=day)
    return found[0] if found is not None else day.replace(month=1, day=1)


def _shown(
    session: Session, shape: Layout, asked: Asked, first: date, until: date, compare: str, columns: int
) -> Iterator[Shown]:
    language = session.context.language
    if shape.kind == "equity":
        span = Span(session, asked, first, until)
        for measure, label in (("opening", _("Opening")), ("movement", _("Moved")), ("closing", _("Closing"))):
            yield Shown(measure, label, span, measure)
        return
    calendar = calendar_of(session)
    beside = side_by_side(session, asked, spans(first, until, compare, columns, calendar))
    for number, span in enumerate(beside):
        whole = compare == "previous_period"
        said = _label(span.first, span.last, language, calendar, shape.kind == "balance" or not whole)
        if compare == "months":
            said = _day(span.first, language, calendar, "month")
        yield Shown("amount" if not number else f"amount_{number}", said, span)


def _label(first: date, until: date, language: str, calendar: str, last_alone: bool) -> str:
    said = _day(until, language, calendar)
    return said if last_alone else f"{_day(first, language, calendar)} – {said}"


def _day(day: date, language: str, calendar: str, style: Literal["medium", "month"] = "medium") -> str:
    return format_date(day, language=language, calendar="hijri" if calendar == "hijri" else "gregorian", style=style)


def _chart(shown: Sequence[Shown]) -> TableChart:
    names = tuple(one.name for one in shown[:3])
    return TableChart("bar", x="name", y=names, label=_("Figures"))


class _Maker:
    """Makes the rows of a statement: figures of accounts first, sums of lines from what was shown."""

    def __init__(
        self, session: Session, shape: Layout, asked: Asked, shown: Sequence[Shown], target: str, until: date
    ) -> None:
        self.session, self.shape, self.asked, self.shown, self.target = session, shape, asked, shown, target
        self.language = session.context.language
        self.planned = any(isinstance(one.span, budgeted.BudgetSpan) for one in shown)
        rows = _ACCOUNTS.rows(session, companies=list(asked.companies))
        self.chosen = choose(shape, [Chosen(*row) for row in rows], self._purposes())
        self.rates = rates_to(session, asked.companies, target, until)
        self.amounts: dict[str, tuple[Decimal, ...]] = {}
        self._figures: dict[tuple[int, str], Figures] = {}

    def _purposes(self) -> Mapping[str, set[int]]:
        if not any("purpose:" in line.accounts for line in self.shape.lines):
            return {}
        found: dict[str, set[int]] = {}
        for purpose, account in _PURPOSES.rows(self.session, companies=list(self.asked.companies)):
            found.setdefault(purpose, set()).add(account)
        return found

    def rows(self, accounts: bool, only: str | None) -> Iterator[Row]:
        """Yield the rows, with ``accounts`` below their lines; ``only`` one line."""
        for line in self.shape.lines:
            amounts = self.amounts[line.code] = self._amounts(line)
            if only is not None and line.code != only:
                continue
            yield self._row(line, amounts)
            if accounts and line.kind == "accounts":
                yield from self._accounts(line)

    def _row(self, line: LayoutLine, amounts: tuple[Decimal, ...]) -> Row:
        name = line.names.get(self.language) or translate(line.name, self.language)
        if line.kind == "heading":
            return Row(
                (name, *(None for _one in self._cells([ZERO] * len(self.shown)))), style="head", level=line.level
            )
        link = self._link(line) if line.kind == "accounts" and any(amounts) else None
        return Row(
            (name, *self._cells(amounts)), style="total" if line.kind == "sum" else "", level=line.level, link=link
        )

    def _cells(self, amounts: Sequence[Decimal]) -> tuple[Decimal | None, ...]:
        """Return the figures of a line; with a budget, its difference after it."""
        return budgeted.cells(amounts) if self.planned else tuple(amounts)

    def _link(self, line: LayoutLine) -> Link:
        ids = {one.id for one in self.chosen[line.code]}
        span = self.shown[0].span
        if len(ids) == 1:
            return self._ledger(ids.pop(), span)
        parameters: dict[str, Any] = {
            "statement": self.shape.code, "line": line.code, "from": span.first, "until": span.last,
        }  # fmt: skip
        return Link(report="accounting.statement", parameters=parameters)

    def _ledger(self, account_id: int, span: Span) -> Link:
        parameters: dict[str, Any] = {"account": account_id, "until": span.last}
        if self.shape.kind != "balance":
            parameters["from"] = span.first
        return Link(report="accounting.general_ledger", parameters=parameters)

    def _amounts(self, line: LayoutLine) -> tuple[Decimal, ...]:
        if line.kind == "heading":
            return ()
        if line.kind == "sum":
            parts = [(sign, self.amounts[code]) for sign, code in terms(line.adds) if self.amounts.get(code)]
            return tuple(sum((sign * amounts[n] for sign, amounts in parts), ZERO) for n in range(len(self.shown)))
        return self._sum(line, self.chosen[line.code])

    def _sum(self, line: LayoutLine, accounts: Sequence[Chosen]) -> tuple[Decimal, ...]:
        return tuple(
            sum((self._amount(line, number, one) for one in accounts), ZERO) for number in range(len(self.shown))
        )

    def _amount(self, line: LayoutLine, number: int, account: Chosen) -> Decimal:
        shown = self.shown[number]
        usual = MEASURE_OF.get(self.shape.kind, "movement")
        measure = shown.measure or (usual if line.measure == "usual" else line.measure)
        key = (number, measure)
        if key not in self._figures:
            self._figures[key] = shown.span.measured(measure)
        amount = self._figures[key].get(account.id, ZERO)
        rate = self.rates.get(account.company_id, Decimal(1))
        if rate != 1:
            amount = round_amount(amount * rate, self.target)
        return -amount if line.turned and amount else amount

    def _accounts(self, line: LayoutLine) -> Iterator[Row]:
        by_code: dict[str, list[Chosen]] = {}
        for one in self.chosen[line.code]:
            by_code.setdefault(one.code, []).append(one)
        for code in sorted(by_code):
            same = by_code[code]
            amounts = self._sum(line, same)
            if any(amounts):
                link = self._ledger(same[0].id, self.shown[0].span) if len(same) == 1 else None
                yield Row(
                    (f"{code} · {name_in(same[0], self.language)}", *self._cells(amounts)),
                    level=line.level + 1,
                    link=link,
                )

    def notes(self) -> tuple[str, ...]:
        """Return what a reader should know of the figures."""
        found = []
        if any(rate != 1 for rate in self.rates.values()):
            found.append(_("Amounts of other currencies are converted at the rate of the last day."))
        if self.planned and self.shape.kind == "balance":
            found.append(_("Accounts nothing is planned for stand in the budget as the year began."))
        return tuple(found)


_ACCOUNTS = Read(
    sa.select(
        Account.id, Account.company_id, Account.code, Account.name, Account.translations, Account.type, Account.subtype
    )
    .where(among(Account.company_id, "companies"), Account.heading.is_(False))
    .order_by(Account.code)
)
_YEAR = Read(
    sa.select(FiscalYear.start_date).where(
        FiscalYear.company_id == sa.bindparam("company"),
        FiscalYear.start_date <= sa.bindparam("day"),
        FiscalYear.end_date >= sa.bindparam("day"),
    )
)
_PURPOSES = Read(
    sa.select(AccountChoice.purpose, AccountChoice.account_id).where(among(AccountChoice.company_id, "companies"))
)
