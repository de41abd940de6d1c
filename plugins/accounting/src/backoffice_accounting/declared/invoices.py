"""Invoices, bills, credit notes, payments and their terms: resources, and what is done with them."""

from __future__ import annotations

from decimal import Decimal

from backoffice_accounting.kinds import INVOICE_KINDS, PURPOSES
from backoffice_accounting.models import PAYMENT_KINDS, Account, Agreement, Invoice, Journal, Payment, PaymentTerms
from backoffice_parties.models import Party

from backoffice.hookspecs import Action, Approval, Field, Lines, Resource, messages

_ = messages("accounting")

HERE = "backoffice_accounting.actions"
READ_ONLY: frozenset[str] = frozenset()
REASON = Field("reason", "text", label=_("Reason"), length=200, required=True)

LINES = (
    Field("item", "code", label=_("Item"), length=40),
    Field("description", "text", label=_("Description"), length=400),
    Field("quantity", "quantity", label=_("Quantity"), default=Decimal(1), places=6),
    Field("unit_price", "quantity", label=_("Unit price"), required=True, places=6),
    Field("discount", "percent", label=_("Discount, %"), minimum=Decimal(0), maximum=Decimal(100)),
    Field(
        "taxes", "code", label=_("Taxes"), length=200,
        help=_("Codes with spaces between them, or none; left empty, they follow from the party and the category."),
    ),
    Field("inclusive", "boolean", label=_("Taxes in the price"), default=False),
    Field("category", "code", label=_("Tax category"), length=32),
    Field("account_id", "ref", target=Account, label=_("Account")),
    Field("purpose", "choice", choices=PURPOSES, label=_("Purpose")),
)  # fmt: skip

DOCUMENT = (
    Field("kind", "choice", choices=INVOICE_KINDS, label=_("Kind"), default="invoice"),
    Field("party_id", "ref", target=Party, label=_("Customer or supplier"), required=True),
    Field("date", "date", label=_("Date"), required=True),
    Field("due_date", "date", label=_("Due"), help=_("Left empty, as the terms of payment say.")),
    Field("supply_date", "date", label=_("Date of supply"), help=_("Left empty, the date of the document.")),
    Field("terms_id", "ref", target=PaymentTerms, label=_("Payment terms")),
    Field("reference", "code", label=_("Reference"), length=80),
    Field("supplier_number", "code", label=_("Supplier's number"), length=80),
    Field("currency", "code", label=_("Currency"), length=3),
    Field("rate", "rate", label=_("Rate")),
    Field(
        "discount", "money", label=_("Discount"), help=_("Off the whole document, without taxes."), minimum=Decimal(0)
    ),
    Field(
        "round_to", "money", label=_("Round the total to"), help=_("The smallest coin, such as 0.05."),
        minimum=Decimal(0),
    ),
    Field("in_coins", "boolean", label=_("Round to the smallest coin"), default=False),
    Field("tax_country", "code", label=_("Country of taxes"), length=2),
    Field("journal_id", "ref", target=Journal, label=_("Journal")),
    Field("account_id", "ref", target=Account, label=_("Account of the other side")),
    Field("notes", "long_text", label=_("Notes")),
    Field("match_key", "code", label=_("Settled with"), length=120),
    Field("source", "code", label=_("Comes from"), length=64),
    Field("source_key", "code", label=_("Key there"), length=120),
    Field("lines", "data", many=True, fields=LINES, label=_("Lines"), required=True),
)  # fmt: skip

CREDITED = (
    Field("line", "integer", label=_("Line"), help=_("Counted from one."), minimum=1, required=True),
    Field("quantity", "quantity", label=_("Quantity"), places=6, help=_("Left empty, all that is left of it.")),
)

OVER = {
    "refuse": _("Refused"),
    "keep": _("Kept as a credit"),
    "write_off": _("Written off"),
}

EARLY = {
    "exact": _("Taken when exactly what is left after it is paid in time"),
    "take": _("Taken"),
    "leave": _("Not taken"),
}

