"""Vouchers and cheques."""

from __future__ import annotations

from backoffice_accounting.models import DIRECTIONS, Account, Cheque, Voucher
from backoffice_parties.models import Party

from backoffice.hookspecs import Action, Document, Field, Lines, Report, Resource, messages

_ = messages("accounting")

VOUCHERS = "backoffice_accounting.papers.vouchers"
CHEQUES = "backoffice_accounting.papers.cheques"

REASON = Field("reason", "text", label=_("Reason"), length=200, required=True)

STEP_CHOICES = {
    "deposited": _("Deposited"),
    "cleared": _("Cleared"),
    "bounced": _("Bounced"),
    "returned": _("Given back"),
    "presented": _("Presented"),
    "stopped": _("Stopped"),
}

RESOURCES = [
    Resource(
        "accounting.voucher",
        Voucher,
        label=_("Voucher"),
        plural=_("Vouchers"),
        description=_("Papers that say money was received or paid, and what for."),
        columns=("number", "kind", "date", "party_id", "description", "total", "state"),
        form=("kind", "date", "party_id", "account_id", "description", "reference"),
        filters=("kind", "state", "date", "party_id"),
        sorts=("date",),
        order="-date",
        lines=(
            Lines(
                "lines",
                ("account_id", "description", "amount", "dimensions"),
                label=_("Lines"),
                minimum=1,
                totals=("amount",),
            ),
        ),
        editable_when=("state", "draft"),
        currency="currency",
        badge="state",
        menu="bank",
        before_save=f"{VOUCHERS}:before_save",
    ),
    Resource(
        "accounting.cheque",
        Cheque,
        label=_("Cheque"),
        plural=_("Cheques"),
        description=_("Cheques received and issued, post-dated ones as well, and where they have got to."),
        columns=("number", "direction", "party_id", "bank", "due_date", "amount", "state"),
        filters=("direction", "state", "due_date", "party_id"),
        sorts=("due_date",),
        order="due_date",
        operations=frozenset(),
        lines=(Lines("steps", ("date", "state", "entry_id", "reason"), label=_("Steps")),),
        badge="state",
        menu="bank",
    ),
]

_CHEQUE = (
    Field("number", "code", label=_("Number"), length=40, required=True),
    Field("party_id", "ref", target=Party, label=_("Party"), required=True),
    Field("date", "date", label=_("Date"), required=True),
    Field("due_date", "date", label=_("Date on the cheque"), help=_("Left empty, the same day.")),
    Field("amount", "money", label=_("Amount"), required=True),
    Field("bank", "text", label=_("Drawn on"), length=120),
    Field("account_id", "ref", target=Account, label=_("Bank account")),
    Field("match", "code", label=_("Settled with"), length=120),
)

ACTIONS = [
    Action(
        "accounting.post_voucher",
        f"{VOUCHERS}:post_voucher",
        label=_("Post the voucher"),
        help=_("Writes it into the books and gives it its number."),
        resource="accounting.voucher",
        when=("state", ("draft",)),
        icon="check",
    ),
    Action(
        "accounting.cancel_voucher",
        f"{VOUCHERS}:cancel_voucher",
        label=_("Cancel the voucher"),
        help=_("Reverses its entry; its number stays."),
        resource="accounting.voucher",
        when=("state", ("posted",)),
        fields=(REASON, Field("date", "date", label=_("Date"))),
        destructive=True,
        icon="undo",
    ),
    Action(
        "accounting.receive_cheque",
        f"{CHEQUES}:receive_cheque",
        label=_("Receive a cheque"),
        help=_("What a customer owes becomes a cheque."),
        fields=_CHEQUE,
    ),
    Action(
        "accounting.issue_cheque",
        f"{CHEQUES}:issue_cheque",
        label=_("Issue a cheque"),
        help=_("What is owed to a supplier becomes a cheque that is out."),
        fields=_CHEQUE,
    ),
    Action(
        "accounting.move_cheque",
        f"{CHEQUES}:move_cheque",
        label=_("Next step of the cheque"),
        help=_("Deposited, cleared, bounced or given back; presented, cleared or stopped."),
        resource="accounting.cheque",
        when=("state", ("received", "deposited", "bounced", "issued", "presented")),
        fields=(
            Field("step", "choice", choices=STEP_CHOICES, label=_("Step"), required=True),
            Field("date", "date", label=_("Date"), help=_("Left empty, today.")),
            Field("account_id", "ref", target=Account, label=_("Bank account")),
            Field("reason", "text", label=_("Reason"), length=200),
        ),
        icon="check",
    ),
]

REPORTS = [
    Report(
        "accounting.cheques_due",
        f"{CHEQUES}:cheques_due",
        label=_("Cheques by their date"),
        description=_("Cheques on their way by the date on them; those we issued count below zero."),
        fields=(
            Field("until", "date", label=_("Until")),
            Field("direction", "choice", choices=DIRECTIONS, label=_("Direction")),
            Field("done", "boolean", label=_("Those that are done as well"), default=False),
        ),
    )
]

DOCUMENTS = [
    Document(
        "accounting.voucher",
        "accounting.voucher",
        "accounting/voucher.html",
        f"{VOUCHERS}:context",
        label=_("Voucher"),
        filename=f"{VOUCHERS}:filename",
    )
]
