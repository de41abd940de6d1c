"""PostgreSQL for tests: the server named by an address, or a private one started from binaries found on the machine.

A private server lives in a temporary folder, listens on a Unix socket alone and trusts whoever may enter that folder.
It ends with the process that started it, whichever way that process ends, and its folder goes with it. Each process
of a parallel test run starts its own, so nothing is shared and nothing has to be counted. Not for data that matters.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.engine import URL, make_url

from backoffice.core.errors import DatabaseUnavailable
from backoffice.hookspecs import messages

if TYPE_CHECKING:
    import psycopg

_ = messages("backoffice")

ADDRESS_VARIABLE: Final = "BACKOFFICE_TEST_POSTGRES"
"""Environment variable with the address of a server on which the tests may create and drop databases."""

START_SECONDS: Final = 60
OWNER: Final = "backoffice"
MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it, which nobody else may enter
ROOM: Final = 2 << 30
"""Bytes that have to be free in memory for a server to live there; its folder grows to a few hundred million."""
QUICK: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
SMALL: Final = ("shared_buffers=32MB", "max_connections=200", "listen_addresses=", "unix_socket_permissions=0700")

# Reading from the pipe returns when the process at its other end is gone, even killed: then the server stops too.
SUPERVISOR: Final = """
binaries=$1 folder=$2; shift 2
"$binaries/postgres" -D "$folder/data" -k "$folder" "$@" >"$folder/log" 2>&1 </dev/null &
server=$!
trap '' INT TERM HUP
read -r _
kill -INT "$server"
wait "$server"
rm -rf "$folder"
"""


@dataclass
class Server:
    """A running server and the databases made on it.

    ``address`` is a SQLAlchemy address of a database from which others are created; ``private`` says that the server
    was started for this process, which then is its superuser.
    """

    address: str
    private: bool
    _made: set[str] = field(default_factory=set)
    _templates: dict[str, str] = field(default_factory=dict)
    _control: psycopg.Connection[Any] | None = None

    def create_database(self, template: str = "") -> str:
        """Create a database and return its address.

        ``template`` names a database made by :meth:`template`; a copy of it takes a fraction of building it again.
        """
        name = f"backoffice_test_{os.getpid()}_{secrets.token_hex(4)}"
        self._execute(f'CREATE DATABASE "{name}"' + (self._copied(template) if template else ""))
        self._made.add(name)
        return self._address_of(name)

    def drop_database(self, address: str) -> None:
        """Drop the database at ``address``, which :meth:`create_database` gave; open connections are ended."""
        name = make_url(address).database or ""
        self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._made.discard(name)

    def template(self, key: str, prepare: Callable[[str], object], base: Callable[[], str] = str) -> str:
        """Return the name of a database to copy, prepared once per server and ``key``.

        ``prepare(address)`` fills it and closes every connection it opened: a database in use cannot be copied.
        ``base()`` names another template to begin with; by default it begins empty.
        """
        if key not in self._templates:
            address = self.create_database(base())
            prepare(address)
            self._templates[key] = make_url(address).database or ""
        return self._templates[key]

    def close(self) -> None:
        """Drop what is left of the databases made here and let go of the server."""
        for name in sorted(self._made if not self.private else ()):
            self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        if self._control is not None:
            self._control.close()

    def _copied(self, template: str) -> str:
        # Copying files takes a third of the time of writing every page into the log, which is what 15 and later do.
        strategy = " STRATEGY FILE_COPY" if self._controlled().info.server_version >= 150000 else ""
        return f' TEMPLATE "{template}"{strategy}'

    def _address_of(self, name: str) -> str:
        return make_url(self.address).set(database=name).render_as_string(hide_password=False)

    def _execute(self, statement: str) -> None:
        self._controlled().execute(statement.encode())

    def _controlled(self) -> psycopg.Connection[Any]:
        if self._control is None or self._control.closed:
            self._control = _connect(self.address)
        return self._control


@contextmanager
def private_postgres(*, durable: bool = False) -> Iterator[Server]:
    """Give a server for tests for as long as the block lasts.

    The server at ``BACKOFFICE_TEST_POSTGRES`` is used when that is set; otherwise one is started from the newest
    binaries found. ``durable`` makes a started server live on the disk and wait for it: for tests that kill it, and for
    measuring.

    Raises:
        DatabaseUnavailable: there is neither an address nor a way to start a server; :func:`why_unavailable` tells
            beforehand.
    """
    if reason := why_unavailable():
        raise DatabaseUnavailable(_("No PostgreSQL for the tests."), remedy=reason)
    named = os.environ.get(ADDRESS_VARIABLE)
    server_or_start = _named(named) if named else _started(durable)
    with server_or_start as server:
        try:
            yield server
        finally:
            server.close()


def why_unavailable() -> str:
    """Return why no server can be had, with what to do about it; an empty text when there is one."""
    if find_spec("psycopg") is None:
        return _("PostgreSQL: psycopg is not installed; install backoffice with the extra “postgres”.")
    if os.environ.get(ADDRESS_VARIABLE):
        return ""
    if find_binaries() is None:
        return _(
            "PostgreSQL: no server binaries found; install the package postgresql, "
            "or set BACKOFFICE_TEST_POSTGRES to the address of a server."
        )
    if os.geteuid() == 0 and _unprivileged() is None:
        return _("PostgreSQL: it refuses to run as root and no other user exists; run the tests as another user.")
    return ""


def find_binaries() -> Path | None:
    """Return the folder that holds ``postgres`` and ``initdb``: on the path, or the newest of Debian's folders."""
    on_path = shutil.which("postgres")
    folders = [Path(on_path).resolve().parent] if on_path else []
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(debian, key=lambda folder: _version(folder.parent.name), reverse=True)
    return next((folder for folder in folders if _complete(folder)), None)


