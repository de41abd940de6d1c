"""Remove files that nothing refers to any more: of records that were deleted, attachments removed, uploads given up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Final

import sqlalchemy as sa

from backoffice.core.attachments.models import Attachment
from backoffice.core.attachments.store import Store
from backoffice.core.audit.triggers import mapped_classes
from backoffice.core.events.running import JobRun
from backoffice.core.mail.models import Mail
from backoffice.core.persistence import Session
from backoffice.core.persistence.records import Row

KEPT: Final = timedelta(days=1)
"""How long a file that nothing refers to stays: whoever has just sent it may not have said yet what it is for."""
SOME: Final = 200


def sweep(job: JobRun) -> dict[str, int]:
    """Remove files that no record, and no mail that may still be sent, refers to; return how many."""
    left = _of_deleted_records(job)
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
    return {"removed": removed, "parts": parts, "attachments": left}


def _of_deleted_records(job: JobRun) -> int:
    """Remove the attachments of records that are gone; those of a plugin that is put aside stay."""
    removed = 0
    with job.everywhere() as session:
        tables = set(session.scalars(sa.select(Attachment.subject_table).distinct()))
    for model in mapped_classes(job.program.office.registry.models.values()):
        if model.__tablename__ not in tables or not issubclass(model, Row):
            continue
        gone = sa.select(Attachment.organization_id, Attachment.id).where(
            Attachment.subject_table == model.__tablename__,
            ~sa.exists().where(model.id == Attachment.subject_id, model.organization_id == Attachment.organization_id),
        )
        with job.everywhere() as session:
            found = session.execute(gone).all()
        for organization_id, id_ in found:
            desk = job.program.office.system_desk(organization_id, action=job.name)
            removed += desk.run(partial(_removed, id_=id_))
    return removed


def _removed(session: Session, id_: int) -> int:
    found = session.get(Attachment, id_)
    if found is not None:
        session.delete(found)
    return int(found is not None)


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
