"""What must hold of the books whatever happened: asked of the database itself, past the program that wrote it.

:func:`broken` looks at everything and returns what is wrong, a sentence each.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from backoffice.core.audit.sealing import seal
from backoffice.core.audit.verifying import verify
from backoffice.core.maintenance.integrity import problems
from backoffice.core.office import Backoffice
from backoffice.hookspecs import Label

from .harness import Promises

Ask = Callable[[str], list[Any]]

AUDITED: Final = (
    "accounting_entry", "accounting_line", "accounting_invoice", "accounting_invoice_line", "parties_party",
)  # fmt: skip
VERSIONED: Final = frozenset({"accounting_entry", "accounting_invoice", "parties_party"})
BEARS_KEY: Final = {
    "entry": ("accounting_entry", "reference"),
    "many": ("accounting_entry", "reference"),
    "invoice": ("accounting_invoice", "reference"),
    "party": ("parties_party", "name"),
}
"""Where an operation leaves its key."""


@contextmanager
def asking(office: Backoffice) -> Iterator[Ask]:
    """Give a function that asks the database in plain SQL on a connection of its own, about one moment."""
    postgresql = office.database.dialect == "postgresql"
    isolation = {"isolation_level": "REPEATABLE READ"} if postgresql else {}
    engine = sa.create_engine(office.configuration.database, poolclass=sa.NullPool, **isolation)
    try:
        with engine.connect() as connection:
            if not postgresql:
                connection.exec_driver_sql("BEGIN")
            yield lambda statement: [tuple(row) for row in connection.exec_driver_sql(statement)]
    finally:
        engine.dispose()


@dataclass(frozen=True, slots=True)
class Before:
    """What was there before the first fault: the digest of everything in closed periods, and what was wrong already."""

    closed: str
    problems: frozenset[str]


def before(office: Backoffice) -> Before:
    """Remember what must not change."""
    with asking(office) as ask:
        return Before(_closed(ask), frozenset(_problems(office)))


def broken(office: Backoffice, promises: Promises, remembered: Before, *, delivered: bool = False) -> list[str]:
    """Return every invariant that does not hold; ``delivered`` says that a worker has done all there was to do."""
    with asking(office) as ask:
        found = [
            *_promised(ask, promises),
            *_balanced(ask),
            *(["what is in closed periods changed"] if _closed(ask) != remembered.closed else []),
            *_numbered(ask),
            *_events(ask, delivered),
            *_steps(ask, promises, delivered),
            *_audited(ask),
            *_balances(ask),
            *_keys(ask, promises),
        ]
    if office.database.dialect == "postgresql":
        found += _amcheck(office.configuration.database)
    found += sorted(set(_problems(office)) - remembered.problems)
    return [*found, *_sealed(office)]


def _problems(office: Backoffice) -> list[str]:
    return [said.filled() if isinstance(said, Label) else said for said in problems(office)]


# -- what was promised -----------------------------------------------------------------------------------------------


def _promised(ask: Ask, promises: Promises) -> Iterator[str]:
    """What was acknowledged is there once, what nobody knows of at most once, what was refused not at all."""
    there = {place: _counted(ask, *place) for place in set(BEARS_KEY.values())}
    answered = promises.keys(BEARS_KEY)
    for key, kind in answered.items():
        if (times := there[BEARS_KEY[kind]][key]) != 1:
            yield f"{kind} {key} was acknowledged and is there {times} times"
    for key, kind in promises.keys(BEARS_KEY, answered=False).items():
        if (times := there[BEARS_KEY[kind]][key]) > 1:
            yield f"{kind} {key} was sent and is there {times} times"
    for key in promises.keys(["closed"]):
        yield f"{key} was posted into a closed period"
    entries = there[BEARS_KEY["entry"]]
    yield from _whole(promises, entries)
    known = {one for key in promises.sent for one in _parts(key)}
    for place, counted in there.items():
        yield from (f"nobody sent {key} in {place[0]}" for key in counted if _is_key(key) and key not in known)
    for key in promises.refused.keys() - promises.done.keys():
        if any(counted[key] for counted in there.values()):
            yield f"{key} was refused and is there"


def _is_key(text: str) -> bool:
    sort, _dash, number = text.partition("-")
    return sort in {"any", *BEARS_KEY} and number[:1].isdigit()


def _whole(promises: Promises, entries: Mapping[str, int]) -> Iterator[str]:
    """An operation that posts several posts all of them or none."""
    groups: dict[str, int] = Counter()
    for key in promises.keys(["many"], answered=False):
        groups[key.partition(".")[0]] += entries[key]
    yield from (f"{key} was posted in part: {n} entries" for key, n in groups.items() if n not in (0, 5))


def _parts(key: str) -> tuple[str, ...]:
    from .operations import operation

    return operation(key).keys


def _counted(ask: Ask, table: str, column: str) -> Counter[str]:
    return Counter({key: n for key, n in ask(f"SELECT {column}, count(*) FROM {table} GROUP BY {column}") if key})


def _keys(ask: Ask, promises: Promises) -> Iterator[str]:
    used = {key for (key,) in ask("SELECT key FROM core_used_key")}
    for key in promises.keys(BEARS_KEY):
        if key not in used:
            yield f"the key {key} was not kept with its effect"


# -- the books -------------------------------------------------------------------------------------------------------


def _balanced(ask: Ask) -> Iterator[str]:
    wrong = ask(
        "SELECT e.id, e.number, coalesce(sum(l.amount), -1), count(l.id), e.total, "
        "sum(CASE WHEN l.amount > 0 THEN l.amount ELSE 0 END) FROM accounting_entry AS e "
        "LEFT JOIN accounting_line AS l ON l.entry_id = e.id AND l.organization_id = e.organization_id "
        "WHERE e.state = 'posted' GROUP BY e.id, e.number, e.total "
        "HAVING coalesce(sum(l.amount), -1) <> 0 OR count(l.id) < 2 OR "
        "e.total <> sum(CASE WHEN l.amount > 0 THEN l.amount ELSE 0 END)"
    )
    yield from (f"entry {row[0]} {row[1]} does not balance: {row[2:]}" for row in wrong)
    # No client keeps drafts, so whatever is one was left half-way.
    for table in ("accounting_entry", "accounting_invoice"):
        yield from (f"{table} {row[0]} is half-posted" for row in ask(f"SELECT id FROM {table} WHERE state = 'draft'"))
    astray = ask(
        "SELECT i.id FROM accounting_invoice AS i LEFT JOIN accounting_entry AS e ON e.id = i.entry_id "
        "WHERE e.id IS NULL OR e.state <> 'posted' OR e.total <> i.total"
    )
    yield from (f"invoice {row[0]} has no entry of its amount" for row in astray)
    outside = ask(
        "SELECT e.id FROM accounting_entry AS e LEFT JOIN accounting_period AS p ON p.id = e.period_id "
        "WHERE p.id IS NULL OR e.date < p.start_date OR e.date > p.end_date"
    )
    yield from (f"entry {row[0]} lies outside of its period" for row in outside)


def _closed(ask: Ask) -> str:
    """Return the digest of everything in periods that are not open, periods and balances included."""
    inside = "WHERE period_id IN (SELECT id FROM accounting_period WHERE state <> 'open')"
    kept = [
        ask("SELECT * FROM accounting_period WHERE state <> 'open' ORDER BY id"),
        ask(f"SELECT * FROM accounting_entry {inside} ORDER BY id"),
        ask(f"SELECT * FROM accounting_line WHERE entry_id IN (SELECT id FROM accounting_entry {inside}) ORDER BY id"),
        ask(f"SELECT * FROM accounting_balance {inside} ORDER BY id"),
    ]
    assert kept[1], "there is nothing in a closed period"
    return hashlib.sha256(json.dumps(kept, default=str).encode()).hexdigest()


def _numbered(ask: Ask) -> Iterator[str]:
    """Numbers of a series run from one to the counter, each once."""
    numbers: dict[tuple[str, str], list[int]] = {}
    for table in ("accounting_entry", "accounting_invoice"):
        for (number,) in ask(f"SELECT number FROM {table} WHERE number IS NOT NULL"):
            series, _slash, n = number.rpartition("/")
            numbers.setdefault((table, series), []).append(int(n))
    for (table, series), given in numbers.items():
        if sorted(given) != list(range(1, len(given) + 1)):
            missing = sorted(set(range(1, max(given) + 1)) - set(given))[:5]
            yield f"{table} {series}: {len(given)} numbers up to {max(given)}, without {missing}"
    lasts = Counter(last for key, last in ask("SELECT key, last FROM core_counter") if key.startswith("accounting."))
    if lasts != Counter(len(given) for given in numbers.values()):
        given_out = sorted(map(len, numbers.values()))
        yield f"the counters stand at {sorted(lasts.elements())}, numbers were given {given_out}"


def _balances(ask: Ask) -> Iterator[str]:
    stored = {row[:3]: row[3:] for row in ask(
        "SELECT company_id, account_id, period_id, debit, credit FROM accounting_balance "
        "WHERE debit <> 0 OR credit <> 0")}  # fmt: skip
    summed = {row[:3]: (int(row[3]), int(row[4])) for row in ask(
        "SELECT e.company_id, l.account_id, e.period_id, sum(CASE WHEN l.amount > 0 THEN l.amount ELSE 0 END), "
        "sum(CASE WHEN l.amount < 0 THEN -l.amount ELSE 0 END) FROM accounting_line AS l "
        "JOIN accounting_entry AS e ON e.id = l.entry_id WHERE e.state = 'posted' "
        "GROUP BY e.company_id, l.account_id, e.period_id")}  # fmt: skip
    for place in sorted(stored.keys() | summed.keys()):
        if stored.get(place) != summed.get(place):
            yield f"the balance of {place} is {stored.get(place)}, its lines say {summed.get(place)}"


# -- what was said ---------------------------------------------------------------------------------------------------


def _events(ask: Ask, delivered: bool) -> Iterator[str]:
    """Every posted entry was announced once; every delivery that is done left one effect, and no other did."""
    posted = {id_ for (id_,) in ask("SELECT id FROM accounting_entry WHERE state = 'posted'")}
    said = ask("SELECT subject_id, id FROM core_event WHERE name = 'accounting.entry_posted'")
    if Counter(subject for subject, _event in said) != Counter(posted):
        yield f"{len(posted)} entries are posted, {len(said)} were announced"
    effects = Counter(
        _fact(facts, "event") for (facts,) in ask("SELECT facts FROM core_event WHERE name = 'ripple.heard'")
    )
    heard = "SELECT event_id, state FROM core_delivery WHERE plugin = 'ripple'"
    states = dict(ask(heard))
    if states.keys() != {event for _subject, event in said if event in states}:
        yield "a delivery belongs to no event"
    for event, state in states.items():
        if effects[event] != (state == "done"):
            yield f"event {event} is {state} and had {effects[event]} effects"
        if delivered and state != "done":
            yield f"event {event} was never handed over: {state}"
    yield from (f"an effect of event {event}, which nobody heard" for event in effects.keys() - states.keys())


def _steps(ask: Ask, promises: Promises, delivered: bool) -> Iterator[str]:
    """Each step of a job was done at most once, and of every job that was asked for in the end."""
    rows = ask("SELECT facts FROM core_event WHERE name = 'ripple.stepped'")
    done = Counter((facts["tally"], facts["step"]) for facts in (_facts(row[0]) for row in rows))
    yield from (f"step {step} was done {n} times" for step, n in done.items() if n != 1)
    wanted = {(key, step) for key in promises.jobs for step in range(20)}
    if delivered and wanted != done.keys():
        yield f"steps of jobs that were asked for are missing: {sorted(wanted - done.keys())[:5]}"


def _fact(facts: Any, name: str) -> Any:
    return _facts(facts)[name]


def _facts(facts: Any) -> dict[str, Any]:
    return json.loads(facts) if isinstance(facts, str) else dict(facts)


def _audited(ask: Ask) -> Iterator[str]:
    """Every row was created once in the log, and changed there as often as its version moved."""
    for table in AUDITED:
        version = "t.version" if table in VERSIONED else "1"
        rows = dict(ask(f"SELECT t.id, {version} FROM {table} AS t"))
        logged = Counter({
            (row, operation): n for row, operation, n in ask(
                "SELECT record_id, operation, count(*) FROM core_audit "
                f"WHERE table_name = '{table}' GROUP BY record_id, operation")
        })  # fmt: skip
        for row, moved in rows.items():
            if (logged[row, "I"], logged[row, "U"], logged[row, "D"]) != (1, moved - 1, 0):
                seen = {kind: logged[row, kind] for kind in "IUD"}
                yield f"{table} {row} has version {moved} and the log has {seen}"
        yield from (f"the log knows {table} {row}, which is not there" for row, _kind in logged if row not in rows)


def _sealed(office: Backoffice) -> list[str]:
    """Seal what is left and verify all of it, and that every business row is as the log last saw it."""
    while seal(office):
        pass
    result = verify(office)
    said = [f"{finding.where}: {finding.said}" for finding in result.findings]
    return said + ([f"{result.unsealed} audit rows cannot be sealed"] if result.unsealed else [])


def _amcheck(database: str) -> list[str]:
    """Let PostgreSQL compare every index with its table, where the extension that does so is installed."""
    engine = sa.create_engine(database, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            if not connection.exec_driver_sql("SELECT 1 FROM pg_available_extensions WHERE name = 'amcheck'").all():
                return []
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS amcheck")
            connection.exec_driver_sql(
                "SELECT bt_index_check(c.oid, true) FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid "
                "JOIN pg_am AS a ON a.oid = c.relam WHERE a.amname = 'btree' AND i.indisvalid"
            ).all()
    except sa.exc.DBAPIError as error:
        return [f"amcheck: {error.orig}"]
    finally:
        engine.dispose()
    return []
