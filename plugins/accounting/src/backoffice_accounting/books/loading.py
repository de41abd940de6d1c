"""Post a book into the session's company: accounts, years, rates, entries, in transactions of a few hundred entries.

A file is known by its fingerprint and a transaction of it by its index, so that loading again, or going on after a
break, posts nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from backoffice_accounting import ledger
from backoffice_accounting.currencies import books_currency, rate_on
from backoffice_accounting.models import Account, BookEntry, ImportedBook
from backoffice_accounting.periods import Calendar
from backoffice_accounting.posting import EntryDraft, LineDraft, Source

from backoffice.core.api import Desk, InvalidInput, RuleBroken, Session, keep_file, translate
from backoffice.hookspecs import messages

from .book import Book, Choices, Told
from .files import Files
from .making import MOST_RATE, add_rates, journals, open_years, parties
from .planning import AccountChoices, Plan, make_accounts, plan
from .reading import read_book
from .valuing import BookEntryDraft, BookLine, Meaning, Valued, valued

_ = messages("accounting")

PER_TRANSACTION: Final = 500
PLUGIN: Final = "accounting.books"
MOST_YEARS: Final = 120

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be imported, and how it is meant where the file does not say."""

    choices: Choices = field(default_factory=Choices)
    symbols: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Decimal] = field(default_factory=dict)
    accounts: AccountChoices = field(default_factory=AccountChoices)
    journal: str = ""
    open_years: bool = False
    year_begins: int | None = None
    """The month fiscal years begin in; by default as those there are, else January."""
    dry_run: bool = False


@dataclass(slots=True)
class Done:
    """What became of a book."""

    filename: str
    format: str
    book: int | None = None
    entries: int = 0
    posted: int = 0
    existing: int = 0
    accounts: int = 0
    rates: int = 0
    years: int = 0
    checked: int = 0
    told: list[Told] = field(default_factory=list)
    dry_run: bool = False

    @property
    def errors(self) -> list[Told]:
        """What must be mended before anything is posted."""
        return [told for told in self.told if told.kind == "error"]

    def answer(self, language: str) -> dict[str, Any]:
        """Return it as plain values in ``language``."""
        names = ("filename", "format", "book", "entries", "posted", "existing", "accounts", "rates", "years", "checked")
        return {**{name: getattr(self, name) for name in names}, "told": sentences(self.told, language)}


def plain(told: Sequence[Told], language: str) -> list[dict[str, str]]:
    """Return what was told as plain texts."""
    return [
        {
            "place": str(one.place),
            "kind": one.kind,
            "what": translate(one.what, language),
            "why": translate(one.why, language) if one.why else "",
            "remedy": translate(one.remedy, language) if one.remedy else "",
        }
        for one in told
    ]


def sentences(told: Sequence[Told], language: str) -> list[str]:
    """Return what was told, a text each, with its place in front."""
    return [
        " ".join(filter(None, (f"{one['place']}: {one['what']}", one["why"], one["remedy"])))
        for one in plain(told, language)
    ]


def refused(done: Done, language: str) -> InvalidInput:
    """Return the error for a book with mistakes: the first ones, and all of them in its details."""
    lines = sentences(done.errors[:12], language)
    said = _("{count} thing stands against importing {file}.").counted(
        "{count} things stand against importing {file}.", len(done.errors), file=done.filename
    )
    error = InvalidInput(
        said, why="\n".join(lines), remedy=_("Nothing was posted. Mend the file, or say how it is meant.")
    )
    error.details["told"] = plain(done.told, language)
    return error


class _Tried(Exception):
    """Takes a dry run back."""


@dataclass(slots=True)
class _Work:
    """A book that was read, and what is known of it."""

    book: Book
    values: Valued
    order: Order
    plan: Plan
    done: Done


