"""The tables of accounting: accounts, journals, years and periods, entries, balances, invoices, payments."""

from .accounts import Account, Journal
from .base import Base
from .books import BOOK_FORMATS, BOOK_STATES, BookEntry, ImportedBook
from .documents import (
    INVOICE_STATES,
    PAYMENT_STATES,
    ROUNDING_LEVELS,
    ROUNDING_MODES,
    Invoice,
    InvoiceLine,
    Payment,
)
from .ledger import ENTRY_STATES, Balance, Entry, Line
from .years import PERIOD_STATES, FiscalYear, Period

__all__ = [
    "BOOK_FORMATS",
    "BOOK_STATES",
    "ENTRY_STATES",
    "INVOICE_STATES",
    "PAYMENT_STATES",
    "PERIOD_STATES",
    "ROUNDING_LEVELS",
    "ROUNDING_MODES",
    "Account",
    "Balance",
    "Base",
    "BookEntry",
    "Entry",
    "FiscalYear",
    "ImportedBook",
    "Invoice",
    "InvoiceLine",
    "Journal",
    "Line",
    "Payment",
    "Period",
]
