"""Post entries: read what the rules of :mod:`.posting` need, write what they allow, in few statements for many.

This is the only way into the books for this plugin and others. Entries are inserted as drafts with their lines; just
before the commit they get their numbers, become posted, and the balances follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import KeyReused, Read, RuleBroken, Session, among, fold
from backoffice.hookspecs import messages

from . import accounts, journals
from .accounts import AccountFacts, why_not
from .currencies import CURRENCY, books_currency
from .dimensions.rules import ASKING, Rules
from .journals import JournalFacts
from .locking import LOCKS, Locks
from .models import Balance, DayBalance, DimensionBalance, Entry, Line
from .periods import BETWEEN, Calendar, PeriodFacts
from .posting import ZERO, EntryDraft, LineDraft, Source, check_entry
from .settlement import items

_ = messages("accounting")

CHUNK = 400
"""Sources looked up at once."""


@dataclass(slots=True)
class Posted:
    """An entry on its way into the books: its id at once, its number when the transaction is about to commit."""

    id: int
    number: str | None = None
    reference: str | None = None
    """May still be set by whoever posted, when it becomes known as late as the number does."""
    existed: bool = False
    """It was posted before under the same source."""
    _words: str = field(default="", repr=False)

    def answer(self) -> dict[str, Any]:
        """Return what an action tells: id and number."""
        return {"id": self.id, "number": self.number}


def post(session: Session, draft: EntryDraft, *, kind: str = "post") -> Posted:
    """Post one entry; see :func:`post_many`."""
    return post_many(session, [draft], kind=kind)[0]


def post_many(
    session: Session, drafts: Sequence[EntryDraft], *, kind: str = "post", whole: bool = False, new: bool = False
) -> list[Posted]:
    """Post ``drafts`` in the session's company and return them in order; all or none.

    An entry whose source was posted before is not posted again: the one there is returned. With ``whole`` entries that
    nothing else in the transaction refers to are written at its end, at once as posted, which is half the work; ``new``
    says that no source can have been used. Raises
    :class:`~backoffice.core.api.RuleBroken` for what may not be posted, with the index of the entry in
    ``details["index"]``, and :class:`~backoffice.core.api.KeyReused` for a source that comes back with another amount.
    """
    known = {} if new else posted_before(session, drafts)
    fresh = [draft for draft in drafts if draft.source is None or draft.source not in known]
    made = iter(_post(session, fresh, kind, whole))
    return [known[d.source] if d.source is not None and d.source in known else next(made) for d in drafts]


def posted_before(
    session: Session, drafts: Sequence[EntryDraft], differing: dict[Source, KeyReused] | None = None
) -> dict[Source, Posted]:
    """Return the entries posted before under the sources of ``drafts``.

    One with another amount is raised, or put into ``differing``.
    """
    wanted = {draft.source: draft for draft in drafts if draft.source is not None}
    found: dict[Source, Posted] = {}
    for plugin in {source.plugin for source in wanted}:
        keys = sorted({source.key for source in wanted if source.plugin == plugin})
        for start in range(0, len(keys), CHUNK):
            some = keys[start : start + CHUNK]
            for id_, number, total, key, purpose in _OF_SOURCE.rows(
                session, company=session.company_id, plugin=plugin, keys=some
            ):
                source = Source(plugin=plugin, key=key, purpose=purpose)
                if source in wanted:
                    error = _other_amount(source, wanted[source].total, total)
                    if error is None:
                        found[source] = Posted(id_, number, existed=True)
                    elif differing is None:
                        raise error
                    else:
                        differing[source] = error
    return found


_OF_SOURCE = Read(
    sa.select(Entry.id, Entry.number, Entry.total, Entry.source_key, Entry.source_purpose).where(
        Entry.company_id == sa.bindparam("company"),
        Entry.source_plugin == sa.bindparam("plugin"),
        among(Entry.source_key, "keys"),
    )
)


def _other_amount(source: Source, asked: Decimal, there: Decimal) -> KeyReused | None:
    if asked == there:
        return None
    return KeyReused(
        _("{plugin} {key} was posted already, with another amount.").with_values(plugin=source.plugin, key=source.key),
        why=_("The entry is over {there}, this one over {asked}.").with_values(
            there=format(there, "f"), asked=format(asked, "f")
        ),
        remedy=_("Reverse the entry, or post the difference under another key."),
    )


# -- checking --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Books:
    """What checking entries needs, read once for all of them."""

    company_id: int
    currency: str
    journals: dict[int, JournalFacts]
    accounts: dict[int, AccountFacts]
    calendar: Calendar
    rules: Rules
    locks: Locks

    @classmethod
    def read(cls, session: Session, drafts: Sequence[EntryDraft]) -> Books:
        """Return the books of the session's company, as far as ``drafts`` need them."""
        company = session.company_id
        asked = (
            (CURRENCY, {"company": company}),
            (journals.FACTS, {"company": company, "ids": sorted({draft.journal_id for draft in drafts})}),
            (accounts.FACTS, {"ids": sorted({line.account_id for draft in drafts for line in draft.lines})}),
            (BETWEEN, {"company": company, "first": min(d.date for d in drafts), "last": max(d.date for d in drafts)}),
            (ASKING, {"company": company}),
            (LOCKS, {"company": company}),
        )
        currency, of_journals, of_accounts, of_periods, asking, locked = Read.together(session, *asked)
        return cls(
            company or 0,
            currency[0][0] if currency else books_currency(session),
            {row[0]: JournalFacts(*row) for row in of_journals},
            {row[0]: AccountFacts(*row) for row in of_accounts},
            Calendar(of_periods),
            Rules.of(session, asking, drafts),
            Locks(session, locked),
        )

    def check(self, draft: EntryDraft, kind: str) -> PeriodFacts:
        """Return the period ``draft`` goes into, or raise."""
        journal = self.journals.get(draft.journal_id)
        if journal is None or not journal.active:
            said = _("There is no such journal in this company.")
            raise RuleBroken(said, fields={"journal": [said]})
        period = self.calendar.assert_open(date=draft.date, journal=journal, kind=kind, period_kind=draft.period_kind)
        check_entry(draft, self.currency)
        self.check_accounts(draft)
        if draft.period_kind != "closing":
            self.rules.check(draft, self.accounts)
            self.locks.check(draft, journal.kind, self.accounts)
        return period

    def check_accounts(self, draft: EntryDraft) -> None:
        """Raise for lines on accounts that cannot be posted to."""
        said = {
            f"lines.{n}.account": [why]
            for n, line in enumerate(draft.lines)
            if (why := self._why_not(line, None if draft.period_kind == "closing" else draft.date))
        }
        if said:
            raise RuleBroken(_("Some lines of the entry cannot be posted."), fields=said)

    def _why_not(self, line: LineDraft, day: date | None) -> str:
        account = self.accounts.get(line.account_id)
        return why_not(account, company_id=self.company_id, currency=line.currency, day=day)


