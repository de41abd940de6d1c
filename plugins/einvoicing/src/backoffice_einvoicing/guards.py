"""What the database itself holds: a document that was issued is never changed nor deleted, nor is a step of its way."""

from __future__ import annotations

from collections.abc import Sequence

from backoffice.core.api import Guard
from backoffice.hookspecs import messages

_ = messages("einvoicing")

PREFIX = "backoffice guard einvoicing: "
KEPT = _("An electronic document that was issued or received stays as it is.")


def fixed(table: str, columns: Sequence[str]) -> Guard:
    """Return the guard that keeps ``columns`` of ``table`` as they were written, and its rows for ever."""
    name = f"{table}_kept"
    changed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in columns)
    changed_there = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns)

    def trigger(event: str, when: str) -> str:
        return (
            f"CREATE TRIGGER {name}_{event.lower()} BEFORE {event} ON {table} BEGIN "
            f"SELECT RAISE(ABORT, '{PREFIX}{KEPT}') WHERE {when}; END"
        )

    return Guard(
        name,
        sqlite=(
            trigger("INSERT", f"EXISTS (SELECT 1 FROM {table} x WHERE x.id = NEW.id)"),
            trigger("UPDATE", changed),
            trigger("DELETE", "1"),
        ),
        postgresql=(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n"
            f"IF TG_OP = 'DELETE' THEN RAISE EXCEPTION '{PREFIX}{KEPT}'; END IF;\n"
            f"IF {changed_there} THEN RAISE EXCEPTION '{PREFIX}{KEPT}'; END IF;\n"
            "RETURN NEW;\nEND\n$$",
            f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
        ),
    )
