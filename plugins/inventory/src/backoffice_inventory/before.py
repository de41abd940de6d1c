"""Moves that happened, as returns and reversals need them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import NamedTuple

import sqlalchemy as sa

from backoffice.core.api import Read, Session, among

from .models import Document, Move
from .reads import PAPERS

MOVES_OF = Read(
    sa.select(
        Move.id, Move.document_id, Move.product_id, Move.lot_id, Move.from_id, Move.to_id, Move.quantity, Move.value,
        Move.difference, Move.line, Move.demand, Move.returns_id, Document.source_key, Document.kind, Move.date,
    )
    .join(Document, Document.id == Move.document_id)
    .where(among(Move.document_id, "documents"))
)  # fmt: skip


class Before(NamedTuple):
    """A move that happened."""

    id: int
    document_id: int
    product_id: int
    lot_id: int | None
    from_id: int
    to_id: int
    quantity: Decimal
    value: Decimal
    difference: Decimal
    line: str | None
    demand: str | None
    returns_id: int | None
    source_key: str | None
    kind: str
    date: date


def moves_of(session: Session, source: str, keys: Iterable[str]) -> list[Before]:
    """Return what documents of a source moved."""
    rows = PAPERS.rows(session, company=session.company_id, source=source, keys=sorted(set(keys)))
    return moves_of_documents(session, [row[0] for row in rows])


def moves_of_documents(session: Session, documents: Iterable[int]) -> list[Before]:
    """Return what documents moved, in the order of entry."""
    rows = MOVES_OF.rows(session, documents=sorted(documents))
    return [Before(*row) for row in sorted(rows, key=itemgetter(0))]
