"""Reports over a span: what each employee was paid, and what people cost month by month."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_payroll.gathering import Rules
from backoffice_payroll.models import Employee, Opening, Slip, SlipLine

from backoffice.core.api import InvalidInput, Session, translate
from backoffice.hookspecs import Column, Link, Row, Table, TableChart, messages

from .common import ZERO, components_in_order, name_in

_ = messages("payroll")


def _check(start: date, end: date) -> None:
    if end < start:
        said = _("It would end before it begins.")
        raise InvalidInput(said, fields={"until": [said]})


def year(session: Session, *, until: date, employee_id: int | None = None, **span: Any) -> Table:
    """Return what each component of each employee came to; figures that were taken over are part of it."""
    start = span["from"]
    _check(start, until)
    rules = Rules(session)
    day = Slip.pay_date if rules.by_pay_date else Slip.until_date
    paid = (
        sa.select(Slip.employee_id, Slip.currency, SlipLine.component_id, sa.func.sum(SlipLine.amount))
        .join(SlipLine, SlipLine.slip_id == Slip.id)
        .where(Slip.company_id == session.company_id, Slip.state == "final", day >= start, day <= until)
        .group_by(Slip.employee_id, Slip.currency, SlipLine.component_id)
    )
    opened = sa.select(Opening.employee_id, Opening.component_id, Opening.amount).where(
        Opening.company_id == session.company_id, Opening.date >= start, Opening.date <= until
    )
    if employee_id is not None:
        paid, opened = paid.where(Slip.employee_id == employee_id), opened.where(Opening.employee_id == employee_id)
    sums: dict[tuple[int, str], dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for employee, currency, component, amount in session.execute(paid):
        sums[employee, currency][component] += amount or ZERO
    for employee, component, amount in session.execute(opened):
        sums[employee, rules.company.currency][component] += amount
    return _year_table(session, sums)


def _year_table(session: Session, sums: dict[tuple[int, str], dict[int, Decimal]]) -> Table:
    language = session.context.language
    used = {component for by in sums.values() for component in by}
    components = components_in_order(session, used)
    currencies = {currency for _employee, currency in sums}
    shared = currencies.copy().pop() if len(currencies) == 1 else ""
    names = {
        row.id: row
        for row in session.execute(
            sa.select(Employee.id, Employee.number, Employee.name).where(Employee.id.in_({one for one, _c in sums}))
        )
    }
    columns = (
        Column("number", _("Number"), "code"),
        Column("name", _("Employee")),
        *(() if shared else (Column("currency", _("Currency"), "code"),)),
        *(Column(one.code, name_in(one, language), "money", currency=shared, total=bool(shared)) for one in components),
    )
    rows = [
        Row(
            (names[employee].number, names[employee].name, *(() if shared else (currency,)),
             *(by.get(one.id, ZERO) for one in components)),
            link=Link(resource="payroll.employee", id=employee),
        )
        for (employee, currency), by in sorted(sums.items(), key=lambda item: (names[item[0][0]].name, item[0]))
    ]  # fmt: skip
    return Table(columns, rows)


def cost(session: Session, *, until: date, **span: Any) -> Table:
    """Return what people cost in each month, in the company's currency; other currencies are told below."""
    start = span["from"]
    _check(start, until)
    currency, language = Rules(session).company.currency, session.context.language
    found = session.execute(
        sa.select(Slip.until_date, Slip.currency, sa.func.count(Slip.id), sa.func.sum(Slip.gross),
                  sa.func.sum(Slip.deductions), sa.func.sum(Slip.net), sa.func.sum(Slip.employer))
        .where(Slip.company_id == session.company_id, Slip.state == "final", Slip.until_date >= start,
               Slip.until_date <= until)
        .group_by(Slip.until_date, Slip.currency)
    ).all()  # fmt: skip
    months: dict[date, list[Any]] = {}
    others = set()
    for day, code, *figures in found:
        if code != currency:
            others.add(code)
            continue
        row = months.setdefault(day.replace(day=1), [0, ZERO, ZERO, ZERO, ZERO])
        months[day.replace(day=1)] = [was + (more or 0) for was, more in zip(row, figures, strict=True)]
    rows = [Row((month, *figures, figures[1] + figures[4])) for month, figures in sorted(months.items())]
    money = (("gross", _("Gross pay")), ("deductions", _("Deductions")), ("net", _("Net pay")),
             ("employer", _("Cost of the employer")), ("cost", _("Cost in all")))  # fmt: skip
    columns = (
        Column("month", _("Month beginning"), "date"),
        Column("count", _("Payslips"), "integer"),
        *(Column(name, label, "money", currency=currency, total=True) for name, label in money),
    )
    said = _("Payslips in {currencies} are left out.").with_values(currencies=sorted(others))
    chart = TableChart("bar", x="month", y=("cost",), label=translate(_("Cost of people"), language))
    return Table(columns, rows, chart=chart if rows else None, notes=(translate(said, language),) if others else ())
