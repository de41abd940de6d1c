"""Stored balances: read as of any day, checked against the lines, and rebuilt from them.

A day inside a period needs the lines of that period alone, so reading costs the same however long the history is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import Read, ReadingSession, Session, among

from .models import Account, Balance, DimensionBalance, Entry, FiscalYear, Line, Period, YearBalance
from .posting import ZERO

MONEY = Balance.__table__.c.debit.type


@dataclass(frozen=True, slots=True)
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


def as_of(
    session: Session,
    day: date,
    account_id: int | None = None,
    *,
    before_closing_since: date | None = None,
    company_id: int | None = None,
) -> dict[int, Sums]:
    """Return the sums of every account, or of one, at the end of ``day``, over all of history.

    They begin with what accounts stood at when the last year was closed; whole periods come from the stored balances,
    and the lines of at most one period are added up. With ``before_closing_since`` the closing entries of years that
    end on that day or later are left out: a year's own income and expense are read so.
    """
    company = company_id or session.company_id
    asked: dict[str, Any] = {"company": company, "day": day}
    closed, partial = Read.together(
        session, (_CLOSED, {**asked, "since": before_closing_since or date.max}), (_PARTIAL, asked)
    )
    year, after = closed[0] if closed else (None, date.min)
    given = {**asked, "after": after, "account": account_id, "since": before_closing_since}
    reads = [(_STORED[account_id is not None, before_closing_since is not None], given)]
    if year is not None:
        reads.append((_SNAPSHOT[account_id is not None], {"year": year, "account": account_id}))
    found: dict[int, Sums] = {}
    for rows in Read.together(session, *reads):
        for id_, debit, credit in rows:
            found[id_] = found.get(id_, NOTHING) + Sums(debit, credit)
    if partial:
        for id_, more in of_lines(session, partial[0][0], day, account_id, company).items():
            found[id_] = found.get(id_, NOTHING) + more
    return found


_SUMS = (
    sa.select(Balance.account_id, sa.func.sum(Balance.debit), sa.func.sum(Balance.credit))
    .join(Period, Period.id == Balance.period_id)
    .where(
        Balance.company_id == sa.bindparam("company"),
        Period.end_date <= sa.bindparam("day"),
        Period.end_date > sa.bindparam("after"),
    )
    .group_by(Balance.account_id)
)
_OF_ACCOUNT = _SUMS.where(Balance.account_id == sa.bindparam("account"))
_UNCLOSED = sa.or_(Period.kind != sa.literal("closing"), Period.end_date < sa.bindparam("since"))
_STORED = {
    (False, False): Read(_SUMS),
    (True, False): Read(_OF_ACCOUNT),
    (False, True): Read(_SUMS.where(_UNCLOSED)),
    (True, True): Read(_OF_ACCOUNT.where(_UNCLOSED)),
}
"""By whether one account is asked for, and whether closing entries are left out."""

_KEPT = sa.select(YearBalance.account_id, YearBalance.debit, YearBalance.credit).where(
    YearBalance.fiscal_year_id == sa.bindparam("year"), YearBalance.set_key == 0
)
_SNAPSHOT = {False: Read(_KEPT), True: Read(_KEPT.where(YearBalance.account_id == sa.bindparam("account")))}

_CLOSED = Read(
    sa.select(FiscalYear.id, FiscalYear.end_date)
    .where(
        FiscalYear.company_id == sa.bindparam("company"),
        FiscalYear.state == "closed",
        FiscalYear.end_date <= sa.bindparam("day"),
        FiscalYear.end_date < sa.bindparam("since"),
    )
    .order_by(FiscalYear.end_date.desc())
    .limit(1)
)
"""The last year closed before ``day``."""

_PARTIAL = Read(
    sa.select(Period.start_date).where(
        Period.company_id == sa.bindparam("company"),
        Period.start_date <= sa.bindparam("day"),
        Period.end_date > sa.bindparam("day"),
    )
)


def of_lines(
    session: Session, first: date, last: date, account_id: int | None = None, company_id: int | None = None
) -> dict[int, Sums]:
    """Return the sums of posted lines dated from ``first`` to ``last``, by account."""
    debit, credit = _sides()
    statement = (
        sa.select(Line.account_id, debit, credit)
        .join(Entry, Entry.id == Line.entry_id)
        .where(
            Entry.company_id == (company_id or session.company_id),
            Entry.state == "posted",
            Entry.date >= first,
            Entry.date <= last,
        )
        .group_by(Line.account_id)
    )
    if account_id is not None:
        statement = statement.where(Line.account_id == account_id, Line.date >= first, Line.date <= last)
    return {id_: Sums(debit, credit) for id_, debit, credit in session.execute(statement)}


def of_dimension_sets(
    session: Session, day: date, set_ids: Sequence[int], company_id: int, *, before_closing_since: date | None = None
) -> dict[int, Sums]:
    """Return the sums of every account at the end of ``day``, of lines that bear one of the sets of dimensions."""
    asked: dict[str, Any] = {"company": company_id, "day": day}
    given = {**asked, "sets": list(set_ids), "since": before_closing_since}
    stored, partial = Read.together(session, (_OF_SETS[before_closing_since is not None], given), (_PARTIAL, asked))
    found = {id_: Sums(debit, credit) for id_, debit, credit in stored}
    if partial:
        debit, credit = _sides()
        rows = session.execute(
            sa.select(Line.account_id, debit, credit)
            .join(Entry, Entry.id == Line.entry_id)
            .where(
                Entry.company_id == company_id,
                Entry.state == "posted",
                Entry.date.between(partial[0][0], day),
                Line.dimension_set_id.in_(list(set_ids)),
            )
            .group_by(Line.account_id)
        )
        for id_, more_debit, more_credit in rows:
            found[id_] = found.get(id_, NOTHING) + Sums(more_debit, more_credit)
    return found


_SET_SUMS = (
    sa.select(DimensionBalance.account_id, sa.func.sum(DimensionBalance.debit), sa.func.sum(DimensionBalance.credit))
    .join(Period, Period.id == DimensionBalance.period_id)
    .where(
        DimensionBalance.company_id == sa.bindparam("company"),
        Period.end_date <= sa.bindparam("day"),
        among(DimensionBalance.set_id, "sets"),
    )
    .group_by(DimensionBalance.account_id)
)
_OF_SETS = {False: Read(_SET_SUMS), True: Read(_SET_SUMS.where(_UNCLOSED))}


def _sides() -> tuple[Any, Any]:
    nothing = sa.literal(ZERO, MONEY)
    debit = sa.func.sum(sa.case((Line.amount > nothing, Line.amount), else_=nothing))
    credit = sa.func.sum(sa.case((Line.amount < nothing, -Line.amount), else_=nothing))
    return sa.type_coerce(debit, MONEY), sa.type_coerce(credit, MONEY)


# -- checking and rebuilding -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """A stored balance that is not what the lines add up to."""

    account_id: int
    account: str
    period_id: int
    period: str
    stored: Sums
    right: Sums

    def answer(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "account": self.account,
            "period": self.period,
            "stored_debit": self.stored.debit,
            "stored_credit": self.stored.credit,
            "debit": self.right.debit,
            "credit": self.right.credit,
        }


Key = tuple[int, int]
"""Ids of account and period."""


def differences(session: Session) -> list[Difference]:
    """Return where the stored balances of the company differ from the lines of its posted entries."""
    _hold_posting(session)
    stored, right = _all_stored(session), _all_lines(session)
    wrong = sorted(key for key in stored.keys() | right.keys() if stored.get(key, NOTHING) != right.get(key, NOTHING))
    accounts = _names(session, Account, {account for account, _period in wrong})
    periods = _names(session, Period, {period for _account, period in wrong})
    return [
        Difference(
            account, accounts[account], period, periods[period],
            stored.get((account, period), NOTHING), right.get((account, period), NOTHING),
        )
        for account, period in wrong
    ]  # fmt: skip


def rebuild(session: Session) -> int:
    """Write the balances of the company anew from the lines of its posted entries; return how many rows there are.

    The rows that are wrong are corrected by their difference, in the order in which posting locks them.
    """
    for wrong in differences(session):
        missing = wrong.right - wrong.stored
        session.accumulate(
            Balance,
            key={"company_id": session.company_id, "account_id": wrong.account_id, "period_id": wrong.period_id},
            amounts={"debit": missing.debit, "credit": missing.credit},
        )
    for (account_id, period_id, set_id), lacking in _dimension_differences(session).items():
        session.accumulate(
            DimensionBalance,
            key={"company_id": session.company_id, "account_id": account_id, "period_id": period_id, "set_id": set_id},
            amounts={"debit": lacking.debit, "credit": lacking.credit},
        )
    session.settle()
    return len(_all_stored(session))


def _dimension_differences(session: Session) -> dict[tuple[int, int, int], Sums]:
    """Return what the stored balances of dimensions lack, by account, period and set."""
    debit, credit = _sides()
    lines = session.execute(
        sa.select(Line.account_id, Entry.period_id, Line.dimension_set_id, debit, credit)
        .join(Entry, Entry.id == Line.entry_id)
        .where(Entry.company_id == session.company_id, Entry.state == "posted", Line.dimension_set_id.is_not(None))
        .group_by(Line.account_id, Entry.period_id, Line.dimension_set_id)
    )
    right = {(account, period, set_): Sums(debit, credit) for account, period, set_, debit, credit in lines}
    rows = session.scalars(sa.select(DimensionBalance).where(DimensionBalance.company_id == session.company_id))
    stored = {(row.account_id, row.period_id, row.set_id): Sums(row.debit, row.credit) for row in rows}
    lacking = {key: right.get(key, NOTHING) - stored.get(key, NOTHING) for key in sorted(right.keys() | stored.keys())}
    return {key: sums for key, sums in lacking.items() if sums != NOTHING}


def _hold_posting(session: Session) -> None:
    """Wait for entries on their way and keep others back, since balances and lines are read one after the other.

    Whoever posts locks the period; on SQLite and in a snapshot nobody else writes meanwhile.
    """
    if not isinstance(session, ReadingSession):
        session.scalars(
            sa.select(Period.id).where(Period.company_id == session.company_id).order_by(Period.id).with_for_update()
        ).all()


def _all_stored(session: Session) -> Mapping[Key, Sums]:
    rows = session.execute(
        sa.select(Balance.account_id, Balance.period_id, Balance.debit, Balance.credit).where(
            Balance.company_id == session.company_id
        )
    )
    return {(row.account_id, row.period_id): Sums(row.debit, row.credit) for row in rows}


def _all_lines(session: Session) -> Mapping[Key, Sums]:
    debit, credit = _sides()
    rows = session.execute(
        sa.select(Line.account_id, Entry.period_id, debit, credit)
        .join(Entry, Entry.id == Line.entry_id)
        .where(Entry.company_id == session.company_id, Entry.state == "posted")
        .group_by(Line.account_id, Entry.period_id)
    )
    return {(account, period): Sums(debit, credit) for account, period, debit, credit in rows}


def _names(session: Session, model: Any, ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    return {row.id: row.code for row in session.execute(sa.select(model.id, model.code).where(model.id.in_(ids)))}
