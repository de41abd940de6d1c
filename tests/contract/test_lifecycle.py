"""A plugin's life: installed late, upgraded, put aside, taken out of service, removed without a trace."""

import base64
import itertools
import json
import os
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from backoffice.core.attachments.models import Attachment
from backoffice.core.attachments.store import Store
from backoffice.core.audit.models import AuditRow
from backoffice.core.audit.verifying import verify
from backoffice.core.authoring.checks.schema import schema_of
from backoffice.core.bookkeeping.models import PluginRow
from backoffice.core.bookkeeping.working import Comment
from backoffice.core.builtin.worker.worker import Worker
from backoffice.core.errors import Conflict, InvalidInput, NeedsMigration, NotFound, StillReferenced
from backoffice.core.events.models import Delivery
from backoffice.core.maintenance.archiving import ABOUT
from backoffice.core.maintenance.purging import owned, purge
from backoffice.core.maintenance.returning import bring_back
from backoffice.core.maintenance.switching import put_out_of_service, refresh_roles, switch
from backoffice.core.office import Backoffice
from backoffice.core.plugins.states import plain
from backoffice.core.testing.offices import desk_of
from backoffice.core.testing.visitors import Person

HOURS = b"9-55"
PROGRAM = [sys.executable, "-c", "from backoffice.cli import main; main()"]
SECOND = """
import sqlalchemy as sa
from alembic import op

revision = "{name}_0002"
down_revision = "{name}_0001"


def upgrade() -> None:
    with op.batch_alter_table("{name}_task") as table:
        table.add_column(sa.Column("note", sa.String(40), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("{name}_task") as table:
        table.drop_column("note")
"""


@contextmanager
def second(names, package):
    """A newer version of the plugin for a while, with a migration more."""
    migration = package / "migrations" / "0002_note.py"
    migration.write_text(SECOND.format(name=names.name))
    try:
        yield
    finally:
        migration.unlink()


@pytest.fixture
def reopen(request):
    """Open the database of an office again, as a process that starts anew would, with the plugins of that name."""

    def reopen(office, *names, start=True):
        again = Backoffice(office.configuration, only=frozenset(names), clock=office.clock)
        request.addfinalizer(again.close)
        return again.start() if start else again

    return reopen


@pytest.fixture(scope="module")
def desk_plugin(written):
    """A new plugin that all tests here share, since this process keeps what it has imported."""
    return written("acme-life")


@pytest.fixture
def working(desk_plugin, offices, monkeypatch):
    """The plugin with a finished task, a role in use and something waiting: its names, its package and an office."""
    names, package = desk_plugin
    monkeypatch.syspath_prepend(str(package.parent))
    office = offices.make(only=[names.name], prepare=fill)
    office.close()
    return names, package, office


def fill(office):
    """Do something with the plugin."""
    office.start()
    desk = desk_of(office)
    for number in (1, 2):
        desk.execute("acme_life.task.create", code=f"T{number}", title="Call the bank")
    desk.execute("acme_life.finish_task", id=1)
    desk.execute("core.add_comment", about="acme_life.task", record=1, text="They were closed.")
    desk.execute("core.add_comment", about="core.user", record=1, text="Ask her instead.")
    desk.execute(
        "core.attach", resource="acme_life.task", record=1, name="hours.txt", content=base64.b64encode(HOURS).decode()
    )
    clerk = desk.get("core.user", "clerk")
    desk.execute("core.user.change", id=clerk.id, roles=[{"role": "acme_life.manager"}])


def schema(office):
    with office.database.read_engine.connect() as connection:
        return schema_of(connection)


def noted(office, name):
    """Return what the audit log tells about a plugin: the states after, the oldest first."""
    office.notes.close()
    with office.database.looking() as session:
        row = session.scalar(sa.select(PluginRow).where(PluginRow.name == name))
        rows = session.scalars(sa.select(AuditRow).where(AuditRow.table_name == "core_plugin").order_by(AuditRow.id))
        return [json.loads(one.payload) for one in rows if row is None or one.record_id == row.id]


