"""The worker in a test: everything that waits is done now, in this process."""

from __future__ import annotations

from backoffice.core.builtin.worker.worker import Worker
from backoffice.core.office import Backoffice


def work_off(office: Backoffice) -> int:
    """Hand over every event and run every job that is due, until nothing is left; return how many there were."""
    return Worker(office).run_until_idle()


__all__ = ["work_off"]