def checked(books: Books, drafts: Sequence[EntryDraft], kind: str) -> list[PeriodFacts]:
    """Return the period each of ``drafts`` goes into; raise for the first that may not be posted."""
    found = []
    for index, draft in enumerate(drafts):
        try:
            found.append(books.check(draft, kind))
        except RuleBroken as error:
            error.details.setdefault("index", index)
            raise
    return found


# -- writing ---------------------------------------------------------------------------------------------------------


def _post(session: Session, drafts: Sequence[EntryDraft], kind: str, whole: bool) -> list[Posted]:
    if not drafts:
        return []
    books = Books.read(session, drafts)
    periods = checked(books, drafts, kind)
    entries = [_entry_row(draft, period) for draft, period in zip(drafts, periods, strict=True)]
    if whole and not items.open_any(books) and not session.heard_of("accounting.entry_posted"):
        posted = _post_whole(session, entries, drafts, books)
    else:
        posted = _post_step_by_step(session, entries, drafts, books)
    for entry, draft, period in zip(posted, drafts, periods, strict=True):
        ask_number(session, entry, books.journals[draft.journal_id], period)
    accumulate(session, books.company_id, zip(drafts, periods, strict=True))
    announce(session, posted, drafts, books)
    return posted


def _post_step_by_step(
    session: Session, entries: list[dict[str, Any]], drafts: Sequence[EntryDraft], books: Books
) -> list[Posted]:
    """Write entries as drafts now, so that others may refer to them; they become posted when they have numbers."""
    ids = session.insert_rows(Entry, entries, state="draft", currency=books.currency, search_key="")
    posted = _on_their_way(ids, drafts)
    session.write_rows(Line, _line_rows(ids, drafts))
    items.open_for(session, zip(ids, drafts, strict=True), books)
    session.late(("accounting", "entry"), lambda late: _become_posted(late, posted))
    return posted


def _post_whole(
    session: Session, entries: list[dict[str, Any]], drafts: Sequence[EntryDraft], books: Books
) -> list[Posted]:
    """Write entries as posted with their lines, once they have numbers."""
    ids = session.reserve_ids(Entry, len(drafts))
    posted = _on_their_way(ids, drafts)

    def write(late: Session) -> None:
        rows = [
            {**row, "id": one.id, "number": one.number, "search_key": _search_key(one)}
            for row, one in zip(entries, posted, strict=True)
        ]
        lines, draft = _line_rows(ids, drafts), {"state": "draft", "number": None}
        late.write_whole(Entry, rows, Line, lines, begins=draft, state="posted", currency=books.currency)

    session.late(("accounting", "entry"), write)
    return posted


def _on_their_way(ids: Iterable[int], drafts: Sequence[EntryDraft]) -> list[Posted]:
    return [
        Posted(id_, reference=draft.reference, _words=draft.description) for id_, draft in zip(ids, drafts, strict=True)
    ]