# -- upgrading and going back ------------------------------------------------------------------------------------------


def test_an_upgrade_waits_for_its_migration_and_remembers_the_version(working, reopen):
    names, package, office = working
    with second(names, package):
        status = reopen(office, names.name).manager.status(names.name)
        assert (status.state, plain(status.remedy)) == ("needs-migration", "Run: backoffice db upgrade")
        after = {item.name: item.current for item in reopen(office, names.name, start=False).upgrade()}
        assert after[names.name] == f"{names.name}_0002"
        assert reopen(office, names.name).manager.status(names.name).state == "active"


def test_an_older_plugin_than_its_tables_is_refused_with_a_reason_and_nothing_is_touched(working, reopen):
    names, package, office = working
    with second(names, package):
        reopen(office, names.name, start=False).upgrade()
    older = reopen(office, names.name)
    status = older.manager.status(names.name)
    assert status.state == "incompatible"
    assert f"stand at {names.name}_0002, which a newer version made" in plain(status.reason)
    assert plain(status.remedy) == f"Run: pip install --upgrade '{names.distribution}'"
    before = schema(older)
    standing = {item.name: item for item in reopen(office, names.name, start=False).upgrade()}[names.name]
    assert (standing.current, standing.known, standing.pending) == (f"{names.name}_0002", False, False)
    assert [line for line in schema(older) if " trigger " not in line and "_audit" not in line] == [
        line for line in before if " trigger " not in line and "_audit" not in line
    ]


def test_a_database_newer_than_the_core_is_not_opened(offices):
    office = offices.make(only=[])
    with office.database.write_engine.begin() as connection:
        connection.exec_driver_sql("UPDATE core_alembic_version SET version_num = 'core_9999'")
    again = Backoffice(office.configuration, only=frozenset(), clock=office.clock)
    for use in (again.start, again.upgrade):
        with pytest.raises(NeedsMigration, match="newer than the program"):
            use()
    again.close()


def test_one_plugin_is_upgraded_and_the_others_wait(fresh, offices, reopen):
    one, other = fresh()[0].name, fresh()[0].name
    office = offices.make(only=[])
    both = reopen(office, one, other, start=False)
    standing = {item.name: item.current for item in both.upgrade({"core", one})}
    assert (standing[one], standing[other]) == (f"{one}_0001", None)
    again = reopen(office, one, other)
    assert [again.manager.status(name).state for name in (one, other)] == ["active", "needs-migration"]


# -- out of service ----------------------------------------------------------------------------------------------------


def test_a_plugin_is_taken_out_of_service_and_its_data_is_kept(working, reopen):
    names, _package, office = working
    assert put_out_of_service(reopen(office, names.name), names.name)
    without = reopen(office)
    assert without.manager.status(names.name).state == "disabled"
    assert dict(owned(without, names.name).tables) == {f"{names.name}_task": 2}
    assert [one["after"]["enabled"] for one in noted(without, names.name)] == [False]


def test_what_others_need_stays_in_service(offices):
    office = offices.make(only=["parties", "taxes", "accounting"])
    with pytest.raises(Conflict, match="These need parties: accounting"):
        put_out_of_service(office, "parties")
    with pytest.raises(Conflict, match="These need parties"):
        purge(office, "parties", office.configuration.folder / "parties.zip")


def test_the_plugin_says_its_last_words(fresh, offices):
    names, package = fresh()
    code = (package / "plugin.py").read_text()
    said = package.parent / "said"
    hook = LAST_WORDS.format(said=str(said))
    (package / "plugin.py").write_text(code + hook)
    office = offices.make(only=[names.name])
    purge(office, names.name, office.configuration.folder / f"{names.name}.zip")
    assert said.read_text() == "True"


# -- purged ------------------------------------------------------------------------------------------------------------


def without_package(names, monkeypatch):
    """Uninstall the plugin, as far as this process goes."""
    monkeypatch.setattr(sys, "path", [path for path in sys.path if names.distribution not in path])


