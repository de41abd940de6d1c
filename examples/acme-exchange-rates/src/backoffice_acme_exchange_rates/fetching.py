"""Ask the service, then keep what it says. The two never happen in one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

import sqlalchemy as sa

from backoffice.core.api import Company, ConfigurationError, ExchangeRate, JobRun, Session, Unavailable, currency
from backoffice.hookspecs import messages

_ = messages("acme_exchange_rates")

TIMEOUT_SECONDS = 10
LARGEST_ANSWER = 1_000_000


@dataclass(frozen=True)
class Rates:
    """What a unit of ``base`` cost on ``day``."""

    base: str
    day: date
    rates: Mapping[str, Decimal]


def ask_for(session: Session) -> dict[str, Any]:
    """Ask for the job of today; asked for twice in a day, it runs once."""
    job = session.enqueue(
        "acme_exchange_rates.fetch", key=f"acme_exchange_rates/{session.company_id}/{session.today()}"
    )
    session.flush()
    return {"job": job.id}


def fetch(job: JobRun) -> dict[str, Any]:
    """Fetch today's rates for the company at work; without an address there is nothing to do."""
    with job.program.reading() as session:
        address = session.setting("acme_exchange_rates", "address")
        base = session.scalars(sa.select(Company.currency).where(Company.id == session.company_id)).one()
    if not address:
        return {"kept": 0}
    rates = read(address, base)
    kept = job.program.run(lambda session: keep(session, rates))
    return {"kept": kept, "day": rates.day.isoformat()}


def read(address: str, base: str) -> Rates:
    """Return what the service says about ``base``.

    Raises:
        ConfigurationError: the address is not one of the web.
        Unavailable: the service cannot be reached, or says something that cannot be understood. It is tried again.
    """
    if urlsplit(address).scheme not in ("http", "https"):
        raise ConfigurationError(
            _("{address} is not an address of the web.").with_values(address=address),
            remedy=_("Set one that begins with https:// in the settings."),
        )
    asked = Request(f"{address}?{urlencode({'base': base})}", headers={"Accept": "application/json"})  # noqa: S310
    try:
        with urlopen(asked, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - its scheme was looked at
            said = json.loads(answer.read(LARGEST_ANSWER), parse_float=Decimal, parse_int=Decimal)
        found = {currency(code).code: Decimal(rate) for code, rate in said["rates"].items() if code != base}
        return Rates(base, date.fromisoformat(said["date"]), found)
    except (URLError, TimeoutError) as error:
        raise Unavailable(_("The service of exchange rates cannot be reached."), why=str(error)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unavailable(
            _("The service of exchange rates says something that cannot be understood."), why=str(error)
        ) from error


def keep(session: Session, rates: Rates) -> int:
    """Write the rates of a day; those that are there already are set anew. Return how many there are."""
    known = {
        one.currency: one
        for one in session.scalars(
            sa.select(ExchangeRate).where(ExchangeRate.base == rates.base, ExchangeRate.date == rates.day)
        )
    }
    for code, rate in rates.rates.items():
        row = known.get(code)
        if row is None:
            session.add(ExchangeRate(date=rates.day, base=rates.base, currency=code, rate=rate, source="acme"))
        elif row.rate != rate:
            row.rate, row.source = rate, "acme"
    return len(rates.rates)
