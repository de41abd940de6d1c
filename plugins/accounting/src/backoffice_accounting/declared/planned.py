"""What is planned ahead, batches of drafts, and opening balances."""

from __future__ import annotations

from datetime import timedelta

from backoffice_accounting.models import Batch, Budget, DimensionValue, Journal, Recurring

from backoffice.hookspecs import Action, Field, Job, Lines, Report, Resource, messages

from .lines import ENTRY_LINES

_ = messages("accounting")

HERE = "backoffice_accounting.planned.posting"
BUDGETS = "backoffice_accounting.planned.budgets"

RESOURCES = [
    Resource(
        "accounting.recurring",
        Recurring,
        label=_("Recurring entry"),
        plural=_("Recurring entries"),
        description=_("Entries that are posted again and again, and accruals that are taken back."),
        columns=("code", "description", "next_on", "every", "reversed_next", "posted", "active"),
        form=(
            "code",
            "description",
            "journal_id",
            "next_on",
            "last_on",
            "every",
            "month_end",
            "reversed_next",
            "active",
        ),
        filters=("active", "next_on"),
        sorts=("code",),
        order="code",
        lines=(
            Lines(
                "lines",
                ("account_id", "party_id", "description", "amount", "dimensions"),
                label=_("Lines"),
                minimum=2,
            ),
        ),
        menu="finance",
        before_save=f"{HERE}:before_save",
    ),
    Resource(
        "accounting.batch",
        Batch,
        label=_("Batch"),
        plural=_("Batches"),
        description=_("Drafts that are posted together, when their number and total are what you expect."),
        columns=("code", "description", "expected_count", "expected_total", "state"),
        form=("code", "description", "expected_count", "expected_total"),
        filters=("state",),
        sorts=("code",),
        order="code",
        lines=(Lines("members", ("entry_id",), label=_("Entries")),),
        editable_when=("state", "open"),
        badge="state",
        menu="finance",
        before_save=f"{HERE}:before_save_batch",
    ),
    Resource(
        "accounting.budget",
        Budget,
        label=_("Budget"),
        plural=_("Budgets"),
        description=_("What you mean to earn and spend in a year."),
        columns=("code", "name", "fiscal_year_id", "state"),
        form=("code", "name", "fiscal_year_id"),
        filters=("state", "fiscal_year_id"),
        sorts=("code",),
        order="code",
        lines=(
            Lines("lines", ("account_id", "period_id", "value_id", "amount"), label=_("Lines"), totals=("amount",)),
        ),
        editable_when=("state", "draft"),
        badge="state",
        menu="finance",
        before_save=f"{BUDGETS}:before_save",
    ),
]

ACTIONS = [
    Action(
        "accounting.post_recurring",
        f"{HERE}:post_recurring",
        label=_("Post what is due"),
        help=_("Posts recurring entries that are due; a job does so every day."),
        fields=(Field("until", "date", label=_("Until"), help=_("Left empty, today.")),),
    ),
    Action(
        "accounting.post_batch",
        f"{HERE}:post_batch",
        label=_("Post the batch"),
        help=_("Posts all of its drafts or none."),
        resource="accounting.batch",
        when=("state", ("open",)),
        icon="check",
    ),
    Action(
        "accounting.open_balances",
        f"{HERE}:open_balances",
        label=_("Enter opening balances"),
        help=_("Posts what accounts, customers and suppliers stood at when these books begin."),
        fields=(
            Field("date", "date", label=_("Date"), required=True),
            Field("journal_id", "ref", target=Journal, label=_("Journal"), help=_("Left empty, the general one.")),
            Field("description", "text", label=_("Description"), length=200),
            Field("reference", "code", label=_("Reference"), length=80),
            Field("lines", "data", many=True, fields=ENTRY_LINES, label=_("Lines"), required=True),
        ),
    ),
    Action(
        "accounting.approve_budget",
        f"{BUDGETS}:approve",
        label=_("Approve the budget"),
        help=_("It is not changed any more."),
        resource="accounting.budget",
        when=("state", ("draft",)),
        icon="check",
    ),
]

REPORTS = [
    Report(
        "accounting.budget_variance",
        f"{BUDGETS}:variance",
        label=_("Budget and actual"),
        description=_("What was planned and what happened, by account."),
        fields=(
            Field("budget_id", "ref", target=Budget, label=_("Budget"), required=True),
            Field("from", "date", label=_("From"), help=_("Left empty, the first day of the year.")),
            Field("until", "date", label=_("Until"), help=_("Left empty, the last day of the year.")),
            Field("dimension_value_id", "ref", target=DimensionValue, label=_("Dimension")),
        ),
    )
]

JOBS = [Job("accounting.post_due", f"{HERE}:post_due", label=_("Post what is due"), every=timedelta(days=1))]