@pytest.mark.parametrize("gone", [False, True], ids=["installed", "package-gone"])
def test_after_a_purge_the_schema_is_that_of_a_database_that_never_had_it(
    working, offices, reopen, monkeypatch, tmp_path, gone
):
    names, _package, office = working
    if gone:
        without_package(names, monkeypatch)
    removed = purge(reopen(office, *([] if gone else [names.name])), names.name, tmp_path / "all.zip")
    assert removed.rows == 2
    assert schema(reopen(office)) == schema(offices.make(only=[]))


def test_a_purge_takes_along_what_is_called_after_the_plugin_and_nothing_else(working, reopen, tmp_path):
    names, _package, office = working
    here = reopen(office, names.name)
    before = dict(owned(here, names.name).mentions)
    assert before == {
        "core_attachment": 1, "core_comment": 1, "core_delivery": 1, "core_role_grant": 1, "core_role_assignment": 1,
        "core_role": 1,
    }  # fmt: skip
    purge(here, names.name, tmp_path / "all.zip")
    with office.database.looking() as session:
        roles = session.execute(sa.text("SELECT code FROM core_role")).scalars().all()
        users = session.execute(sa.text("SELECT count(*) FROM core_user")).scalar_one()
        assert session.scalar(sa.select(sa.func.count()).select_from(Delivery)) == 0
        assert session.scalars(sa.select(Comment.resource)).all() == ["core.user"]
        assert session.scalar(sa.select(sa.func.count()).select_from(Attachment)) == 0
    assert "core.administrator" in roles
    assert not [code for code in roles if code.startswith(names.name)]
    assert users == 2


def test_events_and_audit_rows_stay_and_the_log_tells_of_the_purge(working, reopen, monkeypatch, tmp_path):
    names, _package, office = working
    without_package(names, monkeypatch)
    here = reopen(office)
    purge(here, names.name, tmp_path / "all.zip")
    with office.database.looking() as session:
        of_tasks = session.scalars(sa.select(AuditRow).where(AuditRow.table_name == f"{names.name}_task")).all()
        events = session.execute(sa.text("SELECT name FROM core_event")).scalars().all()
    assert [one.action for one in of_tasks if one.operation == "D"] == ["plugin purge", "plugin purge"]
    assert f"{names.name}.task_finished" in events
    assert [one.get("after") for one in noted(here, names.name)][-1] is None
    assert verify(here).ok
    page = Person(here).get("/audit")
    assert (page.status_code, f"Plugin · {names.name}: Removed" in page.text) == (200, True)


