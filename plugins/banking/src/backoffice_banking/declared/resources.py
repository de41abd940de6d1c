"""Resources: bank accounts, statements, their lines and matches, rules, mappings for CSV."""

from __future__ import annotations

from backoffice_banking.models import BankAccount, CsvFormat, Line, Match, Rule, Statement

from backoffice.hookspecs import Lines, Resource, messages

_ = messages("banking")

READ_ONLY: frozenset[str] = frozenset()
HERE = "backoffice_banking.actions"

ACCOUNT = Resource(
    "banking.account",
    BankAccount,
    label=_("Bank account"),
    plural=_("Bank accounts"),
    description=_("Your accounts at banks. Add one, then take in a statement."),
    columns=("name", "code", "number", "bank", "currency", "account_id", "active"),
    form=(
        "code", "name", "number", "bank", "bic", "currency", "journal_id", "account_id", "mapping_id", "tolerance",
        "difference_account_id", "automatic", "active",
    ),
    filters=("currency", "active"),
    sorts=("code",),
    order="code",
    currency="currency",
    menu="bank",
    before_save=f"{HERE}:before_save_account",
)  # fmt: skip

STATEMENT = Resource(
    "banking.statement",
    Statement,
    label=_("Bank statement"),
    plural=_("Bank statements"),
    description=_("What your banks told. Take in a file, or forward what the bank sends."),
    columns=("number", "bank_account_id", "first_date", "last_date", "opening", "closing", "count", "format"),
    filters=("bank_account_id", "last_date", "kind", "format"),
    sorts=("last_date",),
    order="-last_date",
    operations=READ_ONLY,
    lines=(
        Lines("lines", ("date", "description", "party_name", "amount", "state"), label=_("Lines"), totals=("amount",)),
    ),
    currency="currency",
    menu="bank",
)

LINE = Resource(
    "banking.line",
    Line,
    label=_("Line of a statement"),
    plural=_("Lines of statements"),
    description=_("Every booking of your banks, and what it was matched to."),
    columns=("date", "description", "party_name", "bank_account_id", "amount", "state"),
    filters=("state", "bank_account_id", "date", "statement_id", "amount"),
    sorts=("date",),
    order="-date",
    operations=READ_ONLY,
    currency="currency",
    badge="state",
    menu="bank",
)

MATCH = Resource(
    "banking.match",
    Match,
    label=_("Match"),
    plural=_("Matches"),
    description=_("What lines of statements were matched to, also what was taken back."),
    columns=("kind", "line_id", "amount", "invoice_id", "entry_id", "account_id", "how", "undone"),
    filters=("line_id", "entry_id", "invoice_id", "how", "undone", "rule_id"),
    operations=READ_ONLY,
)

RULE = Resource(
    "banking.rule",
    Rule,
    label=_("Matching rule"),
    plural=_("Matching rules"),
    description=_("Lines that look like this go there: rent, charges, salaries."),
    columns=("name", "code", "sequence", "place", "test", "words", "automatic", "active"),
    form=(
        "code", "name", "sequence", "bank_account_id", "place", "test", "words", "sign", "least", "most", "automatic",
        "active",
    ),
    filters=("active", "automatic", "bank_account_id"),
    sorts=("sequence",),
    order="sequence",
    lines=(Lines("parts", ("account_id", "party_id", "share", "amount", "text", "tax"), label=_("Goes to")),),
    menu="bank",
    before_save=f"{HERE}:before_save_rule",
)  # fmt: skip

MAPPING = Resource(
    "banking.mapping",
    CsvFormat,
    label=_("Mapping for CSV"),
    plural=_("Mappings for CSV"),
    description=_("Which column of a bank's CSV files is what. Made once for each bank."),
    columns=("name", "code", "date", "amount", "date_format"),
    menu="settings",
)

RESOURCES = [ACCOUNT, STATEMENT, LINE, MATCH, RULE, MAPPING]
