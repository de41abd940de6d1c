"""The tables of accounting: accounts, journals, years and periods, entries, balances, invoices, payments."""

from .accounts import Account, Journal
from .base import Base
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
    "ENTRY_STATES",
    "INVOICE_STATES",
    "PAYMENT_STATES",
    "PERIOD_STATES",
    "ROUNDING_LEVELS",
    "ROUNDING_MODES",
    "Account",
    "Balance",
    "Base",
    "Entry",
    "FiscalYear",
    "Invoice",
    "InvoiceLine",
    "Journal",
    "Line",
    "Payment",
    "Period",
]
