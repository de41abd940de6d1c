"""The lines of an entry as arguments of actions."""

from __future__ import annotations

from backoffice_accounting.models import Account
from backoffice_parties.models import Party

from backoffice.hookspecs import Field, messages

_ = messages("accounting")

ENTRY_LINES = (
    Field("account_id", "ref", target=Account, label=_("Account"), required=True),
    Field("party_id", "ref", target=Party, label=_("Party")),
    Field("description", "text", label=_("Text"), length=200),
    Field("debit", "money", label=_("Debit")),
    Field("credit", "money", label=_("Credit")),
    Field("amount", "money", label=_("Amount"), help=_("Instead of debit and credit: debit above zero, credit below.")),
    Field("currency", "code", label=_("Foreign currency"), length=3),
    Field("amount_currency", "money", label=_("Foreign amount"), hint="currency:currency"),
    Field("due_date", "date", label=_("Due")),
    Field(
        "dimensions",
        "data",
        label=_("Dimensions"),
        help=_("Codes of dimensions and of their values."),
    ),
)
