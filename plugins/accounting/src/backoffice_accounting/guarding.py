"""How guards are written: triggers that refuse, and what keeps records and their lines once they are fixed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from backoffice.core.api import Guard
from backoffice.hookspecs import messages

_ = messages("accounting")

PREFIX: Final = "backoffice guard accounting: "

SAME_ID: Final = _("The id of a record never changes.")

Refusal = tuple[str, str]
"""A sentence, and the SQL condition under which it is said."""


def trigger(name: str, event: str, table: str, refusals: Iterable[Refusal], when: str = "") -> str:
    """Return a SQLite trigger that refuses under any of the conditions."""
    said = "\n".join(f"SELECT RAISE(ABORT, '{PREFIX}{text}') WHERE {condition};" for text, condition in refusals)
    return f"CREATE TRIGGER {name} BEFORE {event} ON {table}{f' WHEN {when}' if when else ''} BEGIN\n{said}\nEND"


def function(name: str, body: str) -> str:
    """Return a PostgreSQL trigger function.

    It looks rows up by their keys, whatever the planner takes a table to hold: a plan made while the tables of a new
    office were small, and kept, would read all of them again with each entry.
    """
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$\n{body}\n$$"


def raising(text: str) -> str:
    return f"RAISE EXCEPTION '{PREFIX}{text}';"


def same(columns: Sequence[str], alias: str = "x") -> str:
    """Return the condition that the row ``alias`` has the same values in ``columns`` as the new one."""
    return " AND ".join(f"{alias}.{column} = NEW.{column}" for column in columns)


def taken(table: str, columns: Sequence[str]) -> str:
    """Return the condition, in SQLite's words, that another row has the unique values of the new one."""
    return f"EXISTS (SELECT 1 FROM {table} x WHERE {same(columns)} AND x.id IS NOT NEW.id)"


def lines_fixed(
    name: str, table: str, parent: str, column: str, fixed: str, said: str, *, whole: bool = False
) -> Guard:
    """Return the guard that keeps the rows of ``table`` as they are once their record is fixed.

    ``column`` refers to ``parent``; ``fixed`` is the condition on the parent's alias ``p``. With ``whole`` a record may
    begin as fixed on PostgreSQL, its rows written by the same statement; SQLite has none for two tables.
    """

    def of(row: str) -> str:
        return f"EXISTS (SELECT 1 FROM {parent} p WHERE p.id = {row}.{column} AND {fixed})"

    replaced = f"EXISTS (SELECT 1 FROM {table} x JOIN {parent} p ON p.id = x.{column} WHERE x.id = NEW.id AND {fixed})"
    sqlite = (
        trigger(f"{name}_insert", "INSERT", table, ((said, of("NEW")), (said, replaced))),
        trigger(
            f"{name}_update", "UPDATE", table, ((said, f"{of('OLD')} OR {of('NEW')}"), (SAME_ID, "NEW.id <> OLD.id"))
        ),
        trigger(f"{name}_delete", "DELETE", table, ((said, of("OLD")),)),
    )
    return Guard(
        name, sqlite=sqlite, postgresql=tuple(_lines_postgresql(name, table, parent, column, fixed, said, whole))
    )


def _lines_postgresql(
    name: str, table: str, parent: str, column: str, fixed: str, said: str, whole: bool
) -> Iterable[str]:
    """Yield functions and triggers; the ids are an array, for which the planner always takes the parent's index.

    Two rows come from the same statement when transaction and command are the same, which PostgreSQL writes on each.
    """
    sources = {
        "INSERT": (f"SELECT DISTINCT {column} FROM new_rows", "NEW TABLE AS new_rows"),
        "UPDATE": (
            f"SELECT {column} FROM new_rows UNION SELECT {column} FROM old_rows",
            "OLD TABLE AS old_rows NEW TABLE AS new_rows",
        ),
        "DELETE": (f"SELECT DISTINCT {column} FROM old_rows", "OLD TABLE AS old_rows"),
    }
    for verb, (parents, tables) in sources.items():
        named = f"{name}_{verb.lower()}"
        there, before = f"SELECT 1 FROM {parent} p WHERE p.id = ANY(ids) AND {fixed}", ""
        if whole and verb == "INSERT":
            before = " AND p.xmin <> pg_current_xact_id()::xid"
            there = (
                f"SELECT 1 FROM new_rows n JOIN {table} l ON l.id = n.id JOIN {parent} p ON p.id = l.{column} "
                f"WHERE {fixed} AND NOT (p.xmin = l.xmin AND p.cmin = l.cmin)"
            )
        yield function(
            named,
            f"""DECLARE ids bigint[] := ARRAY({parents});
BEGIN
PERFORM 1 FROM {parent} p WHERE p.id = ANY(ids){before} ORDER BY p.id FOR NO KEY UPDATE;
IF EXISTS ({there}) THEN {raising(said)} END IF;
RETURN NULL;
END""",
        )
        yield (
            f"CREATE TRIGGER {named} AFTER {verb} ON {table} REFERENCING {tables} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {named}()"
        )


def record_fixed(
    name: str,
    table: str,
    columns: Sequence[str],
    fixed: str,
    said: str,
    *,
    keys: Sequence[Sequence[str]],
    begins: Refusal,
) -> Guard:
    """Return the guard that keeps ``columns`` of a record as they are once ``fixed`` holds for its old row.

    ``fixed`` is a condition on ``{row}``; ``keys`` are its unique keys, by which REPLACE might remove another row;
    ``begins`` is a sentence and the condition under which a new row is refused with it.
    """
    frozen = ", ".join(columns)
    same_id = f"EXISTS (SELECT 1 FROM {table} x WHERE x.id = NEW.id)"
    others = " OR ".join([taken(table, key) for key in keys])
    inserting = [begins, (said, " OR ".join(filter(None, (same_id, others))))]
    updating = [(said, fixed.format(row="OLD"))]
    keyed = [(SAME_ID, "NEW.id <> OLD.id"), *((said, taken(table, key)) for key in keys)]
    columns_of_keys = ", ".join(dict.fromkeys(["id", *(column for key in keys for column in key)]))
    sqlite = (
        trigger(f"{name}_insert", "INSERT", table, inserting),
        trigger(f"{name}_update", f"UPDATE OF {frozen}", table, updating),
        trigger(f"{name}_keys", f"UPDATE OF {columns_of_keys}", table, keyed),
        trigger(
            f"{name}_back", "UPDATE OF state", table, ((said, f"{fixed.format(row='OLD')} AND NEW.state = 'draft'"),)
        ),
        trigger(f"{name}_delete", "DELETE", table, ((said, fixed.format(row="OLD")),)),
    )
    postgresql = (
        function(
            name,
            f"""BEGIN
IF TG_OP = 'INSERT' THEN
    IF {begins[1]} THEN {raising(begins[0])} END IF;
    RETURN NEW;
END IF;
IF {fixed.format(row="OLD")} THEN {raising(said)} END IF;
IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
RETURN NEW;
END""",
        ),
        f"CREATE TRIGGER {name} BEFORE INSERT OR UPDATE OF {frozen} OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {name}()",
        function(
            f"{name}_back",
            f"BEGIN IF {fixed.format(row='OLD')} AND NEW.state = 'draft' THEN {raising(said)} END IF; RETURN NEW; END",
        ),
        f"CREATE TRIGGER {name}_back BEFORE UPDATE OF state ON {table} FOR EACH ROW EXECUTE FUNCTION {name}_back()",
    )
    return Guard(name, sqlite=sqlite, postgresql=postgresql)
