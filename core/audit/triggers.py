"""Triggers generated from the models: they see flushes, bulk statements, cascades, REPLACE and plain SQL alike.

They also refuse a row of another organisation than the session's, so that writing stays inside whatever the statement.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase

from backoffice.core.persistence import rows
from backoffice.core.persistence.fields import INFO
from backoffice.core.persistence.records import Guard, Table
from backoffice.core.persistence.remembered import counting_guard

FOREIGN = "backoffice guard: This record belongs to another organisation."
COLUMNS = (
    "organization_id, company_id, at, actor_id, actor, channel, action, request_id, table_name, "
    "subject_id, record_id, operation, payload, salt, digest"
)


def mapped_classes(bases: Iterable[type[DeclarativeBase]]) -> list[type[Table]]:
    """Return the mapped classes of ``bases`` by table name."""
    found = {m.class_ for base in bases for m in base.registry.mappers if issubclass(m.class_, Table)}
    return sorted(found, key=lambda cls: cls.__tablename__)


def guards_of(classes: Iterable[type[Table]]) -> list[Guard]:
    """Return every guard of ``classes``: audit triggers, counts of changes and what the models declare themselves."""
    guards: list[Guard] = []
    for cls in classes:
        if cls.__audited__:
            guards.append(audit_guard(cls))  # type: ignore[arg-type]  # a class is hashable
        if cls.__remembered__:
            guards.append(counting_guard(cls))  # type: ignore[arg-type]
        guards.extend(cls.guards)
    return guards


@cache
def audit_guard(cls: type[Table]) -> Guard:
    """Return the guard that audits the table of ``cls``."""
    table: sa.Table = cls.__table__  # type: ignore[attr-defined]
    name = f"{table.name}_audit"
    return Guard(name, sqlite=tuple(_sqlite(cls, table, name)), postgresql=tuple(_postgresql(cls, table, name)))


def audited_columns(table: sa.Table) -> list[sa.Column[object]]:
    """Return the columns that go into the log: all but secrets."""
    return [c for c in table.columns if not (c.info.get(INFO) and c.info[INFO].secret)]


def _organization(table: sa.Table, row: str) -> str:
    if "organization_id" in table.c:
        return f"{row}.organization_id"
    return f"{row}.id" if table.name == "core_organization" else "CAST(NULL AS BIGINT)"


def _company(table: sa.Table, row: str) -> str:
    if "company_id" in table.c:
        return f"{row}.company_id"
    return f"{row}.id" if table.name == "core_company" else "CAST(NULL AS BIGINT)"


def part_column(cls: type[Table]) -> str:
    """Return the column that holds the id of the record a row belongs to in the history: its own, or its parent's."""
    return cls.__part_of__ or "id"


def _subject(cls: type[Table], row: str) -> str:
    return f"{row}.{part_column(cls)}"


def row_sql(table: sa.Table, row: str, dialect: str, doubtful: bool = False) -> str:
    """Return the SQL that makes the JSON of ``row``, an alias of ``table``, as the triggers on ``dialect`` do.

    With ``doubtful`` it does so even of values that were put into a SQLite column whose type they do not have.
    """
    return postgresql_row(table, row) if dialect == "postgresql" else sqlite_row(table, row, doubtful)


_POSTGRESQL_AFTER = "a.payload::json -> 'after'"
_SQLITE_AFTER = "json_extract(a.payload, '$.after')"


def restate_sql(cls: type[Table], dialect: str, ids: str, *, new: bool = False) -> str:
    """Return the statement that writes into the log how rows of ``cls`` are now, by the log's own count of before.

    Args:
        cls: the mapped class.
        dialect: ``sqlite`` or ``postgresql``.
        ids: the list of rows in SQL.
        new: the log does not know of them, so that they count as created.
    """
    table: sa.Table = cls.__table__  # type: ignore[attr-defined]
    state, letter = row_sql(table, "t", dialect), "I" if new else "U"
    if dialect == "postgresql":
        was = f"coalesce({last_audited(cls, _POSTGRESQL_AFTER)}, {state}::json)"
        payload = f"json_build_object({_before(was, new)}'after', {state})"
        source = f"{table.name} AS t WHERE t.id IN ({ids})"
        return _postgresql_insert(cls, "t", source, payload, letter, f", {_POSTGRESQL_FACTS}")
    was = f"json(coalesce({last_audited(cls, _SQLITE_AFTER)}, {state}))"
    payload = f"json_object({_before(was, new)}'after', {state})"
    made = f"SELECT DISTINCT t.id, {payload} AS payload FROM {table.name} AS t WHERE t.id IN ({ids})"
    return f"{_sqlite_head(cls, 't', letter)}\nFROM ({made}) AS p JOIN {table.name} AS t ON t.id = p.id"


