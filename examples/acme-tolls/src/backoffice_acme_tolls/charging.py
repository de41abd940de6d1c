"""Charge a passage: ask what it costs, write it down, say so."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from backoffice.core.api import Company, RuleBroken, Session
from backoffice.hookspecs import messages

from .models import Passage

_ = messages("acme_tolls")


def charge(session: Session, vehicle: str, day: date | None = None) -> Passage:
    """Charge ``vehicle`` for a passage on ``day``, by default today. Raises :class:`RuleBroken` without a rate."""
    when = day or session.today()
    company = session.get(Company, session.company_id)
    passage = Passage(vehicle=vehicle, day=when, amount=rate(session, vehicle, when), currency=company.currency)
    session.add(passage)
    session.flush()
    session.emit("acme_tolls.charged", passage, vehicle=vehicle, day=when, amount=passage.amount)
    return passage


def rate(session: Session, vehicle: str, day: date) -> Decimal:
    """Return what other plugins say a passage costs, else what is set."""
    said: Decimal | None = session.hooks.first("acme_tolls_rate", vehicle=vehicle, day=day)
    found: Decimal | None = said if said is not None else session.setting("acme_tolls", "rate")
    if found is None:
        raise RuleBroken(
            _("Nobody says what a passage costs."),
            why=_("No plugin gives a rate, and none is set."),
            remedy=_("Set the rate in the settings of road tolls."),
        )
    return found
