"""Documents that leave the house: the very bytes that were mailed or printed are kept, so that it can be shown later.

What is kept is an attachment of the record, under its SHA-256, which nobody can take away from the record. Who handed
it out, when, to whom and how stands in the log of what happened, with the same digest; that log is only ever added to.
"""

from __future__ import annotations

from typing import Any, Final

from backoffice.core.attachments.files import ORIGINAL, keep
from backoffice.core.attachments.models import Attachment
from backoffice.core.errors import Conflict, Unavailable
from backoffice.core.mail import Enclosure
from backoffice.core.persistence import Session
from backoffice.hookspecs import Document, Resource, messages

_ = messages("attachments")

HOW: Final = {"mailed": _("By mail"), "printed": _("Printed or saved")}
EVENT: Final = "core.document_handed_out"


def hand_out(
    session: Session, record: Any, document: str, *, how: str = "mailed", language: str | None = None, to: str = ""
) -> Enclosure:
    """Make ``document`` of ``record``, keep its bytes with the record, and return them to be mailed or saved.

    Args:
        session: the transaction of the business it belongs to.
        record: the record the document is of.
        document: its name, such as ``"accounting.invoice"``.
        how: ``"mailed"`` or ``"printed"``.
        language: by default what the document says itself.
        to: whom it went to.

    It is a PDF, or a page where no PDF can be made.
    """
    return _handed_out(session, record, document, how, language, to)[0]


def _handed_out(
    session: Session, record: Any, document: str, how: str, language: str | None, to: str
) -> tuple[Enclosure, Attachment]:  # fmt: skip
    made = session.document(document, record.id, language)
    try:
        paper = Enclosure(f"{made.filename}.pdf", "application/pdf", made.pdf())
    except Unavailable:
        paper = Enclosure(f"{made.filename}.html", "text/html", made.html.encode())
    kept = keep(session, record, paper.name, paper.type, paper.data, purpose=ORIGINAL)
    session.emit(
        EVENT, record, document=document, language=made.language, how=how, attachment=kept.id, digest=kept.digest,
        size=kept.size, to=to or None,
    )  # fmt: skip
    return paper, kept


def hand_out_by_hand(
    session: Session, *, document: str, record: int, language: str | None = None
) -> dict[str, Any]:  # fmt: skip
    """Do what the action ``core.hand_out`` does: print a document as final, for whoever may see it.

    Raises :class:`Conflict` for a record that can still be changed: its document is no final one.
    """
    desk = session.info["desk"]
    noun: Document = desk.office.registry.get("documents", document)
    resource: Resource = desk.office.registry.get("resources", noun.resource)
    desk.document(document, record, language)  # asks for the right to see it
    found = session.get(resource.model, record)
    when = resource.editable_when
    if when is not None and getattr(found, when[0]) == when[1]:
        raise Conflict(
            _("A draft is not handed out."),
            why=_("It can still be changed."),
            remedy=_("Post it first, or print a copy."),
        )
    _paper, kept = _handed_out(session, found, document, "printed", language, "")
    return {"attachment": kept.id, "name": kept.name, "type": kept.type, "size": kept.size, "digest": kept.digest}


__all__ = ["EVENT", "HOW", "hand_out", "hand_out_by_hand"]
