"""Actions, reports, events and roles."""

from __future__ import annotations

from backoffice_products.models import KINDS, Category, PriceList, Product, Unit
from backoffice_products.units import MODES

from backoffice.hookspecs import Action, Event, Field, Report, Role, messages

_ = messages("products")

HERE = "backoffice_products.actions"

ACTIONS = [
    Action(
        "products.install_units",
        f"{HERE}:install_units",
        label=_("Install the usual units"),
        help=_("Adds pieces, weights, lengths, areas, volumes and times with their exact ratios."),
        icon="download",
    ),
    Action(
        "products.make_variants",
        f"{HERE}:make_variants",
        label=_("Make the variants"),
        help=_("Makes a product for each combination of values that is missing."),
        resource="products.template",
    ),
    Action(
        "products.find_price",
        f"{HERE}:find_price",
        label=_("Find a price"),
        help=_("Tells what a product costs, and why."),
        fields=(
            Field("product_id", "ref", target=Product, label=_("Product"), required=True),
            Field("quantity", "quantity", label=_("Quantity"), places=6),
            Field("unit_id", "ref", target=Unit, label=_("Unit")),
            Field("list_id", "ref", target=PriceList, label=_("Price list")),
            Field("date", "date", label=_("Date"), help=_("Left empty, today.")),
        ),
    ),
    Action(
        "products.convert_quantity",
        f"{HERE}:convert_quantity",
        label=_("Convert a quantity"),
        help=_("Tells how much a quantity is in another unit."),
        fields=(
            Field("quantity", "quantity", label=_("Quantity"), places=6, required=True),
            Field("from_id", "ref", target=Unit, label=_("From"), required=True),
            Field("into_id", "ref", target=Unit, label=_("Into"), required=True),
            Field("mode", "choice", label=_("Rounded"), choices=MODES, help=_("Left empty, as the unit says.")),
        ),
    ),
    Action(
        "products.find_barcode",
        f"{HERE}:find_barcode",
        label=_("Find a barcode"),
        help=_("Tells which product a barcode stands for, and in which unit."),
        fields=(Field("code", "code", label=_("Barcode"), length=60, required=True),),
    ),
]

REPORTS = [
    Report(
        "products.prices",
        "backoffice_products.reports:prices",
        label=_("Prices"),
        description=_("What one unit of every product costs in a price list on a day, and why."),
        fields=(
            Field("list_id", "ref", target=PriceList, label=_("Price list"), required=True),
            Field("date", "date", label=_("Date"), help=_("Left empty, today.")),
            Field("category_id", "ref", target=Category, label=_("Category")),
        ),
    )
]

CHANGES = {"created": _("Created"), "changed": _("Changed")}

EVENTS = [
    Event(
        "products.product_changed",
        label=_("Product changed"),
        fields=(
            Field("change", "choice", label=_("Change"), choices=CHANGES, required=True),
            Field("kind", "choice", label=_("Kind"), choices=KINDS, required=True),
            Field("sold", "boolean", label=_("Can be sold")),
            Field("purchased", "boolean", label=_("Can be bought")),
            Field("active", "boolean", label=_("Active")),
        ),
    )
]

READ = (
    "products.product.read",
    "products.template.read",
    "products.category.read",
    "products.attribute.read",
    "products.value.read",
    "products.unit.read",
    "products.unit_category.read",
    "products.price_list.read",
    "products.prices",
    "products.find_price",
    "products.find_barcode",
    "products.convert_quantity",
)

ROLES = [
    Role(
        "products.keeper",
        _("Keeper of products"),
        ("products.*",),
        help=_("Keeps products, units and price lists."),
    ),
    Role("products.reader", _("Reader of products"), READ, help=_("Sees products and prices and changes nothing.")),
]
