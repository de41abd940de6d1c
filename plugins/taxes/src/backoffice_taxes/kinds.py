"""The words of taxes that are fixed: kinds of computation, bases, categories, purposes in the ledger, directions."""

from __future__ import annotations

from typing import Final

from backoffice.hookspecs import messages

_ = messages("taxes")

KINDS: Final = {
    "percent": _("Percentage of the base"),
    "division": _("Percentage of the price with the tax"),
    "fixed": _("Fixed amount"),
    "group": _("Group of codes"),
}

PER: Final = {"unit": _("For each unit"), "document": _("Once a document")}

BASES: Final = {
    "net": _("The net amount"),
    "total": _("The net amount and the taxes named"),
    "taxes": _("The taxes named alone"),
}
"""What a rate is taken of; ``net`` includes the taxes before it that belong to the base of those that follow."""

IN_PRICE: Final = {
    "as_price": _("As the price says"),
    "always": _("Always part of the price"),
    "never": _("Never part of the price"),
}

DUE: Final = {"supply": _("With the document"), "payment": _("When it is paid")}

DIRECTIONS: Final = {"sale": _("Sales"), "purchase": _("Purchases")}

FOR: Final = {"both": _("Sales and purchases"), **DIRECTIONS}

FAMILIES: Final = {
    "vat": _("Value added tax"),
    "sales": _("Sales tax"),
    "excise": _("Excise"),
    "withholding": _("Withholding tax"),
    "other": _("Other tax"),
}
"""Taxes of different families stand side by side on a line; of one family a line bears one code."""

CATEGORIES: Final = {
    "S": _("Standard rate"),
    "AA": _("Reduced rate"),
    "Z": _("Zero rate"),
    "E": _("Exempt"),
    "AE": _("Reverse charge"),
    "K": _("Supply to another country of the union"),
    "G": _("Export"),
    "O": _("Outside the scope"),
}
"""Duty or tax category codes of UN/CEFACT list 5305, as electronic invoices use them."""

REASONED: Final = ("E", "AE", "K", "G", "O")
"""Categories for which an invoice must say why there is no tax
(EN 16931: BR-E-10, BR-AE-10, BR-IC-10, BR-G-10 and BR-O-10).
"""

PURPOSES: Final = {
    "tax_payable": _("Tax to pay"),
    "tax_receivable": _("Tax to recover"),
    "tax_non_deductible": _("Tax that cannot be recovered"),
    "tax_waiting_payable": _("Tax to pay once customers have paid"),
    "tax_waiting_receivable": _("Tax to recover once suppliers are paid"),
    "tax_withheld_payable": _("Tax withheld from suppliers"),
    "tax_withheld_receivable": _("Tax withheld by customers"),
}
"""What a tax amount is for; accounting says which account each goes to."""

FIGURES: Final = {
    "base": _("Base"),
    "tax": _("Tax"),
    "deductible": _("Tax that can be recovered"),
    "non_deductible": _("Tax that cannot be recovered"),
    "self_assessed": _("Tax owed instead of the supplier"),
    "withheld": _("Tax withheld"),
}
"""What of a tax line a box of a return takes."""
