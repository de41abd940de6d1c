"""The command itself: what there is, where it lies, and the options that hold for all of it.

Nothing heavier than click is imported here. A command's module is imported when the command is run, a plugin's group
of commands likewise: their names and one line about each come from this table and from the wheels' metadata.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from .app import App
from .base import Option, Translated, global_options, said
from .plugged import plugged_commands

PROGRAM = "backoffice"
COMPLETION = "_BACKOFFICE_COMPLETE"
"""Set by a shell that asks how a word goes on."""


def _(text: str) -> str:
    """Mark ``text`` for translation; a label would import more than `--help` needs."""
    return text


COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("setup:init", _("Make a working organisation: configuration, database, first user.")),
    "demo": ("demo:demo", _("Fill an organisation with real orders and show it.")),
    "serve": ("serving:serve", _("Serve the console and REST, with the worker in the same process.")),
    "worker": ("serving:worker", _("Run jobs and deliver events without serving pages.")),
    "doctor": ("doctor:doctor", _("Check the installation and say what to do.")),
    "db": ("database:db", _("Upgrade, back up, restore and check the database.")),
    "plugin": ("plugins:plugin", _("See which plugins are loaded, switch them on and off, write and judge them.")),
    "user": ("people:user", _("Manage the people who sign in, their roles and tokens.")),
    "secrets": ("secrets:secrets", _("Look after the keys that seal secrets in the database.")),
    "settings": ("settings:settings", _("Read and change the settings of plugins.")),
    "list": ("records:list_", _("List the records of a resource.")),
    "show": ("records:show", _("Show one record.")),
    "do": ("doing:do", _("Execute an action, once or for each line of a file.")),
    "report": ("reports:report", _("Answer a report.")),
    "document": ("documents:document", _("Make a document of a record, such as an invoice.")),
    "attachment": ("attachments:attachment", _("Add files to records, list, fetch and remove them.")),
    "person": ("persons:person", _("See everything that is kept about a person, hand it over, erase it.")),
    "mail": ("mailing:mail", _("Try whether mail goes out, and see what waits and what was sent.")),
    "import": ("exchanging:import_", _("Load records from a CSV or XLSX file.")),
    "export": ("exchanging:export", _("Write the records of a resource to CSV or XLSX.")),
    "audit": ("auditing:audit", _("See who changed what, and when.")),
    "job": ("jobs:job", _("See jobs, run failed ones again or give them up.")),
    "event": ("jobs:event", _("See what happened, and hand past events to a plugin.")),
}
"""Name → module and attribute below ``core.cli``, and what it does."""


class Root(Translated, click.Group):
    """The group that imports a command when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the core's commands in their order, then those of plugins by name."""
        return [*COMMANDS, *(name for name in self._plugged(ctx) if name not in COMMANDS)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command called ``cmd_name``; the core's own win over a plugin's of the same name."""
        if cmd_name in COMMANDS:
            return _load(COMMANDS[cmd_name][0])
        offered = self._plugged(ctx).get(cmd_name)
        return None if offered is None else offered.load(ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command named first in ``args``; a name that is not known is answered with the nearest."""
        name = args[0]
        if not name.startswith("-") and name not in self.list_commands(ctx):
            raise click.exceptions.NoSuchCommand(name, possibilities=self.list_commands(ctx), ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the lists of commands without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, said(ctx, text)) for name, (_place, text) in COMMANDS.items()])
        offered = {name: one for name, one in self._plugged(ctx).items() if name not in COMMANDS}
        if offered:
            with formatter.section("Commands of plugins"):
                formatter.write_dl([(name, one.summary) for name, one in offered.items()])

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Give the context an :class:`App` unless the caller brought one, and our headings."""
        extra.setdefault("obj", App())
        return super().make_context(info_name, args, parent, **extra)

    def _plugged(self, ctx: click.Context) -> Any:
        app = ctx.find_object(App)
        return {} if app is not None and app.options.no_plugins else plugged_commands()


def _load(place: str) -> click.Command:
    from importlib import import_module

    module, _colon, name = place.partition(":")
    command: click.Command = getattr(import_module(f"{__package__}.commands.{module}"), name)
    return command


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"{PROGRAM} {version('backoffice')}")
        ctx.exit()


cli = Root(
    PROGRAM,
    help=_("A back office that an organisation puts together from plugins."),
    params=[
        *global_options(),
        Option(
            ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_version,
            help=_("Print the version and end."),
        ),
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    no_args_is_help=True,
    subcommand_metavar="COMMAND …",
)  # fmt: skip
"""The click command."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line ``arguments``, by default the process's own, and return the exit code.

    Errors are said on the error stream in the person's language: what happened, why, and what to do.
    """
    app = App()
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        if os.environ.get(COMPLETION):
            cli.main(words, PROGRAM)
        with cli.make_context(PROGRAM, words, obj=app) as context:
            cli.invoke(context)
        return 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except BaseException as error:
        from .failures import explain

        return explain(error, app)
    finally:
        app.close()
