"""What customers owe: levels of reminding and reminders, aged lists, statements of account."""

from __future__ import annotations

from backoffice_accounting.models import Reminder, ReminderLevel
from backoffice_parties.models import Party

from backoffice.hookspecs import Action, Document, Event, Field, Lines, Report, Resource, messages

_ = messages("accounting")

HERE = "backoffice_accounting.owed"
READ_ONLY: frozenset[str] = frozenset()

TO = (
    Field("to", "email", label=_("To"), length=254, help=_("Left empty, the customer's address.")),
    Field("message", "long_text", label=_("Message")),
)

ACTIONS = [
    Action(
        "accounting.send_statement",
        f"{HERE}.statement:send_statement",
        label=_("Send a statement of account"),
        help=_("Mails what is open, document by document, in the customer's language."),
        resource="parties.party",
        fields=TO,
        icon="mail",
    ),
    Action(
        "accounting.remind",
        f"{HERE}.actions:remind",
        label=_("Propose reminders"),
        help=_("A letter to every customer with something overdue for the next level. Nothing is sent yet."),
        fields=(
            Field("date", "date", label=_("Date"), help=_("Left empty, today.")),
            Field("party_id", "ref", target=Party, label=_("Customer"), help=_("Left empty, all of them.")),
        ),
    ),
    Action(
        "accounting.send_reminder",
        f"{HERE}.actions:send_reminder",
        label=_("Send the reminder"),
        help=_("Posts fee and interest, and mails the letter where there is an address."),
        resource="accounting.reminder",
        when=("state", ("draft",)),
        fields=(
            TO[0],
            Field("post", "boolean", label=_("Post fee and interest"), default=True),
        ),
        icon="mail",
    ),
    Action(
        "accounting.drop_reminder",
        f"{HERE}.actions:drop_reminder",
        label=_("Drop the reminder"),
        resource="accounting.reminder",
        when=("state", ("draft",)),
    ),
]

LEVEL = Resource(
    "accounting.reminder_level",
    ReminderLevel,
    label=_("Level of reminding"),
    plural=_("Levels of reminding"),
    description=_("After how many days customers are reminded, in which words, with what fee and interest."),
    columns=("level", "name", "days", "fee", "interest"),
    menu="settings",
)

REMINDER = Resource(
    "accounting.reminder",
    Reminder,
    label=_("Reminder"),
    plural=_("Reminders"),
    description=_("Letters to customers about what is overdue. Propose them, look at them, send them."),
    columns=("date", "party_id", "level_id", "currency", "overdue", "fee", "interest", "state"),
    filters=("state", "party_id", "date", "level_id"),
    sorts=("date",),
    order="-date",
    operations=READ_ONLY,
    lines=(
        Lines("lines", ("invoice_id", "due_date", "days", "amount", "interest"), label=_("Lines"), totals=("amount",)),
    ),
    currency="currency",
    badge="state",
    menu="sales",
)

RESOURCES = [REMINDER, LEVEL]

UNTIL = Field("until", "date", label=_("Until"), help=_("Left empty, today."))

REPORTS = [
    Report(
        "accounting.aged_receivables",
        f"{HERE}.aged:receivables",
        label=_("What customers owe, by age"),
        description=_("Open amounts of customers by how long they are overdue, on any day."),
        fields=(UNTIL,),
    ),
    Report(
        "accounting.aged_payables",
        f"{HERE}.aged:payables",
        label=_("What suppliers are owed, by age"),
        description=_("Open amounts of suppliers by how long they are overdue, on any day."),
        fields=(UNTIL,),
    ),
    Report(
        "accounting.open_items",
        f"{HERE}.aged:open_items",
        label=_("Open items"),
        description=_("Every document, payment and advance that is not settled, on any day."),
        fields=(Field("party_id", "ref", target=Party, label=_("Party")), UNTIL),
    ),
]

DOCUMENTS = [
    Document(
        "accounting.account_statement",
        "parties.party",
        "accounting/letter.html",
        f"{HERE}.statement:statement_context",
        label=_("Statement of account"),
        permission="accounting.invoice.read",
        filename=f"{HERE}.statement:statement_filename",
        language=f"{HERE}.statement:statement_language",
    ),
    Document(
        "accounting.reminder",
        "accounting.reminder",
        "accounting/letter.html",
        f"{HERE}.reminding:reminder_context",
        label=_("Reminder"),
        filename=f"{HERE}.reminding:reminder_filename",
        language=f"{HERE}.reminding:reminder_language",
    ),
]

EVENTS = [
    Event(
        "accounting.reminder_sent",
        label=_("Reminder sent"),
        fields=(
            Field("party", "integer", label=_("Customer"), required=True),
            Field("level", "integer", label=_("Level"), required=True),
            Field("mail", "integer", label=_("Mail")),
        ),
    ),
]
