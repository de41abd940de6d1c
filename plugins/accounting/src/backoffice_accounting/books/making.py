"""What must be there before a book is posted: fiscal years, rates, journals; and the parties it names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

import sqlalchemy as sa
from backoffice_accounting import closing
from backoffice_accounting.models import FiscalYear, Journal
from backoffice_accounting.periods import Calendar
from backoffice_parties.models import Party

from backoffice.core.api import ExchangeRate, Session

from .valuing import BookEntryDraft

MOST_RATE: Final = Decimal(9) * 10**8
CHUNK: Final = 400


def open_years(session: Session, entries: Sequence[BookEntryDraft], begins: int | None) -> int:
    """Open the fiscal years ``entries`` need, beginning in the month ``begins``; return how many."""
    days = sorted({entry.date for entry in entries})
    calendar, opened = Calendar.read(session, days[0], days[-1]), 0
    month, codes = _begins(session, begins), set(_codes(session))
    until: date | None = None
    for day in days:
        if calendar.find(day) is not None or (until is not None and day <= until):
            continue
        start = date(day.year if day.month >= month else day.year - 1, month, 1)
        code = f"{start:%Y}" if f"{start:%Y}" not in codes else f"{start:%Y-%m}"
        year = closing.open_year(session, start=start, code=code)
        until, opened = year.end_date, opened + 1
        codes.add(code)
    return opened


def _begins(session: Session, begins: int | None) -> int:
    if begins is not None:
        return begins
    first: date | None = session.scalar(
        sa.select(FiscalYear.start_date)
        .where(FiscalYear.company_id == session.company_id)
        .order_by(FiscalYear.start_date)
        .limit(1)
    )
    return first.month if first is not None else 1


def _codes(session: Session) -> Sequence[str]:
    return session.scalars(sa.select(FiscalYear.code).where(FiscalYear.company_id == session.company_id)).all()


def add_rates(session: Session, rates: Sequence[tuple[date, str, str, Decimal]], source: str) -> int:
    """Add rates the office does not know yet; of several of one day the last one counts."""
    wanted = {(day, base, other): rate for day, base, other, rate in rates if 0 < rate < MOST_RATE}
    if not wanted:
        return 0
    known = {
        (row.date, row.base, row.currency)
        for row in session.execute(
            sa.select(ExchangeRate.date, ExchangeRate.base, ExchangeRate.currency).where(
                ExchangeRate.date.between(min(key[0] for key in wanted), max(key[0] for key in wanted))
            )
        )
    }
    rows = [
        {"date": day, "base": base, "currency": other, "rate": rate, "source": source[:80]}
        for (day, base, other), rate in wanted.items()
        if (day, base, other) not in known
    ]
    if rows:
        session.write_rows(ExchangeRate, rows)
    return len(rows)


def journals(session: Session, general: str, codes: set[str]) -> dict[str, int]:
    """Return the ids of journals; one the file names and the company has not is made, and the one for all the rest."""
    rows = session.execute(
        sa.select(Journal.id, Journal.code, Journal.kind)
        .where(Journal.company_id == session.company_id)
        .order_by(Journal.code)
    ).all()
    by_code = {row.code: row.id for row in rows}
    general = general or next((row.code for row in rows if row.kind == "general"), "GEN")
    found = {}
    for code in codes:
        wanted = code if code and len(code) <= 16 else general
        if wanted not in by_code:
            name = "General" if wanted == "GEN" else wanted
            made = Journal(company_id=session.company_id, code=wanted, name=name, kind="general", pattern="")
            session.add(made)
            session.flush()
            by_code[wanted] = made.id
        found[code] = by_code[wanted]
    return found


def parties(session: Session, codes: set[str]) -> dict[str, int]:
    """Return the ids of parties by their codes; unknown ones are not among them."""
    wanted, found = sorted(codes), {}
    for start in range(0, len(wanted), CHUNK):
        rows = session.execute(sa.select(Party.code, Party.id).where(Party.code.in_(wanted[start : start + CHUNK])))
        found.update({row.code: row.id for row in rows})
    return found
