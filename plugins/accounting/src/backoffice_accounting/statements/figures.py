"""What accounts stood at and what moved, of one company or several, whole or of some dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

import sqlalchemy as sa
from backoffice_accounting.balances import NOTHING, Sums, as_of, of_dimension_sets
from backoffice_accounting.currencies import rate_on
from backoffice_accounting.models import Account, Entry, Line
from backoffice_accounting.posting import ZERO

from backoffice.core.api import Company, Session
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


class Span:
    """The figures of a span of days, read when they are asked for."""

    def __init__(self, session: Session, asked: Asked, first: date, last: date) -> None:
        self.session, self.asked, self.first, self.last = session, asked, first, last

    @cached_property
    def opening(self) -> Figures:
        """What accounts stood at before the first day."""
        return _balances(self._read(self.first - timedelta(days=1), None))

    @cached_property
    def closing(self) -> Figures:
        """What accounts stand at on the last day."""
        return _balances(self._read(self.last, None))

    @cached_property
    def movement(self) -> Figures:
        """What moved, closing entries left out."""
        end, start = _balances(self._read(self.last, self.first)), self.opening
        return {id_: end.get(id_, ZERO) - start.get(id_, ZERO) for id_ in end.keys() | start.keys()}

    @cached_property
    def cash(self) -> Figures:
        """What stands against cash in the entries that moved it."""
        return _against_cash(self.session, self.asked, self.first, self.last)

    def measured(self, measure: str) -> Figures:
        """Return the figures of ``measure``."""
        found: Figures = getattr(self, measure)
        return found

    def _read(self, day: date, since: date | None) -> dict[int, Sums]:
        return sums_at(self.session, self.asked, day, since)


def sums_at(session: Session, asked: Asked, day: date, since: date | None = None) -> dict[int, Sums]:
    """Return what accounts stand at when ``day`` ends, without closing entries from ``since`` on if that is given."""
    found: dict[int, Sums] = {}
    for company in asked.companies:
        if asked.set_ids is None:
            found.update(as_of(session, day, before_closing_since=since, company_id=company))
        else:
            found.update(of_dimension_sets(session, day, asked.set_ids, company, before_closing_since=since))
    return found


def rates_to(session: Session, companies: Sequence[int], target: str, day: date) -> dict[int, Decimal]:
    """Return what a unit of each company's currency costs in ``target`` on ``day``."""
    rows = session.execute(sa.select(Company.id, Company.currency).where(Company.id.in_(companies)))
    return {id_: rate_on(session, code, target, day) for id_, code in rows}


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
