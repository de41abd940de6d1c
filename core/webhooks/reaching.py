"""Reach an address elsewhere, and nothing inside: the name is resolved once, judged, and that address is called.

A name that leads to a public address when it is judged and to a private one when it is called (DNS rebinding) gains
nothing, since it is not asked again. Redirects are not followed, what comes back is read up to a limit, and everything
together ends after a few seconds.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

from backoffice.core.errors import InvalidInput
from backoffice.hookspecs import messages

from .settings import Network

_ = messages("webhooks")

Address = IPv4Address | IPv6Address

MOST_READ: Final = 4096
"""Bytes of an answer that are read."""
_NAT64: Final = ip_network("64:ff9b::/96")


class Unreachable(Exception):
    """The receiver was not called, or did not answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    text: str
    milliseconds: int


def parts_of(url: str) -> SplitResult:
    """Return the parts of ``url``. Raises :class:`InvalidInput` unless it is a plain https:// or http:// address."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"https", "http"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or parts.username is not None or parts.password is not None or not _plain(url):
        said = _("This is no address that can be called.")
        raise InvalidInput(
            said, why=_("It begins with https:// and holds no name and password."), fields={"url": [said]}
        )
    return parts


def _plain(url: str) -> bool:
    return url.isascii() and not any(ord(letter) <= 32 for letter in url) and "\\" not in url


def is_public(address: Address) -> bool:
    """Tell whether ``address`` lies outside: an IPv4 address inside of an IPv6 one is judged as itself."""
    inner = _inside(address)
    if inner is not None:
        return is_public(inner)
    closed = (
        address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
        or address.is_reserved or address.is_unspecified
    )  # fmt: skip
    return address.is_global and not closed


def _inside(address: Address) -> IPv4Address | None:
    if not isinstance(address, IPv6Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


def judge(url: str, address: Address, allowed: Sequence[Network]) -> None:
    """Raise :class:`Unreachable` unless ``address``, to which the name in ``url`` leads, may be called."""
    if any(address in network for network in allowed):
        return
    if not is_public(address):
        raise Unreachable(_("The address leads to {ip}, which is not public.").with_values(ip=str(address)).filled())
    if not url.startswith("https://"):
        raise Unreachable(_("Outside of one's own network only https:// addresses are called.").filled())


def resolve(url: str, allowed: Sequence[Network]) -> tuple[str, int]:
    """Return the one address and port to call for ``url``; every address of the name must be allowed.

    Raises :class:`Unreachable`.
    """
    parts = parts_of(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(_("The name cannot be resolved.").filled()) from error
    addresses = [ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    for address in addresses:
        judge(url, address, allowed)
    if not addresses:
        raise Unreachable(_("The name cannot be resolved.").filled())
    return str(addresses[0]), port


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, allowed: Sequence[Network] = (), seconds: float = 15,
    context: ssl.SSLContext | None = None,
) -> Answer:  # fmt: skip
    """Send ``body`` to ``url`` and return what came back, whatever its status.

    Raises :class:`Unreachable` when the address may not be called, cannot be reached, or takes too long.
    """
    place = resolve(url, allowed)
    parts = parts_of(url)
    line = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    began = time.monotonic()
    pinned = _Pinned(parts, place, seconds, context)
    ending = threading.Timer(seconds, pinned.cut)
    ending.start()
    try:
        pinned.request("POST", line, body, dict(headers))
        response = pinned.getresponse()
        text = response.read(MOST_READ).decode("utf-8", "replace")
        return Answer(response.status, text, int((time.monotonic() - began) * 1000))
    except (OSError, http.client.HTTPException, ValueError) as error:
        if pinned.is_cut:
            raise Unreachable(_("It did not answer in time.").filled()) from error
        raise Unreachable(f"{type(error).__name__}: {error}") from error
    finally:
        ending.cancel()
        pinned.close()


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was judged; the name is used for the certificate and the header alone."""

    def __init__(
        self, parts: SplitResult, place: tuple[str, int], seconds: float, context: ssl.SSLContext | None
    ) -> None:  # fmt: skip
        super().__init__(parts.hostname or "", place[1], timeout=seconds)
        self.default_port = 443 if parts.scheme == "https" else 80
        self._place = place
        self._name = parts.hostname or ""
        self._context = (context or ssl.create_default_context()) if parts.scheme == "https" else None
        self.is_cut = False

    def connect(self) -> None:
        """Connect to the address, and prove over TLS that whoever answers has the name."""
        self.sock = socket.create_connection(self._place, self.timeout)
        if self._context is not None:
            self.sock = self._context.wrap_socket(self.sock, server_hostname=self._name)

    def cut(self) -> None:
        """End the connection from another thread: a receiver that sends a byte a second gains no time."""
        self.is_cut = True
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


__all__ = ["Answer", "Unreachable", "is_public", "judge", "parts_of", "post", "resolve"]
