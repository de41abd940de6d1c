"""Hooks of the worker. Nothing starts by itself: ``backoffice serve`` and ``backoffice worker`` start it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backoffice.hookspecs import Action, Check, Job, hookimpl, messages

_ = messages("backoffice")

TITLE = _("Worker")
SUMMARY = _("Jobs and the delivery of events, in the background.")


@hookimpl
def actions() -> Sequence[Action]:
    """Give the verb that starts a job by hand."""
    from .actions import ACTIONS

    return ACTIONS


@hookimpl
def jobs() -> Sequence[Job]:
    """Give the worker's own upkeep."""
    from .upkeep import JOBS

    return JOBS


@hookimpl
def health(office: Any) -> Sequence[Check]:
    """Say when work was given up or waits for a worker."""
    from .upkeep import checks

    return checks(office)
