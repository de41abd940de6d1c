"""Budgets against what happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_accounting.currencies import company_name
from backoffice_accounting.dimensions.sets import sets_with
from backoffice_accounting.models import Account, Budget, Period
from backoffice_accounting.posting import ZERO
from backoffice_accounting.reports import name_in
from backoffice_accounting.statements.figures import Asked, Span

from backoffice.core.api import Conflict, InvalidInput, NotFound, Session, currency, split
from backoffice.hookspecs import Column, Link, Row, Table, TableChart, messages

_ = messages("accounting")

COLUMNS = (
    ("budget", _("Budget")),
    ("actual", _("Actual")),
    ("difference", _("Difference")),
)


def before_save(session: Session, budget: Budget, values: object) -> None:
    """Check a budget: it plans accounts of income and expense, or any other, that are posted to."""
    for number, line in enumerate(budget.lines):
        with session.no_autoflush:
            account = session.get(Account, line.account_id)
        if account is None or account.heading:
            said = _("A budget plans accounts that are posted to.")
            raise InvalidInput(said, fields={f"lines.{number}.account": [said]})


def approve(session: Session, budget: Budget) -> dict[str, Any]:
    """Approve a budget; it is not changed any more."""
    if budget.state != "draft":
        raise Conflict(_("This budget is approved already."))
    budget.state = "approved"
    session.flush()
    return {"state": budget.state}


def variance(session: Session, *, budget_id: int, dimension_value_id: int | None = None, **span: Any) -> Table:
    """Return what was planned and what happened until a day of the budget's year, by account."""
    budget = session.get(Budget, budget_id)
    if budget is None or budget.company_id != session.company_id:
        raise NotFound(_("There is no such budget in this company."))
    year = budget.fiscal_year
    first = max(span.get("from") or year.start_date, year.start_date)
    until = min(span.get("until") or year.end_date, year.end_date)
    plan = planned(session, budget, first, until, dimension_value_id)
    sets = sets_with(session, [dimension_value_id]) if dimension_value_id is not None else None
    moved = Span(session, Asked([budget.company_id], sets), first, until).measured("movement")
    code = company_name(session).currency
    accounts = session.scalars(sa.select(Account).where(Account.id.in_(sorted(plan))).order_by(Account.code)).all()
    rows = [_row(session, account, plan[account.id], moved, first, until) for account in accounts]
    columns = [Column("name", _("Account")), *(Column(name, label, "money", currency=code) for name, label in COLUMNS)]
    return Table(
        [*columns, Column("share", _("Of the budget"), "percent")],
        rows,
        title=budget.name,
        chart=TableChart("bar", x="name", y=("budget", "actual"), label=_("Budget and actual")),
    )


def _row(
    session: Session, account: Account, planned: Decimal, moved: Mapping[int, Decimal], first: date, until: date
) -> Row:
    sign = -1 if account.type in ("income", "liability", "equity") else 1
    actual = sign * moved.get(account.id, ZERO)
    share = (actual * 100 / planned).quantize(Decimal("0.1")) if planned else None
    name = f"{account.code} · {name_in(account, session.context.language)}"
    parameters = {"account": account.id, "from": first, "until": until}
    link = Link(report="accounting.general_ledger", parameters=parameters)
    return Row((name, planned, actual, actual - planned, share), link=link)


def planned(session: Session, budget: Budget, first: date, until: date, value_id: int | None) -> dict[int, Decimal]:
    """Return what is planned by account: of periods that lie in the span, and of the year by its periods.

    Amounts are as they are written in the budget: income and expense above zero.
    """
    periods = session.scalars(
        sa.select(Period)
        .where(Period.fiscal_year_id == budget.fiscal_year_id, Period.kind == "regular")
        .order_by(Period.start_date)
    ).all()
    inside = [first <= period.start_date and period.end_date <= until for period in periods]
    ids = {period.id for period, within in zip(periods, inside, strict=True) if within}
    places = currency(company_name(session).currency).places
    found: dict[int, Decimal] = {}
    for line in budget.lines:
        if value_id is not None and line.value_id != value_id:
            continue
        if line.period_id is not None:
            amount = line.amount if line.period_id in ids else ZERO
        else:
            shares = split(line.amount, [1] * len(periods), places)
            amount = sum((share for share, within in zip(shares, inside, strict=True) if within), ZERO)
        found[line.account_id] = found.get(line.account_id, ZERO) + amount
    return found
