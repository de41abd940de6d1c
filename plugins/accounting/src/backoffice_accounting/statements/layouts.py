"""Layouts of statements: those that come with the plugin, and those a company made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import sqlalchemy as sa
from backoffice_accounting.models import Statement, StatementLine

from backoffice.core.api import InvalidInput, NotFound, Session
from backoffice.hookspecs import messages

_ = messages("accounting")

RESULT = "type:income,type:expense"
CASH = "subtype:bank,subtype:cash"


@dataclass(frozen=True, slots=True)
class LayoutLine:
    """A line of a layout; see :class:`.StatementLine`."""

    code: str
    name: str
    kind: str = "accounts"
    accounts: str = ""
    adds: str = ""
    measure: str = "usual"
    turned: bool = False
    level: int = 1
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layout:
    """The lines of a statement in their order."""

    code: str
    name: str
    kind: str
    lines: tuple[LayoutLine, ...]
    names: Mapping[str, str] = field(default_factory=dict)


def _of(code: str, name: str, accounts: str, *, turned: bool = False, measure: str = "usual") -> LayoutLine:
    return LayoutLine(code, name, accounts=accounts, turned=turned, measure=measure)


def _head(code: str, name: str) -> LayoutLine:
    return LayoutLine(code, name, "heading", level=0)


def _sum(code: str, name: str, adds: str, level: int = 0) -> LayoutLine:
    return LayoutLine(code, name, "sum", adds=adds, level=level)


BALANCE_SHEET: Final = Layout(
    "balance_sheet", _("Balance sheet"), "balance",
    (
        _head("assets", _("Assets")),
        _of("cash", _("Cash and bank"), CASH),
        _of("receivables", _("Receivables"), "subtype:receivable"),
        _of("inventory", _("Inventory"), "subtype:inventory"),
        _of("prepayments", _("Prepayments"), "subtype:prepayment"),
        _of("current_assets", _("Other current assets"), "subtype:current_asset"),
        _of("fixed_assets", _("Fixed assets"), "subtype:fixed_asset"),
        _of("non_current_assets", _("Other non-current assets"), "subtype:non_current_asset"),
        _of("other_assets", _("Other assets"), "rest:asset"),
        _sum(
            "total_assets", _("Total assets"),
            "cash + receivables + inventory + prepayments + current_assets + fixed_assets + non_current_assets"
            " + other_assets",
        ),
        _head("liabilities", _("Liabilities")),
        _of("payables", _("Payables"), "subtype:payable", turned=True),
        _of("cards", _("Credit cards"), "subtype:card", turned=True),
        _of("taxes", _("Taxes"), "subtype:tax", turned=True),
        _of("current_liabilities", _("Other current liabilities"), "subtype:current_liability", turned=True),
        _of("non_current_liabilities", _("Non-current liabilities"), "subtype:non_current_liability", turned=True),
        _of("other_liabilities", _("Other liabilities"), "rest:liability", turned=True),
        _sum(
            "total_liabilities", _("Total liabilities"),
            "payables + cards + taxes + current_liabilities + non_current_liabilities + other_liabilities",
        ),
        _head("equity", _("Equity")),
        _of("capital", _("Capital and reserves"), "subtype:capital", turned=True),
        _of("retained", _("Retained earnings"), "subtype:retained_earnings", turned=True),
        _of("other_equity", _("Other equity"), "rest:equity", turned=True),
        _of("result", _("Result not yet closed"), RESULT, turned=True),
        _sum("total_equity", _("Total equity"), "capital + retained + other_equity + result"),
        _sum("total", _("Total liabilities and equity"), "total_liabilities + total_equity"),
    ),
)  # fmt: skip

PROFIT_AND_LOSS: Final = Layout(
    "profit_and_loss", _("Profit and loss"), "result",
    (
        _of("revenue", _("Revenue"), "subtype:revenue", turned=True),
        _of("cost", _("Cost of sales"), "subtype:cost_of_sales"),
        _sum("gross", _("Gross profit"), "revenue - cost"),
        _of("operating", _("Operating expenses"), "subtype:operating_expense,rest:expense"),
        _of("depreciation", _("Depreciation"), "subtype:depreciation"),
        _sum("operating_profit", _("Operating profit"), "gross - operating - depreciation"),
        _of("other_income", _("Other income"), "subtype:other_income,rest:income", turned=True),
        _of("other_expense", _("Other expenses"), "subtype:other_expense"),
        _sum("profit", _("Profit"), "operating_profit + other_income - other_expense"),
    ),
)  # fmt: skip

CASH_FLOW: Final = Layout(
    "cash_flow", _("Cash flow"), "result",
    (
        _head("operations", _("Operating activities")),
        _of("profit", _("Profit"), RESULT, turned=True),
        _of("depreciation", _("Depreciation added back"), "subtype:depreciation"),
        _of("receivables", _("Change in receivables"), "subtype:receivable", turned=True),
        _of("inventory", _("Change in inventory"), "subtype:inventory", turned=True),
        _of("payables", _("Change in payables"), "subtype:payable,subtype:card", turned=True),
        _of("taxes", _("Change in taxes"), "subtype:tax", turned=True),
        _of(
            "other", _("Change in other current items"),
            "subtype:prepayment,subtype:current_asset,subtype:current_liability,rest:liability", turned=True,
        ),
        _sum("from_operations", _("Cash from operations"),
             "profit + depreciation + receivables + inventory + payables + taxes + other"),
        _head("investing", _("Investing activities")),
        _of("assets", _("Fixed and other assets, before depreciation"),
            "subtype:fixed_asset,subtype:non_current_asset,rest:asset", turned=True),
        LayoutLine("written_off", _("Depreciation taken off again"), accounts="subtype:depreciation", turned=True),
        _sum("from_investing", _("Cash from investing"), "assets + written_off"),
        _head("financing", _("Financing activities")),
        _of("equity", _("Capital, and profit paid out"),
            "subtype:capital,subtype:retained_earnings,rest:equity", turned=True),
        _of("loans", _("Loans"), "subtype:non_current_liability", turned=True),
        _sum("from_financing", _("Cash from financing"), "equity + loans"),
        _sum("change", _("Change in cash"), "from_operations + from_investing + from_financing"),
        _of("opening", _("Cash at the beginning"), CASH, measure="opening"),
        _sum("closing", _("Cash at the end"), "opening + change"),
    ),
)  # fmt: skip

CASH_FLOW_DIRECT: Final = Layout(
    "cash_flow_direct", _("Cash flow, direct"), "result",
    (
        _of("customers", _("From customers"), "subtype:receivable,type:income", turned=True, measure="cash"),
        _of("suppliers", _("To suppliers"), "subtype:payable,subtype:inventory,subtype:cost_of_sales", turned=True,
            measure="cash"),
        _of("expenses", _("For expenses"), "rest:expense", turned=True, measure="cash"),
        _of("taxes", _("For taxes"), "subtype:tax", turned=True, measure="cash"),
        _of("assets", _("For assets"), "subtype:fixed_asset,subtype:non_current_asset", turned=True, measure="cash"),
        _of("financing", _("From owners and lenders"), "type:equity,subtype:non_current_liability", turned=True,
            measure="cash"),
        _of("other", _("Other"), "rest:asset,rest:liability", turned=True, measure="cash"),
        _sum("change", _("Change in cash"), "customers + suppliers + expenses + taxes + assets + financing + other"),
        _of("opening", _("Cash at the beginning"), CASH, measure="opening"),
        _sum("closing", _("Cash at the end"), "opening + change"),
    ),
)  # fmt: skip

CHANGES_IN_EQUITY: Final = Layout(
    "changes_in_equity", _("Changes in equity"), "equity",
    (
        _of("capital", _("Capital and reserves"), "subtype:capital", turned=True),
        _of("retained", _("Retained earnings"), "subtype:retained_earnings", turned=True),
        _of("other", _("Other equity"), "rest:equity", turned=True),
        _of("result", _("Result not yet closed"), RESULT, turned=True),
        _sum("total", _("Total equity"), "capital + retained + other + result"),
    ),
)  # fmt: skip

READY: Final = {
    one.code: one for one in (BALANCE_SHEET, PROFIT_AND_LOSS, CASH_FLOW, CASH_FLOW_DIRECT, CHANGES_IN_EQUITY)
}
"""The layouts that come with the plugin."""


def layout(session: Session, code: str) -> Layout:
    """Return the company's own layout ``code``, or the ready-made one.

    Raises :class:`~backoffice.core.api.NotFound` when there is neither.
    """
    own = session.scalars(
        sa.select(Statement).where(Statement.company_id == session.company_id, Statement.code == code, Statement.active)
    ).one_or_none()
    if own is not None:
        return _stored(own)
    if code not in READY:
        raise NotFound(
            _("There is no statement {code}.").with_values(code=code),
            remedy=_("Ready-made are {codes}.").with_values(codes=", ".join(READY)),
        )
    return READY[code]


def _stored(own: Statement) -> Layout:
    lines = sorted(own.lines, key=lambda line: (line.sequence, line.id))
    return Layout(
        own.code, own.name, own.kind,
        tuple(
            LayoutLine(
                line.code, line.name, line.kind, line.accounts or "", line.adds or "", line.measure, line.turned,
                line.level, {"ar": line.name_ar} if line.name_ar else {},
            )
            for line in lines
        ),
        {language: said.get("name", "") for language, said in (own.translations or {}).items()},
    )  # fmt: skip


TERM = re.compile(r"\s*([+-]?)\s*([\w.]+)")


def terms(adds: str) -> list[tuple[int, str]]:
    """Return the signs and codes of ``A + B - C``. Raises :class:`~backoffice.core.api.InvalidInput`."""
    found: list[tuple[int, str]] = []
    at = 0
    while at < len(adds.rstrip()):
        match = TERM.match(adds, at)
        if match is None or (found and not match[1]):
            said = _("Write a sum as A + B - C.")
            raise InvalidInput(said, fields={"adds": [said]})
        found.append((-1 if match[1] == "-" else 1, match[2]))
        at = match.end()
    return found


def before_save(session: Session, statement: Statement, values: object) -> None:
    """Check a layout: codes of lines are there once, sums add lines above them, accounts are chosen by known words."""
    known: set[str] = set()
    for number, line in enumerate(sorted(statement.lines, key=lambda one: one.sequence)):
        wrong = _wrong(line, known)
        if wrong:
            raise InvalidInput(
                _("A line of the statement cannot be read."), fields={f"lines.{number}.{wrong[0]}": [wrong[1]]}
            )
        known.add(line.code)


def _wrong(line: StatementLine, known: set[str]) -> tuple[str, str] | None:
    from .choosing import read_tokens

    if line.code in known:
        return "code", _("Another line has this code.")
    if line.kind == "sum":
        missing = [code for _sign, code in terms(line.adds or "") if code not in known]
        if missing or not line.adds:
            return "adds", _("A sum adds lines above it.")
    if line.kind == "accounts":
        try:
            read_tokens(line.accounts or "")
        except InvalidInput as error:
            return "accounts", error.what
    return None
