"""Reports, documents, events, settings and roles."""

from __future__ import annotations

from backoffice_payroll.models import Employee, Run, Structure

from backoffice.hookspecs import Document, Event, Field, Report, Role, Settings, messages

_ = messages("payroll")

REPORTS_HERE = "backoffice_payroll.reports"
RUN = Field("run_id", "ref", target=Run, label=_("Payroll run"), required=True)
SPAN = (
    Field("from", "date", label=_("From"), required=True),
    Field("until", "date", label=_("Until"), required=True),
)

REPORTS = [
    Report(
        "payroll.register",
        f"{REPORTS_HERE}.runs:register",
        label=_("Payroll register"),
        description=_("Everybody of a run with each component, gross pay, deductions and net pay."),
        fields=(RUN,),
    ),
    Report(
        "payroll.variance",
        f"{REPORTS_HERE}.runs:variance",
        label=_("Pay compared with the period before"),
        description=_("Whose pay changed since their last payslip, by how much, and who is new or gone."),
        fields=(
            RUN,
            Field("least", "percent", label=_("From so many percent on"), help=_("Left empty, everybody.")),
        ),
    ),
    Report(
        "payroll.payments",
        f"{REPORTS_HERE}.runs:payments",
        label=_("Payments of a run"),
        description=_("Whom to send how much, to which account; with the number and the sum as control totals."),
        fields=(RUN,),
    ),
    Report(
        "payroll.year",
        f"{REPORTS_HERE}.years:year",
        label=_("Pay in the year"),
        description=_("Each component of each employee between two days, as statements of the year need it."),
        fields=(*SPAN, Field("employee_id", "ref", target=Employee, label=_("Employee"))),
    ),
    Report(
        "payroll.cost",
        f"{REPORTS_HERE}.years:cost",
        label=_("Cost of people"),
        description=_("Gross pay and costs of the employer, month by month."),
        fields=SPAN,
    ),
    Report(
        "payroll.preview",
        f"{REPORTS_HERE}.preview:preview",
        label=_("Try a payslip"),
        description=_("What an employee would get for a period, and how each line is reached. Nothing is written."),
        fields=(
            Field("employee_id", "ref", target=Employee, label=_("Employee"), required=True),
            Field("from", "date", label=_("From"), required=True),
            Field("until", "date", label=_("Until"), help=_("Left empty, the end of the period.")),
            Field("back_to", "date", label=_("Back pay since")),
        ),
    ),
    Report(
        "payroll.formulas",
        f"{REPORTS_HERE}.preview:formulas_of",
        label=_("Formulas of a structure"),
        description=_("The components of a structure in the order they are worked out, and what each reads."),
        fields=(Field("structure_id", "ref", target=Structure, label=_("Pay structure"), required=True),),
    ),
]

DOCUMENTS = [
    Document(
        "payroll.payslip",
        "payroll.slip",
        "payroll/payslip.html",
        "backoffice_payroll.documents:payslip_context",
        label=_("Payslip"),
        filename="backoffice_payroll.documents:payslip_filename",
    )
]

EVENTS = [
    Event(
        "payroll.payroll_approved",
        label=_("Payroll approved"),
        fields=(
            Field("number", "code", label=_("Number"), required=True),
            Field("from_date", "date", label=_("From"), required=True),
            Field("until_date", "date", label=_("Until"), required=True),
            Field("pay_date", "date", label=_("Paid on"), required=True),
            Field("count", "integer", label=_("Payslips"), required=True),
            Field("currency", "code", label=_("Currency"), required=True),
            Field("gross", "money", label=_("Gross pay"), required=True),
            Field("deductions", "money", label=_("Deductions"), required=True),
            Field("net", "money", label=_("Net pay"), required=True),
            Field("employer", "money", label=_("Cost of the employer"), required=True),
        ),
    )
]

DETAILS = {"run": _("One entry for each run"), "slip": _("One entry for each payslip")}
BY = {"period_end": _("The last day of the period"), "pay_date": _("The day of payment")}

SETTINGS = [
    Settings(
        (
            Field("rest_days", "text", label=_("Days of rest"), default="fri, sat",
                  help=_("Such as sat, sun, or fri, sat.")),
            Field("by", "choice", label=_("Rates and years go by"), choices=BY, default="period_end"),
            Field("year_month", "integer", label=_("Month the payroll year begins with"), default=1, minimum=1,
                  maximum=12),
            Field("year_day", "integer", label=_("Day the payroll year begins with"), default=1, minimum=1,
                  maximum=28),
            Field("detail", "choice", label=_("Pay is posted as"), choices=DETAILS, default="run"),
        ),
        label=_("Payroll"),
    )
]  # fmt: skip

RULES = ("component", "structure", "rate", "table", "holiday")
PEOPLE = ("employee", "contract", "input", "absence", "opening")
REPORTED = tuple(one.name for one in REPORTS)

ROLES = [
    Role(
        "payroll.clerk",
        _("Payroll clerk"),
        (
            *(f"payroll.{noun}.*" for noun in (*PEOPLE, "run")), *(f"payroll.{noun}.read" for noun in (*RULES, "slip")),
            "payroll.compute", "payroll.reopen", "payroll.send", *REPORTED,
        ),
        help=_("Keeps employees and inputs and works runs out, but does not approve them."),
    ),
    Role("payroll.manager", _("Payroll manager"), ("payroll.*",), help=_("Keeps the rules, approves runs, pays.")),
    Role(
        "payroll.reader",
        _("Reader of payroll"),
        (*(f"payroll.{noun}.read" for noun in (*RULES, *PEOPLE, "run", "slip")), *REPORTED),
        help=_("Sees all pay and changes nothing."),
    ),
]  # fmt: skip
