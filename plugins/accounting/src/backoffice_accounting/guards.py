"""What the database itself holds, on SQLite and PostgreSQL alike: posted entries balance and never change.

Whatever reaches the tables, this program or a plain SQL shell, goes through these triggers. On SQLite every rule is a
``BEFORE`` trigger, and those on INSERT also look for the row a REPLACE would silently remove, since a connection
without ``recursive_triggers`` does not fire the triggers on DELETE then. On PostgreSQL what concerns several rows is
checked by one trigger per statement; whoever writes lines locks their entry ``FOR NO KEY UPDATE`` and whoever posts
locks the period ``FOR SHARE``, so that "post" and "add a line", or "post" and "close", cannot both win.
"""

from __future__ import annotations

from backoffice.core.api import Guard
from backoffice.hookspecs import messages

from . import guarding
from .guarding import SAME_ID, function, lines_fixed, raising, taken, trigger

record_fixed = guarding.record_fixed

_ = messages("accounting")

BEGINS_AS_DRAFT = _("An entry begins as a draft without a number.")
NOT_REPLACED = _("A posted entry cannot be replaced.")
NOT_CHANGED = _("A posted entry cannot be changed; reverse it instead.")
NOT_DELETED = _("A posted entry cannot be deleted; reverse it instead.")
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
VOUCHER_DRAFT = _("A voucher begins as a draft without a number.")
VOUCHER_FIXED = _("A posted voucher cannot be changed; cancel it instead.")
CHEQUE_FIXED = _("A cheque stays as it was entered; only its state moves.")
PAYMENT_FIXED = _("A payment cannot be changed; cancel it instead.")

ENTRY_KEYS = (
    (NUMBER_TAKEN, ("organization_id", "company_id", "journal_id", "number")),
    (SOURCE_TAKEN, ("organization_id", "company_id", "source_plugin", "source_key", "source_purpose")),
    (NOT_REPLACED, ("organization_id", "reverses_id")),
)
"""The unique keys of an entry; a conflict on one of them is what REPLACE resolves by deleting."""

_LINES = "FROM accounting_line l WHERE l.organization_id = NEW.organization_id AND l.entry_id = NEW.id"

