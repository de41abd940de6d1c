"""Resources: employees and their contracts, the rules of pay, what is entered, runs and payslips."""

from __future__ import annotations

from backoffice_payroll.models import (
    Absence,
    Component,
    Contract,
    Employee,
    Holiday,
    Input,
    Opening,
    Rate,
    Run,
    Slip,
    Structure,
    Table,
)

from backoffice.hookspecs import Lines, Resource, messages

_ = messages("payroll")

HERE = "backoffice_payroll.checking"
NOTHING: frozenset[str] = frozenset()

RUN = Resource(
    "payroll.run",
    Run,
    label=_("Payroll run"),
    plural=_("Payroll runs"),
    description=_("The pay of many people for one period. Add one, work it out, look at it, approve it."),
    columns=("name", "number", "kind", "pay_date", "count", "state"),
    form=("from_date", "until_date", "pay_date", "frequency", "structure_id", "kind", "back_to", "name"),
    filters=("state", "kind", "frequency", "from_date", "pay_date"),
    sorts=("from_date",),
    order="-from_date",
    lines=(
        Lines("totals", ("currency", "count", "gross", "deductions", "net", "employer"), label=_("What it comes to")),
    ),
    editable_when=("state", "draft"),
    badge="state",
    menu="people",
    before_save=f"{HERE}:run",
)

SLIP = Resource(
    "payroll.slip",
    Slip,
    label=_("Payslip"),
    plural=_("Payslips"),
    description=_("What each employee gets for a period, and how each line of it was reached. A run works them out."),
    columns=("employee_id", "number", "until_date", "gross", "deductions", "net", "state"),
    filters=("run_id", "employee_id", "state", "until_date", "kind"),
    sorts=("until_date",),
    order="-until_date",
    lines=(Lines("lines", ("component_id", "kind", "amount", "in_year", "for_id", "reached"), label=_("Lines")),),
    operations=NOTHING,
    currency="currency",
    owner="user_id",
    badge="state",
    menu="people",
)

EMPLOYEE = Resource(
    "payroll.employee",
    Employee,
    label=_("Employee"),
    plural=_("Employees"),
    description=_("Who is paid, and what formulas read about them. What they earn stands in their contracts."),
    columns=("name", "number", "department", "email", "active"),
    form=(
        "name", "number", "department", "email", "identity", "born", "bank", "bank_code", "account", "language",
        "user_id", "party", "active",
    ),
    filters=("department", "active", "number"),
    sorts=("name", "number"),
    order="name",
    lines=(Lines("facts", ("name", "value", "since"), label=_("What formulas read")),),
    menu="people",
    before_save=f"{HERE}:employee",
)  # fmt: skip

CONTRACT = Resource(
    "payroll.contract",
    Contract,
    label=_("Contract"),
    plural=_("Contracts"),
    description=_("What an employee is paid, by which structure, from a day on. A rise is a new contract."),
    columns=("employee_id", "structure_id", "position", "start_date", "end_date", "pay", "currency"),
    form=(
        "employee_id", "structure_id", "start_date", "end_date", "pay", "currency", "position", "hours", "source",
    ),
    filters=("employee_id", "structure_id", "start_date", "end_date"),
    sorts=("start_date",),
    order="-start_date",
    lines=(Lines("shares", ("dimensions", "part"), label=_("Who bears the cost")),),
    currency="currency",
    menu="people",
    before_save=f"{HERE}:contract",
)  # fmt: skip

INPUT = Resource(
    "payroll.input",
    Input,
    label=_("Input"),
    plural=_("Inputs"),
    description=_("Hours of overtime, bonuses, advances: what is entered for one period or for several."),
    columns=("employee_id", "name", "value", "date", "until", "extra", "note"),
    form=("employee_id", "name", "value", "date", "until", "extra", "note"),
    filters=("employee_id", "name", "date", "extra"),
    sorts=("date",),
    order="-date",
    menu="people",
    before_save=f"{HERE}:entered",
)

ABSENCE = Resource(
    "payroll.absence",
    Absence,
    label=_("Unpaid absence"),
    plural=_("Unpaid absences"),
    description=_("Days on which an employee is not paid, or not wholly. Paid leave is not entered here."),
    columns=("employee_id", "start_date", "end_date", "unpaid", "note"),
    form=("employee_id", "start_date", "end_date", "unpaid", "note"),
    filters=("employee_id", "start_date", "end_date"),
    sorts=("start_date",),
    order="-start_date",
    menu="people",
    before_save=f"{HERE}:absence",
)

COMPONENT = Resource(
    "payroll.component",
    Component,
    label=_("Component of pay"),
    plural=_("Components of pay"),
    description=_("What pay is made of, each with a formula that can be read."),
    columns=("code", "name", "kind", "formula", "prorated", "active"),
    form=(
        "code", "name", "kind", "formula", "condition", "prorated", "bases", "rounding", "step", "purpose",
        "counter_purpose", "sequence", "active",
    ),
    filters=("kind", "active"),
    sorts=("sequence", "code"),
    order="sequence",
    menu="settings",
    before_save=f"{HERE}:component",
)  # fmt: skip

STRUCTURE = Resource(
    "payroll.structure",
    Structure,
    label=_("Pay structure"),
    plural=_("Pay structures"),
    description=_("Which components make up the pay of a group of people, how often, and which days count."),
    columns=("code", "name", "frequency", "days", "active"),
    filters=("frequency", "active"),
    sorts=("code",),
    order="code",
    lines=(Lines("components", ("component_id", "formula"), label=_("Components")),),
    menu="settings",
    before_save=f"{HERE}:structure",
)

RATE = Resource(
    "payroll.rate",
    Rate,
    label=_("Rate"),
    plural=_("Rates and thresholds"),
    description=_("Figures of the law that change over time. Old payslips keep what held on their day."),
    columns=("code", "name", "source"),
    sorts=("code",),
    order="code",
    lines=(Lines("values", ("since", "value"), label=_("Values"), minimum=1),),
    menu="settings",
    before_save=f"{HERE}:rate",
)

TABLE = Resource(
    "payroll.table",
    Table,
    label=_("Table of brackets"),
    plural=_("Tables of brackets"),
    description=_("Income tax and the like: brackets that hold from a day on, applied by formulas."),
    columns=("code", "name", "method", "source"),
    sorts=("code",),
    order="code",
    lines=(Lines("brackets", ("since", "start", "rate", "base"), label=_("Brackets"), minimum=1),),
    menu="settings",
    before_save=f"{HERE}:table",
)

HOLIDAY = Resource(
    "payroll.holiday",
    Holiday,
    label=_("Holiday"),
    plural=_("Public holidays"),
    description=_("Days that are no working days for anybody."),
    columns=("date", "name"),
    filters=("date",),
    sorts=("date",),
    order="-date",
    menu="settings",
)

OPENING = Resource(
    "payroll.opening",
    Opening,
    label=_("Opening figure"),
    plural=_("Opening figures of the year"),
    description=_("What was paid this year before payroll was kept here, by employee and component."),
    columns=("employee_id", "component_id", "date", "amount"),
    filters=("employee_id", "component_id", "date"),
    sorts=("date",),
    order="-date",
    menu="settings",
)

RESOURCES = [
    RUN, SLIP, EMPLOYEE, CONTRACT, INPUT, ABSENCE, COMPONENT, STRUCTURE, RATE, TABLE, HOLIDAY, OPENING,
]  # fmt: skip
