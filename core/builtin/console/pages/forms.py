"""Forms: fields, nested lines, what is wrong with them, and clashes with what someone else saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from backoffice.hookspecs import Field

from .frame import Choice, Command, Crumb
from .tables import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A field in a form: ``name`` dotted and numbered if nested (``lines.2.amount``), ``value`` as to be typed.

    A ``ref`` sends ``name`` (the id) and ``name:text`` (what was typed, a key or a title); where the two disagree, the
    text counts. ``pick`` is the address that suggests.
    """

    field: Field
    name: str = ""
    value: Any = ""
    text: str = ""
    errors: Sequence[str] = ()
    currency: str = ""
    pick: str = ""
    options: Sequence[Choice] = ()
    """The chosen ones of a field that takes many, or suggestions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Fields that belong together."""

    inputs: Sequence[Input]
    label: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """A nested line in a form. ``number`` is in its fields' names; ``id`` is empty for a new one."""

    number: str
    inputs: Sequence[Input]
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTotal:
    """A column summed under the lines, a ``Decimal`` with its number of decimals."""

    column: str
    value: Decimal
    places: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class LineForm:
    """Lines edited with their record. ``blank`` is copied for each new line; its number is ``__``."""

    name: str
    label: str
    columns: Sequence[Field]
    rows: Sequence[LineRow]
    blank: LineRow
    totals: Sequence[LineTotal] = ()
    balance: tuple[str, str] | None = None
    """Two columns whose sums must agree, such as debit and credit."""
    currency: str = ""
    errors: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the error summary; ``name`` is the input it leads to, empty for the form as a whole."""

    text: str
    name: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """A field that someone else changed in the meantime, with both values as they would be typed."""

    name: str
    label: str
    yours: str
    theirs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftNote:
    """What was typed into this form before and not saved: ``url`` goes on with it."""

    url: str
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPage:
    """``form.html`` as ``form``."""

    title: str
    url: str
    groups: Sequence[Group] = ()
    lines: Sequence[LineForm] = ()
    problems: Sequence[Problem] = ()
    clashes: Sequence[Clash] = ()
    clash_text: str = ""
    version: str = ""
    key: str = ""
    """Idempotency key: the same form sent twice does it once."""
    crumbs: Sequence[Crumb] = ()
    description: str = ""
    submit: str = ""
    submits: Sequence[Choice] = ()
    """Further ways to send it, as name ``then``: save and add another, save and post."""
    cancel_url: str = ""
    drafted: bool = False
    """What is typed is kept as a draft."""
    draft: DraftNote | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionPage:
    """``action.html`` as ``action``: what it does, what it will touch, its form."""

    title: str
    url: str
    help: str = ""
    touches: Sequence[str] = ()
    subject: Sequence[Fact] = ()
    instead: Command | None = None
    """What to do rather than a destructive step, such as a reversing entry."""
    groups: Sequence[Group] = ()
    problems: Sequence[Problem] = ()
    destructive: bool = False
    approval: str = ""
    """Says who has to agree before it runs."""
    submit: str = ""
    cancel_url: str = ""
    crumbs: Sequence[Crumb] = ()
    version: str = ""
    key: str = ""
    hidden: Sequence[tuple[str, str]] = ()
    """Sent along: the chosen rows of a list."""


__all__ = [
    "ActionPage",
    "Clash",
    "DraftNote",
    "FormPage",
    "Group",
    "Input",
    "LineForm",
    "LineRow",
    "LineTotal",
    "Problem",
]