def _complete(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in ("postgres", "initdb"))


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


@contextmanager
def _named(address: str) -> Iterator[Server]:
    yield Server(make_url(address).set(drivername="postgresql+psycopg").render_as_string(hide_password=False), False)


@contextmanager
def _started(durable: bool) -> Iterator[Server]:
    binaries = find_binaries()
    if binaries is None:  # pragma: no cover - private_postgres has asked already
        raise DatabaseUnavailable(_("No PostgreSQL for the tests."))
    account = _unprivileged() if os.geteuid() == 0 else None
    folder = _make_folder(account, _short_place() if durable else _swift_place())
    try:
        _initialise(binaries, folder, account)
    except BaseException:
        shutil.rmtree(folder)
        raise
    supervisor = _launch(binaries, folder, account, durable)
    try:
        yield _wait_for(folder)
    finally:
        supervisor.communicate()  # closes the pipe: the supervisor stops the server, removes the folder and ends


def _unprivileged() -> pwd.struct_passwd | None:
    accounts = {account.pw_name: account for account in pwd.getpwall() if account.pw_uid != 0}
    preferred = [accounts[name] for name in ("postgres", "nobody") if name in accounts]
    return next(iter([*preferred, *accounts.values()]), None)


def _make_folder(account: pwd.struct_passwd | None, place: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="backoffice-pg-", dir=place))
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
    return folder


def _swift_place() -> str:
    """Return where a server for tests should live: in memory, where a database is copied in a tenth of the time."""
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        return str(MEMORY)
    return _short_place()


def _short_place() -> str:
    """Return a folder on disk with a short path that any user may enter, as a server that is not root's must."""
    # The path of a Unix socket is limited to about a hundred bytes; a long TMPDIR would exceed it, and may be private.
    return next((place for place in ("/var/tmp", "/tmp") if os.access(place, os.W_OK)), tempfile.gettempdir())  # noqa: S108


def _initialise(binaries: Path, folder: Path, account: pwd.struct_passwd | None) -> None:
    command = [str(binaries / "initdb"), "-D", str(folder / "data"), "-U", OWNER, "--auth=trust", "--no-sync"]
    made = subprocess.run(  # noqa: S603 - our own words, and binaries of the machine's owner
        [*command, "--encoding=UTF8", "--locale=C"],
        check=False, capture_output=True, text=True, cwd=folder, env=_environment(), **_as_user(account),
    )  # fmt: skip
    if made.returncode != 0:
        raise DatabaseUnavailable(_("PostgreSQL could not be set up for the tests."), why=made.stderr.strip())


def _launch(binaries: Path, folder: Path, account: pwd.struct_passwd | None, durable: bool) -> subprocess.Popen[bytes]:
    options = [word for setting in (*SMALL, *(() if durable else QUICK)) for word in ("-c", setting)]
    return subprocess.Popen(  # noqa: S603 - as above
        ["/bin/sh", "-c", SUPERVISOR, "supervisor", str(binaries), str(folder), *options],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        cwd=folder, env=_environment(), **_as_user(account),
    )  # fmt: skip


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _as_user(account: pwd.struct_passwd | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _wait_for(folder: Path) -> Server:
    url = URL.create("postgresql+psycopg", OWNER, database="postgres", query={"host": str(folder)})
    server = Server(url.render_as_string(hide_password=False), True)
    deadline = time.monotonic() + START_SECONDS
    while not (folder / ".s.PGSQL.5432").exists() or not _answers(server):
        if time.monotonic() > deadline:
            raise DatabaseUnavailable(_("PostgreSQL did not start for the tests."), why=_log(folder))
        time.sleep(0.02)
    return server


def _answers(server: Server) -> bool:
    import psycopg

    try:
        server._execute("SELECT 1")
    except psycopg.OperationalError:  # still starting up
        return False
    return True


def _log(folder: Path) -> str:
    log = folder / "log"
    return log.read_text(errors="replace")[-2000:] if log.exists() else ""


def _connect(address: str) -> psycopg.Connection[Any]:
    import psycopg

    plain = make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


__all__ = ["ADDRESS_VARIABLE", "Server", "find_binaries", "private_postgres", "why_unavailable"]
