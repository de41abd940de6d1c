"""Calls over HTTP that wait and try again where that helps, and say plainly what went wrong where it does not."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx2
import stamina

from backoffice.core.api import ConfigurationError, Unavailable
from backoffice.hookspecs import messages

from .interface import Refused, Stale

_ = messages("crm_sync")

SECONDS = 30.0
ATTEMPTS = 5
LONGEST_WAIT = 30.0
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
TOO_MANY, GONE, STALE, UNAUTHORISED, FORBIDDEN, NOT_FOUND = 429, 410, 412, 401, 403, 404

transport: Callable[[], httpx2.BaseTransport | None] = lambda: None  # noqa: E731
"""What carries requests; tests put another in its place."""


class _Again(Exception):
    """Worth another attempt."""


class Http:
    """A connection to one address; redirects are not followed and answers are not trusted to be JSON."""

    def __init__(self, address: str, headers: Mapping[str, str], *, pause: float = 0.0) -> None:
        where = urlsplit(address)
        if where.scheme != "https" and not (where.scheme == "http" and where.hostname in LOOPBACK):
            raise ConfigurationError(
                _("Other systems are asked over HTTPS alone."), remedy=_("Correct the address of the backend.")
            )
        self._pause, self._last = pause, 0.0
        self._client = httpx2.Client(
            base_url=address.rstrip("/"), headers=dict(headers), timeout=SECONDS, transport=transport()
        )

    def authorise(self, token: str) -> None:
        """Use a token from here on."""
        self._client.headers["Authorization"] = f"Bearer {token}"

    def ask(self, method: str, path: str, *, accept: tuple[int, ...] = (), **how: Any) -> httpx2.Response:
        """Return the answer to a request, good or one of ``accept``.

        Raises:
            Unavailable: nobody answers, or not in time, or too many were asked; tried again a few times before.
            ConfigurationError: they do not let us in.
            Refused: they do not take it.
        """
        said = ""
        try:
            for attempt in stamina.retry_context(
                on=(_Again, httpx2.TransportError), attempts=ATTEMPTS, timeout=None, wait_max=LONGEST_WAIT
            ):
                with attempt:
                    answer = self._once(method, path, how)
                    said = _said(answer)
                    if answer.status_code == TOO_MANY or answer.status_code >= 500:
                        self._wait(answer)
                        raise _Again
        except _Again:
            raise Unavailable(_("The other system is busy."), why=said, remedy=_("It is tried again.")) from None
        except httpx2.TransportError as error:
            raise Unavailable(
                _("The other system does not answer."), why=str(error), remedy=_("It is tried again.")
            ) from error
        if answer.status_code in accept or answer.is_success:
            return answer
        if answer.status_code in (UNAUTHORISED, FORBIDDEN):
            raise ConfigurationError(
                _("The other system does not let us in."), why=said, remedy=_("Give the backend another secret.")
            )
        raise (Stale if answer.status_code == STALE else Refused)(said or f"HTTP {answer.status_code}")

    def _once(self, method: str, path: str, how: Mapping[str, Any]) -> httpx2.Response:
        """Ask once, not sooner after the last time than the other side likes."""
        wait = self._last + self._pause - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        self._last = time.monotonic()
        return self._client.request(method, path, **how)

    @staticmethod
    def _wait(answer: httpx2.Response) -> None:
        """Wait as long as the answer asks for, if it does."""
        asked = answer.headers.get("Retry-After", "")
        if asked.isdigit():
            time.sleep(min(float(asked), LONGEST_WAIT))

    def close(self) -> None:
        """Let the connection go."""
        self._client.close()


def json_of(answer: httpx2.Response) -> Any:
    """Return what an answer holds. Raises ``Unavailable`` when it is no JSON."""
    try:
        return answer.json()
    except ValueError as error:
        raise Unavailable(_("The other system answers something else than JSON."), why=answer.text[:200]) from error


def _said(answer: httpx2.Response) -> str:
    """Return what the other side says about an answer that is not good."""
    if answer.is_success:
        return ""
    try:
        body = answer.json()
    except ValueError:
        return answer.text[:400]
    first = body[0] if isinstance(body, list) and body else body
    if isinstance(first, Mapping):
        return str(first.get("message") or first.get("error_description") or first)[:400]
    return str(body)[:400]
