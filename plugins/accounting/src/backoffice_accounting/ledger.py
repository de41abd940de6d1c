"""Post entries: read what the rules of :mod:`.posting` need, write what they allow, in few statements for many.

This is the only way into the books for this plugin and others. Entries are inserted as drafts with their lines; just
before the commit they get their numbers, become posted, and the balances follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import KeyReused, RuleBroken, Session, fold
from backoffice.hookspecs import messages

from .accounts import AccountFacts, facts_of, why_not
from .currencies import company_of
from .models import Balance, Entry, Journal, Line
from .periods import Calendar, PeriodFacts
from .posting import ZERO, EntryDraft, LineDraft, Source, check_entry

_ = messages("accounting")

CHUNK = 400
"""Sources looked up at once."""

AT_ONCE = 100
"""Entries posted by one statement."""


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


def post_many(session: Session, drafts: Sequence[EntryDraft], *, kind: str = "post") -> list[Posted]:
    """Post ``drafts`` in the session's company and return them in order; all or none.

    An entry whose source was posted before is not posted again: the one there is returned. Raises
    :class:`~backoffice.core.api.RuleBroken` for what may not be posted, with the index of the entry in
    ``details["index"]``, and :class:`~backoffice.core.api.KeyReused` for a source that comes back with another amount.
    """
    known = _posted_before(session, drafts)
    fresh = [draft for draft in drafts if draft.source is None or draft.source not in known]
    made = iter(_post(session, fresh, kind))
    return [known[d.source] if d.source is not None and d.source in known else next(made) for d in drafts]


def _posted_before(session: Session, drafts: Sequence[EntryDraft]) -> dict[Source, Posted]:
    wanted = {draft.source: draft for draft in drafts if draft.source is not None}
    found: dict[Source, Posted] = {}
    for plugin in {source.plugin for source in wanted}:
        keys = sorted({source.key for source in wanted if source.plugin == plugin})
        for start in range(0, len(keys), CHUNK):
            rows = session.execute(
                sa.select(Entry.id, Entry.number, Entry.total, Entry.source_key, Entry.source_purpose).where(
                    Entry.company_id == session.company_id,
                    Entry.source_plugin == plugin,
                    Entry.source_key.in_(keys[start : start + CHUNK]),
                )
            )
            for row in rows:
                source = Source(plugin=plugin, key=row.source_key, purpose=row.source_purpose)
                if source in wanted:
                    _same_amount(source, wanted[source].total, row.total)
                    found[source] = Posted(row.id, row.number, existed=True)
    return found


def _same_amount(source: Source, asked: Decimal, there: Decimal) -> None:
    if asked != there:
        raise KeyReused(
            _("{plugin} {key} was posted already, with another amount.").with_values(
                plugin=source.plugin, key=source.key
            ),
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
    journals: dict[int, Journal]
    accounts: dict[int, AccountFacts]
    calendar: Calendar

    @classmethod
    def read(cls, session: Session, drafts: Sequence[EntryDraft]) -> Books:
        """Return the books of the session's company, as far as ``drafts`` need them."""
        company = company_of(session)
        wanted = {draft.journal_id for draft in drafts}
        journals = session.scalars(sa.select(Journal).where(Journal.id.in_(wanted), Journal.company_id == company.id))
        return cls(
            company.id,
            company.currency,
            {journal.id: journal for journal in journals},
            facts_of(session, (line.account_id for draft in drafts for line in draft.lines)),
            Calendar(session, min(d.date for d in drafts), max(d.date for d in drafts)),
        )

    def check(self, draft: EntryDraft, kind: str) -> PeriodFacts:
        """Return the period ``draft`` goes into, or raise."""
        journal = self.journals.get(draft.journal_id)
        if journal is None or not journal.active:
            said = _("There is no such journal in this company.")
            raise RuleBroken(said, fields={"journal": [said]})
        period = self.calendar.assert_open(date=draft.date, journal=journal, kind=kind)
        check_entry(draft, self.currency)
        self.check_accounts(draft.lines)
        return period

    def check_accounts(self, lines: Iterable[LineDraft]) -> None:
        """Raise for lines on accounts that cannot be posted to."""
        said = {
            f"lines.{n}.account": [why]
            for n, line in enumerate(lines)
            if (why := why_not(self.accounts.get(line.account_id), company_id=self.company_id, currency=line.currency))
        }
        if said:
            raise RuleBroken(_("Some lines of the entry cannot be posted."), fields=said)


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


