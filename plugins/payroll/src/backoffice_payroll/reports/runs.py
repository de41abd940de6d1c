"""Reports about one run: its register, what changed since the period before, and whom to pay."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_payroll.models import Employee, Run, Slip

from backoffice.core.api import Session, translate
from backoffice.hookspecs import Column, Link, Row, Table, messages

from .common import ZERO, amounts_by_slip, components_in_order, name_in, run_of

_ = messages("payroll")


def _slips(session: Session, run: Run) -> Sequence[Any]:
    asked = (
        sa.select(
            Slip.id, Slip.employee_id, Slip.currency, Slip.gross, Slip.deductions, Slip.net, Slip.employer, Slip.number,
            Slip.paid_days, Employee.name, Employee.number.label("employee"), Employee.department, Employee.bank,
            Employee.bank_code, Employee.account,
        )
        .join(Employee, Employee.id == Slip.employee_id)
        .where(Slip.run_id == run.id)
        .order_by(Slip.currency, Employee.name, Employee.id)
    )  # fmt: skip
    return session.execute(asked).all()


def _money(slips: Sequence[Any], *columns: tuple[str, Any]) -> tuple[Column, ...]:
    """Return columns of amounts; where all slips are in one currency it stands in their heads, and they are summed."""
    codes = {one.currency for one in slips}
    shared = codes.pop() if len(codes) == 1 else ""
    return tuple(Column(name, label, "money", currency=shared, total=bool(shared)) for name, label in columns)


def _currency(slips: Sequence[Any]) -> tuple[Column, ...]:
    return (Column("currency", _("Currency"), "code"),) if len({one.currency for one in slips}) > 1 else ()


def register(session: Session, *, run_id: int) -> Table:
    """Return everybody of a run with each component."""
    run = run_of(session, run_id)
    slips = _slips(session, run)
    amounts = amounts_by_slip(session, Slip.run_id == run.id)
    used = {component for by in amounts.values() for component in by}
    components = components_in_order(session, used)
    language, head = session.context.language, _currency(slips)
    columns = (
        Column("number", _("Number"), "code"),
        Column("name", _("Employee")),
        *head,
        Column("days", _("Days paid"), "quantity"),
        *_money(slips, *((one.code, name_in(one, language)) for one in components)),
        *_money(slips, ("gross", _("Gross pay")), ("deductions", _("Deductions")), ("net", _("Net pay")),
                ("employer", _("Cost of the employer"))),
    )  # fmt: skip
    rows = [
        Row(
            (one.employee, one.name, *((one.currency,) if head else ()), one.paid_days,
             *(amounts.get(one.id, {}).get(component.id, ZERO) for component in components),
             one.gross, one.deductions, one.net, one.employer),
            link=Link(resource="payroll.slip", id=one.id),
        )
        for one in slips
    ]  # fmt: skip
    return Table(columns, rows, subtitle=run.name)


def payments(session: Session, *, run_id: int) -> Table:
    """Return whom to send how much; whoever gets nothing is left out."""
    run = run_of(session, run_id)
    slips = [one for one in _slips(session, run) if one.net > 0]
    head = _currency(slips)
    columns = (
        Column("number", _("Number"), "code"),
        Column("name", _("Employee")),
        Column("bank", _("Bank")),
        Column("bank_code", _("Code of the bank"), "code"),
        Column("account", _("Bank account"), "code"),
        *head,
        *_money(slips, ("net", _("Net pay"))),
        Column("reference", _("Reference"), "code"),
    )
    rows = [
        Row(
            (one.employee, one.name, one.bank, one.bank_code, one.account, *((one.currency,) if head else ()), one.net,
             one.number or run.number),
            link=Link(resource="payroll.slip", id=one.id),
        )
        for one in slips
    ]  # fmt: skip
    language = session.context.language
    notes = [translate(_("One payment.").counted("{count} payments.", len(rows)), language)]
    missing = sum(1 for one in slips if not one.account)
    if missing:
        said = _("One employee has no bank account.").counted("{count} employees have no bank account.", missing)
        notes.append(translate(said, language))
    return Table(columns, rows, subtitle=run.name, notes=tuple(notes))


# -- compared with the period before ---------------------------------------------------------------------------------


def variance(session: Session, *, run_id: int, least: Decimal | None = None) -> Table:
    """Return everybody of a run beside their last payslip before it, and those paid last time who are missing now.

    The component that changed most says where the difference comes from.
    """
    run = run_of(session, run_id)
    slips = _slips(session, run)
    before = _before(session, run, [one.employee_id for one in slips])
    amounts = amounts_by_slip(session, Slip.id.in_([one.id for one in (*slips, *before.values())]))
    names = {one.id: name_in(one, session.context.language) for one in components_in_order(
        session, {component for by in amounts.values() for component in by})}  # fmt: skip
    rows = [_compared(one, before.pop(one.employee_id, None), amounts, names) for one in slips]
    gone = [one for one in before.values() if one.was_there]
    rows += [_compared(None, one, amounts, names) for one in sorted(gone, key=lambda one: one.name)]
    language = session.context.language
    told = [
        Row((number, name, *figures, translate(change, language)), link=link)
        for number, name, figures, change, link in rows
        if least is None or figures[3] is None or abs(figures[3]) >= least
    ]
    columns = (
        Column("number", _("Number"), "code"),
        Column("name", _("Employee")),
        *_money(slips, ("before", _("Gross pay before")), ("now", _("Gross pay now")), ("change", _("Difference"))),
        Column("percent", _("Percent"), "percent"),
        *_money(slips, ("net", _("Net pay now"))),
        Column("because", _("Mostly because of")),
    )
    return Table(columns, told, subtitle=run.name)


def _before(session: Session, run: Run, employees: Sequence[int]) -> dict[int, Any]:
    """Return the last regular payslip before a run, by employee; ``was_there`` tells whose was the period before."""
    latest = (Slip.until_date.desc(), Slip.id.desc())
    earlier = (
        sa.select(
            Slip.id, Slip.employee_id, Slip.gross, Slip.net, Slip.until_date, Employee.name, Employee.number,
            sa.func.row_number().over(partition_by=Slip.employee_id, order_by=latest).label("n"),
            (Slip.run_id == _last_run(run)).label("was_there"),
        )
        .join(Employee, Employee.id == Slip.employee_id)
        .where(
            Slip.company_id == session.company_id, Slip.state == "final", Slip.kind == "regular",
            Slip.until_date < run.from_date,
        )
        .subquery()
    )  # fmt: skip
    found = session.execute(sa.select(earlier).where(earlier.c.n == 1)).all()
    wanted = set(employees)
    return {row.employee_id: row for row in found if row.employee_id in wanted or row.was_there}


def _last_run(run: Run) -> Any:
    asked = sa.select(Run.id).where(
        Run.company_id == run.company_id, Run.kind == "regular", Run.frequency == run.frequency,
        Run.state.in_(("approved", "paid")), Run.until_date < run.from_date,
    )  # fmt: skip
    if run.structure_id is not None:
        asked = asked.where(Run.structure_id == run.structure_id)
    return asked.order_by(Run.until_date.desc(), Run.id.desc()).limit(1).scalar_subquery()


def _compared(
    now: Any, before: Any, amounts: dict[int, dict[int, Decimal]], names: dict[int, str]
) -> tuple[Any, str, tuple[Any, ...], Any, Link]:
    was, is_ = (before.gross if before else ZERO), (now.gross if now else ZERO)
    change = is_ - was
    percent = round(change * 100 / was, 2) if was else None
    figures = (was, is_, change, percent, now.net if now else ZERO)
    if now is None:
        return before.number, before.name, figures, _("Not paid this time"), Link(resource="payroll.slip", id=before.id)
    link = Link(resource="payroll.slip", id=now.id)
    if before is None:
        return now.employee, now.name, figures, _("Paid for the first time"), link
    return now.employee, now.name, figures, _cause(amounts.get(now.id, {}), amounts.get(before.id, {}), names), link


def _cause(now: dict[int, Decimal], before: dict[int, Decimal], names: dict[int, str]) -> str:
    changes = {one: now.get(one, ZERO) - before.get(one, ZERO) for one in {**before, **now}}
    most = max(changes, key=lambda one: (abs(changes[one]), -one), default=None)
    return names.get(most, "") if most is not None and changes[most] else ""
