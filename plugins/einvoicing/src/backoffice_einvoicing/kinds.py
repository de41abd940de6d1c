"""States and syntaxes, with what they are called."""

from __future__ import annotations

from backoffice.hookspecs import messages

_ = messages("einvoicing")

SYNTAXES = {"ubl": _("UBL 2.1"), "cii": _("Cross Industry Invoice")}

DOCUMENT_STATES = {"made": _("Made"), "faulty": _("Cannot be made"), "replaced": _("Replaced")}

SUBMISSION_STATES = {
    "issued": _("Issued"),
    "submitted": _("Submitted"),
    "cleared": _("Cleared"),
    "reported": _("Reported"),
    "rejected": _("Rejected"),
}
"""What an authority or network knows of a document; the number of the document stays what it is in each of them."""

WAITING = ("issued", "submitted")
FINAL = ("cleared", "reported", "rejected")

RECEIVED_STATES = {"new": _("New"), "booked": _("Booked"), "refused": _("Refused")}

__all__ = ["DOCUMENT_STATES", "FINAL", "RECEIVED_STATES", "SUBMISSION_STATES", "SYNTAXES", "WAITING"]
