"""Hooks of the road tolls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backoffice.hookspecs import Action, Event, Field, Resource, Settings, hookimpl, messages

_ = messages("acme_tolls")


@hookimpl
def addhooks(hooks: Any) -> None:
    """Offer the question what a passage costs."""
    from . import hookspecs

    hooks.add_hookspecs(hookspecs)


@hookimpl
def models() -> Any:
    """Give the table."""
    from .models import Base

    return Base


@hookimpl
def resources() -> Sequence[Resource]:
    """Give the passages; they come from charging alone."""
    from .models import Passage

    return [
        Resource(
            "acme_tolls.passage",
            Passage,
            label=_("Passage"),
            plural=_("Passages"),
            description=_("Passages that were charged."),
            columns=("vehicle", "day", "amount"),
            sorts=("day",),
            filters=("vehicle", "day"),
            operations=frozenset(),
            currency="currency",
            menu="purchases",
        )
    ]


@hookimpl
def actions() -> Sequence[Action]:
    """Give the one verb."""
    return [
        Action(
            "acme_tolls.charge",
            "backoffice_acme_tolls.charging:charge",
            label=_("Charge a passage"),
            fields=(
                Field("vehicle", label=_("Vehicle"), required=True, length=16),
                Field("day", "date", label=_("Day"), help=_("Today, when it is left empty.")),
            ),
        )
    ]


@hookimpl
def events() -> Sequence[Event]:
    """Give what is said of each passage."""
    facts = (Field("vehicle", required=True), Field("day", "date", required=True), Field("amount", "money"))
    return [Event("acme_tolls.charged", label=_("Passage charged"), fields=facts)]


@hookimpl
def settings() -> Sequence[Settings]:
    """Give the rate that holds where no plugin gives one."""
    return [Settings((Field("rate", "money", label=_("Rate of a passage")),), label=_("Road tolls"))]
