"""What other plugins put on a printed invoice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DocumentPart:
    """A picture on an invoice, with what it is."""

    title: str
    """Read to those who cannot see it."""
    picture: str
    """SVG without scripts and styles, made by a program and never by people."""
    lines: tuple[tuple[str, str], ...] = ()
    """What stands below it: labels and values."""


__all__ = ["DocumentPart"]
