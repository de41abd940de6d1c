"""PostgreSQL's own tools, which dump and restore: found on the path or in Debian's folders, and called safely."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.engine import URL

from backoffice.core.errors import ConfigurationError, DatabaseUnavailable
from backoffice.hookspecs import messages

if TYPE_CHECKING:
    import psycopg

_ = messages("cli")

MAGIC: Final = b"PGDMP"
DEBIAN: Final = Path("/usr/lib/postgresql")


def dump(url: URL, target: Path) -> None:
    """Write the database at ``url`` to ``target``, as it is at this moment."""
    words = ["--format=custom", "--no-owner", f"--file={target}"]
    call("pg_dump", url, words, _("The database could not be backed up."))


def check_dump(url: URL, path: Path) -> None:
    """Raise :class:`DatabaseUnavailable` unless the dump ``path`` can be read to its end."""
    words = [f"--file={os.devnull}", str(path)]
    call("pg_restore", url, words, _("The backup {path} cannot be read.").with_values(path=str(path)), connect=False)


def load(url: URL, path: Path) -> None:
    """Restore the dump ``path`` into the empty database at ``url``: everything, or nothing at all."""
    words = ["--single-transaction", "--exit-on-error", "--no-owner", str(path)]
    call("pg_restore", url, words, _("The backup could not be restored; nothing was changed."))


def call(tool: str, url: URL, words: Sequence[str], failing: str, *, connect: bool = True) -> None:
    """Run PostgreSQL's ``tool``; the password goes by the environment, where other users cannot see it.

    Raises:
        ConfigurationError: the tool is not installed, or only in versions older than the server.
        DatabaseUnavailable: it failed; ``failing`` says what did not happen.
    """
    program = find(tool, server_version(url))
    target = [f"--dbname={address(url)}", "--no-password"] if connect else []
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    done = subprocess.run(  # noqa: S603 - our own words, and a program of the machine's owner
        [str(program), *target, *words],
        env=environment, capture_output=True, text=True, errors="replace", check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise DatabaseUnavailable(failing, why=" ".join(lines[-3:]), remedy=_("Correct what it says and try again."))


def address(url: URL) -> str:
    """Return ``url`` as PostgreSQL's own tools take it, without the password."""
    plain = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return plain.render_as_string(hide_password=False)


def connect(url: URL) -> psycopg.Connection[Any]:
    """Return a connection of its own to the database at ``url``; each statement commits by itself.

    Raises :class:`DatabaseUnavailable`.
    """
    import psycopg

    try:
        return psycopg.connect(
            url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True, connect_timeout=10
        )
    except psycopg.Error as error:
        raise DatabaseUnavailable(
            _("The database {name} cannot be reached.").with_values(name=url.database or ""),
            why=str(error).splitlines()[0],
            remedy=_("Check the address in backoffice.toml, and that the server runs."),
        ) from error


def server_version(url: URL) -> int:
    """Return the major version of the server at ``url``."""
    with connect(url) as connection:
        return connection.info.server_version // 10000


def find(tool: str, at_least: int) -> Path:
    """Return the newest program called ``tool`` that is not older than the server.

    Raises :class:`ConfigurationError`, which names the package to install.
    """
    found = {path: _version_of(path) for path in _programs(tool)}
    fitting = [path for path, version in found.items() if version >= at_least]
    if fitting:
        return max(fitting, key=lambda path: found[path])
    why = (
        _("The newest that was found is {version}, the server is {server}.").with_values(
            version=max(found.values()), server=at_least
        )
        if found
        else _("It is neither on the path nor below {folder}.").with_values(folder=str(DEBIAN))
    )
    raise ConfigurationError(
        _("The program {tool} of PostgreSQL is needed.").with_values(tool=tool),
        why=why,
        remedy=_("Install the package {package}.").with_values(package=f"postgresql-client-{at_least}"),
    )


def _programs(tool: str) -> Iterator[Path]:
    on_path = shutil.which(tool)
    if on_path:
        yield Path(on_path)
    yield from (path for path in DEBIAN.glob(f"*/bin/{tool}") if os.access(path, os.X_OK))


def _version_of(program: Path) -> int:
    said = subprocess.run(  # noqa: S603 - a program of the machine's owner
        [str(program), "--version"], capture_output=True, text=True, check=False
    ).stdout
    version = re.search(r"(\d+)", said)
    return int(version[1]) if version else 0
