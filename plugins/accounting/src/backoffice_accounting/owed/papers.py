"""What statements and reminders have in common on paper."""

from __future__ import annotations

from typing import Any

KINDS = ("money", "number", "day", "code")


def column(label: str, kind: str = "code") -> dict[str, Any]:
    """Return a column of a letter's table: its label, and how its values are written."""
    return {"label": label, "figure": kind in ("money", "number"), **{name: name == kind for name in KINDS}}
