"""Working out payslips: this period for everybody, and the periods paid before where back pay is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import RuleBroken
from backoffice.hookspecs import messages

from .computing import ComponentError, Line, differences, explain, sums_of, written
from .gathering import Paid, Period, Rules, Situation, added, openings, paid_before, situations, with_year
from .models import Employee
from .periods import ZERO

_ = messages("payroll")

TOLD = 10
"""Payslips that could not be worked out are named up to this many."""

LONG_AGO = timedelta(days=100)
"""A period that ends this long before a year at most may be paid in it."""


@dataclass(frozen=True)
class Back:
    """What is owed more, or was paid too much, of one component for a period paid before."""

    slip_id: int
    end: date
    code: str
    amount: Decimal
    due: Decimal
    paid: Decimal


@dataclass
class Payslip:
    """A payslip as it was worked out."""

    situation: Situation
    lines: list[Line]
    back: list[Back] = field(default_factory=list)
    year: Mapping[str, Decimal] = field(default_factory=dict)
    """What the components came to before, in the same year."""

    def kind_of(self, code: str) -> str:
        """Return the kind of a component of this payslip."""
        return next((one.kind for one in self.situation.plan.components if one.code == code), "figure")

    def amounts(self) -> list[tuple[str, Decimal]]:
        """Return kind and amount of each line, back pay included."""
        now = [(line.component.kind, line.amount) for line in self.lines]
        return now + [(self.kind_of(one.code), one.amount) for one in self.back]

    def rows(self, ids: Mapping[str, int]) -> list[dict[str, Any]]:
        """Return the lines as they are kept; those that come to nothing are left out."""
        year = dict(self.year)
        rows = []
        days = self.situation.facts.days
        told: list[tuple[str, str, Decimal, int | None, str]] = [
            (line.component.code, line.component.kind, line.amount, None, explain(line, days)) for line in self.lines
        ]
        told += [
            (one.code, self.kind_of(one.code), one.amount, one.slip_id, f"{written(one.due)} - {written(one.paid)}")
            for one in self.back
        ]
        for code, kind, amount, for_id, reached in told:
            if amount:
                year[code] = year.get(code, ZERO) + amount
                rows.append({"component_id": ids[code], "kind": kind, "amount": amount, "in_year": year[code],
                             "for_id": for_id, "reached": reached})  # fmt: skip
        return rows

    def sums(self) -> Any:
        """Return gross pay, deductions, cost of the employer and net pay."""
        return sums_of(self.amounts())


def work_out(
    rules: Rules, period: Period, *, frequency: str = "", structure_id: int | None = None,
    employees: Sequence[int] | None = None, back_to: date | None = None,
) -> list[Payslip]:  # fmt: skip
    """Return the payslip of everybody who is paid for a period.

    Args:
        rules: the rules of the company.
        period: what is paid.
        frequency: only those who are paid that often.
        structure_id: only those who are paid by that structure.
        employees: only these.
        back_to: periods paid before that end on or after this day are worked out again.

    Raises :class:`~backoffice.core.api.RuleBroken` naming everybody whose payslip cannot be worked out.
    """
    found = situations(rules, period, frequency=frequency, structure_id=structure_id, employees=employees)
    ids = {one.employee_id for one in found}
    year = rules.year_of(period)
    since = min(year - LONG_AGO, back_to or year)
    paid = paid_before(rules, ids, since, period.end)
    opened = openings(rules, ids, year, period.end)
    problems = _Problems(rules)
    back_pay = _back_pay(rules, found, paid, back_to, problems) if back_to else {}
    slips = []
    for one in found:
        before = _in_year(paid.get(one.employee_id, ()), year, one.contract.currency)
        known = added(opened.get(one.employee_id, {}), *(slip.in_all for slip in before))
        owed = back_pay.get(one.employee_id, [])
        situation = with_year(one, known, added(*({each.code: each.amount} for each in owed)))
        lines = problems.watch(one.employee_id, situation)
        settled = one.plan.settled_now
        places = {each.code: n for n, each in enumerate(one.plan.components)}
        back_now = sorted(
            (each for each in owed if each.code not in settled),
            key=lambda each: (each.end, places.get(each.code, len(places))),
        )
        slips.append(Payslip(situation, lines, back_now, known))
    problems.raise_if_any()
    return slips


def _in_year(slips: Sequence[Paid], year: date, currency: str) -> list[Paid]:
    return [one for one in slips if one.year == year and one.currency == currency]


class _Problems:
    """Payslips that cannot be worked out, gathered so that all are told at once."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.found: dict[int, Any] = {}

    def watch(self, employee: int, situation: Situation) -> list[Line]:
        """Return the lines of a situation, or none when they cannot be worked out."""
        try:
            return situation.plan.lines(situation.facts)
        except ComponentError as error:
            self.found.setdefault(employee, error.said)
            return []

    def raise_if_any(self) -> None:
        """Refuse to go on, saying whose payslip and why."""
        if not self.found:
            return
        told = list(self.found)[:TOLD]
        names = dict(
            self.rules.session.execute(sa.select(Employee.id, Employee.name).where(Employee.id.in_(told))).all()
        )
        each = [_("{employee}: {said}").with_values(employee=names.get(one, one), said=self.found[one]) for one in told]
        count = len(self.found)
        raise RuleBroken(
            _("One payslip cannot be worked out.").counted("{count} payslips cannot be worked out.", count),
            why=_("What stands in the way: {each}.").with_values(each=each),
            remedy=_("Correct the component, its rates, or what is known of the employee."),
        )


# -- back pay --------------------------------------------------------------------------------------------------------


def _back_pay(
    rules: Rules, now: Sequence[Situation], paid: Mapping[int, Sequence[Paid]], back_to: date, problems: _Problems
) -> dict[int, list[Back]]:
    """Return by employee what earlier periods come to more, worked out again with what is known today."""
    again: dict[Period, list[Paid]] = {}
    currencies = {one.employee_id: one.contract.currency for one in now}
    for slips in paid.values():
        for slip in slips:
            same = slip.currency == currencies[slip.employee_id]
            if slip.period.kind == "regular" and slip.period.end >= back_to and same:
                again.setdefault(slip.period, []).append(slip)
    due: dict[int, dict[str, Decimal]] = {}
    found: dict[int, list[Back]] = {}
    for period in sorted(again, key=lambda one: (one.end, one.start)):
        slips_of = {slip.employee_id: slip for slip in again[period]}
        known = {one.employee_id: one for one in situations(rules, period, employees=slips_of.keys())}
        year = rules.year_of(period)
        opened = openings(rules, slips_of.keys(), year, period.end)
        for employee, slip in slips_of.items():
            due[slip.id] = {}
            if employee in known:
                earlier = [one for one in _in_year(paid[employee], year, slip.currency) if _is_before(one, slip)]
                before = added(opened.get(employee, {}), *(due.get(one.id, one.corrected) for one in earlier))
                lines = problems.watch(employee, with_year(known[employee], before, {}))
                due[slip.id] = {line.component.code: line.amount for line in lines}
            found.setdefault(employee, []).extend(_owed(slip, due[slip.id]))
    return found


def _is_before(one: Paid, other: Paid) -> bool:
    return (one.period.end, one.id) < (other.period.end, other.id)


def _owed(slip: Paid, due: Mapping[str, Decimal]) -> list[Back]:
    return [
        Back(slip.id, slip.period.end, code, amount, due.get(code, ZERO), slip.corrected.get(code, ZERO))
        for code, amount in sorted(differences(due, slip.corrected).items())
    ]
