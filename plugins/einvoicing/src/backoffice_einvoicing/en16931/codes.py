"""The codes of the norm that this program writes or has to understand, with what they mean to people."""

from __future__ import annotations

from backoffice.hookspecs import messages

_ = messages("einvoicing")

TYPES = {
    "326": _("Partial invoice"),
    "380": _("Invoice"),
    "381": _("Credit note"),
    "383": _("Debit note"),
    "384": _("Corrected invoice"),
    "386": _("Prepayment invoice"),
    "388": _("Tax invoice"),
    "389": _("Self-billed invoice"),
    "261": _("Self-billed credit note"),
    "396": _("Factored credit note"),
    "751": _("Invoice for accounting only"),
}
"""UNTDID 1001: kinds of documents."""

CREDIT_NOTES = frozenset({"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "532"})
"""The types that are credit notes; all others are invoices."""

CATEGORIES = {
    "S": _("Standard rate"),
    "Z": _("Zero rated"),
    "E": _("Exempt"),
    "AE": _("Reverse charge"),
    "K": _("Supply within the European Union"),
    "G": _("Export"),
    "O": _("Outside the scope of the tax"),
    "L": _("Tax of the Canary Islands"),
    "M": _("Tax of Ceuta and Melilla"),
    "B": _("Transferred tax, Italy"),
}
"""UNTDID 5305: categories of value added tax."""

REASONED = frozenset({"E", "AE", "K", "G", "O"})
"""Categories that need a reason (BR-E-10, BR-AE-10, BR-IC-10, BR-G-10, BR-O-10)."""

UNREASONED = frozenset({"S", "Z", "L", "M"})
"""Categories that have no reason (BR-S-10, BR-Z-10, BR-IG-10, BR-IP-10)."""

MEANS = {
    "1": _("Not said"),
    "10": _("Cash"),
    "20": _("Cheque"),
    "30": _("Transfer"),
    "31": _("Debit transfer"),
    "42": _("Payment to a bank account"),
    "48": _("Card"),
    "49": _("Direct debit"),
    "54": _("Credit card"),
    "55": _("Debit card"),
    "57": _("Standing agreement"),
    "58": _("SEPA transfer"),
    "59": _("SEPA direct debit"),
    "68": _("Payment service"),
    "97": _("Clearing between partners"),
    "ZZZ": _("As agreed"),
}
"""UNTDID 4461: ways to pay."""

PIECE = "C62"
"""UN/ECE recommendation 20: one, what is written where a unit has no code."""

EMAIL = "EM"
"""The scheme of an e-mail address as electronic address."""

__all__ = ["CATEGORIES", "CREDIT_NOTES", "EMAIL", "MEANS", "PIECE", "REASONED", "TYPES", "UNREASONED"]
