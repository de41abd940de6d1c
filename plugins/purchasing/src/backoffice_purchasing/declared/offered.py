"""Actions, reports, events, documents, settings and roles."""

from __future__ import annotations

from backoffice_parties.models import Party
from backoffice_products.api import Product
from backoffice_purchasing.kinds import DOCUMENT_KINDS

from backoffice.hookspecs import Action, Document, Event, Field, Report, Role, Settings, messages

_ = messages("purchasing")

HERE = "backoffice_purchasing.actions"

REASON = Field("reason", "text", label=_("Reason"), length=200, required=True)
LINE = Field("line", "integer", label=_("Line"), help=_("Its place in the order, 1 for the first."), required=True)
QUANTITY = Field("quantity", "quantity", label=_("Quantity"), places=6, required=True)
DAY = Field("date", "date", label=_("Date"), help=_("Left empty, today."))
PLACE = Field("place", "code", label=_("Place"), length=32)
SUPPLIER = Field("party_id", "ref", target=Party, label=_("Supplier"), required=True)
PRODUCT = Field("product_id", "ref", target=Product, label=_("Product"), required=True)

REQUESTS = [
    Action(
        "purchasing.send_request", f"{HERE}:send_request", label=_("Send the request"),
        help=_("Gives it its number; offers are recorded from then on."),
        resource="purchasing.request", when=("state", ("draft",)), icon="mail",
    ),
    Action(
        "purchasing.record_offer", f"{HERE}:record_offer", label=_("Record an offer"),
        resource="purchasing.request", when=("state", ("sent",)),
        fields=(
            SUPPLIER, PRODUCT,
            Field("unit_price", "quantity", label=_("Unit price"), places=6, hint="price", required=True),
            Field("lead_days", "integer", label=_("Days until it arrives"), minimum=0),
            Field("valid_until", "date", label=_("Until")),
        ),
    ),
    Action(
        "purchasing.award_request", f"{HERE}:award_request", label=_("Order from the best"),
        help=_("Makes draft orders of the chosen offers; left empty, the cheapest for each product."),
        resource="purchasing.request", when=("state", ("sent",)),
        fields=(Field("chosen", "data", many=True, fields=(PRODUCT, SUPPLIER), label=_("Chosen")),), icon="check",
    ),
]  # fmt: skip

ORDERS = [
    Action(
        "purchasing.confirm_order", f"{HERE}:confirm_order", label=_("Place the order"),
        help=_("Gives it its number; above the limit of the company a second person approves it first."),
        resource="purchasing.order", when=("state", ("draft",)), icon="check",
    ),
    Action(
        "purchasing.approve_order", f"{HERE}:approve_order", label=_("Approve the order"),
        resource="purchasing.order", when=("state", ("to_approve",)), icon="check",
    ),
    Action(
        "purchasing.refuse_order", f"{HERE}:refuse_order", label=_("Give it back"),
        help=_("The order becomes a draft again."), resource="purchasing.order", when=("state", ("to_approve",)),
    ),
    Action(
        "purchasing.receive_goods",
        f"{HERE}:receive_goods",
        label=_("Receive goods"),
        help=_("Takes in all that is expected, or the lines that are named."),
        resource="purchasing.order",
        when=("state", ("confirmed",)),
        fields=(
            Field(
                "lines", "data", many=True, label=_("Lines"), help=_("Left empty, all that is expected."),
                fields=(
                    LINE, QUANTITY, Field("lot", "code", label=_("Lot"), length=60),
                    Field("expires", "date", label=_("Best before")),
                ),
            ),
            DAY, PLACE, Field("reference", "code", label=_("Supplier's delivery note"), length=80),
        ),
        icon="download",
    ),
    Action(
        "purchasing.return_goods", f"{HERE}:return_goods", label=_("Send goods back"),
        help=_("Goods go back to the supplier at the cost they came at."),
        resource="purchasing.order", when=("state", ("confirmed", "done")),
        fields=(
            Field("lines", "data", many=True, fields=(LINE, QUANTITY), label=_("Lines"), required=True), REASON, DAY,
            PLACE,
        ),
        icon="undo",
    ),
    Action(
        "purchasing.record_bill",
        f"{HERE}:record_bill",
        label=_("Record a bill"),
        help=_("Compares what is billed with what was ordered and received; what agrees is handed to the books."),
        resource="purchasing.order",
        when=("state", ("confirmed", "done")),
        fields=(
            Field("number", "code", label=_("Supplier's number"), length=80, required=True),
            Field("date", "date", label=_("Date"), required=True),
            Field("due_date", "date", label=_("Due")),
            Field("total", "money", label=_("Total with taxes"), required=True),
            Field("kind", "choice", choices=DOCUMENT_KINDS, label=_("Kind"), default="bill"),
            Field(
                "lines", "data", many=True, label=_("Lines"), help=_("Left empty, all that may be billed."),
                fields=(LINE, QUANTITY, Field("unit_price", "quantity", label=_("Unit price"), places=6, hint="price")),
            ),
        ),
        icon="file",
    ),
    Action(
        "purchasing.cancel_order", f"{HERE}:cancel_order", label=_("Cancel the order"),
        help=_("Cancels all that did not arrive."), resource="purchasing.order", when=("state", ("confirmed",)),
        fields=(REASON,), destructive=True, confirm=_("What did not arrive is not expected any more."),
    ),
    Action(
        "purchasing.accept_bill", f"{HERE}:accept_bill", label=_("Accept the bill"),
        help=_("Hands it to the books although it differs."), resource="purchasing.bill",
        when=("state", ("differs",)), fields=(REASON,), icon="check",
    ),
    Action(
        "purchasing.refuse_bill", f"{HERE}:refuse_bill", label=_("Refuse the bill"), resource="purchasing.bill",
        when=("state", ("differs",)), fields=(REASON,),
    ),
]  # fmt: skip

