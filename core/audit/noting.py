"""Write into the log what no trigger sees: facts about the installation that concern an organisation's people."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from backoffice.core.persistence import Session

from .models import AuditRow


def note(
    session: Session,
    table: str,
    record_id: int,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    *,
    organization_id: int,
) -> None:
    """Append one row to the log in this transaction, told by whoever the session works for.

    Args:
        session: the transaction it belongs to.
        table: what it is about, a table that no trigger audits.
        record_id: which row of it.
        before: values as they were; nothing when it is new.
        after: values as they are; nothing when it is gone.
        organization_id: whose log.
    """
    told = {name: dict(values) for name, values in (("before", before), ("after", after)) if values is not None}
    payload, salt = json.dumps(told, ensure_ascii=False, separators=(",", ":")), secrets.token_hex(16)
    context = session.context
    session.execute(
        sa.insert(AuditRow).values(
            xid=_transaction(session), organization_id=organization_id, at=session.now(), actor_id=context.actor_id,
            actor=context.actor_name, channel=context.channel, action=context.action, request_id=context.request_id,
            table_name=table, subject_id=record_id, record_id=record_id, operation=_operation(before, after),
            payload=payload, salt=salt, digest=hashlib.sha256((salt + payload).encode()).hexdigest(),
        )
    )  # fmt: skip


def _operation(before: object, after: object) -> str:
    return "I" if before is None else "D" if after is None else "U"


def _transaction(session: Session) -> Any:
    """Return what tells the transaction on PostgreSQL, as the triggers do; ids follow the commits on SQLite."""
    if session.dialect != "postgresql":
        return None
    return sa.cast(sa.cast(sa.func.pg_current_xact_id(), sa.Text), sa.BigInteger)


__all__ = ["note"]
