"""The currency of the books, and rates of exchange as they stood on a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa

from backoffice.core.api import Company, ExchangeRate, Read, RoundingPolicy, RuleBroken, Session
from backoffice.hookspecs import messages

_ = messages("accounting")


def company_of(session: Session) -> Company:
    """Return the company whose books the session keeps. Raises :class:`RuleBroken` when none was chosen."""
    known: Company | None = session.info.get("accounting.company")
    if known is not None:
        return known
    company: Company | None = session.get(Company, session.company_id) if session.company_id is not None else None
    if company is None:
        raise RuleBroken(
            _("No company was chosen."),
            why=_("Books belong to a company."),
            remedy=_("Choose one of your companies and try again."),
        )
    session.info["accounting.company"] = company  # the session alone would forget it when nobody else holds it
    return company


def books_currency(session: Session) -> str:
    """Return the currency of the books the session keeps. Raises :class:`RuleBroken` when no company was chosen."""
    known: str | None = session.info.get("accounting.currency")
    if known is None:
        found = CURRENCY.first(session, company=session.company_id)
        known = found[0] if found is not None else company_of(session).currency
        session.info["accounting.currency"] = known
    return known


CURRENCY = Read(sa.select(Company.currency).where(Company.id == sa.bindparam("company")))
"""The currency of the books of ``company``."""


class CompanyName(NamedTuple):
    """What the head of a report says of a company."""

    name: str
    translations: Mapping[str, Mapping[str, Any]] | None
    currency: str


def company_name(session: Session) -> CompanyName:
    """Return the name and currency of the session's company. Raises :class:`RuleBroken` when none was chosen."""
    known: CompanyName | None = session.info.get("accounting.company_name")
    if known is None:
        found = NAME.first(session, company=session.company_id)
        known = CompanyName(*found) if found is not None else _named(company_of(session))
        name_company(session, known)
    return known


def name_company(session: Session, name: CompanyName) -> None:
    """Let :func:`company_name` answer what was read along with something else."""
    session.info["accounting.company_name"] = name


def _named(company: Company) -> CompanyName:
    return CompanyName(company.name, company.translations, company.currency)


NAME = Read(
    sa.select(Company.name, Company.translations, Company.currency).where(Company.id == sa.bindparam("company"))
)
"""What :func:`company_name` reads."""


class CompanyFacts(NamedTuple):
    """A company as documents see it."""

    id: int
    currency: str
    language: str
    country: str | None
    rounding_mode: str
    rounding_level: str


def company_facts(session: Session) -> CompanyFacts:
    """Return the session's company as plain values. Raises :class:`RuleBroken` when none was chosen."""
    known: CompanyFacts | None = session.info.get("accounting.company_facts")
    if known is None:
        found = COMPANY.first(session, company=session.company_id)
        if found is None:
            company = company_of(session)
            found = tuple(getattr(company, name) for name in CompanyFacts._fields)
        known = session.info["accounting.company_facts"] = CompanyFacts(*found)
    return known


COMPANY = Read(
    sa.select(*(getattr(Company, name) for name in CompanyFacts._fields)).where(Company.id == sa.bindparam("company"))
)


def policy_of(company: Company | CompanyFacts) -> RoundingPolicy:
    """Return how ``company`` rounds."""
    return RoundingPolicy(mode=company.rounding_mode, level=company.rounding_level)  # type: ignore[arg-type]


def rate_on(session: Session, source: str, target: str, day: date) -> Decimal:
    """Return what one unit of ``source`` costs in ``target`` on ``day``: the newest rate not after it.

    A rate the other way round serves as well. Raises :class:`~backoffice.core.api.RuleBroken` when there is none.
    """
    if source == target:
        return Decimal(1)
    direct = _newest(session, source, target, day)
    inverse = _newest(session, target, source, day)
    if direct is not None and (inverse is None or direct.date >= inverse.date):
        return direct.rate
    if inverse is not None:
        return round(1 / inverse.rate, 10)
    raise RuleBroken(
        _("There is no rate of {source} in {target} on {day}.").with_values(source=source, target=target, day=day),
        remedy=_("Enter the rate of exchange, or give the amount in the books yourself."),
    )


def _newest(session: Session, base: str, counter: str, day: date) -> ExchangeRate | None:
    return session.scalars(
        sa.select(ExchangeRate)
        .where(ExchangeRate.base == base, ExchangeRate.currency == counter, ExchangeRate.date <= day)
        .order_by(ExchangeRate.date.desc())
        .limit(1)
    ).first()
