"""What the database itself holds of tax lines: they are never changed nor deleted, only declared, and that once."""

from __future__ import annotations

from backoffice.core.api import Guard
from backoffice.hookspecs import messages

_ = messages("taxes")

PREFIX = "backoffice guard taxes: "

NOT_CHANGED = _("A tax line cannot be changed; write another that takes it back.")
NOT_DELETED = _("A tax line cannot be deleted; write another that takes it back.")
DECLARED = _("A tax line is declared once.")

_FIXED = (
    "id", "organization_id", "company_id", "date", "supply_date", "direction", "tax_id", "country", "rate", "base",
    "amount", "deductible", "charged", "currency", "source_plugin", "source_key", "part", "box_id",
)  # fmt: skip


def _sqlite(name: str, event: str, said: str, condition: str) -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {event} ON taxes_tax_line BEGIN "
        f"SELECT RAISE(ABORT, '{PREFIX}{said}') WHERE {condition}; END"
    )


_CHANGED = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in _FIXED)
_CHANGED_THERE = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in _FIXED)
_AGAIN = "OLD.return_id IS NOT NULL AND NEW.return_id"

TAX_LINE = Guard(
    "taxes_tax_line_fixed",
    sqlite=(
        _sqlite(
            "taxes_tax_line_fixed_insert", "INSERT", NOT_CHANGED,
            "EXISTS (SELECT 1 FROM taxes_tax_line x WHERE x.id = NEW.id)",
        ),
        _sqlite("taxes_tax_line_fixed_update", "UPDATE", NOT_CHANGED, _CHANGED),
        _sqlite("taxes_tax_line_fixed_again", "UPDATE OF return_id", DECLARED, f"{_AGAIN} IS NOT OLD.return_id"),
        _sqlite("taxes_tax_line_fixed_delete", "DELETE", NOT_DELETED, "1"),
    ),
    postgresql=(
        "CREATE FUNCTION taxes_tax_line_fixed() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n"
        f"IF TG_OP = 'DELETE' THEN RAISE EXCEPTION '{PREFIX}{NOT_DELETED}'; END IF;\n"
        f"IF {_CHANGED_THERE} THEN RAISE EXCEPTION '{PREFIX}{NOT_CHANGED}'; END IF;\n"
        f"IF {_AGAIN} IS DISTINCT FROM OLD.return_id THEN RAISE EXCEPTION '{PREFIX}{DECLARED}'; END IF;\n"
        "RETURN NEW;\nEND\n$$",
        "CREATE TRIGGER taxes_tax_line_fixed BEFORE UPDATE OR DELETE ON taxes_tax_line "
        "FOR EACH ROW EXECUTE FUNCTION taxes_tax_line_fixed()",
    ),
)  # fmt: skip
