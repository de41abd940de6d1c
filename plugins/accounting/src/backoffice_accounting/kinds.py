"""The words of accounting that are fixed: types and kinds of accounts, kinds of journals, purposes of amounts."""

from __future__ import annotations

from typing import Final

from backoffice.hookspecs import messages

_ = messages("accounting")

ACCOUNT_TYPES: Final = {
    "asset": _("Asset"),
    "liability": _("Liability"),
    "equity": _("Equity"),
    "income": _("Income"),
    "expense": _("Expense"),
}

SUBTYPES: Final = {
    "receivable": _("Receivable"),
    "bank": _("Bank"),
    "cash": _("Cash"),
    "inventory": _("Inventory"),
    "prepayment": _("Prepayment"),
    "current_asset": _("Current asset"),
    "fixed_asset": _("Fixed asset"),
    "non_current_asset": _("Non-current asset"),
    "payable": _("Payable"),
    "card": _("Credit card"),
    "tax": _("Tax"),
    "current_liability": _("Current liability"),
    "non_current_liability": _("Non-current liability"),
    "capital": _("Capital and reserves"),
    "retained_earnings": _("Retained earnings"),
    "revenue": _("Revenue"),
    "other_income": _("Other income"),
    "cost_of_sales": _("Cost of sales"),
    "operating_expense": _("Operating expense"),
    "depreciation": _("Depreciation"),
    "other_expense": _("Other expense"),
}

TYPE_OF: Final = {
    **dict.fromkeys(
        (
            "receivable",
            "bank",
            "cash",
            "inventory",
            "prepayment",
            "current_asset",
            "fixed_asset",
            "non_current_asset",
        ),
        ("asset",),
    ),
    **dict.fromkeys(("payable", "card", "current_liability", "non_current_liability"), ("liability",)),
    "tax": ("liability", "asset"),
    **dict.fromkeys(("capital", "retained_earnings"), ("equity",)),
    **dict.fromkeys(("revenue", "other_income"), ("income",)),
    **dict.fromkeys(("cost_of_sales", "operating_expense", "depreciation", "other_expense"), ("expense",)),
}
"""The types each kind of account may have, the usual one first."""

JOURNAL_KINDS: Final = {
    "sale": _("Sales"),
    "purchase": _("Purchases"),
    "bank": _("Bank"),
    "cash": _("Cash"),
    "general": _("General"),
}

INVOICE_KINDS: Final = {"invoice": _("Invoice"), "credit_note": _("Credit note")}

PURPOSES: Final = {
    "revenue": _("Revenue"),
    "returns": _("Returns"),
    "carriage": _("Carriage"),
    "discount": _("Discounts"),
    "other_income": _("Other income"),
    "bank_charges": _("Bank charges"),
    "bad_debt": _("Bad debt"),
    "rounding": _("Rounding differences"),
    "exchange_gain": _("Exchange gain"),
    "exchange_loss": _("Exchange loss"),
}
"""What an amount is for; the settings say which account each goes to."""

DOCUMENT_ACCOUNTS: Final = {
    "receivable": _("Customers"),
    "payable": _("Suppliers"),
    "bank": _("Bank"),
    "cash": _("Cash"),
}
"""Further accounts a company chooses: those on the other side of documents."""
