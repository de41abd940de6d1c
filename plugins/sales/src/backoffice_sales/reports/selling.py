"""What was sold: net amounts that were invoiced, credit notes taken off, by day, month, country, customer or item."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

import sqlalchemy as sa
from backoffice_parties.models import Party
from backoffice_sales.models import Movement, Order, OrderLine
from backoffice_sales.progress import ZERO

from backoffice.core.api import Company, Session, country_name, format_date
from backoffice.hookspecs import Column, Link, Row, Table, TableChart, messages

_ = messages("sales")

GROUPS: Final = {
    "month": _("Month"),
    "day": _("Day"),
    "country": _("Country"),
    "customer": _("Customer"),
    "item": _("Item"),
}
KINDS: Final[Mapping[str, Literal["date", "code"]]] = {"day": "date", "item": "code"}
"""What stands in the first column, where that is no text."""

BILLED: Final = ("invoiced", "credited")


@dataclass(frozen=True, slots=True)
class Sold:
    """What one group comes to, and what it is called."""

    key: Any
    name: str
    quantity: Decimal
    net: Decimal
    cost: Decimal = ZERO

    @property
    def margin(self) -> Decimal:
        """What is left of the net amount."""
        return self.net - self.cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which sales are asked for."""

    start: date | None = None
    end: date | None = None
    country: str | None = None
    party_id: int | None = None
    item: str | None = None

    def conditions(self, session: Session) -> list[Any]:
        """Return the conditions on movements and their orders and lines."""
        found: list[Any] = [Movement.company_id == session.company_id]
        found += [Movement.date >= self.start] if self.start else []
        found += [Movement.date <= self.end] if self.end else []
        found += [Order.country == self.country] if self.country else []
        found += [Order.party_id == self.party_id] if self.party_id else []
        found += [OrderLine.item == self.item] if self.item else []
        return found

    def narrowed(self, **more: Any) -> dict[str, Any]:
        """Return the parameters of a report about less."""
        said = {
            "from": self.start, "until": self.end, "country": self.country, "party": self.party_id, "item": self.item,
            **more,
        }  # fmt: skip
        return {name: value for name, value in said.items() if value is not None}


def sold(session: Session, group: str, asked: Asked, *, costs: bool = False) -> list[Sold]:
    """Return what was sold, in groups: days and months in their order, others by what they come to."""
    column: Any = {
        "day": Movement.date, "month": Movement.date, "country": Order.country, "customer": Order.party_id,
        "item": OrderLine.item,
    }[group]  # fmt: skip
    signed = sa.case((Movement.kind == "credited", -Movement.quantity), else_=Movement.quantity)
    figures = _grouped(session, column, asked, BILLED, (_typed(signed, Movement.quantity), Movement.amount))
    spent = _costs(session, column, asked) if costs else {}
    rows: dict[Any, list[Decimal]] = {}
    for key, (quantity, net) in figures.items():
        _add(rows, _month(key) if group == "month" else key, (quantity, net, ZERO))
    for key, cost in spent.items():
        _add(rows, _month(key) if group == "month" else key, (ZERO, ZERO, cost))
    names = _names(session, group, rows)
    found = [Sold(key, names(key), *values) for key, values in rows.items()]
    if group in {"day", "month"}:
        return sorted(found, key=lambda one: one.key)
    return sorted(found, key=lambda one: (-one.net, one.name))


def _typed(expression: Any, like: Any) -> Any:
    return sa.type_coerce(expression, like.type)


def _grouped(
    session: Session, column: Any, asked: Asked, kinds: Sequence[str], sums: Sequence[Any]
) -> dict[Any, tuple[Decimal, ...]]:
    """Return sums over movements of some kinds, joined to what the question needs and no more."""
    statement = sa.select(column, *(_typed(sa.func.sum(one), one) for one in sums)).select_from(Movement)
    if column.class_ is Order or asked.country or asked.party_id:
        statement = statement.join(Order, Order.id == Movement.order_id)
    if column.class_ is OrderLine or asked.item:
        statement = statement.join(OrderLine, OrderLine.id == Movement.line_id)
    rows = session.execute(statement.where(*asked.conditions(session), Movement.kind.in_(kinds)).group_by(column))
    return {row[0]: tuple(value or ZERO for value in row[1:]) for row in rows}


def _costs(session: Session, column: Any, asked: Asked) -> dict[Any, Decimal]:
    signed = sa.case((Movement.kind == "returned", -Movement.cost), else_=Movement.cost)
    found = _grouped(session, column, asked, ("shipped", "returned", "reshipped"), (_typed(signed, Movement.cost),))
    return {key: values[0] for key, values in found.items()}


