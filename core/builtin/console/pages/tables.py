"""What is shown of data: single facts, tables and lists with their columns, rows, filters and neighbouring pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from .frame import Choice, Command, Crumb, Empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A column: its name, what it holds, and how to sort by it."""

    name: str
    label: str
    kind: str = "text"
    currency: str = ""
    """Shared by the whole column and shown once, in its head."""
    places: int | None = None
    """Most decimals in the column; set when they differ, so that marks stay under each other."""
    choices: Mapping[str, str] = field(default_factory=dict)
    badge: bool = False
    sort_url: str = ""
    sorted: Literal["", "ascending", "descending"] = ""
    wrap: bool = False


class TableRow(NamedTuple):
    """A row: ``cells`` in the order of the columns; ``url`` is behind the first one."""

    cells: Sequence[Any]
    id: str = ""
    url: str = ""
    level: int = 0
    style: Literal["", "head", "total"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """A table: columns, rows and a last row of totals."""

    columns: Sequence[Head]
    rows: Sequence[TableRow]
    totals: Sequence[Any] = ()
    caption: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A field of a record, shown."""

    label: str
    value: Any
    kind: str = "text"
    currency: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    wide: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A typed filter of a list: ``value`` and ``until`` as in the address, ``text`` what they say in words."""

    name: str
    label: str
    kind: str = "text"
    choices: Mapping[str, str] = field(default_factory=dict)
    value: str = ""
    until: str = ""
    text: str = ""
    clear_url: str = ""
    pick: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """Neighbouring pages by key; there is no number of the last one."""

    previous: str = ""
    next: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChoice:
    """Which columns a list shows, and in which order; sent to the address of the list."""

    choices: Sequence[Choice]
    keep: Sequence[tuple[str, str]] = ()
    reset_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewForm:
    """The form that keeps a list as it is shown under a name."""

    url: str
    query: str
    name: str = ""
    roles: Sequence[Choice] = ()
    """With whom it may be shared; empty for those who may not share."""
    preferred: bool = False
    forget_url: str = ""
    """Where the view that is shown is forgotten, when it may be."""
    view: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """``list.html`` as ``listing``."""

    title: str
    table: TableView
    description: str = ""
    crumbs: Sequence[Crumb] = ()
    commands: Sequence[Command] = ()
    views: Sequence[Choice] = ()
    url: str = ""
    """The address the filters are sent to."""
    keep: Mapping[str, str] = field(default_factory=dict)
    """Parameters the filters leave alone, such as the sort."""
    search: str | None = ""
    """What is searched for; ``None`` where nothing can be."""
    filters: Sequence[Filter] = ()
    clear_url: str = ""
    exports: Sequence[Choice] = ()
    import_url: str = ""
    bulk: Sequence[Command] = ()
    pager: Pager = field(default_factory=Pager)
    empty: Empty | None = None
    chooser: ColumnChoice | None = None
    saving: ViewForm | None = None
    totals_url: str = ""
    """Sums the amounts of every page."""
    totals_text: str = ""
    """The sums in words, when they are of several currencies."""


__all__ = [
    "ColumnChoice",
    "Fact",
    "Filter",
    "Head",
    "ListPage",
    "Pager",
    "TableRow",
    "TableView",
    "ViewForm",
]
