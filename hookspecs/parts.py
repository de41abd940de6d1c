"""Smaller things a plugin hands over: permissions, roles, settings, navigation, cards, checks, personal data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from json import loads
from typing import Any, Literal

from .nouns import Field, Function

SIGNED_IN = "signed_in"
"""The permission of what everybody may do who is signed in, such as changing their own password."""

Scope = Literal["all", "company", "branch", "own"]
"""How far a permission reaches: every record, those of the person's companies or branches, or their own."""


@dataclass(frozen=True, slots=True)
class Permission:
    """Something that can be granted."""

    name: str
    label: str = ""
    _: KW_ONLY
    help: str = ""


@dataclass(frozen=True, slots=True)
class Role:
    """A ready-made set of permissions. ``accounting.*`` grants all of a plugin, ``*.read`` every reading one."""

    name: str
    """Prefixed by the plugin: ``accounting.bookkeeper``."""
    label: str
    permissions: tuple[str, ...] | Mapping[str, Scope]
    """Names, or names with the scope each is granted for."""
    _: KW_ONLY
    help: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an administrator may set for a plugin, per company or for the whole installation."""

    fields: tuple[Field, ...]
    _: KW_ONLY
    scope: Literal["company", "system"] = "company"
    label: str = ""


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An entry of the navigation that is not a resource or report."""

    label: str
    endpoint: str
    """Flask endpoint, such as ``console.home``."""
    _: KW_ONLY
    section: str = "settings"
    permission: str = ""
    """Shown to those who have it; empty shows it to everyone signed in."""
    values: Mapping[str, Any] = field(default_factory=dict)
    order: int = 50
    icon: str = ""
    group: str = ""
    """Heading under which it stands in its section, a label; by default what its plugin is called."""
    help: str = ""
    """One sentence that says what it is for, shown on the page of its section."""


@dataclass(frozen=True, slots=True)
class Card:
    """A part on another page or the dashboard: a figure, a table, or a template of the plugin."""

    title: str
    _: KW_ONLY
    value: Any = None
    kind: str = "integer"
    currency: str = ""
    table: Any = None
    """A :class:`~backoffice.hookspecs.Table`; with a chart it is drawn, the table behind it."""
    template: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    link: Any = None
    """A :class:`~backoffice.hookspecs.Link` to the report or record the figure comes from."""
    permission: str = ""
    """Shown to those who have it; empty shows it to everyone who sees the page."""
    order: int = 50
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """A question about health, for ``backoffice doctor`` and the console."""

    name: str
    run: Callable[[], tuple[Literal["ok", "warning", "error"], str]]
    """Returns a state and a sentence that says what to do when it is not ``ok``."""
    label: str = ""


@dataclass(frozen=True, slots=True)
class PersonalRecord:
    """What one plugin knows about a person, and how to erase it."""

    resource: str
    id: int
    data: Mapping[str, Any]
    erase: Function | None = None
    """``erase(session)``, or nothing where the law asks to keep it; then ``reason`` says why."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class IntakeMessage:
    """What another system sent to one of our addresses."""

    headers: Mapping[str, str]
    """Names in small letters."""
    body: bytes
    received_at: datetime
    id: str = ""
    """Its number, once its signature was found right."""

    def json(self) -> Any:
        """Return the body read as JSON. Raises ``ValueError`` when it is none."""
        return loads(self.body)


@dataclass(frozen=True, slots=True)
class Signed:
    """Who a message says it is, after its signature was found right."""

    id: str
    """The number its sender gave it; the same number is handled once."""
    at: datetime | None = None
    """When it was sent, as far as the signature covers that; older than five minutes it is refused."""


@dataclass(frozen=True, slots=True)
class Intake:
    """Signed messages of another system that a plugin takes in, such as the notices of a payment provider."""

    name: str
    """``plugin.something``; an administrator makes addresses for it, each with a secret."""
    handler: Function
    """``handler(session, message)``, called by a job, in one transaction with the mark that it was handled."""
    _: KW_ONLY
    label: str = ""
    verify: Function | None = None
    """``verify(message, secret) -> Signed | None``; by default as Standard Webhooks describes it."""
    largest: int = 256 * 1024
    """Bytes of the largest body."""


__all__ = [
    "SIGNED_IN",
    "Card",
    "Check",
    "Intake",
    "IntakeMessage",
    "MenuItem",
    "Permission",
    "PersonalRecord",
    "Role",
    "Scope",
    "Settings",
    "Signed",
]
