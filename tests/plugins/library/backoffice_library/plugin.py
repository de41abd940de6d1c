"""Hooks of the library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backoffice.hookspecs import Action, Document, Intake, Lines, Permission, Report, Resource, Role, hookimpl, messages

_ = messages("library")


@hookimpl
def models() -> Any:
    """Give the tables."""
    from .models import Base

    return Base


@hookimpl
def resources() -> Sequence[Resource]:
    """Give authors and books."""
    from .models import Author, Book, Shelf

    return [
        Resource("library.author", Author, columns=("code", "name"), sorts=("code", "name"), order="code",
                 label=_("Author"), plural=_("Authors")),
        Resource("library.book", Book, columns=("isbn", "title", "author_id", "state", "price", "royalty"),
                 filters=("isbn", "author_id", "published", "price", "royalty", "state", "lendable", "pages", "tags"),
                 sorts=("isbn", "title", "published", "royalty"), order="isbn",
                 lines=(Lines("copies", ("shelf", "condition", "paid", "donor_id", "spine"), label=_("Copies")),),
                 label=_("Book"), plural=_("Books"), currency="currency", badge="state", menu="stock"),
        Resource("library.shelf", Shelf, columns=("name",), label=_("Shelf")),
    ]  # fmt: skip


@hookimpl
def actions() -> Sequence[Action]:
    """Give what is done with books."""
    from .actions import ACTIONS

    return ACTIONS


@hookimpl
def reports() -> Sequence[Report]:
    """Give the one report."""
    from .actions import VALUE

    return [VALUE]


@hookimpl
def documents() -> Sequence[Document]:
    """Give the card that is put into a book."""
    from .actions import CARD

    return [CARD]


@hookimpl
def permissions() -> Sequence[Permission]:
    """Give the permission of the one field that has its own."""
    return [Permission("library.see_royalty", _("See royalties"))]


@hookimpl
def roles() -> Sequence[Role]:
    """Give those who read, those who lend, and those who see only what they entered themselves."""
    reading = ("library.book.read", "library.author.read")
    return [
        Role("library.reader", _("Reader"), (*reading, "library.value")),
        Role(
            "library.librarian", _("Librarian"), (*reading, "library.book.*", "library.author.*", "library.catalogue")
        ),
        Role("library.helper", _("Helper"), {"library.book.*": "own", "library.author.read": "all"}),
    ]


@hookimpl
def intakes() -> Sequence[Intake]:
    """Give what a shop tells of books it sold."""
    return [Intake("library.sales", "backoffice_library.actions:take_sale", label=_("Sales of a shop"), largest=2000)]
