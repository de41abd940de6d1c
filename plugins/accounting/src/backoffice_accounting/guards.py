"""What the database itself holds, on SQLite and PostgreSQL alike: posted entries balance and never change.

Whatever reaches the tables, this program or a plain SQL shell, goes through these triggers. On SQLite every rule is a
``BEFORE`` trigger, and those on INSERT also look for the row a REPLACE would silently remove, since a connection
without ``recursive_triggers`` does not fire the triggers on DELETE then. On PostgreSQL what concerns several rows is
checked by one trigger per statement; whoever writes lines locks their entry ``FOR NO KEY UPDATE`` and whoever posts
locks the period ``FOR SHARE``, so that "post" and "add a line", or "post" and "close", cannot both win.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backoffice.core.api import Guard
from backoffice.hookspecs import messages

_ = messages("accounting")

PREFIX = "backoffice guard accounting: "

BEGINS_AS_DRAFT = _("An entry begins as a draft without a number.")
NOT_REPLACED = _("A posted entry cannot be replaced.")
NOT_CHANGED = _("A posted entry cannot be changed; reverse it instead.")
NOT_DELETED = _("A posted entry cannot be deleted; reverse it instead.")
SAME_ID = _("The id of a record never changes.")
NUMBER_TAKEN = _("This number belongs to another entry.")
SOURCE_TAKEN = _("This was posted already.")
TWO_LINES = _("An entry needs at least two lines.")
BALANCED = _("Debit and credit of the entry differ.")
SAME_DATE = _("The lines of an entry bear its date.")
NEEDS_NUMBER = _("A posted entry needs a number.")
OPEN_PERIOD = _("The date of the entry is not in an open period.")
LINES_FIXED = _("The lines of a posted entry cannot be changed.")
FROZEN = _("An account of the entry is frozen on its date.")
READ_COMMITTED = _("Entries are posted in transactions that read what is committed.")
NO_OVERLAP = _("Periods of a company do not overlap.")
LOCKED = _("A locked period never changes.")
PERIOD_USED = _("A period with posted entries keeps its dates.")
PERIOD_REPLACED = _("A period cannot be replaced.")
INVOICE_DRAFT = _("An invoice begins as a draft without a number.")
INVOICE_FIXED = _("A posted invoice cannot be changed; credit it instead.")
SETTLEMENT_FIXED = _("A settlement that was undone stays as it is.")
PAYMENT_FIXED = _("A payment cannot be changed; cancel it instead.")

Refusal = tuple[str, str]
"""A sentence, and the SQL condition under which it is said."""


def _trigger(name: str, event: str, table: str, refusals: Iterable[Refusal], when: str = "") -> str:
    """Return a SQLite trigger that refuses under any of the conditions."""
    said = "\n".join(f"SELECT RAISE(ABORT, '{PREFIX}{text}') WHERE {condition};" for text, condition in refusals)
    return f"CREATE TRIGGER {name} BEFORE {event} ON {table}{f' WHEN {when}' if when else ''} BEGIN\n{said}\nEND"


def _function(name: str, body: str) -> str:
    """Return a PostgreSQL trigger function."""
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$\n{body}\n$$"


def _raise(text: str) -> str:
    return f"RAISE EXCEPTION '{PREFIX}{text}';"


def _same(columns: Sequence[str], alias: str = "x") -> str:
    """Return the condition that the row ``alias`` has the same values in ``columns`` as the new one."""
    return " AND ".join(f"{alias}.{column} = NEW.{column}" for column in columns)


def _taken(table: str, columns: Sequence[str]) -> str:
    """Return the condition, in SQLite's words, that another row has the unique values of the new one."""
    return f"EXISTS (SELECT 1 FROM {table} x WHERE {_same(columns)} AND x.id IS NOT NEW.id)"


ENTRY_KEYS = (
    (NUMBER_TAKEN, ("organization_id", "company_id", "journal_id", "number")),
    (SOURCE_TAKEN, ("organization_id", "company_id", "source_plugin", "source_key", "source_purpose")),
    (NOT_REPLACED, ("organization_id", "reverses_id")),
)
"""The unique keys of an entry; a conflict on one of them is what REPLACE resolves by deleting."""

