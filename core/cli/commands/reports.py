"""`backoffice report`: a report as a table, as JSON, CSV or XLSX; its parameters are options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from backoffice.core.cli.app import App
from backoffice.core.cli.base import Command, command, format_option, option, output_option
from backoffice.core.errors import MalformedRequest
from backoffice.hookspecs import Column, Field, Row, Table, messages

if TYPE_CHECKING:
    from backoffice.core.office import Desk

_ = messages("cli")


class OpenCommand(Command):
    """A command whose options depend on what is named first, so that `--help` after the name explains that."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, add_help_option=False, **keywords)
        self.params.append(click.Option(["-h", "--help", "wants_help"], is_flag=True, hidden=True))


@command(
    "report",
    _(
        "Answer a report; without a name, list the reports there are. Its parameters are options: "
        "--until 2026-12-31. --help after the name explains them."
    ),
    cls=OpenCommand,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
@click.argument("name", required=False)
@option("--param", "params", multiple=True, metavar="NAME=VALUE", help=_("A parameter, in the long way."))
@format_option("table", "json", "csv", "xlsx", "pdf")
@output_option()
@click.pass_context
def report(
    ctx: click.Context, name: str | None, params: Sequence[str], shape: str, output: str | None, wants_help: bool
) -> None:  # fmt: skip
    app: App = ctx.obj
    if wants_help and name is None:
        app.say(ctx.get_help())
        return
    from backoffice.core.cli.output import write_pieces, write_table

    desk = app.desk()
    if name is None:
        write_table(app, _reports(desk), shape, output)
        return
    if wants_help:
        write_table(app, described(desk.office.registry.get("reports", name).fields), "table")
        return
    asked = parameters(ctx.args, params)
    answer = desk.report(name, asked)
    if shape == "pdf":
        from backoffice.core.exchange.sheets import print_table

        noun = desk.office.registry.get("reports", name)
        write_pieces(print_table(desk, noun, answer, **asked), output, binary=True)
        return
    write_table(app, titled(desk, name, answer), shape, output)


def titled(desk: Desk, name: str, answer: Table) -> Table:
    """Return ``answer`` with the label of its report as title, unless it has one of its own."""
    from dataclasses import replace

    noun = desk.office.registry.get("reports", name)
    return answer if answer.title else replace(answer, title=noun.label or name)


def _reports(desk: Desk) -> Table:
    columns = [Column("name", _("Report")), Column("label", _("What")), Column("description", _("Description"))]
    known = desk.office.registry.reports.values()
    return Table(columns, [Row((r.name, r.label, r.description)) for r in known if desk.may(r.permission or r.name)])


def described(fields: Sequence[Field]) -> Table:
    """Return the fields of a report or action as a table that explains them."""
    columns = [
        Column("name", _("Name")), Column("kind", _("Kind")), Column("needed", _("Needed")),
        Column("label", _("What")), Column("choices", _("Choices")),
    ]  # fmt: skip
    rows = []
    for field, level in _nested(fields):
        name = field.name.removesuffix("_id") if field.kind == "ref" else field.name
        rows.append(
            Row((name, f"[{field.kind}]" if field.many else field.kind, field.required and field.default is None,
                 field.label, ", ".join(field.choices)), level=level)
        )  # fmt: skip
    return Table(columns, rows)


def _nested(fields: Sequence[Field], level: int = 0) -> list[tuple[Field, int]]:
    found = []
    for field in fields:
        if not field.read_only:
            found += [(field, level), *_nested(field.fields, level + 1)]
    return found


def parameters(words: Sequence[str], pairs: Sequence[str] = ()) -> dict[str, Any]:
    """Return the parameters written as ``--name value``, ``--name=value`` or ``--param name=value``.

    A name given twice makes a list. Raises :class:`~backoffice.core.errors.MalformedRequest`.
    """
    from .records import pair

    found: dict[str, Any] = {}
    waiting = list(words)
    written = [pair(text) for text in pairs]
    while waiting:
        word = waiting.pop(0)
        name, equals, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or not name:
            raise _not_understood(word)
        if not equals:
            if not waiting or waiting[0].startswith("--"):
                raise _not_understood(word, _("A value is missing after it."))
            value = waiting.pop(0)
        written.append((name, value))
    for name, value in written:
        key = name.replace("-", "_")
        found[key] = value if key not in found else [*_as_list(found[key]), value]
    return found


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _not_understood(word: str, why: str = "") -> MalformedRequest:
    return MalformedRequest(
        _("{text} cannot be understood.").with_values(text=word),
        why=why,
        remedy=_("Write parameters as --name value; --help after the name lists them."),
    )
