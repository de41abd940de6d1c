"""Sessions that know who works, for which organisation, and when; and the late phase before every commit.

:class:`Session` writes, :class:`ReadingSession` reads a snapshot and cannot write. Both stay inside one organisation.
:class:`SystemSession` sees every organisation and belongs to the program itself: sign-in, the worker, migrations.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, SessionTransaction
from sqlalchemy.orm import Session as PlainSession

from backoffice.core.errors import ProgrammingError, UnauditedWrite
from backoffice.core.secrets import Sealed, Vault
from backoffice.core.text import fold
from backoffice.hookspecs import messages

from . import remembered, scoping, statements
from . import rows as rows_
from .context import Context
from .fields import fields_of
from .late import LatePhase
from .records import Row

if TYPE_CHECKING:
    from .numbering import Assign

_ = messages("backoffice")

VAULT = "backoffice_vault"
"""Execution option of an engine that holds what opens its secrets."""


class Services(Protocol):
    """What the office lends to a session, so that persistence need not know the office."""

    def emit(self, session: Session, name: str, subject: Any, facts: Mapping[str, Any]) -> Any:
        """Append an event and call its listeners."""

    def emit_many(
        self, session: Session, name: str, said: Sequence[tuple[Any, Mapping[str, Any]]], *, ids: bool = True
    ) -> list[int]:
        """Append many events of one name and call their listeners."""

    def emit_all(self, session: Session, said: Sequence[tuple[str, Any, Mapping[str, Any]]]) -> None:
        """Append events of several names and call their listeners."""

    def heard_of(self, name: str) -> bool:
        """Tell whether a listener of the event joins the transaction it happens in."""

    def enqueue(self, session: Session, name: str, arguments: Mapping[str, Any] | None, **how: Any) -> Any:
        """Ask for a job, to run once the session's transaction is committed."""

    def setting(self, session: Session, plugin: str, name: str) -> Any:
        """Return a setting of the session's company."""

    def document(self, session: Session, name: str, record_id: int, language: str | None) -> Any:
        """Make a document of a record as the session sees it."""

    def perform(self, session: Session, action: str, arguments: Mapping[str, Any]) -> Any:
        """Do an action inside the session's transaction."""

    @property
    def hooks(self) -> Any:
        """The typed facade over every plugin's hooks."""


