"""What payslips are worked out from, read in a handful of questions however many people there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import Company, RuleBroken, Session, currency
from backoffice.hookspecs import messages

from . import computing, periods, tables
from .computing import Facts, Plan, read_fact
from .models import (
    Absence,
    Component,
    Contract,
    Employee,
    EmployeeFact,
    Holiday,
    Input,
    Opening,
    Rate,
    RateValue,
    Slip,
    SlipLine,
    Structure,
    StructureComponent,
    Table,
    TableBracket,
)
from .periods import ZERO

_ = messages("payroll")


@dataclass(frozen=True)
class Period:
    """A period that is paid."""

    start: date
    end: date
    pay_date: date
    kind: str = "regular"


@dataclass
class Situation:
    """One employee in one period: the contract that holds last, and what the payslip is worked out from."""

    employee_id: int
    contract: Any
    plan: Plan
    facts: Facts


def company_of(session: Session) -> Company:
    """Return the company at work."""
    found: Company | None = session.get(Company, session.company_id) if session.company_id is not None else None
    if found is None:
        raise RuleBroken(_("Choose a company first."))
    return found


class Rules:
    """The rules of a company: structures, components, rates, tables, holidays, settings. Read once for a run."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.company = company_of(session)
        self.by_pay_date = session.setting("payroll", "by") == "pay_date"
        self.year_month = int(session.setting("payroll", "year_month") or 1)
        self.year_day = int(session.setting("payroll", "year_day") or 1)
        rest = str(session.setting("payroll", "rest_days") or "")
        self.rest = frozenset(n for n, name in enumerate(periods.WEEKDAYS) if name in rest.lower())
        self._plans: dict[int, Plan] = {}

    def day_of(self, period: Period) -> date:
        """Return the day whose rates hold for a period, and whose year it counts in."""
        return period.pay_date if self.by_pay_date else period.end

    def year_of(self, period: Period) -> date:
        """Return the first day of the payroll year of a period."""
        return periods.year_of(self.day_of(period), self.year_month, self.year_day)

    @cached_property
    def structures(self) -> dict[int, Any]:
        """Structures by id: how often they are paid and which days count."""
        found = self.session.execute(
            sa.select(Structure.id, Structure.code, Structure.frequency, Structure.days).where(_ours(self, Structure))
        )
        return {row.id: row for row in found}

    @cached_property
    def components(self) -> dict[int, Any]:
        """Components by id, those in use and those that once were."""
        names = ("id", "code", "name", "kind", "purpose", "counter_purpose", "sequence")
        columns = (getattr(Component, name) for name in names)
        return {row.id: row for row in self.session.execute(sa.select(*columns).where(_ours(self, Component)))}

    @cached_property
    def ids(self) -> dict[str, int]:
        """The id of each component by its code."""
        return {row.code: row.id for row in self.components.values()}

    def plan(self, structure_id: int) -> Plan:
        """Return the components of a structure in the order they are worked out."""
        if structure_id not in self._plans:
            self._plans[structure_id] = Plan(self.components_of(structure_id))
        return self._plans[structure_id]

    def components_of(self, structure_id: int) -> list[computing.Component]:
        """Return the components of a structure as they are worked out, in the order of the payslip."""
        asked = (
            sa.select(Component, StructureComponent.formula)
            .join(StructureComponent, StructureComponent.component_id == Component.id)
            .where(StructureComponent.structure_id == structure_id, Component.active.is_(True))
            .order_by(Component.sequence, Component.id)
        )
        return [as_computed(component, formula) for component, formula in self.session.execute(asked)]

    @cached_property
    def _rate_values(self) -> dict[str, list[tuple[date, Decimal]]]:
        found: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
        asked = sa.select(Rate.code, RateValue.since, RateValue.value).join(RateValue, RateValue.rate_id == Rate.id)
        for code, since, value in self.session.execute(asked.where(_ours(self, Rate))):
            found[code].append((since, value))
        return found

    @cached_property
    def _brackets(self) -> dict[str, tuple[str, dict[date, list[tables.Bracket]]]]:
        found: dict[str, tuple[str, dict[date, list[tables.Bracket]]]] = {}
        asked = sa.select(
            Table.code, Table.method, TableBracket.since, TableBracket.start, TableBracket.rate, TableBracket.base
        ).join(TableBracket, TableBracket.table_id == Table.id)
        for code, method, since, start, rate, base in self.session.execute(asked.where(_ours(self, Table))):
            versions = found.setdefault(code, (method, defaultdict(list)))[1]
            versions[since].append(tables.Bracket(start, rate, base))
        return found

    def rates_on(self, day: date) -> dict[str, Decimal]:
        """Return the rates that hold on a day."""
        known = {code: tables.on_day(values, day) for code, values in self._rate_values.items()}
        return {code: value for code, value in known.items() if value is not None}

    def tables_on(self, day: date) -> dict[str, computing.Table]:
        """Return the tables that hold on a day."""
        known = {code: (method, tables.on_day(sets.items(), day)) for code, (method, sets) in self._brackets.items()}
        return {
            code: computing.Table(method, tuple(sorted(brackets, key=lambda one: one.start)))
            for code, (method, brackets) in known.items()
            if brackets
        }

    @cached_property
    def holidays(self) -> frozenset[date]:
        """Public holidays."""
        return frozenset(self.session.scalars(sa.select(Holiday.date).where(_ours(self, Holiday))))

    @property
    def names(self) -> tuple[set[str], set[str]]:
        """The codes of all rates and of all tables, whatever their dates."""
        rates = self.session.scalars(sa.select(Rate.code).where(_ours(self, Rate)))
        known = self.session.scalars(sa.select(Table.code).where(_ours(self, Table)))
        return set(rates), set(known)


