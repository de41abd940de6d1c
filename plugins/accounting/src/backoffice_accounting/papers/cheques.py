"""Cheques received and issued: each step posts through purposes of its own, and is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_accounting.accounts import account_for
from backoffice_accounting.currencies import company_name
from backoffice_accounting.journals import first_of
from backoffice_accounting.ledger import Posted, post
from backoffice_accounting.models import CHEQUE_STATES, DIRECTIONS, Cheque, ChequeStep
from backoffice_accounting.posting import EntryDraft, LineDraft, Source

from backoffice.core.api import Conflict, InvalidInput, Session
from backoffice.hookspecs import Column, Link, Row, Table, messages

_ = messages("accounting")


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a cheque: from which states, and which purposes are debited and credited."""

    before: tuple[str, ...]
    debit: str = ""
    credit: str = ""
    early: bool = True
    """It may be taken before the date on the cheque."""


STEPS = {
    "deposited": Step(("received", "bounced"), "cheques_deposited", "cheques_received"),
    "cleared": Step(("deposited",), "bank", "cheques_deposited", early=False),
    "bounced": Step(("deposited",), "cheques_received", "cheques_deposited"),
    "returned": Step(("received", "bounced"), "receivable", "cheques_received"),
    "presented": Step(("issued",)),
    "stopped": Step(("issued", "presented"), "cheques_issued", "payable"),
}
PAID = Step(("issued", "presented"), "cheques_issued", "bank", early=False)
"""A cheque we issued is paid by the bank."""


def receive_cheque(session: Session, **values: Any) -> Any:
    """Take down a cheque a customer gave: what they owe becomes a cheque."""
    return _enter(session, "received", "cheques_received", "receivable", values)


def issue_cheque(session: Session, **values: Any) -> Any:
    """Take down a cheque given to a supplier: what is owed becomes a cheque that is out."""
    return _enter(session, "issued", "payable", "cheques_issued", values)


def _enter(session: Session, direction: str, debit: str, credit: str, values: dict[str, Any]) -> Any:
    if values["amount"] <= 0:
        said = _("Write an amount above zero.")
        raise InvalidInput(said, fields={"amount": [said]})
    due = values.get("due_date") or values["date"]
    made = Cheque(
        direction=direction, number=values["number"], bank=values.get("bank"), party_id=values["party_id"],
        date=values["date"], due_date=due, amount=values["amount"], account_id=values.get("account_id"),
        match_key=values.get("match"), state=direction,
    )  # fmt: skip
    session.add(made)
    session.flush()
    entry = _post(session, made, direction, debit, credit, values["date"])
    return lambda: {"id": made.id, "state": made.state, "entry": entry.answer()}


def move_cheque(
    session: Session,
    cheque: Cheque,
    *,
    step: str,
    date: date | None = None,
    account_id: int | None = None,
    reason: str | None = None,
) -> Any:
    """Let a cheque take its next step: deposited, cleared, bounced, given back; presented, cleared, stopped."""
    day = date or session.today()
    plan = PAID if step == "cleared" and cheque.direction == "issued" else STEPS[step]
    if cheque.state not in plan.before:
        raise Conflict(
            _("This cheque cannot be {step} now.").with_values(step=CHEQUE_STATES[step]),
            why=_("It is {state}.").with_values(state=CHEQUE_STATES[cheque.state]),
        )
    if not plan.early and day < cheque.due_date:
        said = _("A cheque is not cleared before its date, {day}.").with_values(day=cheque.due_date)
        raise InvalidInput(said, fields={"date": [said]})
    if account_id is not None:
        cheque.account_id = account_id
    cheque.state = step
    session.flush()
    if not plan.debit:
        _keep(session, cheque, step, day, None, reason)
        return {"state": step}
    entry = _post(session, cheque, step, plan.debit, plan.credit, day, reason)
    return lambda: {"state": step, "entry": entry.answer()}


def _post(
    session: Session, cheque: Cheque, step: str, debit: str, credit: str, day: date, reason: str | None = None
) -> Posted:
    number = session.scalar(sa.select(sa.func.count(ChequeStep.id)).where(ChequeStep.cheque_id == cheque.id)) or 0
    entry = post(
        session,
        EntryDraft(
            date=day,
            journal_id=first_of(session, "bank", "general").id,
            lines=(_line(session, cheque, debit, cheque.amount), _line(session, cheque, credit, -cheque.amount)),
            description=f"{CHEQUE_NAMES[cheque.direction]} {cheque.number}"[:200],
            reference=cheque.number,
            source=Source(plugin="accounting", key=f"{cheque.id}:{number + 1}", purpose="cheque"),
        ),
    )
    _keep(session, cheque, step, day, entry.id, reason)
    return entry


CHEQUE_NAMES = {"received": "CHQ ←", "issued": "CHQ →"}
"""What stands before a cheque's number in entries; the same in every language."""


def _keep(session: Session, cheque: Cheque, step: str, day: date, entry_id: int | None, reason: str | None) -> None:
    session.add(ChequeStep(cheque_id=cheque.id, date=day, state=step, entry_id=entry_id, reason=reason))
    session.flush()


def _line(session: Session, cheque: Cheque, purpose: str, amount: Decimal) -> LineDraft:
    owed = purpose in ("receivable", "payable")
    account = cheque.account_id if purpose == "bank" and cheque.account_id is not None else None
    return LineDraft(
        account_id=account or account_for(session, purpose),
        amount=amount,
        party_id=cheque.party_id,
        due_date=cheque.due_date if purpose.startswith("cheques") else None,
        match_key=cheque.match_key if owed else None,
    )


COLUMNS = (
    Column("due", _("Date on the cheque"), "date"),
    Column("number", _("Number"), "code"),
    Column("party", _("Party")),
    Column("bank", _("Drawn on")),
    Column("direction", _("Direction")),
    Column("state", _("State")),
)

DONE = ("cleared", "returned", "stopped")


def cheques_due(
    session: Session, *, until: date | None = None, direction: str | None = None, done: bool = False
) -> Table:
    """Return the cheques by the date on them, those on their way alone unless ``done``."""
    from backoffice_accounting.reports import name_in
    from backoffice_parties.models import Party

    statement = (
        sa.select(Cheque, Party)
        .join(Party, Party.id == Cheque.party_id)
        .where(Cheque.company_id == session.company_id)
        .order_by(Cheque.due_date, Cheque.id)
    )
    if until is not None:
        statement = statement.where(Cheque.due_date <= until)
    if direction is not None:
        statement = statement.where(Cheque.direction == direction)
    if not done:
        statement = statement.where(Cheque.state.not_in(DONE))
    code, language = company_name(session).currency, session.context.language
    rows = [
        Row(
            (one.due_date, one.number, name_in(party, language), one.bank or "", DIRECTIONS[one.direction],
             CHEQUE_STATES[one.state], one.amount if one.direction == "received" else -one.amount),
            link=Link(resource="accounting.cheque", id=one.id),
        )
        for one, party in session.execute(statement)
    ]  # fmt: skip
    columns = [*COLUMNS, Column("amount", _("Amount"), "money", total=True, currency=code)]
    return Table(columns, rows, title=_("Cheques by their date"))