def test_everything_is_in_the_archive(working, reopen, tmp_path):
    names, _package, office = working
    purge(reopen(office, names.name), names.name, tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        tasks = [json.loads(line) for line in archive.read(f"tables/{names.name}_task.jsonl").splitlines()]
        about = json.loads(archive.read(ABOUT))
    assert [(task["code"], task["state"]) for task in tasks] == [("T1", "finished"), ("T2", "open")]
    assert (about["revision"], about["tables"]) == (f"{names.name}_0001", {f"{names.name}_task": 2})


def test_nothing_is_removed_when_the_archive_cannot_be_written(working, reopen, tmp_path):
    names, _package, office = working
    (tmp_path / "file").write_text("")
    with pytest.raises(Exception, match="nothing was removed"):
        purge(reopen(office, names.name), names.name, tmp_path / "file" / "all.zip")
    assert owned(reopen(office), names.name).rows == 2


def test_tables_that_others_refer_to_are_not_removed(working, reopen, tmp_path):
    names, _package, office = working
    with office.database.write_engine.begin() as connection:
        connection.exec_driver_sql(
            f"CREATE TABLE zz_note (id INTEGER PRIMARY KEY, task_id BIGINT REFERENCES {names.name}_task (id))"
        )
    with pytest.raises(StillReferenced, match=f"zz_note refers to {names.name}_task"):
        purge(reopen(office, names.name), names.name, tmp_path / "all.zip")
    assert owned(reopen(office), names.name).rows == 2


def test_of_a_plugin_nobody_heard_of_nothing_is_removed(offices, tmp_path):
    with pytest.raises(NotFound):
        purge(offices.make(only=[]), "acme_nowhere", tmp_path / "all.zip")


def test_a_purged_plugin_can_be_installed_again(working, reopen, tmp_path):
    names, _package, office = working
    purge(reopen(office, names.name), names.name, tmp_path / "all.zip")
    switch(reopen(office, names.name, start=False), names.name, on=True)
    again = reopen(office, names.name, start=False)
    again.upgrade()
    refresh_roles(again)
    again.start()
    assert desk_of(again).execute(f"{names.name}.task.create", code="T1", title="Once more")["id"] == 1
    assert verify(again).ok


def everything(office, names):
    """Return what the plugin and the core have of it, as the database itself holds it."""
    tables = [f"{names.name}_task", "core_comment", "core_attachment", "core_role_grant", "core_role_assignment"]
    with office.database.read_engine.connect() as connection:
        held = {table: connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY id").fetchall() for table in tables}
        roles = connection.exec_driver_sql("SELECT id, organization_id, code, name FROM core_role ORDER BY id")
        return {**held, "core_role": roles.fetchall()}


def installed_again(reopen, office, names):
    switch(reopen(office, names.name, start=False), names.name, on=True)
    again = reopen(office, names.name, start=False)
    again.upgrade()
    refresh_roles(again)
    return again.start()


def test_an_archive_is_put_back_and_everything_is_as_it_was(working, reopen, tmp_path):
    names, _package, office = working
    Store.of(office.configuration).keep(HOURS)  # the template was filled beside another folder
    before = everything(office, names)
    purge(reopen(office, names.name), names.name, tmp_path / "all.zip")
    for file in Path(Store.of(office.configuration).folder).rglob("*"):
        if file.is_file():
            file.unlink()
    again = installed_again(reopen, office, names)
    done = bring_back(again, tmp_path / "all.zip")
    assert done.tables == ((f"{names.name}_task", 2),)
    assert not done.taken
    assert everything(again, names) == before
    desk = desk_of(again)
    with desk.reading() as session:
        (attached,) = session.scalars(sa.select(Attachment)).all()
    assert Store.of(again.configuration).read(attached.digest) == HOURS
    assert verify(again).ok
    assert desk.execute(f"{names.name}.task.create", code="T3", title="Go on")["id"] == 3


def test_an_archive_is_not_mixed_with_rows_that_are_there(working, reopen, tmp_path):
    names, _package, office = working
    purge(reopen(office, names.name), names.name, tmp_path / "all.zip")
    again = installed_again(reopen, office, names)
    desk_of(again).execute(f"{names.name}.task.create", code="T1", title="Once more")
    with pytest.raises(Conflict):
        bring_back(again, tmp_path / "all.zip")
    assert owned(again, names.name).rows == 1
    assert verify(again).ok


def test_an_archive_of_other_tables_or_of_no_plugin_is_refused(working, reopen, tmp_path):
    names, package, office = working
    purge(reopen(office, names.name), names.name, tmp_path / "all.zip")
    with pytest.raises(NotFound, match="is not in use here"):
        bring_back(reopen(office), tmp_path / "all.zip")
    with second(names, package):
        again = installed_again(reopen, office, names)
        with pytest.raises(InvalidInput, match="other tables"):
            bring_back(again, tmp_path / "all.zip")
    (tmp_path / "none.zip").write_text("no archive")
    with pytest.raises(InvalidInput):
        bring_back(again, tmp_path / "none.zip")


@pytest.mark.parametrize("offices", ["sqlite"], indirect=True)
def test_the_command_shows_what_would_go_asks_for_the_name_and_removes_it(working, tmp_path):
    names, _package, office = working
    (tmp_path / "backoffice.toml").write_text(f'database = "{office.configuration.database}"\nplugins = []\n')
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BACKOFFICE_", "LC_", "LANG"))}

    def backoffice(*words):
        return subprocess.run(
            [*PROGRAM, *words], cwd=tmp_path, env={**kept, "COLUMNS": "200"}, capture_output=True, text=True,
            check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    listed = backoffice("plugin", "list")
    assert "Orphaned" in listed.stdout
    assert "Tables left: 1, rows: 2" in listed.stdout
    assert "Tables left: 1, rows: 2" in backoffice("doctor").stdout
    dry = backoffice("plugin", "purge", names.name, "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert f"{names.name}_task" in dry.stdout
    assert f"{names.name}_alembic_version" in dry.stdout
    asked = backoffice("plugin", "purge", names.name)
    assert (asked.returncode, "the name was not confirmed" in asked.stderr) == (2, True)
    assert owned(office, names.name).rows == 2
    done = backoffice("plugin", "purge", names.name, "--confirm", names.name)
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob(f"{names.name}-*.zip"))) == 1
    assert names.name not in backoffice("plugin", "list").stdout


# -- put aside while it runs -------------------------------------------------------------------------------------------


def test_a_plugin_put_aside_leaves_a_row_in_the_audit_log(working, reopen):
    names, _package, office = working
    here = reopen(office, names.name)
    here.manager.quarantine(names.name, "It kept failing.")
    here.manager.quarantine(names.name, "It kept failing.")
    told = noted(here, names.name)
    assert [(one["before"]["state"], one["after"]["state"], one["after"]["reason"]) for one in told] == [
        ("active", "quarantined", "It kept failing.")
    ]


def test_the_row_is_written_although_the_plugin_failed_inside_a_transaction(working, reopen):
    names, _package, office = working
    here = reopen(office, names.name)

    desk = desk_of(here)
    with here.database.system() as session, session.begin():
        session.execute(sa.update(PluginRow).values(version="1"))
        here.manager.quarantine(names.name, "It failed in the middle.")
    desk.execute("core.user.change", id=desk.get("core.user", "clerk").id, name="Somebody")
    assert [one["after"]["reason"] for one in noted(here, names.name)] == ["It failed in the middle."]


def test_the_console_shows_the_row_to_an_administrator(working, reopen):
    names, _package, office = working
    here = reopen(office, names.name)
    here.manager.quarantine(names.name, "It kept failing.")
    here.notes.close()
    page = Person(here).get("/audit").text
    assert f"Plugin · {names.name}: Quarantined" in page


@pytest.mark.parametrize("later", [True, False], ids=["later", "joining"])
def test_what_happens_while_a_plugin_is_put_aside_reaches_it_afterwards_once(fresh, offices, reopen, later):
    (teller, _package), (hearer, package) = fresh(), fresh()
    plugin = (package / "plugin.py").read_text()
    heard = f'On("{hearer.name}.task_finished"'
    listens = plugin.replace(heard, f'On("{teller.name}.task_finished"').replace("later=True", f"later={later}")
    assert listens.count(teller.name) == 1
    (package / "plugin.py").write_text(listens)
    (package / "events.py").write_text(COUNTING)
    office = offices.make(only=[teller.name, hearer.name])
    desk = desk_of(office)
    numbers = itertools.count(1)

    def finish(desk):
        made = desk.execute(f"{teller.name}.task.create", code=f"T{next(numbers)}", title="x")
        desk.execute(f"{teller.name}.finish_task", id=made["id"])

    finish(desk)
    Worker(office).run_until_idle()
    office.manager.quarantine(hearer.name, "It kept failing.")
    finish(desk)
    finish(desk)
    Worker(office).run_until_idle()
    with office.database.looking() as session:
        states = session.scalars(sa.select(Delivery.state).where(Delivery.plugin == hearer.name)).all()
    assert states.count("waiting") == 2
    again = reopen(office, teller.name, hearer.name)
    Worker(again).run_until_idle()
    heard = sorted(record.title for record in desk_of(again).list(f"{hearer.name}.task").records)
    assert heard == ["T1", "T2", "T3"]


LAST_WORDS = """

@hookimpl
def uninstall(session, purge):
    from pathlib import Path
    Path("{said}").write_text(str(purge))
"""

COUNTING = """
from .models import Task


def announce(session, event):
    session.add(Task(code=f"E{event.id}", title=event.facts["code"]))
"""