_ENTRY_SQLITE = (
    _trigger(
        "accounting_entry_posted_insert",
        "INSERT",
        "accounting_entry",
        (
            (BEGINS_AS_DRAFT, "NEW.state IS NOT 'draft' OR NEW.number IS NOT NULL"),
            (
                NOT_REPLACED,
                "EXISTS (SELECT 1 FROM accounting_entry x WHERE x.id = NEW.id AND x.state = 'posted')",
            ),
            *((said, _taken("accounting_entry", key)) for said, key in ENTRY_KEYS[1:]),
        ),
    ),
    _trigger("accounting_entry_posted_update", "UPDATE", "accounting_entry", ((NOT_CHANGED, "OLD.state = 'posted'"),)),
    _trigger(
        "accounting_entry_posted_keys",
        "UPDATE OF id, number, source_plugin, source_key, source_purpose, reverses_id, journal_id, company_id",
        "accounting_entry",
        (
            (SAME_ID, "NEW.id <> OLD.id"),
            *((said, _taken("accounting_entry", key)) for said, key in ENTRY_KEYS),
        ),
    ),
    _trigger(
        "accounting_entry_posted_post",
        "UPDATE OF state",
        "accounting_entry",
        (
            (NEEDS_NUMBER, "NEW.number IS NULL"),
            (
                OPEN_PERIOD,
                "NOT EXISTS (SELECT 1 FROM accounting_period p WHERE p.id = NEW.period_id"
                " AND p.company_id = NEW.company_id AND p.state = 'open'"
                " AND NEW.date BETWEEN p.start_date AND p.end_date)",
            ),
            (
                TWO_LINES,
                "(SELECT COUNT(*) FROM accounting_line l"
                " WHERE l.organization_id = NEW.organization_id AND l.entry_id = NEW.id) < 2",
            ),
            (
                BALANCED,
                "(SELECT SUM(l.amount) FROM accounting_line l"
                " WHERE l.organization_id = NEW.organization_id AND l.entry_id = NEW.id) IS NOT 0",
            ),
            (
                SAME_DATE,
                "EXISTS (SELECT 1 FROM accounting_line l"
                " WHERE l.organization_id = NEW.organization_id AND l.entry_id = NEW.id AND l.date IS NOT NEW.date)",
            ),
            (
                FROZEN,
                "EXISTS (SELECT 1 FROM accounting_line l JOIN accounting_account a ON a.id = l.account_id"
                " WHERE l.organization_id = NEW.organization_id AND l.entry_id = NEW.id"
                " AND a.frozen_from IS NOT NULL AND a.frozen_from <= NEW.date) AND NOT EXISTS"
                " (SELECT 1 FROM accounting_period p WHERE p.id = NEW.period_id AND p.kind = 'closing')",
            ),
        ),
        when="NEW.state = 'posted' AND OLD.state IS NOT 'posted'",
    ),
    _trigger("accounting_entry_posted_delete", "DELETE", "accounting_entry", ((NOT_DELETED, "OLD.state = 'posted'"),)),
)

_ENTRY_POSTGRESQL = (
    _function(
        "accounting_entry_posted",
        f"""BEGIN
IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'draft' OR NEW.number IS NOT NULL THEN {_raise(BEGINS_AS_DRAFT)} END IF;
    RETURN NEW;
END IF;
IF TG_OP = 'DELETE' THEN
    IF OLD.state = 'posted' THEN {_raise(NOT_DELETED)} END IF;
    RETURN OLD;
END IF;
IF OLD.state = 'posted' THEN {_raise(NOT_CHANGED)} END IF;
IF NEW.id <> OLD.id THEN {_raise(SAME_ID)} END IF;
IF NEW.state = 'posted' AND NEW.number IS NULL THEN {_raise(NEEDS_NUMBER)} END IF;
RETURN NEW;
END""",
    ),
    "CREATE TRIGGER accounting_entry_posted BEFORE INSERT OR UPDATE OR DELETE ON accounting_entry "
    "FOR EACH ROW EXECUTE FUNCTION accounting_entry_posted()",
    _function(
        "accounting_entry_posted_check",
        f"""DECLARE problem text;
BEGIN
IF NOT EXISTS (SELECT 1 FROM new_rows WHERE state = 'posted') THEN RETURN NULL; END IF;
IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
    {_raise(READ_COMMITTED)}
END IF;
PERFORM 1 FROM accounting_period p
    WHERE p.id IN (SELECT n.period_id FROM new_rows n WHERE n.state = 'posted') ORDER BY p.id FOR SHARE;
IF EXISTS (
    SELECT 1 FROM new_rows n LEFT JOIN accounting_period p
    ON p.id = n.period_id AND p.organization_id = n.organization_id AND p.company_id = n.company_id
    AND p.state = 'open' AND n.date BETWEEN p.start_date AND p.end_date
    WHERE n.state = 'posted' AND p.id IS NULL
) THEN {_raise(OPEN_PERIOD)} END IF;
SELECT CASE WHEN count(l.id) < 2 THEN 'lines' WHEN sum(l.amount) <> 0 THEN 'balance' ELSE 'date' END INTO problem
    FROM new_rows n LEFT JOIN accounting_line l ON l.organization_id = n.organization_id AND l.entry_id = n.id
    WHERE n.state = 'posted' GROUP BY n.id
    HAVING count(l.id) < 2 OR sum(l.amount) <> 0 OR bool_or(l.date IS DISTINCT FROM n.date) LIMIT 1;
IF problem = 'lines' THEN {_raise(TWO_LINES)} END IF;
IF problem = 'balance' THEN {_raise(BALANCED)} END IF;
IF problem = 'date' THEN {_raise(SAME_DATE)} END IF;
IF EXISTS (
    SELECT 1 FROM accounting_account a
    WHERE a.organization_id = (SELECT min(organization_id) FROM new_rows) AND a.frozen_from IS NOT NULL
) THEN
    IF EXISTS (
        SELECT 1 FROM accounting_line l JOIN accounting_account a ON a.id = l.account_id
        WHERE l.entry_id = ANY(ARRAY(SELECT n.id FROM new_rows n JOIN accounting_period p
            ON p.id = n.period_id AND p.kind <> 'closing' WHERE n.state = 'posted'))
        AND a.organization_id = l.organization_id AND a.frozen_from <= l.date
    ) THEN {_raise(FROZEN)} END IF;
END IF;
RETURN NULL;
END""",
    ),
    "CREATE TRIGGER accounting_entry_posted_check AFTER UPDATE ON accounting_entry "
    "REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION accounting_entry_posted_check()",
)

