"""`backoffice plugin new` and `backoffice plugin check`: for those who write plugins."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backoffice.core.cli.app import App
from backoffice.core.cli.base import command, format_option, option
from backoffice.core.errors import MalformedRequest, PluginProblem
from backoffice.hookspecs import messages

if TYPE_CHECKING:
    from backoffice.core.authoring.checks import Outcome, Place

_ = messages("cli")

SIGNS = {"passed": ("✓", "green"), "failed": ("✗", "red"), "recommended": ("!", "yellow"), "skipped": ("–", None)}


@command("new", _("Make the distribution of a new plugin, which installs and passes its own tests."))
@click.argument("name", required=False)
@option("--description", default="", metavar="LINE", help=_("One line that says what the plugin is for."))
@option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=".",
    help=_("The folder to put it into; by default this one."),
)
@click.pass_obj
def new(app: App, name: str | None, description: str, into: Path) -> None:
    from backoffice.core.authoring.scaffold import names_of, scaffold

    if name is None:
        if not sys.stdin.isatty():
            raise MalformedRequest(_("The plugin needs a name."), remedy=_("Write: backoffice plugin new acme-fleet"))
        name = click.prompt(app.told(_("Name of the plugin, your own first, such as acme-fleet")), err=True)
        names_of(name or "")
        asked = app.told(_("What it is for, in one line"))
        description = description or click.prompt(asked, default="", show_default=False, err=True)
    names = names_of(name or "")
    folder = scaffold(names, into, description=description)
    app.say(_("Made {path}.").with_values(path=str(folder)))
    for text in ("pip install -e '.[test]'", "pytest", "backoffice plugin check ."):
        app.note(_("Next, in that folder: {command}").with_values(command=text))


@command(
    "check",
    _(
        "Judge a plugin, by its name or by the folder it is built from: what it imports, declares, owns and "
        "carries. Its migrations are tried on databases made for this and thrown away. Ends with 8 when "
        "something required is missing."
    ),
)
@click.argument("target", metavar="NAME|FOLDER")
@option("--only", multiple=True, metavar="CHECK", help=_("Only this check; may be given many times."))
@format_option("table", "json")
@click.pass_context
def check(ctx: click.Context, target: str, only: Sequence[str], shape: str) -> None:
    from backoffice.core.authoring.checks import chosen, judge, opened
    from backoffice.core.cli.logs import configure
    from backoffice.core.cli.output import as_json

    app: App = ctx.obj
    configure(app.options.verbose, serving=False)
    wanted = chosen(only)
    found: list[Outcome] = []
    with _places(app) as places, opened(target, places, thorough=True) as subject:
        for outcome in judge(subject, wanted):
            found.append(outcome)
            if shape == "table":
                _say(app, outcome)
    refused = any(outcome.refuses for outcome in found)
    if shape == "json":
        plugin = {"plugin": subject.name, "version": subject.candidate.version, "passed": not refused}
        app.say(as_json({**plugin, "checks": [outcome.plain(app.told) for outcome in found]}))
    else:
        app.say(_summary(found))
    ctx.exit(PluginProblem.exit_code if refused else 0)


def _summary(found: Sequence[Outcome]) -> str:
    counts = {state: sum(one.state == state for one in found) for state in ("passed", "failed", "skipped")}
    return _("{passed} passed, {failed} failed, {skipped} skipped.").with_values(**counts)


def _say(app: App, outcome: Outcome) -> None:
    mild = outcome.state == "failed" and not outcome.refuses
    sign, colour = SIGNS["recommended" if mild else outcome.state]
    click.echo(f"{click.style(sign, fg=colour, bold=True)} {app.told(outcome.check.label)}", color=app.colour)
    for problem in outcome.problems:
        click.echo(f"    {app.told(problem)}")


@contextmanager
def _places(app: App) -> Iterator[Callable[[Path], Sequence[Place]]]:
    """Give what makes databases to try plugins on: SQLite always, PostgreSQL where a server can be had."""
    from backoffice.core.authoring.checks.places import places_on
    from backoffice.core.testing.postgres import private_postgres, why_unavailable

    if reason := why_unavailable():
        app.note(reason)
        yield places_on()
        return
    with private_postgres() as server:
        yield places_on(server.create_database)
