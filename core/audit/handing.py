"""Hand checkpoints to places outside of the database: a folder, an address, a command, as ``[audit]`` says.

Only a checkpoint kept where an attacker cannot write proves that the log was not put back or signed anew. The newest
one covers all before it, so each place is given the newest, at most once a minute. A failure is logged, shown by
``doctor`` and tried again after a while; nobody's work waits for it.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http.client import HTTPException
from ipaddress import ip_address
from pathlib import Path
from typing import IO, Any, Final
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import structlog

from backoffice.core.errors import BackofficeError, ConfigurationError, Unavailable
from backoffice.core.persistence import explained
from backoffice.hookspecs import messages

from . import storage
from .keys import AuditSettings, Installation
from .storage import Store

_ = messages("audit")
log = structlog.get_logger("backoffice.audit")

EVERY: Final = timedelta(minutes=1)
"""How often a place is given a checkpoint while there are new ones."""
LONGEST_WAIT: Final = timedelta(hours=1)
TIMEOUT_SECONDS: Final = 20

Give = Callable[[int, str], None]
"""``give(size, note)`` hands a checkpoint over or raises one of our errors."""


@dataclass(frozen=True, slots=True)
class Handed:
    """How far a place was given checkpoints: the size of the last, and what went wrong since."""

    place: str
    size: int = 0
    handed_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    error: str = ""
    next_at: datetime | None = None


def hand_out(office: Installation) -> int:
    """Give the newest checkpoint to every place that is due; return how many took it."""
    places = dict(_places(office))
    if not places:
        return 0
    with explained(office.database):
        with storage.looking(office.database) as store:
            newest = storage.newest_checkpoint(store)
            known = {one.place: one for one in read_handed(store)}
        if newest is None:
            return 0
        due = [one for name in places if _is_due(one := known.get(name, Handed(name)), newest[0], office.clock.now())]
        return sum(_hand_to(office, one, places[one.place], newest[0], newest[2]) for one in due)


def _is_due(handed: Handed, size: int, now: datetime) -> bool:
    return handed.size < size and (handed.next_at is None or handed.next_at <= now)


def _hand_to(office: Installation, handed: Handed, give: Give, size: int, note: str) -> bool:
    now = office.clock.now()
    try:
        give(size, note)
    except BackofficeError as error:
        log.error("checkpoint not handed out", place=handed.place, size=size, error=str(error))
        after = replace(
            handed,
            failures=handed.failures + 1,
            failing_since=handed.failing_since or now,
            error=str(error)[:400],
            next_at=now + min(EVERY * 2 ** min(handed.failures, 10), LONGEST_WAIT),
        )
    else:
        after = Handed(handed.place, size, now, next_at=now + EVERY)
    with storage.writing(office.database) as store:
        _write_handed(store, after)
    return not after.failures


# -- places ----------------------------------------------------------------------------------------------------------


def _places(office: Installation) -> Iterator[tuple[str, Give]]:
    settings = AuditSettings.of(office.configuration)
    if settings.checkpoint_folder:
        folder = office.configuration.resolve(settings.checkpoint_folder)
        yield "folder", lambda size, note: into_folder(folder, size, note)
    if settings.checkpoint_address:
        yield "address", lambda size, note: to_address(settings.checkpoint_address, note)
    if settings.checkpoint_command:
        yield "command", lambda size, note: to_command(settings.checkpoint_command, size, note)


def configured_places(office: Installation) -> list[str]:
    """Return the places checkpoints are to be handed to: ``folder``, ``address``, ``command``."""
    return [name for name, _give in _places(office)]


def into_folder(folder: Path, size: int, note: str) -> None:
    """Write ``note`` as a file of its own into ``folder``, complete or not at all; one that is there stays.

    Raises :class:`Unavailable` when it cannot be written.
    """
    path = folder / f"checkpoint-{size:012}.txt"
    unfinished = folder / f".{path.name}.{os.getpid()}"
    try:
        if path.exists():
            return
        with unfinished.open("w", encoding="utf-8", newline="\n") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError as error:
        raise Unavailable(
            _("The checkpoint cannot be written into {folder}.").with_values(folder=str(folder)), why=str(error)
        ) from error


class _NoRedirect(HTTPRedirectHandler):
    """An address that sends elsewhere was not the one that was configured."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        """Follow nothing."""
        return None


def to_address(address: str, note: str) -> None:
    """Post ``note`` as text to ``address``, which answers with 2xx; nothing is followed to elsewhere.

    Raises :class:`ConfigurationError` unless it is https, or http on this machine; :class:`Unavailable` when it does
    not take it.
    """
    _check_address(address)
    request = Request(  # noqa: S310 - the address is configured, and its scheme was checked
        address, note.encode(), {"Content-Type": "text/plain; charset=utf-8"}, method="POST"
    )
    try:
        with build_opener(_NoRedirect).open(request, timeout=TIMEOUT_SECONDS) as answer:
            answer.read(1024)
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise Unavailable(
            _("The checkpoint was not taken at {address}.").with_values(address=_shown(address)), why=str(error)
        ) from error


def _check_address(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname or "")):
        return
    raise ConfigurationError(
        _("The address for checkpoints is not an https:// address."),
        remedy=_("Correct checkpoint_address in the section [audit]."),
    )


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(address: str) -> str:
    """Return ``address`` without what may be secret in it."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname}{parts.path}"


def to_command(command: str, size: int, note: str) -> None:
    """Run ``command``, without a shell, with ``note`` on its standard input and the size in BACKOFFICE_CHECKPOINT_SIZE.

    Raises :class:`Unavailable` when it cannot be run, fails or takes too long.
    """
    failed = _("The command for checkpoints failed.")
    try:
        done = subprocess.run(  # noqa: S603 - it is configured by the machine's owner
            shlex.split(command),
            input=note.encode(),
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
            env={**os.environ, "BACKOFFICE_CHECKPOINT_SIZE": str(size)},
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise Unavailable(failed, why=str(error)) from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip() or f"exit {done.returncode}"
        raise Unavailable(failed, why=said[-300:])


# -- bookkeeping -----------------------------------------------------------------------------------------------------

_COLUMNS: Final = "place, size, handed_at, failures, failing_since, error, next_at"


def read_handed(store: Store) -> list[Handed]:
    """Return how far each place was given checkpoints."""
    rows = store.rows(f"SELECT {_COLUMNS} FROM core_handover ORDER BY place")
    return [
        Handed(place, size, _out(handed), failures, _out(since), error or "", _out(next_at))
        for place, size, handed, failures, since, error, next_at in rows
    ]


def _write_handed(store: Store, handed: Handed) -> None:
    # Another worker may have had more luck with a later checkpoint: a failure leaves what was handed as it is.
    taken = "" if handed.failures else "size = excluded.size, handed_at = excluded.handed_at, "
    store.run(
        f"INSERT INTO core_handover ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (place) DO UPDATE SET {taken}"
        "failures = excluded.failures, failing_since = excluded.failing_since, error = excluded.error, "
        "next_at = excluded.next_at",
        (
            handed.place,
            handed.size,
            _in(store, handed.handed_at),
            handed.failures,
            _in(store, handed.failing_since),
            handed.error or None,
            _in(store, handed.next_at),
        ),
    )


def _in(store: Store, at: datetime | None) -> Any:
    return None if at is None else storage.instant_in(store, at)


def _out(value: Any) -> datetime | None:
    return None if value is None else storage.instant_out(value)