def _post(session: Session, drafts: Sequence[EntryDraft], kind: str) -> list[Posted]:
    if not drafts:
        return []
    books = Books.read(session, drafts)
    periods = checked(books, drafts, kind)
    stamp = _Stamp.of(session, books)
    rows = [stamp.entry(draft, period) for draft, period in zip(drafts, periods, strict=True)]
    insert = sa.insert(Entry).returning(Entry.id, sort_by_parameter_order=True)
    ids = list(session.scalars(insert, rows))
    lines = [stamp.line(id_, draft, line) for id_, draft in zip(ids, drafts, strict=True) for line in draft.lines]
    session.execute(sa.insert(Line), lines)
    posted = [
        Posted(id_, reference=draft.reference, _words=draft.description) for id_, draft in zip(ids, drafts, strict=True)
    ]
    for entry, draft, period in zip(posted, drafts, periods, strict=True):
        ask_number(session, entry, books.journals[draft.journal_id], period)
    session.late(("accounting", "entry"), lambda late: _become_posted(late, posted))
    accumulate(session, books.company_id, zip((draft.lines for draft in drafts), (p.id for p in periods), strict=True))
    announce(session, posted, drafts, books)
    return posted


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What every new row bears."""

    common: dict[str, Any]
    organization_id: int
    company_id: int
    currency: str

    @classmethod
    def of(cls, session: Session, books: Books) -> _Stamp:
        now, actor = session.now(), session.context.actor_id
        common = {"version": 1, "created_at": now, "updated_at": now, "created_by": actor, "search_key": ""}
        return cls(common, session.organization_id, books.company_id, books.currency)

    def entry(self, draft: EntryDraft, period: PeriodFacts) -> dict[str, Any]:
        source = draft.source
        return {
            **self.common,
            "organization_id": self.organization_id,
            "company_id": self.company_id,
            "number": None,
            "date": draft.date,
            "journal_id": draft.journal_id,
            "description": draft.description,
            "reference": draft.reference,
            "state": "draft",
            "total": draft.total,
            "currency": self.currency,
            "period_id": period.id,
            "reverses_id": draft.reverses_id,
            "reason": draft.reason,
            "source_plugin": source.plugin if source else None,
            "source_key": source.key if source else None,
            "source_purpose": source.purpose if source else None,
        }

    def line(self, entry_id: int, draft: EntryDraft, line: LineDraft) -> dict[str, Any]:
        return {
            "organization_id": self.organization_id,
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
        }


def ask_number(session: Session, entry: Posted, journal: Journal, period: PeriodFacts) -> None:
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


def series_of(journal: Journal) -> str:
    """Return the name of the series that numbers the entries of ``journal``."""
    return f"accounting.entry.{journal.code}"


def pattern_of(journal: Journal) -> str:
    """Return how entries of ``journal`` are numbered."""
    return journal.pattern or f"{journal.code}/{{year}}/{{n:05}}"


def _become_posted(session: Session, posted: Sequence[Posted]) -> None:
    """Write the numbers and let the entries become posted; the database checks each of them."""
    for start in range(0, len(posted), AT_ONCE):
        some = posted[start : start + AT_ONCE]
        write_each(
            session,
            Entry,
            {
                entry.id: {
                    "number": entry.number,
                    "reference": entry.reference,
                    "search_key": fold(" ".join(filter(None, (entry.number, entry._words, entry.reference)))),
                }
                for entry in some
            },
            state="posted",
        )


def write_each(session: Session, model: Any, values: Mapping[int, Mapping[str, Any]], **same: Any) -> None:
    """Give each row of ``model`` its own ``values``, by id, and all of them the ``same``, in one statement."""
    names = next(iter(values.values()))
    own = {
        name: sa.case({id_: row[name] for id_, row in values.items()}, value=model.id, else_=getattr(model, name))
        for name in names
    }
    session.execute(
        sa.update(model).where(model.id.in_(list(values))).values(version=model.version + 1, **own, **same),
        execution_options={"synchronize_session": False},
    )


def accumulate(
    session: Session, company_id: int, postings: Iterable[tuple[Iterable[LineDraft], int]], *, sign: int = 1
) -> None:
    """Add lines to the balances of their accounts; ``postings`` are pairs of lines and the id of their period."""
    sums: dict[tuple[int, int], list[Decimal]] = {}
    for lines, period_id in postings:
        for line in lines:
            pair = sums.setdefault((line.account_id, period_id), [ZERO, ZERO])
            pair[line.amount < 0] += abs(line.amount)
    for (account_id, period_id), (debit, credit) in sums.items():
        session.accumulate(
            Balance,
            key={"company_id": company_id, "account_id": account_id, "period_id": period_id},
            amounts={"debit": debit * sign, "credit": credit * sign},
        )


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
    )
