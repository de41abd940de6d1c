"""Remind customers of what is overdue, in levels, with fees and interest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_accounting import ledger
from backoffice_accounting.accounts import account_for
from backoffice_accounting.currencies import company_of, policy_of, rate_on
from backoffice_accounting.documents import seller_of
from backoffice_accounting.journals import first_of
from backoffice_accounting.models import Agreement, Invoice, Reminder, ReminderLevel, ReminderLine
from backoffice_accounting.posting import ZERO, EntryDraft, LineDraft, Source
from backoffice_accounting.reports import name_in
from backoffice_parties.addresses import written
from backoffice_parties.models import Party

from backoffice.core.api import (
    Conflict,
    Letter,
    RoundingPolicy,
    RuleBroken,
    Session,
    convert,
    format_date,
    format_money,
    hand_out,
    queue_mail,
    round_amount,
    translate,
)
from backoffice.hookspecs import messages

from .papers import column

_ = messages("accounting")

YEAR = 365
"""Days interest is counted with."""

WORDS = {
    "date": _("Date"),
    "document": _("Document"),
    "due": _("Due"),
    "days": _("Days overdue"),
    "open": _("Open amount"),
    "interest": _("Interest"),
    "fee": _("Fee"),
    "overdue": _("Overdue"),
    "total": _("Amount due"),
    "to": _("Reminder for"),
    "tax_number": _("Tax number"),
    "registration": _("Commercial registration"),
}


def interest_on(amount: Decimal, percent: Decimal, days: int, code: str, policy: RoundingPolicy) -> Decimal:
    """Return the interest on ``amount`` at ``percent`` a year for ``days``."""
    return round_amount(amount * percent * max(days, 0) / 100 / YEAR, code, policy)


@dataclass(frozen=True, slots=True)
class Step:
    """A level of reminding as a plain value."""

    id: int
    level: int
    days: int


def next_level(steps: Sequence[Step], reached: int, days: int) -> Step | None:
    """Return the level an invoice that is ``days`` overdue is due for, after the level it ``reached``; or nothing."""
    following = sorted((step for step in steps if step.level > reached), key=lambda step: step.level)
    return following[0] if following and days >= following[0].days else None


def remind(session: Session, *, day: date, party_id: int | None = None) -> list[Reminder]:
    """Propose a letter to every customer with something due for the next level, and return the letters.

    A letter names everything overdue of the customer in one currency and is of the highest level any of it is due for.
    Held invoices and customers are left out, and those with a proposal that was not sent yet.
    """
    levels = session.scalars(
        sa.select(ReminderLevel).where(ReminderLevel.company_id == session.company_id).order_by(ReminderLevel.level)
    ).all()
    if not levels:
        raise RuleBroken(_("There are no levels of reminding yet."), remedy=_("Add one, with its days and its words."))
    waiting = {
        (party, code)
        for party, code in session.execute(
            sa.select(Reminder.party_id, Reminder.currency).where(
                Reminder.company_id == session.company_id, Reminder.state == "draft"
            )
        )
    }
    made = []
    for (party, code), invoices in _overdue(session, day, party_id).items():
        if (party, code) not in waiting and (level := _level(levels, invoices, day)) is not None:
            made.append(_letter(session, party, code, invoices, level, day))
    session.add_all(made)
    session.flush()
    return made


def _overdue(session: Session, day: date, party_id: int | None) -> dict[tuple[int, str], list[Invoice]]:
    held = sa.select(Agreement.party_id).where(Agreement.company_id == session.company_id, Agreement.held.is_not(None))
    query = (
        sa.select(Invoice)
        .where(
            Invoice.company_id == session.company_id,
            Invoice.kind == "invoice",
            Invoice.state == "posted",
            Invoice.due_date < day,
            Invoice.open_amount > 0,
            Invoice.held.is_(None),
            Invoice.party_id.not_in(held),
        )
        .order_by(Invoice.party_id, Invoice.due_date, Invoice.id)
    )
    if party_id is not None:
        query = query.where(Invoice.party_id == party_id)
    found: dict[tuple[int, str], list[Invoice]] = {}
    for invoice in session.scalars(query):
        found.setdefault((invoice.party_id, invoice.currency), []).append(invoice)
    return found


def _level(levels: Sequence[ReminderLevel], invoices: Iterable[Invoice], day: date) -> ReminderLevel | None:
    steps = [Step(row.id, row.level, row.days) for row in levels]
    due = [next_level(steps, one.reminder_level, _days(one, day)) for one in invoices]
    best = max((step for step in due if step is not None), key=lambda step: step.level, default=None)
    return next(row for row in levels if row.id == best.id) if best is not None else None


def _days(invoice: Invoice, day: date) -> int:
    return (day - invoice.due_date).days if invoice.due_date is not None else 0


def _letter(
    session: Session, party: int, code: str, invoices: Sequence[Invoice], level: ReminderLevel, day: date
) -> Reminder:
    company = company_of(session)
    policy = policy_of(company)
    lines = [
        ReminderLine(
            invoice_id=one.id, due_date=one.due_date, days=_days(one, day), amount=one.open_amount,
            interest=interest_on(one.open_amount, level.interest, _days(one, day), code, policy),
        )
        for one in invoices
    ]  # fmt: skip
    fee = level.fee
    if fee and code != company.currency:
        fee = convert(fee, rate_on(session, company.currency, code, day), code, policy)
    return Reminder(
        party_id=party, date=day, level=level, currency=code, lines=lines, fee=fee,
        overdue=sum((one.open_amount for one in invoices), ZERO),
        interest=sum((line.interest for line in lines), ZERO),
    )  # fmt: skip


def send(session: Session, reminder: Reminder, *, to: str | None = None, post: bool = True) -> dict[str, Any]:
    """Send a proposed letter: fee and interest are posted, the invoices have reached its level, the mail is queued.

    Without an address it is kept to be printed. ``post`` false leaves fee and interest out of the books.
    """
    if reminder.state != "draft":
        raise Conflict(_("This reminder was sent or dropped already."))
    if post and (reminder.fee or reminder.interest):
        reminder.entry_id = ledger.post(session, _entry(session, reminder)).id
    for line in reminder.lines:
        line.invoice.reminder_level = max(line.invoice.reminder_level, reminder.level.level)
        line.invoice.reminded_on = reminder.date
    reminder.state = "sent"
    session.flush()
    address = to or reminder.party.email
    mail = _mail(session, reminder, address) if address else None
    session.emit("accounting.reminder_sent", reminder, party=reminder.party_id, level=reminder.level.level, mail=mail)
    return {"id": reminder.id, "state": reminder.state, "mail": mail, "entry": reminder.entry_id}


def _entry(session: Session, reminder: Reminder) -> EntryDraft:
    company = company_of(session)
    amount = reminder.fee + reminder.interest
    foreign = reminder.currency != company.currency
    rate = rate_on(session, reminder.currency, company.currency, reminder.date)
    books = convert(amount, rate, company.currency, policy_of(company)) if foreign else amount

    def line(account_id: int, sign: int, **more: Any) -> LineDraft:
        return LineDraft(
            account_id=account_id, amount=books * sign, currency=reminder.currency if foreign else None,
            amount_currency=amount * sign if foreign else None, rate=rate if foreign else None, **more,
        )  # fmt: skip

    return EntryDraft(
        date=reminder.date,
        journal_id=first_of(session, "sale", "general").id,
        lines=(
            line(account_for(session, "receivable"), 1, party_id=reminder.party_id, due_date=reminder.date),
            line(account_for(session, "reminder_fees"), -1),
        ),
        description=translate(_("Fee and interest of a reminder"), company.language),
        source=Source(plugin="accounting", key=f"reminder/{reminder.id}", purpose="reminder"),
    )


def _mail(session: Session, reminder: Reminder, address: str) -> int:
    language = reminder_language(session, reminder)
    paper = hand_out(session, reminder, "accounting.reminder", language=language, to=address)
    company = name_in(company_of(session), language)
    total = format_money(reminder.total, reminder.currency, language=language, code=True)
    letter = Letter(
        "accounting.reminder",
        _("{name}: {company}").with_values(name=_in(reminder.level, "name", language), company=company),
        (
            _("Hello {name},").with_values(name=name_in(reminder.party, language)),
            _in(reminder.level, "text", language) or _("you find it enclosed."),
        ),
        facts=[(_("Date"), format_date(reminder.date, language=language)), (_("Amount due"), total)],
        closing=(company,),
    )
    mail = queue_mail(
        session, letter, to=address, name=reminder.party.name, language=language, about=reminder, enclosures=[paper]
    )
    return int(mail.id)


def _in(record: Any, name: str, language: str) -> str:
    said = (record.translations or {}).get(language, {}).get(name)
    return str(said or getattr(record, name) or "")


def drop(session: Session, reminder: Reminder) -> Reminder:
    """Drop a proposed letter; the invoices stay at their level."""
    if reminder.state != "draft":
        raise Conflict(_("This reminder was sent or dropped already."))
    reminder.state = "dropped"
    session.flush()
    return reminder


# -- the letter ------------------------------------------------------------------------------------------------------


def reminder_context(session: Session, reminder: Reminder) -> dict[str, Any]:
    """Return what the template of a reminder shows."""
    language = session.context.language
    party: Party = reminder.party
    return {
        "title": _in(reminder.level, "name", language),
        "text": _in(reminder.level, "text", language).splitlines(),
        "words": WORDS,
        "date": reminder.date,
        "seller": seller_of(company_of(session), language),
        "buyer": {
            "name": name_in(party, language),
            "address": (written(party, "billing") or "").splitlines(),
            "tax_id": party.tax_id,
        },
        "tables": [_table(reminder)],
    }


def _table(reminder: Reminder) -> dict[str, Any]:
    charged = [(WORDS["interest"], reminder.interest), (WORDS["fee"], reminder.fee)]
    return {
        "currency": reminder.currency,
        "columns": [
            column(WORDS["document"], "code"),
            column(WORDS["date"], "day"),
            column(WORDS["due"], "day"),
            column(WORDS["days"], "number"),
            column(WORDS["open"], "money"),
        ],
        "rows": [
            (line.invoice.number, line.invoice.date, line.due_date, Decimal(line.days), line.amount)
            for line in reminder.lines
        ],
        "sums": [
            (WORDS["overdue"], reminder.overdue),
            *((label, amount) for label, amount in charged if amount),
            (WORDS["total"], reminder.total),
        ],
    }


def reminder_language(session: Session, reminder: Reminder) -> str:
    """Return the language of a reminder: the customer's."""
    return str(reminder.party.language or company_of(session).language)


def reminder_filename(reminder: Reminder) -> str:
    """Return the name of a reminder as a file, without extension."""
    return re.sub(r"[^\w.-]+", "-", f"reminder-{reminder.level.level}-{reminder.id}")
