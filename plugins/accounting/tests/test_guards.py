"""What the database itself refuses, whoever asks: tried with plain SQL on both databases."""

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from backoffice.core.api import RuleBroken
from backoffice.core.persistence.engines import migration_engine
from backoffice.core.persistence.migrations import drop_guards, make_guards

ON_SQLITE = pytest.mark.parametrize("offices", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize(
    "offices", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)

CHANGES = {
    "its date is changed": "UPDATE accounting_entry SET date = '2026-02-01' WHERE id = {posted}",
    "its text is changed": "UPDATE accounting_entry SET description = 'other' WHERE id = {posted}",
    "it becomes a draft again": "UPDATE accounting_entry SET state = 'draft', number = NULL WHERE id = {posted}",
    "its number is changed": "UPDATE accounting_entry SET number = 'X' WHERE id = {posted}",
    "its id is changed": "UPDATE accounting_entry SET id = 999 WHERE id = {posted}",
    "it is deleted": "DELETE FROM accounting_entry WHERE id = {posted}",
    "all entries are deleted": "DELETE FROM accounting_entry",
    "an amount is changed": "UPDATE accounting_line SET amount = amount * 2 WHERE entry_id = {posted}",
    "an account is changed": "UPDATE accounting_line SET account_id = {other} WHERE entry_id = {posted}",
    "a line moves to a draft": "UPDATE accounting_line SET entry_id = {draft} WHERE entry_id = {posted}",
    "a line of a draft moves in": "UPDATE accounting_line SET entry_id = {posted} WHERE entry_id = {draft}",
    "a line is deleted": "DELETE FROM accounting_line WHERE id = {line}",
    "all lines are deleted": "DELETE FROM accounting_line",
    "a line is added": (
        "INSERT INTO accounting_line (organization_id, entry_id, date, account_id, amount)"
        " VALUES (1, {posted}, '2026-01-15', {other}, 1)"
    ),
    "two lines that balance are added": (
        "INSERT INTO accounting_line (organization_id, entry_id, date, account_id, amount)"
        " VALUES (1, {posted}, '2026-01-15', {other}, 1), (1, {posted}, '2026-01-15', {other}, -1)"
    ),
}

ENTRY = (
    "(id, organization_id, company_id, number, date, journal_id, description, state, total, currency, period_id,"
    " version, created_at, updated_at, search_key)"
    " VALUES ({id}, 1, 1, {number}, '2026-01-15', {journal}, '', '{state}', 0, 'GBP', {period}, 1,"
    " '2026-01-01', '2026-01-01', '')"
)

REPLACEMENTS = {
    "the entry is replaced": f"INSERT OR REPLACE INTO accounting_entry {ENTRY}",
    "the entry is replaced by its source": (
        "INSERT OR REPLACE INTO accounting_entry (organization_id, company_id, date, journal_id, description, state,"
        " total, currency, version, created_at, updated_at, search_key, source_plugin, source_key, source_purpose)"
        " SELECT organization_id, company_id, date, journal_id, description, 'draft', total, currency, 1, created_at,"
        " updated_at, '', source_plugin, source_key, source_purpose FROM accounting_entry WHERE id = {sourced}"
    ),
    "a line is replaced": (
        "INSERT OR REPLACE INTO accounting_line (id, organization_id, entry_id, date, account_id, amount)"
        " VALUES ({line}, 1, {draft}, '2026-01-15', {other}, 1)"
    ),
    "a draft takes the place of the entry": "UPDATE OR REPLACE accounting_entry SET id = {posted} WHERE id = {draft}",
    "a draft takes the number of the entry": (
        "UPDATE OR REPLACE accounting_entry SET state = 'posted', number = 'GEN/2026/00001' WHERE id = {draft}"
    ),
    "a line of a draft takes the place of a line": (
        "UPDATE OR REPLACE accounting_line SET id = {line} WHERE id = {draft_line}"
    ),
}


@pytest.fixture
def ids(books, sql):
    """A posted entry, one with a source, and a balanced draft, by name."""
    from datetime import date
    from decimal import Decimal

    from backoffice_accounting import ledger
    from backoffice_accounting.posting import EntryDraft, LineDraft, Source

    posted = books.post(("1200", "100.00"), ("4000", "-100.00"))["id"]
    draft = books.draft(("1200", "7.00"), ("4000", "-7.00"))["id"]
    entry = EntryDraft(
        date=date(2026, 1, 15),
        journal_id=books.journals["GEN"],
        lines=tuple(
            LineDraft(account_id=books.accounts[c], amount=a) for c, a in (("1200", Decimal(5)), ("4000", Decimal(-5)))
        ),
        source=Source(plugin="till", key="17", purpose="sale"),
    )
    sourced = books.desk.run(lambda session: ledger.post(session, entry).id)
    lines = dict(sql(f"SELECT entry_id, min(id) FROM accounting_line WHERE entry_id IN ({posted}, {draft}) GROUP BY 1"))
    return {
        "posted": posted, "draft": draft, "sourced": sourced, "line": lines[posted], "draft_line": lines[draft],
        "other": books.accounts["6000"], "journal": books.journals["GEN"], "period": books.period("2026-01").id,
    }  # fmt: skip


def state_of(sql):
    return sql("SELECT id, number, state, date FROM accounting_entry ORDER BY id"), sql(
        "SELECT id, entry_id, account_id, amount FROM accounting_line ORDER BY id"
    )


@pytest.mark.parametrize("change", CHANGES)
def test_a_posted_entry_stays_when(change, sql, ids):
    before = state_of(sql)
    assert "backoffice guard accounting: " in sql.refusal(CHANGES[change].format(**ids))
    assert state_of(sql) == before


@ON_SQLITE
@pytest.mark.parametrize("replacement", REPLACEMENTS)
def test_sqlite_refuses_when(replacement, sql, ids):
    """A plain connection has recursive_triggers off: REPLACE would remove rows without firing any trigger."""
    before = state_of(sql)
    statement = REPLACEMENTS[replacement].format(**{**ids, "id": ids["posted"], "number": "NULL", "state": "draft"})
    assert "backoffice guard accounting: " in sql.refusal(statement)
    assert state_of(sql) == before


@ON_POSTGRESQL
def test_postgresql_refuses_an_upsert_into_a_posted_entry(sql, ids):
    values = ENTRY.format(**{**ids, "id": ids["posted"], "number": "NULL", "state": "draft"})
    said = sql.refusal(f"INSERT INTO accounting_entry {values} ON CONFLICT (id) DO UPDATE SET description = 'other'")
    assert "backoffice guard accounting: " in said


@ON_POSTGRESQL
def test_postgresql_refuses_to_empty_the_books(sql, ids):
    assert "backoffice guard" in sql.refusal("TRUNCATE accounting_line")
    assert "backoffice guard" in sql.refusal("TRUNCATE accounting_entry CASCADE")


@pytest.mark.parametrize(
    ("number", "state", "on_postgresql"),
    [
        ("'GEN/9'", "posted", "at least two lines"),
        ("NULL", "posted", "needs a number"),
        ("'GEN/9'", "draft", "begins as a draft"),
    ],
)
def test_an_entry_without_lines_is_inserted_only_as_a_draft_without_number(sql, ids, number, state, on_postgresql):
    values = ENTRY.format(**{**ids, "id": 500, "number": number, "state": state})
    said = "begins as a draft" if sql.is_sqlite else on_postgresql
    assert said in sql.refusal(f"INSERT INTO accounting_entry {values}")


LINES = (
    "INSERT INTO accounting_line (organization_id, entry_id, date, account_id, amount)"
    " VALUES (1, 500, '{day}', {other}, {debit}), (1, 500, '2026-01-15', {other}, -5)"
)
WHOLE = f"WITH whole AS (INSERT INTO accounting_entry {ENTRY}) {LINES}"


@ON_POSTGRESQL
def test_postgresql_takes_a_posted_entry_with_its_lines_by_one_statement(sql, ids):
    whole = {**ids, "id": 500, "number": "'GEN/9'", "state": "posted", "debit": 5, "day": "2026-01-15"}
    assert "Debit and credit" in sql.refusal(WHOLE.format(**{**whole, "debit": 6}))
    assert "bear its date" in sql.refusal(WHOLE.format(**{**whole, "day": "2026-01-16"}))
    later = LINES.format(**{**whole, "debit": 5})
    assert "lines of a posted entry" in sql.refusal(f"{WHOLE.format(**whole)}; {later}")
    assert sql("SELECT count(*) FROM accounting_entry WHERE id = 500") == [(0,)]


POST = "UPDATE accounting_entry SET state = 'posted', number = 'GEN/9' WHERE id = {draft}"


def spoil(books, statement, **values):
    """Change a draft as the program's own connection could, which the audit allows."""
    with books.desk.office.database.write_engine.begin() as connection:
        connection.execute(sa.text(statement.format(**values)), execution_options={"backoffice_checked": True})


@pytest.mark.parametrize(
    ("spoiled", "said"),
    [
        ("UPDATE accounting_line SET amount = amount + 1 WHERE id = {draft_line}", "Debit and credit"),
        ("DELETE FROM accounting_line WHERE id = {draft_line}", "at least two lines"),
        ("DELETE FROM accounting_line WHERE entry_id = {draft}", "at least two lines"),
        ("UPDATE accounting_line SET date = '2026-01-16' WHERE id = {draft_line}", "bear its date"),
        ("UPDATE accounting_entry SET period_id = NULL WHERE id = {draft}", "open period"),
        ("UPDATE accounting_entry SET date = '2026-02-15' WHERE id = {draft}", "open period"),
        ("UPDATE accounting_period SET state = 'closed' WHERE id = {period}", "open period"),
    ],
)
def test_a_draft_that_is_not_right_cannot_be_posted(books, sql, ids, spoiled, said):
    spoil(books, "UPDATE accounting_entry SET period_id = {period} WHERE id = {draft}", **ids)
    spoil(books, spoiled, **ids)
    assert said in sql.refusal(POST.format(**ids))


def test_a_posted_entry_needs_a_number(sql, ids):
    assert "needs a number" in sql.refusal(f"UPDATE accounting_entry SET state = 'posted' WHERE id = {ids['draft']}")


def test_the_refusal_reaches_people_as_a_broken_rule_in_their_language(books, ids):
    from backoffice_accounting.models import Entry

    from backoffice.core.api import translate

    with pytest.raises(RuleBroken) as caught:
        books.desk.run(lambda session: session.execute(sa.delete(Entry).where(Entry.id == ids["posted"])))
    assert translate(caught.value.what, "ar") == "لا يمكن حذف قيد مُرحَّل، بل يُعكس بقيد مقابل."


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE accounting_period SET start_date = '2025-12-31' WHERE id = {period}", "keeps its dates"),
        ("UPDATE accounting_period SET end_date = '2026-02-01' WHERE id = {period}", "keeps its dates"),
        ("DELETE FROM accounting_period WHERE id = {period}", "keeps its dates"),
        (
            "UPDATE accounting_period SET end_date = '2026-03-31' WHERE code = '2026-02'",
            "do not overlap",
        ),
        (
            "INSERT INTO accounting_period (organization_id, company_id, fiscal_year_id, code, start_date, end_date,"
            " state, version, created_at, updated_at) SELECT organization_id, company_id, fiscal_year_id, 'other',"
            " end_date, '2027-03-31', 'open', 1, created_at, updated_at FROM accounting_period WHERE code = '2026-12'",
            "do not overlap",
        ),
    ],
)
def test_periods_stay_in_order(sql, ids, change, said):
    assert said in sql.refusal(change.format(**ids))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE accounting_period SET state = 'open' WHERE id = {period}",
        "DELETE FROM accounting_period WHERE id = {period}",
    ],
)
def test_a_locked_period_stays_locked(books, sql, ids, change):
    spoil(books, "UPDATE accounting_period SET state = 'locked' WHERE id = {period}", **ids)
    assert "locked period never changes" in sql.refusal(change.format(**ids))


def test_the_guards_survive_a_later_migration(books, sql, ids):
    """On SQLite altering a table means making it anew, which loses its triggers; migrating brings them back."""
    office = books.desk.office
    guards = [guard for component in office.components for guard in component.guards]
    engine = migration_engine(office.database.url)
    with engine.begin() as connection:
        drop_guards(connection)
        operations = Operations(MigrationContext.configure(connection, opts={"render_as_batch": True}))
        for table in ("accounting_entry", "accounting_line", "accounting_period"):
            with operations.batch_alter_table(table, recreate="always" if sql.is_sqlite else "auto") as batch:
                batch.add_column(sa.Column("added_later", sa.String(10)))
        make_guards(connection, guards)
    engine.dispose()
    for change in CHANGES.values():
        assert "backoffice guard" in sql.refusal(change.format(**ids))
    assert "begins as a draft" in sql.refusal(
        f"INSERT INTO accounting_entry {ENTRY.format(**{**ids, 'id': 500, 'number': 'NULL', 'state': 'other'})}"
    )