class Session(PlainSession):
    """A unit of work of one actor in one organisation."""

    writes = True
    """What it holds may be written; a snapshot's may not."""

    def __init__(self, bind: sa.Engine, context: Context, services: Services | None = None) -> None:
        super().__init__(bind=bind, expire_on_commit=False, autoflush=True)
        self.dialect_used = bind.dialect
        self.context = context
        self.services = services
        self.late_phase = LatePhase()
        self.began: datetime | None = None
        self._line: tuple[sa.Connection, Any] | None = None
        self.left: list[tuple[str, Any, statements.Take | None]] = []
        """Statements that wait to travel with the next; :mod:`.statements` leaves them here."""
        self.sent: list[statements.Take | None] = []
        """Who waits for what of those that are under way."""

    def get(self, *args: Any, **keywords: Any) -> Any:
        """Return a record by its id, as SQLAlchemy does; one of another organisation is not found."""
        self.info["getting"] = True
        try:
            return super().get(*args, **keywords)
        finally:
            self.info["getting"] = False

    # -- facts -------------------------------------------------------------------------------------------------

    @property
    def organization_id(self) -> int:
        """The organisation this session may see; a session's organisation never changes."""
        if self.context.organization_id is None:
            raise ProgrammingError("This session belongs to no organisation.")
        return self.context.organization_id

    @property
    def company_id(self) -> int | None:
        """The company worked for, if one was chosen."""
        return self.context.company_id

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return str(self.dialect_used.name)

    def line(self) -> tuple[sa.Connection, Any]:
        """Return the transaction's connection and the driver's own behind it, for :mod:`.statements` alone."""
        if self._line is None:
            self.info["leaving"] = True
            try:
                connection = super().connection()
            finally:
                self.info["leaving"] = False
            self._line = (connection, connection.connection.driver_connection)
        return self._line

    def connection(self, *args: Any, **keywords: Any) -> sa.Connection:
        """Return the transaction's connection, as SQLAlchemy does, with nothing left to be written."""
        self.catch_up()
        return super().connection(*args, **keywords)

    def catch_up(self) -> None:
        """Write what waits to travel with the next statement; everything that reaches the database does this first."""
        if self.left or self.sent:
            statements.catch_up(self)

    def now(self) -> datetime:
        """Return the instant this transaction began, in UTC with zone; the same for all of its rows."""
        return self.began or self.context.now()

    def today(self) -> date:
        """Return the business date in the company's zone."""
        return self.context.today()

    # -- what the office lends ---------------------------------------------------------------------------------

    def _lent(self) -> Services:
        if self.services is None:
            raise ProgrammingError("This session was made without an office.")
        return self.services

    def emit(self, name: str, /, subject: Any = None, **facts: Any) -> Any:
        """Append the event ``name`` about ``subject`` with its facts, and call its listeners in this transaction."""
        return self._lent().emit(self, name, subject, facts)

    def emit_many(self, name: str, said: Sequence[tuple[Any, Mapping[str, Any]]], *, ids: bool = True) -> list[int]:
        """Append many events of one name, pairs of subject and facts, in few statements; return their ids.

        A subject is a record or a pair of mapped class and id.
        """
        return self._lent().emit_many(self, name, said, ids=ids)

    def emit_all(self, said: Sequence[tuple[str, Any, Mapping[str, Any]]]) -> None:
        """Append events of several names, each with subject and facts, in their order; the fewest statements do it.

        Listeners of one name are called after all that follow each other under that name are stored.
        """
        self._lent().emit_all(self, said)

    def heard_of(self, name: str) -> bool:
        """Tell whether anyone is told of the event ``name`` in the transaction it happens in."""
        return self._lent().heard_of(name)

    def enqueue(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        run_at: datetime | None = None,
        attempts: int | None = None,
        by_program: bool = False,
    ) -> Any:
        """Ask for the job ``name``, to run once this transaction is committed; return its row.

        ``arguments`` are what the job's fields say. Asked for again under the same ``key``, the first one is returned
        and none is added. It does not run before ``run_at``; ``attempts`` is how often it is tried.
        With ``by_program`` it works in nobody's name, and nobody is told of its end.
        """
        return self._lent().enqueue(
            self, name, arguments, key=key, run_at=run_at, attempts=attempts, by_program=by_program
        )

    def setting(self, plugin: str, name: str) -> Any:
        """Return the setting ``name`` of ``plugin`` for the session's company."""
        return self._lent().setting(self, plugin, name)

    def seal(self, text: str) -> Sealed:
        """Return ``text`` as a secret may be stored: sealed under this installation's key."""
        return self._vault().seal(text)

    def reveal(self, sealed: Sealed) -> str:
        """Return the text of a secret, to be used at once and kept nowhere."""
        return self._vault().open(sealed)

    def _vault(self) -> Vault:
        vault: Vault | None = self.get_bind().get_execution_options().get(VAULT)
        if vault is None:
            raise ProgrammingError("This database was opened without the keys of its secrets.")
        return vault

    def perform(self, action: str, /, **arguments: Any) -> Any:
        """Do ``action`` in this transaction and return its answer.

        The permission was asked for what the person does; what follows from it is not asked again.
        """
        return self._lent().perform(self, action, arguments)

    def document(self, name: str, record_id: int, language: str | None = None) -> Any:
        """Return the document ``name`` of a record as this transaction sees it: ``html``, ``filename``, ``pdf()``."""
        return self._lent().document(self, name, record_id, language)

    @property
    def hooks(self) -> Any:
        """The hooks of every plugin: ``session.hooks.first("inventory_unit_cost", product=…)``."""
        return self._lent().hooks

    # -- many rows by few statements ---------------------------------------------------------------------------

    def insert_rows(self, model: type, rows: Sequence[Mapping[str, Any]], **same: Any) -> list[int]:
        """Insert ``rows`` of ``model``, all with the same columns, the short way; return their ids in order.

        ``same`` are values all of them have. What a record has by itself (organisation, company, version, who and
        when) is filled in where it is left out.
        """
        return rows_.insert(self, model, rows, same)

    def write_rows(self, model: type, rows: Sequence[Mapping[str, Any]], **same: Any) -> None:
        """Insert ``rows`` as :meth:`insert_rows` does where nobody asks for their ids, which is shorter still."""
        rows_.write(self, model, rows, same)

    def change_rows(self, model: type, rows: Sequence[Mapping[str, Any]], **same: Any) -> None:
        """Give the rows of ``model`` with each ``id`` the other values of ``rows``, the short way.

        ``same`` are values all of them get. Records the session loaded before do not learn of it.
        """
        rows_.change(self, model, rows, same)

    def reserve_ids(self, model: type, count: int) -> list[int]:
        """Return ``count`` ids for rows of ``model`` that are written later in this transaction, in order."""
        return rows_.reserve(self, model, count)

    def write_whole(
        self,
        model: type,
        rows: Sequence[Mapping[str, Any]],
        part: type,
        parts: Sequence[Mapping[str, Any]],
        *,
        begins: Mapping[str, Any],
        **same: Any,
    ) -> None:
        """Insert records under ids reserved for them together with the rows of ``part`` they consist of.

        A guard of the database sees each record with its parts, and the log has each once, complete: an entry as
        posted. ``same`` are values all records have; ``begins`` is how they stand for a moment, with their parts on
        the way, where the database writes one table after the other.
        """
        rows_.write_whole(self, model, rows, part, parts, same, begins)

    # -- late phase --------------------------------------------------------------------------------------------

    def late(self, order: tuple[Any, ...], run: Callable[[Session], None]) -> None:
        """Run ``run(session)`` before commit, after all listeners, in the order of the tuples ``order``."""
        self.late_phase.add(order, run)

    def number(self, *, series: str, assign: Assign, **keys: Any) -> None:
        """Give the next number of ``series`` to ``assign(text)`` just before commit, without gaps.

        ``keys`` are ``company_id``, ``branch_id``, ``year`` and ``pattern``, see :mod:`.numbering`.
        """
        from .numbering import request

        request(self, series=series, assign=assign, **keys)

    def numbers_at_once(self, *, series: str, count: int, year: int = 0, pattern: str = "{n}") -> list[str] | None:
        """Return ``count`` numbers of ``series`` now where nobody waits for that, see :func:`.numbering.at_once`."""
        from .numbering import at_once

        return at_once(self, series=series, count=count, year=year, pattern=pattern)

    def accumulate(self, model: type, *, key: Mapping[str, Any], amounts: Mapping[str, Any]) -> None:
        """Add ``amounts`` to the row of ``model`` with ``key`` before commit, merged and in key order."""
        self.late_phase.sums.add(model, key, amounts)

    def accumulate_many(
        self,
        model: type,
        key: tuple[str, ...],
        to: tuple[str, ...],
        rows: Iterable[tuple[tuple[Any, ...], list[Any]]],
    ) -> None:
        """Do the same for many rows: pairs of the values of ``key``, ordered by name, and amounts for ``to``."""
        self.late_phase.sums.add_all(model, key, to, rows)

    def settle(self) -> None:
        """Run the late phase now; it runs by itself before commit."""
        self.flush()
        self.late_phase.run(self)
        self.flush()

    # -- legacy ways around the audit and the organisation -----------------------------------------------------

    def bulk_save_objects(self, *args: Any, **keywords: Any) -> Any:
        """Refuse: rows would be neither stamped nor versioned. Use ``session.execute(insert(Model), rows)``."""
        raise _legacy_bulk()

    def bulk_insert_mappings(self, *args: Any, **keywords: Any) -> Any:
        """Refuse, as :meth:`bulk_save_objects` does."""
        raise _legacy_bulk()

    def bulk_update_mappings(self, *args: Any, **keywords: Any) -> Any:
        """Refuse, as :meth:`bulk_save_objects` does."""
        raise _legacy_bulk()