def load(
    desk: Desk, files: Files, order: Order, *, book_id: int | None = None, progress: Progress | None = None
) -> Done:
    """Import the book in ``files`` at ``desk``; with ``order.dry_run`` all is tried and taken back.

    ``book_id`` is the record it is kept under, when there is one already. Mistakes are returned, and then nothing was
    posted.
    """
    desk.require("accounting.import_books")
    book = read_book(files, order.choices)
    with desk.reading(fresh=True) as session:
        work = prepare(session, book, files, order)
    if work.done.errors:
        return work.done
    if order.dry_run:
        return _try(desk, work)
    desk.run(lambda session: _begin(session, work, files, book_id), action="accounting.import_books")
    entries = work.values.entries
    for start in range(0, max(len(entries), 1), PER_TRANSACTION):
        some = entries[start : start + PER_TRANSACTION]
        counts = desk.run(partial(_post, work=work, entries=some), action="accounting.import_books")
        work.done.posted += counts[0]
        work.done.existing += counts[1]
        if progress is not None:
            progress(min(start + PER_TRANSACTION, len(entries)), len(entries))
    desk.run(lambda session: _end(session, work), action="accounting.import_books")
    return work.done


def load_here(session: Session, work: _Work, files: Files, book_id: int) -> Done:
    """Post a short book in the open transaction."""
    _begin(session, work, files, book_id)
    work.done.posted, work.done.existing = _post(session, work, work.values.entries)
    _end(session, work)
    return work.done


def prepare(session: Any, book: Book, files: Files, order: Order) -> _Work:
    """Return ``book`` with all that is asked before anything is written."""
    currency = books_currency(session)
    meaning = Meaning(currency, order.symbols, order.values, lambda code, day: _rate(session, code, currency, day))
    values = Valued() if book.errors else valued(book, meaning, order.choices)
    made = plan(session, book, values.entries, order.accounts)
    done = Done(files.name, book.format, entries=len(values.entries), checked=book.checked, dry_run=order.dry_run)
    done.told = [*book.told, *values.told, *made.told]
    work = _Work(book, values, order, made, done)
    if values.entries and not done.errors:
        _check_days(session, work)
    return work


def _rate(session: Any, code: str, currency: str, day: date) -> Decimal | None:
    try:
        return rate_on(session, code, currency, day)
    except RuleBroken:
        return None


def _check_days(session: Any, work: _Work) -> None:
    """Tell of days in no open period; with ``open_years`` only of those that are closed."""
    days = sorted({entry.date for entry in work.values.entries})
    calendar = Calendar.read(session, days[0], days[-1])
    missing = [day for day in days if calendar.find(day) is None]
    closed = [day for day in days if (found := calendar.find(day)) is not None and found.state != "open"]
    places = {entry.date: entry.place for entry in reversed(work.values.entries)}
    if closed:
        work.done.told.append(
            Told(
                places[closed[0]],
                _("The period of {date} is closed.").with_values(date=closed[0]),
                remedy=_("Open it again, or leave these transactions out."),
            )
        )
    if missing and (not work.order.open_years or days[-1].year - days[0].year > MOST_YEARS):
        work.done.told.append(
            Told(
                places[missing[0]],
                _("No fiscal year contains {first} to {last}.").with_values(first=missing[0], last=missing[-1]),
                remedy=_("Open the years first, or let the import open them."),
            )
        )


# -- writing ---------------------------------------------------------------------------------------------------------


def _try(desk: Desk, work: _Work) -> Done:
    """Do everything in one transaction and take it back."""

    def tried(session: Session) -> None:
        _ready(session, work)
        counts = _post(session, work, work.values.entries, kept=False)
        work.done.posted, work.done.existing = counts
        session.settle()
        raise _Tried

    try:
        desk.run(tried, action="accounting.import_books")
    except _Tried:
        work.done.posted += 0
    return work.done


def _begin(session: Session, work: _Work, files: Files, book_id: int | None) -> None:
    known = session.scalars(
        sa.select(ImportedBook).where(
            ImportedBook.company_id == session.company_id,
            ImportedBook.digest == files.digest if book_id is None else ImportedBook.id == book_id,
        )
    ).one_or_none()
    if known is None:
        known = new_book(session, files, work.book.format)
    known.digest, known.entries = files.digest, len(work.values.entries)
    session.flush()
    work.done.book = known.id
    _ready(session, work)


