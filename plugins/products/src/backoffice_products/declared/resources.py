"""Resources: products with their variants, units, categories and price lists."""

from __future__ import annotations

from backoffice_products.models import Attribute, Category, PriceList, Product, Template, Unit, UnitCategory, Value

from backoffice.hookspecs import Lines, Resource, messages

_ = messages("products")

HERE = "backoffice_products.checking"

PRODUCT = Resource(
    "products.product",
    Product,
    label=_("Product"),
    plural=_("Products and services"),
    description=_("Everything you sell or buy: goods, services, variants. Install the usual units first."),
    columns=("name", "code", "kind", "category_id", "unit_id", "list_price", "currency", "barcode_list", "active"),
    form=(
        "name", "code", "kind", "category_id", "unit_id", "sale_unit_id", "purchase_unit_id", "tax_category",
        "list_price", "cost", "currency", "sold", "purchased", "weight", "volume", "origin", "customs_code",
        "description", "active",
    ),
    filters=("kind", "category_id", "template_id", "unit_id", "tax_category", "sold", "purchased", "active"),
    sorts=("code", "name"),
    order="name",
    lines=(
        Lines("barcodes", ("code", "unit_id"), label=_("Barcodes")),
        Lines("values", ("value_id",), label=_("Values of the variant")),
    ),
    menu="sales",
    before_save=f"{HERE}:product",
)  # fmt: skip

TEMPLATE = Resource(
    "products.template",
    Template,
    label=_("Product with variants"),
    plural=_("Products with variants"),
    description=_("Products that come in sizes, colours and the like; their variants are made from here."),
    columns=("name", "code", "kind", "category_id", "unit_id", "list_price", "currency", "active"),
    form=(
        "name", "code", "kind", "category_id", "unit_id", "sale_unit_id", "purchase_unit_id", "tax_category",
        "list_price", "cost", "currency", "active",
    ),
    filters=("kind", "category_id", "active"),
    sorts=("name",),
    order="name",
    lines=(Lines("values", ("value_id",), label=_("Comes in")),),
    menu="sales",
    before_save=f"{HERE}:template",
)  # fmt: skip

CATEGORY = Resource(
    "products.category",
    Category,
    label=_("Product category"),
    plural=_("Product categories"),
    description=_("Groups of products; groups may lie within groups."),
    columns=("code", "name", "parent_id", "active"),
    filters=("parent_id", "active"),
    sorts=("code",),
    order="code",
    menu="settings",
    before_save=f"{HERE}:category",
)

ATTRIBUTE = Resource(
    "products.attribute",
    Attribute,
    label=_("Attribute"),
    plural=_("Attributes of variants"),
    description=_("What variants differ in, such as size and colour, and the values each takes."),
    columns=("code", "name", "sequence"),
    lines=(Lines("values", ("code", "name", "other_name"), label=_("Values")),),
    menu="settings",
    before_save=f"{HERE}:attribute",
)

VALUE = Resource(
    "products.value",
    Value,
    label=_("Value of an attribute"),
    plural=_("Values of attributes"),
    description=_("The values attributes take, with their names in every language."),
    columns=("code", "name", "attribute_id"),
    form=("attribute_id", "code", "name"),
    filters=("attribute_id",),
)

UNIT = Resource(
    "products.unit",
    Unit,
    label=_("Unit of measure"),
    plural=_("Units of measure"),
    description=_("Units and their exact ratios. Install the usual ones, or add your own, such as a carton of 24."),
    columns=("code", "name", "category_id", "numerator", "denominator", "step", "mode", "active"),
    form=("code", "name", "category_id", "numerator", "denominator", "step", "mode", "unece", "active"),
    filters=("category_id", "active"),
    sorts=("category_id",),
    order="category_id",
    menu="settings",
    before_save=f"{HERE}:unit",
)

UNIT_CATEGORY = Resource(
    "products.unit_category",
    UnitCategory,
    label=_("Category of units"),
    plural=_("Categories of units"),
    description=_("What units measure; those of one category convert into each other."),
    columns=("code", "name"),
    menu="settings",
)

PRICE_LIST = Resource(
    "products.price_list",
    PriceList,
    label=_("Price list"),
    plural=_("Price lists"),
    description=_("Prices for some customers, quantities or days. Without one a product has its own price."),
    columns=("code", "name", "currency", "inclusive", "valid_from", "valid_until", "active"),
    filters=("currency", "active"),
    lines=(
        Lines(
            "rules",
            (
                "product_id", "category_id", "kind", "price", "percent", "least", "unit_id", "valid_from",
                "valid_until", "template_id", "base_list_id", "plus", "step", "ending",
            ),
            label=_("Prices"),
        ),
    ),
    menu="sales",
    before_save=f"{HERE}:price_list",
)  # fmt: skip

RESOURCES = [PRODUCT, TEMPLATE, PRICE_LIST, CATEGORY, ATTRIBUTE, VALUE, UNIT, UNIT_CATEGORY]