def _month(day: date) -> date:
    return day.replace(day=1)


def _add(rows: dict[Any, list[Decimal]], key: Any, values: Iterable[Decimal]) -> None:
    row = rows.setdefault(key, [ZERO, ZERO, ZERO])
    for place, value in enumerate(values):
        row[place] += value


def _names(session: Session, group: str, rows: Mapping[Any, Any]) -> Callable[[Any], str]:
    language = session.context.language
    if group == "month":
        return lambda key: format_date(key, language=language, style="month")
    if group == "day":
        return lambda key: format_date(key, language=language)
    if group == "country":
        return lambda key: country_name(key, language) if key else "–"
    if group == "customer":
        found = names_of(session, [key for key in rows if key is not None])
        return lambda key: found.get(key, "–")
    return lambda key: str(key or "–")


def names_of(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """Return what parties are called in the language of the session."""
    wanted = sorted(set(ids))
    found: dict[int, str] = {}
    for start in range(0, len(wanted), 400):
        rows = session.execute(
            sa.select(Party.id, Party.name, Party.translations).where(Party.id.in_(wanted[start : start + 400]))
        )
        for id_, name, translations in rows:
            found[id_] = (translations or {}).get(session.context.language, {}).get("name") or name
    return found


def books_currency(session: Session) -> str:
    """Return the currency of the session's company, or nothing."""
    company = session.get(Company, session.company_id) if session.company_id is not None else None
    return company.currency if company is not None else ""


def _link(group: str, one: Sold, asked: Asked) -> Link | None:
    """Return where a row leads: a month to its days, a country to its customers, a customer to what they bought."""
    if group == "month":
        end = (one.key.replace(day=28) + _FIVE_DAYS).replace(day=1) - _ONE_DAY
        more = {"group": "day", "from": max(one.key, asked.start or one.key), "until": min(end, asked.end or end)}
    elif group == "day":
        more = {"group": "item", "from": one.key, "until": one.key}
    elif group == "country" and one.key:
        more = {"group": "customer", "country": one.key}
    elif group == "customer":
        more = {"group": "item", "party": one.key}
    elif group == "item" and one.key:
        more = {"group": "customer", "item": one.key}
    else:
        return None
    return Link(report="sales.sales", parameters=asked.narrowed(**more))


_ONE_DAY: Final = date(2000, 1, 2) - date(2000, 1, 1)
_FIVE_DAYS: Final = 5 * _ONE_DAY


def table(session: Session, group: str, asked: Asked, *, most: int | None = None) -> Table:
    """Return the table of what was sold, with its chart."""
    found = sold(session, group, asked)[:most]
    code = books_currency(session)
    columns = (
        Column("name", GROUPS[group], KINDS.get(group, "text")),
        Column("quantity", _("Quantity"), "quantity", total=True),
        Column("net", _("Net"), "money", total=True, currency=code),
    )
    rows = [
        Row((one.key if group == "day" else one.name, one.quantity, one.net), link=_link(group, one, asked))
        for one in found
    ]
    chart = TableChart("bar", x="name", y=("net",), label=GROUPS[group]) if len(rows) <= 62 else None
    return Table(columns, rows, chart=chart)


def sales(
    session: Session, *, group: str = "month", country: str | None = None, party_id: int | None = None,
    item: str | None = None, **days: Any,
) -> Table:  # fmt: skip
    """Return what was sold; the fields of ``sales.sales``."""
    asked = Asked(start=days.get("from"), end=days.get("until"), country=country, party_id=party_id, item=item)
    return table(session, group, asked)


def margin(
    session: Session, *, group: str = "item", country: str | None = None, party_id: int | None = None, **days: Any
) -> Table:
    """Return what is left of sales after the cost of the goods, where someone counts what they cost."""
    asked = Asked(start=days.get("from"), end=days.get("until"), country=country, party_id=party_id)
    code = books_currency(session)
    columns = (
        Column("name", GROUPS[group], KINDS.get(group, "text")),
        Column("net", _("Net"), "money", total=True, currency=code),
        Column("cost", _("Cost"), "money", total=True, currency=code),
        Column("margin", _("Margin"), "money", total=True, currency=code),
        Column("percent", _("Margin, %"), "percent"),
    )
    rows = [
        Row((one.name, one.net, one.cost, one.margin, round(100 * one.margin / one.net, 1) if one.net else None),
            link=_link(group, one, asked))
        for one in sold(session, group, asked, costs=True)
    ]  # fmt: skip
    return Table(columns, rows, notes=(_("Costs are those of the goods that were shipped, where stock is counted."),))
