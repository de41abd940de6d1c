"""Hand everything about a person over, or erase it; both leave a request on record that proves what was done."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa

from backoffice.core.attachments.files import keep, of_record
from backoffice.core.attachments.kinds import ARCHIVE
from backoffice.core.attachments.store import Store
from backoffice.core.audit.erasing import erase_history
from backoffice.core.bookkeeping.models import ApprovalRequest, UsedKey
from backoffice.core.events.models import EventRow
from backoffice.core.persistence import Session
from backoffice.hookspecs import messages

from .gathering import Held, everything, person, summary
from .models import PersonRequest

_ = messages("personal")

EXPORT: Final = "core.export_person"
ERASE: Final = "core.erase_person"
PURPOSE: Final = "export"
"""Marks the files of what was handed over: they are put away after some days."""


def export(session: Session, resource: str, record: int, reason: str) -> tuple[PersonRequest, bytes]:
    """Write everything about a person into an archive of JSON and their files; return it with its request."""
    registry, hooks, configuration = _lent(session)
    subject = person(session, registry, resource, record)
    held = everything(session, registry, hooks, subject)
    data = {
        "about": {"resource": resource, "record": record},
        "made_at": session.now().isoformat(),
        "records": [_said(one) for one in held],
        "events": _events(session, held),
    }
    store = Store.of(configuration)
    with io.BytesIO() as buffer:
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=2))
            for one in of_record(session, subject.__tablename__, subject.id):
                archive.writestr(f"files/{one.id}-{one.name}", store.read(one.digest))
        made = buffer.getvalue()
    request = _request(session, "export", resource, record, reason)
    request.kept, request.outcome = len(held), summary(held)
    session.flush()
    keep(session, request, f"person-{record}.zip", ARCHIVE, made, purpose=PURPOSE)
    session.emit("core.person_exported", request, resource=resource, record=record)
    return request, made


def erase(session: Session, resource: str, record: int, reason: str) -> PersonRequest:
    """Erase what is kept about a person, in every plugin and in the audit log, as far as no law asks to keep it.

    Records that others refer to stay, blank. Payloads of the audit log go; that they went is in the log, with
    ``reason``, and so is what stayed and why.
    """
    registry, hooks, _configuration = _lent(session)
    subject = person(session, registry, resource, record)
    held = everything(session, registry, hooks, subject)
    gone = [one for one in held if one.erase is not None]
    request = _request(session, "erase", resource, record, reason)
    session.flush()
    payloads = _erase(session, gone, reason)
    request.erased, request.payloads = len(gone), payloads
    request.kept = sum(1 for one in held if one.erase is None)
    request.outcome = summary(held)
    session.flush()
    session.emit("core.person_erased", request, resource=resource, record=record)
    return request


def _erase(session: Session, gone: Sequence[Held], reason: str) -> int:
    """Erase each record, then what the log says of it: also what it said of the erasing itself."""
    for one in gone:
        if one.erase is not None:
            one.erase(session)
    session.flush()
    payloads = 0
    for resource, id_ in sorted({(one.resource, one.id) for one in gone}):
        # Answers kept for requests that are sent twice; the id is enough to be answered with.
        session.execute(
            sa.update(UsedKey)
            .where(UsedKey.action.startswith(f"{resource}."), UsedKey.response["id"].as_integer() == id_)
            .values(response={"id": id_})
            .execution_options(synchronize_session=False)
        )
    for table, id_ in sorted({(one.table, one.id) for one in gone}):
        payloads += erase_history(session, table, id_, reason)
        session.execute(
            sa.update(EventRow)
            .where(EventRow.subject_table == table, EventRow.subject_id == id_, EventRow.personal.is_not(None))
            .values(personal=None)
        )
    return payloads


def _request(session: Session, kind: str, resource: str, record: int, reason: str) -> PersonRequest:
    asked = _asked_by(session, EXPORT if kind == "export" else ERASE)
    made = PersonRequest(
        kind=kind,
        resource=resource,
        record_id=record,
        reason=reason,
        asked_by=asked if asked is not None else session.context.actor_id,
        decided_by=session.context.actor_id if asked is not None else None,
    )
    session.add(made)
    return made


def _asked_by(session: Session, action: str) -> int | None:
    """Return who asked for what runs now because a second person has just agreed, if it is so."""
    wanted = sa.select(ApprovalRequest.requested_by).where(
        ApprovalRequest.action == action,
        ApprovalRequest.state == "approved",
        ApprovalRequest.decided_by == session.context.actor_id,
        ApprovalRequest.decided_at == session.now(),
    )
    return session.scalars(wanted.order_by(ApprovalRequest.id.desc())).first()


def _events(session: Session, held: Iterable[Held]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for table, id_ in sorted({(one.table, one.id) for one in held}):
        rows = session.scalars(
            sa.select(EventRow).where(EventRow.subject_table == table, EventRow.subject_id == id_).order_by(EventRow.id)
        )
        found += [
            {"at": row.at.isoformat(), "name": row.name, "facts": row.facts, "personal": row.personal} for row in rows
        ]
    return found


def _said(one: Held) -> dict[str, Any]:
    return {
        "plugin": one.plugin,
        "resource": one.resource,
        "record": one.id,
        "kept_because": one.reason or None,
        "data": plain(one.data),
    }


def plain(value: Any) -> Any:
    """Return ``value`` as JSON can say it; records are named by their ids."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    return getattr(value, "id", str(value))


def _lent(session: Session) -> tuple[Any, Any, Any]:
    services: Any = session.services
    return services.registry, services.hooks, services.configuration


__all__ = ["ERASE", "EXPORT", "PURPOSE", "erase", "export", "plain"]
