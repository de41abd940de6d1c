"""Stored balances, read as of any day or over a span of days.

Whole periods come from what is kept of them, the days of a period that is not over from what is kept of each day, and
everything before the last closed year from what was kept when it was closed. So reading costs the same however long
the history is, and however much was posted. :mod:`.verifying` checks what is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from backoffice.core.api import Read, Session, among

from .models import Balance, DayBalance, DimensionBalance, FiscalYear, Period, YearBalance
from .posting import ZERO

MONEY = Balance.__table__.c.debit.type


@dataclass(slots=True, unsafe_hash=True)  # not frozen: they are made by the thousand, and stay as they were made
class Sums:
    """What was debited and credited to an account."""

    debit: Decimal = ZERO
    credit: Decimal = ZERO

    @property
    def balance(self) -> Decimal:
        """Debit less credit."""
        return self.debit - self.credit

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.debit + other.debit, self.credit + other.credit)

    def __sub__(self, other: Sums) -> Sums:
        return Sums(self.debit - other.debit, self.credit - other.credit)


NOTHING = Sums()

Standing = dict[int, Sums]
"""The sums of accounts, by their ids."""


def as_of(
    session: Session,
    day: date,
    account_id: int | None = None,
    *,
    before_closing_since: date | None = None,
    company_id: int | None = None,
) -> Standing:
    """Return the sums of every account, or of one, at the end of ``day``, over all of history.

    With ``before_closing_since`` the closing entries of years that end on that day or later are left out: a year's own
    income and expense are read so.
    """
    [found] = as_of_days(
        session, [day], account_id=account_id, before_closing_since=before_closing_since, company_id=company_id
    )
    return found


def as_of_days(
    session: Session,
    days: Sequence[date],
    *,
    account_id: int | None = None,
    set_ids: Sequence[int] | None = None,
    before_closing_since: date | None = None,
    company_id: int | None = None,
) -> list[Standing]:
    """Return what :func:`as_of` does for each of ``days``, together; ``set_ids`` keep to lines of these dimensions."""
    if not days:
        return []
    given = _Given(company_id or session.company_id, account_id, None if set_ids is None else tuple(set_ids))
    since = before_closing_since or date.max
    read, asked = _calendar(given, days, since)
    periods = read.rows(session, **asked)
    if session.dialect != "sqlite":
        _calendars.setdefault(session.dialect_used, {})[session.organization_id, given.company] = periods
    return _together(session, [_reads_at(given, day, since, periods) for day in days])


def ahead(
    session: Session, days: Sequence[date], account_id: int | None = None, set_ids: Sequence[int] | None = None
) -> list[Asked]:
    """Return what :func:`as_of_days` is going to ask of the session's company, for :meth:`Read.ahead`.

    What it asks for follows from the calendar, so the sums could only be asked for once that is there. Here they are
    asked for along with it, by the calendar as it was the last time: when it changed since, they are asked for again.
    On SQLite, where nothing travels, there is nothing to ask ahead.
    """
    if session.dialect == "sqlite":
        return []
    given = _Given(session.company_id, account_id, None if set_ids is None else tuple(set_ids))
    last = _calendars.get(session.dialect_used, {}).get((session.organization_id, given.company))
    sums = [] if last is None else [read for day in days for read in _reads_at(given, day, date.max, last)]
    return [_calendar(given, days, date.max), *sums]


_calendars: WeakKeyDictionary[sa.Dialect, dict[tuple[int, int | None], list[Any]]] = WeakKeyDictionary()
"""The calendars of companies as they were last read, for each database."""


def moved(
    session: Session,
    spans: Sequence[tuple[date, date]],
    *,
    set_ids: Sequence[int] | None = None,
    company_id: int | None = None,
) -> list[Standing]:
    """Return what was debited and credited in each of ``spans``, first and last days, without closing entries."""
    if not spans:
        return []
    given = _Given(company_id or session.company_id, None, None if set_ids is None else tuple(set_ids))
    first, last = min(first for first, _last in spans), max(last for _first, last in spans)
    periods = _WITHIN.rows(session, company=given.company, first=first, last=last)
    return _together(session, [_reads_within(given, *span, periods) for span in spans])


Shape = tuple[bool, bool]
"""Whether one account is asked for, and whether sets of dimensions are."""

Asked = tuple[Read, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Given:
    """Whose sums are asked for."""

    company: int | None
    account: int | None
    sets: tuple[int, ...] | None

    @property
    def shape(self) -> Shape:
        return self.account is not None, self.sets is not None

    def periods(self, ids: Sequence[int]) -> Asked:
        """Return what is to be read for whole periods."""
        return _of_periods(self.shape), {**self._values, "ids": list(ids)}

    def days(self, first: date, last: date) -> Asked:
        """Return what is to be read for days of a period."""
        return _of_days(self.shape), {**self._values, "first": first, "last": last}

    def kept(self, year: int) -> Asked:
        """Return what is to be read of a closed year."""
        return _of_year(self.shape), {**self._values, "year": year}

    @property
    def _values(self) -> dict[str, Any]:
        return {"company": self.company, "account": self.account, "sets": list(self.sets or ())}


def _calendar(given: _Given, days: Sequence[date], since: date) -> Asked:
    """Return what is to be read of periods and years before sums at the ends of ``days`` are asked for."""
    return _PERIODS, {"company": given.company, "first": min(*days, since), "last": max(days)}


def _reads_at(given: _Given, day: date, since: date, periods: Sequence[tuple[Any, ...]]) -> list[Asked]:
    """Return what is to be read for a day: the last year closed before it, periods since, days of one that is not over.

    Closing entries from ``since`` on are left out.
    """
    years = {(ends, year) for *_period, year, ends, state in periods if state == "closed" and ends <= day}
    after, closed = max([one for one in years if one[0] < since], default=(date.min, None))
    whole = [
        id_ for id_, _start, end, kind, *_year in periods
        if after < end <= day and (kind != "closing" or end < since)
    ]  # fmt: skip
    reads = [given.periods(whole)]
    if closed is not None:
        reads.append(given.kept(closed))
    cut = [start for _id, start, end, kind, *_year in periods if kind == "regular" and start <= day < end]
    return [*reads, *(given.days(start, day) for start in cut)]


def _reads_within(given: _Given, first: date, last: date, periods: Sequence[tuple[Any, ...]]) -> list[Asked]:
    """Return what is to be read for a span: periods that lie in it, and its days in regular ones that reach beyond."""
    whole, cut = [], []
    for id_, start, end, kind in periods:
        if first <= start and end <= last:
            whole.append((id_, kind))
        elif kind == "regular" and start <= last and end >= first:
            cut.append(given.days(max(start, first), min(end, last)))
    return [given.periods([id_ for id_, kind in whole if kind != "closing"]), *cut]


def _together(session: Session, several: Sequence[list[Asked]]) -> list[Standing]:
    found = iter(Read.together(session, *(asked for reads in several for asked in reads)))
    return [_added(next(found) for _ in reads) for reads in several]


def _added(several: Any) -> Standing:
    found: Standing = {}
    for rows in several:
        for id_, debit, credit in rows:
            known = found.get(id_)
            found[id_] = Sums(debit, credit) if known is None else Sums(known.debit + debit, known.credit + credit)
    return found


# -- what is read ----------------------------------------------------------------------------------------------------

_OF_COMPANY = sa.select(Period.id, Period.start_date, Period.end_date, Period.kind).where(
    Period.company_id == sa.bindparam("company"), Period.start_date <= sa.bindparam("last")
)
_WITHIN = Read(_OF_COMPANY.where(Period.end_date >= sa.bindparam("first")))
"""The periods with days from ``first`` to ``last``."""

_PERIODS = Read(
    _OF_COMPANY.add_columns(FiscalYear.id, FiscalYear.end_date, FiscalYear.state)
    .join(FiscalYear, FiscalYear.id == Period.fiscal_year_id)
    .where(
        sa.or_(
            FiscalYear.state == sa.literal("open"),
            FiscalYear.end_date >= sa.bindparam("first"),
            sa.and_(Period.kind == sa.literal("regular"), Period.end_date == FiscalYear.end_date),
        )
    )
)
"""The periods that begin until ``last`` with their years; of years closed before ``first`` the last one alone."""


def _summed(model: Any, shape: Shape) -> sa.Select[Any]:
    """Return the sums of stored rows of ``model`` of a company by account; of one account, or of some dimensions."""
    of_account, of_sets = shape
    statement = (
        sa.select(model.account_id, sa.func.sum(model.debit), sa.func.sum(model.credit))
        .where(model.company_id == sa.bindparam("company"))
        .group_by(model.account_id)
    )
    if of_account:
        statement = statement.where(model.account_id == sa.bindparam("account"))
    if of_sets:
        return statement.where(among(model.set_id if model is DimensionBalance else model.set_key, "sets"))
    return statement if model is Balance else statement.where(model.set_key == 0)


@cache
def _of_periods(shape: Shape) -> Read:
    model = DimensionBalance if shape[1] else Balance
    return Read(_summed(model, shape).where(among(model.period_id, "ids")))


@cache
def _of_year(shape: Shape) -> Read:
    return Read(_summed(YearBalance, shape).where(YearBalance.fiscal_year_id == sa.bindparam("year")))


@cache
def _of_days(shape: Shape) -> Read:
    within = (DayBalance.date >= sa.bindparam("first"), DayBalance.date <= sa.bindparam("last"))
    return Read(_summed(DayBalance, shape).where(*within))
