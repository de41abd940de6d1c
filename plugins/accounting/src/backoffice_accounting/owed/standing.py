"""What was open of items at the end of a day: what is open now, with what was settled or undone since taken back.

So reading costs what is open and what happened since, however many items were ever settled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from backoffice_accounting.models import Account, Allocation, OpenItem, Settlement
from backoffice_accounting.posting import ZERO

from backoffice.core.api import Read, Session, among, commonly, seldom

STEPS: Final = (0, 30, 60, 90)
"""Days overdue at which ages end; what is not due yet stands before them, the rest behind."""

Amounts = tuple[Decimal, Decimal]
"""In the currency of an item, and in the books."""


def left_of_items(
    session: Session, day: date, subtypes: Sequence[str], party_id: int | None = None
) -> dict[int, Amounts]:
    """Return what was left of the items of a company at the end of ``day``, by their ids."""
    found: dict[int, Amounts] = {}
    for sign, rows in _asked(session, _item_reads(party_id is not None), day, subtypes, {"party": party_id}):
        for id_, amount, in_books in rows:
            known = found.get(id_, (ZERO, ZERO))
            found[id_] = (known[0] + sign * amount, known[1] + sign * in_books)
    return {id_: left for id_, left in found.items() if any(left)}


def left_by_age(session: Session, day: date, subtype: str) -> dict[int | None, list[Decimal]]:
    """Return what was left in the books at the end of ``day``, by party and by how long it was overdue."""
    found: dict[int | None, list[Decimal]] = {}
    ends = {f"end{n}": day - timedelta(days=step) for n, step in enumerate(STEPS)}
    for sign, rows in _asked(session, _age_reads(), day, [subtype], ends):
        for party_id, age, amount in rows:
            found.setdefault(party_id, [ZERO] * (len(STEPS) + 1))[age] += sign * amount
    return {party_id: amounts for party_id, amounts in found.items() if any(amounts)}


def bucket(days: int) -> int:
    """Return the place among the ages of what is ``days`` overdue: 0 while it is not due.

    >>> bucket(-3), bucket(0), bucket(1), bucket(30), bucket(31), bucket(400)
    (0, 0, 1, 1, 2, 4)
    """
    return sum(days > step for step in STEPS)


SIGNS: Final = (1, 1, -1)
"""What is open now; settled since, and so open then; undone since, and so settled then."""


def _asked(session: Session, reads: Sequence[Read], day: date, subtypes: Sequence[str], more: Mapping[str, Any]) -> Any:
    values = {"company": session.company_id, "day": day, "subtypes": list(subtypes), **more}
    return zip(SIGNS, Read.together(session, *((read, values) for read in reads)), strict=True)


@cache
def _item_reads(of_party: bool) -> tuple[Read, ...]:
    now = _now(sa.select(OpenItem.id, OpenItem.open_amount, OpenItem.open_in_books))
    taken = sa.select(OpenItem.id, sa.func.sum(Allocation.amount), sa.func.sum(Allocation.in_books))
    since = [_taken(taken, which).group_by(OpenItem.id) for which in _SINCE]
    if of_party:
        return tuple(Read(one.where(OpenItem.party_id == sa.bindparam("party"))) for one in (now, *since))
    return tuple(Read(one) for one in (now, *since))


@cache
def _age_reads() -> tuple[Read, ...]:
    due = sa.func.coalesce(OpenItem.due_date, OpenItem.date)
    age = sa.case(*((due >= sa.bindparam(f"end{n}", type_=sa.Date), n) for n in range(len(STEPS))), else_=len(STEPS))

    def read(amount: Any, complete: Any) -> Read:
        return Read(complete(sa.select(OpenItem.party_id, age, sa.func.sum(amount))).group_by(OpenItem.party_id, age))

    return (
        read(OpenItem.open_in_books, _now),
        *(read(Allocation.in_books, lambda one, which=which: _taken(one, which)) for which in _SINCE),
    )


_DAY = sa.bindparam("day", type_=sa.Date)
_SINCE = (
    sa.and_(seldom(Settlement.date > _DAY), Settlement.undone_on.is_(None)),
    sa.and_(commonly(Settlement.date <= _DAY), seldom(Settlement.undone_on > _DAY)),
)


def _now(statement: Any) -> Any:
    """Return ``statement`` of the items that are open."""
    return _of_company(statement.join(Account, Account.id == OpenItem.account_id)).where(seldom(OpenItem.open))


def _taken(statement: Any, which: Any) -> Any:
    """Return ``statement`` of what settlements took of items that were there."""
    joined = (
        statement.select_from(Settlement)
        .join(Allocation, Allocation.settlement_id == Settlement.id)
        .join(OpenItem, OpenItem.id == Allocation.item_id)
        .join(Account, Account.id == OpenItem.account_id)
    )
    return _of_company(joined).where(Settlement.company_id == sa.bindparam("company"), which)


def _of_company(statement: Any) -> Any:
    return statement.where(
        OpenItem.company_id == sa.bindparam("company"),
        commonly(OpenItem.date <= _DAY),
        among(Account.subtype, "subtypes"),
    )
