"""What payroll tells about a person: who they are to it, their contracts and their payslips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import Session, User
from backoffice.hookspecs import PersonalRecord, messages

from .models import Contract, Employee, Slip

_ = messages("payroll")

KEPT = _("The law asks to keep what was paid, and to whom.")


def personal_data(session: Session, subject: Any) -> Sequence[PersonalRecord]:
    """Return what is kept of ``subject``: a user, a party, or whoever has the same e-mail address."""
    conditions = []
    if isinstance(subject, User):
        conditions.append(Employee.user_id == subject.id)
    email, code = getattr(subject, "email", None), getattr(subject, "code", None)
    if email:
        conditions.append(Employee.email == email)
    if code:
        conditions.append(Employee.party == code)
    if not conditions:
        return []
    found = []
    for employee in session.scalars(sa.select(Employee).where(sa.or_(*conditions)).order_by(Employee.id)):
        found.append(_employee(session, employee))
        found += [
            PersonalRecord(
                "payroll.contract", one.id, {"start_date": one.start_date, "end_date": one.end_date, "pay": one.pay},
                reason=KEPT,
            )
            for one in session.scalars(sa.select(Contract).where(Contract.employee_id == employee.id))
        ]  # fmt: skip
        found += [
            PersonalRecord(
                "payroll.slip", one.id,
                {"from_date": one.from_date, "until_date": one.until_date, "gross": one.gross, "net": one.net},
                reason=KEPT,
            )
            for one in session.scalars(sa.select(Slip).where(Slip.employee_id == employee.id))
        ]  # fmt: skip
    return found


def _employee(session: Session, employee: Employee) -> PersonalRecord:
    data = {name: getattr(employee, name) for name in ("name", "email", "identity", "born", "bank", "account")}
    data["facts"] = {fact.name: fact.value for fact in employee.facts}
    if session.scalar(sa.select(Slip.id).where(Slip.employee_id == employee.id).limit(1)) is not None:
        return PersonalRecord("payroll.employee", employee.id, data, reason=KEPT)
    return PersonalRecord("payroll.employee", employee.id, data, _erase(employee.id))


def _erase(employee_id: int) -> Any:
    def erase(session: Session) -> None:
        employee = session.get(Employee, employee_id)
        if employee is not None:
            employee.name = str(_("Erased"))
            employee.email = employee.identity = employee.born = employee.bank = None
            employee.bank_code = employee.account = None
            employee.facts = []
            employee.active = False

    return erase
