"""What must be right before products, units, categories and price lists are saved, and what follows from them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import Company, InvalidInput, RuleBroken, Session, currency
from backoffice.hookspecs import messages

from . import gtin
from .models import Attribute, Category, PriceList, PriceRule, Product, Template, Unit

_ = messages("products")

Mistake = tuple[str, str]
"""The dotted name of an input, and what is wrong with it."""


def _refuse(said: str, mistakes: Iterator[Mistake]) -> None:
    found: dict[str, list[str]] = {}
    for name, wrong in mistakes:
        found.setdefault(name, []).append(wrong)
    if found:
        raise InvalidInput(said, remedy=_("Correct the values marked below."), fields=found)


# -- products --------------------------------------------------------------------------------------------------------


def product(session: Session, record: Product, values: Mapping[str, Any]) -> None:
    """Complete and check a product, give it a code, and say that it changed."""
    _complete(session, record)
    for barcode in record.barcodes:
        barcode.code = gtin.compact(barcode.code or "")
        barcode.same = gtin.same(barcode.code)
    record.barcode_list = " ".join(barcode.code for barcode in record.barcodes) or None
    record.origin = record.origin.upper() if record.origin else None
    _refuse(_("Some particulars of this product cannot be accepted."), _product_mistakes(session, record))
    _keep_its_unit(session, record)
    change = "changed" if record.id else "created"
    if not record.code:
        session.number(series="products.product", pattern="I{n:06}", assign=lambda text: _give_code(record, text))
    said(session, record, change)


def said(session: Session, record: Product, change: str) -> None:
    """Say that a product was created or changed."""
    session.emit(
        "products.product_changed", record, change=change, kind=record.kind, sold=record.sold is not False,
        purchased=record.purchased is not False, active=record.active is not False,
    )  # fmt: skip


def _give_code(record: Product, text: str) -> None:
    record.code = text


def _complete(session: Session, record: Product | Template) -> None:
    record.code = record.code or None
    has_price = record.list_price is not None or record.cost is not None
    if has_price and not record.currency and session.company_id is not None:
        company = session.get(Company, session.company_id)
        record.currency = company.currency if company is not None else None
    record.currency = record.currency.upper() if record.currency else None
    record.tax_category = record.tax_category or None


def _product_mistakes(session: Session, record: Product) -> Iterator[Mistake]:
    yield from _common_mistakes(session, record)
    for n, barcode in enumerate(record.barcodes):
        if gtin.looks_like_gtin(barcode.code) and not gtin.is_valid_gtin(barcode.code):
            yield f"barcodes.{n}.code", _("The check digit of this barcode is wrong; look for a slip of the keyboard.")
        if barcode.unit_id is not None and not _convert(session, barcode.unit_id, record.unit_id):
            yield f"barcodes.{n}.unit", _("This unit measures something else than the product's.")
    if record.origin and not re.fullmatch("[A-Z]{2}", record.origin):
        yield "origin", _("Countries are written with the two letters of ISO 3166.")


def _common_mistakes(session: Session, record: Product | Template) -> Iterator[Mistake]:
    for name in ("sale_unit_id", "purchase_unit_id"):
        unit = getattr(record, name)
        if unit is not None and not _convert(session, unit, record.unit_id):
            yield name.removesuffix("_id"), _("This unit measures something else than the product's.")
    for name in ("list_price", "cost"):
        amount = getattr(record, name)
        if amount is not None and amount < 0:
            yield name, _("A price is not below zero.")
    if record.currency and not _is_currency(record.currency):
        yield "currency", _("Currencies are written with the three capital letters of ISO 4217.")
    known = session.hooks.first("taxes_categories", session=session)
    if record.tax_category and known is not None and record.tax_category not in known:
        yield "tax_category", _("There is no such tax category.")


def _convert(session: Session, one: int, other: int | None) -> bool:
    if one == other:
        return True
    found = session.scalars(sa.select(Unit.category_id).where(Unit.id.in_([one, other]))).all()
    return len(found) == 2 and found[0] == found[1]


def _is_currency(code: str) -> bool:
    try:
        currency(code)
    except InvalidInput:
        return False
    return True


def _keep_its_unit(session: Session, record: Product) -> None:
    """Refuse another unit for a product that others count in it."""
    if record.id is None or not _changed(record, "unit_id"):
        return
    if any(session.hooks.call("products_is_used", session=session, product_id=record.id)):
        wrong = _("This product was counted in its unit; it stays.")
        raise RuleBroken(wrong, remedy=_("Archive it and make a new one in the other unit."), fields={"unit": [wrong]})


def _changed(record: Any, name: str) -> bool:
    return bool(sa.inspect(record).attrs[name].history.has_changes())


def template(session: Session, record: Template, values: Mapping[str, Any]) -> None:
    """Check a product with variants, and hand what is common on to its variants."""
    _complete(session, record)
    _refuse(_("Some particulars of this product cannot be accepted."), _common_mistakes(session, record))
    if record.id is None:
        return
    changed = [name for name in Template.COMMON if _changed(record, name)]
    variants = session.scalars(sa.select(Product).where(Product.template_id == record.id)).all() if changed else []
    for variant in variants:
        for name in changed:
            setattr(variant, name, getattr(record, name))
        _keep_its_unit(session, variant)
        said(session, variant, "changed")


# -- units -----------------------------------------------------------------------------------------------------------


def unit(session: Session, record: Unit, values: Mapping[str, Any]) -> None:
    """Check a unit: once products use it, its ratio stays and its steps only become finer."""
    mistakes = [
        (name, _("Give a whole number above zero."))
        for name in ("numerator", "denominator")
        if (getattr(record, name) or 1) < 1
    ]
    if record.step is not None and record.step <= 0:
        mistakes.append(("step", _("A step is above zero.")))
    _refuse(_("Some particulars of this unit cannot be accepted."), iter(mistakes))
    if record.id is not None:
        _keep_what_is_used(session, record)


def _keep_what_is_used(session: Session, record: Unit) -> None:
    changed = [name for name in ("numerator", "denominator", "category_id") if _changed(record, name)]
    if _changed(record, "step"):
        before: list[Decimal] = list(sa.inspect(record).attrs.step.history.deleted or [record.step])
        if before[0] % record.step:
            changed.append("step")
    if changed and _is_used(session, record.id):
        wrong = _("Products are counted in this unit; what it is stays.")
        raise RuleBroken(
            wrong,
            remedy=_("Make a new unit and put this one out of use."),
            fields={name.removesuffix("_id"): [wrong] for name in changed},
        )


def _is_used(session: Session, unit_id: int) -> bool:
    columns = (Product.unit_id, Product.sale_unit_id, Product.purchase_unit_id)
    used = session.scalar(sa.select(Product.id).where(sa.or_(*(one == unit_id for one in columns))).limit(1))
    return used is not None or any(session.hooks.call("products_unit_is_used", session=session, unit_id=unit_id))


# -- categories, attributes, price lists -----------------------------------------------------------------------------


def category(session: Session, record: Category, values: Mapping[str, Any]) -> None:
    """Refuse a category that would lie within itself."""
    if record.id is None or record.parent_id is None:
        return
    parents = dict(session.execute(sa.select(Category.id, Category.parent_id)).all())
    above: int | None = record.parent_id
    while above is not None:
        if above == record.id:
            wrong = _("A category does not lie within itself.")
            raise InvalidInput(wrong, fields={"parent": [wrong]})
        above = parents.get(above)


def attribute(session: Session, record: Attribute, values: Mapping[str, Any]) -> None:
    """Refuse an attribute without values: no variant could have it."""
    if not record.values:
        wrong = _("Give at least one value.")
        raise InvalidInput(wrong, fields={"values": [wrong]})


def price_list(session: Session, record: PriceList, values: Mapping[str, Any]) -> None:
    """Check a price list and its rules."""
    record.currency = (record.currency or "").upper()
    _refuse(_("Some particulars of this price list cannot be accepted."), _price_list_mistakes(record))


def _price_list_mistakes(record: PriceList) -> Iterator[Mistake]:
    if not _is_currency(record.currency):
        yield "currency", _("Currencies are written with the three capital letters of ISO 4217.")
    if _ends_early(record):
        yield "valid_until", _("It would end before it begins.")
    for n, rule in enumerate(record.rules):
        for name, wrong in _rule_mistakes(rule, record):
            yield f"rules.{n}.{name}", wrong


_RULES: tuple[tuple[str, Callable[[PriceRule, PriceList], bool], str], ...] = (
    ("price", lambda rule, of: rule.kind == "price" and rule.price is None, _("Give the price.")),
    ("price", lambda rule, of: (rule.price or 0) < 0, _("A price is not below zero.")),
    ("base_list", lambda rule, of: rule.kind == "other_list" and rule.base_list_id is None,
     _("Name the other price list.")),
    ("base_list", lambda rule, of: of.id is not None and rule.base_list_id == of.id,
     _("A price list is not made from itself.")),
    ("step", lambda rule, of: rule.step is not None and rule.step <= 0, _("A step is above zero.")),
    ("valid_until", lambda rule, of: _ends_early(rule), _("It would end before it begins.")),
)  # fmt: skip


def _rule_mistakes(rule: PriceRule, of: PriceList) -> Iterator[Mistake]:
    yield from ((name, wrong) for name, is_wrong, wrong in _RULES if is_wrong(rule, of))
    named = [one for one in (rule.product_id, rule.template_id, rule.category_id) if one is not None]
    if len(named) > 1:
        yield "product", _("A rule is for a product, one with variants, or a category; name one.")


def _ends_early(record: PriceList | PriceRule) -> bool:
    return bool(record.valid_from and record.valid_until and record.valid_from > record.valid_until)
