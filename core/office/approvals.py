"""Approvals: an action asked for by one person waits until a second one, who may do it as well, agrees."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from backoffice.core.bookkeeping.models import ApprovalRequest
from backoffice.core.errors import Conflict, Forbidden
from backoffice.core.persistence import Session
from backoffice.core.schemas import to_plain
from backoffice.hookspecs import messages

from .verbs import Verb

_ = messages("backoffice")


def needed(session: Session, verb: Verb, values: Mapping[str, Any]) -> bool:
    """Tell whether ``verb`` with ``values`` waits for a second person in the session's company."""
    if verb.approval is None:
        return False
    if verb.approval.always:
        return True
    rule = session.setting("core", f"approval:{verb.name}") or {}
    if not rule.get("required"):
        return False
    limit, amount = rule.get("limit"), values.get(verb.approval.amount)
    return limit is None or amount is None or abs(Decimal(str(amount))) > Decimal(str(limit))


def ask(session: Session, verb: Verb, given: Mapping[str, Any], record: Any = None) -> dict[str, Any]:
    """Store the request and return what the asker is told."""
    request = ApprovalRequest(
        company_id=session.company_id,
        action=verb.name,
        arguments=to_plain(given),
        resource=verb.resource.name if verb.resource else "",
        record_id=getattr(record, "id", None),
        summary=str(verb.label)[:400],
        state="pending",
        requested_by=session.context.actor_id,
    )
    session.add(request)
    session.flush()
    session.emit("core.approval_requested", request, action=verb.name)
    return {"approval": request.id, "state": "pending"}


def decide(session: Session, request: ApprovalRequest, state: str, comment: str | None) -> None:
    """Mark ``request`` as decided by the session's actor; raise when it is decided or the actor asked for it."""
    if request.state != "pending":
        raise Conflict(_("This request is decided already."), remedy=_("Look at its result."))
    if session.context.actor_id is None or (request.requested_by == session.context.actor_id and state != "withdrawn"):
        raise Forbidden(
            _("A second person must decide this."),
            why=_("Whoever asked for an action cannot approve it."),
            remedy=_("Ask a colleague who may do it."),
        )
    request.state = state
    request.decided_by = session.context.actor_id
    request.decided_at = session.now()
    request.comment = comment
