"""`backoffice demo`: an organisation with real documents in it, to look at.

What it is filled with comes from plugins: each entry point in the group ``backoffice.demo`` names a function
``load(desk, progress)``. It may be called again and again and adds nothing the second time; it calls
``progress(done, total, message)`` as it goes, and returns tables to print, such as its figures beside a reference. When
the answer has an attribute ``agrees`` that is false, the command ends with an error. The function's own attribute
``reports``, if it has one, maps the names of reports to print to their parameters.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backoffice.core.cli.app import App
from backoffice.core.cli.base import command, option
from backoffice.core.errors import NotFound, PluginProblem, RuleBroken
from backoffice.hookspecs import Table, messages

if TYPE_CHECKING:
    from backoffice.core.office import Backoffice, Desk

_ = messages("cli")

GROUP = "backoffice.demo"
FOLDER = Path("var/demo")
PASSWORD_FILE = "password.txt"  # noqa: S105 - the name of a file
USER = "admin"
PORT = 8000


@command(
    "demo",
    _(
        "Make an organisation in SQLite, fill it with real documents, compare its figures with a reference "
        "and show it. Run again, it goes on where it stopped and adds nothing twice."
    ),
)
@option("--no-serve", is_flag=True, help=_("Stop before serving."))
@option("--port", type=click.IntRange(0, 65535), help=_("Where to listen; by default 8000, or any that is free."))
@click.pass_obj
def demo(app: App, no_serve: bool, port: int | None) -> None:
    app.options.config = app.options.config or str(FOLDER / "backoffice.toml")
    password = prepare(app, Path(app.options.config))
    desk = _desk(app)
    agree = [fill(app, desk, name, load) for name, load in loaders(app.office()).items()]
    if not all(agree):
        raise RuleBroken(
            _("The figures do not agree with the reference."),
            why=_("They stand beside each other above."),
            remedy=_("Was something posted by hand? A demo in another folder starts anew: --config."),
        )
    if not no_serve:
        _show(app, password, port)


def prepare(app: App, path: Path) -> str:
    """Make what is missing of configuration, tables and organisation, and return the password of its first user."""
    from backoffice.core.configuration import load_configuration
    from backoffice.core.maintenance import founding
    from backoffice.core.users.passwords import generate_password

    from .setup import reserve, write_configuration

    if path.exists():
        app.use(load_configuration(path))
    else:
        write_configuration(app, path, "sqlite:///demo.db")
    reserve(app.configuration)
    office = app.office(start=False, create=True)
    if any(item.pending for item in office.standings()):
        office.upgrade()
    kept = path.with_name(PASSWORD_FILE)
    if not founding.existing(office):
        password = _kept(kept) or _keep(kept, generate_password())
        name = app.told(_("Online Retail"))
        wanted = founding.Wanted(
            name=name, currency="GBP", country="GB", language=app.language, username=USER, password=password
        )
        founding.found(office, wanted)
        app.say(_("Made the organisation {name}; its books are kept in {currency}.").with_values(
            name=name, currency="GBP"))  # fmt: skip
    return _kept(kept)


def _kept(path: Path) -> str:
    return path.read_text("ascii").strip() if path.exists() else ""


def _keep(path: Path, password: str) -> str:
    """Keep ``password`` for the next run, readable for its owner alone."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(password + "\n")
    return password


def _desk(app: App) -> Desk:
    from dataclasses import replace

    from backoffice.core.office import Desk

    desk = app.office().as_system(channel="cli")
    app.zone = desk.context.zone
    return Desk(app.office(), desk.user, replace(desk.context, language=app.language))


def loaders(office: Backoffice) -> dict[str, Callable[..., Any]]:
    """Return the functions that fill the demo, by plugin.

    Raises:
        NotFound: no active plugin brings one.
        PluginProblem: one cannot be imported.
    """
    import importlib_metadata

    found = {}
    for entry in importlib_metadata.entry_points(group=GROUP):
        if office.manager.is_active(entry.name):
            found[entry.name] = _loaded(entry)
    if not found:
        raise NotFound(
            _("There is nothing to show."),
            why=_("No active plugin brings documents for a demo."),
            remedy=_("Run: {command}").with_values(command="pip install backoffice-accounting"),
        )
    return found


def _loaded(entry: Any) -> Callable[..., Any]:
    try:
        load: Callable[..., Any] = entry.load()
    except (ImportError, AttributeError) as error:
        raise PluginProblem(
            _("The demo of {plugin} cannot be loaded.").with_values(plugin=entry.name),
            why=_("Importing it failed: {problem}.").with_values(problem=repr(error)),
        ) from error
    return load


def fill(app: App, desk: Desk, name: str, load: Callable[..., Any]) -> bool:
    """Call ``load``, print the reports it names and what it answers, and return whether its figures agree."""
    from backoffice.core.cli.output import write_table
    from backoffice.core.cli.progress import progress

    with progress(app, _("Loading documents")) as show:
        answer = load(desk, show)
    for table in _reports(desk, name, load):
        app.say("")
        write_table(app, table, "table")
    for table in _tables(answer):
        app.say("")
        write_table(app, table, "table")
    return bool(getattr(answer, "agrees", True))


def _reports(desk: Desk, name: str, load: Callable[..., Any]) -> Iterator[Table]:
    from .reports import titled

    reports: Mapping[str, Mapping[str, Any]] = getattr(load, "reports", {f"{name}.trial_balance": {}})
    for report, parameters in reports.items():
        if report in desk.office.registry.reports:
            yield titled(desk, report, desk.report(report, parameters))


def _tables(answer: Any) -> list[Table]:
    if answer is None:
        return []
    return [answer] if isinstance(answer, Table) else [one for one in answer if isinstance(one, Table)]


def _show(app: App, password: str, port: int | None) -> None:
    from backoffice.core.errors import Unavailable

    from .serving import run_server

    def ready(address: str) -> None:
        app.say("")
        app.say(_("Open {address} in a browser and sign in.").with_values(address=address))
        app.say(_("User name: {username}").with_values(username=USER))
        if password:
            app.say(_("Password: {password}").with_values(password=password))
        else:
            command = f"backoffice --config {app.options.config} user password {USER}"
            app.say(_("The password is no longer known. Make a new one: {command}").with_values(command=command))
        app.say(_("Ctrl-C stops."))

    try:
        run_server(app, "127.0.0.1", PORT if port is None else port, ready=ready)
    except Unavailable:
        if port is not None:
            raise
        run_server(app, "127.0.0.1", 0, ready=ready)