ACTIONS = [
    Action(
        "accounting.issue_invoice",
        f"{HERE}:issue_invoice",
        many=f"{HERE}:issue_invoices",
        label=_("Issue an invoice"),
        help=_("Creates an invoice, bill or credit note and posts it at once. The same source and key issue it once."),
        fields=DOCUMENT,
    ),
    Action(
        "accounting.post_invoice",
        f"{HERE}:post_invoice",
        label=_("Post the invoice"),
        help=_("Gives the invoice its number and writes it into the books for good."),
        resource="accounting.invoice",
        when=("state", ("draft",)),
        confirm=_("A posted invoice cannot be changed any more, only credited."),
        icon="check",
    ),
    Action(
        "accounting.credit_invoice",
        f"{HERE}:credit_invoice",
        label=_("Credit the invoice"),
        help=_("Issues a credit note over lines of the invoice, or all of it. The invoice itself stays as it is."),
        resource="accounting.invoice",
        when=("state", ("posted", "paid")),
        fields=(
            Field("date", "date", label=_("Date"), help=_("Left empty, today.")),
            Field(
                "lines",
                "data",
                many=True,
                fields=CREDITED,
                label=_("Lines"),
                help=_("Left empty, everything that was not credited before."),
            ),
            Field("reason", "text", label=_("Reason"), length=200),
        ),
        icon="undo",
    ),
    Action(
        "accounting.send_invoice",
        "backoffice_accounting.sending:send_invoice",
        label=_("Send by mail"),
        help=_("Mails the invoice in the customer's language, and keeps what was sent with it."),
        resource="accounting.invoice",
        when=("state", ("posted", "paid")),
        fields=(
            Field("to", "email", label=_("To"), length=254, help=_("Left empty, the customer's address.")),
            Field("message", "long_text", label=_("Message")),
        ),
        icon="mail",
    ),
    Action(
        "accounting.hold_invoice",
        f"{HERE}:hold_invoice",
        label=_("Hold"),
        help=_("It is neither reminded of nor proposed for payment. With no reason, it is released."),
        resource="accounting.invoice",
        when=("state", ("posted",)),
        fields=(Field("reason", "text", label=_("Reason"), length=200),),
    ),
    Action(
        "accounting.record_payment",
        f"{HERE}:record_payment",
        label=_("Record a payment"),
        help=_("Money received for an invoice or paid for a bill, or paid back for a credit note."),
        resource="accounting.invoice",
        when=("state", ("posted",)),
        fields=(
            Field("date", "date", label=_("Date"), required=True),
            Field("amount", "money", label=_("Amount"), help=_("Left empty, all that is open.")),
            Field(
                "account_id", "ref", target=Account, label=_("Bank or cash"), help=_("Left empty, the bank account.")
            ),
            Field("reference", "code", label=_("Reference"), length=80),
            Field("rate", "rate", label=_("Rate"), help=_("Left empty, that of the day.")),
            Field("over", "choice", choices=OVER, label=_("More than is open is"), default="refuse"),
            Field(
                "discount",
                "choice",
                choices=EARLY,
                label=_("Discount for early payment"),
                default="exact",
            ),
        ),
        approval=Approval(amount="amount"),
        icon="bank",
    ),
    Action(
        "accounting.record_money",
        f"{HERE}:record_money",
        label=_("Record money"),
        help=_("Money that belongs to no one document: an advance, a payment of many, a refund."),
        fields=(
            Field("kind", "choice", choices=PAYMENT_KINDS, label=_("Kind"), default="received"),
            Field("party_id", "ref", target=Party, label=_("Customer or supplier"), required=True),
            Field("date", "date", label=_("Date"), required=True),
            Field("amount", "money", label=_("Amount"), required=True),
            Field("currency", "code", label=_("Currency"), length=3),
            Field("rate", "rate", label=_("Rate")),
            Field("account_id", "ref", target=Account, label=_("Bank or cash")),
            Field(
                "side",
                "choice",
                choices={"customer": _("Customer"), "supplier": _("Supplier")},
                label=_("As"),
                help=_("Left empty, money comes from customers and goes to suppliers."),
            ),
            Field("advance", "boolean", label=_("An advance"), default=False),
            Field("settle", "integer", many=True, label=_("Open items it pays")),
            Field("oldest", "boolean", label=_("Pay what is due first"), default=False),
            Field("reference", "code", label=_("Reference"), length=80),
            Field("match_key", "code", label=_("Settled with"), length=120),
        ),
        approval=Approval(amount="amount"),
        icon="bank",
    ),
    Action(
        "accounting.cancel_payment",
        f"{HERE}:cancel_payment",
        label=_("Cancel the payment"),
        help=_("Reverses the entry of the payment and opens what it settled again."),
        resource="accounting.payment",
        when=("state", ("posted",)),
        fields=(REASON, Field("date", "date", label=_("Date"))),
        icon="undo",
    ),
]

