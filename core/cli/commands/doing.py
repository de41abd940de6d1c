"""`backoffice do`: execute an action, once, or for each line of a file, resumable by the keys of the lines."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from backoffice.core.cli.app import App
from backoffice.core.cli.base import command, format_option, option
from backoffice.core.errors import BackofficeError, InvalidInput, MalformedRequest
from backoffice.hookspecs import Column, Field, Row, Table, messages

from .records import pair
from .reports import OpenCommand, described

if TYPE_CHECKING:
    from backoffice.core.office import Desk

_ = messages("cli")

KEY = "key"


@command(
    "do",
    _("Execute an action; without a name, list the actions there are. --help after the name explains its fields."),
    cls=OpenCommand,
)
@click.argument("action", required=False)
@option("--json", "document", metavar="JSON", help=_("The arguments as a JSON object; - reads it from standard input."))
@option("--field", "fields", multiple=True, metavar="NAME=VALUE", help=_("One argument; may be given many times."))
@option(
    "--file",
    "file",
    metavar="FILE",
    help=_('A file with a JSON object on each line, each with its own "key" if it has one; - is standard input.'),
)
@option(
    "--per-transaction",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help=_("How many lines are committed together."),
)
@option(
    "--key",
    default="",
    help=_(
        "Do it once: the same key and arguments give the first answer again. With --file, the beginning of the "
        "keys of lines that have none."
    ),
)
@format_option("json", "table")
@click.pass_context
def do(
    ctx: click.Context, action: str | None, document: str | None, fields: Sequence[str], file: str | None,
    per_transaction: int, key: str, shape: str, wants_help: bool,
) -> None:  # fmt: skip
    app: App = ctx.obj
    if wants_help and action is None:
        app.say(ctx.get_help())
        return
    desk = app.desk()
    if action is None or wants_help:
        _explain(app, desk, action, shape)
    elif file is not None:
        if document is not None or fields:
            raise MalformedRequest(_("--file cannot be combined with --json or --field."))
        _do_many(app, desk, action, file, per_transaction, key)
    else:
        answer = desk.execute(action, arguments(desk.verb(action).fields, document, fields), key=key)
        _answer(app, answer, shape)


def _explain(app: App, desk: Desk, action: str | None, shape: str) -> None:
    from backoffice.core.cli.output import write_table

    if action is not None:
        verb = desk.verb(action)
        app.say(verb.label)
        write_table(app, described(verb.fields), "table")
        return
    columns = [Column("name", _("Action")), Column("label", _("What"))]
    write_table(app, Table(columns, [Row(row) for row in _actions(desk)]), "table")


def _actions(desk: Desk) -> list[tuple[str, str]]:
    from backoffice.core.office import verbs

    registry = desk.office.registry
    generated = [
        verbs.generated(resource, name)
        for resource in registry.resources.values()
        for name in verbs.GENERATED
        if name in resource.operations
    ]
    declared = [verbs.find(registry, name) for name in registry.actions]
    return sorted((verb.name, verb.label) for verb in (*declared, *generated) if desk.may(verb.permission))


def _answer(app: App, answer: Any, shape: str) -> None:
    from backoffice.core.cli.output import as_json, write_table

    if shape == "json" or not isinstance(answer, Mapping):
        app.say(as_json(answer))
        return
    columns = [Column("name", _("Field")), Column("value", _("Value"))]
    write_table(app, Table(columns, [Row((str(name), value)) for name, value in answer.items()]), "table")


# -- arguments -------------------------------------------------------------------------------------------------------


def arguments(known: Sequence[Field], document: str | None, pairs: Sequence[str]) -> dict[str, Any]:
    """Return the arguments written as a JSON object and as ``name=value`` pairs; a pair wins.

    Raises :class:`~backoffice.core.errors.MalformedRequest` when the JSON cannot be read.
    """
    from backoffice.core.schemas import public_name

    by_name = {public_name(one): one for one in known} | {one.name: one for one in known}
    found = {} if document is None else parse_object(sys.stdin.read() if document == "-" else document)
    written: dict[str, Any] = {}
    for name, value in map(pair, pairs):
        _put(written, name, value, by_name)
    return {**found, **written}


def _put(found: dict[str, Any], name: str, text: str, known: Mapping[str, Field]) -> None:
    """Put one ``name=value``: JSON for a value with a shape of its own, a list for a field of many, else text."""
    outer, dot, inner = name.partition(".")
    described = known.get(outer)
    if dot and described is not None and described.fields and not described.many:
        _put(found.setdefault(outer, {}), inner, text, {one.name: one for one in described.fields})
    elif described is not None and described.kind == "data":
        found[name] = _json_or_text(text)
    elif described is not None and described.many:
        found.setdefault(name, []).append(text)
    else:
        found[name] = None if text == "" and described is not None and not described.required else text


def _json_or_text(text: str) -> Any:
    from backoffice.core.exchange.reading import parse_json

    try:
        return parse_json(text)
    except ValueError:
        return text


def parse_object(text: str, line: int | None = None) -> dict[str, Any]:
    """Return the JSON object in ``text``, which stands in ``line`` of a file; numbers with a point are read exactly.

    Raises :class:`~backoffice.core.errors.MalformedRequest`.
    """
    from backoffice.core.exchange.reading import parse_json

    what = _("The JSON cannot be read.") if line is None else _("Line {line} cannot be read.").with_values(line=line)
    remedy = _('Write an object such as {"name": "value"}, on the command line within single quotes.')
    try:
        found = parse_json(text)
    except ValueError as error:
        raise MalformedRequest(what, why=str(error), remedy=remedy) from error
    if not isinstance(found, dict):
        raise MalformedRequest(what, why=_("It is JSON, but not an object with named values."), remedy=remedy)
    return found


# -- a file of many --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Chunk:
    """Lines that are committed together: all with a key, or none."""

    lines: list[int] = field(default_factory=list)
    values: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def takes(self, key: str) -> bool:
        return not self.lines or (bool(key) == bool(self.keys) and key not in self.keys)

    def add(self, line: int, values: dict[str, Any], key: str) -> None:
        self.lines.append(line)
        self.values.append(values)
        self.keys += [key] if key else []


def _do_many(app: App, desk: Desk, action: str, file: str, per_transaction: int, prefix: str) -> None:
    from backoffice.core.cli.progress import progress

    verb = desk.verb(action)
    desk.require(verb.permission)
    done = 0
    with _opened(file) as lines, progress(app, verb.label, _count(file)) as show:
        for chunk in _chunks(lines, per_transaction, prefix):
            try:
                desk.execute_many(action, chunk.values, per_transaction=per_transaction, keys_=chunk.keys)
            except BackofficeError as error:
                raise _at(error, chunk, done) from error
            done += len(chunk.lines)
            show(done)
    app.say(_("{count} line is done.").counted("{count} lines are done.", done))


def _opened(file: str) -> IO[str]:
    return click.open_file(file, encoding="utf-8-sig")


def _count(file: str) -> int | None:
    """Return how many lines there are to do, or nothing when the file can be read but once."""
    if file == "-" or not Path(file).is_file():
        return None
    with Path(file).open("rb") as lines:
        return sum(1 for line in lines if line.strip())


def _chunks(lines: Iterator[str] | IO[str], most: int, prefix: str) -> Iterator[_Chunk]:
    chunk = _Chunk()
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        values = parse_object(text, number)
        key = _key_of(values, prefix, number)
        if not chunk.takes(key):
            yield chunk
            chunk = _Chunk()
        chunk.add(number, values, key)
        if len(chunk.lines) == most:
            yield chunk
            chunk = _Chunk()
    if chunk.lines:
        yield chunk


def _key_of(values: dict[str, Any], prefix: str, number: int) -> str:
    own = values.pop(KEY, None)
    if own is not None and not isinstance(own, str):
        raise InvalidInput(_("The key in line {line} is not text.").with_values(line=number))
    return own or (f"{prefix}/{number}" if prefix else "")


def _at(error: BackofficeError, chunk: _Chunk, done: int) -> BackofficeError:
    """Return ``error`` with the line it comes from, and what is done and what is not."""
    index = error.details.get("index")
    first, last = chunk.lines[0], chunk.lines[-1]
    if isinstance(index, int) or first == last:
        line = chunk.lines[index] if isinstance(index, int) else first
        where = _("Line {line}: {what}").with_values(line=line, what=error.what)
    else:
        where = _("Lines {first} to {last}: {what}").with_values(first=first, last=last, what=error.what)
    remedy = _(
        "{remedy} {done} lines are done, nothing from line {first} on. After correcting it run the same command "
        "again; lines with a key are not done twice."
    ).with_values(remedy=error.remedy, done=done, first=first)
    return type(error)(where, why=error.why, remedy=remedy, fields=error.fields)
