"""The frame around every page: navigation, who is signed in, what there is to tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from markupsafe import Markup

Tone = Literal["", "good", "warning", "bad", "info"]
"""What a colour says; text or a sign always says it too."""


@dataclass(frozen=True, slots=True)
class Ref:
    """Another record, as a cell or a fact shows it."""

    text: str
    url: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something one can do here: a link, or a form of one button when ``post`` is set."""

    label: str
    url: str
    icon: str = ""
    style: Literal["", "primary", "danger"] = ""
    post: bool = False
    dialog: bool = False
    """Opens the page at ``url`` in a dialog where scripts run; a page of its own otherwise."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Sent along by ``post``."""
    menu: bool = False
    """Kept in the menu of further commands."""
    help: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several: a company, a language, a format to export."""

    value: str
    label: str
    url: str = ""
    current: bool = False
    help: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell: a message after an action, or a banner above the page."""

    text: str
    tone: Tone = "info"
    url: str = ""
    link: str = ""
    """The words of the link to ``url``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationItem:
    """A line of the navigation."""

    label: str
    url: str
    current: bool = False
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationGroup:
    """Lines of a long section under a heading; the group of the present page is open."""

    label: str
    items: Sequence[NavigationItem]
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationSection:
    """A section: ``home``, ``sales`` … ``settings``; with a ``url`` and no ``items`` it is a link itself.

    A short section has ``items``, a long one ``groups`` of them.
    """

    key: str
    label: str
    items: Sequence[NavigationItem] = ()
    groups: Sequence[NavigationGroup] = ()
    url: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Favourite:
    """Whether the present page is a favourite of whoever looks; ``place`` names the page when it is sent back."""

    place: str
    kept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is signed in."""

    name: str
    username: str
    initials: str
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The frame: given to every template as ``page``."""

    language: str = "en"
    direction: Literal["ltr", "rtl"] = "ltr"
    theme: Literal["", "light", "dark"] = ""
    """Empty follows the system."""
    digits: Literal["latn", "arab"] = "latn"
    calendar: Literal["gregorian", "hijri"] = "gregorian"
    """Dates are typed in it; the browser's own picker knows only the Gregorian one."""
    organization: str = ""
    company: str = ""
    companies: Sequence[Choice] = ()
    languages: Sequence[Choice] = ()
    user: Person | None = None
    sidebar: Markup | str = ""
    """The navigation, drawn by ``macros/nav.html``."""
    favourite: Favourite | None = None
    """Nothing where the page is no line of the navigation."""
    banners: Sequence[Notice] = ()
    messages: Sequence[Notice] = ()
    notifications: int | None = None
    """How many are unread; nothing leaves the bell out."""
    shortcuts: bool = True
    version: str = ""
    query: str = ""
    help_url: str = ""
    """Explains this page."""


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step on the way to this page."""

    label: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Empty:
    """What belongs here and the first step."""

    title: str
    text: str = ""
    icon: str = "inbox"
    commands: Sequence[Command] = ()


__all__ = [
    "Choice",
    "Command",
    "Crumb",
    "Empty",
    "Favourite",
    "NavigationGroup",
    "NavigationItem",
    "NavigationSection",
    "Notice",
    "Page",
    "Person",
    "Ref",
    "Tone",
]
