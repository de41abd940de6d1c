"""Listeners: hearing of the same thing again leaves everything as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from backoffice.core.audit.triggers import mapped_classes
from backoffice.core.builtin.worker.host import OfficeHost
from backoffice.core.builtin.worker.worker import Worker
from backoffice.core.events.deliveries import replay
from backoffice.core.events.models import Delivery
from backoffice.core.office import Backoffice, Desk
from backoffice.core.persistence import metadata
from backoffice.core.persistence.records import PLUGIN
from backoffice.core.plugins.registry import Listener
from backoffice.hookspecs import Event, Field, messages

from .outcome import NotPossible
from .subject import Subject, said_by

_ = messages("authoring")

SILENT = frozenset({"version", "updated_at", "created_at"})
"""Columns that may tell how often something was written."""

Rows = dict[str, list[dict[str, Any]]]


def same_again(subject: Subject) -> Iterator[str]:
    """Yield the tables that look different when every event has been heard twice and three times."""
    office = subject.office(subject.places[0])
    heard = [one for some in office.registry.listeners.values() for one in some if one.plugin == subject.name]
    if not heard:
        return
    _happen(subject, office, heard)
    yield from _failures(office, subject)
    before = _rows(office, subject)
    for _again in range(2):
        _hear_again(office, subject)
        yield from _failures(office, subject)
        after = _rows(office, subject)
        for table in sorted(table for table in before if before[table] != after[table]):
            yield _("Hearing the same events again changes {table}.").with_values(table=table)


def _happen(subject: Subject, office: Backoffice, heard: list[Listener]) -> None:
    desk = office.as_system()
    if subject.happen is not None:
        subject.happen(desk)
    else:
        for name in dict.fromkeys(one.event for one in heard):
            _make_up(desk, name)
    Worker(office).run_until_idle()


def _make_up(desk: Desk, name: str) -> None:
    """Let the event ``name`` happen with facts that mean nothing; of an absent plugin's events nothing is known."""
    registry = desk.office.registry
    event = registry.events.get(name)
    if event is None:
        return
    about = _about(desk.office, registry.owner_of("events", name))
    try:
        desk.run(lambda session: session.emit(name, about, **_facts(event)))
    except Exception as error:
        raise NotPossible(
            _(
                "A listener to {event} cannot work with made-up facts ({problem}); make it happen in happen()."
            ).with_values(event=name, problem=said_by(error))
        ) from error


def _about(office: Backoffice, plugin: str) -> Any:
    base = office.registry.models.get(plugin)
    classes = mapped_classes([base]) if base is not None else []
    return (next(iter(classes)), 1) if classes else None


def _facts(event: Event) -> dict[str, Any]:
    return {field.name: _value(field) for field in event.fields if field.required}


def _value(field: Field) -> Any:
    if field.many:
        return []
    if field.kind == "choice":
        return next(iter(field.choices))
    number = Decimal(1) if field.minimum is None else field.minimum
    return {
        "integer": 1, "ref": 1, "boolean": True, "date": date(2026, 1, 15), "data": {},
        "instant": datetime(2026, 1, 15, 12, tzinfo=UTC), "money": number, "quantity": number, "rate": number,
        "percent": number, "email": "someone@example.org",
    }.get(field.kind, "X")  # fmt: skip


def _hear_again(office: Backoffice, subject: Subject) -> None:
    """Hand every event to the plugin's listeners once more, those that had joined a transaction included."""
    with office.database.system() as session, session.begin():
        session.execute(
            sa.update(Delivery)
            .where(Delivery.plugin == subject.name)
            .values(state="waiting", attempts=0, replayed=True)
        )
    replay(OfficeHost(office), subject.name)
    Worker(office).run_until_idle()


def _failures(office: Backoffice, subject: Subject) -> Iterator[str]:
    with office.database.looking() as session:
        failed = session.execute(
            sa.select(Delivery.listener, Delivery.error)
            .where(Delivery.plugin == subject.name, Delivery.state != "done")
            .order_by(Delivery.id)
        ).all()
    for listener, error in failed:
        if subject.happen is None:
            said = _("{listener} cannot work with made-up facts ({problem}); make it happen in happen().")
            raise NotPossible(said.with_values(listener=listener, problem=error or ""))
        yield _("{listener} failed: {problem}").with_values(listener=listener, problem=error or "")


def _rows(office: Backoffice, subject: Subject) -> Rows:
    tables = [table for table in metadata.tables.values() if table.info.get(PLUGIN) == subject.name]
    with office.database.read_engine.connect() as connection:
        return {table.name: _content(connection, table) for table in tables}


def _content(connection: sa.Connection, table: sa.Table) -> list[dict[str, Any]]:
    columns = [column for column in table.columns if column.name not in SILENT]
    return [dict(row) for row in connection.execute(sa.select(*columns).order_by(*table.primary_key)).mappings()]


__all__ = ["same_again"]
