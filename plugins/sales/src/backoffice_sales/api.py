"""All that other plugins may import of sales."""

from .billing import match_of
from .importing.mapping import Rules, ready_made
from .importing.reading import ReadDocument, documents
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
    "ReadDocument",
    "Recorded",
    "Rules",
    "Shipment",
    "Summary",
    "documents",
    "import_file",
    "import_orders",
    "match_of",
    "progress_of",
    "ready_made",
    "record",
    "record_many",
    "take_notice",
]
