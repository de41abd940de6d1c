"""`backoffice init`: from an empty folder to an organisation that works."""

import json
import re
import stat
import tomllib

import pytest
import sqlalchemy as sa

from backoffice.core.users.models import User
from backoffice.core.users.sign_in import sign_in


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def password_in(text):
    return re.search(r"Password, shown this once: (\S+)", text)[1]


@pytest.fixture
def alone(shell, monkeypatch):
    """A shell that loads the built-in plugins alone."""
    monkeypatch.setenv("BACKOFFICE_DISABLED", "parties,accounting")
    shell.environment["BACKOFFICE_DISABLED"] = "parties,accounting"
    return shell


def test_an_empty_folder_becomes_an_organisation(alone):
    done = alone("init", "--no-input", "--name", "Acme & Sons", "--country", "GB")
    assert done.code == 0, done.err
    companies = json.loads(alone("list", "core.company", "--format", "json").out)
    assert [(one["name"], one["currency"], one["zone"]) for one in companies] == [
        ("Acme & Sons", "GBP", "Europe/London")
    ]


def test_the_password_that_was_made_up_signs_in(alone):
    said = alone("init", "--no-input").out
    office = alone.office()
    assert sign_in(office.database, username="admin", password=password_in(said)).token
    office.close()


def test_the_first_user_may_do_everything(alone):
    alone("init", "--no-input", "--admin", "amal")
    assert alone("--as", "amal", "list", "core.role").code == 0


def test_the_key_and_the_database_are_for_their_owner_alone(alone):
    alone("init", "--no-input")
    assert mode(alone.folder / "backoffice.key") == 0o600
    assert mode(alone.folder / "backoffice.db") == 0o600


def test_an_existing_configuration_is_not_overwritten(alone):
    alone.configure(database="sqlite:///books.db", base_url="https://office.example.com")
    before = (alone.folder / "backoffice.toml").read_text()
    assert alone("init", "--no-input").code == 0
    assert (alone.folder / "backoffice.toml").read_text() == before
    assert (alone.folder / "books.db").exists()


def test_an_installation_that_works_is_left_as_it_is(alone):
    alone("init", "--no-input", "--name", "Acme")
    before = (alone.folder / "backoffice.key").read_text()
    again = alone("init", "--no-input", "--name", "Other")
    assert again.code == 0
    assert "Acme works already" in again.out
    assert "Password" not in again.out
    assert (alone.folder / "backoffice.key").read_text() == before


def test_what_was_begun_is_brought_to_its_end(alone, monkeypatch):
    from backoffice.core.maintenance import founding

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(founding, "found", interrupted)
    assert alone("init", "--no-input").code == 130
    monkeypatch.undo()
    monkeypatch.chdir(alone.folder)
    monkeypatch.setenv("BACKOFFICE_DISABLED", "parties,accounting")
    done = alone("init", "--no-input")
    assert done.code == 0
    assert password_in(done.out)


def test_everything_wrong_is_said_before_anything_is_written(alone):
    done = alone("init", "--no-input", "--currency", "XXY", "--country", "QQ", "--password", "short", "--admin", "a@b")
    assert done.code == 3
    assert [name for name in ("currency", "country", "password", "admin") if f"  {name}: " not in done.err] == []
    assert list(alone.folder.iterdir()) == []


def test_another_database_than_the_configuration_s_is_refused(alone):
    alone("init", "--no-input")
    done = alone("init", "--no-input", "--database", "sqlite:///other.db")
    assert done.code == 6
    assert not (alone.folder / "other.db").exists()


def test_a_server_that_is_not_there_leaves_no_configuration(alone):
    done = alone("init", "--no-input", "--database", "postgresql://nobody@127.0.0.1:1/nothing")
    assert done.code == 7
    assert list(alone.folder.iterdir()) == []


def test_nobody_to_ask(alone):
    done = alone("init")
    assert done.code == 2
    assert "--no-input" in done.err


def test_the_questions_are_asked_where_there_is_a_terminal(alone, monkeypatch):
    asked = []
    answers = iter(["Acme", "SA", "SAR", "amal", ""])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.prompt", lambda text, **more: asked.append(text) or next(answers))
    assert alone("init", "--database", "sqlite:///here.db").code == 0
    assert len(asked) == 5
    assert json.loads(alone("list", "core.company", "--format", "json").out)[0]["currency"] == "SAR"


def test_an_organisation_in_arabic(alone):
    done = alone("init", "--no-input", "--name", "شركة النور", "--country", "SA", "--language", "ar")
    assert done.code == 0, done.err
    office = alone.office()
    with office.database.looking() as session:
        assert session.scalar(sa.select(User.language)) == "ar"
    office.close()
    assert not re.search("[\u2066-\u2069]", done.out)


def test_a_name_that_toml_would_misread_is_written_safely(alone):
    name = 'sqlite:///a "quoted" näme.db'
    assert alone("init", "--no-input", "--database", name).code == 0
    assert tomllib.loads((alone.folder / "backoffice.toml").read_text("utf-8"))["database"] == name


@pytest.mark.postgresql
def test_an_organisation_on_postgresql(alone, postgresql_server):
    address = postgresql_server.create_database()
    done = alone("init", "--no-input", "--database", address)
    assert done.code == 0, done.err
    assert alone("list", "core.user").code == 0
    postgresql_server.drop_database(address)
