"""Open layers, read in the order they are used: a few first, and more when they are needed."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import Read, Session

from .models import Layer
from .valuing import Layer as OpenLayer

FEW, MANY = 3, 100
"""Open layers read for a product at first, and each time more are needed."""

FIRST, LAST = date(1, 1, 1), date(9999, 12, 31)

_LAYER = (
    Layer.id, Layer.move_id, Layer.date, Layer.quantity, Layer.value, Layer.left_quantity, Layer.left_value,
)  # fmt: skip
_OF = (
    Layer.company_id == sa.bindparam("company"),
    Layer.product_id == sa.bindparam("product"),
    Layer.pool == sa.bindparam("pool"),
    Layer.left_quantity != sa.literal_column("0"),
)
_OLDEST = (
    sa.select(*_LAYER)
    .where(
        *_OF,
        Layer.date >= sa.bindparam("day"),
        sa.or_(Layer.date > sa.bindparam("day"), Layer.id > sa.bindparam("last")),
    )
    .order_by(Layer.company_id, Layer.product_id, Layer.pool, Layer.date, Layer.id)
)
_NEWEST = (
    sa.select(*_LAYER)
    .where(
        *_OF,
        Layer.date <= sa.bindparam("day"),
        sa.or_(Layer.date < sa.bindparam("day"), Layer.id < sa.bindparam("last")),
    )
    .order_by(Layer.company_id.desc(), Layer.product_id.desc(), Layer.pool.desc(), Layer.date.desc(), Layer.id.desc())
)
READS = {
    "lifo": (Read(_NEWEST.limit(FEW)), Read(_NEWEST.limit(MANY))),
    "fifo": (Read(_OLDEST.limit(FEW)), Read(_OLDEST.limit(MANY))),
}


class Loader:
    """Reads the open layers of a product in the order they are used, a few first."""

    def __init__(self, session: Session, company: int, product_id: int, pool: int, method: str) -> None:
        self.session = session
        self.reads = READS["lifo" if method == "lifo" else "fifo"]
        first = (LAST, 2**62) if method == "lifo" else (FIRST, 0)
        self.values: dict[str, Any] = {
            "company": company, "product": product_id, "pool": pool, "day": first[0], "last": first[1]
        }  # fmt: skip
        self.read = 0
        self.ended = False

    def asked(self) -> tuple[Read, dict[str, Any]]:
        """Return what is read next."""
        return self.reads[min(self.read, 1)], dict(self.values)

    def taken(self, rows: list[tuple[Any, ...]]) -> list[OpenLayer]:
        """Return rows that were read as layers, and remember where to go on."""
        self.ended = len(rows) < (FEW if not self.read else MANY)
        self.read += 1
        if rows:
            self.values |= {"day": rows[-1][2], "last": rows[-1][0]}
        return [
            OpenLayer(move, day, quantity, value, left, left_value, id_)
            for id_, move, day, quantity, value, left, left_value in rows
        ]

    def __call__(self) -> list[OpenLayer]:
        """Return the next layers, none when there are no more."""
        if self.ended:
            return []
        read, values = self.asked()
        return self.taken(read.rows(self.session, **values))
