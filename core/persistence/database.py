"""A database: its engines, the sessions on it, and what its refusals mean in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.orm.exc import StaleDataError

from backoffice.core.errors import (
    AlreadyExists,
    BackofficeError,
    Busy,
    DatabaseUnavailable,
    InvalidInput,
    NeedsMigration,
    RuleBroken,
    StaleVersion,
    StillReferenced,
)
from backoffice.core.secrets import Vault
from backoffice.hookspecs import Label, messages

from .context import Context
from .engines import make_engines, parse_url
from .remembered import MEMORY, Memory
from .session import (
    VAULT,
    ReadingSession,
    Services,
    Session,
    SystemReadingSession,
    SystemSession,
    guard_connections,
)

_ = messages("backoffice")

GUARD = re.compile(r"backoffice guard(?: (?P<domain>\w+))?: (?P<said>[^\n\"]+)")
"""What a guard in the database says: one English sentence after this prefix, which names a plugin's catalogue when the
plugin translates the sentence."""

RETRIED = {"40001", "40P01", "55P03"}
"""SQLSTATEs of serialization failures, deadlocks and lock timeouts."""


class Database:
    """The engines of one address, and sessions on them."""

    def __init__(
        self, url: str, *, create: bool = False, replica: str = "", pool_size: int = 8, vault: Vault | None = None
    ) -> None:
        self.url = parse_url(url)
        self.write_engine, self.read_engine = make_engines(self.url, create=create, pool_size=pool_size)
        self.current_engine = self.read_engine
        """Reads what is committed now: a connection of a replica may be behind."""
        if replica:
            self.read_engine.dispose()
            self.read_engine = make_engines(replica, pool_size=pool_size)[1]
            self.current_engine = self.write_engine
        self.memory = Memory()
        guard_connections(self.write_engine)
        guard_connections(self.read_engine)
        for engine in (self.write_engine, self.read_engine):
            engine.update_execution_options(**{VAULT: vault, MEMORY: self.memory})

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return str(self.write_engine.dialect.name)

    def session(self, context: Context, services: Services | None = None) -> Session:
        """Return a session that writes."""
        return Session(self.write_engine, context, services)

    def reading(self, context: Context, services: Services | None = None, *, fresh: bool = False) -> ReadingSession:
        """Return a session that reads a snapshot; ``fresh`` reads the primary for someone who has just written."""
        engine = self.write_engine if fresh and self.dialect == "postgresql" else self.read_engine
        return ReadingSession(engine, context, services)

    def system(self, context: Context | None = None, services: Services | None = None) -> SystemSession:
        """Return a session across organisations, for the program itself."""
        return SystemSession(self.write_engine, context or Context(organization_id=None, channel="system"), services)

    def looking(self) -> SystemReadingSession:
        """Return a session across organisations that reads a snapshot: sign-in, identities, what is installed."""
        return SystemReadingSession(self.read_engine, Context(organization_id=None, channel="system"))

    def close(self) -> None:
        """Close every connection."""
        self.write_engine.dispose()
        self.read_engine.dispose()


def can_retry(error: BaseException) -> bool:
    """Tell whether the whole transaction may be tried again: deadlock, serialization failure, busy database."""
    if not isinstance(error, exc.DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return state in RETRIED or "database is locked" in str(error.orig)


@contextmanager
def explained(database: Database) -> Iterator[None]:
    """Turn what the database or the ORM raises into errors of our own tree."""
    try:
        yield
    except BackofficeError:
        raise
    except StaleDataError as error:
        raise stale() from error
    except exc.SQLAlchemyError as error:
        raise explain(error, database) from error


def stale() -> StaleVersion:
    """Return the error for a record that changed since it was read."""
    return StaleVersion(
        _("Someone changed this record in the meantime."),
        why=_("Your version is older than the stored one."),
        remedy=_("Load it again, compare, and repeat your change."),
    )


def explain(error: exc.SQLAlchemyError, database: Database) -> BackofficeError:
    """Return what ``error`` means for the person who caused it."""
    inner = error.orig if isinstance(error, exc.StatementError) else None
    if isinstance(inner, BackofficeError):
        return inner
    text = str(inner if inner is not None else error)
    guard = GUARD.search(text)
    if guard is not None:
        said = Label(guard["said"].strip(), guard["domain"] or "backoffice")
        return RuleBroken(said, why=_("The database itself holds this rule."))
    if isinstance(error, exc.IntegrityError):
        return _integrity(text)
    if can_retry(error):
        return Busy(_("Others kept changing the same records."), remedy=_("Try again in a moment."))
    if isinstance(error, exc.OperationalError | exc.ProgrammingError | exc.InternalError | exc.TimeoutError):
        return _operational(text, database)
    if isinstance(inner, ValueError | TypeError):
        return InvalidInput(text)
    return BackofficeError(_("The database refused the statement."), why=text)


def _integrity(said: str) -> BackofficeError:
    lowered = said.lower()
    if "unique" in lowered or "duplicate key" in lowered:
        return AlreadyExists(
            _("Another record has the same value already."), why=_constraint(said), remedy=_("Choose another value.")
        )
    if "foreign key" in lowered:
        return StillReferenced(
            _("Records are linked: one needed here is missing, or others still need this one."),
            why=_constraint(said),
            remedy=_("Check the references, or archive the record instead of deleting it."),
        )
    return InvalidInput(_("The database refused a value."), why=_constraint(said))


def _constraint(said: str) -> str:
    found = re.search(r"constraint failed: ([\w., ]+)", said) or re.search(r"constraint \"(\w+)\"", said)
    return found[1] if found else ""


def _operational(said: str, database: Database) -> BackofficeError:
    lowered = said.lower()
    missing = re.search(r"(relation|column|table|function) .*does not exist", lowered)
    if "no such table" in lowered or "no such column" in lowered or missing:
        return NeedsMigration(
            _("The database is older than the program."),
            why=said.splitlines()[0],
            remedy=_("Run `backoffice db upgrade`."),
        )
    if "readonly" in lowered or "read-only" in lowered:
        where = Path(database.url.database or "") if database.dialect == "sqlite" else database.url.host
        return DatabaseUnavailable(
            _("The database cannot be written."),
            why=said.splitlines()[0],
            remedy=_("Give the program write permission on {where}.").with_values(where=str(where)),
        )
    return DatabaseUnavailable(
        _("The database cannot be used."), why=said.splitlines()[0], remedy=_("Run `backoffice doctor`.")
    )


def is_empty(engine: sa.Engine) -> bool:
    """Tell whether no table of ours exists yet."""
    return not sa.inspect(engine).has_table("core_organization")


def describe(url: Any) -> str:
    """Return ``url`` without its password."""
    return sa.make_url(url).render_as_string(hide_password=True)
