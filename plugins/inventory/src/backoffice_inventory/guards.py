"""What the database itself holds: what moved stays as it is, and nothing is dated into a closed period.

Whatever reaches the tables, this program or a plain SQL shell, goes through these triggers. On SQLite those on INSERT
also look for the row a REPLACE would silently remove. On PostgreSQL whoever writes moves locks the period of their day
``FOR SHARE`` and whoever closes one locks it for update, so that "move" and "close" cannot both win.
"""

from __future__ import annotations

from collections.abc import Iterable

from backoffice.core.api import Guard
from backoffice.hookspecs import messages

_ = messages("inventory")

PREFIX = "backoffice guard inventory: "

MOVE_FIXED = _("What moved stays as it is; reverse its document instead.")
CHANGE_FIXED = _("A change of value stays as it is; another one takes it back.")
DOCUMENT_FIXED = _("A document of stock stays as it is; reverse it instead.")
CLOSED = _("This day is in a closed period of stock.")
NO_OVERLAP = _("Periods of stock do not overlap.")
PERIOD_FIXED = _("A closed period of stock keeps its days.")


def _trigger(name: str, event: str, table: str, refusals: Iterable[tuple[str, str]]) -> str:
    said = "\n".join(f"SELECT RAISE(ABORT, '{PREFIX}{text}') WHERE {condition};" for text, condition in refusals)
    return f"CREATE TRIGGER {name} BEFORE {event} ON {table} BEGIN\n{said}\nEND"


def _function(name: str, body: str) -> str:
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$\n{body}\n$$"


def _raise(text: str) -> str:
    return f"RAISE EXCEPTION '{PREFIX}{text}';"


def _closed(row: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM inventory_period p WHERE p.organization_id = {row}.organization_id"
        f" AND p.company_id = {row}.company_id AND {row}.date BETWEEN p.start_date AND p.end_date"
        " AND p.state = 'closed')"
    )


def _append_only(name: str, table: str, fixed: str, taken: str = "") -> Guard:
    """Return the guard of a table whose rows are only ever added, on days that are open."""
    replaced = f"EXISTS (SELECT 1 FROM {table} x WHERE x.id = NEW.id{taken})"
    sqlite = (
        _trigger(f"{name}_insert", "INSERT", table, ((fixed, replaced), (CLOSED, _closed("NEW")))),
        _trigger(f"{name}_update", "UPDATE", table, ((fixed, "1"),)),
        _trigger(f"{name}_delete", "DELETE", table, ((fixed, "1"),)),
    )
    postgresql = (
        _function(f"{name}_fixed", f"BEGIN {_raise(fixed)} END"),
        f"CREATE TRIGGER {name}_fixed BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}_fixed()",
        _function(
            f"{name}_day",
            f"""BEGIN
PERFORM 1 FROM inventory_period p WHERE EXISTS (
    SELECT 1 FROM new_rows n WHERE n.organization_id = p.organization_id AND n.company_id = p.company_id
    AND n.date BETWEEN p.start_date AND p.end_date) ORDER BY p.id FOR SHARE;
IF EXISTS (SELECT 1 FROM new_rows n WHERE {_closed("n")}) THEN {_raise(CLOSED)} END IF;
RETURN NULL;
END""",
        ),
        f"CREATE TRIGGER {name}_day AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}_day()",
    )
    return Guard(name, sqlite=sqlite, postgresql=postgresql)


MOVE = _append_only(
    "inventory_move_kept",
    "inventory_move",
    MOVE_FIXED,
    " OR (NEW.reverses_id IS NOT NULL AND x.organization_id = NEW.organization_id AND x.reverses_id = NEW.reverses_id)",
)
CHANGE = _append_only("inventory_value_change_kept", "inventory_value_change", CHANGE_FIXED)

_FROZEN = ("id", "organization_id", "company_id", "kind", "date", "source", "source_key", "reverses_id")
_OTHER = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in _FROZEN)
_BACK = "(OLD.state = 'reversed' AND NEW.state <> 'reversed') OR (OLD.number IS NOT NULL AND NEW.number <> OLD.number)"