def _before(was: str, new: bool) -> str:
    return "" if new else f"'before', {was}, "


def last_audited(cls: type[Table], what: str) -> str:
    """Return the SQL of ``what``, an expression over ``a``, for the newest audit row of ``t``, a row of ``cls``."""
    return (
        f"(SELECT {what} FROM core_audit AS a WHERE a.table_name = '{cls.__tablename__}' "
        f"AND a.subject_id = t.{part_column(cls)} AND a.record_id = t.id ORDER BY a.id DESC LIMIT 1)"
    )


def deleted_sql(table: str, dialect: str, ids: str) -> str:
    """Return the statement that writes into the log that rows of ``table`` are gone.

    ``ids`` is the list of their last audit rows in SQL.
    """
    columns = "a.organization_id, a.company_id"
    row = f"'{table}', a.subject_id, a.record_id, 'D'"
    if dialect == "postgresql":
        payload = f"json_build_object('before', {_POSTGRESQL_AFTER})::text"
        return (
            f"INSERT INTO core_audit (xid, {COLUMNS})\n"
            f"SELECT tx, {columns}, {_POSTGRESQL_WHO}, {row}, q.payload, q.salt, {_POSTGRESQL_DIGEST}\n"
            f"FROM (SELECT a.id, {payload} AS payload, {_POSTGRESQL_SALT} AS salt FROM core_audit AS a "
            f"WHERE a.id IN ({ids}) OFFSET 0) AS q JOIN core_audit AS a ON a.id = q.id, {_POSTGRESQL_FACTS} "
            "ORDER BY q.id"
        )
    made = f"SELECT DISTINCT a.id, json_object('before', json({_SQLITE_AFTER})) AS payload FROM core_audit AS a"
    return (
        f"INSERT INTO core_audit ({COLUMNS})\n"
        f"SELECT {columns}, {_SQLITE_WHO}, {row}, {_SQLITE_SEALED}\n"
        f"FROM ({made} WHERE a.id IN ({ids})) AS p JOIN core_audit AS a ON a.id = p.id"
    )


# -- SQLite ----------------------------------------------------------------------------------------------------------


def sqlite_row(table: sa.Table, row: str, doubtful: bool = False) -> str:
    """Return the SQL that makes the JSON object of ``row``, an alias of ``table``.

    What is ``doubtful`` may hold bytes, or something else than JSON in a column of JSON; a trigger refuses that.
    """
    pairs = [f"'{column.name}', {_sqlite_value(column, row, doubtful)}" for column in audited_columns(table)]
    return f"json_object({', '.join(pairs)})"


def _sqlite_value(column: sa.Column[object], row: str, doubtful: bool) -> str:
    value = f"{row}.{column.name}"
    made = f"json({value})" if isinstance(column.type, sa.JSON) else value
    if not doubtful:
        return made
    if made != value:
        made = f"CASE WHEN json_valid({value}) THEN {made} ELSE {value} END"
    return f"CASE typeof({value}) WHEN 'blob' THEN quote({value}) ELSE {made} END"


def _sqlite(cls: type[Table], table: sa.Table, name: str) -> Iterable[str]:
    states = {
        "INSERT": ("NEW", f"json_object('after', {sqlite_row(table, 'NEW')})", "I"),
        "UPDATE": (
            "NEW",
            f"json_object('before', {sqlite_row(table, 'OLD')}, 'after', {sqlite_row(table, 'NEW')})",
            "U",
        ),
        "DELETE": ("OLD", f"json_object('before', {sqlite_row(table, 'OLD')})", "D"),
    }
    for verb, (row, payload, letter) in states.items():
        aside = "" if verb == "DELETE" else f" WHEN backoffice_context('whole') IS NOT '{table.name}'"
        yield (
            f"CREATE TRIGGER {name}_{verb.lower()} AFTER {verb} ON {table.name}{aside} BEGIN\n"
            f"{_sqlite_organization(table, row, verb)}"
            f"{_sqlite_head(cls, row, letter)}\n"
            f"FROM (SELECT DISTINCT {payload} AS payload) AS p;\nEND"
        )


