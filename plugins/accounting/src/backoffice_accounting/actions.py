"""What people and programs do with the books. The rules are in the modules these functions call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from backoffice.core.api import InvalidInput, Session
from backoffice.hookspecs import messages

from . import closing, invoices, ledger, payments, received, stored, stored_invoices
from .accounts import account_for
from .currencies import books_currency, company_of, rate_on
from .dimensions.sets import dimension_set, read_codes
from .models import Entry, Invoice, Payment, Period
from .posting import ZERO, EntryDraft, LineDraft, converted, signed, with_residual

_ = messages("accounting")

Answer = Callable[[], dict[str, Any]]
"""What an action tells once the transaction is settled: numbers are given that late."""


def post_entry(session: Session, **values: Any) -> Answer:
    """Post a journal entry; see the fields of ``accounting.post_entry``."""
    return post_entries(session, [values])[0]


def post_entries(session: Session, many: Sequence[Mapping[str, Any]]) -> list[Answer]:
    """Post many journal entries in few statements."""
    drafts = []
    for index, values in enumerate(many):
        try:
            drafts.append(draft_of(session, values))
        except InvalidInput as error:
            error.details.setdefault("index", index)
            raise
    return [posted.answer for posted in ledger.post_many(session, drafts, whole=True)]


def draft_of(session: Session, values: Mapping[str, Any]) -> EntryDraft:
    """Return the entry that the arguments of ``accounting.post_entry`` describe."""
    books = books_currency(session)
    lines = [line_of(session, n, line, values["date"], books) for n, line in enumerate(values["lines"] or ())]
    if any(line.currency for line in lines) and sum((line.amount for line in lines), ZERO):
        lines = list(with_residual(lines, account_for(session, "exchange_loss")))
    return EntryDraft(
        date=values["date"],
        journal_id=values["journal_id"],
        lines=tuple(lines),
        description=values.get("description") or "",
        reference=values.get("reference"),
        period_kind="adjustment" if values.get("adjustment") else "regular",
    )


def line_of(session: Session, index: int, line: Mapping[str, Any], day: date, books: str) -> LineDraft:
    """Return a line written as debit, credit or signed amount, in the books' currency or a foreign one."""
    try:
        amount = signed(line.get("debit"), line.get("credit"), line.get("amount"))
    except InvalidInput as error:
        error.fields = {f"lines.{index}.{name}": said for name, said in error.fields.items()}
        raise
    foreign: Decimal | None = line.get("amount_currency")
    draft = LineDraft(
        account_id=line["account_id"],
        amount=amount or ZERO,
        party_id=line.get("party_id"),
        description=line.get("description"),
        currency=line.get("currency"),
        amount_currency=foreign,
        due_date=line.get("due_date"),
        dimension_set_id=dimension_set(session, line.get("dimensions") or {}),
    )
    if foreign is None or line.get("currency") is None:
        return draft
    if amount is None:
        return converted(draft, rate_on(session, line["currency"], books, day), books)
    return replace(draft, rate=abs(round(amount / foreign, 10)) if foreign and amount else None)


def post_draft(session: Session, entry: Entry) -> Answer:
    """Post an entry that was kept as a draft."""
    return stored.post_stored(session, entry).answer


def reverse_entry(session: Session, entry: Entry, *, reason: str, date: date | None = None) -> Answer:
    """Post the entry that takes back a posted one."""
    closing.refuse_documents(entry)
    return stored.reverse(session, entry, reason=reason, on=date).answer


def open_year(session: Session, **values: Any) -> dict[str, Any]:
    """Open a fiscal year with its periods; see :func:`.closing.open_year`."""
    year = closing.open_year(session, **{name: value for name, value in values.items() if value is not None})
    return {"id": year.id, "code": year.code, "periods": len(year.periods)}


def close_period(session: Session, period: Period) -> dict[str, Any]:
    """Close a period: nothing is posted there until it is opened again."""
    return _moved(closing.close(session, period))


def reopen_period(session: Session, period: Period, *, reason: str) -> dict[str, Any]:
    """Open a closed period again."""
    return _moved(closing.reopen(session, period, reason=reason))


def lock_period(session: Session, period: Period) -> dict[str, Any]:
    """Lock a closed period for good."""
    return _moved(closing.lock(session, period))


def _moved(period: Period) -> dict[str, Any]:
    return {"id": period.id, "code": period.code, "state": period.state}


