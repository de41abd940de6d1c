"""A payslip as a page to hand out: the plain values its template shows."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import Session, format_date
from backoffice.hookspecs import messages

from .gathering import company_of
from .models import Component, Slip
from .reports.common import name_in

_ = messages("payroll")

WORDS = {
    "title": _("Payslip"),
    "earnings": _("Earnings"),
    "deductions": _("Deductions"),
    "employer": _("Paid by the employer on top"),
    "amount": _("Amount"),
    "in_year": _("In the year"),
    "gross": _("Gross pay"),
    "net": _("Net pay"),
    "back": _("back pay"),
    "sum": _("Total"),
    "draft": _("Draft"),
}
"""The words on a payslip, translated where they are shown."""

PARTS = ("earning", "deduction", "employer")


def payslip_context(session: Session, slip: Slip) -> dict[str, Any]:
    """Return what the template of a payslip shows: typed values, and labels for words."""
    language = session.context.language
    employee, contract = slip.employee, slip.contract
    facts = [
        (_("Employee"), employee.name, "text"),
        (_("Number"), employee.number, "code"),
        (_("Department"), employee.department, "text"),
        (_("Position"), contract.position, "text"),
        (_("From"), slip.from_date, "day"),
        (_("Until"), slip.until_date, "day"),
        (_("Paid on"), slip.pay_date, "day"),
        (_("Days paid"), _("{paid} of {working}").with_values(paid=slip.paid_days, working=slip.working_days), "text"),
        (_("Bank account"), employee.account, "code"),
    ]
    return {
        "words": WORDS,
        "company": name_in(company_of(session), language),
        "number": slip.number,
        "draft": slip.state == "draft",
        "currency": slip.currency,
        "facts": [fact for fact in facts if fact[1] not in (None, "")],
        "parts": [part for part in (_part(session, slip, kind) for kind in PARTS) if part["lines"]],
        "net": slip.net,
    }


def _part(session: Session, slip: Slip, kind: str) -> dict[str, Any]:
    language = session.context.language
    places = {
        row.id: row
        for row in session.scalars(
            sa.select(Component).where(Component.id.in_({line.component_id for line in slip.lines}))
        )
    }
    lines = sorted(
        (line for line in slip.lines if line.kind == kind),
        key=lambda line: (places[line.component_id].sequence, line.component_id, line.for_id or 0),
    )
    return {
        "kind": kind,
        "title": WORDS[{"earning": "earnings", "deduction": "deductions", "employer": "employer"}[kind]],
        "lines": [
            {
                "name": name_in(places[line.component_id], language),
                "back": _back(session, line, language),
                "amount": line.amount,
                "in_year": line.in_year,
            }
            for line in lines
        ],
        "total": sum((line.amount for line in lines), Decimal(0)),
    }


def _back(session: Session, line: Any, language: str) -> str:
    if line.for_id is None:
        return ""
    earlier = session.get(Slip, line.for_id)
    return "" if earlier is None else format_date(earlier.until_date, language=language)


def payslip_filename(slip: Slip) -> str:
    """Return the name of the payslip as a file, without extension."""
    return re.sub(r"[^\w.-]+", "-", slip.number or f"payslip-{slip.id}").strip("-")
