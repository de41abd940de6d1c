"""Actions. Each is a button or form, a REST call, a command and a permission."""

from __future__ import annotations

from decimal import Decimal

from backoffice_products.api import PriceList, Product
from backoffice_sales.kinds import PAYMENT_KINDS, REFUNDS, REMAINDERS

from backoffice.hookspecs import Action, Approval, Field, messages

_ = messages("sales")

HERE = "backoffice_sales.actions"

REASON = Field("reason", "text", label=_("Reason"), length=200, required=True)
LINE = Field("line", "integer", label=_("Line"), help=_("Its place in the order, 1 for the first."), required=True)
CHOSEN = (
    LINE,
    Field("quantity", "quantity", label=_("Quantity"), places=6, required=True),
    Field("lot", "code", label=_("Lot"), length=60),
)
DAY = Field("date", "date", label=_("Date"), help=_("Left empty, today."))

QUOTATIONS = [
    Action(
        "sales.send_quotation", f"{HERE}:send_quotation", label=_("Send the quotation"),
        help=_("Gives it its number. It is changed by another version from then on."),
        resource="sales.quotation", when=("state", ("draft",)), icon="mail",
    ),
    Action(
        "sales.accept_quotation", f"{HERE}:accept_quotation", label=_("Accepted: make the order"),
        help=_("Places an order with the prices of the quotation."),
        resource="sales.quotation", when=("state", ("sent",)),
        fields=(Field("reference", "code", label=_("Customer's order number"), length=80),), icon="check",
    ),
    Action(
        "sales.revise_quotation", f"{HERE}:revise_quotation", label=_("Make another version"),
        resource="sales.quotation", when=("state", ("sent", "rejected")),
    ),
    Action(
        "sales.reject_quotation", f"{HERE}:reject_quotation", label=_("Rejected"),
        resource="sales.quotation", when=("state", ("sent",)),
    ),
]  # fmt: skip

CUSTOMER = (
    Field("reference", "code", label=_("Customer's number in the shop"), length=120, required=True),
    Field("name", "text", label=_("Name"), length=160, personal=True, help=_("Needed for a new customer.")),
    Field("email", "email", label=_("E-mail"), personal=True),
    Field("phone", "phone", label=_("Telephone"), personal=True),
    Field("country", "code", label=_("Country"), length=2),
    Field("language", "code", label=_("Language"), length=2),
    Field("tax_id", "code", label=_("Tax number"), length=32, personal=True),
    Field("building", "text", label=_("Building"), length=20, personal=True),
    Field("street", "text", label=_("Street"), length=160, personal=True),
    Field("district", "text", label=_("District"), length=80, personal=True),
    Field("city", "text", label=_("City"), length=80, personal=True),
    Field("region", "text", label=_("Region"), length=80, personal=True),
    Field("postcode", "code", label=_("Postcode"), length=16, personal=True),
)

ORDERED = (
    Field("item", "code", label=_("Item"), length=120, required=True,
          help=_("The shop's own code, a product's code, or a barcode.")),
    Field("quantity", "quantity", label=_("Quantity"), places=6, required=True),
    Field("unit_price", "quantity", label=_("Unit price"), places=6, help=_("Left empty, that of the price list.")),
    Field("discount", "percent", label=_("Discount, %")),
    Field("unit_discount", "quantity", label=_("Discount on each"), places=6, minimum=Decimal(0),
          help=_("An amount off the unit price, before the percentage.")),
    Field("inclusive", "boolean", label=_("Price with tax"), default=False),
    Field("description", "text", label=_("Description"), length=400),
)  # fmt: skip

PAID = (
    Field("provider", "code", label=_("Provider"), length=32, required=True),
    Field("reference", "code", label=_("Reference"), length=120, required=True),
    Field("amount", "money", label=_("Amount"), required=True),
)