INVOICE = Resource(
    "accounting.invoice",
    Invoice,
    label=_("Invoice"),
    plural=_("Invoices and bills"),
    description=_("What customers owe you and what you owe suppliers. A draft gets its number when it is posted."),
    columns=("number", "date", "party_id", "kind", "reference", "due_date", "total", "open_amount", "state"),
    form=(
        "kind", "party_id", "date", "supply_date", "due_date", "terms_id", "reference", "supplier_number", "currency",
        "rate", "discount", "tax_country", "journal_id", "account_id", "notes",
    ),
    filters=(
        "state", "kind", "party_id", "date", "due_date", "currency", "reference", "source_key", "corrects_id", "held",
    ),
    sorts=("date", "due_date"),
    order="-date",
    lines=(
        Lines(
            "lines",
            (
                "item", "description", "quantity", "unit_price", "discount", "taxes", "inclusive", "category", "amount",
                "tax", "account_id", "purpose",
            ),
            label=_("Lines"),
            minimum=1,
            totals=("amount", "tax"),
        ),
        Lines("taxes", ("code", "rate", "base", "amount", "charged", "reason"), label=_("Taxes"), totals=("amount",)),
    ),
    editable_when=("state", "draft"),
    currency="currency",
    owner="party_id",
    badge="state",
    menu="sales",
    before_save="backoffice_accounting.stored_invoices:before_save",
)  # fmt: skip

PAYMENT = Resource(
    "accounting.payment",
    Payment,
    label=_("Payment"),
    plural=_("Payments"),
    description=_("Money received and paid. Record one from the invoice it is for, or with the party alone."),
    columns=("date", "kind", "party_id", "invoice_id", "amount", "account_id", "reference", "state"),
    filters=("state", "kind", "date", "party_id", "invoice_id", "account_id"),
    sorts=("date",),
    order="-date",
    operations=READ_ONLY,
    currency="currency",
    badge="state",
    menu="sales",
)

TERMS = Resource(
    "accounting.terms",
    PaymentTerms,
    label=_("Payment terms"),
    plural=_("Payment terms"),
    description=_("When documents are due, in one or more instalments, and what is deducted for paying early."),
    columns=("code", "name", "discount_percent", "discount_days", "active"),
    filters=("active",),
    lines=(Lines("parts", ("kind", "value", "months", "days", "month_end", "day_of_month"), label=_("Instalments")),),
    menu="settings",
)

AGREEMENT = Resource(
    "accounting.agreement",
    Agreement,
    label=_("Agreement"),
    plural=_("Agreements with customers and suppliers"),
    description=_("Terms of payment of one customer or supplier, and who is neither reminded nor paid."),
    columns=("party_id", "terms_id", "supplier_terms_id", "held"),
    filters=("party_id",),
    menu="settings",
)

RESOURCES = [INVOICE, PAYMENT, TERMS, AGREEMENT]
