"""Reports, events, jobs and roles."""

from __future__ import annotations

from backoffice_banking.models import BankAccount

from backoffice.hookspecs import Event, Field, Job, Report, Role, messages

_ = messages("banking")

REPORTS = [
    Report(
        "banking.reconciliation",
        "backoffice_banking.reports:reconciliation",
        label=_("Bank reconciliation"),
        description=_("The balance of the books beside that of the bank, and every item that makes the difference."),
        fields=(
            Field("account_id", "ref", target=BankAccount, label=_("Bank account"), required=True),
            Field("until", "date", label=_("Until"), help=_("Left empty, the last statement.")),
        ),
    ),
    Report(
        "banking.balances",
        "backoffice_banking.reports:balances",
        label=_("Balances at banks"),
        description=_("Every bank account: the bank's balance, that of the books, and how many lines wait."),
    ),
]

EVENTS = [
    Event(
        "banking.statement_imported",
        label=_("Statement taken in"),
        fields=(
            Field("account", "code", label=_("Bank account"), required=True),
            Field("count", "integer", label=_("Lines"), required=True),
            Field("repeated", "integer", label=_("Lines that were there already"), required=True),
            Field("until", "date", label=_("Until")),
            Field("closing", "money", label=_("Closing balance")),
            Field("currency", "code", label=_("Currency"), required=True),
        ),
    ),
    Event(
        "banking.line_matched",
        label=_("Line matched"),
        fields=(
            Field("amount", "money", label=_("Amount"), required=True),
            Field("left", "money", label=_("Left"), required=True),
            Field("currency", "code", label=_("Currency"), required=True),
        ),
    ),
    Event(
        "banking.line_unmatched",
        label=_("Match taken back"),
        fields=(
            Field("amount", "money", label=_("Amount"), required=True),
            Field("currency", "code", label=_("Currency"), required=True),
            Field("reason", "text", label=_("Reason")),
        ),
    ),
]

JOBS = [
    Job(
        "banking.match",
        "backoffice_banking.actions:run_matching",
        label=_("Match what is certain"),
        fields=(Field("account", "integer", label=_("Bank account"), required=True),),
    )
]

READ = (
    "banking.account.read",
    "banking.statement.read",
    "banking.line.read",
    "banking.match.read",
    "banking.rule.read",
    "banking.mapping.read",
    "banking.reconciliation",
    "banking.balances",
    "banking.propose",
)

ROLES = [
    Role(
        "banking.bookkeeper",
        _("Bookkeeper of banks"),
        ("banking.*",),
        help=_("Takes in statements, matches lines, takes matches back."),
    ),
    Role("banking.reader", _("Reader of banks"), READ, help=_("Sees statements and matches and changes nothing.")),
]
