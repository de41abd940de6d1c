"""What the taxes plugin answers for plugins that also work without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backoffice.hookspecs import hookspec


@hookspec(firstresult=True)
def taxes_compute(session: Any, document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Give the taxes of ``document``, the arguments of the action ``taxes.compute`` as exact values.

    Asked with ``session.hooks.first("taxes_compute", session=session, document={…})``; the answer is that of the
    action, or ``None`` where the plugin is not installed. Strict.
    """


@hookspec(firstresult=True)
def taxes_categories(session: Any) -> Sequence[str] | None:
    """Give the codes of the tax categories in use, for plugins that keep one with what they sell. Strict."""


@hookspec(firstresult=True)
def taxes_positions(session: Any) -> Sequence[str] | None:
    """Give the codes of the tax positions in use, for plugins that keep one with whom they deal with. Strict."""
