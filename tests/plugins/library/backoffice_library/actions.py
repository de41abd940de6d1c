"""What is done with books."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import RuleBroken, Session
from backoffice.hookspecs import Action, Approval, Column, Document, Field, Link, Report, Row, Table, messages

from .models import Author, Book

_ = messages("library")

LINES = (
    Field("book", "ref", target="library_book", label=_("Book"), required=True),
    Field("count", "integer", label=_("Count"), required=True, minimum=0),
)

ACTIONS = (
    Action("library.catalogue", "backoffice_library.actions:catalogue", label=_("Catalogue"), resource="library.book",
           fields=(Field("shelf", "code", label=_("Shelf"), length=12),), when=("state", ("draft",))),
    Action("library.count_stock", "backoffice_library.actions:count_stock", label=_("Count the stock"),
           fields=(Field("day", "date", label=_("Day"), required=True),
                   Field("lines", "data", label=_("Lines"), many=True, fields=LINES))),
    Action("library.write_off", "backoffice_library.actions:write_off", label=_("Write off"), resource="library.book",
           approval=Approval(always=True)),
    Action("library.lend_all", "backoffice_library.actions:lend_all", label=_("Lend all"), as_job=True,
           fields=(Field("author", "ref", target="library_author", label=_("Author"), required=True),)),
    Action("library.crash", "backoffice_library.actions:crash", label=_("Crash")),
    Action("library.refuse", "backoffice_library.actions:refuse", label=_("Refuse")),
)  # fmt: skip


def catalogue(session: Session, book: Book, shelf: str | None = None) -> Book:
    """Put a draft into the catalogue."""
    if book.state == "catalogued":
        raise RuleBroken(
            _("{isbn} is catalogued already.").with_values(isbn=book.isbn), remedy=_("Choose another book.")
        )
    book.state = "catalogued"
    return book


def count_stock(session: Session, day: Any, lines: Iterable[Mapping[str, Any]] | None = None) -> dict[str, Any]:
    """Say how many were counted."""
    return {"day": day, "counted": sum(line["count"] for line in lines or ())}


def write_off(session: Session, book: Book) -> dict[str, Any]:
    """Write a book off."""
    book.lendable = False
    return {"id": book.id}


def lend_all(session: Session, author: int) -> dict[str, int]:
    """Let every book of an author be lent, which takes long in a large library."""
    done = session.execute(sa.update(Book).where(Book.author_id == author).values(lendable=True))
    return {"changed": done.rowcount}


def crash(session: Session) -> None:
    """Fail as a program with a mistake does."""
    raise RuntimeError("a secret of the inside")


def refuse(session: Session) -> None:
    """Refuse, with a detail that is called like one of HTTP."""
    raise RuleBroken(_("Nothing is to be done here."), status="draft")


VALUE = Report(
    "library.value",
    "backoffice_library.actions:value",
    label=_("Value of the library"),
    fields=(
        Field("author", "ref", target="library_author", label=_("Author")),
        Field("until", "date", label=_("Published until")),
    ),
)


def value(session: Session, author: int | None = None, until: Any = None) -> Table:
    """Sum up the prices by book."""
    statement = sa.select(Book).order_by(Book.isbn)
    if author is not None:
        statement = statement.where(Book.author_id == author)
    if until is not None:
        statement = statement.where(Book.published <= until)
    rows = [
        Row((book.isbn, book.title, book.price or Decimal(0)), link=Link("library.book", book.id))
        for book in session.scalars(statement)
    ]
    columns = (
        Column("isbn", _("ISBN"), "code"),
        Column("title", _("Title")),
        Column("price", _("Price"), "money", total=True, currency="GBP"),
    )
    return Table(columns, rows, title=_("Value of the library"))


CARD = Document(
    "library.card",
    "library.book",
    "library/card.html",
    "backoffice_library.actions:card",
    label=_("Lending card"),
    filename=lambda book: f"card-{book.isbn}",
)


def card(session: Session, book: Book) -> dict[str, Any]:
    """Say what stands on the card."""
    words = {"until": _("Lend until"), "price": _("Price")}
    return {"title": book.title, "words": words, "day": book.published, "price": book.price, "currency": book.currency}


__all__ = ["ACTIONS", "CARD", "VALUE", "Author"]


def take_sale(session: Session, message: Any) -> None:
    """Write down what a shop sold."""
    sold = message.json()
    book = session.scalars(sa.select(Book).where(Book.isbn == sold["isbn"])).one_or_none()
    if book is None:
        raise RuleBroken(_("There is no book {isbn}.").with_values(isbn=sold["isbn"]))
    book.pages = (book.pages or 0) + sold["count"]
    book.notes = message.id
