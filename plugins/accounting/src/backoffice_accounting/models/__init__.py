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
    PAYMENT_KINDS,
    PAYMENT_STATES,
    Invoice,
    InvoiceLine,
    InvoiceTax,
    Payment,
)
from .ledger import ENTRY_STATES, Balance, Entry, Line, YearBalance
from .locks import LOCKED_KINDS, Lock, LockException
from .owed import Reminder, ReminderLevel, ReminderLine
from .paying import PaymentRun, PaymentRunLine
from .settlement import Allocation, OpenItem, Revaluation, RevaluationLine, Settlement
from .terms import Agreement, PaymentTerms, TermsPart
from .years import CALENDARS, PERIOD_STATES, FiscalYear, Period

__all__ = [
    "BOOK_FORMATS",
    "BOOK_STATES",
    "CALENDARS",
    "ENTRY_STATES",
    "INVOICE_STATES",
    "LOCKED_KINDS",
    "PARKED_STATES",
    "PAYMENT_KINDS",
    "PAYMENT_STATES",
    "PERIOD_STATES",
    "Account",
    "AccountChoice",
    "Agreement",
    "Allocation",
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
    "InvoiceTax",
    "Journal",
    "Line",
    "Lock",
    "LockException",
    "OpenItem",
    "Parked",
    "Payment",
    "PaymentRun",
    "PaymentRunLine",
    "PaymentTerms",
    "Period",
    "Reminder",
    "ReminderLevel",
    "ReminderLine",
    "Revaluation",
    "RevaluationLine",
    "Settlement",
    "TermsPart",
    "YearBalance",
]
