"""What accounting asks other plugins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from backoffice.hookspecs import hookspec

from .checklist import ClosingCheck


@hookspec
def accounting_closing_checks(session: Any, first: date, last: date) -> Sequence[ClosingCheck] | None:
    """Say what is left to do before the days from ``first`` to ``last`` are closed in the session's company.

    Each answer counts things, such as bank lines that are not reconciled or depreciation that is not posted; one that
    blocks keeps the period open while it counts any. Strict.
    """
