"""What the database itself holds of purchasing: movements are only ever added to, and a confirmed order stays one."""

from __future__ import annotations

from backoffice.core.api import Guard
from backoffice.hookspecs import messages

_ = messages("purchasing")

PREFIX = "backoffice guard purchasing: "

NOT_CHANGED = _("What happened to a line of an order is never changed; the contrary is added.")
NOT_DELETED = _("What happened to a line of an order is never deleted; the contrary is added.")
ORDER_KEPT = _("A confirmed order is not deleted; cancel it.")
NUMBER_KEPT = _("An order keeps its number.")


def _sqlite(name: str, event: str, table: str, said: str, condition: str) -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} BEGIN "
        f"SELECT RAISE(ABORT, '{PREFIX}{said}') WHERE {condition}; END"
    )


MOVEMENT = Guard(
    "purchasing_movement_fixed",
    sqlite=(
        _sqlite(
            "purchasing_movement_fixed_insert", "INSERT", "purchasing_movement", NOT_CHANGED,
            "EXISTS (SELECT 1 FROM purchasing_movement x WHERE x.id = NEW.id)",
        ),
        _sqlite("purchasing_movement_fixed_update", "UPDATE", "purchasing_movement", NOT_CHANGED, "1"),
        _sqlite("purchasing_movement_fixed_delete", "DELETE", "purchasing_movement", NOT_DELETED, "1"),
    ),
    postgresql=(
        "CREATE FUNCTION purchasing_movement_fixed() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n"
        f"IF TG_OP = 'DELETE' THEN RAISE EXCEPTION '{PREFIX}{NOT_DELETED}'; END IF;\n"
        f"RAISE EXCEPTION '{PREFIX}{NOT_CHANGED}';\nEND\n$$",
        "CREATE TRIGGER purchasing_movement_fixed BEFORE UPDATE OR DELETE ON purchasing_movement "
        "FOR EACH ROW EXECUTE FUNCTION purchasing_movement_fixed()",
    ),
)  # fmt: skip

ORDER = Guard(
    "purchasing_order_kept",
    sqlite=(
        _sqlite("purchasing_order_kept_delete", "DELETE", "purchasing_order", ORDER_KEPT, "OLD.number IS NOT NULL"),
        _sqlite(
            "purchasing_order_kept_number", "UPDATE OF number", "purchasing_order", NUMBER_KEPT,
            "OLD.number IS NOT NULL AND NEW.number IS NOT OLD.number",
        ),
    ),
    postgresql=(
        "CREATE FUNCTION purchasing_order_kept() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n"
        f"IF TG_OP = 'DELETE' THEN\nIF OLD.number IS NOT NULL THEN RAISE EXCEPTION '{PREFIX}{ORDER_KEPT}'; END IF;\n"
        "RETURN OLD;\nEND IF;\n"
        f"IF OLD.number IS NOT NULL AND NEW.number IS DISTINCT FROM OLD.number THEN "
        f"RAISE EXCEPTION '{PREFIX}{NUMBER_KEPT}'; END IF;\nRETURN NEW;\nEND\n$$",
        "CREATE TRIGGER purchasing_order_kept BEFORE UPDATE OR DELETE ON purchasing_order "
        "FOR EACH ROW EXECUTE FUNCTION purchasing_order_kept()",
    ),
)  # fmt: skip
