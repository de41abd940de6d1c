"""Hand events to the listeners that run later: at least once, each effect committed together with its mark.

A handler that fails is tried again after a growing wait and put aside after :data:`MOST_ATTEMPTS`; the others go on.
Whoever makes outside calls in a handler sends the event's id along, since a crash between call and commit repeats it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite

from backoffice.core.errors import Conflict, ProgrammingError
from backoffice.core.persistence import Session, explained
from backoffice.hookspecs import messages

from .declared import Listener, Registry, called
from .host import NEVER_SO_LONG, PENDING, Host, everywhere, peek, said_by, wait_after
from .log import happened
from .models import Delivery, EventRow

_ = messages("backoffice")
log = structlog.get_logger("backoffice.deliveries")

MOST_ATTEMPTS: Final = 8
BATCH: Final = 64
"""Due deliveries looked at in one go."""
PATIENCE: Final = 3
"""Deliveries in a row that others were quicker to take, before the list is taken to be out of date."""
ERROR_LENGTH: Final = 2000


@dataclass(frozen=True, slots=True)
class _Due:
    """A delivery whose time has come, with what its session must know before it is opened."""

    id: int
    plugin: str
    listener: str
    attempts: int
    replayed: bool
    event: str
    event_id: int
    organization_id: int
    company_id: int | None
    actor_id: int | None
    correlation: str


def deliver_due(host: Host, *, stop: Callable[[], bool] = lambda: False) -> int:
    """Hand over what is due, at most :data:`BATCH` deliveries; returns how many were tried here.

    Any number of workers may do this at the same time: each delivery is locked while it is handed over, and those
    locked by another are passed by. ``stop`` is asked between two deliveries whether to leave the rest.
    """
    due = _due(host)
    tried = lost = 0
    while due and lost < PATIENCE and not stop():
        if _deliver(host, due.pop(0)):
            tried, lost = tried + 1, 0
        else:
            lost += 1
            random.shuffle(due)  # another worker walks the same list: part ways
    return tried


def _due(host: Host) -> list[_Due]:
    known = sorted({(heard.plugin, heard.name) for heard in _listeners(host.registry) if not heard.aside})
    if not known:
        return []
    with peek(host) as session:
        rows = session.execute(
            sa.select(
                Delivery.id, Delivery.plugin, Delivery.listener, Delivery.attempts, Delivery.replayed, EventRow.name,
                EventRow.id, EventRow.organization_id, EventRow.company_id, EventRow.actor_id, EventRow.correlation,
            )
            .join(EventRow, EventRow.id == Delivery.event_id)
            .where(
                Delivery.state.in_(PENDING),
                _ripe(host),
                sa.tuple_(Delivery.plugin, Delivery.listener).in_(known),
            )
            .order_by(Delivery.replayed, Delivery.next_at, Delivery.id)
            .limit(BATCH)
        )  # fmt: skip
        return [_Due(*row) for row in rows]


def _ripe(host: Host) -> sa.ColumnElement[bool]:
    now = host.clock.now()
    return sa.or_(Delivery.next_at <= now, Delivery.next_at > now + NEVER_SO_LONG)


def _listeners(registry: Registry) -> list[Listener]:
    return [heard for listeners in registry.listeners.values() for heard in listeners]


def _deliver(host: Host, due: _Due) -> bool:
    began = time.perf_counter()
    said = log.bind(plugin=due.plugin, listener=due.listener, event=due.event, event_id=due.event_id)
    try:
        with explained(host.database):
            taken = _effect(host, due)
    except Exception as error:
        state = _failed(host, due, error)
        said.warning("event not delivered", attempts=due.attempts + 1, state=state, exc_info=True)
        return True
    if taken:
        said.info("event delivered", replayed=due.replayed, ms=round((time.perf_counter() - began) * 1000))
    return taken


def _effect(host: Host, due: _Due) -> bool:
    """Call the handler and mark the delivery in one transaction; false when another worker has it."""
    with host.session_for(
        organization_id=due.organization_id, company_id=due.company_id, user_id=due.actor_id, action=due.listener,
        request_id=due.correlation,
    ) as session:  # fmt: skip
        found = session.execute(
            sa.select(Delivery, EventRow)
            .join(EventRow, EventRow.id == Delivery.event_id)
            .where(Delivery.id == due.id, Delivery.state.in_(PENDING), _ripe(host))
            .with_for_update(of=Delivery, skip_locked=True)
        ).one_or_none()
        if found is None:
            return False
        delivery, event = found
        handler = called(_listener_of(host.registry, due).handler)
        handler(session, happened(host.registry, event, replayed=due.replayed))
        delivery.state, delivery.error = "done", None
        session.commit()
        return True


def _listener_of(registry: Registry, due: _Due) -> Listener:
    for heard in registry.listeners.get(due.event, ()):
        if (heard.plugin, heard.name) == (due.plugin, due.listener) and not heard.aside:
            return heard  # type: ignore[no-any-return]
    raise ProgrammingError(
        _("{plugin} no longer listens to {event} as {listener}.").with_values(
            plugin=due.plugin, event=due.event, listener=due.listener
        ),
        remedy=_("Discard the delivery, or give the listener its former name."),
    )


def _failed(host: Host, due: _Due, error: Exception) -> str:
    """Note the failure, unless another worker has meanwhile tried again; returns the state it led to."""
    attempts = due.attempts + 1
    state = "dead" if attempts >= MOST_ATTEMPTS else "failed"
    with everywhere(host) as session:
        session.execute(
            sa.update(Delivery)
            .where(Delivery.id == due.id, Delivery.attempts == due.attempts, Delivery.state.in_(PENDING))
            .values(
                state=state,
                attempts=attempts,
                next_at=host.clock.now() + wait_after(attempts),
                error=said_by(error, ERROR_LENGTH),
            )
        )
        session.commit()
    return state


# -- dead letters ----------------------------------------------------------------------------------------------------


def dead_deliveries(session: Session) -> list[Delivery]:
    """Return the deliveries of the session's organisation that were given up, oldest first."""
    return list(session.scalars(sa.select(Delivery).where(Delivery.state == "dead").order_by(Delivery.id)))


