"""What is kept of payroll: who is paid, by which rules, what was entered, and every payslip as it was worked out."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Mapped

from backoffice.core.api import (
    Indexed,
    Must,
    OfCompany,
    Record,
    Row,
    UniqueInCompany,
    User,
    field,
    plugin_base,
    to_many,
    to_one,
)
from backoffice.hookspecs import messages

from . import guards
from .computing import KINDS
from .periods import BASES, FREQUENCIES
from .tables import METHODS

_ = messages("payroll")

Base: Any = plugin_base("payroll")

NOUGHT = Decimal(0)
RUN_KINDS = {"regular": _("Regular"), "extra": _("Extra")}
RUN_STATES = {
    "draft": _("Draft"),
    "computed": _("Worked out"),
    "approved": _("Approved"),
    "paid": _("Paid"),
    "undone": _("Taken back"),
}
SLIP_STATES = {"draft": _("Draft"), "final": _("Final"), "undone": _("Taken back")}
ROUNDING = {
    "half_up": _("To the nearest, half away from zero"),
    "half_even": _("To the nearest, half to the even one"),
    "half_down": _("To the nearest, half towards zero"),
    "down": _("Towards zero"),
    "floor": _("Down"),
    "ceiling": _("Up"),
}


# -- rules -----------------------------------------------------------------------------------------------------------


class Component(OfCompany, Record, Base):
    """A component of pay: an earning, a deduction, a cost of the employer, or a figure others read."""

    __tablename__ = "payroll_component"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(40, label=_("Code"), search=True, help=_("What formulas call it."))
    name: Mapped[str] = field.translated(120, label=_("Name"), search=True)
    kind: Mapped[str] = field.choice(KINDS, label=_("Kind"), default="earning")
    formula: Mapped[str] = field.long_text(
        label=_("Formula"), help=_("Such as pay * 0.25, or input.overtime * pay / 240 * 1.5.")
    )
    condition: Mapped[str | None] = field.long_text(
        label=_("Only if"), help=_("Left empty, always. Such as input.overtime > 0.")
    )
    prorated: Mapped[bool] = field.yes_no(
        default=False, label=_("By days paid"), help=_("Multiplied with the part of the period that is paid.")
    )
    bases: Mapped[str | None] = field.code(
        200,
        label=_("Counts towards"),
        help=_("Sums it is part of, such as taxable, pension; formulas read base.taxable."),
    )
    rounding: Mapped[str] = field.choice(ROUNDING, label=_("Rounded"), default="half_up")
    step: Mapped[Decimal | None] = field.quantity(
        label=_("Step of rounding"), help=_("Left empty, the smallest amount of the currency.")
    )
    purpose: Mapped[str | None] = field.code(
        40, label=_("Purpose"),
        help=_("Where it goes in the books; left empty, wages, payroll_withheld or social_cost."),
    )  # fmt: skip
    counter_purpose: Mapped[str | None] = field.code(
        40, label=_("Purpose of what is owed"), help=_("For costs of the employer; left empty, social_security.")
    )
    sequence: Mapped[int] = field.integer(label=_("Place on the payslip"), default=100)
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))

    unique = UniqueInCompany("code")
    by_code = Indexed("code", "id")
    by_sequence = Indexed("sequence", "id")


class Structure(OfCompany, Record, Base):
    """Which components make up the pay of a group of people, how often they are paid, and which days count."""

    __tablename__ = "payroll_structure"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(32, label=_("Code"), search=True)
    name: Mapped[str] = field.translated(120, label=_("Name"), search=True)
    frequency: Mapped[str] = field.choice(FREQUENCIES, label=_("How often"), default="month")
    days: Mapped[str] = field.choice(BASES, label=_("Days that count"), default="working")
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))

    unique = UniqueInCompany("code")
    by_code = Indexed("code", "id")
    components: Mapped[list[StructureComponent]] = to_many(
        "StructureComponent.structure_id", back_populates="structure"
    )


class StructureComponent(Row, Base):
    """A component of a structure, with a formula of its own where that differs."""

    __tablename__ = "payroll_structure_component"
    __part_of__ = "structure_id"
    __referenced__ = False

    structure_id: Mapped[int] = field.ref(Structure, label=_("Structure"), read_only=True)
    component_id: Mapped[int] = field.ref(Component, label=_("Component"))
    formula: Mapped[str | None] = field.text(
        1000, label=_("Formula here"), help=_("Left empty, as the component says.")
    )

    of_structure = Indexed("structure_id", "id")
    structure: Mapped[Structure] = to_one(structure_id, back_populates="components")
    component: Mapped[Component] = to_one(component_id)


class Rate(OfCompany, Record, Base):
    """A figure of the law or of the company that changes over time, such as a rate or a threshold."""

    __tablename__ = "payroll_rate"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(40, label=_("Code"), search=True, help=_("Formulas read it as rate.code."))
    name: Mapped[str] = field.translated(120, label=_("Name"), search=True)
    source: Mapped[str | None] = field.text(200, label=_("Source"), help=_("The law or notice that says so."))

    unique = UniqueInCompany("code")
    by_code = Indexed("code", "id")
    values: Mapped[list[RateValue]] = to_many("RateValue.rate_id", back_populates="rate")


class RateValue(Row, Base):
    """What a rate is from a day on."""

    __tablename__ = "payroll_rate_value"
    __part_of__ = "rate_id"
    __referenced__ = False

    rate_id: Mapped[int] = field.ref(Rate, label=_("Rate"), read_only=True)
    since: Mapped[datetime.date] = field.day(label=_("From"))
    value: Mapped[Decimal] = field.quantity(label=_("Value"))

    of_rate = Indexed("rate_id", "since")
    rate: Mapped[Rate] = to_one(rate_id, back_populates="values")


class Table(OfCompany, Record, Base):
    """A table of brackets, such as an income tax."""

    __tablename__ = "payroll_table"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(40, label=_("Code"), search=True, help=_("Formulas apply it as table.code(amount)."))
    name: Mapped[str] = field.translated(120, label=_("Name"), search=True)
    method: Mapped[str] = field.choice(METHODS, label=_("Applied"), default="marginal")
    source: Mapped[str | None] = field.text(200, label=_("Source"), help=_("The law or notice that says so."))

    unique = UniqueInCompany("code")
    by_code = Indexed("code", "id")
    brackets: Mapped[list[TableBracket]] = to_many("TableBracket.table_id", back_populates="table")


class TableBracket(Row, Base):
    """One bracket of a table; all that hold from one day on replace those before."""

    __tablename__ = "payroll_table_bracket"
    __part_of__ = "table_id"
    __referenced__ = False

    table_id: Mapped[int] = field.ref(Table, label=_("Table"), read_only=True)
    since: Mapped[datetime.date] = field.day(label=_("From"))
    start: Mapped[Decimal] = field.quantity(label=_("Above"), default=NOUGHT)
    rate: Mapped[Decimal] = field.percent(label=_("Rate"), default=NOUGHT)
    base: Mapped[Decimal | None] = field.quantity(label=_("Amount"), help=_("What all below comes to, or the amount."))

    of_table = Indexed("table_id", "since")
    table: Mapped[Table] = to_one(table_id, back_populates="brackets")


class Holiday(OfCompany, Record, Base):
    """A public holiday."""

    __tablename__ = "payroll_holiday"
    __title__ = "name"
    __key__ = ("date",)

    date: Mapped[datetime.date] = field.day(label=_("Date"))
    name: Mapped[str] = field.translated(120, label=_("Name"), search=True)

    unique = UniqueInCompany("date")
    by_date = Indexed("date", "id")


# -- people ----------------------------------------------------------------------------------------------------------


class Employee(OfCompany, Record, Base):
    """Somebody who is paid."""

    __tablename__ = "payroll_employee"
    __title__ = "name"
    __key__ = ("number",)

    number: Mapped[str | None] = field.code(40, label=_("Number"), search=True, help=_("Left empty, the next one."))
    name: Mapped[str] = field.text(200, label=_("Name"), search=True, personal=True)
    department: Mapped[str | None] = field.text(120, label=_("Department"), search=True)
    email: Mapped[str | None] = field.email(label=_("E-mail"), personal=True)
    user_id: Mapped[int | None] = field.ref(
        User, label=_("Signs in as"), help=_("With the role of self-service they see their own payslips.")
    )
    party: Mapped[str | None] = field.code(40, label=_("Code as a party"), help=_("Where the person is one as well."))
    identity: Mapped[str | None] = field.code(40, label=_("Identity number"), search=True, personal=True)
    born: Mapped[datetime.date | None] = field.day(label=_("Born on"), personal=True)
    bank: Mapped[str | None] = field.text(120, label=_("Bank"), personal=True)
    bank_code: Mapped[str | None] = field.code(20, label=_("Code of the bank"), personal=True)
    account: Mapped[str | None] = field.code(40, label=_("Bank account"), personal=True)
    language: Mapped[str | None] = field.code(8, label=_("Language of the payslip"))
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))

    unique = UniqueInCompany("number")
    by_name = Indexed("name", "id")
    by_number = Indexed("number", "id")
    by_user = Indexed("user_id", where="user_id IS NOT NULL")
    facts: Mapped[list[EmployeeFact]] = to_many("EmployeeFact.employee_id", back_populates="employee")


class EmployeeFact(Row, Base):
    """Something formulas read about an employee, from a day on: a tax code, a number of children."""

    __tablename__ = "payroll_employee_fact"
    __part_of__ = "employee_id"
    __referenced__ = False

    employee_id: Mapped[int] = field.ref(Employee, label=_("Employee"), read_only=True)
    name: Mapped[str] = field.code(40, label=_("Name"), help=_("Formulas read it as employee.name."))
    since: Mapped[datetime.date | None] = field.day(label=_("From"), help=_("Left empty, always."))
    value: Mapped[str] = field.text(80, label=_("Value"), personal=True)

    of_employee = Indexed("employee_id", "id")
    employee: Mapped[Employee] = to_one(employee_id, back_populates="facts")


class Contract(OfCompany, Record, Base):
    """What an employee is paid by which structure, from a day on."""

    __tablename__ = "payroll_contract"
    __title__ = "start_date"

    employee_id: Mapped[int] = field.ref(Employee, label=_("Employee"))
    structure_id: Mapped[int] = field.ref(Structure, label=_("Structure"))
    start_date: Mapped[datetime.date] = field.day(label=_("From"))
    end_date: Mapped[datetime.date | None] = field.day(label=_("Until"), help=_("Left empty, until it is ended."))
    pay: Mapped[Decimal] = field.money(currency="currency", label=_("Pay per period"), minimum=0)
    currency: Mapped[str] = field.code(3, label=_("Currency"), default="", help=_("Left empty, the company's."))
    position: Mapped[str | None] = field.text(120, label=_("Position"), search=True)
    hours: Mapped[Decimal] = field.quantity(label=_("Hours per period"), default=NOUGHT)
    source: Mapped[str | None] = field.code(80, label=_("Reference"), search=True)

    ordered = Must("ordered", "end_date IS NULL OR start_date <= end_date")
    not_below = Must("not_below", "pay >= 0")
    by_employee = Indexed("employee_id", "start_date")
    by_start = Indexed("start_date", "id")
    employee: Mapped[Employee] = to_one(employee_id)
    structure: Mapped[Structure] = to_one(structure_id)
    shares: Mapped[list[ContractShare]] = to_many("ContractShare.contract_id", back_populates="contract")


class ContractShare(Row, Base):
    """A part of somebody's cost and the dimensions that bear it."""

    __tablename__ = "payroll_contract_share"
    __part_of__ = "contract_id"
    __referenced__ = False

    contract_id: Mapped[int] = field.ref(Contract, label=_("Contract"), read_only=True)
    dimensions: Mapped[str] = field.text(
        200, label=_("Dimensions"), help=_("Such as branch=RUH, project=P1; they are written on its postings.")
    )
    part: Mapped[Decimal] = field.quantity(label=_("Part"), default=Decimal(1), minimum=0)

    of_contract = Indexed("contract_id", "id")
    contract: Mapped[Contract] = to_one(contract_id, back_populates="shares")


