"""The page of commands has every command with its arguments and options, and no other."""

import re
from pathlib import Path

import click
import pytest

from backoffice.core.cli.base import global_options
from backoffice.core.cli.root import COMMANDS, cli

pytestmark = pytest.mark.checkout

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reference" / "cli.md"
HEADING = re.compile(r"^### `backoffice (.+)`$", flags=re.MULTILINE)


def commands(group, path=(), parent=None):
    """Yield each command of ``group`` with its path and context."""
    context = click.Context(group, parent=parent, info_name=path[-1] if path else "backoffice")
    for name in COMMANDS if not path else group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name), context)
        else:
            yield (*path, name), command, click.Context(command, parent=context, info_name=name)


def written(path, command, context):
    """Return how the command is called, as the heading has it."""
    arguments = [p.make_metavar(context) for p in command.params if isinstance(p, click.Argument)]
    return " ".join([*path, *arguments])


def sections():
    parts = HEADING.split(PAGE.read_text("utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


EVERY = {written(*each): each[1] for each in commands(cli)}


def test_every_command_has_its_section_with_its_arguments():
    assert sorted(sections()) == sorted(EVERY)


@pytest.mark.parametrize("call", EVERY)
def test_every_option_of_a_command_is_explained(call):
    options = {o for p in EVERY[call].params if isinstance(p, click.Option) and not p.hidden for o in p.opts}
    table = re.findall(r"^\| (.+?) \| \S", sections()[call], flags=re.MULTILINE)
    documented = {word for cell in table for word in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", cell)}
    assert documented == options


def test_every_global_option_is_explained():
    text = PAGE.read_text("utf-8").partition("## Options for every command")[2].partition("\n## ")[0]
    wanted = {name for option in global_options() for name in option.opts if name.startswith("-")}
    assert set(re.findall(r"`(--?[a-z][a-z-]*)", text)) == {*wanted, "--version"}
