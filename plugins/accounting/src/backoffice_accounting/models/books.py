"""Books of other programs that were imported, and what their files said of each entry beside amounts."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Mapped

from backoffice.core.api import Indexed, OfCompany, Record, Row, UniqueInCompany, UniqueInOrganization, field
from backoffice.hookspecs import messages

from .base import Base
from .ledger import Entry

_ = messages("accounting")

BOOK_STATES = {"running": _("Under way"), "loaded": _("Loaded")}
BOOK_FORMATS = {
    "hledger": _("hledger journal"),
    "ledger": _("Ledger journal"),
    "beancount": _("Beancount"),
    "gnucash": _("GnuCash"),
    "csv": _("Entries as CSV"),
}


class ImportedBook(OfCompany, Record, Base):
    """A file of books that was imported: the same file is never posted twice."""

    __tablename__ = "accounting_book"
    __title__ = "filename"

    filename: Mapped[str] = field.text(200, label=_("File"), search=True, read_only=True)
    format: Mapped[str] = field.choice(BOOK_FORMATS, label=_("Format"), read_only=True)
    digest: Mapped[str] = field.code(64, label=_("Fingerprint"), read_only=True)
    state: Mapped[str] = field.choice(BOOK_STATES, label=_("State"), default="running", read_only=True)
    entries: Mapped[int] = field.integer(label=_("Entries"), default=0, read_only=True)
    done: Mapped[int] = field.integer(label=_("Posted"), default=0, read_only=True)
    told: Mapped[list[Any] | None] = field.data(label=_("What was told"), read_only=True)

    once = UniqueInCompany("digest")


class BookEntry(Row, Base):
    """Where in its file an entry stood, and what the file said of it that has no place in the entry itself."""

    __tablename__ = "accounting_book_entry"
    __part_of__ = "book_id"
    __referenced__ = False

    book_id: Mapped[int] = field.ref(ImportedBook, label=_("Imported book"))
    entry_id: Mapped[int] = field.ref(Entry, label=_("Entry"))
    place: Mapped[str] = field.text(240, label=_("Place"))
    status: Mapped[str] = field.code(1, label=_("Mark"), default="")
    remarks: Mapped[str | None] = field.long_text(label=_("Remarks"))

    once = UniqueInOrganization("entry_id")
    of_book = Indexed("book_id", "id")
