"""What administrators look at: plugins, jobs, approvals, imports, settings, the profile; search and errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backoffice.hookspecs import Field

from .forms import FormPage, Problem
from .frame import Choice, Command, Crumb, Tone
from .tables import Fact, TableView


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginView:
    """A plugin on ``plugins.html``, given as ``plugins``."""

    name: str
    label: str
    version: str
    state: str
    state_label: str
    summary: str = ""
    required: bool = False
    location: str = ""
    hooks: Sequence[str] = ()
    provides: Sequence[Fact] = ()
    reason: str = ""
    remedy: str = ""
    command: str = ""
    """To be typed at the command line."""
    commands: Sequence[Command] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """A job on ``jobs.html`` (as ``jobs``) and ``job.html`` (as ``job``)."""

    id: str
    label: str
    name: str
    state: str
    state_label: str
    url: str = ""
    done: int = 0
    total: int = 0
    text: str = ""
    queued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    attempt: int = 0
    attempts: int = 0
    who: str = ""
    company: str = ""
    arguments: Sequence[Fact] = ()
    error: str = ""
    remedy: str = ""
    poll: str = ""
    """Address of its progress as JSON; empty once it has ended."""
    result: Command | None = None
    commands: Sequence[Command] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalView:
    """Something that waits for a second person, on ``approvals.html`` (as ``approvals``)."""

    id: str
    title: str
    who: str
    at: datetime
    url: str = ""
    facts: Sequence[Fact] = ()
    reason: str = ""
    approve_url: str = ""
    refuse_url: str = ""
    own: bool = False
    """Asked by the person who looks, who can therefore not agree to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPage:
    """``import.html`` as ``importing``."""

    title: str
    url: str
    columns: Sequence[Field] = ()
    sample_url: str = ""
    crumbs: Sequence[Crumb] = ()
    problems: Sequence[Problem] = ()
    done: bool = False
    loaded: int = 0
    unchanged: int = 0
    refused: int = 0
    bad_rows: TableView | None = None
    bad_rows_url: str = ""
    list_url: str = ""
    job: JobView | None = None
    undo: Command | None = None
    """Takes the whole import back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationView:
    """Something one was told, on ``notifications.html`` (as ``notifications``)."""

    text: str
    at: datetime
    tone: Tone = "info"
    url: str = ""
    unread: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Something found, on ``search.html`` (as ``groups``: a title and its hits)."""

    title: str
    url: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """``error.html`` as ``error``: what happened, why, what to do."""

    status: int
    title: str
    what: str
    why: str = ""
    remedy: str = ""
    request_id: str = ""
    commands: Sequence[Command] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsPage:
    """``settings.html`` as ``settings``: a section at a time, each with its form."""

    title: str
    sections: Sequence[Choice]
    form: FormPage
    scope: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A place where one is signed in, or a token."""

    label: str
    detail: str = ""
    last_seen: datetime | None = None
    current: bool = False
    revoke_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfilePage:
    """``profile.html`` as ``profile``."""

    form: FormPage
    password: FormPage
    sessions: Sequence[SessionView] = ()
    tokens: Sequence[SessionView] = ()
    token_url: str = ""
    roles: Sequence[str] = ()
    factor: Any = None
    """How one stands with the second factor: since when, recovery codes left, whether a role needs it."""
    factor_url: str = ""
    passkeys: Sequence[SessionView] = ()
    passkey_url: str = ""
    """Where to add one; empty where they are not set up."""


__all__ = [
    "ApprovalView",
    "ErrorPage",
    "Hit",
    "ImportPage",
    "JobView",
    "NotificationView",
    "PluginView",
    "ProfilePage",
    "SessionView",
    "SettingsPage",
]
