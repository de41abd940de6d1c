"""The words of purchasing: kinds and states with their labels."""

from __future__ import annotations

from typing import Final

from backoffice.hookspecs import messages

_ = messages("purchasing")

ORDER_STATES: Final = {
    "draft": _("Draft"),
    "to_approve": _("To be approved"),
    "confirmed": _("Confirmed"),
    "done": _("Done"),
    "cancelled": _("Cancelled"),
}
RECEIPT_STATES: Final = {
    "none": _("Nothing to receive"),
    "waiting": _("Waiting"),
    "part": _("Received in part"),
    "received": _("Received"),
}
BILL_STATES: Final = {"waiting": _("No bill yet"), "part": _("Billed in part"), "billed": _("Billed")}
REQUEST_STATES: Final = {"draft": _("Draft"), "sent": _("Sent"), "closed": _("Closed")}
MOVEMENTS: Final = {
    "received": _("Received"),
    "returned": _("Returned"),
    "billed": _("Billed"),
    "credited": _("Credited"),
    "cancelled": _("Cancelled"),
}
RECEIPT_KINDS: Final = {"receipt": _("Receipt"), "return": _("Return")}
DOCUMENT_KINDS: Final = {"bill": _("Bill"), "bill_credit": _("Credit note")}
DOCUMENT_STATES: Final = {
    "differs": _("Differs, to be decided"),
    "asked": _("Handed to the books"),
    "refused": _("Refused"),
}
DIFFERENCES: Final = {
    "not_received": _("More was billed than received"),
    "not_ordered": _("More was billed than ordered"),
    "price": _("The price differs"),
    "total": _("The total differs"),
    "not_credited": _("More was credited than returned"),
}
"""What may be wrong with a bill."""
