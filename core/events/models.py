"""Tables of the event log, of deliveries to listeners that run later, and of jobs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import SchemaItem

from backoffice.core.persistence import fields as field
from backoffice.core.persistence.records import CoreBase, Guard, Indexed, Row, UniqueInOrganization, to_one
from backoffice.core.persistence.types import Id
from backoffice.hookspecs import messages

_ = messages("backoffice")

_REFUSAL = "backoffice guard: The event log is only ever added to."
_FACTS = "id, organization_id, company_id, name, version, at, actor_id, correlation, subject_table, subject_id, facts"

_APPEND_ONLY = Guard(
    "core_event_append_only",
    sqlite=(
        f"CREATE TRIGGER core_event_append_only_update BEFORE UPDATE OF {_FACTS} ON core_event "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",
        "CREATE TRIGGER core_event_append_only_delete BEFORE DELETE ON core_event "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",
    ),
    postgresql=(
        "CREATE FUNCTION core_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$",
        f"CREATE TRIGGER core_event_append_only_update BEFORE UPDATE OF {_FACTS} ON core_event "
        "FOR EACH STATEMENT EXECUTE FUNCTION core_event_append_only()",
        "CREATE TRIGGER core_event_append_only_delete BEFORE DELETE OR TRUNCATE ON core_event "
        "FOR EACH STATEMENT EXECUTE FUNCTION core_event_append_only()",
    ),
)


class DueFirst(Indexed):
    """An index for the worker, which looks for what is due in every organisation at once."""

    def parts(self, cls: type) -> Iterator[SchemaItem]:
        """Yield the index, which does not start with the organisation."""
        table = cls.__table__  # type: ignore[attr-defined]
        condition = sa.text(self.where)
        columns = [table.c[name] for name in self.columns]
        yield sa.Index(f"{table.name}_due_ix", *columns, sqlite_where=condition, postgresql_where=condition)


class EventRow(Row, CoreBase):
    """Something that happened. ``personal`` alone may be erased; the facts stay for ever."""

    __tablename__ = "core_event"
    __audited__ = False
    __audit_exempt__ = "It is an append-only log of its own."
    __title__ = "name"
    guards = (_APPEND_ONLY,)
    company_id: Mapped[int | None] = field.ref("core_company", label=_("Company"))
    name: Mapped[str] = field.code(120, label=_("Event"))
    version: Mapped[int] = field.integer(label=_("Version"), default=1)
    at: Mapped[datetime] = field.instant(label=_("When"))
    actor_id: Mapped[int | None] = mapped_column(Id)
    correlation: Mapped[str] = field.code(64, label=_("Request"), default="")
    subject_table: Mapped[str] = field.code(80, label=_("About"), default="")
    subject_id: Mapped[int | None] = mapped_column(Id)
    facts: Mapped[dict[str, Any]] = field.data(label=_("Facts"))
    personal: Mapped[dict[str, Any] | None] = field.data(
        label=_("Personal part"), personal=True, permission="core.read_personal"
    )
    by_name = Indexed("name", "id")
    by_subject = Indexed("subject_table", "subject_id")


STATES = {
    "waiting": _("Waiting"),
    "running": _("Running"),
    "done": _("Done"),
    "failed": _("Failed, will be tried again"),
    "dead": _("Given up"),
    "cancelled": _("Cancelled"),
}


class Delivery(Row, CoreBase):
    """One event to be handed to one later listener; marked done in the transaction of its effect."""

    __tablename__ = "core_delivery"
    __audited__ = False
    __audit_exempt__ = "Bookkeeping of the worker; effects are audited."
    __referenced__ = False
    event_id: Mapped[int] = field.ref("core_event", label=_("Event"))
    listener: Mapped[str] = field.code(160, label=_("Listener"))
    plugin: Mapped[str] = field.code(64, label=_("Plugin"))
    state: Mapped[str] = field.choice(STATES, label=_("State"), default="waiting")
    attempts: Mapped[int] = field.integer(label=_("Attempts"), default=0)
    next_at: Mapped[datetime] = field.instant(label=_("Next attempt"))
    error: Mapped[str | None] = field.text(2000, label=_("Error"))
    replayed: Mapped[bool] = mapped_column(sa.Boolean, nullable=False, default=False)
    event: Mapped[EventRow] = to_one(event_id)
    once = UniqueInOrganization("plugin", "listener", "event_id")
    due = DueFirst("replayed", "next_at", "id", where="state IN ('waiting', 'failed')")
    by_state = Indexed("state", "id", where="state <> 'done'")


class JobRow(Row, CoreBase):
    """A piece of work for the worker."""

    __tablename__ = "core_job"
    __audited__ = False
    __audit_exempt__ = "Bookkeeping of the worker; what a job changes is audited under its name."
    __title__ = "name"
    __referenced__ = False
    company_id: Mapped[int | None] = field.ref("core_company", label=_("Company"))
    name: Mapped[str] = field.code(120, label=_("Job"))
    arguments: Mapped[dict[str, Any]] = field.data(label=_("Arguments"))
    key: Mapped[str | None] = field.code(160, label=_("Key"))
    state: Mapped[str] = field.choice(STATES, label=_("State"), default="waiting")
    run_at: Mapped[datetime] = field.instant(label=_("Due"))
    attempts: Mapped[int] = field.integer(label=_("Attempts"), default=0)
    most_attempts: Mapped[int] = field.integer(label=_("Most attempts"), default=5)
    done: Mapped[int] = field.integer(label=_("Done"), default=0)
    total: Mapped[int | None] = field.integer(label=_("Of"))
    message: Mapped[str] = field.text(400, label=_("Progress"), default="")
    worker: Mapped[str] = field.code(80, label=_("Worker"), default="")
    heartbeat_at: Mapped[datetime | None] = field.instant(label=_("Last sign of life"))
    started_at: Mapped[datetime | None] = field.instant(label=_("Started"))
    finished_at: Mapped[datetime | None] = field.instant(label=_("Finished"))
    created_at: Mapped[datetime] = field.instant(label=_("Asked for"))
    created_by: Mapped[int | None] = mapped_column(Id)
    cancel: Mapped[bool] = mapped_column(sa.Boolean, nullable=False, default=False)
    result: Mapped[Any | None] = field.data(label=_("Result"))
    error: Mapped[str | None] = field.text(4000, label=_("Error"))
    once = UniqueInOrganization("key", where="key IS NOT NULL")
    due = DueFirst("run_at", "id", where="state IN ('waiting', 'failed', 'running')")
    by_state = Indexed("state", "id")
