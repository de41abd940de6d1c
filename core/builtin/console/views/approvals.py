"""What waits for a second person."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.bookkeeping.models import APPROVAL_STATES, ApprovalRequest
from backoffice.core.builtin.console import doing
from backoffice.core.builtin.console.pages import ApprovalView, Choice, Empty, Fact
from backoffice.core.builtin.console.places import places
from backoffice.core.builtin.console.reader import reader, say
from backoffice.core.builtin.console.rendering import render
from backoffice.core.builtin.console.showing import Showing
from backoffice.core.errors import BackofficeError, Forbidden, NotFound
from backoffice.core.office import Question
from backoffice.core.web import permission
from backoffice.hookspecs import Action, Field, messages

from .base import desk, pages, people_by_id, see, tell
from .lists import refused

_ = messages("console")


@pages.get("/approvals")
@permission("core.approval.read")
def approvals() -> str:
    """Show what waits for a second person, or what was decided."""
    decided = request.args.get("decided") == "1"
    states = "approved,rejected,withdrawn" if decided else "pending"
    with desk().reading() as session:
        showing = Showing(desk(), session, reader(), places())
        found = desk().list("core.approval", Question(filters={"state__in": states}, limit=100)).records
        people = people_by_id(session, [row.requested_by for row in found])
        shown = [_approval(row, people, showing, decided) for row in found]
        return render(
            "approvals",
            approvals=shown,
            views=[
                Choice("", say(_("Waiting")), url_for("console.approvals"), not decided),
                Choice("1", say(_("Decided")), url_for("console.approvals", decided="1"), decided),
            ],
            empty=Empty(
                title=say(_("Nothing waits for a second person")),
                text=say(_("Actions that need someone else's agreement appear here.")),
                icon="shield",
            ),
        )


def _approval(row: ApprovalRequest, people: dict[int, str], showing: Showing, decided: bool) -> ApprovalView:
    read, action = reader(), desk().office.registry.actions.get(row.action)
    own = row.requested_by == desk().user.user_id
    may = not own and not decided and desk().may("core.approve") and _may_do(row.action)
    return ApprovalView(
        id=str(row.id),
        title=read.say(action.label if action is not None else row.summary or row.action),
        who=people.get(row.requested_by or 0, ""),
        at=row.created_at,
        url=places().record(row.resource, row.record_id) if row.resource and row.record_id else "",
        facts=_asked(row, action, showing),
        reason=_decision(row) if decided else "",
        approve_url=url_for("console.decide", id=row.id, verdict="approve") if may else "",
        refuse_url=url_for("console.decide", id=row.id, verdict="reject") if may else "",
        own=own,
    )


def _may_do(name: str) -> bool:
    try:
        return desk().may(desk().verb(name).permission)
    except NotFound:
        return False


def _decision(row: ApprovalRequest) -> str:
    said = say(APPROVAL_STATES.get(row.state, row.state))
    when = reader().instant(row.decided_at) if row.decided_at is not None else ""
    return " · ".join(part for part in (said, when, row.comment or "") if part)


def _asked(row: ApprovalRequest, action: Action | None, showing: Showing) -> list[Fact]:
    """Return the arguments in words, so that whoever agrees knows to what."""
    described = {f.name.removesuffix("_id"): f for f in (action.fields if action is not None else ())}
    facts = []
    for name, value in (row.arguments or {}).items():
        field = described.get(name.removesuffix("_id"))
        if field is None or value in (None, "", []) or field.secret:
            continue
        facts.append(_fact(field, value, showing))
    return facts


def _fact(field: Field, value: Any, showing: Showing) -> Fact:
    label = say(field.label)
    if field.kind == "ref" and isinstance(value, int):
        showing.refs.want(field, value)
        return Fact(label=label, value=showing.ref(field, value), kind="ref")
    if field.kind == "choice":
        return Fact(label=label, value=value, kind="choice", choices=reader().choices(field))
    if isinstance(value, list) and field.fields:
        return Fact(label=label, value=say(_("{count} line").counted("{count} lines", len(value))))
    return Fact(label=label, value=value, kind="data" if isinstance(value, dict | list) else "text")


@pages.post("/approvals/<int:id>/<any(approve,reject):verdict>")
@permission("core.approval.read")
def decide(id: int, verdict: str) -> ResponseReturnValue:
    """Agree to a request of someone else, or refuse it."""
    comment = request.form.get("reason", "").strip() or None
    try:
        desk().execute(f"core.{verdict}", {"id": id, "comment": comment})
    except BackofficeError as error:
        if not doing.is_correctable(error) and not isinstance(error, Forbidden):
            raise
        tell(refused(error), "bad")
        return see(url_for("console.approvals"))
    tell(_("Agreed and done.") if verdict == "approve" else _("Refused."))
    return see(url_for("console.approvals"))
