"""What people and programs do with electronic documents; the rules are in the modules these functions call."""

from __future__ import annotations

from typing import Any

from backoffice.core.api import NotFound, Session
from backoffice.hookspecs import messages

from . import issuing, receiving, submitting
from .authorities import authorities

_ = messages("einvoicing")


def issue(session: Session, record: Any, *, syntax: str | None = None) -> dict[str, Any]:
    """Issue the electronic document of an invoice, or issue it again."""
    document = issuing.issue_again(session, record, syntax=syntax or None)
    return {"id": document.id, "state": document.state, "digest": document.digest, "problems": document.problems}


def show(session: Session, record: Any) -> dict[str, Any]:
    """Return the electronic document of an invoice as it was issued."""
    document = issuing.current(session, record.id)
    if document is None:
        raise NotFound(_("This invoice has no electronic document."), remedy=_("Issue one."))
    return {"id": document.id, "name": document.name, "digest": document.digest, "content": document.content}


def submit(session: Session, row: Any) -> Any:
    """Let a submission that waits be tried at once."""
    return submitting.submit_now(session, row)


def issue_document_again(session: Session, row: Any) -> dict[str, Any]:
    """Issue a document that was rejected again, under its legal number."""
    return issue(session, row.document.invoice)


def known_authorities(session: Session) -> list[dict[str, str]]:
    """Return the installed authorities and networks."""
    return [{"name": name, "label": str(one.label)} for name, one in sorted(authorities().items())]


receive = receiving.receive
add_supplier = receiving.add_supplier
make_bill = receiving.make_bill
refuse = receiving.refuse