def retry_delivery(session: Session, delivery: Delivery) -> Delivery:
    """Let ``delivery`` be tried again at once, with all attempts before it.

    Raises :class:`~backoffice.core.errors.Conflict` when it was done.
    """
    _require_open(delivery)
    delivery.state, delivery.attempts, delivery.next_at, delivery.error = "waiting", 0, session.now(), None
    return delivery


def discard_delivery(session: Session, delivery: Delivery) -> Delivery:
    """Give up ``delivery`` for good; the event stays in the log.

    Raises :class:`~backoffice.core.errors.Conflict` when it was done.
    """
    _require_open(delivery)
    delivery.state = "cancelled"
    return delivery


def _require_open(delivery: Delivery) -> None:
    if delivery.state == "done":
        raise Conflict(
            _("This event was delivered already."), remedy=_("Replay the plugin's events if its effect was lost.")
        )


# -- replay ----------------------------------------------------------------------------------------------------------


def replay(
    host: Host, plugin: str, since: datetime | None = None, *, organization_id: int | None = None, after: int = 0
) -> int:
    """Have past events handed to the listeners of ``plugin``, those that join transactions included.

    Asking twice adds nothing: an event is delivered to a listener once. Handlers are told that it is a replay.

    Args:
        host: the office.
        plugin: a plugin that is active.
        since: the first instant, with zone; ``None`` is the beginning.
        organization_id: one organisation; ``None`` is every one.
        after: only events with a greater id.

    Returns:
        How many deliveries were added.
    """
    heard = [one for one in _listeners(host.registry) if one.plugin == plugin]
    if not heard:
        return 0
    past = [_past(one, since, organization_id, after) for one in heard]
    with everywhere(host) as session:
        statement = _insert(session.dialect, past, host.clock.now())
        added = session.connection().execute(statement, execution_options={"preserve_rowcount": True}).rowcount
        session.commit()
    log.info("events replayed", plugin=plugin, since=since.isoformat() if since else "beginning", deliveries=added)
    return added


def _past(heard: Listener, since: datetime | None, organization_id: int | None, after: int) -> Any:
    listener = sa.literal(heard.name, sa.String).label("listener")
    plugin = sa.literal(heard.plugin, sa.String).label("plugin")
    past = sa.select(EventRow.organization_id, EventRow.id, plugin, listener).where(EventRow.name == heard.event)
    if after:
        past = past.where(EventRow.id > after)
    if since is not None:
        past = past.where(EventRow.at >= since)
    return past if organization_id is None else past.where(EventRow.organization_id == organization_id)


def outstanding(host: Host, plugin: str) -> dict[str, int]:
    """Return how many events wait for ``plugin``, and how many were given up, under ``waiting`` and ``dead``."""
    with peek(host) as session:
        counted = session.execute(
            sa.select(Delivery.state, sa.func.count())
            .where(Delivery.plugin == plugin, Delivery.state.in_((*PENDING, "dead")))
            .group_by(Delivery.state)
        ).all()
    found: dict[str, int] = {state: count for state, count in counted}  # noqa: C416 - rows are no pairs to mypy
    return {"waiting": sum(found.get(state, 0) for state in PENDING), "dead": found.get("dead", 0)}


def _insert(dialect: str, past: list[Any], now: datetime) -> Any:
    """Return one statement that adds what is missing, in the order in which the events happened."""
    found = sa.union_all(*past).subquery()
    fixed = {"state": "waiting", "attempts": 0, "next_at": now, "replayed": True}
    values = [sa.literal(value, Delivery.__table__.c[name].type) for name, value in fixed.items()]
    chosen = sa.select(*found.c, *values).where(sa.true()).order_by(found.c.id)
    columns = ["organization_id", "event_id", "plugin", "listener", *fixed]
    build: Any = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return build(Delivery.__table__).from_select(columns, chosen).on_conflict_do_nothing()