def new_book(session: Session, files: Files, format_: str) -> ImportedBook:
    """Put a book on record and return it."""
    made = ImportedBook(
        company_id=session.company_id,
        filename=files.name[-200:],
        format=format_,
        digest=files.digest,
        entries=0,
        done=0,
    )
    session.add(made)
    session.flush()
    for name, data in files.parts:
        keep_file(session, made, name[-200:], "application/octet-stream", data, purpose="book")
    return made


def _ready(session: Session, work: _Work) -> None:
    """Make accounts, years and rates."""
    work.done.accounts = make_accounts(session, work.plan)
    if work.order.open_years and work.values.entries:
        work.done.years = open_years(session, work.values.entries, work.order.year_begins)
    work.done.rates = add_rates(session, work.values.rates, work.done.filename)
    session.flush()


def _post(session: Session, work: _Work, entries: Sequence[BookEntryDraft], *, kept: bool = True) -> tuple[int, int]:
    """Post ``entries``; return how many were, and how many had been before."""
    if not entries:
        return 0, 0
    journals_ = journals(session, work.order.journal, {entry.journal for entry in entries})
    parties_ = parties(session, {line.party for entry in entries for line in entry.lines if line.party})
    digest = work.book.digest[:40]
    drafts = [_draft(work, entry, journals_, parties_, f"{digest}:{entry.index}") for entry in entries]
    posted = ledger.post_many(session, drafts)
    fresh = [(entry, one.id) for entry, one in zip(entries, posted, strict=True) if not one.existed]
    if kept and fresh and work.done.book is not None:
        rows = [_remembered(work.done.book, entry, id_) for entry, id_ in fresh]
        session.write_rows(BookEntry, rows)
        session.execute(
            sa.update(ImportedBook)
            .where(ImportedBook.id == work.done.book)
            .values(done=ImportedBook.done + len(fresh))
            .execution_options(synchronize_session=False)
        )
    return len(fresh), len(posted) - len(fresh)


def _remembered(book: int, entry: BookEntryDraft, id_: int) -> dict[str, Any]:
    return {
        "book_id": book,
        "entry_id": id_,
        "place": str(entry.place)[-240:],
        "status": entry.status[:1],
        "remarks": entry.remarks or None,
    }


def _draft(
    work: _Work, entry: BookEntryDraft, journals_: Mapping[str, int], parties_: Mapping[str, int], key: str
) -> EntryDraft:
    return EntryDraft(
        date=entry.date,
        journal_id=journals_[entry.journal],
        lines=tuple(_line(work, line, parties_) for line in entry.lines),
        description=entry.description,
        reference=entry.reference or None,
        source=Source(plugin=PLUGIN, key=key, purpose="import"),
    )


def _line(work: _Work, line: BookLine, parties_: Mapping[str, int]) -> LineDraft:
    foreign = line.amount_currency
    rate = abs(round(line.amount / foreign, 10)) if foreign and line.amount else None
    return LineDraft(
        account_id=work.plan.ids[line.account],
        amount=line.amount,
        party_id=parties_.get(line.party),
        description=line.text or None,
        currency=line.currency,
        amount_currency=foreign,
        rate=rate if rate is not None and rate < MOST_RATE else None,
        commodity=line.commodity,
        quantity=line.quantity,
    )


def _end(session: Session, work: _Work) -> None:
    """Put accounts the file closes out of use, and note that all is posted."""
    closed = [work.plan.ids[name] for name, said in work.book.accounts.items() if said.closed and name in work.plan.ids]
    if closed:
        session.execute(sa.update(Account).where(Account.id.in_(closed)).values(active=False))
    session.execute(
        sa.update(ImportedBook)
        .where(ImportedBook.id == work.done.book)
        .values(state="loaded", told=sentences(work.done.told, session.context.language))
        .execution_options(synchronize_session=False)
    )
