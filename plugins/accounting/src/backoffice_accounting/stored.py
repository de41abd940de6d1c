"""Entries that are stored already: drafts to be posted, posted ones to be reversed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import sqlalchemy as sa

from backoffice.core.api import Conflict, Session, translate
from backoffice.hookspecs import messages

from .currencies import company_of
from .ledger import Books, Posted, accumulate, announce, ask_number, checked, post
from .models import Entry, Invoice
from .periods import is_open
from .posting import EntryDraft, LineDraft, reversal
from .settlement import items, settling

_ = messages("accounting")


def as_draft(entry: Entry) -> EntryDraft:
    """Return a stored entry with its lines as plain values."""
    return EntryDraft(
        date=entry.date,
        journal_id=entry.journal_id,
        lines=tuple(
            LineDraft(
                account_id=line.account_id,
                amount=line.amount,
                party_id=line.party_id,
                description=line.description,
                currency=line.currency,
                amount_currency=line.amount_currency,
                rate=line.rate,
                due_date=line.due_date,
                commodity=line.commodity,
                quantity=line.quantity,
                match_key=line.match_key,
                dimension_set_id=line.dimension_set_id,
            )
            for line in entry.lines
        ),
        description=entry.description,
        reference=entry.reference,
        reason=entry.reason,
    )


def post_stored(session: Session, entry: Entry) -> Posted:
    """Post an entry that was kept as a draft."""
    if entry.state != "draft":
        raise Conflict(_("This entry is posted already."), remedy=_("Reverse it if it is wrong."))
    draft = as_draft(entry)
    books = Books.read(session, [draft])
    [period] = checked(books, [draft], "post")
    entry.period_id, entry.total, entry.currency = period.id, draft.total, books.currency
    for line in entry.lines:
        line.date = entry.date
    session.flush()
    items.open_for(session, [(entry.id, draft)], books)
    posted = Posted(entry.id, reference=entry.reference)
    ask_number(session, posted, books.journals[entry.journal_id], period)
    session.late(("accounting", "draft"), lambda late: _post_record(late, entry, posted))
    accumulate(session, books.company_id, [(draft, period)])
    announce(session, [posted], [draft], books)
    return posted


def _post_record(session: Session, entry: Entry, posted: Posted) -> None:
    entry.number, entry.state = posted.number, "posted"
    session.flush()


def settled(session: Session, record: Entry | Invoice) -> None:
    """Let what was posted earlier in this transaction have its number now, and ``record`` know of it."""
    session.settle()
    if record.state == "draft":
        session.refresh(record)


def reverse(session: Session, entry: Entry, *, reason: str, on: date | None = None, opens: bool = True) -> Posted:
    """Post the entry that takes back ``entry`` and return it; open items of the two settle each other.

    With ``opens`` false its lines open no items, as those of the entry did not.

    Its date is ``on``; left out, it is that of the entry while its period is open, else today: a closed period is never
    written to. Raises :class:`~backoffice.core.api.Conflict` for a draft or what was reversed before.
    """
    settled(session, entry)
    if entry.state != "posted":
        raise Conflict(_("Only a posted entry is reversed."), remedy=_("Change or delete the draft."))
    before = session.scalar(sa.select(Entry.number).where(Entry.reverses_id == entry.id))
    if before is not None:
        raise Conflict(_("This entry was reversed already, by {number}.").with_values(number=before))
    day = on or (entry.date if is_open(session, entry.date) else session.today())
    language = company_of(session).language
    described = translate(_("Reversal of {number}").with_values(number=entry.number), language)
    theirs = items.of_entry(session, entry.id) if opens else ()
    if any(item.open_amount != item.amount or item.open_in_books != item.in_books for item in theirs):
        raise Conflict(
            _("Open items of this entry were settled."), remedy=_("Undo the settlement first, then reverse the entry.")
        )
    draft = reversal(as_draft(entry), on=day, entry_id=entry.id, description=described, reason=reason)
    if not opens:
        draft = replace(draft, lines=tuple(replace(line, opens=False) for line in draft.lines))
    made = post(session, draft, kind="reverse")
    for item, other in zip(theirs, items.of_entry(session, made.id) if theirs else (), strict=True):
        settling.settle(session, [item.id, other.id], on=day, kind="reversal", reason=reason)
    return made
