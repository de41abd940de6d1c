"""`backoffice --help`: quick, complete, and without loading what it lists."""

import json
import os
import resource
import subprocess
import sys
from textwrap import dedent

import pytest

from backoffice.core.cli.root import COMMANDS, cli

HEAVY = ("sqlalchemy", "flask", "marshmallow", "alembic", "babel", "structlog", "werkzeug", "jinja2", "rich")


def python(code, **environment):
    """Run ``code`` in a process of its own and return what it wrote."""
    return subprocess.run(
        [sys.executable, "-c", dedent(code)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def imported_by(*words):
    """Return the modules a command has imported when it ends."""
    code = f"""
        import json, sys
        from backoffice.core.cli import run
        sys.stdout = open("/dev/null", "w")
        run({list(words)!r})
        sys.__stdout__.write(json.dumps(sorted(sys.modules)))
    """
    return set(json.loads(python(code)))


@pytest.mark.parametrize("words", [["--help"], ["--version"]])
def test_help_imports_nothing_heavy(words):
    assert not imported_by(*words) & set(HEAVY)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_imports_nothing_heavy(name):
    assert not imported_by(name, "--help") & set(HEAVY)


def test_help_takes_no_longer_than_what_it_stands_on():
    floor = """
        import pluggy, click, importlib_metadata
        for distribution in importlib_metadata.distributions():
            distribution.read_text("entry_points.txt")
    """
    help_ = "from backoffice.core.cli import run; run(['--help'])"
    # The least of several runs, in time of the processor: whatever else the machine does only ever adds.
    floors, helps = zip(*[(seconds(floor), seconds(help_)) for _run in range(9)], strict=True)
    assert min(helps) < 1.3 * min(floors)


def seconds(code):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    python(code)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def test_help_lists_every_command(shell):
    said = shell("--help").out
    assert [name for name in COMMANDS if f"\n  {name} " not in said] == []


def test_every_command_can_be_loaded():
    with cli.make_context("backoffice", ["list"]) as context:
        assert [name for name in COMMANDS if cli.get_command(context, name).name != name] == []


def test_an_unknown_command_is_answered_with_the_nearest(shell):
    done = shell("exprot")
    assert done.code == 2
    assert "export" in done.err


def test_the_version_is_that_of_the_distribution(shell):
    assert shell("--version").out.startswith("backoffice 0.")


def test_help_in_arabic(shell):
    said = shell("--language", "ar", "--help").out
    assert "لوحة التحكم" in said
    assert "Usage" not in said


def test_the_language_of_the_terminal_is_used(shell, monkeypatch):
    monkeypatch.setenv("LANG", "ar_SA.UTF-8")
    assert "Usage" not in shell("list", "--help").out


@pytest.fixture
def plugged(tmp_path):
    """A distribution that brings a group of commands, and one whose commands cannot be imported."""
    for name, code in {
        "fleet": "import click\n\n@click.group()\ndef commands():\n    pass\n\n"
        "@commands.command()\n@click.pass_obj\ndef hello(app):\n    app.say('Hello from the fleet.')\n",
        "broken": "import nothing_of_that_name\n",
    }.items():
        info = tmp_path / f"backoffice_{name}-1.0.dist-info"
        info.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: backoffice-{name}\nSummary: All about {name}\n\nX"
        (info / "METADATA").write_text(metadata)
        (info / "entry_points.txt").write_text(f"[backoffice.commands]\n{name} = fixture_{name}_cli:commands\n")
        (tmp_path / f"fixture_{name}_cli.py").write_text(code)
    return tmp_path


def test_commands_of_plugins_are_listed_by_their_summary_without_being_imported(shell, plugged):
    shell.environment["PYTHONPATH"] = str(plugged)
    said = shell.process("--help")
    assert said.code == 0
    assert "fleet" in said.out
    assert "All about fleet" in said.out
    assert "All about broken" in said.out


def test_a_command_of_a_plugin_runs_with_the_app(shell, plugged):
    shell.environment["PYTHONPATH"] = str(plugged)
    assert shell.process("fleet", "hello").out == "Hello from the fleet.\n"


def test_commands_that_cannot_be_imported_say_so(shell, plugged):
    shell.environment["PYTHONPATH"] = str(plugged)
    done = shell.process("broken")
    assert done.code == 8
    assert "nothing_of_that_name" in done.err
    assert "pip install --upgrade backoffice-broken" in done.err
    assert "Traceback" not in done.err


def test_without_plugins_their_commands_are_not_there(shell, plugged):
    shell.environment["PYTHONPATH"] = str(plugged)
    assert "fleet" not in shell.process("--no-plugins", "--help").out
    assert shell.process("--no-plugins", "fleet").code == 2
