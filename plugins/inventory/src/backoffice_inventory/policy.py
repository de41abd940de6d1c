"""What a company chose, and the currency of its books, read once a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backoffice.core.api import RuleBroken, Session
from backoffice.hookspecs import messages

from .reads import CURRENCY

_ = messages("inventory")


@dataclass(slots=True)
class Policy:
    """What a company chose."""

    method: str = "fifo"
    cost_places: int | None = None
    backdating: str = "replay"
    taking_reserved: str = "refuse"

    @classmethod
    def of(cls, session: Session) -> Policy:
        """Return the choices of the session's company."""
        known: Policy | None = session.info.get("inventory.policy")
        if known is None:
            asked = ("method", "cost_places", "backdating", "taking_reserved")
            method, places, backdating, taking = (session.setting("inventory", name) for name in asked)
            known = cls(method, None if places == "exact" else int(places), backdating, taking)
            session.info["inventory.policy"] = known
        return known


def books_currency(session: Session) -> str:
    """Return the currency of the session's company. Raises :class:`~backoffice.core.api.RuleBroken` without one."""
    known: str | None = session.info.get("inventory.currency")
    return known or learn_currency(session, CURRENCY.rows(session, company=session.company_id))


def learn_currency(session: Session, rows: Sequence[tuple[Any, ...]]) -> str:
    """Return the currency of the session's company as :data:`~.reads.CURRENCY` gave it, and remember it.

    Raises :class:`~backoffice.core.api.RuleBroken` when no company was chosen.
    """
    if not rows:
        raise RuleBroken(_("No company was chosen."), remedy=_("Choose one of your companies and try again."))
    found: str = rows[0][0]
    session.info["inventory.currency"] = found
    return found
