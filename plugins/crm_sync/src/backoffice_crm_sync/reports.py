"""How each backend stands, and what is left to be looked at."""

from __future__ import annotations

from collections import Counter
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import Session, translate
from backoffice.hookspecs import Column, Link, Row, Table, messages

from .models import LINK_STATES, Backend, Conflict, Pending
from .models import Link as Linked

_ = messages("crm_sync")


def status(session: Session) -> Table:
    """Return for each backend how many records are linked, disagree, failed or wait."""
    counts: dict[int, Counter[str]] = {}
    asked = sa.select(Linked.backend_id, Linked.state, sa.func.count()).where(
        Linked.company_id == session.company_id
    )  # fmt: skip
    for backend_id, state, count in session.execute(asked.group_by(Linked.backend_id, Linked.state)):
        counts.setdefault(backend_id, Counter())[state] = count
    waiting = _counts(session, Pending.backend_id, Pending.company_id)
    rows = [
        Row(
            (one.name, *(counts.get(one.id, Counter())[state] for state in LINK_STATES), waiting.get(one.id, 0),
             one.run_at, one.problem),
            link=Link(resource="crm_sync.backend", id=one.id),
        )
        for one in session.scalars(sa.select(Backend).order_by(Backend.code))
    ]  # fmt: skip
    columns = (
        Column("name", _("Backend")),
        *(Column(state, label, "integer", total=True) for state, label in LINK_STATES.items()),
        Column("waiting", _("Waiting"), "integer", total=True),
        Column("run_at", _("Last run"), "instant"),
        Column("problem", _("Problem"), "long_text"),
    )
    return Table(columns, rows, notes=_notes(session))


def _counts(session: Session, column: Any, company: Any) -> dict[int, int]:
    found = session.execute(
        sa.select(column.label("id"), sa.func.count().label("number"))
        .where(company == session.company_id)
        .group_by(column)
    )
    return {row.id: row.number for row in found}


def _notes(session: Session) -> tuple[str, ...]:
    count = session.scalar(sa.select(sa.func.count()).select_from(Conflict).where(Conflict.state == "open")) or 0
    if not count:
        return ()
    said = _("One field is to be decided.").counted("{count} fields are to be decided.", count)
    return (translate(said, session.context.language),)
