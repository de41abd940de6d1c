"""What is sold and bought: products, their variants, barcodes and units, categories, price lists.

All of it belongs to the organisation: its companies share what they sell.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from backoffice.core.api import Indexed, Must, Record, Row, UniqueInOrganization, field, plugin_base, to_many, to_one
from backoffice.hookspecs import messages

from .pricing import KINDS as PRICE_KINDS
from .units import MODES

_ = messages("products")

Base: Any = plugin_base("products")

KINDS = {"storable": _("Goods kept in stock"), "consumable": _("Goods not counted"), "service": _("Service")}
ONE = Decimal(1)
NOUGHT = Decimal(0)


class UnitCategory(Record, Base):
    """What units measure: pieces, weight, length; within one they convert into each other."""

    __tablename__ = "products_unit_category"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(32, label=_("Code"), search=True)
    name: Mapped[str] = field.translated(80, label=_("Name"), search=True)
    unique = UniqueInOrganization("code")


class Unit(Record, Base):
    """A unit of measure, an exact ratio of whole numbers to the base unit of its category."""

    __tablename__ = "products_unit"
    __remembered__ = True
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(16, label=_("Symbol"), search=True)
    name: Mapped[str] = field.translated(80, label=_("Name"), search=True)
    category_id: Mapped[int] = field.ref(UnitCategory, label=_("Measures"))
    numerator: Mapped[int] = field.integer(
        label=_("One is"),
        default=1,
        minimum=1,
        help=_("How many base units one is: 12 for a dozen, 1 / 1000 for a gram."),
    )
    denominator: Mapped[int] = field.integer(label=_("divided by"), default=1, minimum=1)
    step: Mapped[Decimal] = field.quantity(
        label=_("Smallest step"), default=ONE, help=_("Quantities are multiples of it: 1 for pieces, 0.001 for grams.")
    )
    mode: Mapped[str] = field.choice(MODES, label=_("Rounded"), default="half_up")
    unece: Mapped[str | None] = field.code(
        3, label=_("Code for electronic invoices"), help=_("Of UN/ECE recommendation 20, such as C62 or KGM.")
    )
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))

    unique = UniqueInOrganization("code")
    above_zero = Must("above_zero", "numerator > 0 AND denominator > 0 AND step > 0")
    by_category = Indexed("category_id", "id")
    category: Mapped[UnitCategory] = to_one(category_id)


class Category(Record, Base):
    """A group of products; groups lie within groups."""

    __tablename__ = "products_category"
    __remembered__ = True
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(32, label=_("Code"), search=True)
    name: Mapped[str] = field.translated(120, label=_("Name"), search=True)
    parent_id: Mapped[int | None] = field.ref("products_category", label=_("Part of"))
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))

    unique = UniqueInOrganization("code")
    by_code = Indexed("code", "id")
    parent: Mapped[Category | None] = to_one(parent_id, remote_side="Category.id")


class Attribute(Record, Base):
    """Something variants differ in, such as size or colour, with the values it takes."""

    __tablename__ = "products_attribute"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(32, label=_("Code"), search=True)
    name: Mapped[str] = field.translated(80, label=_("Name"), search=True)
    sequence: Mapped[int] = field.integer(label=_("Order"), default=10)
    unique = UniqueInOrganization("code")
    values: Mapped[list[Value]] = to_many("Value.attribute_id", back_populates="attribute")


def _other_name(value: Value) -> str | None:
    return next((texts["name"] for texts in (value.translations or {}).values() if texts.get("name")), None)


def _set_other_name(value: Value, name: str | None) -> None:
    """Keep a name in the other language; its script tells which."""
    language = "ar" if any("\u0600" <= letter <= "\u06ff" for letter in name or "") else "en"
    value.translations = {language: {"name": name}} if name else None


class Value(Record, Base):
    """A value of an attribute, such as red."""

    __tablename__ = "products_value"
    __title__ = "name"
    __key__ = ("code",)
    __part_of__ = "attribute_id"

    attribute_id: Mapped[int] = field.ref(Attribute, label=_("Attribute"))
    code: Mapped[str] = field.code(32, label=_("Code"), help=_("No other attribute uses it."))
    name: Mapped[str] = field.translated(80, label=_("Name"))
    other_name = field.derived("text", _other_name, _set_other_name, length=80, label=_("Name in the other language"))
    unique = UniqueInOrganization("code")
    of_attribute = Indexed("attribute_id")
    attribute: Mapped[Attribute] = to_one(attribute_id, back_populates="values")


class Common:
    """What a product has, and what a template hands on to its variants."""

    COMMON = (
        "kind", "category_id", "unit_id", "sale_unit_id", "purchase_unit_id", "tax_category", "list_price", "cost",
        "currency",
    )  # fmt: skip


class Template(Common, Record, Base):
    """A product that comes in variants."""

    __tablename__ = "products_template"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(40, label=_("Code"), search=True)
    name: Mapped[str] = field.translated(160, label=_("Name"), search=True)
    kind: Mapped[str] = field.choice(KINDS, label=_("Kind"), default="storable")
    category_id: Mapped[int | None] = field.ref(Category, label=_("Category"))
    unit_id: Mapped[int] = field.ref(Unit, label=_("Unit"))
    sale_unit_id: Mapped[int | None] = field.ref(Unit, label=_("Sold by"))
    purchase_unit_id: Mapped[int | None] = field.ref(Unit, label=_("Bought by"))
    tax_category: Mapped[str | None] = field.code(32, label=_("Tax category"))
    list_price: Mapped[Decimal | None] = field.unit_price(label=_("Price"), help=_("Of one unit, without tax."))
    cost: Mapped[Decimal | None] = field.unit_price(label=_("Usual cost"), help=_("Of one unit."))
    currency: Mapped[str | None] = field.code(3, label=_("Currency"), help=_("Left empty, the company's."))
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))

    unique = UniqueInOrganization("code")
    by_name = Indexed("name", "id")
    values: Mapped[list[TemplateValue]] = to_many("TemplateValue.template_id", back_populates="template")


class TemplateValue(Row, Base):
    """A value variants of a template come in."""

    __tablename__ = "products_template_value"
    __part_of__ = "template_id"
    __referenced__ = False

    template_id: Mapped[int] = field.ref("products_template", label=_("Product with variants"))
    value_id: Mapped[int] = field.ref(Value, label=_("Value"))
    unique = UniqueInOrganization("template_id", "value_id")
    template: Mapped[Template] = to_one(template_id, back_populates="values")
    value: Mapped[Value] = to_one(value_id)


class Product(Common, Record, Base):
    """Something that is sold or bought; a variant when it has a template."""

    __tablename__ = "products_product"
    __remembered__ = True
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str | None] = field.code(
        60, label=_("Code"), search=True, help=_("Left empty, the next number is given.")
    )
    name: Mapped[str] = field.translated(200, label=_("Name"), search=True)
    kind: Mapped[str] = field.choice(KINDS, label=_("Kind"), default="storable")
    template_id: Mapped[int | None] = field.ref(Template, label=_("Variant of"), read_only=True)
    category_id: Mapped[int | None] = field.ref(Category, label=_("Category"))
    unit_id: Mapped[int] = field.ref(Unit, label=_("Unit"), help=_("In which it is counted; it stays once it is used."))
    sale_unit_id: Mapped[int | None] = field.ref(Unit, label=_("Sold by"), help=_("Left empty, its unit."))
    purchase_unit_id: Mapped[int | None] = field.ref(Unit, label=_("Bought by"), help=_("Left empty, its unit."))
    tax_category: Mapped[str | None] = field.code(
        32, label=_("Tax category"), help=_("Code of a tax category; left empty, the usual tax.")
    )
    list_price: Mapped[Decimal | None] = field.unit_price(label=_("Price"), help=_("Of one unit, without tax."))
    cost: Mapped[Decimal | None] = field.unit_price(label=_("Usual cost"), help=_("Of one unit."))
    currency: Mapped[str | None] = field.code(3, label=_("Currency"), help=_("Left empty, the company's."))
    sold: Mapped[bool] = field.yes_no(default=True, label=_("Can be sold"))
    purchased: Mapped[bool] = field.yes_no(default=True, label=_("Can be bought"))
    weight: Mapped[Decimal | None] = field.quantity(label=_("Weight, kg"), minimum=NOUGHT)
    volume: Mapped[Decimal | None] = field.quantity(label=_("Volume, litres"), minimum=NOUGHT)
    origin: Mapped[str | None] = field.code(2, label=_("Country of origin"), help=_("ISO code of two letters."))
    customs_code: Mapped[str | None] = field.code(
        16, label=_("Customs code"), help=_("Of the harmonised system, six digits or more.")
    )
    description: Mapped[str | None] = field.long_text(label=_("Description"))
    barcode_list: Mapped[str | None] = field.text(600, label=_("Barcodes"), search=True, read_only=True)
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"), help=_("Archived products are not offered."))

    unique = UniqueInOrganization("code")
    by_code = Indexed("code", "id")
    by_name = Indexed("name", "id")
    of_template = Indexed("template_id", "id", where="template_id IS NOT NULL")
    of_category = Indexed("category_id", "id")

    template: Mapped[Template | None] = to_one(template_id)
    category: Mapped[Category | None] = to_one(category_id)
    unit: Mapped[Unit] = to_one(unit_id)
    barcodes: Mapped[list[Barcode]] = to_many("Barcode.product_id", back_populates="product")
    values: Mapped[list[ProductValue]] = to_many("ProductValue.product_id", back_populates="product")


class Barcode(Row, Base):
    """A barcode of a product, or of a carton of it."""

    __tablename__ = "products_barcode"
    __part_of__ = "product_id"
    __referenced__ = False

    product_id: Mapped[int] = field.ref(Product, label=_("Product"))
    code: Mapped[str] = field.code(60, label=_("Barcode"), help=_("The check digit of a GTIN is checked."))
    unit_id: Mapped[int | None] = field.ref(Unit, label=_("Unit"), help=_("What it stands for; left empty, one unit."))
    same: Mapped[str] = field.plain_column(sa.String(60), nullable=False, default="")
    """The code by which it is compared."""
    unique = UniqueInOrganization("same")
    of_product = Indexed("product_id")
    product: Mapped[Product] = to_one(product_id, back_populates="barcodes")


class ProductValue(Row, Base):
    """A value of a variant."""

    __tablename__ = "products_product_value"
    __part_of__ = "product_id"
    __referenced__ = False

    product_id: Mapped[int] = field.ref(Product, label=_("Product"))
    value_id: Mapped[int] = field.ref(Value, label=_("Value"))
    unique = UniqueInOrganization("product_id", "value_id")
    product: Mapped[Product] = to_one(product_id, back_populates="values")
    value: Mapped[Value] = to_one(value_id)


class PriceList(Record, Base):
    """Prices in one currency for a span of days; some named, some taken from elsewhere and changed."""

    __tablename__ = "products_price_list"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(32, label=_("Code"), search=True)
    name: Mapped[str] = field.translated(120, label=_("Name"), search=True)
    currency: Mapped[str] = field.code(3, label=_("Currency"), help=_("ISO code of three letters, such as SAR."))
    inclusive: Mapped[bool] = field.yes_no(label=_("Prices with tax"))
    valid_from: Mapped[datetime.date | None] = field.day(label=_("From"))
    valid_until: Mapped[datetime.date | None] = field.day(label=_("Until"))
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))

    unique = UniqueInOrganization("code")
    rules: Mapped[list[PriceRule]] = to_many("PriceRule.list_id", back_populates="price_list")


class PriceRule(Row, Base):
    """A rule of a price list; the narrowest wins, then the largest quantity, then the one that began last."""

    __tablename__ = "products_price_rule"
    __part_of__ = "list_id"
    __referenced__ = False

    list_id: Mapped[int] = field.ref(PriceList, label=_("Price list"))
    product_id: Mapped[int | None] = field.ref(Product, label=_("Product"))
    template_id: Mapped[int | None] = field.ref(Template, label=_("Product with variants"))
    category_id: Mapped[int | None] = field.ref(Category, label=_("Category"))
    unit_id: Mapped[int | None] = field.ref(Unit, label=_("Unit"), help=_("When the price is for this unit alone."))
    least: Mapped[Decimal] = field.quantity(label=_("From quantity"), default=NOUGHT, minimum=NOUGHT)
    valid_from: Mapped[datetime.date | None] = field.day(label=_("From"))
    valid_until: Mapped[datetime.date | None] = field.day(label=_("Until"))
    kind: Mapped[str] = field.choice(PRICE_KINDS, label=_("Price comes"), default="price")
    price: Mapped[Decimal | None] = field.unit_price(label=_("Price"))
    base_list_id: Mapped[int | None] = field.ref("products_price_list", label=_("Other price list"))
    percent: Mapped[Decimal] = field.percent(label=_("Change, %"), default=NOUGHT, help=_("−10 takes a tenth off."))
    plus: Mapped[Decimal] = field.unit_price(label=_("Added"), default=NOUGHT)
    step: Mapped[Decimal | None] = field.unit_price(label=_("Rounded to"), help=_("Such as 0.05 or 1."))
    ending: Mapped[Decimal] = field.unit_price(
        label=_("Ending"), default=NOUGHT, help=_("Added after rounding: −0.01 makes 9.99 of 10.")
    )
    of_list = Indexed("list_id")
    of_product = Indexed("product_id", where="product_id IS NOT NULL")

    price_list: Mapped[PriceList] = to_one(list_id, back_populates="rules")