class Input(OfCompany, Record, Base):
    """Something entered for a period: hours of overtime, a bonus, an advance to take back."""

    __tablename__ = "payroll_input"
    __title__ = "name"

    employee_id: Mapped[int] = field.ref(Employee, label=_("Employee"))
    name: Mapped[str] = field.code(40, label=_("Name"), help=_("Formulas read it as input.name."))
    value: Mapped[Decimal] = field.quantity(label=_("Value"))
    date: Mapped[datetime.date] = field.day(label=_("Date"), help=_("It belongs to the period of this day."))
    until: Mapped[datetime.date | None] = field.day(
        label=_("Repeated until"), help=_("Left empty, it counts once; otherwise in each period until this day.")
    )
    extra: Mapped[bool] = field.yes_no(
        default=False, label=_("Extra run"), help=_("Paid by a run of its own and not with the regular pay.")
    )
    note: Mapped[str | None] = field.text(200, label=_("Note"))

    by_employee = Indexed("employee_id", "date")
    by_date = Indexed("date", "id")
    employee: Mapped[Employee] = to_one(employee_id)


class Absence(OfCompany, Record, Base):
    """Days on which an employee is not paid, or not wholly."""

    __tablename__ = "payroll_absence"
    __title__ = "start_date"

    employee_id: Mapped[int] = field.ref(Employee, label=_("Employee"))
    start_date: Mapped[datetime.date] = field.day(label=_("From"))
    end_date: Mapped[datetime.date] = field.day(label=_("Until"))
    unpaid: Mapped[Decimal] = field.percent(
        label=_("Not paid"), default=Decimal(100), help=_("In percent of each day; 50 for a half day.")
    )
    note: Mapped[str | None] = field.text(200, label=_("Note"))

    ordered = Must("ordered", "start_date <= end_date")
    by_employee = Indexed("employee_id", "start_date")
    by_start = Indexed("start_date", "id")
    employee: Mapped[Employee] = to_one(employee_id)


