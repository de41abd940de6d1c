"""Posting what is due: entries that recur, accruals that are taken back, batches."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from backoffice_accounting.accounts import account_for
from backoffice_accounting.dimensions.sets import dimension_set, read_codes
from backoffice_accounting.journals import first_of
from backoffice_accounting.ledger import post_many
from backoffice_accounting.models import Batch, Entry, Recurring
from backoffice_accounting.posting import ZERO, EntryDraft, LineDraft, Source, reversal
from backoffice_accounting.stored import post_stored

from backoffice.core.api import BackofficeError, InvalidInput, JobRun, RuleBroken, Session
from backoffice.hookspecs import messages

from .schedules import following, last_of_month

_ = messages("accounting")

AT_ONCE = 200
"""Entries posted in one transaction."""


# -- recurring -------------------------------------------------------------------------------------------------------


def before_save(session: Session, recurring: Recurring, values: object) -> None:
    """Check an entry that recurs: its lines balance, and its dimensions can be read."""
    if sum((line.amount for line in recurring.lines), ZERO) or len(recurring.lines) < 2:
        said = _("Debit and credit of the lines differ.")
        raise InvalidInput(said, fields={"lines": [said]})
    for line in recurring.lines:
        read_codes(line.dimensions or "")
    if recurring.month_end:
        recurring.next_on = last_of_month(recurring.next_on)


def post_recurring(session: Session, *, until: date | None = None) -> dict[str, Any]:
    """Post everything that is due until a day."""
    return {"entries": _recurring(session, until or session.today())}


def _recurring(session: Session, until: date) -> int:
    rows = session.scalars(
        sa.select(Recurring)
        .where(Recurring.company_id == session.company_id, Recurring.active, Recurring.next_on <= until)
        .order_by(Recurring.next_on, Recurring.id)
        .with_for_update()
    ).all()
    made = 0
    for row in rows:
        drafts: list[EntryDraft] = []
        while row.active and row.next_on <= until and len(drafts) < AT_ONCE:
            drafts.append(_draft(session, row))
            row.posted += 1
            row.next_on = following(row.next_on, row.every, month_end=row.month_end)
            row.active = row.last_on is None or row.next_on <= row.last_on
        posted = post_many(session, drafts)
        if row.reversed_next:
            post_many(session, [_taken_back(draft, entry.id) for draft, entry in zip(drafts, posted, strict=True)])
        made += len(drafts) * (2 if row.reversed_next else 1)
    session.flush()
    return made


def _draft(session: Session, row: Recurring) -> EntryDraft:
    lines = tuple(
        LineDraft(
            account_id=line.account_id, amount=line.amount, party_id=line.party_id, description=line.description,
            dimension_set_id=dimension_set(session, read_codes(line.dimensions or "")),
        )
        for line in row.lines
    )  # fmt: skip
    return EntryDraft(
        date=row.next_on,
        journal_id=row.journal_id,
        lines=lines,
        description=row.description,
        source=Source(plugin="accounting", key=f"{row.id}:{row.posted + 1}", purpose="recurring"),
    )


def _taken_back(draft: EntryDraft, entry_id: int) -> EntryDraft:
    """Return the entry that takes an accrual back on the first day of the next month."""
    day = last_of_month(draft.date) + timedelta(days=1)
    return reversal(draft, on=day, entry_id=entry_id, description=draft.description, reason=draft.description)


def post_due(job: JobRun) -> dict[str, Any]:
    """Post what is due today."""
    answer: dict[str, Any] = job.program.execute("accounting.post_recurring", {})
    return answer


# -- batches ---------------------------------------------------------------------------------------------------------


def post_batch(session: Session, batch: Batch) -> dict[str, Any]:
    """Post the drafts of a batch, all or none, when their number and total are what was expected."""
    entries = [member.entry for member in batch.members]
    total = sum((entry.total for entry in entries), ZERO)
    if len(entries) != batch.expected_count or total != batch.expected_total:
        raise RuleBroken(
            _("The batch is not what was expected."),
            why=_("There are {count} entries over {total}; expected are {asked} over {wanted}.").with_values(
                count=len(entries), total=format(total, "f"), asked=batch.expected_count,
                wanted=format(batch.expected_total, "f"),
            ),
            remedy=_("Add what is missing, or correct what is expected."),
        )  # fmt: skip
    for entry in entries:
        _post_member(session, entry)
    batch.state = "posted"
    session.flush()
    return {"state": batch.state, "entries": len(entries)}


def _post_member(session: Session, entry: Entry) -> None:
    try:
        post_stored(session, entry)
    except BackofficeError as error:
        error.details.setdefault("entry", entry.id)
        raise


def before_save_batch(session: Session, batch: Batch, values: object) -> None:
    """Check a batch: it holds drafts of this company, each once."""
    seen: set[int] = set()
    for number, member in enumerate(batch.members):
        with session.no_autoflush:
            entry = session.get(Entry, member.entry_id)
        wrong = entry is None or entry.company_id != session.company_id or entry.state != "draft"
        if wrong or member.entry_id in seen:
            said = _("A batch holds drafts, each once.")
            raise InvalidInput(said, fields={f"members.{number}.entry": [said]})
        seen.add(member.entry_id)


# -- opening balances ------------------------------------------------------------------------------------------------


def open_balances(session: Session, **values: Any) -> Any:
    """Post what accounts, customers and suppliers stood at when these books begin.

    What the lines lack to balance is booked to the account for opening balances, which stands at zero once everything
    was entered.
    """
    from backoffice_accounting.actions import draft_of
    from backoffice_accounting.ledger import post

    journal_id = values.get("journal_id") or first_of(session, "general").id
    draft = draft_of(session, {**values, "journal_id": journal_id})
    difference = sum((line.amount for line in draft.lines), ZERO)
    lines = draft.lines
    if difference:
        lines = (*lines, LineDraft(account_id=account_for(session, "opening_balance"), amount=-difference))
    return post(session, replace(draft, lines=lines)).answer
