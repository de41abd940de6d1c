"""What could go wrong with an installation, for `backoffice doctor` and the console: own checks and the plugins'."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal

import sqlalchemy as sa

from backoffice.core.audit.models import AuditRow
from backoffice.core.configuration import KEY_FILE, SECRETS_FILE, SHORTEST_KEY, Configuration, unsafe_settings
from backoffice.core.errors import BackofficeError
from backoffice.core.office import Backoffice
from backoffice.core.persistence import explained
from backoffice.core.persistence.accounts import account_of
from backoffice.hookspecs import Check, Label, messages

from .purging import weighed

_ = messages("cli")

State = Literal["ok", "warning", "error"]
Answer = tuple[State, str]

FIXED_SQLITE: Final = (3, 51, 3)
"""Earlier versions can lose a commit when the write-ahead log is reset while another process reads."""
OLDEST_POSTGRESQL: Final = 14
LITTLE_SPACE: Final = 1_000_000_000
NO_SPACE: Final = 100_000_000
CLOCK_TOLERANCE: Final = timedelta(minutes=2)
OK: Final[Answer] = ("ok", "")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; ``said`` says what to do unless all is well."""

    name: str
    label: str
    state: State
    said: str
    plugin: str = ""


def findings(office: Backoffice) -> Iterator[Finding]:
    """Yield what every check finds, the program's own first; a check that fails is a finding too.

    ``office`` need not be started, and its database need not exist.
    """
    reachable = _run("core.database", _("Database"), lambda: _database(office))
    yield reachable
    for check in configuration_checks(office.configuration):
        yield _run(check.name, check.label, check.run)
    yield from _plugins(office)
    yield from _missing(office)
    if reachable.state == "error":
        return
    for check in database_checks(office):
        yield _run(check.name, check.label, check.run)
    for plugin, check in office.hooks.health(office):
        yield _run(check.name, check.label or check.name, check.run, plugin)


def _run(name: str, label: str, ask: Callable[[], Answer], plugin: str = "") -> Finding:
    try:
        state, said = ask()
    except BackofficeError as error:
        state, said = "error", _("{what} {why} {remedy}").with_values(
            what=error.what, why=error.why, remedy=error.remedy
        )  # fmt: skip
    except Exception as error:
        # A plugin's check that fails must not hide the others.
        state, said = "error", _("The check itself failed: {problem}.").with_values(problem=repr(error))
    return Finding(name, label, state, said, plugin)


# -- the database ----------------------------------------------------------------------------------------------------


def _database(office: Backoffice) -> Answer:
    with explained(office.database), office.database.read_engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
    return OK


def database_checks(office: Backoffice) -> list[Check]:
    """Return the checks that need a database that can be reached."""
    own = [
        Check("core.migrations", lambda: _migrations(office), _("Tables")),
        Check("core.clock", lambda: _clock(office), _("Clock")),
    ]
    if office.database.dialect == "sqlite":
        path = Path(office.database.url.database or "")
        return [
            Check("core.sqlite", _sqlite_version, _("SQLite")),
            *own,
            Check("core.space", lambda: _space(path.parent, path.stat().st_size), _("Free space")),
            Check("core.writable", lambda: _writable(path), _("Permissions of the database")),
        ]
    return [
        Check("core.postgresql", lambda: _postgresql_version(office), _("PostgreSQL")),
        Check("core.account", lambda: _account(office), _("Account of the database")),
        *own,
        Check("core.space", lambda: _space(office.configuration.folder, 0), _("Free space")),
    ]


