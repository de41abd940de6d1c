"""Work done on a schedule."""

from __future__ import annotations

from backoffice.core.api import JobRun


def release_expired(job: JobRun) -> str:
    """Give back what was set aside until an instant that has passed, in every company."""
    answer = job.program.execute("inventory.release_expired")
    return str(answer["released"])
