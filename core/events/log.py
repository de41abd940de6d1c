"""The event log: append what happened in the business transaction, and hand it to those who listen.

Listeners that join the transaction are called at once, dependencies first; for each that runs later a delivery is
stored with the event, and :mod:`.deliveries` does the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from backoffice.core.errors import InvalidInput, ProgrammingError
from backoffice.core.persistence import Session
from backoffice.hookspecs import Event, messages

from . import facts as json
from .declared import Listener, Registry, called
from .models import Delivery, EventRow

_ = messages("backoffice")

DEEPEST = 32
"""Events said by listeners of events said by listeners; more is taken for a circle."""


@dataclass(frozen=True, slots=True)
class Happened:
    """What a listener is given: one event with its facts in the newest version and in exact types.

    ``replayed`` says that it happened long ago and is handed over again: no outside calls then. ``personal`` is empty
    once it was erased.
    """

    id: int
    name: str
    version: int
    at: datetime
    organization_id: int
    company_id: int | None
    actor_id: int | None
    correlation: str
    subject_table: str
    subject_id: int | None
    facts: Mapping[str, Any]
    personal: Mapping[str, Any] = field(default_factory=dict)
    replayed: bool = False


def emit(session: Session, registry: Registry, name: str, subject: Any, facts: Mapping[str, Any]) -> EventRow:
    """Append the event ``name`` to the log in this transaction and call its listeners.

    Args:
        session: the transaction it belongs to.
        registry: the declarations of the active plugins.
        name: the declared event, ``plugin.something_happened``.
        subject: the record it is about, a pair of mapped class and id, or ``None``.
        facts: the event's fields; decimals, dates, instants and records may be given as they are.

    Returns:
        The stored event. Its id is known after the next flush, which has happened when anyone listens in the
        transaction.

    Raises:
        ProgrammingError: the event is not declared, a fact is unknown, missing or does not fit, or listeners call each
            other in a circle.
    """
    event = _declared(registry, name)
    row = EventRow(**_named(session, event), **_values(session, event, subject, facts))
    session.add(row)
    listeners = registry.listeners.get(name, ())
    session.add_all(_delivery(session, row, listener) for listener in listeners if listener.later)
    _tell(session, registry, [row], listeners)
    return row


def emit_many(
    session: Session,
    registry: Registry,
    name: str,
    said: Sequence[tuple[Any, Mapping[str, Any]]],
    *,
    ids: bool = True,
) -> list[int]:
    """Append many events of one name, pairs of subject and facts, in few statements; returns their ids in order.

    Means the same as calling :func:`emit` for each, but listeners are called after all of them are stored. Without
    ``ids`` none are returned, which saves PostgreSQL a round trip while nobody listens. Raises as :func:`emit` does.
    """
    if not said:
        return []
    event = _declared(registry, name)
    rows = [_values(session, event, subject, facts) for subject, facts in said]
    common = _named(session, event)
    listeners = registry.listeners.get(name, ())
    if not listeners and not ids:
        session.write_rows(EventRow, rows, **common)
        return []
    given = session.insert_rows(EventRow, rows, **common)
    waiting = [_waiting(session, id_, listener) for id_ in given for listener in listeners if listener.later]
    if waiting:
        session.write_rows(Delivery, waiting)
    if any(not listener.later for listener in listeners):
        stored = [EventRow(id=id_, **common, **row) for id_, row in zip(given, rows, strict=True)]
        _tell(session, registry, stored, listeners)
    return given


def emit_all(
    session: Session, registry: Registry, said: Sequence[Said], *, wanted: Callable[[str], bool] = lambda name: False
) -> None:
    """Append events of several names in their order; those that nobody is told of travel in one statement.

    The others go through the session's :meth:`~Session.emit_many`, as many at once as follow each other under one name.
    ``wanted`` tells of a name whether someone outside is told of it. Raises as :func:`emit` does.
    """

    def heard(one: Said) -> bool:
        return bool(registry.listeners.get(one[0])) or wanted(one[0])

    for by_anyone, some in groupby(said, key=heard):
        if not by_anyone:
            _append(session, registry, some)
            continue
        for name, same in groupby(some, key=itemgetter(0)):
            session.emit_many(name, [(subject, facts) for _name, subject, facts in same], ids=False)


def _append(session: Session, registry: Registry, said: Iterable[Said]) -> None:
    rows = []
    for name, subject, facts in said:
        event = _declared(registry, name)
        rows.append({"name": name, "version": event.version, **_values(session, event, subject, facts)})
    session.write_rows(EventRow, rows, **_common(session))


Said = tuple[str, Any, Mapping[str, Any]]
"""The name of an event, its subject and its facts."""


def happened(registry: Registry, row: EventRow, *, replayed: bool = False) -> Happened:
    """Return a stored event as listeners see it, brought to the newest version of its declaration.

    An event whose plugin is not active keeps the facts as they were stored.
    """
    event = registry.events.get(row.name)
    facts, personal, version = dict(row.facts), dict(row.personal or {}), row.version
    if event is not None:
        facts, personal, version = _newest(event, facts, personal, version)
    return Happened(
        row.id, row.name, version, row.at, row.organization_id, row.company_id, row.actor_id, row.correlation,
        row.subject_table, row.subject_id, facts, personal, replayed,
    )  # fmt: skip


def _newest(
    event: Event, facts: dict[str, Any], personal: dict[str, Any], version: int
) -> tuple[dict[str, Any], dict[str, Any], int]:
    """Apply the upcasts to facts and personal part together, then read and part them by today's fields."""
    payload = {**facts, **personal}
    while version < event.version:
        step = event.upcast.get(version)
        if step is None:
            raise ProgrammingError(
                _("The event {name} cannot be read: nothing leads from version {version} to the next.").with_values(
                    name=event.name, version=version
                ),
                remedy=_("Give the event an upcast for every version it ever had."),
            )
        payload, version = dict(step(payload)), version + 1
    exact = json.read(event.fields, payload)
    kept = {one.name for one in event.fields if one.personal}
    return (
        {name: value for name, value in exact.items() if name not in kept},
        {name: value for name, value in exact.items() if name in kept and name in payload},
        version,
    )


