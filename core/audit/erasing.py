"""Erase payloads by right: a person may demand that what the log says of them goes.

What stays is the metadata and the digest, from which nothing can be guessed once the salt is gone; so the tree stays
whole. Each erasure is a record of its own, audited and sealed like any other; the database lets none happen without.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from backoffice.core.errors import InvalidInput, NotFound
from backoffice.core.persistence import Session
from backoffice.core.persistence.records import Table
from backoffice.hookspecs import messages

from .history import classes_by_table, parts_of
from .living import batches, marks
from .models import AuditRow, Erasure
from .storage import Store
from .triggers import last_audited, restate_sql

_ = messages("audit")


def erase_history(session: Session, table: str, subject_id: int, reason: str) -> int:
    """Erase the payloads of every audit row of a record of ``table`` and of its lines; return how many."""
    parts = [table, *parts_of(table)]
    about = sa.select(AuditRow.id).where(AuditRow.table_name.in_(parts), AuditRow.subject_id == subject_id)
    return erase_payload(session, session.scalars(about).all(), reason)


def erase_payload(session: Session, audit_ids: Sequence[int], reason: str) -> int:
    """Erase the payload and salt of audit rows of the session's organisation, in its transaction.

    A row that still exists and whose newest state was erased is written into the log once more as it is now, so that
    it can still be compared: make a record anonymous first, then erase its history.

    Args:
        session: the transaction; who erases, and when, is taken from it.
        audit_ids: the audit rows. Those whose payload is gone already are left as they are.
        reason: why, as it is kept for ever; it says nothing about the person.

    Returns:
        How many payloads were erased.

    Raises:
        NotFound: one of them is not an audit row of this organisation.
        InvalidInput: there is no reason.
    """
    if not reason.strip():
        raise InvalidInput(
            _("An erasure has a reason."), fields={"reason": [_("Please say why, without naming the person.")]}
        )
    session.flush()
    rows = [row for some in batches(sorted(set(audit_ids))) for row in _rows(session, some)]
    still = [row for row in rows if not row.erased]
    for some in batches([row.id for row in still]):
        session.execute(sa.insert(Erasure), [{"audit_id": id_, "reason": reason.strip()} for id_ in some])
        session.execute(sa.update(AuditRow).where(AuditRow.id.in_(some)).values(payload=None, salt=None))
    _restate(session, still)
    return len(still)


def _rows(session: Session, ids: Sequence[int]) -> Sequence[Any]:
    columns = (AuditRow.id, AuditRow.table_name, AuditRow.record_id, AuditRow.payload.is_(None).label("erased"))
    found = session.execute(sa.select(*columns).where(AuditRow.id.in_(ids))).all()
    missing = set(ids) - {row.id for row in found}
    if missing:
        raise NotFound(_("There is no audit row {id}.").with_values(id=min(missing)))
    return found


def _restate(session: Session, erased: Sequence[Any]) -> None:
    """Write into the log how rows are now whose newest state was just erased."""
    touched: dict[str, set[int]] = {}
    for row in erased:
        touched.setdefault(row.table_name, set()).add(row.record_id)
    store = Store(session.connection())
    known = classes_by_table()
    for table, ids in sorted(touched.items()):
        if table not in known:
            continue
        for some in batches(sorted(ids)):
            if blank := _blank(store, known[table], some):
                store.run(restate_sql(known[table], store.dialect, marks(blank)), blank)


def _blank(store: Store, cls: type[Table], ids: Sequence[int]) -> list[int]:
    """Return those of ``ids`` that exist and whose newest audit row has no payload."""
    newest = last_audited(cls, "a.payload IS NULL")
    rows = store.rows(f"SELECT t.id FROM {cls.__tablename__} AS t WHERE t.id IN ({marks(ids)}) AND {newest}", ids)
    return [id_ for (id_,) in rows]
