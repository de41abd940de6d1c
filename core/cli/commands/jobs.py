"""`backoffice job` and `backoffice event`: work in the background, what happened, and handing it over again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

import click

from backoffice.core.cli.app import App
from backoffice.core.cli.base import Group, format_option, option
from backoffice.core.errors import InvalidInput, NotFound
from backoffice.hookspecs import messages

if TYPE_CHECKING:
    from backoffice.core.office import Desk
    from backoffice.hookspecs import Resource

_ = messages("cli")

DEFAULT_LIMIT = 50
STATES = ("waiting", "running", "done", "failed", "dead", "cancelled")


@click.group("job", cls=Group, help=_("See jobs, run failed ones again or give them up."))
def job() -> None:
    """Group the commands about jobs."""


@job.command("list", help=_("List jobs, the newest first."))
@option("--state", type=click.Choice(STATES), help=_("Only those in this state."))
@option(
    "--limit",
    type=click.IntRange(min=0),
    default=DEFAULT_LIMIT,
    show_default=True,
    help=_("At most so many; 0 lists all."),
)
@format_option("table", "json", "csv")
@click.pass_obj
def list_jobs(app: App, state: str | None, limit: int, shape: str) -> None:
    from backoffice.core.events.models import JobRow

    _list(app, JobRow, {"state": state} if state else {}, limit, shape)


@job.command("retry", help=_("Run a job again that failed or was given up; without an id, all that were given up."))
@click.argument("ids", type=int, nargs=-1, metavar="[ID]…")
@click.pass_obj
def retry(app: App, ids: Sequence[int]) -> None:
    from backoffice.core.events.jobs import dead_jobs

    desk = app.desk()
    with desk.reading() as session:
        chosen = list(ids) or [row.id for row in dead_jobs(session)]
    for id_ in chosen:
        desk.execute(_action(desk, "retry_job"), {"id": id_})
    app.say(_("{count} job will run again.").counted("{count} jobs will run again.", len(chosen)))


@job.command("discard", help=_("Give up a job: at once when it waits, at its next step when it runs."))
@click.argument("ids", type=int, nargs=-1, required=True, metavar="ID…")
@click.pass_obj
def discard(app: App, ids: Sequence[int]) -> None:
    desk = app.desk()
    for id_ in ids:
        desk.execute(_action(desk, "cancel_job"), {"id": id_})
    app.say(_("{count} job is given up.").counted("{count} jobs are given up.", len(ids)))


@click.group("event", cls=Group, help=_("See what happened, and hand past events to a plugin."))
def event() -> None:
    """Group the commands about events."""


@event.command("list", help=_("List what happened, the newest first."))
@option("--name", help=_("Only events of this name."))
@option(
    "--limit",
    type=click.IntRange(min=0),
    default=DEFAULT_LIMIT,
    show_default=True,
    help=_("At most so many; 0 lists all."),
)
@format_option("table", "json", "csv")
@click.pass_obj
def list_events(app: App, name: str | None, limit: int, shape: str) -> None:
    from backoffice.core.events.models import EventRow

    _list(app, EventRow, {"name": name} if name else {}, limit, shape)


@event.command(
    "replay",
    help=_(
        "Hand past events to the listeners of one plugin, such as one installed late. Each "
        "event reaches a listener once, however often this is asked."
    ),
)
@click.argument("plugin")
@option("--from", "since", required=True, metavar="DATE", help=_("From this day on; beginning is the first event."))
@click.pass_obj
def replay(app: App, plugin: str, since: str) -> None:
    from backoffice.core.builtin.worker.host import OfficeHost
    from backoffice.core.events.deliveries import replay as hand_over

    desk = app.desk()
    desk.require("core.plugins")
    if not app.office().manager.is_active(plugin):
        raise NotFound(
            _("The plugin {name} is not active.").with_values(name=plugin),
            remedy=_("Run: {command}").with_values(command="backoffice plugin list"),
        )
    organization = desk.user.organization_id
    added = hand_over(OfficeHost(app.office()), plugin, instant(since), organization_id=organization)
    app.say(
        _("{count} delivery was added; the worker hands it over.").counted(
            "{count} deliveries were added; the worker hands them over.", added
        )
    )


def instant(text: str) -> datetime | None:
    """Return the first instant of a day, or nothing for ``beginning``. Raises :class:`InvalidInput`."""
    if text == "beginning":
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError as error:
        raise InvalidInput(
            _("{text} is not a date.").with_values(text=text), remedy=_("Write 2026-01-31, or: beginning.")
        ) from error


def _list(app: App, model: Any, filters: dict[str, str], limit: int, shape: str) -> None:
    from .records import records, write_records

    desk = app.desk()
    noun = _resource(desk, model)
    found, more = records(desk, noun.name, filters, "", "", limit)
    write_records(app, desk, noun, found, shape)
    if more:
        app.note(_("There are more; --limit 0 lists them all."))


def _resource(desk: Desk, model: Any) -> Resource:
    """Return the resource that shows ``model``, whichever plugin declares it."""
    for resource in desk.office.registry.resources.values():
        if resource.model is model:
            return resource
    raise NotFound(
        _("Nothing here shows jobs and events."),
        remedy=_("Run: {command}").with_values(command="backoffice plugin enable worker"),
    )


def _action(desk: Desk, verb: str) -> str:
    """Return the name of the action ``verb``, whichever plugin declares it."""
    for name in desk.office.registry.actions:
        if name.endswith(f".{verb}"):
            return name
    raise NotFound(
        _("There is no action {name}.").with_values(name=verb),
        remedy=_("Run: {command}").with_values(command="backoffice plugin enable worker"),
    )
