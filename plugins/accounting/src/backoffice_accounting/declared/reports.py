"""Reports."""

from __future__ import annotations

from backoffice_accounting.models import Account, DimensionValue, Journal
from backoffice_parties.models import Party

from backoffice.hookspecs import Field, Report, messages

from . import closing, owed, papers, planned, requests, statements

_ = messages("accounting")

HERE = "backoffice_accounting.reports"

UNTIL = Field("until", "date", label=_("Until"), help=_("Left empty, today."))
FROM = Field("from", "date", label=_("From"))

DIMENSION = Field("dimension_value_id", "ref", target=DimensionValue, label=_("Dimension"))
TOGETHER = (
    Field("all_companies", "boolean", label=_("All companies together"), default=False),
    Field("currency", "code", label=_("Shown in"), length=3, help=_("Left empty, the currency of the books.")),
)

REPORTS = [
    Report(
        "accounting.trial_balance",
        f"{HERE}:trial_balance",
        label=_("Trial balance"),
        description=_("Every account and its balance; with a first day, what moved since."),
        fields=(FROM, UNTIL, DIMENSION, *TOGETHER),
    ),
    Report(
        "accounting.general_ledger",
        f"{HERE}:general_ledger",
        label=_("General ledger"),
        description=_("Every posting on an account, with the balance after each."),
        fields=(
            Field("account_id", "ref", target=Account, label=_("Account"), required=True),
            FROM,
            UNTIL,
            Field("party_id", "ref", target=Party, label=_("Party")),
            DIMENSION,
        ),
    ),
    Report(
        "accounting.journal",
        f"{HERE}:journal",
        label=_("Journal"),
        description=_("The entries of a span of days with all their lines."),
        fields=(Field("journal_id", "ref", target=Journal, label=_("Journal")), FROM, UNTIL),
    ),
    *requests.REPORTS,
    *closing.REPORTS,
    *owed.REPORTS,
    *statements.REPORTS,
    *planned.REPORTS,
    *papers.REPORTS,
]
