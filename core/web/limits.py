"""Limits on requests: of one person or token in a minute, of one address while nobody is signed in, of wrong tokens.

Passwords and codes have limits of their own, :mod:`backoffice.core.users.attempts`.
"""

from __future__ import annotations

import ipaddress
from functools import cache
from typing import Final

from flask import Flask, current_app, request

from backoffice.core.errors import TooManyRequests
from backoffice.core.office import Backoffice
from backoffice.core.users.identity import Identity
from backoffice.core.users.rates import Rates
from backoffice.hookspecs import messages

_ = messages("rest")

WRONG_TOKENS: Final = 60
"""Tokens that are wrong, from one address in a minute."""

_RATES: Final = "backoffice.rates"
_PREFIX_OF_6: Final = 64
"""One household or server has so many bits of IPv6 addresses to choose from; they count as one address."""


def install(app: Flask) -> None:
    """Give ``app`` the counters of this process; the database is opened when the first request is counted."""
    office: Backoffice = app.extensions["backoffice"]
    app.extensions[_RATES] = cache(lambda: Rates(office.database, office.clock))


def of_visitor(identity: Identity | None) -> None:
    """Count a request of whoever is signed in, or of the address. Raises :class:`TooManyRequests` over the limit."""
    if identity is not None and identity.user_id is not None:
        kind = "person" if identity.scopes is None else "token"
        _count(f"{kind} {identity.organization_id} {identity.user_id}")
    else:
        _count(f"address {address()}")


def of_wrong_token() -> None:
    """Count a token that was wrong. Raises :class:`TooManyRequests` over the limit."""
    _count(f"wrong token {address()}", WRONG_TOKENS)


def address() -> str:
    """Return where the request comes from; addresses of IPv6 by their network."""
    given = request.remote_addr or ""
    try:
        found = ipaddress.ip_address(given)
    except ValueError:
        return given[:64]
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, _PREFIX_OF_6), strict=False))
    return str(found)


def _count(key: str, most: int = 0) -> None:
    office: Backoffice = current_app.extensions["backoffice"]
    limit = office.configuration.requests_per_minute
    if not limit:
        return
    wait = current_app.extensions[_RATES]().count(key, min(most or limit, limit))
    if wait:
        raise TooManyRequests(
            _("Too many requests in a short time."),
            why=_("At most {count} are answered in a minute.").with_values(count=min(most or limit, limit)),
            remedy=_("Wait {count} second, then go on.").counted("Wait {count} seconds, then go on.", wait),
            retry_after=wait,
        )


__all__ = ["WRONG_TOKENS", "address", "install", "of_visitor", "of_wrong_token"]
