"""Hooks of the console: its pages, who is signed in with a browser, and entries of the navigation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from backoffice.hookspecs import Field, Job, MenuItem, hookimpl, messages

if TYPE_CHECKING:
    from flask import Blueprint, Flask, Request

_ = messages("console")

TITLE = _("Console")
SUMMARY = _("These pages.")


@hookimpl
def blueprints(app: Flask) -> Sequence[Blueprint]:
    """Give the pages, and let the console show the errors of the whole application."""
    from .install import install

    return install(app)


@hookimpl
def authenticate(request: Request) -> Any:
    """Give the person whose login session the browser's cookie names."""
    from .sign_ins import recognise

    return recognise(request)


@hookimpl
def menu(user: Any) -> Sequence[MenuItem]:
    """Give the pages of administrators that are no list of records."""
    from backoffice.core.builtin.administration.groups import PROGRAM, WORK

    return (
        MenuItem(
            _("First steps"), "console.welcome", permission="core.company.change", order=5, group=PROGRAM,
            help=_("A new organisation step by step: company, people, plugins, the first records."),
        ),
        MenuItem(
            _("Settings of the plugins"), "console.settings", permission="core.set_setting", order=6, group=PROGRAM,
            help=_("What each plugin lets you decide, and which actions need a second person."),
        ),
        MenuItem(
            _("Plugins"), "console.plugins", permission="core.plugins", order=7, group=PROGRAM,
            help=_("What is installed, what was put aside, and why."),
        ),
        MenuItem(
            _("Health"), "console.health", permission="core.plugins", order=8, group=PROGRAM,
            help=_("Whether everything works, and what to do where it does not."),
        ),
        MenuItem(
            _("Approvals"), "console.approvals", permission="core.approval.read", order=65, group=WORK,
            help=_("Actions that wait for a second person."),
        ),
    )  # fmt: skip


@hookimpl
def jobs() -> Sequence[Job]:
    """Give the job that loads a large file."""
    return (
        Job(
            "console.import_file",
            "backoffice.core.builtin.console.importing:run",
            label=_("Import of a file"),
            fields=(
                Field("token", "code", label=_("File"), required=True),
                Field("resource", "code", label=_("List"), required=True),
            ),
            attempts=3,
        ),
    )
