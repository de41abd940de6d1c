"""What the doctor finds, each finding provoked."""

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest

from backoffice.core.clock import FixedClock, SystemClock
from backoffice.core.configuration import Configuration
from backoffice.core.maintenance import checks
from backoffice.core.maintenance.integrity import problems
from backoffice.core.testing.offices import NOON, desk_of


@pytest.fixture
def office(offices):
    return offices.make(only=[])


def found(office):
    return {finding.name: finding for finding in checks.findings(office)}


def test_a_sound_office_has_no_errors(office):
    office.clock = SystemClock()
    assert [finding for finding in checks.findings(office) if finding.state == "error"] == []


def test_an_old_sqlite_is_a_warning():
    assert checks._sqlite_version((3, 51, 2))[0] == "warning"
    assert checks._sqlite_version((3, 51, 3)) == checks.OK


def test_tables_that_are_behind_are_an_error(office):
    with office.database.system() as session, session.begin():
        session.connection().exec_driver_sql("DELETE FROM core_guard")
    assert "core" in str(found(office)["core.migrations"].said.values["names"])


def test_a_clock_behind_the_audit_log_is_an_error(office):
    desk_of(office).execute("core.branch.create", code="a", name="A")
    office.clock = FixedClock(NOON - timedelta(hours=1))
    assert found(office)["core.clock"].state == "error"


@pytest.mark.parametrize(("free", "state"), [(5e9, "ok"), (5e8, "warning"), (5e7, "error")])
def test_little_room_is_said_before_it_runs_out(monkeypatch, tmp_path, free, state):
    usage = type("Usage", (), {"free": int(free)})
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda folder: usage)
    assert checks._space(tmp_path, 0)[0] == state


def test_room_for_the_database_once_more_is_asked_for(monkeypatch, tmp_path):
    usage = type("Usage", (), {"free": 3_000_000_000})
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda folder: usage)
    assert checks._space(tmp_path, 2_000_000_000)[0] == "warning"


def test_a_database_everyone_can_read_is_a_warning(tmp_path):
    path = tmp_path / "books.db"
    path.touch(0o644)
    assert checks._writable(path)[0] == "warning"
    path.chmod(0o600)
    assert checks._writable(path) == checks.OK


def test_secrets_others_can_read_are_an_error(tmp_path):
    key = tmp_path / "backoffice.key"
    key.write_text("k" * 48)
    configuration = Configuration(secret_key="k" * 48, folder=tmp_path)
    key.chmod(0o640)
    assert checks._secrets(configuration)[0] == "error"
    key.chmod(0o600)
    assert checks._secrets(configuration) == checks.OK
    assert checks._secrets(replace(configuration, secret_key=""))[0] == "warning"


def test_a_check_that_fails_is_a_finding_and_hides_no_other(office, monkeypatch):
    from backoffice.hookspecs import Check, hookimpl

    module = ModuleType("fixture_health")
    module.health = hookimpl(lambda office: [Check("x.broken", lambda: 1 / 0), Check("x.fine", lambda: ("ok", ""))])
    monkeypatch.setitem(sys.modules, "fixture_health", module)
    office.manager._pluggy.register(module, "x")
    findings = found(office)
    assert findings["x.broken"].state == "error"
    assert findings["x.fine"].state == "ok"


def test_without_a_database_only_what_can_be_known_is_checked(tmp_path):
    from backoffice.core.office import Backoffice

    office = Backoffice(Configuration(database=f"sqlite:///{tmp_path}/nowhere.db", folder=tmp_path), no_plugins=True)
    names = [finding.name for finding in checks.findings(office)]
    assert names[0] == "core.database"
    assert "core.migrations" not in names
    assert not Path(f"{tmp_path}/nowhere.db").exists()


def test_a_sound_database_has_no_problems(office):
    assert list(problems(office)) == []


def test_a_missing_column_is_a_problem(office):
    with office.database.write_engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE core_sign_in RENAME COLUMN outcome TO result")
    assert any("outcome" in str(problem.values) for problem in problems(office))


def test_a_database_can_be_looked_at_while_somebody_still_holds_a_session_that_ended(office):
    before = list(problems(office))
    with desk_of(office).reading() as session:
        session.connection()
    assert list(problems(office)) == before
    assert session is not None