ACTIONS = [*ORDERS, *REQUESTS]

REPORTS = [
    Report(
        "purchasing.open_orders", "backoffice_purchasing.reports:open_orders", label=_("Open purchase orders"),
        description=_("Orders of which something is expected or to be billed, and what is late."),
        fields=(
            Field("party_id", "ref", target=Party, label=_("Supplier")),
            Field("late", "boolean", label=_("Late ones alone"), default=False),
        ),
        menu="purchases",
    ),
    Report(
        "purchasing.supplier_performance", "backoffice_purchasing.reports:supplier_performance",
        label=_("How suppliers keep their word"),
        description=_("In time, how long it takes, what goes back, and which bills differ."),
        fields=(Field("from", "date", label=_("From")), Field("until", "date", label=_("Until"))),
        menu="purchases",
    ),
]  # fmt: skip

_ORDER = (
    Field("number", "code", label=_("Number")),
    Field("party", "integer", label=_("Supplier"), required=True),
    Field("date", "date", label=_("Date"), required=True),
    Field("currency", "code", label=_("Currency"), required=True),
    Field("total", "money", label=_("Total"), required=True),
)
_RECEIPT = Field("receipt", "code", label=_("Receipt"), required=True)
_BILL = Field("bill", "code", label=_("Bill"), required=True)

EVENTS = [
    Event("purchasing.approval_needed", fields=_ORDER, label=_("Purchase order to be approved")),
    Event("purchasing.order_placed", fields=_ORDER, label=_("Purchase order placed")),
    Event(
        "purchasing.order_cancelled", fields=(*_ORDER, Field("reason", "text", label=_("Reason"))),
        label=_("Purchase order cancelled"),
    ),
    Event(
        "purchasing.goods_received", label=_("Goods received"),
        fields=(*_ORDER, _RECEIPT, Field("complete", "boolean", label=_("Nothing left"), default=False)),
    ),
    Event("purchasing.goods_returned", fields=(*_ORDER, _RECEIPT), label=_("Goods sent back")),
    Event(
        "purchasing.bill_differs", label=_("Bill differs from order and receipt"),
        fields=(*_ORDER, _BILL, Field("differences", "text", label=_("Differences"))),
    ),
    Event("purchasing.bill_accepted", fields=(*_ORDER, _BILL), label=_("Bill handed to the books")),
]  # fmt: skip

PAPERS = "backoffice_purchasing.documents"

DOCUMENTS = [
    Document(
        "purchasing.order", "purchasing.order", "purchasing/paper.html", f"{PAPERS}:order",
        label=_("Purchase order"), filename=f"{PAPERS}:filename", language=f"{PAPERS}:language",
    ),
    Document(
        "purchasing.request", "purchasing.request", "purchasing/paper.html", f"{PAPERS}:request",
        label=_("Request for quotation"), filename=f"{PAPERS}:filename",
    ),
]  # fmt: skip

SETTINGS = [
    Settings(
        (
            Field("approval_above", "money", label=_("Approval above"),
                  help=_("An order that comes to more needs a second person; left empty, none does.")),
            Field("price_tolerance", "percent", label=_("Accepted on prices, %"), default=0, minimum=0, maximum=100,
                  help=_("A bill may be so much dearer than its order.")),
            Field("over_receipt", "percent", label=_("Accepted beyond the order, %"), default=0, minimum=0, maximum=100,
                  help=_("So much more of a line may arrive than was ordered.")),
        ),
        label=_("Purchase orders"),
    )
]  # fmt: skip

READ = (
    "purchasing.order.read", "purchasing.request.read", "purchasing.receipt.read", "purchasing.bill.read",
    "purchasing.price.read", "purchasing.open_orders", "purchasing.supplier_performance", "parties.party.read",
    "products.product.read",
)  # fmt: skip

ROLES = [
    Role(
        "purchasing.buyer", _("Buyer"),
        (
            *READ, "purchasing.order.create", "purchasing.order.change", "purchasing.order.delete",
            "purchasing.request.create", "purchasing.request.change", "purchasing.request.delete",
            "purchasing.price.create", "purchasing.price.change", "purchasing.price.delete", "purchasing.send_request",
            "purchasing.record_offer", "purchasing.award_request", "purchasing.confirm_order",
            "purchasing.cancel_order",
        ),
        help=_("Asks for offers and orders; approves nothing and accepts no bill."),
    ),
    Role(
        "purchasing.receiver", _("Goods inward"),
        ("purchasing.order.read", "purchasing.receipt.read", "purchasing.receive_goods", "purchasing.return_goods",
         "parties.party.read", "products.product.read"),
        help=_("Takes goods in and sends them back."),
    ),
    Role("purchasing.manager", _("Purchasing manager"), ("purchasing.*", *READ), help=_("Everything in purchasing.")),
    Role("purchasing.reader", _("Reader of purchasing"), READ, help=_("Sees orders and bills and changes nothing.")),
]  # fmt: skip
