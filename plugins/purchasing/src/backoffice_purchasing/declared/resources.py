"""Resources: lists, forms and records of purchasing."""

from __future__ import annotations

from backoffice_purchasing.models import Bill, Order, Receipt, Request, SupplierPrice

from backoffice.hookspecs import Lines, Resource, messages

_ = messages("purchasing")

READ_ONLY: frozenset[str] = frozenset()

PRICE = Resource(
    "purchasing.price",
    SupplierPrice,
    label=_("Price of a supplier"),
    plural=_("Prices of suppliers"),
    description=_("What suppliers ask for products: their codes, prices from quantities on, days until it arrives."),
    columns=("supplier_code", "product_id", "party_id", "price", "currency", "least", "lead_days", "valid_until"),
    form=(
        "product_id", "party_id", "supplier_code", "supplier_name", "unit_id", "price", "currency", "least",
        "valid_from", "valid_until", "lead_days", "sequence",
    ),
    filters=("product_id", "party_id", "currency"),
    menu="purchases",
)  # fmt: skip

REQUEST = Resource(
    "purchasing.request",
    Request,
    label=_("Request for quotation"),
    plural=_("Requests for quotation"),
    description=_("What several suppliers are asked for, and what they offer."),
    columns=("number", "date", "answer_by", "needed_on", "state"),
    form=("date", "answer_by", "needed_on", "place", "notes"),
    filters=("state", "date", "number"),
    sorts=("date",),
    order="-date",
    lines=(
        Lines("lines", ("product_id", "quantity"), label=_("Lines"), minimum=1),
        Lines(
            "offers", ("party_id", "product_id", "unit_price", "lead_days", "valid_until", "chosen"), label=_("Offers")
        ),
    ),
    editable_when=("state", "draft"),
    badge="state",
    menu="purchases",
)

ORDER = Resource(
    "purchasing.order",
    Order,
    label=_("Purchase order"),
    plural=_("Purchase orders"),
    description=_("What suppliers are asked to deliver, and how far it is: goods, bills."),
    columns=("number", "date", "party_id", "promised_on", "total", "receipt_state", "bill_state", "state"),
    form=(
        "party_id", "date", "reference", "currency", "place", "promised_on", "delivery_terms", "terms", "notes",
    ),
    filters=(
        "state", "receipt_state", "bill_state", "party_id", "date", "number", "promised_on", "proposed", "request_id",
    ),
    sorts=("date",),
    order="-date",
    lines=(
        Lines(
            "lines",
            (
                "product_id", "item", "supplier_code", "description", "quantity", "unit_id", "unit_price", "discount",
                "taxes", "net", "tax",
            ),
            label=_("Lines"),
            minimum=1,
            totals=("net", "tax"),
        ),
    ),
    editable_when=("state", "draft"),
    currency="currency",
    badge="state",
    menu="purchases",
    before_save="backoffice_purchasing.orders:before_save",
)  # fmt: skip

RECEIPT = Resource(
    "purchasing.receipt",
    Receipt,
    label=_("Receipt"),
    plural=_("Receipts"),
    description=_("Goods that arrived, and goods that were sent back. Receive an order to make one."),
    columns=("number", "kind", "date", "order_id", "party_id", "reference"),
    form=("reference",),
    filters=("kind", "order_id", "party_id", "date", "number"),
    sorts=("date",),
    order="-date",
    operations=frozenset({"change"}),
    lines=(Lines("lines", ("line_id", "kind", "quantity", "lots"), label=_("Lines")),),
    badge="kind",
    menu="purchases",
)

BILL = Resource(
    "purchasing.bill",
    Bill,
    label=_("Bill of an order"),
    plural=_("Bills of orders"),
    description=_("Bills of suppliers beside order and receipt. What agrees is handed to the books."),
    columns=("number", "kind", "date", "party_id", "order_id", "total", "computed", "state"),
    filters=("kind", "state", "party_id", "order_id", "date", "number"),
    sorts=("date",),
    order="-date",
    operations=READ_ONLY,
    currency="currency",
    badge="state",
    menu="purchases",
)

RESOURCES = [ORDER, REQUEST, RECEIPT, BILL, PRICE]
