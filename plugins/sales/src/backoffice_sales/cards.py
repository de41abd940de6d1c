"""Cards of sales: the month by day, countries and items that sell best, what is stuck, as the reports tell them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from backoffice_parties.models import Party

from backoffice.core.api import Session, format_date
from backoffice.hookspecs import Card, Link, messages

from .models import Movement, Order
from .progress import ZERO
from .reports.selling import BILLED, Asked, books_currency, sold, table
from .reports.stuck import stuck, work_list

_ = messages("sales")

REPORT = "sales.sales"
MOST = 8


def cards(place: str, session: Session, subject: Any) -> Sequence[Card]:
    """Return the cards for ``place``."""
    if session.company_id is None:
        return ()
    if place == "dashboard":
        return list(dashboard(session))
    if place == "parties.party" and isinstance(subject, Party) and subject.customer:
        return list(_of_customer(session, subject))
    return ()


def dashboard(session: Session) -> Iterator[Card]:
    """Yield the cards of the month with the last sales, and of what is stuck."""
    last = _last_day(session)
    if last is not None:
        yield from _month(session, last)
    waiting = stuck(session)
    if waiting:
        link = Link(report="sales.stuck")
        yield Card(_("Orders stuck"), value=len(waiting), link=link, permission="sales.stuck", order=14)
        yield Card(_("Work list"), table=work_list(session), link=link, permission="sales.stuck", order=46, wide=True)


def _last_day(session: Session) -> date | None:
    found: date | None = session.scalar(
        sa.select(Movement.date)
        .where(Movement.company_id == session.company_id, Movement.kind.in_(BILLED), Movement.date <= session.today())
        .order_by(Movement.date.desc())
        .limit(1)
    )
    return found


def _month(session: Session, last: date) -> Iterator[Card]:
    asked = Asked(start=last.replace(day=1), end=last)
    month = format_date(last, language=session.context.language, style="month")
    days = table(session, "day", asked)
    total = sum((row.cells[2] for row in days.rows), ZERO)
    link = Link(report=REPORT, parameters=asked.narrowed(group="day"))
    yield Card(
        _("Sales of {month}").with_values(month=month), value=total, kind="money", currency=books_currency(session),
        link=link, permission=REPORT, order=8,
    )  # fmt: skip
    yield Card(_("Sales by day"), table=days, link=link, permission=REPORT, order=28, wide=True)
    for group, title in (("country", _("Sales by country")), ("item", _("Items that sell best"))):
        more = Link(report=REPORT, parameters=asked.narrowed(group=group))
        yield Card(title, table=table(session, group, asked, most=MOST), link=more, permission=REPORT, order=36)


def _of_customer(session: Session, party: Party) -> Iterator[Card]:
    bought = sum((one.net for one in sold(session, "customer", Asked(party_id=party.id))), ZERO)
    open_ = session.scalar(
        sa.select(sa.func.count(Order.id)).where(
            Order.company_id == session.company_id, Order.party_id == party.id, Order.state == "confirmed"
        )
    )
    link = Link(report=REPORT, parameters={"group": "item", "party": party.id})
    yield Card(
        _("Bought"),
        value=bought,
        kind="money",
        currency=books_currency(session),
        link=link,
        permission=REPORT,
        order=14,
    )
    yield Card(_("Open orders"), value=open_ or 0, permission="sales.order.read", order=15)