ORDERS = [
    Action(
        "sales.place_order",
        f"{HERE}:place_order",
        label=_("Place the order of a shop"),
        help=_(
            "Takes an order in whole or not at all, once for each number the shop gave it; every line of which goods "
            "are missing is named."
        ),
        fields=(
            Field("source", "code", label=_("Shop"), length=64, required=True),
            Field("external_id", "code", label=_("Number there"), length=120, required=True),
            Field("customer", "data", label=_("Customer"), fields=CUSTOMER, required=True),
            Field("lines", "data", many=True, fields=ORDERED, label=_("Lines"), required=True),
            Field("date", "date", label=_("Date"), help=_("Left empty, today.")),
            Field("reference", "code", label=_("Reference"), length=80),
            Field("currency", "code", label=_("Currency"), length=3),
            Field("price_list_id", "ref", target=PriceList, label=_("Price list")),
            Field("promised_on", "date", label=_("Promised for")),
            Field("delivery_name", "text", label=_("Delivered to"), length=160, personal=True),
            Field("delivery_address", "long_text", label=_("Delivery address"), personal=True),
            Field("delivery_country", "code", label=_("Country of delivery"), length=2),
            Field("delivery_terms", "text", label=_("Terms of delivery"), length=80),
            Field("place", "code", label=_("Shipped from"), length=32),
            Field("notes", "long_text", label=_("Notes")),
            Field("allow_short", "boolean", label=_("Also when goods are missing"), default=False),
            Field("payment", "data", label=_("Paid already"), fields=PAID),
        ),
    ),
    Action(
        "sales.confirm_order", f"{HERE}:confirm_order", label=_("Confirm the order"),
        help=_("Gives the order its number and sets goods aside."),
        resource="sales.order", when=("state", ("draft",)), icon="check",
    ),
    Action(
        "sales.ship_order",
        f"{HERE}:ship_order",
        label=_("Ship"),
        help=_("Ships all that is left, or the lines that are named; invoices it where the order says so."),
        resource="sales.order",
        when=("state", ("confirmed",)),
        fields=(
            Field("lines", "data", many=True, fields=CHOSEN, label=_("Lines"), help=_("Left empty, all that is left.")),
            DAY,
            Field("remainder", "choice", choices=REMAINDERS, label=_("What remains"), default="open"),
            Field("place", "code", label=_("Shipped from"), length=32),
            Field("carrier", "text", label=_("Carrier"), length=80),
            Field("tracking", "code", label=_("Tracking number"), length=80),
            Field("packages", "integer", label=_("Packages"), minimum=1),
            Field("invoice", "boolean", label=_("Invoice it"), help=_("Left empty, as the company does.")),
        ),
        icon="upload",
    ),
    Action(
        "sales.return_goods",
        f"{HERE}:return_goods",
        label=_("Take goods back"),
        help=_("Goods come back at the cost they left at, and are credited at the price and tax they were sold at."),
        resource="sales.order",
        when=("state", ("confirmed", "done", "cancelled")),
        fields=(
            Field("lines", "data", many=True, fields=CHOSEN[:2], label=_("Lines"), required=True),
            REASON,
            Field("refund", "choice", choices=REFUNDS, label=_("Credit"), default="credit"),
            DAY,
            Field("place", "code", label=_("Brought to"), length=32),
        ),
        icon="undo",
    ),
    Action(
        "sales.ship_again",
        f"{HERE}:ship_again",
        label=_("Ship again what came back"),
        resource="sales.order",
        when=("state", ("confirmed", "done", "cancelled")),
        fields=(
            Field("lines", "data", many=True, fields=CHOSEN[:2], label=_("Lines"), required=True),
            DAY,
            Field("invoice", "boolean", label=_("Invoice it"), help=_("Left empty, as the company does.")),
        ),
    ),
    Action(
        "sales.invoice_order", f"{HERE}:invoice_order", label=_("Invoice"),
        help=_("Asks for the invoice of what is to be invoiced, and for credit notes of what is to be credited."),
        resource="sales.order", when=("invoice_state", ("to_invoice",)), fields=(DAY,), icon="file",
    ),
    Action(
        "sales.ask_deposit",
        f"{HERE}:ask_deposit",
        label=_("Ask for a deposit"),
        help=_("Asks for an invoice over a part of the order in advance; later invoices take it off."),
        resource="sales.order",
        when=("state", ("confirmed",)),
        fields=(
            Field("percent", "percent", label=_("Percent"), minimum=0, maximum=100),
            Field("amount", "money", label=_("Amount with taxes")),
        ),
    ),
    Action(
        "sales.reach_milestone", f"{HERE}:reach_milestone", label=_("Milestone reached"),
        resource="sales.order", when=("invoicing", ("milestone",)),
        fields=(Field("name", "text", label=_("Milestone"), length=120, required=True),),
    ),
    Action(
        "sales.change_line", f"{HERE}:change_line", label=_("Change a quantity"),
        help=_("Says how much the customer wants of a line in all."),
        resource="sales.order", when=("state", ("confirmed", "done")), fields=CHOSEN[:2],
    ),
    Action(
        "sales.add_line",
        f"{HERE}:add_line",
        label=_("Add a line"),
        resource="sales.order",
        when=("state", ("confirmed", "done")),
        fields=(
            Field("product_id", "ref", target=Product, label=_("Product"), required=True),
            Field("quantity", "quantity", label=_("Quantity"), places=6, required=True),
            Field("unit_price", "quantity", label=_("Unit price"), places=6),
        ),
    ),
    Action(
        "sales.substitute_line", f"{HERE}:substitute_line", label=_("Put something else in its place"),
        help=_("Another product takes the place of what is left to ship of a line, at the same price."),
        resource="sales.order", when=("state", ("confirmed",)),
        fields=(LINE, Field("product_id", "ref", target=Product, label=_("Product"), required=True)),
    ),
    Action(
        "sales.reserve_goods", f"{HERE}:reserve_goods", label=_("Set goods aside"),
        resource="sales.order", when=("goods_state", ("short", "waiting", "part")),
    ),
    Action(
        "sales.split_order", f"{HERE}:split_order", label=_("Split off what is left"),
        help=_("What is left to ship of each line becomes a line of its own."),
        resource="sales.order", when=("goods_state", ("part", "short")),
    ),
    Action(
        "sales.cancel_line",
        f"{HERE}:cancel_line",
        label=_("Cancel a line"),
        resource="sales.order",
        when=("state", ("confirmed", "done")),
        fields=(
            LINE,
            Field(
                "quantity", "quantity", label=_("Quantity"), places=6, help=_("Left empty, all that is not shipped.")
            ),
            REASON,
        ),
        destructive=True,
    ),
    Action(
        "sales.cancel_order", f"{HERE}:cancel_order", label=_("Cancel the order"),
        help=_("Cancels all that is not shipped; what was invoiced of it is credited."),
        resource="sales.order", when=("state", ("confirmed", "done")), fields=(REASON,), destructive=True,
        confirm=_("What is not shipped will not be shipped any more."),
    ),
    Action(
        "sales.refund_order", f"{HERE}:refund_order", label=_("Pay back"),
        help=_("Asks the payment provider to pay back what was paid too much, or an amount."),
        resource="sales.order", when=("payment_state", ("part", "paid", "over")),
        fields=(Field("amount", "money", label=_("Amount"), help=_("Left empty, what was paid too much.")),),
        approval=Approval(amount="amount"),
    ),
]  # fmt: skip

