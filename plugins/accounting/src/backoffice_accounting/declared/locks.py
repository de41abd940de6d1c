"""Soft locks and exceptions from them."""

from __future__ import annotations

from backoffice_accounting.models import LOCKED_KINDS, Lock, LockException

from backoffice.core.api import User
from backoffice.hookspecs import Action, Event, Field, Resource, messages

_ = messages("accounting")

RESOURCES = [
    Resource(
        "accounting.lock",
        Lock,
        label=_("Lock"),
        plural=_("Locks"),
        description=_(
            "Days until which sales, purchases, taxes or everything are closed to posting. A lock may be moved."
        ),
        columns=("kind", "until"),
        form=("kind", "until"),
        filters=("kind",),
        sorts=("until",),
        order="-until",
        menu="settings",
    ),
    Resource(
        "accounting.lock_exception",
        LockException,
        label=_("Exception from a lock"),
        plural=_("Exceptions from locks"),
        description=_("Who may post before a lock, until when, and why. Exceptions end by themselves."),
        columns=("kind", "user_id", "since", "expires_at", "reason"),
        filters=("kind", "user_id"),
        sorts=("expires_at",),
        order="-expires_at",
        operations=frozenset(),
        menu="settings",
    ),
]

ACTIONS = [
    Action(
        "accounting.allow_exception",
        "backoffice_accounting.closing_actions:allow_exception",
        label=_("Allow an exception from a lock"),
        help=_("Lets one person post before a lock for a while. It is logged and ends by itself."),
        fields=(
            Field("kind", "choice", choices=LOCKED_KINDS, label=_("What"), default="all", required=True),
            Field("user_id", "ref", target=User, label=_("Who"), required=True),
            Field("since", "date", label=_("Posts from"), required=True),
            Field("hours", "integer", label=_("Hours"), default=24, minimum=1, maximum=744),
            Field("reason", "text", label=_("Reason"), length=200, required=True),
        ),
    )
]

EVENTS = [
    Event(
        "accounting.lock_exception_given",
        label=_("Exception from a lock given"),
        fields=(
            Field("kind", "code", label=_("What"), required=True),
            Field("user", "integer", label=_("Who"), required=True),
            Field("since", "date", label=_("Posts from"), required=True),
            Field("expires_at", "instant", label=_("Ends"), required=True),
        ),
    )
]