@cache
def inserted_sql(cls: type[Table]) -> str:
    """Return the statement that logs rows of ``cls`` with ids from ``:first`` to ``:last`` as the trigger does each.

    It is for whoever writes them by one statement meanwhile; the context are parameters of the names the triggers use.
    """
    table: sa.Table = cls.__table__  # type: ignore[attr-defined]
    who = ", ".join(f":{name}" for name in _SQLITE_CONTEXT)
    payload = f"json_object('after', {sqlite_row(table, 't')})"
    return (
        f"WITH p AS MATERIALIZED (SELECT {_organization(table, 't')} AS organization, {_company(table, 't')} "
        f"AS company, {_subject(cls, 't')} AS subject, t.id AS id, {payload} AS payload "
        f"FROM {table.name} AS t WHERE t.id BETWEEN :first AND :last)\n"
        f"INSERT INTO core_audit ({COLUMNS}) SELECT p.organization, p.company, {who}, '{table.name}', "
        f"p.subject, p.id, 'I', {_SQLITE_SEALED} FROM p ORDER BY p.id"
    )


rows.log_of_inserted = inserted_sql


def _sqlite_head(cls: type[Table], row: str, letter: str) -> str:
    """Return how the statement begins that writes an audit row for ``row`` with the payload ``p.payload``."""
    table: sa.Table = cls.__table__  # type: ignore[attr-defined]
    return (
        f"INSERT INTO core_audit ({COLUMNS})\n"
        f"SELECT {_organization(table, row)}, {_company(table, row)}, {_SQLITE_WHO}, '{table.name}', "
        f"{_subject(cls, row)}, {row}.id, '{letter}', {_SQLITE_SEALED}"
    )


_SQLITE_CONTEXT = ("at", "actor", "actor_name", "channel", "action", "request")
_SQLITE_WHO = ", ".join(f"backoffice_context('{name}')" for name in _SQLITE_CONTEXT)
_SQLITE_SEALED = "p.payload, backoffice_salt(p.payload), backoffice_digest(p.payload)"


def _sqlite_organization(table: sa.Table, row: str, verb: str) -> str:
    if "organization_id" not in table.c:
        return ""
    rows = ("OLD", "NEW") if verb == "UPDATE" else (row,)
    foreign = " OR ".join(f"{r}.organization_id IS NOT backoffice_context('organization')" for r in rows)
    return f"SELECT RAISE(ABORT, '{FOREIGN}') WHERE backoffice_context('organization') IS NOT NULL AND ({foreign});\n"


# -- PostgreSQL ------------------------------------------------------------------------------------------------------


def postgresql_row(table: sa.Table, row: str) -> str:
    """Return the SQL that makes the JSON of ``row``, an alias of ``table``."""
    secret = [c.name for c in table.columns if c not in set(audited_columns(table))]
    if not secret:
        return f"row_to_json({row})"
    names = ", ".join(f"'{name}'" for name in secret)
    return f"(to_jsonb({row}) - ARRAY[{names}])"


def _postgresql(cls: type[Table], table: sa.Table, name: str) -> Iterable[str]:
    """Yield functions and triggers: inserts and deletes are written at once, however many rows a statement has.

    Updates are written row by row, since old and new stand side by side there; joined by their ids, a hundred rows of
    a statement cost several times as much.
    """
    for verb, row, table_, letter in (("INSERT", "n", "new", "I"), ("DELETE", "o", "old", "D")):
        key = "after" if verb == "INSERT" else "before"
        payload = f"json_build_object('{key}', {postgresql_row(table, row)})"
        body = _postgresql_insert(cls, row, f"{table_}_rows {row}", payload, letter)
        refusal = _postgresql_refusal(table, row, f"{table_}_rows {row}")
        yield _postgresql_function(f"{name}_{verb.lower()}", refusal, body)
        yield (
            f"CREATE TRIGGER {name}_{verb.lower()} AFTER {verb} ON {table.name} REFERENCING {table_.upper()} TABLE "
            f"AS {table_}_rows FOR EACH STATEMENT EXECUTE FUNCTION {name}_{verb.lower()}()"
        )
    yield _postgresql_function(f"{name}_update", _postgresql_refusals(table), _postgresql_update(cls, table))
    yield (f"CREATE TRIGGER {name}_update AFTER UPDATE ON {table.name} FOR EACH ROW EXECUTE FUNCTION {name}_update()")
    yield (
        f"CREATE FUNCTION {name}_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'backoffice guard: Audited tables are not emptied at a stroke.'; END $$"
    )
    yield (
        f"CREATE TRIGGER {name}_truncate BEFORE TRUNCATE ON {table.name} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}_truncate()"
    )


