"""The words of sales: kinds and states with their labels."""

from __future__ import annotations

from typing import Final

from backoffice.hookspecs import messages

_ = messages("sales")

ORDER_KINDS: Final = {
    "order": _("Order"),
    "return": _("Return without an order"),
    "adjustment": _("Adjustment, not a sale"),
}
ORDER_STATES: Final = {
    "draft": _("Draft"),
    "confirmed": _("Confirmed"),
    "done": _("Done"),
    "cancelled": _("Cancelled"),
}
FILE_STATES: Final = {"running": _("Under way"), "loaded": _("Loaded")}
GOODS_STATES: Final = {
    "none": _("Nothing to ship"),
    "short": _("Goods missing"),
    "waiting": _("To ship"),
    "reserved": _("Set aside"),
    "part": _("Shipped in part"),
    "shipped": _("Shipped"),
}
INVOICE_STATES: Final = {
    "nothing": _("Nothing to invoice"),
    "to_invoice": _("To invoice"),
    "invoiced": _("Invoiced"),
}
PAYMENT_STATES: Final = {
    "unpaid": _("Unpaid"),
    "authorised": _("Authorised"),
    "part": _("Paid in part"),
    "paid": _("Paid"),
    "over": _("Paid too much"),
    "refunded": _("Refunded"),
}
INVOICING: Final = {
    "order": _("When it is ordered"),
    "shipment": _("When it is shipped"),
    "milestone": _("By milestone"),
}
SHORTAGE: Final = {
    "backorder": _("Ship the rest later"),
    "refund": _("Cancel it and pay it back"),
    "substitute": _("Offer something else"),
    "refuse": _("Refuse the order"),
}
"""What is done when goods are missing, also after they were paid."""

REMAINDERS: Final = {
    "open": _("Stays open"),
    "backorder": _("A line of its own"),
    "cancel": _("Cancelled"),
}
QUOTATION_STATES: Final = {
    "draft": _("Draft"),
    "sent": _("Sent"),
    "accepted": _("Accepted"),
    "rejected": _("Rejected"),
    "replaced": _("Replaced by another version"),
}
MOVEMENTS: Final = {
    "shipped": _("Shipped"),
    "returned": _("Returned"),
    "reshipped": _("Shipped again"),
    "invoiced": _("Invoiced"),
    "credited": _("Credited"),
    "cancelled": _("Cancelled"),
}
SHIPMENT_KINDS: Final = {"delivery": _("Delivery"), "return": _("Return")}
BILLING_KINDS: Final = {
    "invoice": _("Invoice"),
    "credit_note": _("Credit note"),
    "deposit": _("Deposit invoice"),
    "deposit_credit": _("Deposit credit note"),
}
BILLING_STATES: Final = {"asked": _("Asked for"), "posted": _("In the books")}
PAYMENT_KINDS: Final = {
    "authorisation": _("Authorised"),
    "charge": _("Charged"),
    "failure": _("Failed"),
    "refund": _("Refunded"),
    "payout": _("Paid out to us"),
}
PAYMENT_RECORD_STATES: Final = {
    "applied": _("Counted"),
    "waiting": _("Waiting for its order"),
    "flagged": _("Odd, not counted"),
}
MESSAGE_STATES: Final = {
    "done": _("Done"),
    "waiting": _("Waiting"),
    "flagged": _("Refused: another body under a known number"),
}
REFUNDS: Final = {
    "credit": _("Credit note at once"),
    "later": _("Credit note later"),
    "exchange": _("None, it is exchanged"),
}
