"""Schedules: each job with ``every`` is asked for once in a slot of that length, however many workers there are.

Slots of a day and longer begin at midnight in the company's zone, shorter ones are counted in UTC. What was missed
while no worker ran is made up once. A job that has not ended yet is not asked for again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from backoffice.core.events.host import Host, everywhere, peek
from backoffice.core.events.jobs import FINISHED, enqueue_once
from backoffice.core.events.models import JobRow
from backoffice.core.users.models import Company, Organization
from backoffice.hookspecs import Job

PREFIX: Final = "every:"
"""What the keys of scheduled jobs begin with."""

BEGINNING: Final = datetime(2001, 1, 1)  # a Monday, so that weeks begin on one
PLACES_SECONDS: Final = 60
"""How long the list of companies is kept."""
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a scheduled job runs: a company, or the whole system, kept with the first organisation."""

    organization_id: int
    company_id: int | None = None
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Slot:
    """A job, where it runs, and the span of time for which it runs once."""

    job: Job
    place: Place
    number: int

    @property
    def key(self) -> str:
        """The key under which the job is asked for."""
        return f"{PREFIX}{self.job.name}:{self.place.company_id or 'system'}:{self.number}"


def slot_number(at: datetime, every: timedelta, zone: str = "UTC") -> int:
    """Return the number of the slot of length ``every`` in which ``at`` lies, in ``zone`` when it is a day or more."""
    local = at.astimezone(ZoneInfo(zone if every >= DAY else "UTC")).replace(tzinfo=None)
    return (local - BEGINNING) // every


class Schedule:
    """Asks for scheduled jobs when their slot begins; remembers what it asked for, so that looking costs nothing."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._asked: dict[tuple[str, Place], int] = {}
        self._places: list[Place] = []
        self._looked = float("-inf")

    def tick(self) -> int:
        """Ask for every job whose slot has begun; returns how many were asked for here."""
        jobs = [job for job in self._host.registry.jobs.values() if job.every]
        slots = [slot for job in jobs for slot in self._slots(job)]
        due = [slot for slot in slots if self._asked.get((slot.job.name, slot.place)) != slot.number]
        return self._ask(due) if due else 0

    def _slots(self, job: Job) -> list[Slot]:
        assert job.every is not None
        now = self._host.clock.now()
        places = [place for place in self._where() if (place.company_id is None) == (job.scope == "system")]
        return [Slot(job, place, slot_number(now, job.every, place.zone)) for place in places]

    def _where(self) -> list[Place]:
        if time.monotonic() - self._looked > PLACES_SECONDS:
            self._places = self._look()
            self._looked = time.monotonic()
        return self._places

    def _look(self) -> list[Place]:
        with peek(self._host) as session:
            columns = (Company.organization_id, Company.id, Company.zone)
            companies = session.execute(sa.select(*columns).order_by(Company.id))
            first = session.scalar(sa.select(sa.func.min(Organization.id)))
            places = [Place(*row) for row in companies]
        return places if first is None else [Place(first), *places]

    def _ask(self, due: list[Slot]) -> int:
        busy = self._unfinished(sorted({slot.job.name for slot in due}))
        free = [s for s in due if (s.job.name, s.place.organization_id, s.place.company_id) not in busy]
        if not free:
            return 0
        with everywhere(self._host) as session:
            asked = sum(
                enqueue_once(
                    session, slot.job, organization_id=slot.place.organization_id, company_id=slot.place.company_id,
                    key=slot.key,
                )
                for slot in free
            )  # fmt: skip
            session.commit()
        self._asked.update({(slot.job.name, slot.place): slot.number for slot in free})
        return asked

    def _unfinished(self, names: list[str]) -> set[tuple[str, int, int | None]]:
        with peek(self._host) as session:
            rows = session.execute(
                sa.select(JobRow.name, JobRow.organization_id, JobRow.company_id).where(
                    JobRow.state.not_in(FINISHED), JobRow.name.in_(names), JobRow.key.startswith(PREFIX)
                )
            )
            return {(name, organization, company) for name, organization, company in rows}
