"""Taxes that fall due when documents are paid: what a settlement makes due, for the return and for the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa
from backoffice_accounting.accounts import account_for
from backoffice_accounting.models import Invoice, InvoiceTax
from backoffice_accounting.posting import LineDraft
from backoffice_taxes.api import TaxLine, fall_due

from backoffice.core.api import Session

if TYPE_CHECKING:
    from .settling import Moved


def tax_lines_due(session: Session, moved: Iterable[Moved], *, on: date, part: str) -> list[LineDraft]:
    """Write the tax lines that fall due because documents were paid, or no longer are, and return their ledger lines.

    Nothing for documents whose taxes were due when they were issued.
    """
    found = []
    for one in moved:
        paid = one.open_before - one.invoice.open_amount
        waiting = _waiting(session, one.invoice)
        if not paid or not waiting:
            continue
        total = one.invoice.total - one.invoice.withheld
        lines = fall_due(
            session, plugin="accounting", key=f"invoice/{one.invoice.id}", part=part, day=on, total=total,
            paid_before=total - one.open_before, paid=paid,
        )  # fmt: skip
        for line in lines:
            found += _ledger(session, line, waiting[line.tax_id])
    return found


def _waiting(session: Session, invoice: Invoice) -> dict[int | None, InvoiceTax]:
    rows = session.scalars(
        sa.select(InvoiceTax).where(InvoiceTax.invoice_id == invoice.id, InvoiceTax.due == "payment")
    )
    return {row.tax_id: row for row in rows}


def _ledger(session: Session, line: TaxLine, kept: InvoiceTax) -> list[LineDraft]:
    if kept.withheld:
        side, sign = ("receivable", 1) if line.direction == "sale" else ("payable", -1)
        return _moved(session, side, kept.code, sign * line.amount, to="withheld")
    if line.direction == "sale":
        return _moved(session, "payable", kept.code, -line.charged)
    made = _moved(session, "receivable", kept.code, line.deductible)
    owed_by_us = bool(kept.amount) and not kept.charged
    return made + (_moved(session, "payable", kept.code, -line.amount) if owed_by_us else [])


def _moved(session: Session, side: str, code: str, amount: Decimal, *, to: str = "") -> list[LineDraft]:
    """Return the lines that move ``amount`` from waiting to due; tax ``to`` be withheld has accounts of its own."""
    if not amount:
        return []
    due = f"tax_{to}_{side}" if to else f"tax_{side}"
    return [
        LineDraft(account_id=account_for(session, f"tax_waiting_{side}", tax=code), amount=-amount),
        LineDraft(account_id=account_for(session, due, tax=code), amount=amount),
    ]