class Opening(OfCompany, Record, Base):
    """What a component came to in this year before payroll was kept here."""

    __tablename__ = "payroll_opening"
    __title__ = "date"

    employee_id: Mapped[int] = field.ref(Employee, label=_("Employee"))
    component_id: Mapped[int] = field.ref(Component, label=_("Component"))
    date: Mapped[datetime.date] = field.day(label=_("Until"), help=_("The last day it covers."))
    amount: Mapped[Decimal] = field.quantity(label=_("Amount"))

    unique = UniqueInCompany("employee_id", "component_id", "date")
    by_date = Indexed("date", "id")
    employee: Mapped[Employee] = to_one(employee_id)
    component: Mapped[Component] = to_one(component_id)


# -- what is paid ----------------------------------------------------------------------------------------------------


class Run(OfCompany, Record, Base):
    """The pay of many people for one period."""

    __tablename__ = "payroll_run"
    __title__ = "name"
    __key__ = ("number",)

    number: Mapped[str | None] = field.code(40, label=_("Number"), search=True, read_only=True)
    name: Mapped[str] = field.text(120, label=_("Name"), search=True, default="", help=_("Left empty, its days."))
    kind: Mapped[str] = field.choice(RUN_KINDS, label=_("Kind"), default="regular")
    frequency: Mapped[str] = field.choice(FREQUENCIES, label=_("How often"), default="month")
    structure_id: Mapped[int | None] = field.ref(Structure, label=_("Structure"), help=_("Left empty, all of them."))
    from_date: Mapped[datetime.date] = field.day(label=_("From"))
    until_date: Mapped[datetime.date | None] = field.day(label=_("Until"), help=_("Left empty, the end of the period."))
    pay_date: Mapped[datetime.date | None] = field.day(label=_("Paid on"), help=_("Left empty, its last day."))
    back_to: Mapped[datetime.date | None] = field.day(
        label=_("Back pay since"),
        help=_(
            "Payslips of periods that end on or after this day are worked out again, and the difference is paid now."
        ),
    )
    count: Mapped[int] = field.integer(label=_("Payslips"), default=0, read_only=True)
    state: Mapped[str] = field.choice(RUN_STATES, label=_("State"), default="draft", read_only=True)
    approved_at: Mapped[datetime.datetime | None] = field.instant(label=_("Approved at"), read_only=True)
    paid_on: Mapped[datetime.date | None] = field.day(label=_("Money sent on"), read_only=True)

    ordered = Must("ordered", "until_date IS NULL OR from_date <= until_date")
    numbered = UniqueInCompany("number")
    by_from = Indexed("from_date", "id")
    structure: Mapped[Structure | None] = to_one(structure_id)
    totals: Mapped[list[RunTotal]] = to_many("RunTotal.run_id", back_populates="run")


