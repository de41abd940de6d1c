"""Hooks of the exchange rates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from backoffice.hookspecs import Action, Field, Job, Settings, hookimpl, messages

_ = messages("acme_exchange_rates")

TITLE = _("Exchange rates from a service")


@hookimpl
def settings() -> Sequence[Settings]:
    """Give where the service is."""
    address = Field(
        "address",
        label=_("Address of the service"),
        help=_("Asked with ?base= and the company's currency. Nothing is fetched while it is empty."),
        length=400,
    )
    return [Settings((address,), label=_("Exchange rates from a service"))]


@hookimpl
def jobs() -> Sequence[Job]:
    """Give the work of each day."""
    return [
        Job(
            "acme_exchange_rates.fetch",
            "backoffice_acme_exchange_rates.fetching:fetch",
            label=_("Fetch exchange rates"),
            every=timedelta(days=1),
            attempts=5,
            timeout=timedelta(minutes=2),
        )
    ]


@hookimpl
def actions() -> Sequence[Action]:
    """Give a way not to wait for tomorrow."""
    return [
        Action(
            "acme_exchange_rates.fetch_now",
            "backoffice_acme_exchange_rates.fetching:ask_for",
            label=_("Fetch exchange rates now"),
        )
    ]
