"""What the database itself holds of payroll: a payslip that is final keeps its figures, its lines and its number."""

from __future__ import annotations

from backoffice.core.api import Guard
from backoffice.hookspecs import messages

_ = messages("payroll")

PREFIX = "backoffice guard payroll: "

SLIP_FIXED = _("A payslip that was approved is not changed; take the run back and make a new one.")
FIXED = ("number", "run_id", "employee_id", "contract_id", "kind", "from_date", "until_date", "pay_date", "gross",
         "deductions", "net", "employer", "currency", "working_days", "paid_days", "year")  # fmt: skip


def _sqlite(name: str, event: str, table: str, condition: str) -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} BEGIN "
        f"SELECT RAISE(ABORT, '{PREFIX}{SLIP_FIXED}') WHERE {condition}; END"
    )


def _final(line: str) -> str:
    return f"EXISTS (SELECT 1 FROM payroll_slip s WHERE s.id = {line}.slip_id AND s.state <> 'draft')"


_CHANGED = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in FIXED)
_CHANGED_POSTGRESQL = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in FIXED)
_NOT_ON = "(NEW.state <> OLD.state AND NOT (OLD.state = 'final' AND NEW.state = 'undone'))"

SLIP = Guard(
    "payroll_slip_fixed",
    sqlite=(
        _sqlite("payroll_slip_fixed_delete", "DELETE", "payroll_slip", "OLD.state <> 'draft'"),
        _sqlite(
            "payroll_slip_fixed_update", "UPDATE", "payroll_slip",
            f"OLD.state <> 'draft' AND ({_CHANGED} OR {_NOT_ON})",
        ),
    ),
    postgresql=(
        "CREATE FUNCTION payroll_slip_fixed() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n"
        "IF TG_OP = 'DELETE' THEN\n"
        f"IF OLD.state <> 'draft' THEN RAISE EXCEPTION '{PREFIX}{SLIP_FIXED}'; END IF;\nRETURN OLD;\nEND IF;\n"
        f"IF OLD.state <> 'draft' AND ({_CHANGED_POSTGRESQL} OR {_NOT_ON}) THEN "
        f"RAISE EXCEPTION '{PREFIX}{SLIP_FIXED}'; END IF;\nRETURN NEW;\nEND\n$$",
        "CREATE TRIGGER payroll_slip_fixed BEFORE UPDATE OR DELETE ON payroll_slip "
        "FOR EACH ROW EXECUTE FUNCTION payroll_slip_fixed()",
    ),
)  # fmt: skip

LINE = Guard(
    "payroll_slip_line_fixed",
    sqlite=(
        _sqlite("payroll_slip_line_fixed_insert", "INSERT", "payroll_slip_line", _final("NEW")),
        _sqlite(
            "payroll_slip_line_fixed_update", "UPDATE", "payroll_slip_line", f"{_final('OLD')} OR {_final('NEW')}"
        ),
        _sqlite("payroll_slip_line_fixed_delete", "DELETE", "payroll_slip_line", _final("OLD")),
    ),
    postgresql=(
        "CREATE FUNCTION payroll_slip_line_fixed() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n"
        f"IF TG_OP <> 'INSERT' THEN\nIF {_final('OLD')} THEN RAISE EXCEPTION '{PREFIX}{SLIP_FIXED}'; END IF;\n"
        "END IF;\nIF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n"
        f"IF {_final('NEW')} THEN RAISE EXCEPTION '{PREFIX}{SLIP_FIXED}'; END IF;\nRETURN NEW;\nEND\n$$",
        "CREATE TRIGGER payroll_slip_line_fixed BEFORE INSERT OR UPDATE OR DELETE ON payroll_slip_line "
        "FOR EACH ROW EXECUTE FUNCTION payroll_slip_line_fixed()",
    ),
)  # fmt: skip
