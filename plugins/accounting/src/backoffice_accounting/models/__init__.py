"""The tables of accounting."""

from .accounts import Account, Journal
from .base import Base
from .books import BOOK_FORMATS, BOOK_STATES, BookEntry, ImportedBook
from .determination import PARKED_STATES, AccountChoice, Parked
from .dimensions import (
    Dimension,
    DimensionBalance,
    DimensionPart,
    DimensionRule,
    DimensionSet,
    DimensionValue,
)
from .documents import (
    INVOICE_STATES,
    PAYMENT_STATES,
    ROUNDING_LEVELS,
    ROUNDING_MODES,
    Invoice,
    InvoiceLine,
    Payment,
)
from .ledger import ENTRY_STATES, Balance, Entry, Line, YearBalance
from .locks import LOCKED_KINDS, Lock, LockException
from .years import CALENDARS, PERIOD_STATES, FiscalYear, Period

__all__ = [
    "BOOK_FORMATS",
    "BOOK_STATES",
    "CALENDARS",
    "ENTRY_STATES",
    "INVOICE_STATES",
    "LOCKED_KINDS",
    "PARKED_STATES",
    "PAYMENT_STATES",
    "PERIOD_STATES",
    "ROUNDING_LEVELS",
    "ROUNDING_MODES",
    "Account",
    "AccountChoice",
    "Balance",
    "Base",
    "BookEntry",
    "Dimension",
    "DimensionBalance",
    "DimensionPart",
    "DimensionRule",
    "DimensionSet",
    "DimensionValue",
    "Entry",
    "FiscalYear",
    "ImportedBook",
    "Invoice",
    "InvoiceLine",
    "Journal",
    "Line",
    "Lock",
    "LockException",
    "Parked",
    "Payment",
    "Period",
    "YearBalance",
]
