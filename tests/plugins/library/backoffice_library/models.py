"""Authors, and books with the copies of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Mapped

from backoffice.core.api import Indexed, Must, Record, Row, UniqueInOrganization, field, plugin_base, to_many, to_one
from backoffice.hookspecs import messages

_ = messages("library")

Base = plugin_base("library")

STATES = {"draft": _("Draft"), "catalogued": _("Catalogued")}
CONDITIONS = {"new": _("New"), "worn": _("Worn")}


class Author(Record, Base):
    """Who writes."""

    __tablename__ = "library_author"
    __title__ = "name"
    __key__ = ("code",)
    code: Mapped[str] = field.code(16, label=_("Code"))
    name: Mapped[str] = field.translated(80, label=_("Name"), search=True)
    mentor_id: Mapped[int | None] = field.ref("library_author", label=_("Mentor"))
    unique = UniqueInOrganization("code")


class Book(Record, Base):
    """What is lent."""

    __tablename__ = "library_book"
    __title__ = "title"
    __key__ = ("isbn",)
    isbn: Mapped[str] = field.code(20, label=_("ISBN"), search=True)
    title: Mapped[str] = field.translated(200, label=_("Title"), search=True)
    author_id: Mapped[int] = field.ref("library_author", label=_("Author"))
    published: Mapped[date | None] = field.day(label=_("Published"))
    pages: Mapped[int | None] = field.integer(label=_("Pages"), minimum=1)
    price: Mapped[Decimal | None] = field.money(label=_("Price"), currency="currency")
    currency: Mapped[str] = field.code(3, label=_("Currency"), default="GBP")
    weight: Mapped[Decimal | None] = field.quantity(label=_("Weight"))
    lendable: Mapped[bool] = field.yes_no(default=True, label=_("May be lent"))
    state: Mapped[str] = field.choice(STATES, label=_("State"), default="draft", read_only=True)
    royalty: Mapped[Decimal | None] = field.money(label=_("Royalty"), permission="library.see_royalty")
    notes: Mapped[str | None] = field.long_text(label=_("Notes"))
    tags: Mapped[Any | None] = field.data(label=_("Tags"))
    unique = UniqueInOrganization("isbn")
    by_title = Indexed("title", "id")
    by_published = Indexed("published", "id")
    by_royalty = Indexed("royalty", "id")
    positive = Must("price_positive", "price IS NULL OR price >= 0")

    author: Mapped[Author] = to_one(author_id)
    copies: Mapped[list[Copy]] = to_many("Copy.book_id", back_populates="book")


class Copy(Row, Base):
    """One copy of a book, on a shelf."""

    __tablename__ = "library_copy"
    __part_of__ = "book_id"
    __referenced__ = False
    book_id: Mapped[int] = field.ref("library_book", label=_("Book"))
    shelf: Mapped[str] = field.code(12, label=_("Shelf"))
    condition: Mapped[str] = field.choice(CONDITIONS, label=_("Condition"), default="new")
    paid: Mapped[Decimal | None] = field.money(label=_("Paid"))
    donor_id: Mapped[int | None] = field.ref("library_author", label=_("Donor"))
    spine = field.derived("code", lambda copy: f"{copy.book.isbn}/{copy.shelf}", label=_("On its spine"))
    of_book = Indexed("book_id")

    book: Mapped[Book] = to_one(book_id, back_populates="copies")


class Shelf(Record, Base):
    """A shelf without a natural key."""

    __tablename__ = "library_shelf"
    __title__ = "name"
    __referenced__ = False
    name: Mapped[str] = field.text(40, label=_("Name"))