def _ours(rules: Rules, model: Any) -> Any:
    return model.company_id == rules.company.id


def as_computed(component: Component, formula: str | None = None) -> computing.Component:
    """Return a component as it is worked out, with the formula of a structure where that has its own."""
    return computing.Component(
        code=component.code, kind=component.kind, formula=formula or component.formula,
        condition=component.condition or "", prorated=bool(component.prorated),
        mode=component.rounding or "half_up", step=component.step, bases=bases_of(component.bases),
    )  # fmt: skip


def bases_of(text: str | None) -> tuple[str, ...]:
    """Return the names of bases written with commas between them."""
    return tuple(filter(None, (part.strip() for part in (text or "").split(","))))


# -- one period ------------------------------------------------------------------------------------------------------


def situations(
    rules: Rules,
    period: Period,
    *,
    frequency: str = "",
    structure_id: int | None = None,
    employees: Collection[int] | None = None,
) -> list[Situation]:
    """Return everybody who is paid for a period, with all that is known but what the year and back pay come to."""
    contracts = _contracts(rules, period, employees)
    chosen = {
        employee: spans
        for employee, spans in contracts.items()
        if (not frequency or rules.structures[spans[-1].structure_id].frequency == frequency)
        and (structure_id is None or spans[-1].structure_id == structure_id)
    }
    inputs = _inputs(rules, period, chosen)
    if period.kind == "extra":
        chosen = {employee: spans for employee, spans in chosen.items() if inputs.get(employee)}
    known = _Known(rules, period, chosen, inputs)
    return [_situation(rules, period, employee, spans, known) for employee, spans in sorted(chosen.items())]


class _Known:
    """What is known of all employees of a period, by employee."""

    def __init__(self, rules: Rules, period: Period, chosen: Collection[int], inputs: Mapping[int, Any]) -> None:
        day = rules.day_of(period)
        self.year_start = rules.year_of(period)
        self.rates, self.tables = rules.rates_on(day), rules.tables_on(day)
        self.inputs = inputs
        self.absences = _absences(rules, period, chosen)
        self.facts = _employee_facts(rules, period, chosen)
        self.first = _first_days(rules, chosen)


