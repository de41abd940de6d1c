"""Commands, groups and options whose help is translated when it is shown, and the options every command takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from .app import ISOLATES, App
from .options import LANGUAGES, language_from


def _(text: str) -> str:
    """Mark ``text`` for translation; a label would import more than `--help` needs."""
    return text


NOTE = _("The options of backoffice itself, such as --config and --as, may stand here too.")
HELP = _("Show this message and end.")
HEADINGS = (_("Usage"), _("Options"), _("Commands"), _("Commands of plugins"), _("Arguments"))


def said(ctx: click.Context | None, text: str) -> str:
    """Return ``text``, one of this package's English sentences, in the person's language."""
    app = None if ctx is None else ctx.find_object(App)
    language = language_from() if app is None else app.language
    if language == "en" or not text:
        return text
    from backoffice.core.text import translate
    from backoffice.hookspecs import Label

    return translate(Label(text, "cli"), language).translate(ISOLATES)


class Formatter(click.HelpFormatter):
    """Writes help with headings in the person's language."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the line that says how the command is called."""
        super().write_usage(prog, args, f"{_here(HEADINGS[0])}: " if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        """Write a heading."""
        super().write_heading(_here(heading))


def _here(text: str) -> str:
    return said(click.get_current_context(silent=True), text)


class Context(click.Context):
    """A context that writes help our way."""

    formatter_class = Formatter


class Option(click.Option):
    """An option with translated help."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return how the option is written and what it does."""
        record = super().get_help_record(ctx)
        if record is None or not self.help:
            return record
        return record[0], record[1].replace(self.help, said(ctx, self.help), 1)


class Translated(click.Command):
    """A command whose help is translated when it is shown."""

    context_class = Context

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the command does."""
        if self.help:
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(said(ctx, self.help))

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the first sentence of what the command does."""
        return _here(self.help or "").split("\n")[0]

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the option that shows the help."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = said(ctx, HELP)
        return option


class Command(Translated):
    """A command that takes the global options as well."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        own = {name for param in self.params for name in (*param.opts, param.name)}
        self.params += [one for one in global_options(hidden=True) if not own & {*one.opts, one.name}]

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write that the global options may be given here."""
        formatter.write_paragraph()
        formatter.write_text(said(ctx, NOTE))


class Group(Translated, click.Group):
    """A group of such commands."""

    command_class = Command

    def __init__(self, *args: Any, **keywords: Any) -> None:
        keywords.setdefault("no_args_is_help", True)
        super().__init__(*args, **keywords)
        self.params += global_options(hidden=True)


def command(name: str, help: str, *, cls: type[click.Command] = Command, **settings: Any) -> Callable[[Any], Any]:
    """Return a decorator that makes a command called ``name`` of a function."""
    return click.command(name, cls=cls, help=help, **settings)


def option(*names: str, **settings: Any) -> Callable[[Any], Any]:
    """Return a decorator that adds an option."""
    return click.option(*names, cls=Option, **settings)


def format_option(*formats: str) -> Callable[[Any], Any]:
    """Return a decorator that adds ``--format`` with these formats; the first is the default."""
    return option(
        "--format", "shape", type=click.Choice(formats), default=formats[0], show_default=True,
        help=_("What to write."),
    )  # fmt: skip


def output_option() -> Callable[[Any], Any]:
    """Return a decorator that adds ``--output FILE``."""
    return option(
        "-o", "--output", type=click.Path(dir_okay=False), help=_("Write to this file instead of the terminal.")
    )


def global_options(hidden: bool = False) -> list[click.Parameter]:
    """Return the options that hold for every command; each is kept in the :class:`~.app.App` of the context."""

    def make(names: Sequence[str], text: str, **settings: Any) -> click.Option:
        return Option(list(names), help=text, hidden=hidden, expose_value=False, callback=_keep, **settings)

    return [
        make(["--config"], _("The configuration; by default backoffice.toml here, or BACKOFFICE_CONFIG."),
             metavar="PATH"),
        make(["--no-plugins"], _("Start with the built-in plugins alone."), is_flag=True, is_eager=True),
        make(["--trace-hooks"], _("Say on the error stream which hook of which plugin was called."), is_flag=True),
        make(["--organization"], _("Code of the organisation, where there are several."), metavar="CODE"),
        make(["--company"], _("Code of the company to work for."), metavar="CODE"),
        make(["--as", "user"], _("Act as this user, with their permissions; by default as the program itself."),
             metavar="USER"),
        make(["--language"], _("Answer in this language."), type=click.Choice(LANGUAGES), is_eager=True),
        make(["-v", "--verbose"], _("Say more on the error stream; twice says everything."), count=True),
        make(["--debug"], _("Show where an unexpected error comes from."), is_flag=True),
    ]  # fmt: skip


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Keep a global option that was given; one given after the command wins over one before it."""
    app = ctx.find_object(App)
    if value and app is not None and param.name is not None:
        setattr(app.options, param.name, value)