def _sqlite_version(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> Answer:
    if version >= FIXED_SQLITE:
        return OK
    return "warning", _(
        "SQLite {version} can lose a commit when its log is reset while another process reads; 3.51.3 mended it. Run "
        "one process alone, upgrade SQLite with the operating system, or use PostgreSQL."
    ).with_values(version=".".join(map(str, version)))


def _postgresql_version(office: Backoffice) -> Answer:
    with office.database.read_engine.connect() as connection:
        version = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10000
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        return "error", _("The database is encoded as {encoding}; make one in UTF8 and restore a backup into it.")\
            .with_values(encoding=encoding)  # fmt: skip
    if version < OLDEST_POSTGRESQL:
        return "warning", _("PostgreSQL {version} is no longer maintained; upgrade it.").with_values(version=version)
    return OK


def _account(office: Backoffice) -> Answer:
    """Say when the account that serves could change tables, drop guards or empty the log of changes."""
    with office.database.write_engine.connect() as connection:
        found = account_of(connection)
    if found.harmless:
        return OK
    remedy = _("Make one account that owns the tables and one that serves; docs/tutorials/postgresql.md says how.")
    if found.superuser:
        state: State = "error" if office.configuration.environment == "production" else "warning"
        said = _("{name} is a superuser of PostgreSQL, for whom no guard holds. {remedy}")
        return state, said.with_values(name=found.name, remedy=remedy)
    if found.owns:
        said = _("{name} serves and owns {count} tables, so it could drop their guards. {remedy}")
        return "warning", said.with_values(name=found.name, count=found.owns, remedy=remedy)
    return "warning", _("{name} may empty {count} tables; run as their owner: {command}").with_values(
        name=found.name,
        count=found.truncates,
        command=f"REVOKE TRUNCATE ON ALL TABLES IN SCHEMA public FROM {found.name}",
    )


def _migrations(office: Backoffice) -> Answer:
    behind = [item.name for item in office.standings() if item.pending]
    if not behind:
        return OK
    return "error", _(
        "The tables of {names} are older than the program. Take a backup, then run: {command}"
    ).with_values(names=behind, command="backoffice db upgrade")


def _clock(office: Backoffice) -> Answer:
    """Compare the machine's clock with the database server's, and with the newest entry of the audit log."""
    now = office.clock.now()
    with office.database.looking() as session:
        newest = session.scalar(sa.select(sa.func.max(AuditRow.at)))
        server = session.scalar(sa.select(sa.func.clock_timestamp())) if session.dialect == "postgresql" else now
    if server is not None and abs(server - now) > CLOCK_TOLERANCE:
        return "error", _("The clock differs from that of the database server by {seconds} seconds; set both by NTP.")\
            .with_values(seconds=int(abs(server - now).total_seconds()))  # fmt: skip
    if newest is not None and newest - now > CLOCK_TOLERANCE:
        return "error", _("The newest entry of the audit log is of {instant}, later than now; set the clock by NTP.")\
            .with_values(instant=newest.isoformat(timespec="minutes"))  # fmt: skip
    return OK


def _space(folder: Path, needed: int) -> Answer:
    """Ask for room for the database once more, since a migration or a backup may need it."""
    free = shutil.disk_usage(folder).free
    megabytes = free // 1_000_000
    if free < NO_SPACE:
        return "error", _("{free} MB are free in {folder}; make room at once.").with_values(
            free=megabytes, folder=str(folder)
        )
    if free < max(LITTLE_SPACE, 2 * needed):
        return "warning", _("{free} MB are free in {folder}; an upgrade or a backup may need more.").with_values(
            free=megabytes, folder=str(folder)
        )
    return OK


def _writable(path: Path) -> Answer:
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        return "error", _("{path} or its folder cannot be written; give the program's user the right to.").with_values(
            path=str(path)
        )
    if path.stat().st_mode & stat.S_IROTH:
        return "warning", _("Every user of this machine can read {path}; run: {command}").with_values(
            path=str(path), command=f"chmod o-rwx {path}"
        )
    return OK


# -- the configuration -----------------------------------------------------------------------------------------------


def configuration_checks(configuration: Configuration) -> list[Check]:
    """Return the checks that need the configuration alone."""
    return [
        Check("core.production", lambda: _production(configuration), _("Settings")),
        Check("core.secrets", lambda: _secrets(configuration), _("Secrets")),
    ]


def _production(configuration: Configuration) -> Answer:
    """Say what would stop a start in production: an error there, a warning while developing."""
    if configuration.environment == "production":
        unsafe = [
            _("{name}: {problem}").with_values(name=name, problem=problem)
            for name, problem in unsafe_settings(configuration).items()
        ]
        if not unsafe:
            return OK
        said: Label = _("The start is refused. {reasons}")
        return "error", said.with_values(reasons=unsafe)
    return "warning", _(
        "The environment is development: cookies and hosts are not held to production's rules. Before others can reach "
        'the console, write environment = "production" in backoffice.toml.'
    )


def _secrets(configuration: Configuration) -> Answer:
    if len(configuration.secret_key) < SHORTEST_KEY:
        return "warning", _(
            "There is no secret key, so sign-ins end when the server stops; run: {command}"
        ).with_values(command="backoffice init")
    open_files = [str(path) for path in secret_files(configuration) if _read_by_others(path)]
    if open_files:
        return "error", _("Other users of this machine can read {files}; run: {command}").with_values(
            files=open_files, command=f"chmod 600 {' '.join(open_files)}"
        )
    return OK


def secret_files(configuration: Configuration) -> Iterator[Path]:
    """Yield the files that hold a secret."""
    yield configuration.resolve(KEY_FILE)
    yield configuration.resolve(SECRETS_FILE)
    if configuration.path is not None and _holds_a_secret(configuration.path.read_text("utf-8")):
        yield configuration.path


def _holds_a_secret(text: str) -> bool:
    return re.search(r"^\s*(secret_key|secrets_keys)\s*=|://[^/@\s:\"]+:[^/@\s\"]+@", text, re.MULTILINE) is not None


def _read_by_others(path: Path) -> bool:
    return path.exists() and bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))


# -- plugins ---------------------------------------------------------------------------------------------------------


def _missing(office: Backoffice) -> Iterator[Finding]:
    for name in sorted(office.configuration.required):
        if office.manager.status(name) is None:
            said = _("It is required, and not installed. Run: {command}").with_values(
                command=f"pip install backoffice-{name.replace('_', '-')}"
            )
            yield Finding(f"plugin.{name}", _("Plugin {name}").with_values(name=name), "error", said)


def _plugins(office: Backoffice) -> Iterator[Finding]:
    for status in [weighed(office, one) for one in office.manager.statuses()]:
        if status.state not in ("active", "disabled"):
            said: Label = _("{reason} {remedy}").with_values(reason=status.reason, remedy=status.remedy)
            state: State = "warning" if status.state == "orphaned" else "error"
            yield Finding(f"plugin.{status.name}", _("Plugin {name}").with_values(name=status.name), state, said)
