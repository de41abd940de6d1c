"""A record: its fields, lines, documents and history; cards and the dashboard; a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from .forms import Input, Problem
from .frame import Choice, Command, Crumb, Tone
from .tables import Fact, Pager, TableView


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A field before and after."""

    label: str
    before: Any
    after: Any
    kind: str = "text"
    currency: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that happened to a record: an audit entry or an event."""

    at: datetime
    who: str
    what: str
    through: str = ""
    """The channel in words: console, interface, job."""
    tone: Tone = ""
    changes: Sequence[Change] = ()
    as_of_url: str = ""
    request: str = ""
    """The number of the request, by which entries and events of the same one are told together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """A table of records that belong to this one."""

    title: str
    table: TableView
    url: str = ""
    commands: Sequence[Command] = ()
    empty: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handout:
    """A document of a record: preview and download."""

    label: str
    url: str
    downloads: Sequence[Choice] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """A file of a record."""

    name: str
    url: str
    size: str
    at: datetime
    who: str = ""
    picture: bool = False
    """A browser may show it in place."""
    remove_url: str = ""
    """Where its removal is sent; nothing when this person may not."""
    digest: str = ""
    """Of a document that was mailed or printed as final: its SHA-256."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesPanel:
    """The files of a record, and where new ones are sent, if this person may."""

    files: Sequence[FileView] = ()
    url: str = ""
    accept: str = ""
    limit: int = 0
    """MiB of the largest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentView:
    """What somebody said about a record; ``parts`` are its lines."""

    who: str
    initials: str
    at: datetime
    parts: Sequence[str]
    id: str = ""
    remove_url: str = ""
    """Where its removal is sent; nothing when it is somebody else's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentsPanel:
    """The comments on a record, oldest first, and where a new one is sent."""

    comments: Sequence[CommentView] = ()
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """A card: a figure, a table, a chart over its table, or a plugin's own template."""

    title: str
    kind: Literal["figure", "table", "chart", "template"] = "figure"
    url: str = ""
    value: Any = None
    value_kind: str = "integer"
    currency: str = ""
    note: str = ""
    table: TableView | None = None
    chart: Any = None
    """A :class:`~backoffice.core.builtin.console.charts.Chart`."""
    template: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    wide: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailPage:
    """``detail.html`` as ``record``."""

    title: str
    facts: Sequence[Fact] = ()
    subtitle: str = ""
    crumbs: Sequence[Crumb] = ()
    state: str = ""
    state_label: str = ""
    commands: Sequence[Command] = ()
    as_of: datetime | None = None
    """Set when the page shows the record as it was; ``now_url`` leads back."""
    now_url: str = ""
    lines: Sequence[Related] = ()
    related: Sequence[Related] = ()
    documents: Sequence[Handout] = ()
    cards: Sequence[CardView] = ()
    files: FilesPanel | None = None
    comments: CommentsPanel | None = None
    history: Sequence[Moment] = ()
    history_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """``history.html`` as ``history``."""

    title: str
    moments: Sequence[Moment]
    crumbs: Sequence[Crumb] = ()
    as_of_url: str = ""
    """Where a date is sent to, as ``as_of``, to see the record as it was."""
    pager: Pager = field(default_factory=Pager)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """``report.html`` as ``report``."""

    title: str
    url: str
    inputs: Sequence[Input] = ()
    problems: Sequence[Problem] = ()
    table: TableView | None = None
    """Nothing until the parameters are right."""
    subtitle: str = ""
    description: str = ""
    chart: Any = None
    notes: Sequence[str] = ()
    exports: Sequence[Choice] = ()
    crumbs: Sequence[Crumb] = ()
    parameters: Sequence[Fact] = ()
    """Said in words at the top of the paper."""
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Work that waits, counted, on the dashboard."""

    label: str
    url: str
    count: int
    icon: str = "inbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """``home.html`` as ``home``."""

    greeting: str
    day: Any = None
    cards: Sequence[CardView] = ()
    tasks: Sequence[Task] = ()
    steps: Sequence[Choice] = ()
    """First steps of a new organisation; ``current`` marks those done."""
    commands: Sequence[Command] = ()


__all__ = [
    "CardView",
    "Change",
    "CommentView",
    "CommentsPanel",
    "DetailPage",
    "FileView",
    "FilesPanel",
    "Handout",
    "HistoryPage",
    "HomePage",
    "Moment",
    "Related",
    "ReportPage",
    "Task",
]
