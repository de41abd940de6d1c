"""Payslips on their way to the people they are for."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from backoffice.core.api import Letter, RuleBroken, Session, format_date, hand_out, queue_mail
from backoffice.hookspecs import messages

from .models import Employee, Run, Slip

_ = messages("payroll")

DOCUMENT = "payroll.payslip"


def send(session: Session, run: Run) -> dict[str, Any]:
    """Queue a mail for each payslip of an approved run whose employee has an address; it goes out after commit.

    Returns how many are on their way, and how many employees have no address. Raises
    :class:`~backoffice.core.api.RuleBroken` for a run that is not approved.
    """
    if run.state not in ("approved", "paid"):
        raise RuleBroken(_("Payslips are sent once they are approved."))
    found = session.execute(
        sa.select(Slip, Employee).join(Employee, Employee.id == Slip.employee_id).where(Slip.run_id == run.id)
    ).all()
    sent = 0
    for slip, employee in found:
        if not employee.email:
            continue
        language = employee.language or session.context.language
        paper = hand_out(session, slip, DOCUMENT, language=language, to=employee.email)
        queue_mail(
            session, _letter(slip, language), to=employee.email, name=employee.name, language=language, about=slip,
            enclosures=(paper,),
        )  # fmt: skip
        sent += 1
    return {"sent": sent, "without_address": len(found) - sent}


def _letter(slip: Slip, language: str) -> Letter:
    span = {
        "first": format_date(slip.from_date, language=language),
        "until": format_date(slip.until_date, language=language),
    }
    return Letter(
        purpose="payroll.payslip",
        subject=_("Your payslip {first} to {until}").with_values(**span),
        paragraphs=(_("Your payslip from {first} to {until} is enclosed.").with_values(**span),),
    )