_ENTRY_SQLITE = (
    trigger(
        "accounting_entry_posted_insert",
        "INSERT",
        "accounting_entry",
        (
            (BEGINS_AS_DRAFT, "NEW.state IS NOT 'draft' OR NEW.number IS NOT NULL"),
            (
                NOT_REPLACED,
                "EXISTS (SELECT 1 FROM accounting_entry x WHERE x.id = NEW.id AND x.state = 'posted')",
            ),
            *((said, taken("accounting_entry", key)) for said, key in ENTRY_KEYS[1:]),
        ),
    ),
    trigger("accounting_entry_posted_update", "UPDATE", "accounting_entry", ((NOT_CHANGED, "OLD.state = 'posted'"),)),
    trigger(
        "accounting_entry_posted_keys",
        "UPDATE OF id, number, source_plugin, source_key, source_purpose, reverses_id, journal_id, company_id",
        "accounting_entry",
        (
            (SAME_ID, "NEW.id <> OLD.id"),
            *((said, taken("accounting_entry", key)) for said, key in ENTRY_KEYS),
        ),
    ),
    trigger(
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
            (TWO_LINES, f"(SELECT COUNT(*) {_LINES}) < 2"),
            (BALANCED, f"(SELECT SUM(l.amount) {_LINES}) IS NOT 0"),
            (SAME_DATE, f"EXISTS (SELECT 1 {_LINES} AND l.date IS NOT NEW.date)"),
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
    trigger("accounting_entry_posted_delete", "DELETE", "accounting_entry", ((NOT_DELETED, "OLD.state = 'posted'"),)),
)

_ENTRY_POSTGRESQL = (
    function(
        "accounting_entry_posted",
        f"""BEGIN
IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'posted' AND (NEW.state <> 'draft' OR NEW.number IS NOT NULL) THEN
        {raising(BEGINS_AS_DRAFT)}
    END IF;
    IF NEW.state = 'posted' AND NEW.number IS NULL THEN {raising(NEEDS_NUMBER)} END IF;
    RETURN NEW;
END IF;
IF TG_OP = 'DELETE' THEN
    IF OLD.state = 'posted' THEN {raising(NOT_DELETED)} END IF;
    RETURN OLD;
END IF;
IF OLD.state = 'posted' THEN {raising(NOT_CHANGED)} END IF;
IF NEW.id <> OLD.id THEN {raising(SAME_ID)} END IF;
IF NEW.state = 'posted' AND NEW.number IS NULL THEN {raising(NEEDS_NUMBER)} END IF;
RETURN NEW;
END""",
    ),
    "CREATE TRIGGER accounting_entry_posted BEFORE INSERT OR UPDATE OR DELETE ON accounting_entry "
    "FOR EACH ROW EXECUTE FUNCTION accounting_entry_posted()",
    function(
        "accounting_entry_posted_check",
        f"""DECLARE problem text;
BEGIN
IF NOT EXISTS (SELECT 1 FROM new_rows WHERE state = 'posted') THEN RETURN NULL; END IF;
IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
    {raising(READ_COMMITTED)}
END IF;
PERFORM 1 FROM accounting_period p
    WHERE p.id IN (SELECT n.period_id FROM new_rows n WHERE n.state = 'posted') ORDER BY p.id FOR SHARE;
SELECT CASE
    WHEN min(p.id) IS NULL THEN 'period' WHEN count(l.id) < 2 THEN 'lines' WHEN sum(l.amount) <> 0 THEN 'balance'
    WHEN bool_or(l.date IS DISTINCT FROM n.date) THEN 'date' ELSE 'frozen' END INTO problem
    FROM new_rows n
    LEFT JOIN accounting_period p ON p.id = n.period_id AND p.organization_id = n.organization_id
        AND p.company_id = n.company_id AND p.state = 'open' AND n.date BETWEEN p.start_date AND p.end_date
    LEFT JOIN accounting_line l ON l.organization_id = n.organization_id AND l.entry_id = n.id
    LEFT JOIN accounting_account a ON a.id = l.account_id AND a.frozen_from <= l.date AND p.kind <> 'closing'
    WHERE n.state = 'posted' GROUP BY n.id
    HAVING min(p.id) IS NULL OR count(l.id) < 2 OR sum(l.amount) <> 0 OR bool_or(l.date IS DISTINCT FROM n.date)
        OR count(a.id) > 0 LIMIT 1;
IF problem = 'period' THEN {raising(OPEN_PERIOD)} END IF;
IF problem = 'lines' THEN {raising(TWO_LINES)} END IF;
IF problem = 'balance' THEN {raising(BALANCED)} END IF;
IF problem = 'date' THEN {raising(SAME_DATE)} END IF;
IF problem = 'frozen' THEN {raising(FROZEN)} END IF;
RETURN NULL;
END""",
    ),
    *(
        f"CREATE TRIGGER accounting_entry_posted_check_{verb.lower()} AFTER {verb} ON accounting_entry "
        "REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION accounting_entry_posted_check()"
        for verb in ("INSERT", "UPDATE")
    ),
)

ENTRY = Guard("accounting_entry_posted", sqlite=_ENTRY_SQLITE, postgresql=_ENTRY_POSTGRESQL)


LINE = lines_fixed(
    "accounting_line_posted", "accounting_line", "accounting_entry", "entry_id", "p.state = 'posted'", LINES_FIXED,
    whole=True,
)  # fmt: skip
INVOICE_LINE = lines_fixed(
    "accounting_invoice_line_posted",
    "accounting_invoice_line",
    "accounting_invoice",
    "invoice_id",
    "p.state <> 'draft'",
    INVOICE_FIXED,
)
VOUCHER_LINE = lines_fixed(
    "accounting_voucher_line_posted",
    "accounting_voucher_line",
    "accounting_voucher",
    "voucher_id",
    "p.state <> 'draft'",
    VOUCHER_FIXED,
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
        trigger(
            "accounting_period_kept_insert",
            "INSERT",
            "accounting_period",
            (
                (
                    PERIOD_REPLACED,
                    "EXISTS (SELECT 1 FROM accounting_period x WHERE x.id = NEW.id) OR "
                    + taken("accounting_period", _PERIOD_KEY),
                ),
                (NO_OVERLAP, _overlap("IS NOT")),
            ),
        ),
        trigger(
            "accounting_period_kept_update",
            "UPDATE",
            "accounting_period",
            (
                (SAME_ID, "NEW.id <> OLD.id"),
                (LOCKED, "OLD.state = 'locked'"),
                (PERIOD_USED, f"{_MOVED} AND {_USED}"),
                (PERIOD_REPLACED, taken("accounting_period", _PERIOD_KEY)),
                (NO_OVERLAP, _overlap("IS NOT")),
            ),
        ),
        trigger(
            "accounting_period_kept_delete",
            "DELETE",
            "accounting_period",
            ((LOCKED, "OLD.state = 'locked'"), (PERIOD_USED, _USED)),
        ),
    ),
    postgresql=(
        function(
            "accounting_period_kept",
            f"""BEGIN
IF TG_OP <> 'INSERT' AND OLD.state = 'locked' THEN {raising(LOCKED)} END IF;
IF TG_OP = 'DELETE' THEN
    IF {_USED} THEN {raising(PERIOD_USED)} END IF;
    RETURN OLD;
END IF;
PERFORM 1 FROM core_company WHERE id = NEW.company_id FOR NO KEY UPDATE;
IF TG_OP = 'UPDATE' THEN
    IF {_MOVED} AND {_USED} THEN {raising(PERIOD_USED)} END IF;
END IF;
IF {_overlap("<>")} THEN {raising(NO_OVERLAP)} END IF;
RETURN NEW;
END""",
        ),
        "CREATE TRIGGER accounting_period_kept BEFORE INSERT OR UPDATE OR DELETE ON accounting_period "
        "FOR EACH ROW EXECUTE FUNCTION accounting_period_kept()",
    ),
)
