"""Turn every error into words on the error stream and an exit code: what happened, why, what to do. No traceback."""

from __future__ import annotations

import os
import sys
import traceback

import click

from backoffice.core.errors import BackofficeError, ConfigurationError, NotFound, Unavailable
from backoffice.hookspecs import Label, messages

from .app import App

_ = messages("cli")

INTERRUPTED = 130
CLOSED_PIPE = 141


def explain(error: BaseException, app: App) -> int:
    """Say ``error`` and return the exit code that belongs to it."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    if isinstance(error, BrokenPipeError):
        return _closed_pipe()
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        app.note(_("Interrupted. What was committed stays; nothing is half-written."))
        return INTERRUPTED
    if isinstance(error, click.ClickException):
        error.show()
        return error.exit_code
    known = as_ours(error)
    if known is None:
        return _unexpected(error, app)
    write(known, app)
    if app.options.debug:
        traceback.print_exception(error)
    return known.exit_code


def as_ours(error: BaseException) -> BackofficeError | None:
    """Return ``error`` as one of our tree: it is one, or a file, a port or a package is the matter."""
    if isinstance(error, BackofficeError):
        return error
    if isinstance(error, ModuleNotFoundError) and (error.name or "").startswith("psycopg"):
        return ConfigurationError(
            _("The database is PostgreSQL, and its driver is not installed."),
            remedy=_("Run: {command}").with_values(command="pip install 'backoffice[postgres]'"),
        )
    if isinstance(error, OSError) and error.filename is not None:
        kind = NotFound if isinstance(error, FileNotFoundError) else Unavailable
        return kind(
            _("{path} cannot be used.").with_values(path=str(error.filename)),
            why=error.strerror or str(error),
            remedy=_("Check the path and its permissions."),
        )
    return None


def write(error: BackofficeError, app: App) -> None:
    """Say ``error`` on the error stream."""
    head = click.style(app.told(_("Error:")), fg="red", bold=True)
    click.echo(f"{head} {app.told(error.what)}", err=True, color=app.colour)
    for label, text in ((_("Why:"), error.why), (_("What to do:"), error.remedy)):
        if text:
            click.echo(f"  {app.told(label)} {_indented(app.told(text))}", err=True)
    for name, said in error.fields.items():
        click.echo(f"  {name}: {' '.join(app.told(one) for one in said)}", err=True)


def _indented(text: str) -> str:
    return text.replace("\n", "\n    ")


def _unexpected(error: BaseException, app: App) -> int:
    from .logs import write_down

    path = app.__dict__["configuration"].path if "configuration" in app.__dict__ else None
    log = write_down(error, sys.argv[1:], path.parent if path is not None else None)
    what = _("Something unexpected happened: {problem}.").with_values(problem=_one_line(error))
    where: Label | str = _("See {path}, or run it again with --debug.").with_values(path=str(log)) if log else ""
    write(BackofficeError(what, remedy=where or _("Run it again with --debug.")), app)
    if app.options.debug:
        traceback.print_exception(error)
    return BackofficeError.exit_code


def _one_line(error: BaseException) -> str:
    said = str(error).strip().splitlines()
    return f"{type(error).__name__}: {said[0]}" if said else type(error).__name__


def _closed_pipe() -> int:
    """End quietly when whoever read the output has gone, as ``| head`` does; the rest of the output goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    return CLOSED_PIPE