ENTRY = Guard("accounting_entry_posted", sqlite=_ENTRY_SQLITE, postgresql=_ENTRY_POSTGRESQL)


def lines_fixed(name: str, table: str, parent: str, column: str, fixed: str, said: str) -> Guard:
    """Return the guard that keeps the rows of ``table`` as they are once their record is fixed.

    ``column`` refers to ``parent``; ``fixed`` is the condition on the parent's alias ``p``.
    """

    def of(row: str) -> str:
        return f"EXISTS (SELECT 1 FROM {parent} p WHERE p.id = {row}.{column} AND {fixed})"

    replaced = f"EXISTS (SELECT 1 FROM {table} x JOIN {parent} p ON p.id = x.{column} WHERE x.id = NEW.id AND {fixed})"
    sqlite = (
        _trigger(f"{name}_insert", "INSERT", table, ((said, of("NEW")), (said, replaced))),
        _trigger(
            f"{name}_update", "UPDATE", table, ((said, f"{of('OLD')} OR {of('NEW')}"), (SAME_ID, "NEW.id <> OLD.id"))
        ),
        _trigger(f"{name}_delete", "DELETE", table, ((said, of("OLD")),)),
    )
    return Guard(name, sqlite=sqlite, postgresql=tuple(_lines_postgresql(name, table, parent, column, fixed, said)))


