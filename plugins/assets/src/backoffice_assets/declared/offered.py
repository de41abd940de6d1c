"""Reports, documents, events, listeners, jobs, settings and roles."""

from __future__ import annotations

from datetime import timedelta

from backoffice_assets.models import DEFERRAL_KINDS, MOVEMENTS, Category
from backoffice_assets.schedules import FREQUENCIES

from backoffice.hookspecs import Document, Event, Field, Job, On, Report, Role, Settings, messages

_ = messages("assets")

REPORTS_HERE = "backoffice_assets.reports"
SPAN = (
    Field("from", "date", label=_("From"), required=True),
    Field("until", "date", label=_("Until"), required=True),
)
CATEGORY = Field("category_id", "ref", target=Category, label=_("Category"))

REPORTS = [
    Report(
        "assets.register",
        f"{REPORTS_HERE}:register",
        label=_("Asset register"),
        description=_("Every asset with its cost and depreciation: opening, what moved them, closing."),
        fields=(*SPAN, CATEGORY),
    ),
    Report(
        "assets.movements",
        f"{REPORTS_HERE}:movements",
        label=_("Movement schedule of fixed assets"),
        description=_(
            "By category: opening, additions, revaluations, disposals and closing, of cost and depreciation."
        ),
        fields=SPAN,
    ),
    Report(
        "assets.forecast",
        f"{REPORTS_HERE}:forecast",
        label=_("Depreciation forecast"),
        description=_("What depreciation is still to come, by category and period."),
        fields=(
            Field("until", "date", label=_("Until"), help=_("Left empty, all of it.")),
            Field("per", "choice", choices=FREQUENCIES, label=_("By"), default="year"),
        ),
    ),
    Report(
        "assets.deferred",
        f"{REPORTS_HERE}:deferred",
        label=_("Deferred revenue and expense"),
        description=_("Each deferral: what is recognised until a day, and what is still deferred."),
        fields=(
            Field("until", "date", label=_("Until"), required=True),
            Field("kind", "choice", choices=DEFERRAL_KINDS, label=_("Kind")),
        ),
    ),
]

DOCUMENTS = [
    Document(
        "assets.card",
        "assets.asset",
        "assets/card.html",
        "backoffice_assets.documents:card_context",
        label=_("Asset card"),
        filename="backoffice_assets.documents:card_filename",
    )
]

EVENTS = [
    Event(
        "assets.asset_moved",
        label=_("Asset moved"),
        fields=(
            Field("kind", "choice", label=_("What happened"), choices=MOVEMENTS, required=True),
            Field("date", "date", label=_("Date"), required=True),
            Field("cost", "money", label=_("Cost"), required=True),
            Field("depreciation", "money", label=_("Depreciation"), required=True),
            Field("currency", "code", label=_("Currency"), required=True),
        ),
    ),
    Event(
        "assets.run_posted",
        label=_("Run posted"),
        fields=(
            Field("kind", "code", label=_("Kind"), required=True),
            Field("until", "date", label=_("Until"), required=True),
            Field("count", "integer", label=_("Lines"), required=True),
            Field("total", "money", label=_("Total"), required=True),
            Field("currency", "code", label=_("Currency"), required=True),
        ),
    ),
    Event(
        "assets.deferral_finished",
        label=_("Deferral ended early"),
        fields=(
            Field("date", "date", label=_("Date"), required=True),
            Field("amount", "money", label=_("Amount"), required=True),
            Field("currency", "code", label=_("Currency"), required=True),
            Field("reason", "text", label=_("Reason")),
        ),
    ),
]

LISTENERS = [On("core.invoice_requested", "backoffice_assets.actions:take_in", name="assets.take_in")]

JOBS = [
    Job(
        "assets.run_due",
        "backoffice_assets.actions:run_due",
        label=_("Post depreciation and deferrals that are due"),
        every=timedelta(days=1),
    )
]

DETAILS = {"category": _("One entry for each category"), "asset": _("One entry for each asset")}

SETTINGS = [
    Settings(
        (
            Field(
                "year_start",
                "integer",
                label=_("Month the fiscal year begins with"),
                default=1,
                minimum=1,
                maximum=12,
            ),
            Field("detail", "choice", label=_("Depreciation is posted as"), choices=DETAILS, default="category"),
            Field(
                "automatic",
                "boolean",
                label=_("Post each month by itself"),
                default=False,
                help=_("What is due until the end of last month is posted by a job every day."),
            ),
        ),
        label=_("Assets and deferrals"),
    )
]

READ = (
    "assets.asset.read",
    "assets.category.read",
    "assets.run.read",
    "assets.deferral.read",
    "assets.register",
    "assets.movements",
    "assets.forecast",
    "assets.deferred",
)

ROLES = [
    Role("assets.keeper", _("Keeper of assets"), ("assets.*",), help=_("Keeps assets and deferrals, and posts runs.")),
    Role("assets.reader", _("Reader of assets"), READ, help=_("Sees assets and deferrals and changes nothing.")),
]
