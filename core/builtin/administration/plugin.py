"""Hooks of the administration: the core's own records and verbs, offered like anybody's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backoffice.hookspecs import (
    Action,
    Check,
    Event,
    Field,
    Job,
    On,
    Permission,
    PersonalRecord,
    Report,
    Resource,
    Role,
    hookimpl,
    messages,
)

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
    from .outside import declared
    from .resources import RESOURCES

    return (*RESOURCES, *declared("RESOURCES"))


@hookimpl
def actions() -> Sequence[Action]:
    """Give the verbs of the administration."""
    from .actions import ACTIONS
    from .outside import declared

    return (*ACTIONS, *declared("ACTIONS"))


@hookimpl
def reports() -> Sequence[Report]:
    """Give what can be asked about a person."""
    from .outside import declared

    return declared("REPORTS")


@hookimpl
def jobs() -> Sequence[Job]:
    """Give the jobs behind files, mails and webhooks."""
    from .outside import declared

    return declared("JOBS")


@hookimpl
def listeners() -> Sequence[On]:
    """Give the listeners that tell people by mail."""
    from .outside import declared

    return declared("LISTENERS")


@hookimpl
def permissions() -> Sequence[Permission]:
    """Give the permissions that no resource or action brings."""
    from .outside import declared

    return (
        Permission(
            "core.grant_roles", _("Give roles and permissions"), help=_("Whoever has it can give themselves any other.")
        ),
        Permission("core.plugins", _("See and switch plugins")),
        Permission("core.history", _("See the history of records")),
        Permission("core.read_personal", _("See the personal part of events")),
        *declared("PERMISSIONS"),
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
    from backoffice.core.events.requested import EVENTS

    from .outside import declared

    return (
        *EVENTS,
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
        *declared("EVENTS"),
    )


@hookimpl
def personal_data(session: Any, subject: Any) -> Sequence[PersonalRecord]:
    """Give what the core keeps about a person."""
    from backoffice.core.personal.own import personal_data as known

    return known(session, subject)


@hookimpl
def health(office: Any) -> Sequence[Check]:
    """Say when the audit log is not sealed, its checkpoints go nowhere, or what goes out does not arrive."""
    from backoffice.core.audit.health import checks

    from . import outside

    return (*checks(office), *outside.checks(office))
