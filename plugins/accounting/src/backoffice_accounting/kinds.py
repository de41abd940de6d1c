"""The words of accounting that are fixed: types and kinds of accounts, kinds of journals, purposes of amounts."""

from __future__ import annotations

from typing import Final

from backoffice_taxes.api import PURPOSES as TAX_PURPOSES

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

INVOICE_KINDS: Final = {
    "invoice": _("Invoice"),
    "credit_note": _("Credit note"),
    "bill": _("Bill"),
    "bill_credit": _("Supplier's credit note"),
}

PURPOSES: Final = {
    "revenue": _("Revenue"),
    "expense": _("Expenses"),
    "returns": _("Returns"),
    "carriage": _("Carriage"),
    "discount": _("Discounts"),
    "other_income": _("Other income"),
    "bank_charges": _("Bank charges"),
    "bad_debt": _("Bad debt"),
    "rounding": _("Rounding differences"),
    "exchange_gain": _("Exchange gain"),
    "exchange_loss": _("Exchange loss"),
    "customer_advance": _("Advances of customers"),
    "supplier_advance": _("Advances to suppliers"),
    "discount_given": _("Discounts given for early payment"),
    "discount_taken": _("Discounts taken for early payment"),
    "write_off": _("Small differences written off"),
    "reminder_fees": _("Fees and interest of reminders"),
    **TAX_PURPOSES,
}
"""What an amount is for; the settings say which account each goes to."""

DOCUMENT_ACCOUNTS: Final = {
    "receivable": _("Customers"),
    "payable": _("Suppliers"),
    "bank": _("Bank"),
    "cash": _("Cash"),
}
"""Further accounts a company chooses: those on the other side of documents."""

OTHER_PURPOSES: Final = {
    "retained_earnings": _("Retained earnings"),
    "opening_balance": _("Opening balances"),
    "accrual": _("Accruals"),
    "inventory": _("Inventory"),
    "cost_of_goods": _("Cost of goods sold"),
    "goods_received": _("Goods received"),
    "goods_invoiced_not_received": _("Goods invoiced and not received"),
    "price_difference": _("Price differences"),
    "inventory_loss": _("Inventory losses"),
    "inventory_gain": _("Inventory gains"),
    "landed_cost": _("Landed costs"),
    "payment_clearing": _("Payments on their way"),
    "payment_fees": _("Fees of payment providers"),
    "customer_advance": _("Advances of customers"),
    "supplier_advance": _("Advances to suppliers"),
    "cheques_received": _("Cheques received"),
    "cheques_deposited": _("Cheques being collected"),
    "cheques_issued": _("Cheques issued"),
    "depreciation": _("Depreciation"),
    "accumulated_depreciation": _("Accumulated depreciation"),
    "fixed_asset": _("Fixed assets"),
    "asset_gain": _("Gains on fixed assets"),
    "asset_loss": _("Losses on fixed assets"),
    "deferred_revenue": _("Deferred revenue"),
    "deferred_expense": _("Deferred expense"),
    "wages": _("Wages"),
    "wages_payable": _("Wages to pay"),
    "payroll_withheld": _("Withheld from wages"),
    "social_cost": _("Employer's social cost"),
    "social_security": _("Social security to pay"),
    "tax_payable": _("Tax to pay"),
    "tax_receivable": _("Tax to recover"),
    "tax_non_deductible": _("Tax that cannot be recovered"),
    "tax_waiting_payable": _("Tax to pay once customers have paid"),
    "tax_waiting_receivable": _("Tax to recover once suppliers are paid"),
    "tax_withheld_payable": _("Tax withheld from suppliers"),
    "tax_withheld_receivable": _("Tax withheld by customers"),
}
"""Further purposes plugins are known to use; an account choice says which account each goes to."""
