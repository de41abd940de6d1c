"""Remove files that nothing refers to any more: uploads that were given up, attachments removed, records erased."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from backoffice.core.attachments.models import Attachment
from backoffice.core.attachments.store import Store
from backoffice.core.events.running import JobRun
from backoffice.core.mail.models import Mail

KEPT: Final = timedelta(days=1)
"""How long a file that nothing refers to stays: whoever has just sent it may not have said yet what it is for."""
SOME: Final = 200


def sweep(job: JobRun) -> dict[str, int]:
    """Remove files that no record, and no mail that may still be sent, refers to; return how many."""
    store = Store.of(job.program.office.configuration)
    parts = store.drop_parts(KEPT.total_seconds())
    old = list(store.older_than(KEPT.total_seconds()))
    removed = 0
    for start in range(0, len(old), SOME):
        some = old[start : start + SOME]
        job.progress(start, len(old))
        for digest in sorted(set(some) - _wanted(job, some)):
            store.remove(digest)
            removed += 1
    return {"removed": removed, "parts": parts}


def _wanted(job: JobRun, digests: Iterable[str]) -> set[str]:
    """Return those of ``digests`` that an attachment or a mail of any organisation refers to."""
    some = list(digests)
    with job.everywhere() as session:
        found = set(session.scalars(sa.select(Attachment.digest).where(Attachment.digest.in_(some))))
        going = sa.select(Mail.files).where(Mail.state.in_(("waiting", "failed", "dead")), Mail.files.is_not(None))
        for files in session.scalars(going):
            found.update(one["digest"] for one in files)
    return found


__all__ = ["KEPT", "sweep"]
