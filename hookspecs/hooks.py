"""The core's hooks. A plugin implements those it needs in its ``plugin.py``, marked with ``@hookimpl``.

Each docstring says when the hook is called, what it gives and what happens when it fails. *Strict at load*: a failure
refuses the plugin, the others go on. *Strict*: the exception propagates and the transaction rolls back. *Isolated*: the
exception is logged with the plugin's name and version, and the others go on.

Beside its hooks ``plugin.py`` may say what the plugin is called and what it is for, as labels: ``TITLE = _("Fleet")``
and ``SUMMARY = _("Vehicles and who drives them")``. Left out, its name and the summary of its package are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pluggy

from .nouns import Action, Document, Event, Job, On, Report, Resource
from .parts import Card, Check, Intake, MenuItem, Permission, PersonalRecord, Role, Settings

if TYPE_CHECKING:
    from flask import Blueprint, Flask, Request

PROJECT = "backoffice"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class CoreHooks:
    """Every hook the core calls."""

    @hookspec
    def models(self) -> Any:
        """Give the declarative base whose classes are this plugin's tables.

        Called once at load, before the first session. Strict at load.
        """

    @hookspec
    def resources(self) -> Sequence[Resource]:
        """Give the models people may see. Called once at load. Strict at load."""
        return ()

    @hookspec
    def actions(self) -> Sequence[Action]:
        """Give the verbs. Called once at load. Strict at load."""
        return ()

    @hookspec
    def reports(self) -> Sequence[Report]:
        """Give the reports. Called once at load. Strict at load."""
        return ()

    @hookspec
    def documents(self) -> Sequence[Document]:
        """Give the documents. Called once at load. Strict at load."""
        return ()

    @hookspec
    def jobs(self) -> Sequence[Job]:
        """Give the jobs. Called once at load. Strict at load."""
        return ()

    @hookspec
    def events(self) -> Sequence[Event]:
        """Give the events this plugin says. Called once at load. Strict at load."""
        return ()

    @hookspec
    def listeners(self) -> Sequence[On]:
        """Give the listeners to events of any plugin. Called once at load. Strict at load."""
        return ()

    @hookspec
    def intakes(self) -> Sequence[Intake]:
        """Give what this plugin takes in of other systems' signed messages. Called once at load. Strict at load."""
        return ()

    @hookspec
    def settings(self) -> Sequence[Settings]:
        """Give what an administrator may set. Called once at load. Strict at load."""
        return ()

    @hookspec
    def permissions(self) -> Sequence[Permission]:
        """Give permissions beside those that follow from resources, actions and reports. Strict at load."""
        return ()

    @hookspec
    def roles(self) -> Sequence[Role]:
        """Give ready-made sets of permissions. Called once at load. Strict at load."""
        return ()

    @hookspec
    def blueprints(self, app: Flask) -> Sequence[Blueprint]:
        """Give Flask blueprints of one's own pages; every view declares its permission. Isolated.

        ``app`` is the Flask application being made; ``app.extensions["backoffice"]`` is the office.
        """
        return ()

    @hookspec
    def menu(self, user: Any) -> Sequence[MenuItem]:
        """Give entries of the navigation for ``user``. Called for each page. Isolated."""
        return ()

    @hookspec
    def cards(self, place: str, session: Any, subject: Any) -> Sequence[Card]:
        """Give parts for ``place``: ``"dashboard"`` or a resource's name, then ``subject`` is the record. Isolated.

        ``session`` reads as the person who looks.
        """
        return ()

    @hookspec(firstresult=True)
    def authenticate(self, request: Request) -> Any:
        """Give the user a request comes from, or nothing. The first answer counts."""

    @hookspec
    def authorize(self, user: Any, permission: str, subject: Any) -> bool | None:
        """Say yes, no or nothing. Any no wins; with no yes the answer is no. Strict."""
        return None

    @hookspec
    def personal_data(self, session: Any, subject: Any) -> Sequence[PersonalRecord]:
        """Give what is known about ``subject``, a party or a user, and how to erase it. Strict."""
        return ()

    @hookspec
    def health(self, office: Any) -> Sequence[Check]:
        """Give checks for ``backoffice doctor`` and the console. Isolated."""
        return ()

    @hookspec
    def startup(self, office: Any) -> None:
        """Prepare once per process, after the models are known. A failure quarantines the plugin."""

    @hookspec
    def shutdown(self, office: Any) -> None:
        """Put away once per process. Isolated."""

    @hookspec
    def uninstall(self, session: Any, purge: bool) -> None:
        """Say last words before tables go, with the export already written. Strict."""

    @hookspec
    def addhooks(self, hooks: Any) -> None:
        """Offer specifications to other plugins: ``hooks.add_hookspecs(module)``. Strict at load."""


__all__ = ["PROJECT", "CoreHooks", "hookimpl", "hookspec"]
