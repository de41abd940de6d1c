"""Import and export of books as actions, and the job for long ones."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from backoffice_accounting.models import ImportedBook

from backoffice.core.api import InvalidInput, NotFound, Session, read_files
from backoffice.hookspecs import messages

from .exported import books_out
from .files import Files
from .loading import Done, load, load_here, new_book, prepare, refused
from .orders import order_of
from .reading import read_book
from .writing import ENDINGS, write

_ = messages("accounting")

AT_ONCE: Final = 500
"""Books with more entries are posted in the background."""


def import_books(session: Session, *, file: Mapping[str, Any], **values: Any) -> dict[str, Any]:
    """Import a book that was sent; see the fields of ``accounting.import_books``."""
    files, order = _sent(file), order_of(values)
    known = session.scalars(
        sa.select(ImportedBook).where(
            ImportedBook.company_id == session.company_id, ImportedBook.digest == files.digest
        )
    ).one_or_none()
    if known is not None and known.state == "loaded":
        done = Done(known.filename, known.format, book=known.id, entries=known.entries, existing=known.entries)
        return done.answer(session.context.language)
    work = prepare(session, read_book(files, order.choices), files, order)
    if work.done.errors:
        raise refused(work.done, session.context.language)
    if order.dry_run:
        work.done.accounts = len(work.plan.new)
        return work.done.answer(session.context.language)
    book = known or new_book(session, files, work.book.format)
    if len(work.values.entries) <= AT_ONCE:
        return load_here(session, work, files, book.id).answer(session.context.language)
    book.entries = len(work.values.entries)
    work.done.book = book.id
    kept = {name: value for name, value in values.items() if value is not None}
    session.enqueue("accounting.load_book", {"book": book.id, "order": kept}, key=f"accounting.load_book:{book.id}")
    return work.done.answer(session.context.language)


def _sent(file: Any) -> Files:
    try:
        name, data = str(file["name"]), b64decode(str(file["data"]), validate=True)
    except (KeyError, TypeError, ValueError, Base64Error) as error:
        said = _("Send the file with its name and its bytes in base 64.")
        raise InvalidInput(said, fields={"file": [said]}) from error
    return Files(name.replace("\\", "/").rpartition("/")[2] or "book", data)


def load_book(job: Any, *, book: int, order: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Post a book that was put on record, and go on with it after a break."""
    with job.office.reading(fresh=True) as session:
        known = session.get(ImportedBook, book)
        sent = read_files(session, known, purpose="book") if known is not None else []
        if known is None or not sent:
            raise NotFound(_("The file of this book is not here any more."), remedy=_("Import it again."))
        files = Files(known.filename, sent[0][1])
    done = load(job.office, files, order_of(order or {}), book_id=book, progress=job.progress)
    if done.errors:
        raise refused(done, job.office.language)
    return done.answer(job.office.language)


def export_books(
    session: Session, *, format: str, since: date | None = None, until: date | None = None
) -> dict[str, Any]:
    """Return the books of the company, or a span of days of them, as a file of another program."""
    books = books_out(session, since=since, until=until)
    text = "".join(write(books, format))
    return {
        "filename": f"books.{ENDINGS[format]}",
        "format": format,
        "entries": len(books.entries),
        "accounts": len(books.accounts),
        "text": text,
    }
