"""Reports of assets: register, movement schedule, forecast, and what is still deferred."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import InvalidInput, Session, format_date, translate
from backoffice.hookspecs import Column, Link, Row, Table, TableChart, messages

from .assets import company_of, year_start
from .models import DEFERRAL_KINDS, Asset, Category, Deferral, DeferralLine, Line, Movement
from .schedules import ZERO
from .spans import MONTHS, period_end

_ = messages("assets")

ADDED = ("acquisition", "opening", "transfer")
FIGURES = (
    ("opening_cost", _("Cost at the start")),
    ("additions", _("Additions")),
    ("revaluations", _("Revaluations")),
    ("disposals", _("Disposals")),
    ("closing_cost", _("Cost at the end")),
    ("opening_depreciation", _("Depreciated at the start")),
    ("charge", _("Depreciation of the span")),
    ("impairments", _("Impairments")),
    ("released", _("Released by disposals")),
    ("closing_depreciation", _("Depreciated at the end")),
    ("book_value", _("Book value")),
)


def name_in(record: Any, language: str) -> str:
    """Return the name of a record in ``language``, or its plain name where it has none there."""
    return str((record.translations or {}).get(language, {}).get("name") or record.name)


def _check(start: date, end: date) -> None:
    if start > end:
        said = _("The report would end before it begins.")
        raise InvalidInput(said, fields={"until": [said]})


def _figures(session: Session, start: date, end: date, by: Any, *conditions: Any) -> dict[int, list[Decimal]]:
    """Return the figures of each asset or category over a span, added up by the database."""

    def total(column: Any, *when: Any) -> Any:
        return sa.func.sum(sa.case((sa.and_(*when), column), else_=sa.literal(ZERO, column.type)))

    before, within = Movement.date < start, Movement.date >= start
    kind = Movement.kind
    asked = (
        sa.select(
            by,
            total(Movement.cost, before),
            total(Movement.cost, within, kind.in_(ADDED)),
            total(Movement.cost, within, kind == "revaluation"),
            total(Movement.cost, within, kind == "disposal"),
            total(Movement.depreciation, before),
            total(Movement.depreciation, within, kind.in_(("depreciation", "depreciation_undone", "opening"))),
            total(Movement.depreciation, within, kind == "impairment"),
            total(Movement.depreciation, within, kind == "disposal"),
        )
        .select_from(Movement)
        .join(Asset, Asset.id == Movement.asset_id)
        .where(Movement.date <= end, Asset.company_id == session.company_id, *conditions)
        .group_by(by)
    )
    return {row[0]: _complete([value or ZERO for value in row[1:]]) for row in session.execute(asked)}


def _complete(sums: Sequence[Decimal]) -> list[Decimal]:
    opening, added, revalued, disposed, before, charge, impaired, released = sums
    cost = opening + added + revalued + disposed
    depreciated = before + charge + impaired + released
    return [opening, added, revalued, disposed, cost, before, charge, impaired, released, depreciated,
            cost - depreciated]  # fmt: skip


def _columns(currency: str) -> tuple[Column, ...]:
    return tuple(Column(name, label, "money", currency=currency, total=True) for name, label in FIGURES)


def _subtitle(session: Session, start: date, end: date) -> str:
    language = session.context.language
    said = _("{company}, {first} to {until}").with_values(
        company=name_in(company_of(session), language),
        first=format_date(start, language=language),
        until=format_date(end, language=language),
    )
    return translate(said, language)


def register(session: Session, *, until: date, category_id: int | None = None, **span: Any) -> Table:
    """Return every asset with its cost and depreciation at the start, what moved them, and at the end."""
    start = span["from"]
    _check(start, until)
    conditions = () if category_id is None else (Asset.category_id == category_id,)
    figures = _figures(session, start, until, Movement.asset_id, *conditions)
    known = session.execute(
        sa.select(Asset.id, Asset.number, Asset.name, Asset.acquired_on)
        .where(Asset.id.in_(figures))
        .order_by(Asset.number, Asset.id)
    ).all()
    rows = [
        Row((one.number, one.name, one.acquired_on, *figures[one.id]), link=Link(resource="assets.asset", id=one.id))
        for one in known
        if any(figures[one.id])
    ]
    columns = (
        Column("number", _("Number"), "code"),
        Column("name", _("Name")),
        Column("acquired_on", _("Acquired on"), "date"),
        *_columns(company_of(session).currency),
    )
    return Table(columns, rows, subtitle=_subtitle(session, start, until))


def movements(session: Session, *, until: date, **span: Any) -> Table:
    """Return the movement schedule: each category with opening, movements and closing of cost and depreciation."""
    start = span["from"]
    _check(start, until)
    figures = _figures(session, start, until, Asset.category_id)
    language = session.context.language
    rows = [
        Row(
            (category.code, name_in(category, language), *figures[category.id]),
            link=Link(report="assets.register", parameters={"from": start, "until": until, "category": category.id}),
        )
        for category in session.scalars(sa.select(Category).order_by(Category.code))
        if category.id in figures and any(figures[category.id])
    ]
    columns = (
        Column("code", _("Code"), "code"),
        Column("name", _("Category")),
        *_columns(company_of(session).currency),
    )
    return Table(columns, rows, subtitle=_subtitle(session, start, until))


def forecast(session: Session, *, until: date | None = None, per: str | None = None) -> Table:
    """Return what depreciation is planned, by period and category."""
    asked = (
        sa.select(Line.date, Asset.category_id, sa.func.sum(Line.amount))
        .join(Asset, Asset.id == Line.asset_id)
        .where(Line.state == "planned", Asset.company_id == session.company_id)
        .group_by(Line.date, Asset.category_id)
    )
    rows = session.execute(asked if until is None else asked.where(Line.date <= until)).all()
    months, begins = MONTHS[per or "year"], year_start(session)
    cells: dict[date, dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for day, category_id, amount in rows:
        cells[period_end(day, months, begins)][category_id] += amount
    return _forecast_table(session, cells)


def _forecast_table(session: Session, cells: dict[date, dict[int, Decimal]]) -> Table:
    currency, language = company_of(session).currency, session.context.language
    used = {category_id for row in cells.values() for category_id in row}
    categories = [one for one in session.scalars(sa.select(Category).order_by(Category.code)) if one.id in used]
    columns = (
        Column("until", _("Period until"), "date"),
        *(Column(f"c{one.id}", name_in(one, language), "money", currency=currency, total=True) for one in categories),
        Column("total", _("Total"), "money", currency=currency, total=True),
    )
    rows = [
        Row((day, *(row.get(one.id, ZERO) for one in categories), sum(row.values(), ZERO)))
        for day, row in sorted(cells.items())
    ]
    chart = TableChart("bar", x="until", y=("total",), label=translate(_("Depreciation to come"), language))
    return Table(columns, rows, chart=chart if rows else None)


def deferred(session: Session, *, until: date, kind: str | None = None) -> Table:
    """Return each deferral with what is recognised until a day and what is still deferred then."""
    asked = (
        sa.select(Deferral)
        .where(Deferral.state != "draft", Deferral.company_id == session.company_id, Deferral.start_date <= until)
        .order_by(Deferral.kind, Deferral.start_date, Deferral.id)
    )
    found = session.scalars(asked if kind is None else asked.where(Deferral.kind == kind)).all()
    done = _recognised(session, until, [one.id for one in found])
    language = session.context.language
    rows = [
        Row(
            (one.number, translate(DEFERRAL_KINDS[one.kind], language), one.description, one.start_date, one.end_date,
             one.amount, done.get(one.id, ZERO), one.amount - done.get(one.id, ZERO)),
            link=Link(resource="assets.deferral", id=one.id),
        )
        for one in found
    ]  # fmt: skip
    currency = company_of(session).currency
    columns = (
        Column("number", _("Number"), "code"),
        Column("kind", _("Kind")),
        Column("description", _("Description")),
        Column("start_date", _("From"), "date"),
        Column("end_date", _("Until"), "date"),
        Column("amount", _("Amount"), "money", currency=currency, total=True),
        Column("recognised", _("Recognised"), "money", currency=currency, total=True),
        Column("left", _("Still deferred"), "money", currency=currency, total=True),
    )
    return Table(columns, rows)


def _recognised(session: Session, until: date, ids: Iterable[int]) -> dict[int, Decimal]:
    asked = (
        sa.select(DeferralLine.deferral_id, sa.func.sum(DeferralLine.amount))
        .where(DeferralLine.state == "posted", DeferralLine.date <= until, DeferralLine.deferral_id.in_(list(ids)))
        .group_by(DeferralLine.deferral_id)
    )
    return {row[0]: row[1] or ZERO for row in session.execute(asked)}
