"""Events, listeners, jobs, intakes, documents, settings, permissions and roles."""

from __future__ import annotations

from datetime import timedelta

from backoffice_sales.kinds import INVOICING, PAYMENT_KINDS, SHORTAGE
from backoffice_sales.providers.stripe import verify

from backoffice.hookspecs import Document, Event, Field, Intake, Job, On, Permission, Role, Settings, messages

_ = messages("sales")

_ORDER = (
    Field("number", "code", label=_("Number"), required=True),
    Field("party", "integer", label=_("Customer"), required=True),
    Field("date", "date", label=_("Date"), required=True),
    Field("currency", "code", label=_("Currency"), required=True),
    Field("total", "money", label=_("Total"), required=True),
    Field("source", "code", label=_("Comes from")),
    Field("source_key", "code", label=_("Key there")),
    Field("chain", "code", label=_("Chain")),
)
_REASON = Field("reason", "text", label=_("Reason"))
_SHIPMENT = Field("shipment", "code", label=_("Shipment"), required=True)
_INVOICE = Field("invoice", "code", label=_("Invoice asked for"), required=True)
_AMOUNT = Field("amount", "money", label=_("Amount"), required=True)

EVENTS = [
    Event("sales.order_placed", fields=_ORDER, label=_("Order placed")),
    Event("sales.order_allocated", fields=_ORDER, label=_("Goods of an order set aside")),
    Event(
        "sales.order_short", fields=(*_ORDER, Field("policy", "choice", choices=SHORTAGE, label=_("Done about it"))),
        label=_("Goods of a paid order missing"),
    ),
    Event("sales.order_changed", fields=(*_ORDER, _REASON), label=_("Order changed")),
    Event("sales.order_cancelled", fields=(*_ORDER, _REASON), label=_("Order cancelled")),
    Event(
        "sales.order_shipped", label=_("Order shipped"),
        fields=(*_ORDER, _SHIPMENT, Field("complete", "boolean", label=_("Nothing left"), default=False)),
    ),
    Event("sales.order_returned", fields=(*_ORDER, _SHIPMENT), label=_("Goods came back")),
    Event("sales.order_invoiced", fields=(*_ORDER, _INVOICE), label=_("Invoice of an order asked for")),
    Event("sales.order_credited", fields=(*_ORDER, _INVOICE), label=_("Credit note of an order asked for")),
    Event(
        "sales.payment_recorded", label=_("Payment of an order recorded"),
        fields=(
            *_ORDER, Field("kind", "choice", choices=PAYMENT_KINDS, label=_("Kind"), required=True), _AMOUNT,
            Field("reference", "code", label=_("Reference"), required=True),
        ),
    ),
    Event("sales.order_paid", fields=_ORDER, label=_("Order paid")),
    Event(
        "sales.refund_asked", label=_("Refund asked for"),
        fields=(
            *_ORDER, _AMOUNT, Field("provider", "code", label=_("Provider"), required=True),
            Field("charge", "code", label=_("Charge"), required=True),
        ),
    ),
]  # fmt: skip

LISTENERS = [
    On("sales.refund_asked", "backoffice_sales.payments:pay_back", later=True),
    On("accounting.invoice_posted", "backoffice_sales.billing:note_posted"),
]

JOBS = [
    Job(
        "sales.match_payments", "backoffice_sales.actions:match_payments", label=_("Match payments that wait"),
        every=timedelta(minutes=5),
    ),
    Job(
        "sales.load_orders", "backoffice_sales.importing.files:load_orders", label=_("Bring in a file of orders"),
        fields=(Field("file", "integer", label=_("File"), required=True),), attempts=3, timeout=timedelta(hours=4),
    ),
]  # fmt: skip

INTAKES = [
    Intake(
        "sales.test_notices", "backoffice_sales.payments:take_trial_notice", label=_("Notices of the test provider")
    ),
    Intake(
        "sales.stripe_notices", "backoffice_sales.payments:take_stripe_notice", label=_("Notices of Stripe"),
        verify=verify,
    ),
]  # fmt: skip