class ReadingSession(Session):
    """A session that reads a snapshot; a flush is refused here and by the database."""

    writes = False


class SystemSession(Session):
    """A session across organisations, for the program itself."""


class SystemReadingSession(SystemSession, ReadingSession):
    """A session across organisations that reads a snapshot and never waits for a writer."""


def _legacy_bulk() -> UnauditedWrite:
    return UnauditedWrite(
        _("The bulk methods of SQLAlchemy's first generation are refused."),
        why=_("They bypass the organisation's stamp and the version of a record."),
        remedy=_("Use session.execute(insert(Model), rows)."),
    )


@event.listens_for(Session, "do_orm_execute")
def _scope(state: ORMExecuteState) -> None:
    session = state.session
    assert isinstance(session, Session)
    session.catch_up()
    writes = state.is_insert or state.is_update or state.is_delete
    if writes:
        if isinstance(session, ReadingSession):
            raise _cannot_write()
        for mapper in state.all_mappers:
            remembered.changed(session, mapper.class_)
    if isinstance(session, SystemSession):
        state.update_execution_options(**{scoping.CHECKED: True})
        return
    scoping.apply(state, session.context)


@event.listens_for(Session, "after_begin")
def _tell_the_database(session: Session, transaction: SessionTransaction, connection: sa.Connection) -> None:
    """Hand the context to the triggers and to column defaults, once a transaction."""
    session.began = session.context.now()
    remembered.begin(session)
    context = session.context
    connection.info["backoffice.defaults"] = {
        "organization": context.organization_id,
        "company": context.company_id,
        "branch": context.branch_id,
        "actor": context.actor_id,
        "now": session.began,
    }
    connection.info["backoffice.session"] = None if isinstance(session, SystemSession) else weakref.ref(session)
    if isinstance(session, ReadingSession):
        return
    values = context.audit_values(session.began)
    if connection.dialect.name == "sqlite":
        told = connection.info["backoffice.audit"]
        told.clear()
        told.update(values)
    elif session.info.get("leaving"):
        session.left.append((_TELL_TEXT, (json.dumps(values),), None))
    else:
        connection.execute(_TELL, {"values": json.dumps(values)}, execution_options={scoping.CHECKED: True})


