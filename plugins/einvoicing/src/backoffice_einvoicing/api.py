"""All that other plugins may import of einvoicing: the norm, and what an authority or network implements."""

from .authorities import GROUP, Answer, Authority, Made, Making, Said, authorities, authority
from .en16931.calculating import breakdowns_of, rounded, totals_of
from .en16931.documents import NORM, parse, read, write
from .en16931.parties import (
    Address,
    Buyer,
    Contact,
    Delivery,
    Identifier,
    Note,
    Payee,
    Period,
    Preceding,
    Representative,
    Seller,
)
from .en16931.rules import Broken, check, unbalanced
from .en16931.terms import (
    Allowance,
    Breakdown,
    DirectDebit,
    EInvoice,
    Item,
    Line,
    LineAllowance,
    Payment,
    Price,
    Totals,
    Transfer,
)
from .en16931.ubl import element_of as ubl_element
from .guards import fixed
from .issuing import current, file_name, issue
from .models import Document, Received, Submission
from .outgoing import einvoice_of, ours, seller_of

__all__ = [
    "GROUP",
    "NORM",
    "Address",
    "Allowance",
    "Answer",
    "Authority",
    "Breakdown",
    "Broken",
    "Buyer",
    "Contact",
    "Delivery",
    "DirectDebit",
    "Document",
    "EInvoice",
    "Identifier",
    "Item",
    "Line",
    "LineAllowance",
    "Made",
    "Making",
    "Note",
    "Payee",
    "Payment",
    "Period",
    "Preceding",
    "Price",
    "Received",
    "Representative",
    "Said",
    "Seller",
    "Submission",
    "Totals",
    "Transfer",
    "authorities",
    "authority",
    "breakdowns_of",
    "check",
    "current",
    "einvoice_of",
    "file_name",
    "fixed",
    "issue",
    "ours",
    "parse",
    "read",
    "rounded",
    "seller_of",
    "totals_of",
    "ubl_element",
    "unbalanced",
    "write",
]
