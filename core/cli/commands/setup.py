"""`backoffice init`: write the configuration, make the database, the organisation and its first user."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backoffice.core.cli.app import App
from backoffice.core.cli.base import command, option
from backoffice.core.configuration import FILE, Configuration, load_configuration
from backoffice.core.errors import Conflict, MalformedRequest, NeedsMigration
from backoffice.hookspecs import messages

if TYPE_CHECKING:
    from backoffice.core.maintenance.founding import Founded, Wanted

_ = messages("cli")

DEFAULT_DATABASE = "sqlite:///backoffice.db"
DEFAULT_CURRENCY = "USD"


@command(
    "init",
    _(
        "Make a working organisation: configuration, secret key, database, first user. An existing "
        "configuration is never overwritten; run again, it goes on where it stopped."
    ),
)
@option("--no-input", is_flag=True, help=_("Ask nothing; take the defaults."))
@option("--name", help=_("Name of the organisation."))
@option("--country", help=_("Its country, two letters such as SA or GB."))
@option("--currency", help=_("ISO code of the currency its books are kept in; by default that of the country."))
@option("--admin", metavar="USER", help=_("Name under which its first user signs in."))
@option(
    "--password", help=_("Their password; by default one is made up and shown once. - reads it from standard input.")
)
@option("--database", metavar="ADDRESS", help=_("Where the data is kept: sqlite:///file.db or postgresql://…"))
@click.pass_obj
def init(app: App, /, no_input: bool, **given: str | None) -> None:
    from backoffice.core.maintenance import founding

    if not no_input and not sys.stdin.isatty():
        raise MalformedRequest(_("There is no terminal to ask questions in."), remedy=_("Add --no-input."))
    path = config_path(app)
    if path.exists():
        _resume(app, path, given["database"])
        if (name := _existing(app)) is not None:
            app.say(_("{name} works already, with the configuration {path}.").with_values(name=name, path=str(path)))
            return
        wanted = ask(app, given, no_input)
        wanted.check()
    else:
        wanted = ask(app, given, no_input)
        wanted.check()
        address = given["database"] or _asked(app, _("Database"), DEFAULT_DATABASE, no_input)
        write_configuration(app, path, address)
        if (name := _existing(app)) is not None:
            app.say(_("The database holds {name} already; nothing in it was changed.").with_values(name=name))
            return
    office = app.office(start=False, create=True)
    office.upgrade()
    say_founded(app, founding.found(office, wanted))
    app.say(_("Now run: {command}").with_values(command="backoffice serve"))


def config_path(app: App) -> Path:
    """Return where the configuration lies or will lie."""
    return Path(app.options.config or os.environ.get("BACKOFFICE_CONFIG") or FILE)


def _resume(app: App, path: Path, database: str | None) -> None:
    configuration = load_configuration(path)
    app.use(configuration)
    if database and load_configuration(path, database=database).database != configuration.database:
        raise Conflict(
            _("{path} names another database.").with_values(path=str(path)),
            remedy=_("Change `database` in it, or leave --database out."),
        )
    make_key(app, configuration)


def _existing(app: App) -> str | None:
    """Return the name of the organisation that works here, or nothing.

    Raises :class:`NeedsMigration` when it is there and its tables are older than the program.
    """
    from backoffice.core.maintenance import founding

    reserve(app.configuration)
    office = app.office(start=False, create=True)
    name = founding.existing(office)
    if not name:
        return None
    if any(item.pending for item in office.standings()):
        raise NeedsMigration(
            _("{name} is here, and its tables are older than the program.").with_values(name=name),
            remedy=_("Take a backup, then run: {command}").with_values(command="backoffice db upgrade"),
        )
    return name


def reserve(configuration: Configuration) -> None:
    """Make a missing SQLite file, readable for its owner alone; the files beside it take after it."""
    from backoffice.core.persistence.engines import parse_url

    url = parse_url(configuration.database)
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


# -- asking ----------------------------------------------------------------------------------------------------------


def ask(app: App, given: dict[str, str | None], no_input: bool) -> Wanted:
    """Return what was given on the command line, and for the rest what is answered or usual."""
    from backoffice.core.maintenance import founding

    name = given["name"] or _asked(app, _("Name of the organisation"), app.told(_("My organisation")), no_input)
    country = given["country"] or _asked(app, _("Country, two letters (may be left empty)"), "", no_input)
    usual = founding.currency_of(country) or DEFAULT_CURRENCY
    currency = given["currency"] or _asked(app, _("Currency of the books"), usual, no_input)
    username = given["admin"] or _asked(app, _("User name of the administrator"), "admin", no_input)
    return founding.Wanted(
        name=name, country=country, currency=currency.upper(), username=username, language=app.language,
        password=_password(app, given["password"], no_input),
    )  # fmt: skip


def _asked(app: App, question: str, usual: str, no_input: bool) -> str:
    return usual if no_input else str(click.prompt(app.told(question), default=usual, show_default=bool(usual)))


def _password(app: App, given: str | None, no_input: bool) -> str:
    if given == "-":
        return sys.stdin.readline().rstrip("\n")
    if given is not None or no_input:
        return given or ""
    said = app.told(_("Password (leave it empty to have one made up)"))
    return str(click.prompt(said, default="", hide_input=True, show_default=False))


# -- writing ---------------------------------------------------------------------------------------------------------


def write_configuration(app: App, path: Path, database: str, **more: Any) -> None:
    """Write a new configuration and its key, once the database's address is known to be usable."""
    from backoffice.core.maintenance import postgresql
    from backoffice.core.persistence.engines import parse_url

    url = parse_url(database)
    if url.get_backend_name() == "postgresql":
        postgresql.connect(url).close()
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if url.password else 0o644)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(configuration_text(database=database, **more))
    configuration = load_configuration(path)
    app.use(configuration)
    make_key(app, configuration)
    app.say(_("Wrote {path} and the secret key beside it.").with_values(path=str(path)))


def configuration_text(**values: Any) -> str:
    """Return a configuration as TOML."""
    lines = ["# What this installation is told. Every key is explained in docs/reference/configuration.md."]
    lines += [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    return "\n".join(lines) + "\n"


def make_key(app: App, configuration: Configuration) -> None:
    """Make the secret key, readable for its owner alone, unless there is one."""
    from backoffice.core.web.keys import secret_key

    secret_key(configuration)
    if configuration.path is not None and not configuration.secret_key:
        app.use(load_configuration(configuration.path))


def say_founded(app: App, made: Founded) -> None:
    """Say what was made, and the password, which nobody can look up afterwards."""
    app.say(_("Made the organisation {name}; its books are kept in {currency}.").with_values(
        name=made.name, currency=made.currency))  # fmt: skip
    app.say(_("Sign in as {username}.").with_values(username=made.username))
    if made.generated:
        app.say(_("Password, shown this once: {password}").with_values(password=made.password))
