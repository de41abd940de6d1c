"""Proxies in front: their headers are believed when they come from a proxy, and from nobody else."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.middleware.proxy_fix import ProxyFix

from backoffice.core.configuration import Configuration
from backoffice.core.errors import ConfigurationError
from backoffice.hookspecs import messages

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_ = messages("rest")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class TrustedProxies(ProxyFix):
    """Takes the client's address and scheme from a proxy's headers, when the connection comes from that proxy.

    The host is never taken from a header: a proxy that does not set it would hand through the client's.
    """

    def __init__(self, app: WSGIApplication, configuration: Configuration) -> None:
        count = configuration.proxies
        super().__init__(app, x_for=count, x_proto=count, x_host=0, x_port=0)
        self.networks = networks(configuration.trusted_proxies)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, as its headers say it came if they may be believed."""
        if self.trusts(environ.get("REMOTE_ADDR", "")):
            return super().__call__(environ, start_response)
        return self.app(environ, start_response)

    def trusts(self, peer: str) -> bool:
        """Tell whether ``peer`` may say for whom it asks; without named proxies this machine and private networks."""
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            # A Unix socket has no address; who may write to it is decided by the file.
            return not peer
        if not self.networks:
            return address.is_loopback or address.is_private
        return any(address in network for network in self.networks)


def networks(named: Iterable[str]) -> tuple[Network, ...]:
    """Return the networks that are ``named``, addresses or prefixes.

    Raises:
        ConfigurationError: one of them is neither.
    """
    try:
        return tuple(ipaddress.ip_network(name, strict=False) for name in named)
    except ValueError as error:
        raise ConfigurationError(
            _("The configuration names a proxy that is no address."),
            why=str(error),
            remedy=_("Write addresses or networks in trusted_proxies, such as 10.0.0.5 or 10.0.0.0/24."),
        ) from error


__all__ = ["TrustedProxies", "networks"]
