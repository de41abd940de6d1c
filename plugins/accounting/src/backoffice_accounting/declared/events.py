"""Events. They carry ids, codes, dates and amounts, never names."""

from __future__ import annotations

from backoffice_accounting.kinds import INVOICE_KINDS

from backoffice.hookspecs import Event, Field, messages

from . import closing, locks, owed, paying, requests

_ = messages("accounting")

SOURCE = (
    Field("source_plugin", "code", label=_("Comes from")),
    Field("source_key", "code", label=_("Key there")),
    Field("source_purpose", "code", label=_("For")),
)

EVENTS = [
    Event(
        "accounting.entry_posted",
        label=_("Entry posted"),
        fields=(
            Field("journal", "code", label=_("Journal"), required=True),
            Field("date", "date", label=_("Date"), required=True),
            Field("total", "money", label=_("Total"), required=True),
            Field("currency", "code", label=_("Currency"), required=True),
            *SOURCE,
            Field("reverses", "integer", label=_("Reverses")),
        ),
    ),
    Event(
        "accounting.invoice_posted",
        label=_("Invoice posted"),
        fields=(
            Field("kind", "choice", choices=INVOICE_KINDS, label=_("Kind"), required=True),
            Field("party", "integer", label=_("Customer or supplier"), required=True),
            Field("date", "date", label=_("Date"), required=True),
            Field("total", "money", label=_("Total"), required=True),
            Field("tax", "money", label=_("Taxes")),
            Field("currency", "code", label=_("Currency"), required=True),
            Field("entry", "integer", label=_("Entry")),
            Field("source", "code", label=_("Comes from")),
            Field("source_key", "code", label=_("Key there")),
        ),
    ),
    Event(
        "accounting.invoice_sent",
        label=_("Invoice mailed"),
        fields=(
            Field("mail", "integer", label=_("Mail"), required=True),
            Field("to", "email", label=_("To"), personal=True),
        ),
    ),
    Event(
        "accounting.payment_recorded",
        label=_("Payment recorded"),
        fields=(
            Field("invoice", "integer", label=_("Invoice")),
            Field("party", "integer", label=_("Customer or supplier")),
            Field("payment_kind", "code", label=_("Kind")),
            Field("date", "date", label=_("Date"), required=True),
            Field("amount", "money", label=_("Amount"), required=True),
            Field("currency", "code", label=_("Currency"), required=True),
            Field("entry", "integer", label=_("Entry"), required=True),
        ),
    ),
    Event(
        "accounting.payment_cancelled",
        label=_("Payment cancelled"),
        fields=(
            Field("invoice", "integer", label=_("Invoice")),
            Field("entry", "integer", label=_("Entry"), required=True),
        ),
    ),
    Event(
        "accounting.items_settled",
        label=_("Open items settled"),
        fields=(
            Field("date", "date", label=_("Date"), required=True),
            Field("settlement_kind", "code", label=_("Kind"), required=True),
            Field("party", "integer", label=_("Party")),
        ),
    ),
    Event(
        "accounting.settlement_undone",
        label=_("Settlement undone"),
        fields=(
            Field("date", "date", label=_("Date"), required=True),
            Field("reason", "text", label=_("Reason"), default=""),
        ),
    ),
    Event(
        "accounting.revalued",
        label=_("Foreign currencies revalued"),
        fields=(
            Field("date", "date", label=_("Date"), required=True),
            Field("difference", "money", label=_("Difference"), required=True),
        ),
    ),
    Event(
        "accounting.period_moved",
        label=_("Period closed, opened or locked"),
        fields=(
            Field("state", "code", label=_("State"), required=True),
            Field("reason", "text", label=_("Reason"), default=""),
        ),
    ),
    *requests.EVENTS,
    *locks.EVENTS,
    *closing.EVENTS,
    *owed.EVENTS,
    *paying.EVENTS,
]
