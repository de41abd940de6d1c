"""A payslip that is only tried, and the formulas of a structure as they are read."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from backoffice_payroll.computing import KINDS, ComponentError, Plan, explain, names_of
from backoffice_payroll.gathering import Period, Rules
from backoffice_payroll.models import Component, Contract, Structure
from backoffice_payroll.periods import end_of
from backoffice_payroll.working import Payslip, work_out

from backoffice.core.api import InvalidInput, RuleBroken, Session, translate
from backoffice.hookspecs import Column, Link, Row, Table, messages

from .common import name_in

_ = messages("payroll")


def preview(
    session: Session, *, employee_id: int, until: date | None = None, back_to: date | None = None, **span: Any
) -> Table:
    """Return the lines a payslip would have, those that come to nothing included."""
    start: date = span["from"]
    rules = Rules(session)
    end = until or end_of(_frequency(session, rules, employee_id, start), start)
    if end < start:
        said = _("It would end before it begins.")
        raise InvalidInput(said, fields={"until": [said]})
    slips = work_out(rules, Period(start, end, end), employees=[employee_id], back_to=back_to)
    if not slips:
        raise RuleBroken(_("This employee has no contract in that period."))
    return _table(session, slips[0])


def _frequency(session: Session, rules: Rules, employee_id: int, day: date) -> str:
    asked = (
        sa.select(Contract.structure_id)
        .where(Contract.employee_id == employee_id, Contract.start_date <= day)
        .order_by(Contract.start_date.desc())
        .limit(1)
    )
    found = session.scalar(asked)
    return "month" if found is None else str(rules.structures[found].frequency)


def _table(session: Session, slip: Payslip) -> Table:
    language, currency = session.context.language, slip.situation.contract.currency
    components = {one.code: one for one in session.scalars(sa.select(Component))}
    days = slip.situation.facts.days

    def row(code: str, amount: Any, reached: str) -> Row:
        component = components[code]
        return Row(
            (name_in(component, language), translate(KINDS[component.kind], language), amount, reached),
            link=Link(resource="payroll.component", id=component.id),
        )

    rows = [row(line.component.code, line.amount, explain(line, days)) for line in slip.lines]
    for one in slip.back:
        said = _("Back pay until {day}: {due} due, {paid} paid").with_values(day=one.end, due=one.due, paid=one.paid)
        rows.append(row(one.code, one.amount, translate(said, language)))
    sums = slip.sums()
    for label, amount in ((_("Gross pay"), sums.gross), (_("Deductions"), sums.deductions), (_("Net pay"), sums.net),
                          (_("Cost of the employer"), sums.employer)):  # fmt: skip
        rows.append(Row((translate(label, language), "", amount, ""), style="total"))
    columns = (
        Column("component", _("Component")),
        Column("kind", _("Kind")),
        Column("amount", _("Amount"), "money", currency=currency),
        Column("reached", _("How it was reached"), "long_text"),
    )
    note = _("{paid} of {working} days are paid.").with_values(paid=days.paid, working=days.working)
    return Table(columns, rows, notes=(translate(note, language),))


def formulas_of(session: Session, *, structure_id: int) -> Table:
    """Return the components of a structure in the order they are worked out."""
    structure = session.get(Structure, structure_id)
    if structure is None or structure.company_id != session.company_id:
        said = _("There is no such structure.")
        raise InvalidInput(said, fields={"structure": [said]})
    language = session.context.language
    known = {one.code: one for one in session.scalars(sa.select(Component))}
    try:
        plan = Plan(Rules(session).components_of(structure.id))
    except ComponentError as error:
        raise RuleBroken(_("Pay could not be worked out with {structure}.").with_values(structure=structure.name),
                         why=error.said) from None  # fmt: skip
    rows = [
        Row(
            (one.code, name_in(known[one.code], language), translate(KINDS[one.kind], language), one.formula,
             one.condition, ", ".join(sorted(names_of(one)))),
            link=Link(resource="payroll.component", id=known[one.code].id),
        )
        for one in plan.components
    ]  # fmt: skip
    columns = (
        Column("code", _("Code"), "code"),
        Column("name", _("Name")),
        Column("kind", _("Kind")),
        Column("formula", _("Formula"), "long_text"),
        Column("condition", _("Only if"), "long_text"),
        Column("reads", _("Reads"), "long_text"),
    )
    return Table(columns, rows, subtitle=name_in(structure, language))
