"""Hooks of the accounting plugin."""

from __future__ import annotations

from typing import Any

from backoffice.hookspecs import hookimpl, messages

_ = messages("accounting")


@hookimpl
def models() -> Any:
    """Give the tables."""
    from .models import Base

    return Base
