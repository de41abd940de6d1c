"""Headings under which the core's own lists stand among the settings."""

from __future__ import annotations

from typing import Final

from backoffice.hookspecs import Label, messages

_ = messages("backoffice")

ORGANISATION: Final[Label] = _("Organisation")
ACCESS: Final[Label] = _("People and access")
WORK: Final[Label] = _("Files, mail and jobs")
SYSTEMS: Final[Label] = _("Other systems")
EVENTS: Final[Label] = _("Audit and events")
PROGRAM: Final[Label] = _("The program")

__all__ = ["ACCESS", "EVENTS", "ORGANISATION", "PROGRAM", "SYSTEMS", "WORK"]
