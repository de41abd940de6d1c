"""Items that settle each other because they bear the same words, such as those of one order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import sqlalchemy as sa
from backoffice_accounting.models import OpenItem

from backoffice.core.api import Session

from .settling import settle, settle_later


def settle_matches(session: Session, keys: Mapping[str, date]) -> None:
    """Let the items of each party that bear one of ``keys`` settle each other, once everything is posted."""

    def run(late: Session) -> None:
        for key in sorted(keys):
            _settle(late, key)

    settle_later(session, run)


def _settle(session: Session, key: str) -> None:
    rows = session.scalars(
        sa.select(OpenItem)
        .where(OpenItem.company_id == session.company_id, OpenItem.match_key == key, OpenItem.open)
        .order_by(OpenItem.id)
    )
    together: dict[tuple[int | None, str], list[OpenItem]] = {}
    for item in rows:
        together.setdefault((item.party_id, item.currency), []).append(item)
    for same in together.values():
        if len({item.open_amount > 0 for item in same}) == 2:
            settle(session, [item.id for item in same], kind="match", reason=key)
