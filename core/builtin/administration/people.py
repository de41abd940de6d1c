"""Everything about a person as a report, as something handed over, and as something erased."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa

from backoffice.core.attachments.models import Attachment
from backoffice.core.events.running import JobRun
from backoffice.core.persistence import Session
from backoffice.core.personal import gathering, handling
from backoffice.core.personal.models import PersonRequest
from backoffice.hookspecs import (
    Action,
    Approval,
    Column,
    Event,
    Field,
    Job,
    Link,
    Report,
    Resource,
    Row,
    Table,
    messages,
)

from .groups import ACCESS

_ = messages("personal")

NOTHING: Final[frozenset[str]] = frozenset()
KEPT: Final = timedelta(days=7)
"""How long what was handed over can be fetched."""

RESOURCES = (
    Resource(
        "core.person_request",
        PersonRequest,
        columns=("created_at", "kind", "resource", "record_id", "reason", "erased", "kept", "payloads", "decided_by"),
        label=_("Request about a person"),
        plural=_("Requests about people"),
        description=_("Whose data was handed over or erased, why, and what became of it. No names stand here."),
        filters=("kind", "resource", "record_id"),
        operations=NOTHING,
        badge="kind",
        menu="settings",
        menu_group=ACCESS,
    ),
)

_PERSON = (
    Field(
        "resource", "code", label=_("List"), required=True, length=120, help=_("Such as parties.party or core.user.")
    ),
    Field("record", "integer", label=_("Record"), required=True),
)
_REASON = Field(
    "reason", "text", label=_("Reason"), required=True, length=400, help=_("It is kept for ever; name nobody in it.")
)


def show(session: Session, *, resource: str, record: int) -> Table:
    """Return what is kept about a person, and what of it would stay."""
    services: Any = session.services
    subject = gathering.person(session, services.registry, resource, record)
    held = gathering.everything(session, services.registry, services.hooks, subject)
    columns = [
        Column("plugin", _("Plugin")),
        Column("what", _("What")),
        Column("record", _("Record"), "integer"),
        Column("data", _("Fields"), "long_text"),
        Column("then", _("When erased")),
    ]
    return Table(columns, [_row(services.registry, one) for one in held], title=_("Everything about a person"))


def _row(registry: Any, one: gathering.Held) -> Row:
    noun = registry.resources.get(one.resource)
    then = one.reason or (_("Erased") if one.erase is not None else _("Stays: nothing in it is personal"))
    label = (noun.label or noun.name) if noun is not None else one.resource
    data = "; ".join(f"{name}: {_short(value)}" for name, value in handling.plain(one.data).items())
    link = Link(resource=noun.name, id=one.id) if noun is not None else None
    return Row((one.plugin, label, one.id, data, then), link=link)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def export(session: Session, *, resource: str, record: int, reason: str) -> PersonRequest:
    """Write everything about a person into an archive, kept with the request for a week."""
    return handling.export(session, resource, record, reason)[0]


def erase(session: Session, *, resource: str, record: int, reason: str) -> PersonRequest:
    """Erase everything about a person that no law asks to keep."""
    return handling.erase(session, resource, record, reason)


REPORTS = (
    Report(
        "core.person",
        show,
        label=_("Everything about a person"),
        description=_("What every plugin keeps about a person, and what would stay if they were erased."),
        fields=_PERSON,
        permission=handling.EXPORT,
        menu="",
    ),
)

ACTIONS = (
    Action(
        handling.EXPORT,
        export,
        label=_("Hand over everything about a person"),
        help=_("Makes an archive that can be fetched from the request for a week."),
        fields=(*_PERSON, _REASON),
        approval=Approval(),
        icon="download",
    ),
    Action(
        handling.ERASE,
        erase,
        label=_("Erase everything about a person"),
        help=_("What the law asks to keep stays, and is named."),
        fields=(*_PERSON, _REASON),
        approval=Approval(always=True),
        destructive=True,
        confirm=_("This cannot be undone. A second person must agree."),
        icon="trash",
    ),
)

_ABOUT = (
    Field("resource", "code", label=_("List"), required=True),
    Field("record", "integer", label=_("Record"), required=True),
)

EVENTS = (
    Event("core.person_exported", fields=_ABOUT, label=_("Data of a person handed over")),
    Event("core.person_erased", fields=_ABOUT, label=_("Person erased")),
)

JOBS = (
    Job(
        "core.put_away_exports",
        "backoffice.core.builtin.administration.people:put_away",
        label=_("Put away what was handed over"),
        every=timedelta(days=1),
        scope="system",
    ),
)


def put_away(job: JobRun) -> dict[str, int]:
    """Remove the archives of what was handed over more than a week ago; the requests stay."""
    removed = 0
    with job.everywhere() as session:
        old = sa.select(Attachment.organization_id, Attachment.id).where(
            Attachment.purpose == handling.PURPOSE, Attachment.created_at < session.context.now() - KEPT
        )
        found = session.execute(old).all()
    for organization_id, id_ in found:
        desk = job.program.office.system_desk(organization_id, action=job.name)
        removed += desk.run(lambda session, id_=id_: _removed(session, id_))
    return {"removed": removed}


def _removed(session: Session, id_: int) -> int:
    found = session.get(Attachment, id_)
    if found is not None:
        session.delete(found)
    return found is not None


__all__ = ["ACTIONS", "EVENTS", "JOBS", "REPORTS", "RESOURCES"]