PAPERS = "backoffice_sales.documents"

DOCUMENTS = [
    Document(
        "sales.quotation", "sales.quotation", "sales/paper.html", f"{PAPERS}:quotation", label=_("Quotation"),
        filename=f"{PAPERS}:filename", language=f"{PAPERS}:language",
    ),
    Document(
        "sales.order_confirmation", "sales.order", "sales/paper.html", f"{PAPERS}:confirmation",
        label=_("Order confirmation"), filename=f"{PAPERS}:filename", language=f"{PAPERS}:language",
        when=("state", ("confirmed", "done")),
    ),
    Document(
        "sales.delivery_note", "sales.shipment", "sales/paper.html", f"{PAPERS}:delivery_note",
        label=_("Delivery note"), filename=f"{PAPERS}:filename", language=f"{PAPERS}:language",
    ),
]  # fmt: skip

SETTINGS = [
    Settings(
        (
            Field("invoicing", "choice", choices=INVOICING, label=_("Orders are invoiced"), default="shipment"),
            Field("shortage", "choice", choices=SHORTAGE, label=_("When goods are missing"), default="backorder"),
            Field("invoice_automatically", "boolean", label=_("Invoice at once"), default=True,
                  help=_("What is to be invoiced is asked for without anybody doing it.")),
            Field("quotation_days", "integer", label=_("Days a quotation is valid"), default=30, minimum=1,
                  maximum=3650),
            Field("stuck_minutes", "integer", label=_("Stuck after minutes"), default=60, minimum=1, maximum=525600,
                  help=_("An order that waits longer is on the work list.")),
            Field("reservation_minutes", "integer", label=_("Minutes goods are kept for an unpaid order of a shop"),
                  minimum=1, maximum=525600, help=_("Left empty, they are kept.")),
        ),
        label=_("Orders"),
    ),
    Settings(
        (
            Field("stripe_key", "text", label=_("Secret key"), length=200, secret=True),
            Field("stripe_address", "text", label=_("Address"), length=200, help=_("Left empty, Stripe's own.")),
        ),
        label=_("Stripe"),
    ),
]  # fmt: skip

PERMISSIONS = [
    Permission("sales.see_costs", _("See what goods cost"), help=_("Costs on shipments, and margins.")),
]

READ = (
    "sales.order.read", "sales.quotation.read", "sales.shipment.read", "sales.billing.read", "sales.payment.read",
    "sales.sales", "sales.order_book", "sales.payments", "sales.stuck", "parties.party.read", "products.product.read",
    "products.price_list.read",
)  # fmt: skip

WRITE = (
    "sales.order.create", "sales.order.change", "sales.order.delete", "sales.quotation.create",
    "sales.quotation.change", "sales.quotation.delete", "sales.shipment.change", "sales.send_quotation",
    "sales.accept_quotation", "sales.revise_quotation", "sales.reject_quotation", "sales.confirm_order",
    "sales.ship_order", "sales.return_goods", "sales.ship_again", "sales.invoice_order", "sales.ask_deposit",
    "sales.reach_milestone", "sales.change_line", "sales.add_line", "sales.substitute_line", "sales.reserve_goods",
    "sales.split_order", "sales.cancel_line",
)  # fmt: skip

ROLES = [
    Role(
        "sales.clerk", _("Sales clerk"), (*READ, *WRITE),
        help=_("Quotes, takes orders, ships and invoices; cancels no order and pays nothing back."),
    ),
    Role("sales.manager", _("Sales manager"), ("sales.*", *READ), help=_("Everything in sales.")),
    Role(
        "sales.shop", _("Shop"), ("sales.place_order", "sales.record_payment", "sales.order.read"),
        help=_("For the account of a shop: places orders and asks how far they are."),
    ),
    Role("sales.reader", _("Reader of sales"), READ, help=_("Sees orders and reports and changes nothing.")),
]  # fmt: skip
