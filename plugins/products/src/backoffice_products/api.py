"""All that other plugins may import of products."""

from .catalogue import Prices, by_barcode, categories_above, convert, plain_unit, product_of, units_of
from .gtin import check_digit, is_valid_gtin
from .models import Barcode, Category, PriceList, Product, Template, Unit
from .pricing import Picked
from .stock import (
    Available,
    Demand,
    Expected,
    GoodsDocument,
    Lot,
    Moved,
    Movement,
    Proposal,
    Reserved,
    available,
)
from .units import convert_price, exactly, fits, to_step

__all__ = [
    "Available",
    "Barcode",
    "Category",
    "Demand",
    "Expected",
    "GoodsDocument",
    "Lot",
    "Moved",
    "Movement",
    "Picked",
    "PriceList",
    "Prices",
    "Product",
    "Proposal",
    "Reserved",
    "Template",
    "Unit",
    "available",
    "by_barcode",
    "categories_above",
    "check_digit",
    "convert",
    "convert_price",
    "exactly",
    "fits",
    "is_valid_gtin",
    "plain_unit",
    "product_of",
    "to_step",
    "units_of",
]
