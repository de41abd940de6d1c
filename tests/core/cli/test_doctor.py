"""`backoffice doctor`: what it finds, and that it works where nothing else does."""

import json


def found(shell, *words):
    done = shell("doctor", "--format", "json", *words)
    return done.code, {one["name"]: one for one in json.loads(done.out)}


def test_a_sound_installation_has_no_errors(quiet):
    code, findings = found(quiet)
    errors = {name: one["said"] for name, one in findings.items() if one["state"] == "error"}
    assert (code, errors) == (0, {})


def test_findings_are_said_in_words(quiet):
    done = quiet("doctor")
    assert "Tables" in done.out
    assert "0 errors" in done.out


def test_a_missing_database(shell):
    shell.configure(database="sqlite:///nowhere.db", plugins=[])
    code, findings = found(shell)
    assert code == 1
    assert findings["core.database"]["state"] == "error"
    assert "backoffice init" in findings["core.database"]["said"]


def test_tables_that_are_behind(shell):
    import sqlite3

    shell.configure(database="sqlite:///empty.db", plugins=[])
    sqlite3.connect(shell.folder / "empty.db").close()
    code, findings = found(shell)
    assert code == 1
    assert "backoffice db upgrade" in findings["core.migrations"]["said"]


def test_a_key_others_can_read(quiet):
    key = quiet.folder / "backoffice.key"
    key.write_text("x" * 40)
    key.chmod(0o644)
    code, findings = found(quiet)
    assert code == 1
    assert "chmod 600" in findings["core.secrets"]["said"]


def test_unsafe_settings_in_production(quiet):
    quiet.add('environment = "production"')
    code, findings = found(quiet)
    assert code == 1
    assert findings["core.production"]["state"] == "error"


def test_a_required_plugin_that_is_missing_does_not_stop_the_doctor(quiet):
    quiet.add('required = ["ledger"]')
    code, _findings = found(quiet)
    assert code == 1


def test_checks_of_plugins_are_asked(quiet):
    _code, findings = found(quiet)
    assert any(one["plugin"] == "worker" for one in findings.values())