def _postgresql_function(name: str, refusals: str, insert: str) -> str:
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$\n"
        f"DECLARE ctx jsonb := {_CONTEXT};\n"
        f"DECLARE tx bigint := {_TRANSACTION};\n"
        f"BEGIN\n{refusals}{insert};\nRETURN NULL;\nEND $$"
    )


def _postgresql_update(cls: type[Table], table: sa.Table) -> str:
    """Return the statement that writes the audit row for ``OLD`` and ``NEW``."""
    before, after = postgresql_row(table, "OLD"), postgresql_row(table, "NEW")
    return _postgresql_insert(cls, "NEW", "", f"json_build_object('before', {before}, 'after', {after})", "U")


_CONTEXT = "coalesce(nullif(current_setting('backoffice.context', true), ''), '{}')::jsonb"
_TRANSACTION = "pg_current_xact_id()::text::bigint"
_POSTGRESQL_FACTS = f"(SELECT {_CONTEXT} AS ctx, {_TRANSACTION} AS tx) AS facts"
_POSTGRESQL_WHO = (
    "coalesce((ctx->>'at')::timestamp AT TIME ZONE 'UTC', now()), (ctx->>'actor')::bigint, "
    "coalesce(ctx->>'actor_name', session_user), coalesce(ctx->>'channel', 'sql'), "
    "coalesce(ctx->>'action', ''), coalesce(ctx->>'request', '')"
)
_POSTGRESQL_SALT = "replace(gen_random_uuid()::text, '-', '')"
_POSTGRESQL_DIGEST = "encode(sha256(convert_to(q.salt || q.payload, 'UTF8')), 'hex')"


def _postgresql_insert(cls: type[Table], row: str, source: str, payload: str, letter: str, facts: str = "") -> str:
    """Return the statement that writes audit rows for ``source``; ``ctx`` and ``tx`` are variables, or ``facts``."""
    table: sa.Table = cls.__table__  # type: ignore[attr-defined]
    return (
        f"INSERT INTO core_audit (xid, {COLUMNS})\n"
        f"SELECT tx, q.organization_id, q.company_id, {_POSTGRESQL_WHO}, "
        f"'{table.name}', q.subject_id, q.record_id, '{letter}', q.payload, q.salt, {_POSTGRESQL_DIGEST}\n"
        f"FROM (SELECT {_organization(table, row)} AS organization_id, {_company(table, row)} AS company_id, "
        f"{_subject(cls, row)} AS subject_id, {row}.id AS record_id, {payload}::text AS payload, "
        f"{_POSTGRESQL_SALT} AS salt{f' FROM {source}' if source else ''} OFFSET 0) AS q{facts} ORDER BY q.record_id"
    )


def _postgresql_refusal(table: sa.Table, row: str, source: str) -> str:
    if "organization_id" not in table.c:
        return ""
    return (
        f"IF ctx->>'organization' IS NOT NULL AND EXISTS (SELECT 1 FROM {source} WHERE "
        f"{row}.organization_id <> (ctx->>'organization')::bigint) THEN RAISE EXCEPTION '{FOREIGN}'; END IF;\n"
    )


def _postgresql_refusals(table: sa.Table) -> str:
    refusals = (
        "IF NEW.id <> OLD.id THEN RAISE EXCEPTION 'backoffice guard: The id of a record never changes.'; END IF;\n"
    )
    if "organization_id" in table.c:
        refusals += (
            "IF (ctx->>'organization')::bigint <> OLD.organization_id OR "
            f"(ctx->>'organization')::bigint <> NEW.organization_id THEN RAISE EXCEPTION '{FOREIGN}'; END IF;\n"
        )
    return refusals