PAYMENTS = [
    Action(
        "sales.record_payment",
        f"{HERE}:record_payment",
        many=f"{HERE}:record_payments",
        label=_("Record a payment of an order"),
        help=_("Records what a payment provider told, once by provider, kind and reference."),
        fields=(
            Field("provider", "code", label=_("Provider"), length=32, required=True),
            Field("kind", "choice", choices=PAYMENT_KINDS, label=_("Kind"), default="charge"),
            Field("reference", "code", label=_("Reference"), length=120, required=True),
            Field("order", "code", label=_("For"), length=120,
                  help=_("Number or reference of the order, or the charge it belongs to.")),
            Field("amount", "money", label=_("Amount"), hint="currency:currency", required=True),
            Field("currency", "code", label=_("Currency"), length=3, required=True),
            Field("date", "date", label=_("Date"), help=_("Left empty, today.")),
            Field("fee", "money", label=_("Fee"), hint="currency:currency"),
        ),
        icon="bank",
    ),
    Action(
        "sales.resolve_message", f"{HERE}:resolve_message", label=_("Put aside"),
        help=_("Someone looked at it; the first message holds."),
        resource="sales.message", when=("state", ("flagged",)),
    ),
]  # fmt: skip

FILES = [
    Action(
        "sales.import_orders",
        "backoffice_sales.importing.files:import_file",
        label=_("Import orders"),
        help=_("Brings in orders, credit notes and shipments of a file by a job; doing it again adds nothing."),
        fields=(
            Field("file", "file", label=_("File"), required=True, help=_("CSV, packed by gzip or not, or XLSX.")),
            Field(
                "mapping", "code", label=_("Mapping"), length=32, required=True,
                help=_("How the file is read; online-retail comes with the plugin."),
            ),
            Field("dry_run", "boolean", label=_("Try only"), help=_("Reads and counts, and writes nothing.")),
        ),
        icon="upload",
    ),
]  # fmt: skip

ACTIONS = [*FILES, *ORDERS, *QUOTATIONS, *PAYMENTS]
