"""What is left to do before a period is closed: asked of this plugin and of all others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import NotFound, Session, translate
from backoffice.hookspecs import Column, Link, Row, Table, messages

from .models import Entry, Invoice, Parked, Period

_ = messages("accounting")


@dataclass(frozen=True, slots=True)
class ClosingCheck:
    """Something to look at before a period is closed, and how much of it there is."""

    code: str
    label: str
    count: int
    blocking: bool = True
    """The period stays open while any is left."""
    link: Link | None = None


def checks(session: Session, first: date, last: date) -> list[ClosingCheck]:
    """Return what is to be looked at before the days from ``first`` to ``last`` are closed, done or not."""
    found = list(_own(session, first, last))
    for answer in session.hooks.call("accounting_closing_checks", session=session, first=first, last=last):
        found.extend(answer)
    return found


def _own(session: Session, first: date, last: date) -> Iterator[ClosingCheck]:
    yield ClosingCheck(
        "drafts", _("Drafts of entries"), _drafts(session, Entry, first, last), link=Link(resource="accounting.entry")
    )
    yield ClosingCheck(
        "invoices", _("Drafts of invoices"), _drafts(session, Invoice, first, last), blocking=False,
        link=Link(resource="accounting.invoice"),
    )  # fmt: skip
    waiting = session.scalar(
        sa.select(sa.func.count(Parked.id)).where(
            Parked.company_id == session.company_id, Parked.state == "waiting", Parked.date.between(first, last)
        )
    )
    yield ClosingCheck("parked", _("Parked postings"), waiting or 0, link=Link(resource="accounting.parked"))


def _drafts(session: Session, model: Any, first: date, last: date) -> int:
    found: int | None = session.scalar(
        sa.select(sa.func.count(model.id)).where(
            model.company_id == session.company_id, model.state == "draft", model.date.between(first, last)
        )
    )
    return found or 0


COLUMNS = (
    Column("what", _("What")),
    Column("count", _("Left"), "integer"),
    Column("blocks", _("Must be done first"), "boolean"),
)


def closing_checklist(session: Session, *, period_id: int) -> Table:
    """Return what is left to do before a period is closed."""
    period = session.get(Period, period_id)
    if period is None or period.company_id != session.company_id:
        raise NotFound(_("There is no such period in this company."))
    rows = [
        Row((translate(one.label, session.context.language), one.count, one.blocking), link=one.link)
        for one in checks(session, period.start_date, period.end_date)
    ]
    return Table(COLUMNS, rows, title=_("Before closing {code}").with_values(code=period.code))
