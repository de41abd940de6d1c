"""Statements to PostgreSQL and back in one go: each prepared once for a connection, all of them sent together.

The driver's own pipeline looks after each statement whether something was answered, and lets the server begin with the
first alone; that costs both more than the small statements of a page or of a document. Here what is said together is
one message there and one back, and what nobody waits for is on its way while the next is made ready.

A connection is either the driver's or has statements under way here: whoever speaks to the driver hears those first.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.pq.abc import PGconn, PGresult

Rows = list[tuple[Any, ...]]
Values = Mapping[str, Any] | Sequence[Any]
"""Parameters by name, or in the order of their marks."""

MOST: Final = 400
"""Statements that are kept prepared on a connection; with one more it begins anew."""

SPOILT: Final = {"0A000", "26000"}
"""SQLSTATEs of a statement whose tables changed since it was prepared, and of one that is not prepared any more."""

_WIRE: Final = "backoffice.wire"
_numbers: Final = count()


def wire(info: dict[Any, Any], driver: Any) -> Wire:
    """Return the wire of the connection ``driver``, which is kept with what its pool keeps of it."""
    found: Wire | None = info.get(_WIRE)
    if found is None:
        found = info[_WIRE] = Wire(driver)
    return found


def rolls_back(info: dict[Any, Any]) -> None:
    """Take what is under way off a connection whose transaction, if there is one, is rolled back.

    The driver lets go then of all that is prepared, if it has prepared anything itself.
    """
    found: Wire | None = info.get(_WIRE)
    if found is not None:
        found.let_go()
        found.doubted = found.doubted or not found.idle


class Wire:
    """What is prepared on a connection, and what is under way on it."""

    def __init__(self, driver: Connection[Any]) -> None:
        from psycopg.adapt import Transformer

        self._driver: Any = driver
        self._transformer: Any = Transformer(driver)
        self._names: dict[Any, bytes] = {}
        self._expected: list[Any] = []
        """For each result that will come: ``True`` where rows are wanted, the key of a statement being prepared."""
        self.doubted = False
        """Whether the driver may have let go of all that was prepared."""

    @property
    def idle(self) -> bool:
        """Whether no transaction is open."""
        from psycopg.pq import TransactionStatus

        return bool(self._driver.pgconn.transaction_status == TransactionStatus.IDLE)

    def send(self, asked: Iterable[tuple[str, Values]]) -> None:
        """Send statements without waiting for what comes of them.

        They begin a transaction if none is open, unless the connection commits by itself.
        """
        wanted = [_Wanted(self._transformer, sql, values) for sql, values in asked]
        try:
            self._begin(wanted)
            for one in wanted:
                self._say(one)
            self._driver.pgconn.flush()
        except BaseException:
            self._driver.close()  # nobody knows what is under way on it
            raise

    def ask(self, asked: Iterable[tuple[str, Values]] = ()) -> list[Rows]:
        """Send statements and return the rows of each, behind those of what is under way.

        Raises what the driver raises for the first that fails.
        """
        self.send(asked)
        return [_rows(self._transformer, result) for result in self._heard() if result is not None]

    def commit(self, asked: Iterable[tuple[str, Values]]) -> None:
        """Send statements and the end of the transaction with them."""
        self.send(asked)
        self._plainly("COMMIT")
        self._heard()

    def let_go(self) -> None:
        """Take what is under way off the connection, whatever comes of it: it is rolled back."""
        from psycopg import Error

        if self._expected and not self._driver.closed:
            try:
                self._heard()
            except Error:
                return  # whoever rolls back knows of an error, or does not care

    # -- sending -----------------------------------------------------------------------------------------------

    def _begin(self, wanted: Sequence[_Wanted]) -> None:
        """Open the pipeline, and a transaction, where they are not; let go of old statements where there are many."""
        pgconn = self._driver.pgconn
        if not self._expected:
            if self.doubted:
                self._believe()
            begins = self.idle and not self._driver.autocommit
            pgconn.enter_pipeline_mode()
            if begins:
                self._plainly(_begin(self._driver.isolation_level))
        if len(self._names) + len(wanted) > MOST:
            for name in self._names.values():
                self._plainly(f"DEALLOCATE {name.decode()}")
            self._names.clear()

    def _believe(self) -> None:
        """Ask the server which statements it still knows."""
        from psycopg.pq import ExecStatus

        answer = self._driver.pgconn.exec_(b"SELECT name FROM pg_prepared_statements")
        if answer.status == ExecStatus.TUPLES_OK:
            there = {answer.get_value(row, 0) for row in range(answer.ntuples)}
            self._names = {key: name for key, name in self._names.items() if name in there}
            self.doubted = False

    def _plainly(self, said: str) -> None:
        self._driver.pgconn.send_query_params(said.encode(), None)
        self._expected.append(None)

    def _say(self, one: _Wanted) -> None:
        pgconn, name = self._driver.pgconn, self._names.get(one.key)
        if name is None:
            name = self._names[one.key] = b"sent_%d" % next(_numbers)
            pgconn.send_prepare(name, one.key[0].encode(), one.key[1])
            self._expected.append(one.key)
        pgconn.send_query_prepared(name, one.values, one.formats)
        self._expected.append(True)

    # -- hearing -----------------------------------------------------------------------------------------------

    def _heard(self) -> list[PGresult | None]:
        """Return the results of all that is under way, ``None`` for those nobody asked for; raise the first error."""
        from psycopg import errors
        from psycopg.pq import ExecStatus

        expected, self._expected = self._expected, []
        try:
            self._driver.pgconn.pipeline_sync()
            found = self._driver.wait(_conversation(self._driver.pgconn, len(expected) + 1))
            self._driver.pgconn.exit_pipeline_mode()
        except BaseException:
            self._driver.close()
            raise
        failed = next((one for one in found if one.status == ExecStatus.FATAL_ERROR), None)
        if failed is None:
            return [one if wanted is True else None for one, wanted in zip(found, expected, strict=False)]
        for one, key in zip(found, expected, strict=False):
            if one.status != ExecStatus.COMMAND_OK:
                self._names.pop(key, None)
        error = errors.error_from_result(failed)
        if error.sqlstate in SPOILT:
            self._driver.close()
        raise error


class _Wanted:
    """A statement with its values as they travel."""

    __slots__ = ("formats", "key", "values")

    def __init__(self, transformer: Any, sql: str, values: Values) -> None:
        from psycopg.adapt import PyFormat

        names = tuple(values) if isinstance(values, Mapping) else len(values)
        given = tuple(values.values()) if isinstance(values, Mapping) else values
        self.values = transformer.dump_sequence(given, [PyFormat.AUTO] * len(given))
        self.formats = transformer.formats if given else None
        self.key = (_numbered(sql, names), tuple(transformer.types or ()) if given else ())


@lru_cache(maxsize=4096)
def _numbered(sql: str, names: tuple[str, ...] | int) -> str:
    """Return ``sql`` with ``$1`` for the first of its parameters, which have names or are so many."""
    if isinstance(names, int):
        return sql % tuple(f"${at}" for at in range(1, names + 1))
    return sql % {name: f"${at}" for at, name in enumerate(names, 1)}


def _begin(level: Any) -> str:
    """Return what begins a transaction of an isolation level."""
    return "BEGIN" if level is None else f"BEGIN ISOLATION LEVEL {level.name.replace('_', ' ')}"


def _conversation(pgconn: PGconn, number: int) -> Generator[int, int, list[PGresult]]:
    """Return ``number`` results when they are there; yield what has to be waited for until then.

    Reading goes on while something is still to be sent: a server that cannot answer does not listen either.
    """
    from psycopg.waiting import Ready, Wait

    found: list[PGresult] = []
    while True:
        unsent = pgconn.flush()
        _take(pgconn, found, number)
        if len(found) == number:
            return found
        ready = yield Wait.RW if unsent else Wait.R
        if ready & Ready.R:
            pgconn.consume_input()


def _take(pgconn: PGconn, found: list[PGresult], number: int) -> None:
    """Add the results that have arrived to ``found``; between those of two statements stands ``None``."""
    nothing = False
    while len(found) < number and not pgconn.is_busy():
        result = pgconn.get_result()
        if result is not None:
            found.append(result)
        elif nothing:
            return
        nothing = result is None


def _rows(transformer: Any, result: PGresult) -> Rows:
    transformer.set_pgresult(result)
    rows: Rows = transformer.load_rows(0, result.ntuples, tuple)
    return rows


__all__ = ["Wire", "rolls_back", "wire"]
