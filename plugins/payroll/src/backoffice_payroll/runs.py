"""The life of a run: worked out, agreed to, posted, paid; and taken back, the latest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import InvalidInput, RuleBroken, Session
from backoffice.hookspecs import messages

from . import posting
from .computing import Sums
from .gathering import Period, Rules
from .models import Employee, Run, RunTotal, Slip, SlipLine
from .periods import ZERO, end_of
from .working import Payslip, work_out

_ = messages("payroll")


def complete(session: Session, run: Run) -> None:
    """Fill in the end of the period, the day of payment and the name, and give a new run its number."""
    if run.until_date is None:
        run.until_date = end_of(run.frequency or "month", run.from_date)
    if run.until_date < run.from_date:
        said = _("It would end before it begins.")
        raise InvalidInput(said, fields={"until_date": [said]})
    if run.back_to is not None and run.back_to >= run.from_date:
        said = _("Back pay is for periods before this one.")
        raise InvalidInput(said, fields={"back_to": [said]})
    run.pay_date = run.pay_date or run.until_date
    run.name = run.name or _name_of(run.from_date, run.until_date)
    if run.number is None:
        session.number(series="payroll.run", pattern="PAY/{year}/{n:04}", company_id=session.company_id,
                       year=run.until_date.year, assign=lambda text: setattr(run, "number", text))  # fmt: skip


def _name_of(start: date, end: date) -> str:
    """Return what a period is called where nobody named it, as ISO 8601 writes it: a month, or its two days."""
    if start.day == 1 and end == end_of("month", start):
        return f"{start:%Y-%m}"
    return f"{start.isoformat()}/{end.isoformat()}"


def period_of(run: Run) -> Period:
    """Return the period a run pays."""
    if run.until_date is None or run.pay_date is None:
        raise RuleBroken(_("This run has no period."))
    return Period(run.from_date, run.until_date, run.pay_date, run.kind)


def _worked_out(session: Session, run: Run) -> tuple[Rules, list[Payslip]]:
    rules = Rules(session)
    return rules, work_out(
        rules, period_of(run), frequency=run.frequency, structure_id=run.structure_id, back_to=run.back_to
    )


# -- working out -----------------------------------------------------------------------------------------------------


def compute(session: Session, run: Run) -> dict[str, Any]:
    """Work out the payslips of a run that is not approved, in place of those worked out before.

    Raises :class:`~backoffice.core.api.RuleBroken` when there is nobody to pay, when somebody was paid for the period
    already, or when a payslip cannot be worked out.
    """
    _must_be(run, "draft", "computed")
    rules, slips = _worked_out(session, run)
    if not slips:
        raise RuleBroken(
            _("Nobody is paid by this run."),
            why=_("No active employee has a contract paid that often in this period."),
            remedy=_("Write contracts, or choose another period."),
        )
    _check_not_paid(session, run, slips)
    _discard(session, run)
    _write(session, rules, run, slips)
    totals = _totals(slips)
    _write_totals(session, run, totals)
    run.count, run.state = len(slips), "computed"
    session.flush()
    return _answer(run, totals)


def _answer(run: Run, totals: dict[str, tuple[int, Sums]]) -> dict[str, Any]:
    return {
        "id": run.id,
        "count": run.count,
        "totals": [
            {"currency": code, "count": count, "gross": sums.gross, "net": sums.net, "employer": sums.employer}
            for code, (count, sums) in totals.items()
        ],
    }


def reopen(session: Session, run: Run) -> dict[str, Any]:
    """Make a run that was worked out a draft again."""
    _must_be(run, "computed")
    _discard(session, run)
    run.count, run.state = 0, "draft"
    session.flush()
    return {"id": run.id}


def _must_be(run: Run, *states: str) -> None:
    if run.state not in states:
        raise RuleBroken(
            _("This run cannot do that any more."),
            why=_("It was worked out, approved, paid or taken back since."),
            remedy=_("Look at it again."),
        )


def _check_not_paid(session: Session, run: Run, slips: Sequence[Payslip]) -> None:
    """Refuse to pay anybody twice for days that were paid."""
    if run.kind == "extra":
        return
    wanted = {one.situation.employee_id for one in slips}
    paid = session.execute(
        sa.select(Slip.employee_id, Employee.name, Run.number)
        .join(Employee, Employee.id == Slip.employee_id)
        .join(Run, Run.id == Slip.run_id)
        .where(
            Slip.company_id == session.company_id, Slip.run_id != run.id, Slip.kind == "regular",
            Slip.state != "undone", Slip.from_date <= run.until_date, Slip.until_date >= run.from_date,
        )
        .order_by(Employee.name)
    )  # fmt: skip
    twice = [row for row in paid if row.employee_id in wanted]
    if twice:
        said = _("{employee} is paid for these days by {run} already.")
        raise RuleBroken(
            said.with_values(employee=twice[0].name, run=twice[0].number or "–"),
            why=_("That holds for one employee of this run.").counted(
                "That holds for {count} employees of this run.", len(twice)
            ),
            remedy=_("Choose other days, or take the other run back."),
        )


def _discard(session: Session, run: Run) -> None:
    mine = sa.select(Slip.id).where(Slip.run_id == run.id)
    unseen = {"synchronize_session": False}
    session.execute(sa.delete(SlipLine).where(SlipLine.slip_id.in_(mine)), execution_options=unseen)
    session.execute(sa.delete(Slip).where(Slip.run_id == run.id), execution_options=unseen)
    session.execute(sa.delete(RunTotal).where(RunTotal.run_id == run.id), execution_options=unseen)
    session.expire(run, ["totals"])


def _write(session: Session, rules: Rules, run: Run, slips: Sequence[Payslip]) -> None:
    period = period_of(run)
    same = {
        "run_id": run.id, "kind": run.kind, "from_date": period.start, "until_date": period.end,
        "pay_date": period.pay_date, "year": rules.year_of(period), "state": "draft",
    }  # fmt: skip
    numbers = {row.id: row.number for row in session.execute(sa.select(Employee.id, Employee.number))}
    rows = []
    for one in slips:
        sums, days = one.sums(), one.situation.facts.days
        rows.append({
            "number": f"{run.number}-{numbers[one.situation.employee_id]}",
            "employee_id": one.situation.employee_id, "contract_id": one.situation.contract.id,
            "currency": one.situation.contract.currency, "working_days": days.working, "paid_days": days.paid,
            "gross": sums.gross, "deductions": sums.deductions, "net": sums.net, "employer": sums.employer,
        })  # fmt: skip
    ids = session.insert_rows(Slip, rows, **same)
    lines = [
        {"slip_id": slip_id, **row} for slip_id, one in zip(ids, slips, strict=True) for row in one.rows(rules.ids)
    ]
    session.write_rows(SlipLine, lines)


def _totals(slips: Sequence[Payslip]) -> dict[str, tuple[int, Sums]]:
    found: dict[str, tuple[int, Sums]] = {}
    for one in slips:
        count, so_far = found.get(one.situation.contract.currency, (0, Sums(ZERO, ZERO, ZERO)))
        sums = one.sums()
        found[one.situation.contract.currency] = (
            count + 1,
            Sums(so_far.gross + sums.gross, so_far.deductions + sums.deductions, so_far.employer + sums.employer),
        )
    return dict(sorted(found.items()))


def _write_totals(session: Session, run: Run, totals: dict[str, tuple[int, Sums]]) -> None:
    session.write_rows(
        RunTotal,
        [
            {"run_id": run.id, "currency": code, "count": count, "gross": sums.gross, "deductions": sums.deductions,
             "net": sums.net, "employer": sums.employer}
            for code, (count, sums) in totals.items()
        ],
    )  # fmt: skip
    session.expire(run, ["totals"])


# -- approving and paying --------------------------------------------------------------------------------------------


def approve(session: Session, run: Run) -> dict[str, Any]:
    """Make the payslips of a run final and post it.

    It is worked out once more first: what somebody changed since must not be approved unseen. Raises
    :class:`~backoffice.core.api.RuleBroken` for that, and when a payslip comes to less than nothing.
    """
    _must_be(run, "computed")
    rules, slips = _worked_out(session, run)
    _check_unchanged(session, rules, run, slips)
    _check_not_below(session, slips)
    known = session.execute(
        sa.select(Slip.id, Employee.user_id)
        .join(Employee, Employee.id == Slip.employee_id)
        .where(Slip.run_id == run.id)
    )
    # From here on those who sign in see their own payslip.
    session.change_rows(Slip, [{"id": row.id, "user_id": row.user_id} for row in known], state="final")
    run.state, run.approved_at = "approved", session.now()
    session.flush()
    posting.post(session, run)
    totals = _totals(slips)
    for code, (count, sums) in totals.items():
        session.emit(
            "payroll.payroll_approved", run, number=run.number, from_date=run.from_date, until_date=run.until_date,
            pay_date=run.pay_date, count=count, currency=code, gross=sums.gross, deductions=sums.deductions,
            net=sums.net, employer=sums.employer,
        )  # fmt: skip
    session.expire_all()
    return _answer(run, totals)


def _check_unchanged(session: Session, rules: Rules, run: Run, slips: Sequence[Payslip]) -> None:
    """Refuse to approve what would come out differently today."""
    kept: dict[int, dict[tuple[int, int | None], Decimal]] = defaultdict(dict)
    asked = (
        sa.select(Slip.employee_id, SlipLine.component_id, SlipLine.for_id, SlipLine.amount)
        .join(SlipLine, SlipLine.slip_id == Slip.id, isouter=True)
        .where(Slip.run_id == run.id)
    )
    for employee, component, for_id, amount in session.execute(asked):
        kept[employee].update({(component, for_id): amount} if component is not None else {})
    today = {
        one.situation.employee_id: {(row["component_id"], row["for_id"]): row["amount"] for row in one.rows(rules.ids)}
        for one in slips
    }
    changed = [employee for employee in {**kept, **today} if kept.get(employee) != today.get(employee)]
    if changed:
        raise RuleBroken(
            _("Something changed since this run was worked out."),
            why=_("One payslip would be another one now.").counted(
                "{count} payslips would be others now.", len(changed)
            ),
            remedy=_("Work it out again and look at what changed."),
        )


def _check_not_below(session: Session, slips: Sequence[Payslip]) -> None:
    below = [one.situation.employee_id for one in slips if one.sums().net < 0]
    if below:
        employee = session.get(Employee, below[0])
        raise RuleBroken(
            _("The net pay of {employee} is below zero.").with_values(employee=employee.name if employee else below[0]),
            remedy=_("Spread the deduction over more periods, or end it."),
        )


def pay(session: Session, run: Run, *, on: date | None = None, against: str = "bank") -> dict[str, Any]:
    """Write down that the money of an approved run was sent, and post that."""
    _must_be(run, "approved")
    run.paid_on, run.state = on or run.pay_date or session.today(), "paid"
    session.flush()
    posting.pay(session, run, on=run.paid_on, against=against or "bank")
    return {"id": run.id}


def unpay(session: Session, run: Run, *, reason: str, against: str = "bank") -> dict[str, Any]:
    """Take the payment of a run back."""
    _must_be(run, "paid")
    on = run.paid_on or session.today()
    run.paid_on, run.state = None, "approved"
    session.flush()
    posting.pay(session, run, on=on, against=against or "bank", undo=True, reason=reason)
    return {"id": run.id}


def undo(session: Session, run: Run, *, reason: str, on: date | None = None) -> dict[str, Any]:
    """Take an approved run back: its payslips count no more, and the opposite entries are asked for.

    Raises :class:`~backoffice.core.api.RuleBroken` when later payslips of the same people rest on it.
    """
    _must_be(run, "approved")
    mine = sa.select(Slip.employee_id).where(Slip.run_id == run.id)
    later = session.scalar(
        sa.select(Run.number)
        .join(Slip, Slip.run_id == Run.id)
        .where(
            Slip.employee_id.in_(mine), Slip.state == "final", Slip.run_id != run.id,
            sa.or_(Slip.until_date > run.until_date, sa.and_(
                Slip.until_date == run.until_date, Run.approved_at >= run.approved_at, Run.id > run.id)),
        )
        .limit(1)
    )  # fmt: skip
    if later:
        raise RuleBroken(
            _("Later payslips rest on this run: {run}.").with_values(run=later),
            why=_("They counted what it paid in the year so far."),
            remedy=_("Take the later runs back first, or correct it with back pay."),
        )
    posting.take_back(session, run, on=on, reason=reason)
    ids = session.scalars(sa.select(Slip.id).where(Slip.run_id == run.id))
    session.change_rows(Slip, [{"id": one} for one in ids], state="undone")
    run.state = "undone"
    session.flush()
    session.expire_all()
    return {"id": run.id, "count": run.count}
