"""What is kept of sales."""

from .base import Base
from .door import CustomerLink, FileMapping, ItemLink, Message, OrderFile, Payment, Substitute
from .orders import Milestone, Movement, Order, OrderLine
from .papers import Billing, Quotation, QuotationLine, Shipment

__all__ = [
    "Base",
    "Billing",
    "CustomerLink",
    "FileMapping",
    "ItemLink",
    "Message",
    "Milestone",
    "Movement",
    "Order",
    "OrderFile",
    "OrderLine",
    "Payment",
    "Quotation",
    "QuotationLine",
    "Shipment",
    "Substitute",
]
