"""What the administration declares about files, mails, webhooks and people, gathered from the modules beside this."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

from backoffice.hookspecs import Check

from . import attachments, keeping, mail, people, webhooks, working

PARTS: tuple[ModuleType, ...] = (attachments, mail, webhooks, people, working, keeping)


def declared(kind: str) -> tuple[Any, ...]:
    """Return what the parts declare of ``kind``, such as ``RESOURCES``."""
    return tuple(one for part in PARTS for one in getattr(part, kind, ()))


def checks(office: Any) -> Sequence[Check]:
    """Return the parts' questions about health."""
    return [check for part in PARTS if hasattr(part, "checks") for check in part.checks(office)]


__all__ = ["PARTS", "checks", "declared"]
