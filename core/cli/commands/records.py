"""`backoffice list` and `backoffice show`: the records of a resource, and one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from backoffice.core.cli.app import App
from backoffice.core.cli.base import command, format_option, option, output_option
from backoffice.core.errors import MalformedRequest
from backoffice.hookspecs import Column, Row, Table, messages

if TYPE_CHECKING:
    from backoffice.core.office import Desk
    from backoffice.hookspecs import Resource

_ = messages("cli")

PAGE = 500
DEFAULT_LIMIT = 50


@command("list", _("List the records of a resource; without one, the resources there are."))
@click.argument("resource", required=False)
@option(
    "--filter",
    "filters",
    multiple=True,
    metavar="FIELD=VALUE",
    help=_("Only those with this value; FIELD__from, __to, __contains, __in, __not and __empty compare."),
)
@option("--search", default="", metavar="WORDS", help=_("Only those in which these words are found."))
@option("--order", default="", metavar="FIELD", help=_("In the order of this field; -FIELD turns it round."))
@option(
    "--limit",
    type=click.IntRange(min=0),
    default=DEFAULT_LIMIT,
    show_default=True,
    help=_("At most so many; 0 lists all."),
)
@format_option("table", "json", "csv", "xlsx")
@output_option()
@click.pass_obj
def list_(
    app: App, resource: str | None, filters: Sequence[str], search: str, order: str, limit: int, shape: str,
    output: str | None,
) -> None:  # fmt: skip
    from backoffice.core.cli.output import write_table

    desk = app.desk()
    if resource is None:
        write_table(app, _resources(desk), shape, output)
        return
    found, more = records(desk, resource, dict(map(pair, filters)), search, order, limit)
    write_records(app, desk, desk.resource(resource), found, shape, output)
    if more:
        app.note(_("There are more; --limit 0 lists them all."))


def write_records(
    app: App, desk: Desk, noun: Resource, found: Sequence[Any], shape: str, output: str | None = None
) -> None:
    """Write ``found``, records of ``noun``, as a table for people, or as exact values under the names of fields."""
    from backoffice.core.cli.described import listed, table_of
    from backoffice.core.cli.output import as_json, write_pieces, write_table, write_text
    from backoffice.core.exchange.exporting import flattened, headings_of
    from backoffice.core.exchange.records import as_documents
    from backoffice.core.exchange.shape import shape_of, without_lines
    from backoffice.core.exchange.writers import csv_file, xlsx_file

    parts = listed(desk, noun)
    with desk.reading() as session:
        if shape == "table":
            write_table(app, table_of(desk, session, found, parts), shape, output)
        elif shape == "json":
            everything = without_lines(shape_of(desk, noun))
            write_text(as_json(as_documents(desk, session, noun, found, everything)), output)
        else:
            make = csv_file if shape == "csv" else xlsx_file
            pieces = make(headings_of(parts), flattened(desk, session, found, parts))
            write_pieces(pieces, output, binary=shape == "xlsx")


def pair(text: str) -> tuple[str, str]:
    """Return the two parts of ``NAME=VALUE``. Raises :class:`~backoffice.core.errors.MalformedRequest`."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise MalformedRequest(_("{text} cannot be understood.").with_values(text=text), remedy=_("Write NAME=VALUE."))
    return name, value


def _resources(desk: Desk) -> Table:
    columns = [Column("name", _("Resource")), Column("label", _("What")), Column("description", _("Description"))]
    known = desk.office.registry.resources.values()
    rows = [Row((r.name, r.plural or r.label, r.description)) for r in known if desk.may(f"{r.name}.read")]
    return Table(columns, rows)


def records(
    desk: Desk, resource: str, filters: dict[str, str], search: str, order: str, limit: int
) -> tuple[list[Any], bool]:
    """Return the records, page by page, and whether there are more."""
    from backoffice.core.office import Question

    found: list[Any] = []
    after = ""
    while True:
        size = min(PAGE, limit - len(found)) if limit else PAGE
        question = Question(filters=filters, search=search, order=order, after=after, limit=size)
        page = desk.list(resource, question)
        found += page.records
        after = page.next
        if not after or (limit and len(found) >= limit):
            return found, bool(after)


@command("show", _("Show one record of a resource, with its lines."))
@click.argument("resource")
@click.argument("id_or_key", metavar="ID")
@format_option("table", "json")
@output_option()
@click.pass_obj
def show(app: App, resource: str, id_or_key: str, shape: str, output: str | None) -> None:
    from backoffice.core.cli.output import as_json, write_tables, write_text
    from backoffice.core.exchange.records import as_documents
    from backoffice.core.exchange.shape import shape_of

    desk = app.desk()
    noun = desk.resource(resource)
    parts = shape_of(desk, noun)
    with desk.reading() as session:
        record = desk.find(session, noun, id_or_key, f"{resource}.read")
        if shape == "json":
            write_text(as_json(as_documents(desk, session, noun, [record], list(parts.values()))[0]), output)
        else:
            write_tables(app, list(_tables(app, desk, session, noun, record)), output)


def _tables(app: App, desk: Desk, session: Any, noun: Resource, record: Any) -> Iterator[Table]:
    """Yield the values of ``record`` as a table of two columns, then its nested lines."""
    from backoffice.core.cli.cells import cell
    from backoffice.core.cli.described import lines_of, table_of
    from backoffice.core.exchange.shape import shape_of, without_lines

    shape = shape_of(desk, noun)
    table = table_of(desk, session, [record], without_lines(shape))
    row = next(iter(table.rows))
    facts = [
        (column.label, cell(value, column.kind, language=app.language, zone=app.zone))
        for column, value in zip(table.columns, row.cells, strict=True)
    ]
    columns = [Column("name", _("Field")), Column("value", _("Value"))]
    yield Table(columns, [Row(fact) for fact in facts if fact[1]])
    for kind in noun.lines:
        if kind.relation in shape:
            yield lines_of(desk, session, record, shape[kind.relation], kind.totals)
