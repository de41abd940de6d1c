"""The section ``[attachments]`` of the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backoffice.core.configuration import Configuration, section

SECTION: Final = "attachments"


@dataclass(frozen=True, slots=True)
class AttachmentSettings:
    """The section ``[attachments]`` of ``backoffice.toml``."""

    largest: int = 20
    """MiB of the largest file that is taken in; at most 30, since no request is larger than 32."""

    @property
    def bytes(self) -> int:
        """The limit in bytes."""
        return min(self.largest, 30) * 1024**2

    @classmethod
    def of(cls, configuration: Configuration) -> AttachmentSettings:
        """Return the section of ``configuration``; raises ``ConfigurationError`` for an unknown or wrong entry."""
        return section(configuration, SECTION, cls)


__all__ = ["AttachmentSettings"]
