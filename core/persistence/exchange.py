"""Reads to PostgreSQL and back in one go: each statement prepared once for a connection, all of them sent together.

The driver's own pipeline looks after each statement whether something was answered, and lets the server begin with the
first alone; that costs both more than the small statements of a page. Here what is asked together is one message there
and one back.

It is for connections whose transactions end by COMMIT: the driver lets go of all that is prepared whenever it rolls
one back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.pq.abc import PGconn, PGresult

Rows = list[tuple[Any, ...]]

MOST: Final = 400
"""Statements that are kept prepared on a connection; with one more it begins anew."""

SPOILT: Final = {"0A000", "26000"}
"""SQLSTATEs of a statement whose tables changed since it was prepared, and of one that is not prepared any more."""

_names: Final[WeakKeyDictionary[Connection[Any], dict[Any, bytes]]] = WeakKeyDictionary()
"""What each statement, with the types of its values, is called on a connection."""
_numbers: Final = count()


def allow(driver: Connection[Any]) -> None:
    """Let statements travel this way on a connection that is never rolled back."""
    _names[driver] = {}


def possible(driver: Any) -> bool:
    """Tell whether statements may travel this way on ``driver``."""
    return driver in _names


def exchange(driver: Connection[Any], asked: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Rows]:
    """Return the rows of each of ``asked``, statements with named parameters as the driver writes them.

    They begin a transaction if none is open, unless the connection commits by itself. Raises what the driver raises
    for the first that fails.
    """
    from psycopg.adapt import Transformer

    transformer: Any = Transformer(driver)
    results = _answers(driver, [_Wanted(transformer, sql, values) for sql, values in asked])
    return [_rows(transformer, one) for one in results]


class _Wanted:
    """A statement with its values as they travel."""

    __slots__ = ("formats", "key", "values")

    def __init__(self, transformer: Any, sql: str, values: Mapping[str, Any]) -> None:
        from psycopg.adapt import PyFormat

        self.values = transformer.dump_sequence(tuple(values.values()), [PyFormat.AUTO] * len(values))
        self.formats = transformer.formats if values else None
        self.key = (_numbered(sql, tuple(values)), transformer.types if values else ())


@lru_cache(maxsize=4096)
def _numbered(sql: str, names: tuple[str, ...]) -> str:
    """Return ``sql`` with ``$1`` for the first of its parameters."""
    return sql % {name: f"${at}" for at, name in enumerate(names, 1)}


def _answers(driver: Connection[Any], wanted: Sequence[_Wanted]) -> list[PGresult]:
    """Send all of it and return the result of each statement."""
    names, pgconn, first = _names[driver], driver.pgconn, _first(driver)
    if len(names) + len(wanted) > MOST:
        first += [f"DEALLOCATE {name.decode()}" for name in names.values()]
        names.clear()
    new = {one.key: b"read_%d" % next(_numbers) for one in wanted if one.key not in names}

    def send() -> None:
        for said in first:
            pgconn.send_query_params(said.encode(), None)
        for key, name in new.items():
            pgconn.send_prepare(name, key[0].encode(), key[1])
        for one in wanted:
            pgconn.send_query_prepared(new.get(one.key) or names[one.key], one.values, one.formats)
        pgconn.pipeline_sync()

    before = len(first) + len(new)
    results = _talk(driver, send, before + len(wanted) + 1)
    names.update(new)
    return results[before:-1]


def _first(driver: Connection[Any]) -> list[str]:
    """Return what is said before anything else: that a transaction begins, where none did."""
    from psycopg.pq import TransactionStatus

    if driver.autocommit or driver.pgconn.transaction_status != TransactionStatus.IDLE:
        return []
    level = driver.isolation_level
    return ["BEGIN" if level is None else f"BEGIN ISOLATION LEVEL {level.name.replace('_', ' ')}"]


def _talk(driver: Connection[Any], send: Callable[[], None], number: int) -> list[PGresult]:
    """Return ``number`` results of what ``send`` sends; raise the first error among them."""
    from psycopg import errors
    from psycopg.pq import ExecStatus

    driver.pgconn.enter_pipeline_mode()
    try:
        found = driver.wait(_conversation(driver.pgconn, send, number))
        driver.pgconn.exit_pipeline_mode()
    except BaseException:
        driver.close()  # nobody knows what is still under way on it
        raise
    failed = next((one for one in found if one.status == ExecStatus.FATAL_ERROR), None)
    if failed is not None:
        error = errors.error_from_result(failed)
        if error.sqlstate in SPOILT:
            driver.close()
        raise error
    return found


def _conversation(pgconn: PGconn, send: Callable[[], None], number: int) -> Generator[Any, Any, list[PGresult]]:
    from psycopg.generators import fetch_many, pipeline_communicate

    found = yield from pipeline_communicate(pgconn, deque([send]))
    while len(found) < number:
        found.append((yield from fetch_many(pgconn)))
    return [one for (one,) in found]


def _rows(transformer: Any, result: PGresult) -> Rows:
    transformer.set_pgresult(result)
    rows: Rows = transformer.load_rows(0, result.ntuples, tuple)
    return rows


__all__ = ["allow", "exchange", "possible"]