def issue_invoice(session: Session, **values: Any) -> Answer:
    """Create and post an invoice or credit note at once; see the fields of ``accounting.issue_invoice``."""
    return issue_invoices(session, [values])[0]


def issue_invoices(session: Session, many: Sequence[Mapping[str, Any]]) -> list[Answer]:
    """Create and post many invoices in few statements."""
    return [issued.answer for issued in invoices.issue_many(session, many)]


def post_invoice(session: Session, invoice: Invoice) -> Answer:
    """Post an invoice that was kept as a draft."""
    return stored_invoices.post_stored(session, invoice).answer


def credit_invoice(
    session: Session,
    invoice: Invoice,
    *,
    date: date | None = None,
    lines: Sequence[Mapping[str, Any]] | None = None,
    reason: str | None = None,
) -> Answer:
    """Issue a credit note over lines of a posted invoice or bill, or over everything left of it."""
    return stored_invoices.credit(session, invoice, on=date or session.today(), lines=lines or (), reason=reason).answer


def hold_invoice(session: Session, invoice: Invoice, *, reason: str | None = None) -> dict[str, Any]:
    """Keep an invoice from being reminded of or paid; with no reason, release it."""
    invoice.held = reason or None
    session.flush()
    return {"id": invoice.id, "held": invoice.held}


def record_payment(
    session: Session,
    invoice: Invoice,
    *,
    date: date,
    amount: Decimal | None = None,
    account_id: int | None = None,
    reference: str | None = None,
    rate: Decimal | None = None,
    over: str = "refuse",
    discount: str = "exact",
) -> Answer:
    """Record money that pays an invoice or bill, or pays a credit note back."""
    payment, entry = payments.record(
        session, invoice, on=date, amount=amount, account_id=account_id, reference=reference, rate=rate, over=over,
        discount=discount,
    )  # fmt: skip
    return lambda: {"id": payment.id, "entry": entry.answer(), "open": invoice.open_amount, "state": invoice.state}


def record_money(session: Session, *, kind: str, party_id: int, date: date, amount: Decimal, **more: Any) -> Answer:
    """Record money of a party that belongs to no one document; see the fields of ``accounting.record_money``."""
    payment, entry = received.record_money(session, kind=kind, party_id=party_id, on=date, amount=amount, **more)
    return lambda: {"id": payment.id, "entry": entry.answer()}


def cancel_payment(session: Session, payment: Payment, *, reason: str, date: date | None = None) -> Answer:
    """Take back a payment that was recorded wrongly."""
    return payments.cancel(session, payment, reason=reason, on=date).answer


def rebuild_balances(session: Session) -> dict[str, Any]:
    """Add up the balances of the company anew from the lines of its posted entries."""
    from .verifying import rebuild

    return {"rows": rebuild(session)}


def verify_balances(session: Session) -> dict[str, Any]:
    """Compare the stored balances of the company with the lines of its posted entries."""
    from .verifying import differences

    found = differences(session)
    return {"right": not found, "differences": [difference.answer() for difference in found]}


def import_chart(session: Session, *, chart: str, numbering: bool = True) -> dict[str, Any]:
    """Import a chart of accounts from CSV text, row by row: what is wrong is told, the others load."""
    from .charts import load

    return load(session, chart, numbering=numbering).answer()


def before_save_entry(session: Session, entry: Entry, values: Mapping[str, Any]) -> None:
    """Complete a draft before it is saved: its currency, its total, and amounts in foreign currencies."""
    company = company_of(session)
    entry.currency = company.currency
    for line in entry.lines:
        line.date = entry.date
        if line.amount is None or (not line.amount and line.amount_currency):
            _convert_stored(session, line, company.currency)
    entry.total = sum((line.amount for line in entry.lines if line.amount > 0), ZERO)
    with session.no_autoflush:
        for line in entry.lines:
            written = line.__dict__.pop("_dimensions", None)
            if written is not None:
                line.dimension_set_id = dimension_set(session, read_codes(written))


def _convert_stored(session: Session, line: Any, books: str) -> None:
    line.amount = line.amount or ZERO
    if line.amount_currency is None or line.currency is None:
        return
    draft = LineDraft(
        account_id=line.account_id, amount=ZERO, currency=line.currency, amount_currency=line.amount_currency
    )
    done = converted(draft, rate_on(session, line.currency, books, line.date), books)
    line.amount, line.rate = done.amount, done.rate
