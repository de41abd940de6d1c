"""Receipt and payment vouchers: posted with a number of their own, cancelled by a reversal, printed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from backoffice_accounting.currencies import company_of
from backoffice_accounting.dimensions.sets import dimension_set, read_codes
from backoffice_accounting.documents import WORDS
from backoffice_accounting.journals import first_of
from backoffice_accounting.ledger import post
from backoffice_accounting.models import VOUCHER_KINDS, Entry, Voucher
from backoffice_accounting.periods import assert_open, is_open
from backoffice_accounting.posting import ZERO, EntryDraft, LineDraft, Source, reversal
from backoffice_accounting.reports import name_in
from backoffice_accounting.stored import as_draft, settled

from backoffice.core.api import Conflict, InvalidInput, Session
from backoffice.hookspecs import messages

_ = messages("accounting")

PATTERNS = {"receipt": "RV/{year}/{n:05}", "payment": "PV/{year}/{n:05}"}


def before_save(session: Session, voucher: Voucher, values: object) -> None:
    """Complete a draft: its total and currency. Every amount is above zero."""
    voucher.currency = company_of(session).currency
    for number, line in enumerate(voucher.lines):
        read_codes(line.dimensions or "")
        if line.amount is None or line.amount <= 0:
            said = _("Write an amount above zero.")
            raise InvalidInput(said, fields={f"lines.{number}.amount": [said]})
    voucher.total = sum((line.amount for line in voucher.lines), ZERO)


def post_voucher(session: Session, voucher: Voucher) -> Callable[[], dict[str, Any]]:
    """Post a voucher: cash against what it was for, with the next number of its kind."""
    if voucher.state != "draft":
        raise Conflict(_("This voucher is posted already."))
    sign = 1 if voucher.kind == "receipt" else -1
    period = assert_open(session, date=voucher.date, journal=None, kind="post")
    lines = [LineDraft(account_id=voucher.account_id, amount=sign * voucher.total, party_id=None)]
    lines += [
        LineDraft(
            account_id=line.account_id, amount=-sign * line.amount, party_id=voucher.party_id,
            description=line.description, dimension_set_id=dimension_set(session, read_codes(line.dimensions or "")),
        )
        for line in voucher.lines
    ]  # fmt: skip
    entry = post(
        session,
        EntryDraft(
            date=voucher.date,
            journal_id=first_of(session, "cash", "bank", "general").id,
            lines=tuple(lines),
            description=voucher.description,
            reference=voucher.reference,
            source=Source(plugin="accounting", key=str(voucher.id), purpose="voucher"),
        ),
    )

    def assign(number: str) -> None:
        voucher.number, voucher.state, voucher.entry_id = number, "posted", entry.id

    session.number(
        series=f"accounting.voucher.{voucher.kind}", company_id=voucher.company_id, year=period.year,
        pattern=PATTERNS[voucher.kind], assign=assign,
    )  # fmt: skip
    return lambda: {"number": voucher.number, "state": voucher.state, "entry": entry.answer()}


def cancel_voucher(
    session: Session, voucher: Voucher, *, reason: str, date: date | None = None
) -> Callable[[], dict[str, Any]]:
    """Cancel a posted voucher: its entry is reversed, and its number stays."""
    settled(session, voucher)
    if voucher.state != "posted" or voucher.entry_id is None:
        raise Conflict(_("Only a posted voucher is cancelled."))
    entry = session.get_one(Entry, voucher.entry_id)
    day = date or (entry.date if is_open(session, entry.date) else session.today())
    draft = reversal(as_draft(entry), on=day, entry_id=entry.id, description=entry.description, reason=reason)
    made = post(session, replace(draft, reason=reason), kind="reverse")
    voucher.state = "cancelled"
    session.flush()
    return lambda: {"state": voucher.state, "entry": made.answer()}


VOUCHER_WORDS = {
    **{name: WORDS[name] for name in ("number", "date", "reference", "description", "amount", "total", "in_words")},
    "received_from": _("Received from"),
    "paid_to": _("Paid to"),
    "for": _("For"),
    "account": _("Account"),
    "by": _("Cash or bank account"),
    "receiver": _("Receiver's signature"),
    "cashier": _("Cashier's signature"),
}
"""The words on a voucher."""


def context(session: Session, voucher: Voucher) -> dict[str, Any]:
    """Return what the template of a voucher shows."""
    language = session.context.language
    company = company_of(session)
    return {
        "title": VOUCHER_KINDS[voucher.kind],
        "words": VOUCHER_WORDS,
        "cancelled": _("Cancelled") if voucher.state == "cancelled" else None,
        "number": voucher.number,
        "date": voucher.date,
        "reference": voucher.reference,
        "company": name_in(company, language),
        "whom": VOUCHER_WORDS["received_from" if voucher.kind == "receipt" else "paid_to"],
        "party": name_in(voucher.party, language) if voucher.party is not None else "",
        "account": name_in(voucher.account, language),
        "description": voucher.description,
        "currency": voucher.currency,
        "total": voucher.total or Decimal(0),
        "lines": [
            {"account": name_in(line.account, language), "text": line.description or "", "amount": line.amount}
            for line in voucher.lines
        ],
    }


def filename(voucher: Voucher) -> str:
    """Return the name of the file a voucher is saved as."""
    return (voucher.number or f"voucher-{voucher.id}").replace("/", "-")