def _situation(rules: Rules, period: Period, employee: int, spans: Sequence[Any], known: _Known) -> Situation:
    last = spans[-1]
    structure = rules.structures[last.structure_id]
    days = periods.days_of(
        period.start, period.end, [(one.start_date, one.end_date) for one in spans],
        known.absences.get(employee, ()), basis=structure.days, rest=rules.rest, holidays=rules.holidays,
    )  # fmt: skip
    extra = period.kind == "extra"
    ends = last.end_date is not None and last.end_date <= period.end
    until = min(period.end, last.end_date or period.end)
    facts = Facts(
        pay=ZERO if extra else _pay(rules, period, structure, spans),
        days=days,
        smallest=Decimal(1).scaleb(-currency(last.currency).places),
        hours=last.hours,
        number=periods.number_of(structure.frequency, known.year_start, period.start, period.end),
        per_year=periods.PER_YEAR[structure.frequency],
        service_days=(until - known.first[employee]).days + 1,
        service_ends=ends,
        kind=period.kind,
        inputs=known.inputs.get(employee, {}),
        employee=known.facts.get(employee, {}),
        rates=known.rates,
        tables=known.tables,
    )
    return Situation(employee, last, rules.plan(last.structure_id), facts)


def _pay(rules: Rules, period: Period, structure: Any, spans: Sequence[Any]) -> Decimal:
    """Return the pay of the period: of several contracts, each counts for as many days as it held."""
    if len(spans) == 1:
        return Decimal(spans[0].pay)
    weights = [
        periods.days_of(
            period.start, period.end, [(one.start_date, one.end_date)], basis=structure.days, rest=rules.rest,
            holidays=rules.holidays,
        ).paid
        for one in spans
    ]  # fmt: skip
    whole = sum(weights, ZERO)
    if not whole:
        return Decimal(spans[-1].pay)
    return sum((one.pay * weight for one, weight in zip(spans, weights, strict=True)), ZERO) / whole


