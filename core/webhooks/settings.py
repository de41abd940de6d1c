"""The section ``[webhooks]`` of the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from backoffice.core.configuration import Configuration, section
from backoffice.core.errors import ConfigurationError
from backoffice.hookspecs import messages

_ = messages("webhooks")

SECTION: Final = "webhooks"
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """The section ``[webhooks]`` of ``backoffice.toml``."""

    allow: tuple[str, ...] = ()
    """Networks inside that may be told of events although they are not public, such as ``10.1.2.0/24``; to those
    ``http://`` addresses are accepted as well."""
    seconds: int = 15
    """How long a receiver may take to answer."""

    @property
    def networks(self) -> Sequence[Network]:
        """The networks of ``allow``."""
        return [ip_network(text) for text in self.allow]

    @classmethod
    def of(cls, configuration: Configuration) -> WebhookSettings:
        """Return the section of ``configuration``; raises :class:`ConfigurationError` for what cannot be used."""
        found = section(configuration, SECTION, cls)
        try:
            found.networks  # noqa: B018 - it is read to see whether it can be
        except ValueError as error:
            raise ConfigurationError(
                _("The section [webhooks] has a wrong value for allow."),
                why=str(error),
                remedy=_("Write networks such as 10.1.2.0/24."),
            ) from error
        return found


__all__ = ["Network", "WebhookSettings"]
