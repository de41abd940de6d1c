"""`backoffice list` and `backoffice show`: the records of a resource, and one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from backoffice.core.errors import MalformedRequest
from backoffice.hookspecs import Column, Row, Table, messages

from ..app import App
from ..base import command, format_option, option, output_option

if TYPE_CHECKING:
    from backoffice.core.office import Desk

_ = messages("cli")

PAGE = 500
DEFAULT_LIMIT = 50


@command("list", _("List the records of a resource; without one, the resources there are."))
@click.argument("resource", required=False)
@option("--filter", "filters", multiple=True, metavar="FIELD=VALUE",
        help=_("Only those with this value; FIELD__from, __to, __contains, __in, __not and __empty compare."))
@option("--search", default="", metavar="WORDS", help=_("Only those in which these words are found."))
@option("--order", default="", metavar="FIELD", help=_("In the order of this field; -FIELD turns it round."))
@option("--limit", type=click.IntRange(min=0), default=DEFAULT_LIMIT, show_default=True,
        help=_("At most so many; 0 lists all."))
@format_option("table", "json", "csv", "xlsx")
@output_option()
@click.pass_obj
def list_(
    app: App, resource: str | None, filters: Sequence[str], search: str, order: str, limit: int, shape: str,
    output: str | None,
) -> None:  # fmt: skip
    from ..output import write_table

    desk = app.desk()
    if resource is None:
        write_table(app, _resources(desk), shape, output)
        return
    from ..described import plain_records, table_of

    found, more = _records(desk, resource, dict(map(pair, filters)), search, order, limit)
    noun = desk.resource(resource)
    with desk.reading() as session:
        table = table_of(desk, session, noun, found)
        plain = plain_records(desk, session, noun, found) if shape == "json" else None
    write_table(app, table, shape, output, plain=plain)
    if more:
        app.note(_("There are more; --limit 0 lists them all."))


def pair(text: str) -> tuple[str, str]:
    """Return the two parts of ``NAME=VALUE``. Raises :class:`~backoffice.core.errors.MalformedRequest`."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise MalformedRequest(
            _("{text} cannot be understood.").with_values(text=text), remedy=_("Write NAME=VALUE.")
        )
    return name, value


def _resources(desk: Desk) -> Table:
    columns = [Column("name", _("Resource")), Column("label", _("What")), Column("description", _("Description"))]
    known = desk.office.registry.resources.values()
    rows = [Row((r.name, r.plural or r.label, r.description)) for r in known if desk.may(f"{r.name}.read")]
    return Table(columns, rows)


def _records(
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
    from ..described import line_table, plain_record
    from ..output import write_table

    desk = app.desk()
    noun = desk.resource(resource)
    with desk.reading() as session:
        record = desk.find(session, noun, id_or_key, f"{resource}.read")
        plain = plain_record(desk, session, noun, record)
        tables = [] if shape == "json" else [_facts(desk, session, noun, record)]
        if tables:
            tables += [line_table(desk, session, noun, record, lines) for lines in noun.lines]
    if shape == "json":
        write_table(app, Table((), ()), shape, output, plain=plain)
    for table in tables:
        write_table(app, table, shape, output)


def _facts(desk: Desk, session: Any, noun: Any, record: Any) -> Table:
    from ..cells import shown
    from ..described import titles_of, value_of, visible

    fields = visible(desk, noun)
    titles = titles_of(desk, session, fields, [record])
    zone, language = desk.context.zone, desk.language
    facts = [("id", str(record.id))]
    facts += [(f.label, shown(value_of(record, f, titles, language), f.kind, language=language, zone=zone)) for f in fields]
    return Table([Column("name", _("Field")), Column("value", _("Value"))], [Row(fact) for fact in facts if fact[1]])
