"""All that other plugins may import of sales."""

from .billing import match_of
from .importing.mapping import Rules
from .importing.run import Summary, import_file, import_orders
from .models import Billing, Order, OrderLine, Payment, Shipment
from .payments import Recorded, record, record_many, take_notice
from .progress import Progress
from .providers import PaymentEvent, Provider
from .standing import progress_of

__all__ = [
    "Billing",
    "Order",
    "OrderLine",
    "Payment",
    "PaymentEvent",
    "Progress",
    "Provider",
    "Recorded",
    "Rules",
    "Shipment",
    "Summary",
    "import_file",
    "import_orders",
    "match_of",
    "progress_of",
    "record",
    "record_many",
    "take_notice",
]
