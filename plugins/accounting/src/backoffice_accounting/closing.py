"""Opening fiscal years; closing, reopening and locking their periods."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from backoffice.core.api import AlreadyExists, Conflict, RuleBroken, Session
from backoffice.hookspecs import messages

from .asked.work_list import retry_soon
from .checklist import checks
from .models import Entry, FiscalYear, Period
from .periods import Span, end_of_year, hijri, months, overlapping

_ = messages("accounting")


def open_year(
    session: Session,
    *,
    start: date,
    end: date | None = None,
    code: str | None = None,
    calendar: str = "gregorian",
    each: int = 1,
    adjustments: bool = False,
) -> FiscalYear:
    """Return a new fiscal year of the company from ``start``, twelve months unless ``end`` is given.

    Its periods last ``each`` months of the ``calendar``, ``gregorian`` or ``hijri``; with ``adjustments`` a period
    beside the last one takes entries that correct the year. Raises :class:`~backoffice.core.api.AlreadyExists` when a
    part of it belongs to another year.
    """
    last = end or end_of_year(start, calendar)
    spans = months(start, last, calendar=calendar, each=each)
    other = overlapping(session, spans)
    if other is not None:
        raise AlreadyExists(
            _("A part of this year is open already."),
            why=_("The period {code} has days of it.").with_values(code=other),
            remedy=_("Begin the day after it ends."),
        )
    number = start.year if calendar == "gregorian" else hijri(start)[0]
    year = FiscalYear(code=code or str(number), year=number, start_date=start, end_date=last, calendar=calendar)
    year.periods = [_period(span) for span in spans]
    if adjustments:
        year.periods.append(beside(year, "adjustment", "A"))
    session.add(year)
    session.flush()
    retry_soon(session)
    return year


def _period(span: Span) -> Period:
    return Period(code=span.code, start_date=span.start, end_date=span.end)


def beside(year: FiscalYear, kind: str, letter: str) -> Period:
    """Return a period that shares the last day of ``year`` with its last month."""
    return Period(code=f"{year.code[:12]}-{letter}", start_date=year.end_date, end_date=year.end_date, kind=kind)


def close(session: Session, period: Period) -> Period:
    """Close ``period``: it is locked against posting first, then checked for what is left to do.

    Raises :class:`~backoffice.core.api.RuleBroken` while drafts are dated in it, postings wait on the work list, or
    another plugin says that something must be done first.
    """
    session.settle()
    _need(period, "open", _("Only an open period can be closed."))
    _move(session, period, "closed")
    left = [one for one in checks(session, period.start_date, period.end_date) if one.blocking and one.count]
    if left:
        drafts = next((one.count for one in left if one.code == "drafts"), 0)
        why = _("{count} entry in it is still a draft.").counted("{count} entries in it are still drafts.", drafts)
        raise RuleBroken(
            _("The period {code} cannot be closed yet.").with_values(code=period.code),
            why=why if drafts else _("{what}: {count}").with_values(what=left[0].label, count=left[0].count),
            remedy=_("Post or delete the drafts first.") if drafts else _("See the checklist of the period."),
            left={one.code: one.count for one in left},
        )
    return period


def reopen(session: Session, period: Period, *, reason: str) -> Period:
    """Open a closed period again; who did it and why stays in the log."""
    _need(period, "closed", _("Only a closed period can be opened again."))
    if period.fiscal_year.state == "closed" or period.kind == "closing":
        raise RuleBroken(
            _("The period {code} belongs to a year that is closed.").with_values(code=period.code),
            remedy=_("Open the year again first."),
        )
    _move(session, period, "open", reason)
    retry_soon(session)
    return period


def lock(session: Session, period: Period) -> Period:
    """Lock a closed period for good: it is never opened again.

    Raises :class:`~backoffice.core.api.RuleBroken` while an earlier period is not locked, since the lock only moves
    forward.
    """
    _need(period, "closed", _("Only a closed period can be locked for good."))
    earlier = session.scalar(
        sa.select(Period.code)
        .where(Period.company_id == period.company_id, Period.end_date < period.start_date, Period.state != "locked")
        .order_by(Period.start_date)
        .limit(1)
    )
    if earlier is not None:
        raise RuleBroken(
            _("Earlier periods are locked first."),
            why=_("The period {code} is not locked.").with_values(code=earlier),
            remedy=_("Close and lock the periods in their order."),
        )
    _move(session, period, "locked")
    return period


def need_state(holds: bool, what: str) -> None:
    """Raise :class:`~backoffice.core.api.Conflict` with ``what`` unless the state ``holds``."""
    if not holds:
        raise Conflict(what)


def _need(period: Period, state: str, what: str) -> None:
    if period.state != state:
        raise Conflict(what, why=_("The period {code} is in another state.").with_values(code=period.code))


def _move(session: Session, period: Period, state: str, reason: str = "") -> None:
    period.state = state
    session.flush()
    session.emit("accounting.period_moved", period, state=state, reason=reason)


BY_THEMSELVES = ("recurring", "deferral")
"""What entries come from that may be reversed by themselves."""


def refuse_documents(entry: Entry) -> None:
    """Refuse to reverse the entry of an invoice or payment by itself: the document would not know."""
    if entry.source_plugin != "accounting" or entry.source_purpose in BY_THEMSELVES:
        return
    remedies = {
        "invoice": _("Make a credit note for the invoice instead."),
        "payment": _("Cancel the payment instead."),
        "year_close": _("Open the year again instead."),
        "voucher": _("Cancel the voucher instead."),
        "cheque": _("Let the cheque take its next step instead."),
    }
    raise RuleBroken(
        _("This entry belongs to a document."),
        why=_("Reversed by itself, document and books would disagree."),
        remedy=remedies.get(entry.source_purpose or "", _("Correct the document it comes from.")),
    )
