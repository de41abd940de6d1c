"""Open items and their settlement: resources, and what is done with them."""

from __future__ import annotations

from backoffice_accounting.models import OpenItem, Revaluation, Settlement
from backoffice_parties.models import Party

from backoffice.hookspecs import Action, Field, Lines, Resource, messages

_ = messages("accounting")

HERE = "backoffice_accounting.settlement.actions"
READ_ONLY: frozenset[str] = frozenset()

ITEMS = (
    Field("item", "integer", label=_("Open item"), required=True),
    Field("amount", "money", label=_("Amount"), help=_("Left empty, as far as the other side goes.")),
)
OFF = {
    "write_off": _("Small differences"),
    "bad_debt": _("Bad debt"),
    "bank_charges": _("Bank charges"),
    "discount": _("Discounts"),
}

ACTIONS = [
    Action(
        "accounting.settle_items",
        f"{HERE}:settle_items",
        label=_("Settle open items"),
        help=_("Sets invoices, credit notes, payments and advances off against each other, in whole or in part."),
        fields=(
            Field("items", "data", many=True, fields=ITEMS, label=_("Open items"), required=True),
            Field("date", "date", label=_("Date"), help=_("Left empty, that of the latest item.")),
            Field("write_off", "choice", choices=OFF, label=_("Write the rest off as")),
            Field("rate", "rate", label=_("Rate"), help=_("For what is written off; left empty, that of the day.")),
            Field("reason", "text", label=_("Reason"), length=200),
        ),
        icon="check",
    ),
    Action(
        "accounting.settle_party",
        f"{HERE}:settle_party",
        label=_("Settle what is open with a party"),
        help=_("Sets credits and payments off against what is due first, each currency by itself."),
        fields=(
            Field("party_id", "ref", target=Party, label=_("Party"), required=True),
            Field("date", "date", label=_("Date")),
        ),
    ),
    Action(
        "accounting.undo_settlement",
        f"{HERE}:undo_settlement",
        label=_("Undo the settlement"),
        help=_("Opens the items again; an entry over differences is reversed."),
        resource="accounting.settlement",
        when=("state", ("done",)),
        fields=(
            Field("reason", "text", label=_("Reason"), length=200, required=True),
            Field("date", "date", label=_("Date")),
        ),
        icon="undo",
    ),
    Action(
        "accounting.revalue",
        f"{HERE}:revalue",
        label=_("Revalue foreign currencies"),
        help=_("Values open documents and bank balances at the rates of a day, and takes that back on the next."),
        fields=(Field("date", "date", label=_("Date"), required=True),),
    ),
    Action(
        "accounting.verify_items",
        f"{HERE}:verify_items",
        label=_("Check the open items"),
        help=_("Compares open items with the accounts they are on and changes nothing."),
        fields=(Field("until", "date", label=_("Until"), help=_("Left empty, as it is now.")),),
    ),
]

OPEN_ITEM = Resource(
    "accounting.open_item",
    OpenItem,
    label=_("Open item"),
    plural=_("Open items"),
    description=_("Every line on accounts of customers and suppliers, and what of it is not settled yet."),
    columns=("date", "party_id", "invoice_id", "due_date", "currency", "amount", "open_amount", "open"),
    filters=("open", "party_id", "account_id", "invoice_id", "due_date", "date", "currency", "match_key", "entry_id"),
    sorts=("date", "due_date"),
    order="-date",
    operations=READ_ONLY,
    currency="currency",
    menu="finance",
)

SETTLEMENT = Resource(
    "accounting.settlement",
    Settlement,
    label=_("Settlement"),
    plural=_("Settlements"),
    description=_("What settled what, and when; each can be undone."),
    columns=("date", "kind", "party_id", "entry_id", "state"),
    filters=("state", "kind", "party_id", "date", "payment_id"),
    sorts=("date",),
    order="-date",
    operations=READ_ONLY,
    lines=(Lines("allocations", ("item_id", "amount", "in_books"), label=_("Items")),),
    badge="state",
    menu="finance",
)

REVALUATION = Resource(
    "accounting.revaluation",
    Revaluation,
    label=_("Revaluation"),
    plural=_("Revaluations"),
    description=_("What foreign documents and balances were worth at the end of a month."),
    columns=("date", "difference", "entry_id", "reversal_id"),
    sorts=("date",),
    order="-date",
    operations=READ_ONLY,
    lines=(
        Lines(
            "lines", ("account_id", "party_id", "currency", "amount", "in_books", "rate", "worth"), label=_("Lines"),
            totals=("in_books", "worth"),
        ),
    ),
    menu="finance",
)  # fmt: skip

RESOURCES = [OPEN_ITEM, SETTLEMENT, REVALUATION]