def _contracts(rules: Rules, period: Period, employees: Collection[int] | None) -> dict[int, list[Any]]:
    names = ("id", "employee_id", "structure_id", "start_date", "end_date", "pay", "currency", "hours")
    asked = (
        sa.select(*(getattr(Contract, name) for name in names))
        .join(Employee, Employee.id == Contract.employee_id)
        .where(
            _ours(rules, Contract),
            Employee.active.is_(True),
            Contract.start_date <= period.end,
            sa.or_(Contract.end_date.is_(None), Contract.end_date >= period.start),
        )
        .order_by(Contract.employee_id, Contract.start_date)
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rules.session.execute(asked):
        if employees is None or row.employee_id in employees:
            found[row.employee_id].append(row)
    return found


def _inputs(rules: Rules, period: Period, chosen: Collection[int]) -> dict[int, dict[str, Decimal]]:
    """Return the sums of what was entered for a period, by employee and name."""
    once = sa.and_(Input.until.is_(None), Input.date >= period.start, Input.date <= period.end)
    again = sa.and_(Input.until.is_not(None), Input.date <= period.end, Input.until >= period.start)
    asked = sa.select(Input.employee_id, Input.name, Input.value).where(
        _ours(rules, Input), Input.extra.is_(period.kind == "extra"), sa.or_(once, again)
    )
    found: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for employee, name, value in rules.session.execute(asked):
        if employee in chosen:
            found[employee][name] += value
    return {employee: dict(values) for employee, values in found.items()}


def _absences(rules: Rules, period: Period, chosen: Collection[int]) -> dict[int, list[periods.Absence]]:
    asked = sa.select(Absence.employee_id, Absence.start_date, Absence.end_date, Absence.unpaid).where(
        _ours(rules, Absence), Absence.start_date <= period.end, Absence.end_date >= period.start
    )
    found: dict[int, list[periods.Absence]] = defaultdict(list)
    for employee, start, end, unpaid in rules.session.execute(asked):
        if employee in chosen:
            found[employee].append(periods.Absence(start, end, unpaid / 100))
    return found


def _employee_facts(rules: Rules, period: Period, chosen: Collection[int]) -> dict[int, dict[str, Any]]:
    day = rules.day_of(period)
    asked = (
        sa.select(EmployeeFact.employee_id, EmployeeFact.name, EmployeeFact.value)
        .where(sa.or_(EmployeeFact.since.is_(None), EmployeeFact.since <= day))
        .join(Employee, Employee.id == EmployeeFact.employee_id)
        .where(_ours(rules, Employee))
        .order_by(sa.func.coalesce(EmployeeFact.since, date.min), EmployeeFact.id)
    )
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    for employee, name, value in rules.session.execute(asked):
        if employee in chosen:
            found[employee][name] = read_fact(value)
    return found


def _first_days(rules: Rules, chosen: Collection[int]) -> dict[int, date]:
    asked = sa.select(Contract.employee_id, sa.func.min(Contract.start_date)).where(_ours(rules, Contract))
    found = rules.session.execute(asked.group_by(Contract.employee_id))
    return {employee: first for employee, first in found if employee in chosen}


# -- what was paid before --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Paid:
    """A payslip that stands: for which period, in which year, and what each component came to."""

    id: int
    employee_id: int
    period: Period
    year: date
    currency: str
    amounts: Mapping[str, Decimal]
    """What its own lines say, without back pay."""
    corrected: Mapping[str, Decimal]
    """What was paid for its period in all: its own lines, and the back pay of later payslips."""
    in_all: Mapping[str, Decimal]
    """All its lines, back pay for earlier periods included."""


def paid_before(rules: Rules, employees: Collection[int], since: date, before: date) -> dict[int, list[Paid]]:
    """Return the final payslips of ``employees`` whose periods end between two days, in order."""
    slips = rules.session.execute(
        sa.select(
            Slip.id, Slip.employee_id, Slip.from_date, Slip.until_date, Slip.pay_date, Slip.kind, Slip.year,
            Slip.currency,
        )
        .where(_ours(rules, Slip), Slip.state == "final", Slip.until_date >= since, Slip.until_date <= before)
        .order_by(Slip.until_date, Slip.id)
    ).all()  # fmt: skip
    wanted = {row.id: row for row in slips if row.employee_id in employees}
    own, later, in_all = _line_sums(rules, since, before)
    found: dict[int, list[Paid]] = defaultdict(list)
    for row in wanted.values():
        amounts, more = own.get(row.id, {}), later.get(row.id, {})
        corrected = {code: amounts.get(code, ZERO) + more.get(code, ZERO) for code in {**amounts, **more}}
        period = Period(row.from_date, row.until_date, row.pay_date, row.kind)
        found[row.employee_id].append(
            Paid(row.id, row.employee_id, period, row.year, row.currency, amounts, corrected, in_all.get(row.id, {}))
        )
    return found


Sums = dict[int, dict[str, Decimal]]


def _line_sums(rules: Rules, since: date, before: date) -> tuple[Sums, Sums, Sums]:
    """Return by payslip what its own lines say, what later payslips paid for it, and all its lines."""
    asked = (
        sa.select(SlipLine.slip_id, SlipLine.for_id, SlipLine.component_id, SlipLine.amount)
        .join(Slip, Slip.id == SlipLine.slip_id)
        .where(_ours(rules, Slip), Slip.state == "final", Slip.until_date >= since, Slip.until_date <= before)
    )
    own: Sums = defaultdict(lambda: defaultdict(Decimal))
    later: Sums = defaultdict(lambda: defaultdict(Decimal))
    in_all: Sums = defaultdict(lambda: defaultdict(Decimal))
    for slip_id, for_id, component_id, amount in rules.session.execute(asked):
        code = rules.components[component_id].code
        in_all[slip_id][code] += amount
        (own[slip_id] if for_id is None else later[for_id])[code] += amount
    return own, later, in_all


def openings(rules: Rules, employees: Collection[int], year: date, before: date) -> dict[int, dict[str, Decimal]]:
    """Return what was taken over for this year, by employee and component."""
    asked = sa.select(Opening.employee_id, Opening.component_id, Opening.amount).where(
        _ours(rules, Opening), Opening.date >= year, Opening.date <= before
    )
    found: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for employee, component_id, amount in rules.session.execute(asked):
        if employee in employees:
            found[employee][rules.components[component_id].code] += amount
    return found


def added(*amounts: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return the sums of what several mappings say of each component."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for one in amounts:
        for code, amount in one.items():
            found[code] += amount
    return dict(found)


def with_year(situation: Situation, year: Mapping[str, Decimal], back: Mapping[str, Decimal]) -> Situation:
    """Return a situation that knows what the year came to before, and what is owed for earlier periods."""
    return replace(situation, facts=replace(situation.facts, year=year, back=back))
