"""Older books brought forward: what was planned there is posted on."""

import sqlalchemy as sa

from backoffice.core.persistence import migrations
from backoffice.core.persistence.engines import migration_engine

DEFERRAL = sa.text(
    "INSERT INTO accounting_deferral (organization_id, company_id, description, amount, service_from, service_until,"
    " basis, held_id, moved_id, journal_id, version, created_at, updated_at, search_key) VALUES (1, :company,"
    " 'Service', 1000000, '2026-01-10', '2026-03-15', 'days', :held, :moved, :journal, 1, '2026-01-01', '2026-01-01',"
    " '')"
)
PART = sa.text(
    "INSERT INTO accounting_deferral_part (organization_id, deferral_id, date, amount)"
    " SELECT 1, max(id), CAST(:day AS DATE), :amount FROM accounting_deferral"
)
PART_ON_SQLITE = sa.text(PART.text.replace("CAST(:day AS DATE)", ":day"))
PARTS = {"2026-01-31": 338500, "2026-02-28": 430800, "2026-03-15": 230700}


def test_parts_of_deferrals_that_were_not_posted_become_entries_that_recur_once(books):
    office = books.desk.office
    books.account("2400", "Deferred revenue", "liability", "current_liability")
    engine = migration_engine(office.configuration.schema_database)
    [accounting] = [one for one in office.components if one.name == "accounting"]
    others = [one for one in office.components if one.name != "accounting"]
    migrations.downgrade(engine, accounting, others, "accounting_0006")
    with engine.begin() as connection:
        accounts = {"held": books.accounts["2400"], "moved": books.accounts["4000"]}
        place = {"company": books.desk.context.company_id, "journal": books.journals["GEN"]}
        connection.execute(DEFERRAL, {**accounts, **place})
        part = PART_ON_SQLITE if connection.dialect.name == "sqlite" else PART
        connection.execute(part, [{"day": day, "amount": amount} for day, amount in PARTS.items()])
    engine.dispose()
    office.upgrade()
    assert books.do("post_recurring", until="2026-02-28") == {"entries": 2}
    rows = {row.cells[0]: row.cells for row in books.report("trial_balance", until="2026-12-31").rows}
    assert str(rows["4000"][3]) == "76.93"
    waiting = [one for one in books.desk.list("accounting.recurring").records if one.active]
    assert [(one.description, str(one.next_on)) for one in waiting] == [("Service", "2026-03-15")]
