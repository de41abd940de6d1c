"""What people and programs do with products; the rules are in the modules these functions call."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from backoffice.core.api import Session, translate

from . import catalogue, ready_made, variants
from .models import Template


def install_units(session: Session) -> dict[str, int]:
    """Add the usual units of measure."""
    return ready_made.install(session)


def make_variants(session: Session, template: Template) -> dict[str, int]:
    """Make the variants of a product that are missing."""
    return variants.make(session, template)


def find_price(
    session: Session,
    *,
    product_id: int,
    quantity: Decimal | None = None,
    unit_id: int | None = None,
    list_id: int | None = None,
    date: date | None = None,
) -> dict[str, Any]:
    """Say what a product costs, and why."""
    product = catalogue.product_of(session, product_id)
    picked = catalogue.Prices(session).price(
        product, day=date or session.today(), quantity=Decimal(1) if quantity is None else quantity, unit_id=unit_id,
        list_id=list_id,
    )  # fmt: skip
    return {
        "price": picked.price,
        "currency": picked.currency,
        "inclusive": picked.inclusive,
        "why": [translate(said, session.context.language) for said in picked.why],
    }


def convert_quantity(
    session: Session, *, quantity: Decimal, from_id: int, into_id: int, mode: str | None = None
) -> dict[str, Any]:
    """Convert a quantity from one unit into another."""
    return {"quantity": catalogue.convert(session, quantity, from_id, into_id, mode)}


def find_barcode(session: Session, *, code: str) -> dict[str, Any]:
    """Say which product a barcode stands for, and in which unit."""
    product, unit_id = catalogue.by_barcode(session, code)
    unit = catalogue.units_of(session)[unit_id]
    return {"product": product.id, "code": product.code, "name": product.name, "unit": unit.code}
