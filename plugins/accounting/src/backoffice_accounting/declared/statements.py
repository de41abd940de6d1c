"""Statements: layouts and the reports made of them."""

from __future__ import annotations

from backoffice_accounting.models import Budget, DimensionValue, Period, Statement
from backoffice_accounting.statements.layouts import READY
from backoffice_accounting.statements.report import COMPARISONS

from backoffice.hookspecs import Action, Field, Lines, Report, Resource, messages

_ = messages("accounting")

HERE = "backoffice_accounting.statements.report"

READY_NAMES = {code: shape.name for code, shape in READY.items()}

RESOURCES = [
    Resource(
        "accounting.statement",
        Statement,
        label=_("Statement"),
        plural=_("Statements"),
        description=_("Layouts of statements. One with the code of a ready-made one takes its place."),
        columns=("code", "name", "kind", "active"),
        form=("code", "name", "kind", "active"),
        filters=("kind", "active"),
        sorts=("code",),
        order="code",
        lines=(
            Lines(
                "lines",
                ("sequence", "code", "name", "name_ar", "kind", "accounts", "adds", "measure", "turned", "level"),
                label=_("Lines"),
            ),
        ),
        menu="settings",
        before_save="backoffice_accounting.statements.layouts:before_save",
    )
]

ACTIONS = [
    Action(
        "accounting.copy_statement",
        "backoffice_accounting.statements.actions:copy_statement",
        label=_("Copy a ready-made statement"),
        help=_("Makes a layout of your own, to be changed. Under the same code it takes the place of the other."),
        fields=(
            Field("ready", "choice", choices=READY_NAMES, label=_("Statement"), required=True),
            Field("code", "code", label=_("Code"), length=40, help=_("Left empty, the same.")),
        ),
    )
]

ASKED = (
    Field("period_id", "ref", target=Period, label=_("Period"), help=_("Its days, in the calendar of its year.")),
    Field("from", "date", label=_("From"), help=_("Left empty, the first day of the fiscal year.")),
    Field("until", "date", label=_("Until"), help=_("Left empty, today.")),
    Field("compare", "choice", choices=COMPARISONS, label=_("Beside it"), default="none"),
    Field("columns", "integer", label=_("Earlier spans"), default=1, minimum=1, maximum=24),
    Field("accounts", "boolean", label=_("With accounts"), default=False),
    Field("dimension_value_id", "ref", target=DimensionValue, label=_("Dimension")),
    Field("all_companies", "boolean", label=_("All companies together"), default=False),
    Field("currency", "code", label=_("Shown in"), length=3, help=_("Left empty, the currency of the books.")),
)

BUDGETED = (*ASKED, Field("budget_id", "ref", target=Budget, label=_("Budget beside it")))

REPORTS = [
    Report(
        "accounting.balance_sheet",
        f"{HERE}:balance_sheet",
        label=_("Balance sheet"),
        description=_("What the company owns and owes on a day."),
        fields=BUDGETED,
    ),
    Report(
        "accounting.profit_and_loss",
        f"{HERE}:profit_and_loss",
        label=_("Profit and loss"),
        description=_("What was earned and spent, and what is left."),
        fields=BUDGETED,
    ),
    Report(
        "accounting.cash_flow",
        f"{HERE}:cash_flow",
        label=_("Cash flow"),
        description=_("Where cash came from and went to."),
        fields=(*ASKED, Field("direct", "boolean", label=_("By what stands against cash"), default=False)),
    ),
    Report(
        "accounting.changes_in_equity",
        f"{HERE}:changes_in_equity",
        label=_("Changes in equity"),
        description=_("What equity was, how it changed, and what it is."),
        fields=ASKED,
    ),
    Report(
        "accounting.statement",
        f"{HERE}:statement",
        label=_("Statement"),
        description=_("A statement of a layout of your own, or one of its lines with its accounts."),
        fields=(
            Field("statement", "code", label=_("Code"), required=True, default="profit_and_loss"),
            *BUDGETED,
            Field("line", "code", label=_("Only the line")),
        ),
    ),
]
