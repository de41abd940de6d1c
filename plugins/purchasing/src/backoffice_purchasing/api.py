"""All that other plugins may import of purchasing."""

from .models import Bill, Order, OrderLine, Receipt, SupplierPrice
from .orders import progress_of
from .progress import Billed, Difference, Offer, Progress, best, differences

__all__ = [
    "Bill",
    "Billed",
    "Difference",
    "Offer",
    "Order",
    "OrderLine",
    "Progress",
    "Receipt",
    "SupplierPrice",
    "best",
    "differences",
    "progress_of",
]
