"""All that other plugins may import of taxes.

Sales, purchasing and accounting compute with :func:`compute` on the taxes that :class:`Determination` or
:class:`Codes` gives them, keep ``Rounding.written()`` with the document, post :func:`ledger_parts`, and write
:func:`record`. A plugin that works without taxes asks the hooks ``taxes_compute`` and ``taxes_categories`` instead.
"""

from .afterwards import (
    DiscountTaken,
    FallsDue,
    LedgerPart,
    early_payment,
    ledger_parts,
    on_payment,
    share_discount,
    tax_point,
)
from .codes import Codes, country_of, rounding_of, taxes_by_code
from .computing import Computed, Line, LineTaxes, Rounding, TaxAmount, compute, gross_price, net_price
from .determination import Determination, Determined, Facts
from .kinds import CATEGORIES, PURPOSES
from .lines import Source, fall_due, of_source, record, record_many, take_back
from .models import Category, Code, Form, TaxLine
from .tax import DatedRate, Tax, rate_on

__all__ = [
    "CATEGORIES",
    "PURPOSES",
    "Category",
    "Code",
    "Codes",
    "Computed",
    "DatedRate",
    "Determination",
    "Determined",
    "DiscountTaken",
    "Facts",
    "FallsDue",
    "Form",
    "LedgerPart",
    "Line",
    "LineTaxes",
    "Rounding",
    "Source",
    "Tax",
    "TaxAmount",
    "TaxLine",
    "compute",
    "country_of",
    "early_payment",
    "fall_due",
    "gross_price",
    "ledger_parts",
    "net_price",
    "of_source",
    "on_payment",
    "rate_on",
    "record",
    "record_many",
    "rounding_of",
    "share_discount",
    "take_back",
    "tax_point",
    "taxes_by_code",
]
