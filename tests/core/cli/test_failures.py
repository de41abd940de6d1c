"""What goes wrong is said in words, ends with its own code, and leaves nothing half-written."""

import ctypes
import os
import signal
import time
from pathlib import Path

import pytest

from backoffice.core import errors
from backoffice.core.configuration import load_configuration


def refused(done, code, *words):
    """Check that a command ended with ``code`` and said each of ``words``, without a traceback."""
    assert done.code == code, done
    assert "Traceback" not in done.err + done.out
    for word in words:
        assert word in done.err
    return True


def test_a_missing_configuration(shell):
    assert refused(shell("--config", "nowhere.toml", "list"), 9, "nowhere.toml", "backoffice init")


def test_a_broken_configuration(shell):
    (shell.folder / "backoffice.toml").write_text("database = ")
    assert refused(shell("list"), 9, "backoffice.toml", "TOML")


def test_a_missing_database(shell):
    assert refused(shell("list"), 7, "backoffice.db", "backoffice init")
    assert not (shell.folder / "backoffice.db").exists()


def test_a_file_that_is_no_database(shell):
    shell.configure(database="sqlite:///books.db")
    (shell.folder / "books.db").write_text("This is no database, it is a letter to somebody.\n" * 40)
    done = shell("list")
    assert done.code in (1, 7)
    assert "not a database" in done.err


def test_a_server_that_is_not_there(shell):
    shell.configure(database="postgresql://nobody@127.0.0.1:1/nothing")
    assert refused(shell("list"), 7, "cannot")


def test_a_database_that_needs_a_migration(shell):
    import sqlite3

    shell.configure(database="sqlite:///books.db")
    sqlite3.connect(shell.folder / "books.db").close()
    assert refused(shell("list", "core.user"), 7, "backoffice db upgrade")


def bound_by_permissions():
    """Take from the machine's administrator what lets them write into read-only files, in the process to be started."""
    keep_to_permissions, drop = (1, 2), 24
    library = ctypes.CDLL(None, use_errno=True)
    for capability in keep_to_permissions:
        if library.prctl(drop, capability, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "the test cannot give up its rights")


@pytest.fixture
def read_only(quiet):
    """A shell whose database may be read and not written."""
    path = Path(load_configuration(quiet.folder / "backoffice.toml").database.removeprefix("sqlite:///"))
    path.chmod(0o444)
    quiet.bound = {"preexec_fn": bound_by_permissions} if os.geteuid() == 0 else {}
    yield quiet
    path.chmod(0o600)


def test_a_database_that_may_not_be_written(read_only):
    done = read_only.process("do", "core.branch.create", "--field", "code=a", "--field", "name=A", **read_only.bound)
    assert refused(done, 7, "permission")


def test_a_database_that_may_not_be_written_can_be_read(read_only):
    done = read_only.process("list", "core.user", **read_only.bound)
    assert done.code == 0, done.err


def test_an_unknown_resource_action_report_and_record(books):
    assert refused(books("list", "library.nothing"), 4, "library.nothing")
    assert refused(books("do", "library.nothing"), 4, "library.nothing")
    assert refused(books("report", "library.nothing"), 4, "library.nothing")
    assert refused(books("show", "library.author", "nobody"), 4, "nobody")


def test_broken_json(books):
    assert refused(books("do", "library.author.create", "--json", '{"code": '), 2, "JSON", "line 1")
    assert refused(books("do", "library.author.create", "--json", "[1]"), 2, "object")


def test_an_unknown_field_and_a_missing_one(books):
    done = books("do", "library.author.create", "--field", "cod=x")
    assert refused(done, 3, "cod: There is no such field.", "code: This is needed.")


def test_a_parameter_without_a_value(books):
    assert refused(books("report", "library.value", "--until"), 2, "--until")


def test_an_unknown_parameter_of_a_report(books):
    assert refused(books("report", "library.value", "--colour", "red"), 3, "colour")


def test_an_unknown_option_of_a_command(books):
    assert refused(books("list", "--colour"), 2, "--colour")


def test_someone_without_the_permission(books):
    assert refused(books("--as", "clerk", "list", "library.author"), 5, "library.author.read")


def test_an_unknown_user(books):
    assert refused(books("--as", "nobody", "list"), 4, "nobody")


def test_an_unknown_company(books):
    assert refused(books("--company", "nowhere", "list"), 4, "nowhere")


def test_an_unexpected_error_is_one_line_and_a_log(books):
    done = books("do", "library.crash")
    assert refused(done, 1, "RuntimeError", "backoffice.log")
    log = books.folder / "backoffice.log"
    assert "Traceback" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


def test_debug_shows_where_an_unexpected_error_comes_from(books):
    done = books("--debug", "do", "library.crash")
    assert done.code == 1
    assert "Traceback" in done.err


def test_the_log_goes_elsewhere_when_there_is_no_configuration(shell, monkeypatch):
    monkeypatch.setattr("backoffice.core.cli.app.App.configuration", property(lambda app: 1 / 0))
    assert refused(shell("list"), 1, "ZeroDivisionError", "state/backoffice/backoffice.log")


def test_errors_in_arabic(books):
    done = books("--language", "ar", "do", "library.author.create", "--field", "cod=x")
    assert done.code == 3
    assert "خطأ" in done.err
    assert "Error" not in done.err


@pytest.mark.parametrize("kind", [errors.RuleBroken, errors.Conflict, errors.Busy, errors.PluginProblem])
def test_every_error_ends_with_its_own_code(shell, monkeypatch, kind):
    def fail(app):
        raise kind("It did not work.", why="It could not.", remedy="Do something else.")

    monkeypatch.setattr("backoffice.core.cli.app.App.desk", fail)
    assert refused(shell("list"), kind.exit_code, "It did not work.", "It could not.", "Do something else.")


def test_a_closed_pipe_ends_quietly(books):
    read, write = os.pipe()
    os.close(read)
    done = books.start("list", stdout=write)
    os.close(write)
    _out, err = done.communicate(timeout=60)
    assert done.returncode == 141
    assert err == ""


def wait_until_it_waits(pid):
    """Return when a process that is loading has nothing more to do than to wait for input."""
    stat, before = Path(f"/proc/{pid}/stat"), None
    if not stat.exists():  # not Linux
        time.sleep(5)
        return
    for _ in range(120):
        time.sleep(0.5)
        state, *rest = stat.read_text().rpartition(")")[2].split()
        used = int(rest[10]) + int(rest[11])
        if state == "S" and used == before:
            return
        before = used
    raise AssertionError("it never waited")


def test_an_interrupt_ends_with_130(books):
    done = books.start("worker")
    done.stdout.readline()
    done.send_signal(signal.SIGINT)
    assert done.wait(30) == 0
    done.communicate()
    reading = books.start("do", "library.author.create", "--json", "-", stdin=-1)
    wait_until_it_waits(reading.pid)
    reading.send_signal(signal.SIGINT)
    _out, err = reading.communicate(timeout=30)
    assert reading.returncode == 130
    assert "Traceback" not in err
