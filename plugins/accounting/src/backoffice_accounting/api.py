"""All that other plugins may import of accounting.

Most need none of it: what a plugin wants in the ledger it says by ``request_posting`` of the core, without naming
accounts. What stands beside the books (assets, bank statements, electronic invoices) reads the models and posts with
:func:`post` or :func:`post_many`; an entry bears its :class:`Source`, and the same source posts once.
"""

from .accounts import account_for
from .balances import Sums, as_of
from .checklist import ClosingCheck
from .currencies import books_currency, rate_on
from .dimensions.sets import dimension_set, dimension_sets
from .invoices import issue_many as issue_invoices
from .issuing.booking import Issued
from .journals import first_of
from .kinds import ACCOUNT_TYPES, DOCUMENT_ACCOUNTS, JOURNAL_KINDS, PURPOSES, SUBTYPES
from .ledger import Posted, post, post_many
from .models import (
    Account,
    Allocation,
    Balance,
    Entry,
    FiscalYear,
    Invoice,
    InvoiceLine,
    InvoiceTax,
    Journal,
    Line,
    OpenItem,
    Payment,
    Period,
    Settlement,
)
from .owed.aged import Left, open_on
from .parts import DocumentPart
from .payments import record as record_payment
from .periods import assert_open, is_open
from .posting import EntryDraft, LineDraft, Source, converted, merged, reversal, with_residual
from .received import record_money
from .settlement.rules import Fit, best_fit
from .settlement.settling import WrittenOff, settle
from .settlement.settling import undo as undo_settlement
from .stored_invoices import credit as credit_invoice

__all__ = [
    "ACCOUNT_TYPES",
    "DOCUMENT_ACCOUNTS",
    "JOURNAL_KINDS",
    "PURPOSES",
    "SUBTYPES",
    "Account",
    "Allocation",
    "Balance",
    "ClosingCheck",
    "DocumentPart",
    "Entry",
    "EntryDraft",
    "FiscalYear",
    "Fit",
    "Invoice",
    "InvoiceLine",
    "InvoiceTax",
    "Issued",
    "Journal",
    "Left",
    "Line",
    "LineDraft",
    "OpenItem",
    "Payment",
    "Period",
    "Posted",
    "Settlement",
    "Source",
    "Sums",
    "WrittenOff",
    "account_for",
    "as_of",
    "assert_open",
    "best_fit",
    "books_currency",
    "converted",
    "credit_invoice",
    "dimension_set",
    "dimension_sets",
    "first_of",
    "is_open",
    "issue_invoices",
    "merged",
    "open_on",
    "post",
    "post_many",
    "rate_on",
    "record_money",
    "record_payment",
    "reversal",
    "settle",
    "undo_settlement",
    "with_residual",
]
