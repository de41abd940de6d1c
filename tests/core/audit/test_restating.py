"""What a migration changes in business rows is written into the log, and what an attacker changed before is not."""

import json
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from backoffice.core.audit import storage
from backoffice.core.audit.living import Compared
from backoffice.core.audit.models import AuditRow
from backoffice.core.audit.restating import audited_migration
from backoffice.core.audit.sealing import seal
from backoffice.core.audit.verifying import audited_classes, verify
from backoffice.core.persistence.engines import migration_engine
from backoffice.core.persistence.migrations import drop_guards, make_guards
from backoffice.core.users.models import Branch


@pytest.fixture
def branches(office, desk):
    made = [desk.execute("core.branch.create", code=f"b{at}", name=f"Branch {at}")["id"] for at in range(3)]
    while seal(office):
        pass
    return made


@contextmanager
def migrating(office, *, behind=True):
    """Run the block as a migration would be: no guards, the log told of it, the core one revision behind at first."""
    engine = migration_engine(office.configuration.database)
    with engine.begin() as connection:
        version = connection.exec_driver_sql("SELECT version_num FROM core_alembic_version").scalar()
        if behind:
            connection.exec_driver_sql("UPDATE core_alembic_version SET version_num = 'core_0000'")
        with audited_migration(connection, office.components, audited_classes(office)):
            drop_guards(connection)
            yield connection
            make_guards(connection, [guard for component in office.components for guard in component.guards])
            connection.exec_driver_sql(f"UPDATE core_alembic_version SET version_num = '{version}'")


def last(office, table, id_):
    with office.database.looking() as session:
        rows = session.scalars(sa.select(AuditRow).filter_by(table_name=table, record_id=id_).order_by(AuditRow.id))
        row = rows.all()[-1]
        return row.operation, row.channel, row.action, json.loads(row.payload)


def test_a_changed_row_is_in_the_log_with_before_and_after(office, branches):
    with migrating(office) as connection:
        connection.exec_driver_sql(f"UPDATE core_branch SET name = 'New' WHERE id = {branches[1]}")
    operation, channel, action, payload = last(office, "core_branch", branches[1])
    assert (operation, channel, action) == ("U", "migration", "db upgrade")
    assert (payload["before"]["name"], payload["after"]["name"]) == ("Branch 1", "New")
    assert payload["before"]["id"] == payload["after"]["id"] == branches[1]
    seal(office)
    assert verify(office).ok


def test_a_row_put_in_is_in_the_log_as_created(office, branches):
    columns = "organization_id, company_id, name, version, created_at, updated_at, search_key"
    with migrating(office) as connection:
        connection.exec_driver_sql(
            f"INSERT INTO core_branch (id, code, {columns}) SELECT 900, 'n', {columns} FROM core_branch "
            f"WHERE id = {branches[0]}"
        )
    operation, _channel, _action, payload = last(office, "core_branch", 900)
    assert operation == "I"
    assert set(payload) == {"after"}
    seal(office)
    assert verify(office).ok


def test_a_deleted_row_is_in_the_log_as_deleted(office, branches):
    with migrating(office) as connection:
        connection.exec_driver_sql(f"DELETE FROM core_branch WHERE id = {branches[2]}")
    operation, _channel, _action, payload = last(office, "core_branch", branches[2])
    assert (operation, set(payload)) == ("D", {"before"})
    assert payload["before"]["name"] == "Branch 2"
    seal(office)
    assert verify(office).ok


def test_lines_and_rows_with_secrets_are_written_too(office, desk, branches):
    role = desk.execute("core.role.create", code="r", name="R", grants=[{"permission": "*.read"}])
    with migrating(office) as connection:
        connection.exec_driver_sql(f"UPDATE core_role_grant SET permission = 'x.y' WHERE role_id = {role['id']}")
        connection.exec_driver_sql("UPDATE core_user SET language = 'ar'")
    while seal(office):
        pass
    assert verify(office).ok


def test_what_was_changed_behind_the_logs_back_before_stays_a_finding(office, branches, attacking):
    attacking(office).run("UPDATE core_branch SET name = 'Forged' WHERE id = ?", (branches[0],))
    with migrating(office) as connection:
        connection.exec_driver_sql(f"UPDATE core_branch SET name = 'New' WHERE id = {branches[1]}")
    seal(office)
    (found,) = verify(office).findings
    assert (found.table, found.id) == ("core_branch", branches[0])


def test_a_new_column_that_is_empty_is_not_worth_a_row(office, branches):
    with office.database.write_engine.begin() as connection:
        count = connection.exec_driver_sql("SELECT count(*) FROM core_audit").scalar()
    with migration_engine(office.configuration.database).begin() as connection:
        drop_guards(connection)
        connection.exec_driver_sql("ALTER TABLE core_branch DROP COLUMN address")
    with migrating(office) as connection:
        connection.exec_driver_sql("ALTER TABLE core_branch ADD COLUMN address VARCHAR(400)")
    with office.database.write_engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM core_audit").scalar() == count


def test_a_column_the_log_does_not_know_counts_once_it_is_filled(office, branches, attacking):
    attacker = attacking(office)
    ((payload,),) = attacker.run(
        "SELECT payload FROM core_audit WHERE table_name = 'core_branch' AND record_id = ?", (branches[0],)
    )
    state = json.loads(payload)
    del state["after"]["address"]
    attacker.run(
        "UPDATE core_audit SET payload = ? WHERE table_name = 'core_branch' AND record_id = ?",
        (json.dumps(state), branches[0]),
    )
    for address, found in ((None, []), ("Riyadh", [(branches[0], ("address",))])):
        attacker.run("UPDATE core_branch SET address = ? WHERE id = ?", (address, branches[0]))
        with storage.looking(office.database) as store:
            assert list(Compared(Branch, store).strays()) == []
            strays = Compared(Branch, store, added=True).strays()
            assert [(stray.id, stray.columns) for stray in strays] == found


def test_nothing_is_compared_when_there_is_nothing_to_migrate(office, branches, attacking):
    attacking(office).run("UPDATE core_branch SET name = 'Forged' WHERE id = ?", (branches[0],))
    with migrating(office, behind=False):
        pass
    (found,) = verify(office).findings
    assert found.id == branches[0]


def test_an_upgrade_of_an_office_at_the_head_changes_nothing(office, branches):
    office.upgrade()
    assert verify(office).ok
    assert verify(office).unsealed == 0
