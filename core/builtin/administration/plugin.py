"""Hooks of the administration: the core's own records and verbs, offered like anybody's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backoffice.hookspecs import Action, Check, Event, Field, Permission, Resource, Role, hookimpl, messages

_ = messages("backoffice")

TITLE = _("Administration")
SUMMARY = _("People, companies, settings, jobs and the audit log.")


@hookimpl
def models() -> Any:
    """Give the core's own tables."""
    from backoffice.core.persistence.records import CoreBase

    return CoreBase


@hookimpl
def resources() -> Sequence[Resource]:
    """Give the core's records as resources like any other."""
    from .resources import RESOURCES

    return RESOURCES


@hookimpl
def actions() -> Sequence[Action]:
    """Give the verbs of the administration."""
    from .actions import ACTIONS

    return ACTIONS


@hookimpl
def permissions() -> Sequence[Permission]:
    """Give the permissions that no resource or action brings."""
    return (
        Permission(
            "core.grant_roles", _("Give roles and permissions"), help=_("Whoever has it can give themselves any other.")
        ),
        Permission("core.plugins", _("See and switch plugins")),
        Permission("core.history", _("See the history of records")),
        Permission("core.read_personal", _("See the personal part of events")),
    )


@hookimpl
def roles() -> Sequence[Role]:
    """Give the roles everybody needs."""
    return (
        Role(
            "core.auditor",
            _("Auditor"),
            ("*.read", "core.history", "core.plugins"),
            help=_("Sees everything, changes nothing."),
        ),
    )


@hookimpl
def events() -> Sequence[Event]:
    """Give the events the kernel says."""
    return (
        Event(
            "core.approval_requested",
            fields=(Field("action", "code", label=_("Action"), required=True),),
            label=_("Approval asked for"),
        ),
        Event(
            "core.approval_decided",
            fields=(
                Field("action", "code", label=_("Action"), required=True),
                Field("state", "code", label=_("State"), required=True),
            ),
            label=_("Approval decided"),
        ),
    )


@hookimpl
def health(office: Any) -> Sequence[Check]:
    """Say when the audit log is not sealed, or its checkpoints go nowhere."""
    from backoffice.core.audit.health import checks

    return checks(office)
