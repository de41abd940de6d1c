"""What accounting asks other plugins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from backoffice.core.api import Enclosure
from backoffice.hookspecs import hookspec

from .asked.standing import EntryFact
from .checklist import ClosingCheck
from .parts import DocumentPart


@hookspec
def accounting_closing_checks(session: Any, first: date, last: date) -> Sequence[ClosingCheck] | None:
    """Say what is left to do before the days from ``first`` to ``last`` are closed in the session's company.

    Each answer counts things, such as bank lines that are not reconciled or depreciation that is not posted; one that
    blocks keeps the period open while it counts any. Strict.
    """


@hookspec
def accounting_document_parts(session: Any, invoice: Any) -> Sequence[DocumentPart] | None:
    """Give what a posted document shows beside its own words, such as a code an authority wants. Strict."""


@hookspec
def accounting_enclosures(session: Any, invoice: Any) -> Sequence[Enclosure] | None:
    """Give files that are mailed with a posted invoice or credit note, such as its electronic document. Strict."""


@hookspec(firstresult=True)
def accounting_stands_at(session: Any, purpose: str) -> Decimal | None:
    """Give what the accounts chosen for ``purpose`` stand at today, debit above zero; nothing where none is. Strict."""


@hookspec
def accounting_entries_of(session: Any, source: str, key: str) -> Sequence[EntryFact] | None:
    """Give the entries that were posted for what ``source`` asked under ``key``, in the order of their days. Strict."""
