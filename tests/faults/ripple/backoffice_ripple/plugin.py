"""Hooks of the ripple: one effect for each event heard, and a job whose steps can be counted."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from backoffice.hookspecs import Event, Field, Job, On, hookimpl


@hookimpl
def events() -> Sequence[Event]:
    """Give the effects: which event was heard, and which step of which job was done."""
    step = (Field("tally", "code", required=True), Field("step", "integer", required=True))
    return [
        Event("ripple.heard", fields=(Field("event", "integer", required=True),)),
        Event("ripple.stepped", fields=step),
    ]


@hookimpl
def listeners() -> Sequence[On]:
    """Hear of entries after the commit."""
    return [On("accounting.entry_posted", hear, later=True, name="hear")]


@hookimpl
def jobs() -> Sequence[Job]:
    """Give a job of several steps, each a transaction of its own."""
    return [Job("ripple.tally", tally, fields=(Field("tally", "code", required=True),), attempts=1000)]


def hear(session: Any, event: Any) -> None:
    """Leave one effect."""
    session.emit("ripple.heard", event=event.id)


def tally(job: Any, tally: str) -> None:
    """Do twenty steps, those that are not done yet."""
    for step in range(20):
        job.progress(step, 20)
        job.office.run(lambda session, step=step: _step(session, tally, step))
        time.sleep(0.005)


def _step(session: Any, tally: str, step: int) -> None:
    import sqlalchemy as sa

    from backoffice.core.events.models import EventRow

    done = session.scalars(sa.select(EventRow).where(EventRow.name == "ripple.stepped"))
    if not any(event.facts == {"tally": tally, "step": step} for event in done):
        session.emit("ripple.stepped", tally=tally, step=step)
