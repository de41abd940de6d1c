"""A start in production is refused for each setting that is unsafe, all named at once, each with what to do."""

from dataclasses import replace

import pytest

from backoffice.core.configuration import Configuration, load_configuration, unsafe_settings
from backoffice.core.errors import ConfigurationError, UnsafeSetting
from backoffice.core.maintenance.checks import configuration_checks
from backoffice.core.text import translate

SAFE = Configuration(
    environment="production",
    secret_key="vJ3x9-quite-random-Kw72-characters-zQ",
    base_url="https://office.example.com",
    hosts=("office.example.com",),
    database="postgresql://backoffice@db/backoffice",
)


def test_safe_settings_start():
    SAFE.check_production({})
    assert unsafe_settings(SAFE, {}) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("secret_key", ""),
        ("secret_key", "short"),
        ("secret_key", "thisISmySCRETkey"),
        ("secret_key", "a" * 64),
        ("base_url", ""),
        ("base_url", "http://office.example.com"),
        ("base_url", "https://"),
        ("hosts", ()),
        ("hosts", ("*",)),
        ("hosts", ("office.example.com", "*.example.com")),
        ("hosts", (".example.com",)),
        ("trusted_proxies", ("0.0.0.0/0",)),
        ("trusted_proxies", ("10.0.0.5", "::/0")),
        ("requests_per_minute", 0),
        ("failures_per_name", 0),
        ("failures_per_name", 100_000),
        ("failures_per_address", 0),
    ],
)
def test_each_unsafe_setting_stops_the_start(name, value):
    with pytest.raises(UnsafeSetting) as refused:
        replace(SAFE, **{name: value}).check_production({})
    assert list(refused.value.fields) == [name]
    assert refused.value.fields[name][0]


@pytest.mark.parametrize("mode", [0o644, 0o602, 0o606])
def test_a_database_that_everybody_can_open_stops_the_start(tmp_path, mode):
    path = tmp_path / "books.db"
    path.touch()
    configuration = replace(SAFE, database=f"sqlite:///{path}")
    path.chmod(0o640)
    assert unsafe_settings(configuration, {}) == {}
    path.chmod(mode)
    assert f"chmod o-rwx {path}" in unsafe_settings(configuration, {})["database"].filled()


@pytest.mark.parametrize("name", ["backoffice.key", "backoffice-secrets.key"])
def test_a_key_that_others_can_read_stops_the_start(tmp_path, name):
    path = tmp_path / name
    path.touch(0o600)
    assert unsafe_settings(replace(SAFE, folder=tmp_path), {}) == {}
    path.chmod(0o640)
    assert list(unsafe_settings(replace(SAFE, folder=tmp_path), {})) == [name]


def test_a_debugger_stops_the_start():
    assert list(unsafe_settings(SAFE, {"FLASK_DEBUG": "1"})) == ["FLASK_DEBUG"]
    assert unsafe_settings(SAFE, {"FLASK_DEBUG": "0"}) == {}


def test_everything_unsafe_is_named_at_once():
    with pytest.raises(UnsafeSetting) as refused:
        Configuration(environment="production").check_production({})
    assert list(refused.value.fields) == ["secret_key", "base_url", "hosts"]


def test_while_developing_nothing_is_refused():
    Configuration(requests_per_minute=0).check_production({"FLASK_DEBUG": "1"})


def test_the_doctor_says_the_same_without_a_start(monkeypatch):
    monkeypatch.delenv("FLASK_DEBUG", raising=False)
    [check] = [c for c in configuration_checks(replace(SAFE, hosts=("*",))) if c.name == "core.production"]
    state, said = check.run()
    assert state == "error"
    assert "without *" in translate(said, "en")


def test_numbers_and_lists_may_stand_in_the_environment(tmp_path):
    path = tmp_path / "backoffice.toml"
    path.write_text("requests_per_minute = 600\n")
    environ = {"BACKOFFICE_FAILURES_PER_NAME": "3", "BACKOFFICE_TRUSTED_PROXIES": "10.0.0.5, 10.1.0.0/16"}
    found = load_configuration(path, environ)
    assert (found.requests_per_minute, found.failures_per_name) == (600, 3)
    assert found.trusted_proxies == ("10.0.0.5", "10.1.0.0/16")
    with pytest.raises(ConfigurationError, match="lockout_minutes"):
        load_configuration(path, {"BACKOFFICE_LOCKOUT_MINUTES": "soon"})