@event.listens_for(Session, "before_flush")
def _stamp(session: Session, flush_context: Any, instances: Any) -> None:
    if isinstance(session, ReadingSession) and (session.new or session.dirty or session.deleted):
        raise _cannot_write()
    session.catch_up()
    session.info["flushing"] = True
    organization = session.context.organization_id
    for record in session.new:
        if isinstance(record, Row):
            if record.organization_id is None:
                record.organization_id = organization
            elif organization is not None and record.organization_id != organization:
                raise scoping.foreign_row()
    for record in (*session.new, *session.dirty, *session.deleted):
        remembered.changed(session, type(record))
    for record in (*session.new, *session.dirty):
        if hasattr(type(record), "search_key"):
            record.search_key = search_key(record)


@event.listens_for(Session, "after_flush")
def _flushed(session: Session, flush_context: Any) -> None:
    session.info["flushing"] = False


@event.listens_for(Session, "after_soft_rollback")
def _rolled_back(session: Session, previous: SessionTransaction) -> None:
    session.info["flushing"] = False
    rows_.taken_back(session, previous)
    session.late_phase.clear()
    session.left.clear()
    session.sent.clear()


@event.listens_for(Session, "after_transaction_create")
def _began(session: Session, transaction: SessionTransaction) -> None:
    """Let a savepoint begin behind what was written before it, and before what is written next."""
    session.catch_up()
    session._line = None


@event.listens_for(Session, "after_transaction_end")
def _ended(session: Session, transaction: SessionTransaction) -> None:
    session._line = None


@event.listens_for(Session, "before_commit")
def _settle(session: Session) -> None:
    session.settle()
    awaited = any(take is not None for take in (*session.sent, *(left[-1] for left in session.left)))
    if awaited or session.in_nested_transaction() or isinstance(session, SystemSession):
        session.catch_up()  # else it travels with the commit
    if unlogged := session.info.get(rows_.UNLOGGED):
        raise UnauditedWrite(
            _("Rows of {table} were written, but not into the audit log.").with_values(table=unlogged[0]),
            remedy=_("Let the error that stopped it end the transaction."),
        )


def search_key(record: Any) -> str:
    """Return the folded text by which ``record`` is found: its searchable fields and their translations.

    A field with a permission of its own is left out: a search would tell its value to those who may not read it.
    """
    names = [name for name, field in fields_of(record.__class__).items() if field.searchable and not field.permission]
    parts = [getattr(record, name) for name in names]
    for values in (getattr(record, "translations", None) or {}).values():
        parts += [values.get(name) for name in names]
    return fold(" ".join(str(part) for part in parts if part))


_TELL = sa.text("SELECT set_config('backoffice.context', :values, true)")
_TELL_TEXT = "SELECT set_config('backoffice.context', %s, true)"


def guard_connections(engine: sa.Engine) -> None:
    """Refuse statements that reach a scoped session's connection without passing the session.

    A flush speaks to the connection directly with rows already stamped, so it may pass; ``session.connection()`` in
    the hands of a plugin may not.
    """

    @event.listens_for(engine, "before_execute")
    def check(connection: sa.Connection, element: Any, multi: Any, params: Any, options: Mapping[str, Any]) -> None:
        if _needs_check(connection, options) and isinstance(element, sa.ClauseElement):
            scoping.refuse_unscoped(element)

    @event.listens_for(engine, "before_cursor_execute")
    def check_text(connection: sa.Connection, cursor: Any, said: str, params: Any, context: Any, many: bool) -> None:
        if context is None or context.compiled is not None:
            return
        if said not in _TRANSACTION_CONTROL and _needs_check(connection, context.execution_options):
            scoping.refuse_unscoped(sa.text(said))

    @event.listens_for(engine, "commit")
    def finish(connection: sa.Connection) -> None:
        reference = connection.info.get("backoffice.session")
        session = reference() if reference is not None else None
        if session is not None and (session.left or session.sent):
            statements.commit(session, connection)

    @event.listens_for(engine, "checkin")
    def forget(connection: Any, record: Any) -> None:
        # Whoever gets the connection next, a check of the whole database say, is not that session.
        record.info.pop("backoffice.session", None)


_TRANSACTION_CONTROL = {"BEGIN", "BEGIN IMMEDIATE"}


def _needs_check(connection: sa.Connection, options: Mapping[str, Any]) -> bool:
    reference = connection.info.get("backoffice.session")
    session = reference() if reference is not None else None
    return session is not None and not options.get(scoping.CHECKED) and not session.info.get("flushing")


def _cannot_write() -> ProgrammingError:
    return ProgrammingError(
        _("This session reads a snapshot and cannot write."),
        remedy=_("Write through an action."),
    )
