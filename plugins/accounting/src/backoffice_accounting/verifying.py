"""Stored balances checked against the lines of posted entries, and written anew from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from backoffice.core.api import ReadingSession, Session

from .balances import MONEY, NOTHING, Sums
from .models import Account, Balance, DayBalance, DimensionBalance, DimensionSet, Entry, Line, Period
from .posting import ZERO

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A stored balance that is not what the lines add up to."""

    account: str
    period: str
    """The period, or the day, and the dimensions where the balance is of some."""
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


class Kept(NamedTuple):
    """Balances that are kept: of which model, by which columns, and which lines each of them adds up."""

    model: Any
    names: tuple[str, ...]
    lines: tuple[Any, ...]
    only: tuple[Any, ...] = ()
    """Which lines."""
    rows: tuple[Any, ...] = ()
    """Which of the stored rows."""


_REGULAR = Period.kind == "regular"
_APART = Line.dimension_set_id.is_not(None)
KEPT = (
    Kept(Balance, ("account_id", "period_id"), (Line.account_id, Entry.period_id)),
    Kept(
        DimensionBalance,
        ("account_id", "period_id", "set_id"),
        (Line.account_id, Entry.period_id, Line.dimension_set_id),
        (_APART,),
    ),
    Kept(
        DayBalance,
        ("account_id", "date", "set_key"),
        (Line.account_id, Entry.date, sa.literal(0)),
        (_REGULAR,),
        (DayBalance.set_key == 0,),
    ),
    Kept(
        DayBalance,
        ("account_id", "date", "set_key"),
        (Line.account_id, Entry.date, Line.dimension_set_id),
        (_REGULAR, _APART),
        (DayBalance.set_key != 0,),
    ),
)


def differences(session: Session) -> list[Difference]:
    """Return where the stored balances of the company differ from the lines of its posted entries."""
    _hold_posting(session)
    found = [(kept, key, pair) for kept in KEPT for key, pair in _wrong(session, kept)]
    accounts = _codes(session, Account, {key[0] for _kept, key, _pair in found})
    periods = _codes(session, Period, {key[1] for kept, key, _pair in found if kept.names[1] == "period_id"})
    sets = _sets(session, {key[2] for _kept, key, _pair in found if len(key) > 2 and key[2]})
    return [
        Difference(
            accounts.get(key[0], str(key[0])),
            " ".join(filter(None, (periods.get(key[1]) or str(key[1]), sets.get(key[2]) if key[2:] else None))),
            *pair,
        )
        for _kept, key, pair in found
    ]


def rebuild(session: Session) -> int:
    """Write the balances of the company anew from the lines of its posted entries; return how many rows there are.

    The rows that are wrong are corrected by their difference, in the order in which posting locks them. What is told
    is the number of balances of periods.
    """
    _hold_posting(session)
    for kept in KEPT:
        for key, (stored, right) in _wrong(session, kept):
            missing = right - stored
            session.accumulate(
                kept.model,
                key={"company_id": session.company_id, **dict(zip(kept.names, key, strict=True))},
                amounts={"debit": missing.debit, "credit": missing.credit},
            )
    session.settle()
    return len(_stored(session, KEPT[0]))


def _wrong(session: Session, kept: Kept) -> Iterator[tuple[Key, tuple[Sums, Sums]]]:
    """Yield keys with what is stored under them and what is right, where the two differ."""
    stored, right = _stored(session, kept), _right(session, kept)
    for key in sorted(stored.keys() | right.keys()):
        pair = stored.get(key, NOTHING), right.get(key, NOTHING)
        if pair[0] != pair[1]:
            yield key, pair


def _stored(session: Session, kept: Kept) -> dict[Key, Sums]:
    model = kept.model
    columns = [getattr(model, name) for name in kept.names]
    rows = session.execute(
        sa.select(*columns, model.debit, model.credit).where(model.company_id == session.company_id, *kept.rows)
    )
    return {tuple(key): Sums(debit, credit) for *key, debit, credit in rows}


def _right(session: Session, kept: Kept) -> dict[Key, Sums]:
    debit, credit = _sides()
    rows = session.execute(
        sa.select(*kept.lines, debit, credit)
        .join(Entry, Entry.id == Line.entry_id)
        .join(Period, Period.id == Entry.period_id)
        .where(Entry.company_id == session.company_id, Entry.state == "posted", *kept.only)
        .group_by(*(column for column in kept.lines if not isinstance(column, sa.BindParameter)))
    )
    return {tuple(key): Sums(debit, credit) for *key, debit, credit in rows}


def _sides() -> tuple[Any, Any]:
    nothing = sa.literal(ZERO, MONEY)
    debit = sa.func.sum(sa.case((Line.amount > nothing, Line.amount), else_=nothing))
    credit = sa.func.sum(sa.case((Line.amount < nothing, -Line.amount), else_=nothing))
    return sa.type_coerce(debit, MONEY), sa.type_coerce(credit, MONEY)


def _hold_posting(session: Session) -> None:
    """Wait for entries on their way and keep others back, since balances and lines are read one after the other.

    Whoever posts locks the period; on SQLite and in a snapshot nobody else writes meanwhile.
    """
    if not isinstance(session, ReadingSession):
        session.scalars(
            sa.select(Period.id).where(Period.company_id == session.company_id).order_by(Period.id).with_for_update()
        ).all()


def _codes(session: Session, model: Any, ids: set[int]) -> Mapping[Any, str]:
    if not ids:
        return {}
    return {row.id: row.code for row in session.execute(sa.select(model.id, model.code).where(model.id.in_(ids)))}


def _sets(session: Session, ids: set[int]) -> Mapping[Any, str]:
    if not ids:
        return {}
    rows = session.execute(sa.select(DimensionSet.id, DimensionSet.written).where(DimensionSet.id.in_(ids)))
    return {id_: f"({written})" for id_, written in rows}