def _declared(registry: Registry, name: str) -> Event:
    event = registry.events.get(name)
    if event is None:
        raise ProgrammingError(
            _("The event {name} is not declared.").with_values(name=name),
            remedy=_("Declare it with the events() hook of its plugin."),
        )
    return event


def _named(session: Session, event: Event) -> dict[str, Any]:
    return {"name": event.name, "version": event.version, **_common(session)}


def _common(session: Session) -> dict[str, Any]:
    return {
        "organization_id": session.organization_id,
        "at": session.now(),
        "actor_id": session.context.actor_id,
        "correlation": session.context.request_id[:64],
    }


def _values(session: Session, event: Event, subject: Any, facts: Mapping[str, Any]) -> dict[str, Any]:
    try:
        written = json.write(event.fields, facts)
    except InvalidInput as error:
        what = _("The facts of the event {name} do not fit its declaration.").with_values(name=event.name)
        raise ProgrammingError(what, fields=error.fields) from error
    personal = {one.name: written.pop(one.name) for one in event.fields if one.personal}
    table, id_, company = _about(session, subject)
    return {
        "company_id": company or session.company_id,
        "subject_table": table,
        "subject_id": id_,
        "facts": written,
        "personal": personal or None,
    }


def _about(session: Session, subject: Any) -> tuple[str, int | None, int | None]:
    if subject is None:
        return "", None, None
    if isinstance(subject, tuple):
        model, id_ = subject
        return model.__tablename__, id_, None
    if subject.id is None:
        session.flush()
    return subject.__tablename__, subject.id, getattr(subject, "company_id", None)


def _waiting(session: Session, event_id: int | None, listener: Listener) -> dict[str, Any]:
    return {
        "organization_id": session.organization_id,
        "event_id": event_id,
        "plugin": listener.plugin,
        "listener": listener.name,
        "state": "waiting",
        "attempts": 0,
        "next_at": session.now(),
        "replayed": False,
    }


def _delivery(session: Session, row: EventRow, listener: Listener) -> Delivery:
    values = _waiting(session, None, listener)
    del values["event_id"]
    return Delivery(event=row, **values)


def _tell(session: Session, registry: Registry, rows: Iterable[EventRow], listeners: Sequence[Listener]) -> None:
    """Call those who join the transaction, one event after the other, dependencies first."""
    joining = [called(listener.handler) for listener in listeners if not listener.later]
    if not joining:
        return
    session.flush()
    for row in rows:
        with _no_circle(session, row.name):
            what = happened(registry, row)
            for handler in joining:
                handler(session, what)


@contextmanager
def _no_circle(session: Session, name: str) -> Iterator[None]:
    path: list[str] = session.info.setdefault("backoffice.events", [])
    if len(path) >= DEEPEST:
        circle = " → ".join([*path[-4:], name])
        raise ProgrammingError(
            _("Listeners call each other in a circle: {path}.").with_values(path=circle),
            remedy=_("Let one of them run later, or stop when nothing is left to do."),
        )
    path.append(name)
    try:
        yield
    finally:
        path.pop()
