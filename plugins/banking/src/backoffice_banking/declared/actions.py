"""Actions. Each is a button or form, a REST call, a command and a permission."""

from __future__ import annotations

from backoffice_accounting.api import Account, Entry, Invoice
from backoffice_banking.models import BankAccount, CsvFormat, Line
from backoffice_parties.models import Party

from backoffice.hookspecs import Action, Field, messages

_ = messages("banking")

HERE = "backoffice_banking.actions"
OPEN = ("state", ("open",))
DIFFERENCES = {
    "keep": _("stays open"),
    "write_off": _("is written off"),
    "charges": _("is the bank's charges"),
    "account": _("goes to an account"),
}
REASON = Field("reason", "text", label=_("Reason"), length=200, required=True)

ACTIONS = [
    Action(
        "banking.import_statement",
        f"{HERE}:import_statement",
        label=_("Take in a statement"),
        help=_("Reads MT940, CAMT, OFX, QIF or CSV, checks it, and adds what is new."),
        fields=(
            Field("content", "long_text", label=_("Content of the file"), required=True, help=_("As Base64.")),
            Field("name", "text", label=_("Name of the file"), length=200),
            Field("account_id", "ref", target=BankAccount, label=_("Bank account"),
                  help=_("Left empty, the one whose number the file names.")),
            Field("mapping_id", "ref", target=CsvFormat, label=_("Mapping for CSV"),
                  help=_("Left empty, that of the bank account.")),
            Field("any_opening", "boolean", label=_("Need not follow the statement before")),
        ),
        icon="download",
    ),
    Action(
        "banking.match_all",
        f"{HERE}:match_all",
        label=_("Match what is certain"),
        help=_("A job matches the lines that need nobody's judgement, and tells what it did."),
        resource="banking.account",
        icon="bolt",
    ),
    Action(
        "banking.propose",
        f"{HERE}:propose",
        label=_("Propose"),
        help=_("Tells what a line may be, how sure, and why."),
        resource="banking.line",
        when=OPEN,
    ),
    Action(
        "banking.accept",
        f"{HERE}:accept",
        label=_("Accept a proposal"),
        resource="banking.line",
        when=OPEN,
        fields=(
            Field("proposal", "code", label=_("Proposal"), length=400, required=True, help=_("Its key.")),
            Field("why", "text", label=_("Why"), length=300),
            Field("automatic", "boolean", label=_("By itself")),
        ),
        icon="check",
    ),
    Action(
        "banking.pay",
        f"{HERE}:pay",
        label=_("Pay documents"),
        help=_("Settles invoices, one or several, in whole or in part."),
        resource="banking.line",
        when=OPEN,
        fields=(
            Field("invoices", "data", many=True, label=_("Documents"), required=True, fields=(
                Field("invoice_id", "ref", target=Invoice, label=_("Invoice"), required=True),
                Field("amount", "money", label=_("Amount"), required=True, help=_("Below zero for money paid.")),
            )),
            Field("difference", "choice", choices=DIFFERENCES, label=_("What is left over"), default="keep"),
            Field("account_id", "ref", target=Account, label=_("Account for what is left over")),
        ),
    ),
    Action(
        "banking.book",
        f"{HERE}:book",
        label=_("Book to an account"),
        help=_("Posts the line against one account, or several."),
        resource="banking.line",
        when=OPEN,
        fields=(
            Field("account_id", "ref", target=Account, label=_("Account")),
            Field("party_id", "ref", target=Party, label=_("Party")),
            Field("text", "text", label=_("Text"), length=200),
            Field("match", "code", label=_("Settled with"), length=80,
                  help=_("Open items of one party with the same words settle each other.")),
            Field("parts", "data", many=True, label=_("Parts"), fields=(
                Field("account_id", "ref", target=Account, label=_("Account"), required=True),
                Field("party_id", "ref", target=Party, label=_("Party")),
                Field("amount", "money", label=_("Amount"), required=True, help=_("Below zero for money paid.")),
                Field("text", "text", label=_("Text"), length=200),
            )),
        ),
    ),
    Action(
        "banking.transfer",
        f"{HERE}:transfer",
        label=_("Transfer between own accounts"),
        resource="banking.line",
        when=OPEN,
        fields=(
            Field("line_id", "ref", target=Line, label=_("Line of the other account")),
            Field("account_id", "ref", target=BankAccount, label=_("Other account"),
                  help=_("When its statement comes later.")),
        ),
    ),
    Action(
        "banking.match_entry",
        f"{HERE}:match_entry",
        label=_("Match an entry in the books"),
        resource="banking.line",
        when=OPEN,
        fields=(Field("entry_id", "ref", target=Entry, label=_("Entry"), required=True),),
    ),
    Action(
        "banking.ignore",
        f"{HERE}:ignore",
        label=_("Leave out"),
        help=_("Nothing is posted; the reason stays on record."),
        resource="banking.line",
        when=OPEN,
        fields=(Field("note", "text", label=_("Reason"), length=200, required=True),),
    ),
    Action(
        "banking.undo",
        f"{HERE}:undo",
        label=_("Take the match back"),
        help=_("Cancels payments and reverses entries; the line is open again."),
        resource="banking.line",
        when=("state", ("matched", "ignored", "open")),
        fields=(REASON,),
        icon="undo",
    ),
]  # fmt: skip