def _lines_postgresql(name: str, table: str, parent: str, column: str, fixed: str, said: str) -> Iterable[str]:
    """Yield functions and triggers; the ids are an array, for which the planner always takes the parent's index."""
    sources = {
        "INSERT": (f"SELECT DISTINCT {column} FROM new_rows", "NEW TABLE AS new_rows"),
        "UPDATE": (
            f"SELECT {column} FROM new_rows UNION SELECT {column} FROM old_rows",
            "OLD TABLE AS old_rows NEW TABLE AS new_rows",
        ),
        "DELETE": (f"SELECT DISTINCT {column} FROM old_rows", "OLD TABLE AS old_rows"),
    }
    for verb, (parents, tables) in sources.items():
        function = f"{name}_{verb.lower()}"
        yield _function(
            function,
            f"""DECLARE ids bigint[] := ARRAY({parents});
BEGIN
PERFORM 1 FROM {parent} p WHERE p.id = ANY(ids) ORDER BY p.id FOR NO KEY UPDATE;
IF EXISTS (SELECT 1 FROM {parent} p WHERE p.id = ANY(ids) AND {fixed}) THEN {_raise(said)} END IF;
RETURN NULL;
END""",
        )
        yield (
            f"CREATE TRIGGER {function} AFTER {verb} ON {table} REFERENCING {tables} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        )


LINE = lines_fixed(
    "accounting_line_posted", "accounting_line", "accounting_entry", "entry_id", "p.state = 'posted'", LINES_FIXED
)
INVOICE_LINE = lines_fixed(
    "accounting_invoice_line_posted",
    "accounting_invoice_line",
    "accounting_invoice",
    "invoice_id",
    "p.state <> 'draft'",
    INVOICE_FIXED,
)

INVOICE_TAX = lines_fixed(
    "accounting_invoice_tax_posted",
    "accounting_invoice_tax",
    "accounting_invoice",
    "invoice_id",
    "p.state <> 'draft'",
    INVOICE_FIXED,
)
ALLOCATION = lines_fixed(
    "accounting_allocation_undone",
    "accounting_allocation",
    "accounting_settlement",
    "settlement_id",
    "p.state = 'undone'",
    SETTLEMENT_FIXED,
)


def _overlap(differs: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM accounting_period x WHERE x.organization_id = NEW.organization_id"
        f" AND x.company_id = NEW.company_id AND x.id {differs} NEW.id"
        " AND x.kind = 'regular' AND NEW.kind = 'regular'"
        " AND x.start_date <= NEW.end_date AND x.end_date >= NEW.start_date)"
    )


_USED = "EXISTS (SELECT 1 FROM accounting_entry e WHERE e.period_id = OLD.id AND e.state = 'posted')"
_MOVED = "(NEW.start_date <> OLD.start_date OR NEW.end_date <> OLD.end_date OR NEW.company_id <> OLD.company_id)"
_PERIOD_KEY = ("organization_id", "company_id", "code")

PERIOD = Guard(
    "accounting_period_kept",
    sqlite=(
        _trigger(
            "accounting_period_kept_insert",
            "INSERT",
            "accounting_period",
            (
                (
                    PERIOD_REPLACED,
                    "EXISTS (SELECT 1 FROM accounting_period x WHERE x.id = NEW.id) OR "
                    + _taken("accounting_period", _PERIOD_KEY),
                ),
                (NO_OVERLAP, _overlap("IS NOT")),
            ),
        ),
        _trigger(
            "accounting_period_kept_update",
            "UPDATE",
            "accounting_period",
            (
                (SAME_ID, "NEW.id <> OLD.id"),
                (LOCKED, "OLD.state = 'locked'"),
                (PERIOD_USED, f"{_MOVED} AND {_USED}"),
                (PERIOD_REPLACED, _taken("accounting_period", _PERIOD_KEY)),
                (NO_OVERLAP, _overlap("IS NOT")),
            ),
        ),
        _trigger(
            "accounting_period_kept_delete",
            "DELETE",
            "accounting_period",
            ((LOCKED, "OLD.state = 'locked'"), (PERIOD_USED, _USED)),
        ),
    ),
    postgresql=(
        _function(
            "accounting_period_kept",
            f"""BEGIN
IF TG_OP <> 'INSERT' AND OLD.state = 'locked' THEN {_raise(LOCKED)} END IF;
IF TG_OP = 'DELETE' THEN
    IF {_USED} THEN {_raise(PERIOD_USED)} END IF;
    RETURN OLD;
END IF;
PERFORM 1 FROM core_company WHERE id = NEW.company_id FOR NO KEY UPDATE;
IF TG_OP = 'UPDATE' THEN
    IF {_MOVED} AND {_USED} THEN {_raise(PERIOD_USED)} END IF;
END IF;
IF {_overlap("<>")} THEN {_raise(NO_OVERLAP)} END IF;
RETURN NEW;
END""",
        ),
        "CREATE TRIGGER accounting_period_kept BEFORE INSERT OR UPDATE OR DELETE ON accounting_period "
        "FOR EACH ROW EXECUTE FUNCTION accounting_period_kept()",
    ),
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
    taken = " OR ".join([_taken(table, key) for key in keys])
    inserting = [begins, (said, " OR ".join(filter(None, (same_id, taken))))]
    updating = [(said, fixed.format(row="OLD"))]
    keyed = [(SAME_ID, "NEW.id <> OLD.id"), *((said, _taken(table, key)) for key in keys)]
    columns_of_keys = ", ".join(dict.fromkeys(["id", *(column for key in keys for column in key)]))
    sqlite = (
        _trigger(f"{name}_insert", "INSERT", table, inserting),
        _trigger(f"{name}_update", f"UPDATE OF {frozen}", table, updating),
        _trigger(f"{name}_keys", f"UPDATE OF {columns_of_keys}", table, keyed),
        _trigger(
            f"{name}_back", "UPDATE OF state", table, ((said, f"{fixed.format(row='OLD')} AND NEW.state = 'draft'"),)
        ),
        _trigger(f"{name}_delete", "DELETE", table, ((said, fixed.format(row="OLD")),)),
    )
    postgresql = (
        _function(
            name,
            f"""BEGIN
IF TG_OP = 'INSERT' THEN
    IF {begins[1]} THEN {_raise(begins[0])} END IF;
    RETURN NEW;
END IF;
IF {fixed.format(row="OLD")} THEN {_raise(said)} END IF;
IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
RETURN NEW;
END""",
        ),
        f"CREATE TRIGGER {name} BEFORE INSERT OR UPDATE OF {frozen} OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {name}()",
        _function(
            f"{name}_back",
            f"BEGIN IF {fixed.format(row='OLD')} AND NEW.state = 'draft' THEN {_raise(said)} END IF; RETURN NEW; END",
        ),
        f"CREATE TRIGGER {name}_back BEFORE UPDATE OF state ON {table} FOR EACH ROW EXECUTE FUNCTION {name}_back()",
    )
    return Guard(name, sqlite=sqlite, postgresql=postgresql)
