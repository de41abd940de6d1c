"""What accounts stood at and what moved, of one company or several, whole or of some dimensions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import sqlalchemy as sa
from backoffice_accounting.balances import NOTHING, Standing, Sums, as_of_days, moved
from backoffice_accounting.currencies import rate_on
from backoffice_accounting.models import Account, Entry, Line

from backoffice.core.api import Company, Read, Session, among
from backoffice.hookspecs import messages

_ = messages("accounting")

Figures = dict[int, Decimal]
"""Amounts by account."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose figures are asked for."""

    companies: Sequence[int]
    set_ids: Sequence[int] | None = None
    """Sets of dimensions whose lines count; left out, every line."""


class _Together:
    """The figures of spans of days beside each other, read together when one of them is asked for."""

    def __init__(self, session: Session, asked: Asked, spans: Sequence[tuple[date, date]]) -> None:
        self.session, self.asked, self.spans = session, asked, spans
        self._known: dict[str, list[Figures]] = {}

    def measured(self, measure: str, place: int) -> Figures:
        if measure not in self._known:
            self._known[measure] = MEASURES[measure](self)
        return self._known[measure][place]


class Span:
    """The figures of a span of days, read when they are asked for; ``together`` with those of others beside it."""

    def __init__(
        self, session: Session, asked: Asked, first: date, last: date, *, together: _Together | None = None,
        place: int = 0,
    ) -> None:  # fmt: skip
        self.session, self.asked, self.first, self.last = session, asked, first, last
        self._together, self._place = together or _Together(session, asked, [(first, last)]), place

    def measured(self, measure: str) -> Figures:
        """Return the figures of ``measure``: ``opening``, ``movement``, ``closing`` or ``cash``."""
        return self._together.measured(measure, self._place)


def side_by_side(session: Session, asked: Asked, spans: Sequence[tuple[date, date]]) -> list[Span]:
    """Return spans, first and last days, whose figures are read together."""
    together = _Together(session, asked, spans)
    return [Span(session, asked, *span, together=together, place=place) for place, span in enumerate(spans)]


def _opening(of: _Together) -> list[Figures]:
    """Return what accounts stood at before the first days."""
    return _standing(of, [first - timedelta(days=1) for first, _last in of.spans])


def _closing(of: _Together) -> list[Figures]:
    """Return what accounts stand at on the last days."""
    return _standing(of, [last for _first, last in of.spans])


def _standing(of: _Together, days: Sequence[date]) -> list[Figures]:
    return [_balances(sums) for sums in sums_at(of.session, of.asked, days)]


def _movement(of: _Together) -> list[Figures]:
    """Return what moved, closing entries left out."""
    found: list[Figures] = [{} for _span in of.spans]
    for company in of.asked.companies:
        several = moved(of.session, of.spans, set_ids=of.asked.set_ids, company_id=company)
        for figures, sums in zip(found, several, strict=True):
            figures.update(_balances(sums))
    return found


def _cash(of: _Together) -> list[Figures]:
    """Return what stands against cash in the entries that moved it."""
    return [_against_cash(of.session, of.asked, first, last) for first, last in of.spans]


MEASURES: Mapping[str, Callable[[_Together], list[Figures]]] = {
    "opening": _opening, "movement": _movement, "closing": _closing, "cash": _cash,
}  # fmt: skip


def sums_at(session: Session, asked: Asked, days: Sequence[date]) -> list[Standing]:
    """Return what accounts stand at when each of ``days`` ends."""
    found: list[Standing] = [{} for _day in days]
    for company in asked.companies:
        several = as_of_days(session, days, set_ids=asked.set_ids, company_id=company)
        for one, sums in zip(found, several, strict=True):
            one.update(sums)
    return found


def rates_to(session: Session, companies: Sequence[int], target: str, day: date) -> dict[int, Decimal]:
    """Return what a unit of each company's currency costs in ``target`` on ``day``."""
    rows = _CURRENCIES.rows(session, companies=list(companies))
    return {id_: rate_on(session, code, target, day) for id_, code in rows}


_CURRENCIES = Read(sa.select(Company.id, Company.currency).where(among(Company.id, "companies")))


def _balances(sums: dict[int, Sums]) -> Figures:
    return {id_: one.balance for id_, one in sums.items() if one != NOTHING}


def _against_cash(session: Session, asked: Asked, first: date, last: date) -> Figures:
    cash = sa.select(Account.id).where(Account.company_id.in_(asked.companies), Account.subtype.in_(("bank", "cash")))
    moved = sa.select(Line.entry_id).where(Line.account_id.in_(cash), Line.date.between(first, last)).distinct()
    total = sa.type_coerce(sa.func.sum(Line.amount), Line.__table__.c.amount.type)
    statement = (
        sa.select(Line.account_id, total)
        .join(Entry, Entry.id == Line.entry_id)
        .where(
            Line.entry_id.in_(moved), Entry.state == "posted", Line.account_id.not_in(cash),
            Entry.company_id.in_(asked.companies),
        )
        .group_by(Line.account_id)
    )  # fmt: skip
    if asked.set_ids is not None:
        statement = statement.where(Line.dimension_set_id.in_(list(asked.set_ids)))
    return {row[0]: row[1] for row in session.execute(statement)}


def companies_of(session: Session, several: bool) -> list[int]:
    """Return the session's company, or with ``several`` every company the person may see."""
    if not several:
        return [session.company_id] if session.company_id is not None else []
    statement = sa.select(Company.id).order_by(Company.id)
    if session.context.companies is not None:
        statement = statement.where(Company.id.in_(sorted(session.context.companies)))
    return list(session.scalars(statement))
