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
from .parts import DocumentPart
from .periods import assert_open, is_open
from .posting import EntryDraft, LineDraft, Source, converted, merged, reversal, with_residual

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
    "Invoice",
    "InvoiceLine",
    "InvoiceTax",
    "Journal",
    "Line",
    "LineDraft",
    "OpenItem",
    "Payment",
    "Period",
    "Posted",
    "Settlement",
    "Source",
    "Sums",
    "account_for",
    "as_of",
    "assert_open",
    "books_currency",
    "converted",
    "dimension_set",
    "dimension_sets",
    "first_of",
    "is_open",
    "merged",
    "post",
    "post_many",
    "rate_on",
    "reversal",
    "with_residual",
]