def _line_rows(ids: Iterable[int], drafts: Sequence[EntryDraft]) -> list[dict[str, Any]]:
    return [_line_row(id_, draft, line) for id_, draft in zip(ids, drafts, strict=True) for line in draft.lines]


def _entry_row(draft: EntryDraft, period: PeriodFacts) -> dict[str, Any]:
    source = draft.source
    return {
        "date": draft.date,
        "journal_id": draft.journal_id,
        "description": draft.description,
        "reference": draft.reference,
        "total": draft.total,
        "period_id": period.id,
        "reverses_id": draft.reverses_id,
        "reason": draft.reason,
        "source_plugin": source.plugin if source else None,
        "source_key": source.key if source else None,
        "source_purpose": source.purpose if source else None,
    }


def _line_row(entry_id: int, draft: EntryDraft, line: LineDraft) -> dict[str, Any]:
    return {
        "entry_id": entry_id,
        "date": draft.date,
        "account_id": line.account_id,
        "party_id": line.party_id,
        "description": line.description,
        "amount": line.amount,
        "currency": line.currency,
        "amount_currency": line.amount_currency,
        "rate": line.rate,
        "due_date": line.due_date,
        "commodity": line.commodity,
        "quantity": line.quantity,
        "match_key": line.match_key,
        "dimension_set_id": line.dimension_set_id,
    }


def ask_number(session: Session, entry: Posted, journal: JournalFacts, period: PeriodFacts) -> None:
    """Let ``entry`` have the next number of ``journal`` just before the commit."""

    def assign(number: str) -> None:
        entry.number = number

    session.number(
        series=series_of(journal),
        company_id=journal.company_id,
        year=period.year,
        pattern=pattern_of(journal),
        assign=assign,
    )


def series_of(journal: JournalFacts) -> str:
    """Return the name of the series that numbers the entries of ``journal``."""
    return f"accounting.entry.{journal.code}"


def pattern_of(journal: JournalFacts) -> str:
    """Return how entries of ``journal`` are numbered."""
    return journal.pattern or f"{journal.code}/{{year}}/{{n:05}}"


def _become_posted(session: Session, posted: Sequence[Posted]) -> None:
    """Write the numbers and let the entries become posted; the database checks each of them."""
    session.change_rows(
        Entry,
        [
            {
                "id": entry.id,
                "number": entry.number,
                "reference": entry.reference,
                "search_key": _search_key(entry),
            }
            for entry in posted
        ],
        state="posted",
    )


def _search_key(entry: Posted) -> str:
    return fold(" ".join(filter(None, (entry.number, entry._words, entry.reference))))


Sums = dict[tuple[Any, ...], list[Decimal]]
"""Debit and credit by the values of a key."""


def accumulate(session: Session, company_id: int, postings: Iterable[tuple[EntryDraft, PeriodFacts]]) -> None:
    """Add the lines of entries that go into their periods to the balances of their accounts.

    Sums are kept by period, and by day of the regular ones: with the lines of each set of dimensions apart.
    """
    periods, sets, days = Sums(), Sums(), Sums()
    for draft, period in postings:
        regular = period.kind == "regular"
        for line in draft.lines:
            debit = line.amount > 0
            set_id = line.dimension_set_id
            _sum(periods, (line.account_id, company_id, period.id), line.amount, debit)
            if regular:
                _sum(days, (line.account_id, company_id, draft.date, 0), line.amount, debit)
            if set_id is not None:
                _sum(sets, (line.account_id, company_id, period.id, set_id), line.amount, debit)
                if regular:
                    _sum(days, (line.account_id, company_id, draft.date, set_id), line.amount, debit)
    both = ("debit", "credit")
    session.accumulate_many(Balance, ("account_id", "company_id", "period_id"), both, periods.items())
    session.accumulate_many(DimensionBalance, ("account_id", "company_id", "period_id", "set_id"), both, sets.items())
    session.accumulate_many(DayBalance, ("account_id", "company_id", "date", "set_key"), both, days.items())


def _sum(sums: Sums, key: tuple[Any, ...], amount: Decimal, debit: bool) -> None:
    pair = sums.get(key)
    if pair is None:
        sums[key] = [amount, ZERO] if debit else [ZERO, -amount]
    elif debit:
        pair[0] += amount
    else:
        pair[1] -= amount


def announce(session: Session, posted: Sequence[Posted], drafts: Sequence[EntryDraft], books: Books) -> None:
    """Say that entries were posted."""
    session.emit_many(
        "accounting.entry_posted",
        [
            (
                (Entry, entry.id),
                {
                    "journal": books.journals[draft.journal_id].code,
                    "date": draft.date,
                    "total": draft.total,
                    "currency": books.currency,
                    "source_plugin": draft.source.plugin if draft.source else None,
                    "source_key": draft.source.key if draft.source else None,
                    "source_purpose": draft.source.purpose if draft.source else None,
                    "reverses": draft.reverses_id,
                },
            )
            for entry, draft in zip(posted, drafts, strict=True)
        ],
        ids=False,
    )
