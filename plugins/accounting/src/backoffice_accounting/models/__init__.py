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
from .ledger import ENTRY_STATES, Balance, DayBalance, Entry, Line, YearBalance
from .locks import LOCKED_KINDS, Lock, LockException
from .owed import Reminder, ReminderLevel, ReminderLine
from .papers import (
    CHEQUE_STATES,
    DIRECTIONS,
    VOUCHER_KINDS,
    VOUCHER_STATES,
    Cheque,
    ChequeStep,
    Voucher,
    VoucherLine,
)
from .paying import PaymentRun, PaymentRunLine
from .planned import (
    BATCH_STATES,
    BUDGET_STATES,
    Batch,
    BatchEntry,
    Budget,
    BudgetLine,
    Recurring,
    RecurringLine,
)
from .settlement import Allocation, OpenItem, Revaluation, RevaluationLine, Settlement
from .statements import LINE_KINDS, MEASURES, STATEMENT_KINDS, Statement, StatementLine
from .terms import Agreement, PaymentTerms, TermsPart
from .years import CALENDARS, PERIOD_STATES, FiscalYear, Period

__all__ = [
    "BATCH_STATES",
    "BOOK_FORMATS",
    "BOOK_STATES",
    "BUDGET_STATES",
    "CALENDARS",
    "CHEQUE_STATES",
    "DIRECTIONS",
    "ENTRY_STATES",
    "INVOICE_STATES",
    "LINE_KINDS",
    "LOCKED_KINDS",
    "MEASURES",
    "PARKED_STATES",
    "PAYMENT_KINDS",
    "PAYMENT_STATES",
    "PERIOD_STATES",
    "STATEMENT_KINDS",
    "VOUCHER_KINDS",
    "VOUCHER_STATES",
    "Account",
    "AccountChoice",
    "Agreement",
    "Allocation",
    "Balance",
    "Base",
    "Batch",
    "BatchEntry",
    "BookEntry",
    "Budget",
    "BudgetLine",
    "Cheque",
    "ChequeStep",
    "DayBalance",
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
    "Recurring",
    "RecurringLine",
    "Reminder",
    "ReminderLevel",
    "ReminderLine",
    "Revaluation",
    "RevaluationLine",
    "Settlement",
    "Statement",
    "StatementLine",
    "TermsPart",
    "Voucher",
    "VoucherLine",
    "YearBalance",
]
