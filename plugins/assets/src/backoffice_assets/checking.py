"""What must be right before assets, categories and deferrals are saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backoffice.core.api import InvalidInput, Session, check_places
from backoffice.hookspecs import messages

from . import schedules
from .assets import company_of, complete, dimensions_of, terms_of
from .models import Asset, Category, Deferral

_ = messages("assets")


def asset(session: Session, record: Asset, values: Mapping[str, Any]) -> None:
    """Complete a draft from its category, and refuse terms that make no schedule."""
    if record.state not in (None, "draft"):
        return
    complete(session, record)
    check_places(record.cost, record.currency)
    dimensions_of(record.dimensions)
    if record.in_service is not None and record.in_service < record.acquired_on:
        said = _("It is not used before it is acquired.")
        raise InvalidInput(said, fields={"in_service": [said]})
    if record.method == "units" and not record.units:
        said = _("Say how many units are expected in all.")
        raise InvalidInput(said, fields={"units": [said]})
    schedules.check_terms(terms_of(session, record))


def category(session: Session, record: Category, values: Mapping[str, Any]) -> None:
    """Refuse a category whose terms no asset could have."""
    wrong = {}
    if record.convention == "half_year" and record.frequency in ("month", "quarter"):
        wrong["convention"] = [_("Half-years need postings every half-year or year.")]
    if record.residual is not None and not 0 <= record.residual <= 100:
        wrong["residual"] = [_("It lies between nothing and the cost.")]
    if (record.factor or 1) <= 0:
        wrong["factor"] = [_("A factor is above zero.")]
    if wrong:
        raise InvalidInput(_("Assets cannot be depreciated like that."), fields=wrong)


def deferral(session: Session, record: Deferral, values: Mapping[str, Any]) -> None:
    """Complete a deferral, and refuse one that ends before it begins."""
    record.currency = record.currency or company_of(session).currency
    check_places(record.amount, record.currency)
    dimensions_of(record.dimensions)
    if not record.amount:
        said = _("Give an amount.")
        raise InvalidInput(said, fields={"amount": [said]})
    if record.end_date < record.start_date:
        said = _("It would end before it begins.")
        raise InvalidInput(said, fields={"end_date": [said]})