DOCUMENT = Guard(
    "inventory_document_kept",
    sqlite=(
        _trigger(
            "inventory_document_kept_insert",
            "INSERT",
            "inventory_document",
            (
                (
                    DOCUMENT_FIXED,
                    "EXISTS (SELECT 1 FROM inventory_document x WHERE x.id = NEW.id"
                    " OR (NEW.source IS NOT NULL AND x.organization_id = NEW.organization_id"
                    " AND x.company_id = NEW.company_id AND x.source = NEW.source AND x.source_key = NEW.source_key"
                    " AND x.kind = NEW.kind)"
                    " OR (NEW.reverses_id IS NOT NULL AND x.organization_id = NEW.organization_id"
                    " AND x.reverses_id = NEW.reverses_id))",
                ),
            ),
        ),
        _trigger(
            "inventory_document_kept_update",
            "UPDATE",
            "inventory_document",
            ((DOCUMENT_FIXED, f"{_OTHER.replace('IS DISTINCT FROM', 'IS NOT')} OR {_BACK}"),),
        ),
        _trigger("inventory_document_kept_delete", "DELETE", "inventory_document", ((DOCUMENT_FIXED, "1"),)),
    ),
    postgresql=(
        _function(
            "inventory_document_kept",
            f"""BEGIN
IF TG_OP = 'DELETE' THEN {_raise(DOCUMENT_FIXED)} END IF;
IF {_OTHER} OR {_BACK} THEN {_raise(DOCUMENT_FIXED)} END IF;
RETURN NEW;
END""",
        ),
        "CREATE TRIGGER inventory_document_kept BEFORE UPDATE OR DELETE ON inventory_document "
        "FOR EACH ROW EXECUTE FUNCTION inventory_document_kept()",
    ),
)

_OVERLAPS = (
    "EXISTS (SELECT 1 FROM inventory_period x WHERE x.organization_id = NEW.organization_id"
    " AND x.company_id = NEW.company_id AND x.id <> {id}"
    " AND x.start_date <= NEW.end_date AND x.end_date >= NEW.start_date)"
)
_DAYS = (
    "OLD.state = 'closed' AND (NEW.start_date <> OLD.start_date OR NEW.end_date <> OLD.end_date"
    " OR NEW.company_id <> OLD.company_id)"
)

PERIOD = Guard(
    "inventory_period_kept",
    sqlite=(
        _trigger(
            "inventory_period_kept_insert",
            "INSERT",
            "inventory_period",
            (
                (
                    PERIOD_FIXED,
                    "EXISTS (SELECT 1 FROM inventory_period x WHERE x.id = NEW.id OR (x.organization_id ="
                    " NEW.organization_id AND x.company_id = NEW.company_id AND x.start_date = NEW.start_date))",
                ),
                (NO_OVERLAP, _OVERLAPS.format(id="-1")),
            ),
        ),
        _trigger(
            "inventory_period_kept_update",
            "UPDATE",
            "inventory_period",
            ((PERIOD_FIXED, f"NEW.id <> OLD.id OR ({_DAYS})"), (NO_OVERLAP, _OVERLAPS.format(id="NEW.id"))),
        ),
        _trigger(
            "inventory_period_kept_delete", "DELETE", "inventory_period", ((PERIOD_FIXED, "OLD.state = 'closed'"),)
        ),
    ),
    postgresql=(
        _function(
            "inventory_period_kept",
            f"""BEGIN
IF TG_OP = 'DELETE' THEN
    IF OLD.state = 'closed' THEN {_raise(PERIOD_FIXED)} END IF;
    RETURN OLD;
END IF;
PERFORM 1 FROM core_company WHERE id = NEW.company_id FOR NO KEY UPDATE;
IF TG_OP = 'UPDATE' THEN
    IF {_DAYS} THEN {_raise(PERIOD_FIXED)} END IF;
END IF;
IF {_OVERLAPS.format(id="NEW.id")} THEN {_raise(NO_OVERLAP)} END IF;
RETURN NEW;
END""",
        ),
        "CREATE TRIGGER inventory_period_kept BEFORE INSERT OR UPDATE OR DELETE ON inventory_period "
        "FOR EACH ROW EXECUTE FUNCTION inventory_period_kept()",
    ),
)