class RunTotal(Row, Base):
    """What a run comes to in one currency."""

    __tablename__ = "payroll_run_total"
    __part_of__ = "run_id"
    __referenced__ = False

    run_id: Mapped[int] = field.ref(Run, label=_("Run"), read_only=True)
    currency: Mapped[str] = field.code(3, label=_("Currency"), read_only=True)
    count: Mapped[int] = field.integer(label=_("Payslips"), read_only=True)
    gross: Mapped[Decimal] = field.money(currency="currency", label=_("Gross pay"), read_only=True)
    deductions: Mapped[Decimal] = field.money(currency="currency", label=_("Deductions"), read_only=True)
    net: Mapped[Decimal] = field.money(currency="currency", label=_("Net pay"), read_only=True)
    employer: Mapped[Decimal] = field.money(currency="currency", label=_("Cost of the employer"), read_only=True)

    of_run = Indexed("run_id", "id")
    run: Mapped[Run] = to_one(run_id, back_populates="totals")


class Slip(OfCompany, Record, Base):
    """A payslip: what one employee gets for one period, and how each line of it was reached."""

    __tablename__ = "payroll_slip"
    __title__ = "number"
    __key__ = ("number",)
    guards = (guards.SLIP,)

    number: Mapped[str | None] = field.code(80, label=_("Number"), search=True, read_only=True)
    run_id: Mapped[int] = field.ref(Run, label=_("Run"), read_only=True)
    employee_id: Mapped[int] = field.ref(Employee, label=_("Employee"), read_only=True)
    contract_id: Mapped[int] = field.ref(Contract, label=_("Contract"), read_only=True)
    user_id: Mapped[int | None] = field.ref(User, label=_("Signs in as"), read_only=True)
    kind: Mapped[str] = field.choice(RUN_KINDS, label=_("Kind"), default="regular", read_only=True)
    from_date: Mapped[datetime.date] = field.day(label=_("From"), read_only=True)
    until_date: Mapped[datetime.date] = field.day(label=_("Until"), read_only=True)
    pay_date: Mapped[datetime.date] = field.day(label=_("Paid on"), read_only=True)
    year: Mapped[datetime.date] = field.day(label=_("Year beginning"), read_only=True)
    working_days: Mapped[Decimal] = field.quantity(label=_("Days that count"), read_only=True)
    paid_days: Mapped[Decimal] = field.quantity(label=_("Days paid"), read_only=True)
    gross: Mapped[Decimal] = field.money(currency="currency", label=_("Gross pay"), read_only=True)
    deductions: Mapped[Decimal] = field.money(currency="currency", label=_("Deductions"), read_only=True)
    net: Mapped[Decimal] = field.money(currency="currency", label=_("Net pay"), read_only=True)
    employer: Mapped[Decimal] = field.money(currency="currency", label=_("Cost of the employer"), read_only=True)
    currency: Mapped[str] = field.code(3, label=_("Currency"), read_only=True)
    state: Mapped[str] = field.choice(SLIP_STATES, label=_("State"), default="draft", read_only=True)

    numbered = UniqueInCompany("number")
    once = UniqueInCompany("employee_id", "until_date", where="state <> 'undone' AND kind = 'regular'")
    adds_up = Must("adds_up", "net = gross - deductions")
    of_run = Indexed("run_id", "id")
    by_employee = Indexed("employee_id", "until_date")
    by_until = Indexed("until_date", "id")
    by_user = Indexed("user_id", where="user_id IS NOT NULL")
    run: Mapped[Run] = to_one(run_id)
    employee: Mapped[Employee] = to_one(employee_id)
    contract: Mapped[Contract] = to_one(contract_id)
    lines: Mapped[list[SlipLine]] = to_many("SlipLine.slip_id", back_populates="slip")


class SlipLine(Row, Base):
    """A line of a payslip."""

    __tablename__ = "payroll_slip_line"
    __part_of__ = "slip_id"
    __referenced__ = False
    guards = (guards.LINE,)

    slip_id: Mapped[int] = field.ref(Slip, label=_("Payslip"), read_only=True)
    component_id: Mapped[int] = field.ref(Component, label=_("Component"), read_only=True)
    kind: Mapped[str] = field.choice(KINDS, label=_("Kind"), read_only=True)
    amount: Mapped[Decimal] = field.money(label=_("Amount"), read_only=True)
    in_year: Mapped[Decimal] = field.money(label=_("In the year"), read_only=True)
    for_id: Mapped[int | None] = field.ref(Slip, label=_("Back pay for"), read_only=True)
    reached: Mapped[str] = field.long_text(label=_("How it was reached"), read_only=True)

    of_slip = Indexed("slip_id", "id")
    of_component = Indexed("component_id", "slip_id")
    corrects = Indexed("for_id", where="for_id IS NOT NULL")
    slip: Mapped[Slip] = to_one(slip_id, back_populates="lines")
    component: Mapped[Component] = to_one(component_id)
