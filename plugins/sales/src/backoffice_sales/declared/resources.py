"""Resources: lists, forms and records of sales."""

from __future__ import annotations

from backoffice_sales.models import (
    Billing,
    CustomerLink,
    FileMapping,
    ItemLink,
    Message,
    Order,
    OrderFile,
    Payment,
    Quotation,
    Shipment,
    Substitute,
)

from backoffice.hookspecs import Lines, Resource, messages

_ = messages("sales")

READ_ONLY: frozenset[str] = frozenset()

LINES = (
    "product_id", "item", "description", "quantity", "unit_id", "unit_price", "unit_discount", "discount", "inclusive",
    "taxes", "net", "tax",
)  # fmt: skip

QUOTATION = Resource(
    "sales.quotation",
    Quotation,
    label=_("Quotation"),
    plural=_("Quotations"),
    description=_("What customers were offered, in versions, and until when."),
    columns=("number", "revision", "date", "party_id", "valid_until", "total", "state"),
    form=(
        "party_id", "date", "valid_until", "reference", "currency", "price_list_id", "discount", "delivery_terms",
        "terms", "notes",
    ),
    filters=("state", "party_id", "date", "number"),
    sorts=("date",),
    order="-date",
    lines=(Lines("lines", LINES, label=_("Lines"), minimum=1, totals=("net", "tax")),),
    editable_when=("state", "draft"),
    currency="currency",
    badge="state",
    menu="sales",
    before_save="backoffice_sales.quotations:before_save",
)  # fmt: skip

ORDER = Resource(
    "sales.order",
    Order,
    label=_("Order"),
    plural=_("Orders"),
    description=_("What customers ordered, and how far it is: goods, invoice, payment."),
    columns=(
        "number", "date", "party_id", "reference", "total", "goods_state", "invoice_state", "payment_state", "state",
    ),
    form=(
        "party_id", "date", "reference", "currency", "price_list_id", "discount", "invoicing", "shortage", "place",
        "promised_on", "delivery_name", "delivery_address", "delivery_country", "delivery_terms", "terms", "notes",
    ),
    filters=(
        "state", "goods_state", "invoice_state", "payment_state", "party_id", "date", "number", "reference", "kind",
        "country", "source", "source_key",
    ),
    sorts=("date",),
    order="-date",
    lines=(
        Lines("lines", (*LINES, "promised_on", "split_of_id"), label=_("Lines"), minimum=1, totals=("net", "tax")),
        Lines("milestones", ("name", "share", "planned_on", "reached_on"), label=_("Milestones")),
    ),
    editable_when=("state", "draft"),
    currency="currency",
    badge="state",
    menu="sales",
    before_save="backoffice_sales.orders:before_save",
)  # fmt: skip

SHIPMENT = Resource(
    "sales.shipment",
    Shipment,
    label=_("Shipment"),
    plural=_("Shipments"),
    description=_("Goods that left for customers, and goods that came back. Ship an order to make one."),
    columns=("number", "kind", "date", "order_id", "party_id", "carrier", "tracking"),
    form=("carrier", "tracking", "packages"),
    filters=("kind", "order_id", "party_id", "date", "number"),
    sorts=("date",),
    order="-date",
    operations=frozenset({"change"}),
    lines=(Lines("lines", ("line_id", "kind", "quantity", "lots", "cost"), label=_("Lines")),),
    badge="kind",
    menu="sales",
)

BILLING = Resource(
    "sales.billing",
    Billing,
    label=_("Invoice asked for"),
    plural=_("Invoices asked for"),
    description=_("Invoices and credit notes that orders asked for of whoever keeps the books."),
    columns=("key", "kind", "date", "order_id", "party_id", "net", "tax", "total", "state"),
    filters=("kind", "state", "order_id", "party_id", "date", "key"),
    sorts=("date",),
    order="-date",
    operations=READ_ONLY,
    lines=(Lines("lines", ("line_id", "kind", "quantity", "amount"), label=_("Lines")),),
    currency="currency",
    badge="state",
    menu="sales",
)

PAYMENT = Resource(
    "sales.payment",
    Payment,
    label=_("Payment"),
    plural=_("Payments of orders"),
    description=_("What payment providers told of: charges, refunds, payouts. Each is recorded once."),
    columns=("reference", "provider", "kind", "date", "order_id", "amount", "fee", "state"),
    filters=("provider", "kind", "state", "order_id", "date", "reference", "named"),
    sorts=("date",),
    order="-date",
    operations=READ_ONLY,
    currency="currency",
    badge="state",
    menu="sales",
)

MESSAGE = Resource(
    "sales.message",
    Message,
    label=_("Message"),
    plural=_("Messages of shops"),
    description=_("What shops and files sent, once for each number they gave it."),
    columns=("external_id", "source", "received_at", "order_id", "state"),
    filters=("source", "state", "order_id", "received_at", "external_id"),
    sorts=("received_at",),
    order="-received_at",
    operations=READ_ONLY,
    badge="state",
    menu="settings",
)

CUSTOMER_LINK = Resource(
    "sales.customer_link",
    CustomerLink,
    label=_("Customer of a shop"),
    plural=_("Customers of shops"),
    description=_("Which customer a shop means by a number. Orders of shops add them by themselves."),
    columns=("external_id", "source", "party_id"),
    filters=("source", "party_id"),
    sorts=("external_id",),
    order="external_id",
    menu="settings",
)

ITEM_LINK = Resource(
    "sales.item_link",
    ItemLink,
    label=_("Item of a shop"),
    plural=_("Items of shops"),
    description=_("Which product a shop means by a code, where it is not the product's own."),
    columns=("external_id", "source", "product_id", "unit_id"),
    filters=("source", "product_id"),
    sorts=("external_id",),
    order="external_id",
    menu="settings",
)

SUBSTITUTE = Resource(
    "sales.substitute",
    Substitute,
    label=_("Substitute"),
    plural=_("Substitutes"),
    description=_("Products that may be shipped in the place of others when an order is paid and goods are missing."),
    columns=("product_id", "substitute_id", "sequence"),
    filters=("product_id", "substitute_id"),
    sorts=("product_id",),
    order="product_id",
    menu="settings",
)

ORDER_FILE = Resource(
    "sales.order_file",
    OrderFile,
    label=_("File of orders"),
    plural=_("Files of orders"),
    description=_("Files of orders that were brought in, how far they are, and what was told of them."),
    columns=("filename", "mapping", "documents", "lines", "made", "state"),
    filters=("state", "mapping"),
    operations=READ_ONLY,
    badge="state",
    menu="sales",
)

MAPPING = Resource(
    "sales.mapping",
    FileMapping,
    label=_("Mapping of a file"),
    plural=_("Mappings of files"),
    description=_("How files of orders are read: columns, kinds of documents, codes that are no goods."),
    columns=("code", "name"),
    sorts=("code",),
    order="code",
    menu="settings",
    before_save="backoffice_sales.importing.mapping:before_save",
)

RESOURCES = [
    ORDER,
    QUOTATION,
    SHIPMENT,
    BILLING,
    PAYMENT,
    MESSAGE,
    CUSTOMER_LINK,
    ITEM_LINK,
    SUBSTITUTE,
    ORDER_FILE,
    MAPPING,
]
