"""Runs of payments: propose what is due to suppliers, and execute what a second person agreed to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_accounting import payments
from backoffice_accounting.accounts import account_for
from backoffice_accounting.currencies import company_of
from backoffice_accounting.models import Agreement, Invoice, PaymentRun, PaymentRunLine
from backoffice_accounting.posting import ZERO
from backoffice_parties.iban import compact, is_valid_iban
from backoffice_parties.models import BankAccount, Party

from backoffice.core.api import Conflict, InvalidInput, RuleBroken, Session, keep_file
from backoffice.hookspecs import messages

from . import files

_ = messages("accounting")


def propose(
    session: Session,
    *,
    day: date,
    due_until: date,
    account_id: int | None = None,
    currency: str | None = None,
    discounts: bool = True,
    debtor_iban: str | None = None,
    debtor_bic: str | None = None,
) -> PaymentRun:
    """Propose to pay on ``day`` every bill that is due until ``due_until``, in one currency, and return the run.

    With ``discounts`` bills whose discount for early payment still holds on ``day`` are proposed as well, less the
    discount. Held bills and suppliers are left out, and bills of other runs. Raises
    :class:`~backoffice.core.api.RuleBroken` when nothing is due.
    """
    code = currency or company_of(session).currency
    bills = _due(session, day, due_until, code, discounts)
    if not bills:
        raise RuleBroken(_("Nothing is due for payment until then."), remedy=_("Choose a later day."))
    accounts = _bank_accounts(session, {bill.party_id for bill in bills}, code)
    lines = [_line(session, bill, day, accounts.get(bill.party_id)) for bill in bills]
    run = PaymentRun(
        date=day, due_until=due_until, account_id=account_id or account_for(session, "bank"), currency=code,
        debtor_iban=compact(debtor_iban) if debtor_iban else None, debtor_bic=debtor_bic, lines=lines,
        total=sum((line.amount for line in lines), ZERO),
    )  # fmt: skip
    session.add(run)
    session.flush()
    return run


def _due(session: Session, day: date, until: date, code: str, discounts: bool) -> Sequence[Invoice]:
    held = sa.select(Agreement.party_id).where(Agreement.company_id == session.company_id, Agreement.held.is_not(None))
    elsewhere = (
        sa.select(PaymentRunLine.invoice_id)
        .join(PaymentRun, PaymentRun.id == PaymentRunLine.run_id)
        .where(PaymentRun.state == "proposed")
    )
    when: Any = Invoice.due_date <= until
    if discounts:
        when = sa.or_(when, sa.and_(Invoice.discount_until >= day, Invoice.discount_offer > 0))
    return session.scalars(
        sa.select(Invoice)
        .where(
            Invoice.company_id == session.company_id,
            Invoice.kind == "bill",
            Invoice.state == "posted",
            Invoice.currency == code,
            Invoice.open_amount > 0,
            Invoice.held.is_(None),
            Invoice.party_id.not_in(held),
            Invoice.id.not_in(elsewhere),
            when,
        )
        .order_by(Invoice.due_date, Invoice.id)
    ).all()


def _bank_accounts(session: Session, parties: set[int], code: str) -> dict[int, BankAccount]:
    rows = session.scalars(
        sa.select(BankAccount).where(BankAccount.party_id.in_(sorted(parties))).order_by(BankAccount.id.desc())
    )
    found: dict[int, BankAccount] = {}
    for row in sorted(rows, key=lambda one: one.currency == code):
        found[row.party_id] = row
    return found


def _line(session: Session, bill: Invoice, day: date, account: BankAccount | None) -> PaymentRunLine:
    early = bill.discount_until is not None and day <= bill.discount_until
    whole = bill.open_amount == bill.total - bill.withheld
    discount = bill.discount_offer if early and whole else ZERO
    return PaymentRunLine(
        invoice_id=bill.id, party_id=bill.party_id, amount=bill.open_amount - discount, discount=discount,
        iban=compact(account.number) if account else None, bic=account.bic if account else None,
        holder=(account.holder if account and account.holder else bill.party_name or "")[:140],
        reference=bill.supplier_number or bill.number,
    )  # fmt: skip


def before_save(session: Session, run: PaymentRun, values: Mapping[str, Any]) -> None:
    """Check what was changed in a proposal, and add it up anew."""
    for n, line in enumerate(run.lines):
        with session.no_autoflush:
            bill = session.get(Invoice, line.invoice_id)
        if bill is None or bill.kind != "bill" or bill.state != "posted" or line.amount > bill.open_amount:
            said = _("At most what is open of the bill is paid.")
            raise InvalidInput(said, fields={f"lines.{n}.amount": [said]})
        line.party_id = bill.party_id
        if line.amount + line.discount != bill.open_amount:
            line.discount = ZERO
    run.total = sum((line.amount for line in run.lines), ZERO)


def execute(session: Session, run: PaymentRun) -> dict[str, Any]:
    """Record the payments of a run and make its file for the bank; it is attached to the run.

    A file of SEPA where every supplier has an IBAN and the currency is the euro, else CSV.
    """
    if run.state != "proposed":
        raise Conflict(_("This run was executed or dropped already."))
    if not run.lines:
        raise RuleBroken(_("This run has no bills any more."), remedy=_("Drop it, and propose a new one."))
    for line in run.lines:
        payment, _entry = payments.record(
            session, line.invoice, on=run.date, amount=line.amount, account_id=run.account_id,
            reference=line.reference, discount="take" if line.discount else "leave",
        )  # fmt: skip
        line.payment_id = payment.id
    run.state = "executed"
    session.flush()
    made = [_attach(session, run, "csv")]
    if is_sepa(run):
        made.insert(0, _attach(session, run, "xml"))
    session.emit("accounting.payment_run_executed", run, date=run.date, total=run.total, currency=run.currency)
    return {"id": run.id, "state": run.state, "total": run.total, "payments": len(run.lines), "files": made}


def is_sepa(run: PaymentRun) -> bool:
    """Tell whether a run can be paid by credit transfers of SEPA."""
    return (
        run.currency == "EUR"
        and bool(run.debtor_iban)
        and all(line.iban and is_valid_iban(line.iban) for line in run.lines)
    )


def _attach(session: Session, run: PaymentRun, kind: str) -> str:
    transfer = transfer_of(session, run)
    name = f"payments-{run.date.isoformat()}-{run.id}.{kind}"
    if kind == "xml":
        keep_file(session, run, name, "application/xml", files.pain001(transfer), purpose="bank")
    else:
        keep_file(session, run, name, "text/csv", files.as_csv(transfer), purpose="bank")
    return name


def transfer_of(session: Session, run: PaymentRun) -> files.Transfer:
    """Return a run as the files for the bank see it."""
    company = company_of(session)
    names = dict(
        session.execute(
            sa.select(Party.id, Party.name).where(Party.id.in_(sorted({line.party_id for line in run.lines})))
        ).all()
    )
    return files.Transfer(
        id=f"RUN-{run.id}",
        made_at=session.now(),
        day=run.date,
        currency=run.currency,
        debtor=company.name,
        iban=run.debtor_iban or "",
        bic=run.debtor_bic or "",
        payments=tuple(
            files.Credit(
                id=f"{run.id}-{n}",
                amount=Decimal(line.amount),
                name=line.holder or names.get(line.party_id, ""),
                iban=line.iban or "",
                bic=line.bic or "",
                text=line.reference or "",
            )
            for n, line in enumerate(run.lines, 1)
        ),
    )


def drop(session: Session, run: PaymentRun) -> PaymentRun:
    """Drop a proposed run; its bills may be proposed again."""
    if run.state != "proposed":
        raise Conflict(_("This run was executed or dropped already."))
    run.state = "dropped"
    session.flush()
    return run
