"""The worker's loop: schedules and deliveries in one lane, jobs in others, so that a long job holds nothing up, and one
that seals the audit log.

``backoffice serve`` starts one inside its own process, ``backoffice worker`` runs nothing else. Any number of workers,
on any number of machines, share a database.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog

from backoffice.core.events.deliveries import deliver_due
from backoffice.core.events.jobs import LOST_AFTER
from backoffice.core.events.running import BEAT_SECONDS, Keeper, run_due
from backoffice.core.office import Backoffice

from .host import OfficeHost
from .schedule import Schedule
from .sealing import Sealing

log = structlog.get_logger("backoffice.worker")

SHORTEST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 1.0
"""Seconds between two looks when there is nothing to do; it grows from the shortest to the longest."""
PAUSE_AFTER_FAILURE: Final = 5.0
"""Seconds until the next look when the database cannot be asked."""
GRACE_SECONDS: Final = 10.0


class Worker:
    """Does what is due: deliveries, schedules, jobs.

    ``job_lanes`` is how many jobs run here at the same time. ``lost_after`` and ``beat`` (seconds) say after which
    silence a worker counts as lost and how often this one gives a sign of life.
    """

    def __init__(
        self,
        office: Backoffice,
        *,
        job_lanes: int = 1,
        lost_after: timedelta = LOST_AFTER,
        beat: float = BEAT_SECONDS,
    ) -> None:
        self.name = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._host = OfficeHost(office)
        self._schedule = Schedule(self._host)
        self._sealing = Sealing(office)
        self._job_lanes = job_lanes
        self._lost_after = lost_after
        self._beat = beat
        self._stop = threading.Event()
        self._threads: list[_Lane] = []

    # -- by hand -----------------------------------------------------------------------------------------------

    def run_once(self) -> int:
        """Look once for everything that is due and do it; returns how many pieces of work that were."""
        return self._deliver() + self._run_job()

    def run_until_idle(self) -> int:
        """Do what is due until nothing is left; returns how many pieces of work that were."""
        done = 0
        while some := self.run_once():
            done += some
        return done

    # -- on its own --------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to work in threads of this process; they end with :meth:`stop`, or with the process."""
        if self._threads:
            return
        self._stop.clear()
        jobs = [_Lane(lambda lane: self._run_job(lane.watch), self._stop) for _lane in range(self._job_lanes)]
        sealing = _Lane(lambda lane: self._sealing.tick(), self._stop)
        self._threads = [_Lane(lambda lane: self._deliver(), self._stop), *jobs, sealing]
        for thread in self._threads:
            thread.start()
        log.info("worker started", worker=self.name, job_lanes=self._job_lanes)

    def stop(self, grace: float = GRACE_SECONDS) -> bool:
        """Let what is being done come to its end and do nothing more; returns whether everything has ended.

        A job still running after ``grace`` seconds is asked to stop at its next step and goes back to the queue. One
        that never looks up ends with the process, and another worker takes it over later.
        """
        self._stop.set()
        self.wake()
        ended = self._join(grace)
        for thread in self._threads:
            if not ended and thread.keeper is not None:
                thread.keeper.end()
        ended = ended or self._join(GRACE_SECONDS / 2)
        self._threads = []
        log.info("worker stopped", worker=self.name, all_ended=ended)
        return ended

    def run_forever(self, stop: threading.Event, grace: float = GRACE_SECONDS) -> None:
        """Work until ``stop`` is set, then :meth:`stop`."""
        self.start()
        stop.wait()
        self.stop(grace)

    def wake(self) -> None:
        """Look for work at once instead of after the pause; called when this process has just asked for some."""
        for thread in self._threads:
            thread.awake.set()

    def _join(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _deliver(self) -> int:
        return self._schedule.tick() + deliver_due(self._host, stop=self._stop.is_set)

    def _run_job(self, watch: Callable[[Keeper | None], None] = lambda keeper: None) -> int:
        return int(run_due(self._host, self.name, lost_after=self._lost_after, beat=self._beat, watch=watch))


class _Lane(threading.Thread):
    """Calls ``work`` again and again, with a pause that grows while there is nothing to do."""

    def __init__(self, work: Callable[[_Lane], int], stop: threading.Event) -> None:
        super().__init__(name="backoffice-worker", daemon=True)
        self._work = work
        self._ending = stop
        self.awake = threading.Event()
        self.keeper: Keeper | None = None

    def watch(self, keeper: Keeper | None) -> None:
        """Remember the job that runs in this lane."""
        self.keeper = keeper

    def run(self) -> None:
        """Work until told to stop; a failure of the database is logged and tried again after a while."""
        pause = SHORTEST_PAUSE
        while not self._ending.is_set():
            try:
                pause = SHORTEST_PAUSE if self._work(self) else min(pause * 2, LONGEST_PAUSE)
                rest = 0.0 if pause == SHORTEST_PAUSE else pause
            except Exception:
                log.exception("worker cannot look for work")
                rest = PAUSE_AFTER_FAILURE
            if rest:
                self.awake.wait(rest)
                self.awake.clear()
