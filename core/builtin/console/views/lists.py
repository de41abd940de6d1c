"""Lists: what a resource holds, searched, filtered and ordered by the address, and the same as a file."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import escape

from backoffice.core.builtin.console import filters, frame
from backoffice.core.builtin.console.filters import Asked, asked, tidy
from backoffice.core.builtin.console.kept import kept, opening
from backoffice.core.builtin.console.pages import (
    Choice,
    ColumnChoice,
    Command,
    Empty,
    Head,
    ListPage,
    Pager,
    TableView,
)
from backoffice.core.builtin.console.places import address, places
from backoffice.core.builtin.console.reader import reader
from backoffice.core.builtin.console.rendering import drawing, render_kept
from backoffice.core.builtin.console.showing import Showing
from backoffice.core.builtin.console.verbs import create_command, list_commands
from backoffice.core.errors import BackofficeError, NotFound
from backoffice.core.exchange.exporting import export
from backoffice.core.exchange.writers import MEDIA_TYPES
from backoffice.core.office import Page
from backoffice.core.office.queries import sortable
from backoffice.core.office.totals import Sums, can_be_summed, currency_field, totals
from backoffice.core.persistence import fields_of
from backoffice.core.persistence.prepared import Read
from backoffice.core.schemas import public_name
from backoffice.core.web import signed_in
from backoffice.hookspecs import Field, Label, Resource, messages

from . import saved
from .base import crumbs, desk, pages, see

_ = messages("console")

FORMATS = {"csv": "CSV", "xlsx": "XLSX"}


@pages.get("/records/<resource>")
@signed_in
def records(resource: str) -> ResponseReturnValue:
    """Show a page of the records of a resource."""
    noun = desk().resource(resource)
    given = tidy(request.args)
    if set(given) != set(request.args) or given.getlist("columns") != request.args.getlist("columns"):
        return redirect(_address(noun, Asked(given).query(**_page_of(given))))
    with desk().reading() as session, Read.ahead(session, *saved.ahead(noun), *frame.ahead(desk())):
        views = saved.visible(noun, session)
        if not given and (first := saved.preferred(views)) is not None:
            return redirect(_address(noun, saved.query_of(first)))
        showing = Showing(desk(), session, reader(), places())
        wanted = asked(noun, given, showing)
        fields = _fields(noun, wanted, showing)
        found = desk().list(resource, wanted.question, only=showing.needed(fields, noun))
        return _drawn(_shown(noun, wanted, found, fields, showing, views))


def _page_of(given: Any) -> dict[str, str]:
    return {name: given[name] for name in ("after", "before") if name in given}


def _address(noun: Resource, query: str = "") -> str:
    url = address("console.records", resource=noun.name)
    return f"{url}?{query}" if query else url


@dataclass(frozen=True, slots=True)
class _Shown:
    """A list that was read."""

    noun: Resource
    wanted: Asked
    found: Page
    fields: Sequence[Field]
    table: TableView
    sums: str
    """In words, those of more than one currency."""
    showing: Showing
    views: saved.Saved


def _shown(
    noun: Resource, wanted: Asked, found: Page, fields: Sequence[Field], showing: Showing, views: saved.Saved
) -> _Shown:  # fmt: skip
    table = showing.table(found.records, fields, noun)
    sums, words = _sums(noun, wanted, found, fields, showing)
    table = replace(table, totals=_totals_row(table, fields, sums))
    return _Shown(noun, wanted, found, fields, table, words, showing, views)


def _drawn(shown: _Shown) -> str:
    """Return the page: drawn once for all pages of the list, with rows and their neighbours put in each time."""
    table, found = shown.table, shown.found
    openings = {
        "rows": drawing().rows(table.columns, table.rows, select=bool(_bulk(shown.noun))),
        "previous": escape(_address(shown.noun, shown.wanted.query(before=found.previous))) if found.previous else "",
        "next": escape(_address(shown.noun, shown.wanted.query(after=found.next))) if found.next else "",
    }
    return render_kept("list", _made_of(shown), openings, lambda: {"listing": _page(shown)})


def _made_of(shown: _Shown) -> Hashable | None:
    """Return what everything but the rows is made of, or nothing where it is to be drawn each time.

    What a filter says may be read from the database, and a plugin that has a say in permissions may look at anything.
    """
    given, found, table = shown.wanted.given, shown.found, shown.table
    if not found.records or shown.wanted.narrowed or desk().office.hooks.decides():
        return None
    return (
        shown.noun.name, desk().user, desk().context.company_id, reader(), shown.views, shown.sums, found.order,
        tuple(pair for pair in given.items(multi=True) if pair[0] not in {"after", "before"}),
        tuple((head.name, head.currency, head.places) for head in table.columns), tuple(table.totals),
        len(found.records), bool(found.previous), bool(found.next),
    )  # fmt: skip


def _page(shown: _Shown) -> ListPage:
    noun, wanted, found, fields, showing = shown.noun, shown.wanted, shown.found, shown.fields, shown.showing
    url = _address(noun)
    heads = [_sortable(head, noun, wanted, found.order, showing) for head in shown.table.columns]
    return ListPage(
        title=showing.reader.say(noun.plural or noun.label or noun.name),
        description="" if found.records or wanted.narrowed else showing.reader.say(noun.description),
        table=replace(shown.table, columns=heads),
        totals_text=shown.sums,
        views=saved.tabs(noun, wanted, shown.views),
        saving=saved.form(noun, wanted, shown.views),
        chooser=_chooser(noun, wanted, fields, showing) if found.records else None,
        commands=list_commands(desk(), showing.reader, noun),
        url=url,
        keep={name: wanted.given[name] for name in ("sort", "columns", "totals", "view") if name in wanted.given},
        search=wanted.question.search if hasattr(noun.model, "search_key") else None,
        filters=filters.shown(noun, wanted, showing, url),
        clear_url=_cleared(noun, wanted) if wanted.narrowed else "",
        exports=_exports(noun, wanted, fields) if found.records else (),
        import_url=_import_url(noun),
        bulk=_bulk(noun),
        pager=_pager(found, showing),
        totals_url=_totals_url(noun, wanted, found, fields),
        empty=None if found.records else _empty(noun, wanted, showing),
    )


def _cleared(noun: Resource, wanted: Asked) -> str:
    names = [name for name in wanted.given if name not in filters.ONLY_LOOKS]
    return _address(noun, wanted.query(*names, view="all"))


# -- columns and sums --------------------------------------------------------------------------------------------


def _fields(noun: Resource, wanted: Asked, showing: Showing) -> list[Field]:
    """Return the columns that were chosen, or those the list shows by itself; one that is gone is left out."""
    known = {public_name(field): name for name, field in fields_of(noun.model).items()}
    chosen = showing.fields(noun, [known[name] for name in wanted.columns if name in known]) if wanted.columns else []
    return chosen or showing.fields(noun)


def _chooser(noun: Resource, wanted: Asked, fields: Sequence[Field], showing: Showing) -> ColumnChoice:
    shown = [field.name for field in fields]
    offered = [name for name in showing.choosable(noun) if name not in shown]
    every = [*fields, *showing.fields(noun, offered)] if offered else list(fields)
    gone = {"columns", "after", "before"}
    keep = [(name, value) for name, value in wanted.given.items(multi=True) if name not in gone]
    return ColumnChoice(
        choices=[
            Choice(public_name(field), showing.reader.say(field.label), current=field.name in shown)
            for field in every
            if field.kind != "file"
        ],
        keep=keep,
        reset_url=_address(noun, wanted.query("columns")) if wanted.columns else "",
    )


def _sums(
    noun: Resource, wanted: Asked, found: Page, fields: Sequence[Field], showing: Showing
) -> tuple[dict[str, Sums], str]:
    """Return the sums of the amounts shown, and in words those of more than one currency.

    A list of one page is summed from its rows; a longer one only when that was asked for, since every row is read.
    """
    amounts = [field for field in fields if can_be_summed(noun, field)]
    if not amounts or not found.records:
        return {}, ""
    if not (found.next or found.previous):
        sums = {field.name: _sum_of(found.records, noun, field) for field in amounts}
    elif wanted.totals:
        said = totals(showing.desk, showing.session, noun, wanted.question, amounts)
        sums = {field.name: one for field, one in zip(amounts, said, strict=True)}
    else:
        return {}, ""
    mixed = [_in_words(field, sums[field.name], showing) for field in amounts if len(sums[field.name]) > 1]
    return {name: one for name, one in sums.items() if len(one) == 1}, "; ".join(mixed)


def _in_words(field: Field, sums: Sums, showing: Showing) -> str:
    read = showing.reader
    return f"{read.say(field.label)}: " + " · ".join(read.money(value, code) for code, value in sums.items())


def _sum_of(records: Sequence[Any], noun: Resource, field: Field) -> Sums:
    unit = currency_field(noun, field)
    sums: Sums = {}
    for record in records:
        value = getattr(record, field.name)
        if value is not None:
            currency = str(getattr(record, unit, "") or "") if unit else ""
            sums[currency] = sums.get(currency, Decimal(0)) + value
    return sums


def _totals_row(table: TableView, fields: Sequence[Field], sums: dict[str, Sums]) -> list[Any]:
    if not sums or len(table.rows) < 2 or fields[0].name in sums:
        return []
    return [next(iter(sums[field.name].values())) if field.name in sums else None for field in fields]


def _totals_url(noun: Resource, wanted: Asked, found: Page, fields: Sequence[Field]) -> str:
    longer = bool(found.next or found.previous) and not wanted.totals
    summable = any(can_be_summed(noun, field) for field in fields)
    return _address(noun, wanted.query(totals="1")) if longer and summable else ""


def _sortable(head: Head, noun: Resource, wanted: Asked, order: str, showing: Showing) -> Head:
    if head.name not in sortable(noun, showing.desk.readable(noun)):
        return head
    name, falling = order.removeprefix("-"), order.startswith("-")
    here = name == head.name
    following = f"-{head.name}" if here and not falling else head.name
    shown: Any = ("descending" if falling else "ascending") if here else ""
    return replace(head, sort_url=_address(noun, wanted.query(sort=following)), sorted=shown)


def _exports(noun: Resource, wanted: Asked, fields: Sequence[Field]) -> list[Choice]:
    """Return the files to take away: exactly what is shown, or every field, which an import takes back."""
    shown = ",".join(public_name(field) for field in fields)
    as_shown = wanted.query("totals", "view", columns=shown)
    whole = wanted.query("totals", "view", "columns")

    def of(format: str, query: str) -> str:
        return f"{url_for('console.export_records', resource=noun.name, format=format)}?{query}".rstrip("?")

    return [
        *(Choice(format, label, of(format, as_shown)) for format, label in FORMATS.items()),
        *(
            Choice(format, say_all(label), of(format, whole), help=reader().say(_("An import takes it back.")))
            for format, label in FORMATS.items()
        ),
    ]


def say_all(format: str) -> str:
    """Return what the file of every field is called."""
    return reader().say(_("{format} with all fields"), format=format)


def _import_url(noun: Resource) -> str:
    may = {"create", "change"} <= noun.operations and desk().may(f"{noun.name}.create")
    return url_for("console.import_records", resource=noun.name) if may else ""


def _pager(found: Page, showing: Showing) -> Pager:
    """Return the way to the neighbouring pages; their addresses are put in when they are known."""
    return Pager(
        previous=opening("previous") if found.previous else "",
        next=opening("next") if found.next else "",
        text=showing.reader.say(_rows(len(found.records), alone=not (found.previous or found.next))),
    )


def _rows(count: int, *, alone: bool) -> Label:
    if alone:
        return _("{count} row").counted("{count} rows", count)
    return _("{count} row on this page").counted("{count} rows on this page", count)


def _empty(noun: Resource, wanted: Asked, showing: Showing) -> Empty:
    read = showing.reader
    if wanted.narrowed:
        clear = Command(label=read.say(_("Clear the filters")), url=_cleared(noun, wanted))
        text = read.say(_("No record fits what you search for and the filters you chose."))
        return Empty(title=read.say(_("Nothing fits")), text=text, icon="search", commands=[clear])
    first = create_command(desk(), read, noun)
    found = [Command(label=read.say(_("Import")), url=_import_url(noun), icon="upload")] if _import_url(noun) else []
    if first is not None:
        found.append(first)
    else:
        found += [c for c in list_commands(desk(), read, noun) if not c.menu]
    title = read.say(_("Nothing here yet"))
    return Empty(title=title, text=read.say(noun.description), icon="inbox", commands=found)


# -- as a file ---------------------------------------------------------------------------------------------------


@pages.get("/records/<resource>/export.<format>")
@signed_in
def export_records(resource: str, format: str) -> ResponseReturnValue:
    """Send the list, every page of it, as a file."""
    noun = desk().resource(resource)
    if format not in FORMATS:
        raise NotFound(_("There is no such format."))
    with desk().reading() as session:
        wanted = asked(noun, tidy(request.args), Showing(desk(), session, reader(), places()))
    columns = wanted.columns or None
    pieces = export(desk(), resource, wanted.question, columns=columns, format=format, labels=True, bom=True)
    return download(pieces, f"{noun.name.partition('.')[2]}.{format}", MEDIA_TYPES[format])


def download(pieces: Any, name: str, media_type: str) -> Response:
    """Return an answer that a browser keeps as the file ``name``."""
    response = Response(pieces, mimetype=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


# -- many at once ------------------------------------------------------------------------------------------------


def _bulk(noun: Resource) -> list[Command]:
    """Return what can be done with chosen rows: the actions of one record, asked once for all, and deleting."""
    if desk().office.hooks.decides():
        return _find_bulk(noun)
    return kept(("bulk", noun.name, desk().user, reader().language), lambda: _find_bulk(noun))


def _find_bulk(noun: Resource) -> list[Command]:
    read = reader()
    here: dict[str, Any] = {"resource": noun.name}
    found = [
        Command(
            label=read.say(action.label or action.name),
            url=url_for("console.bulk", **here, name=action.name),
            icon=action.icon,
            style="danger" if action.destructive else "",
        )
        for action in desk().office.registry.actions_of(noun.name)
        if action.schema is None
        and not any(f.fields for f in action.fields)
        and desk().may(action.permission or action.name)
    ]
    if "delete" in noun.operations and desk().may(f"{noun.name}.delete"):
        url = url_for("console.bulk", **here, name=f"{noun.name}.delete")
        found.append(Command(label=read.say(_("Delete")), url=url, icon="trash", style="danger"))
    return found


def chosen(noun: Resource, ids: Sequence[str]) -> list[Any]:
    """Return the chosen records of ``noun`` that this person may see."""
    wanted = list(dict.fromkeys(int(id_) for id_ in ids if id_.isascii() and id_.isdigit() and len(id_) < 19))
    return [desk().get(noun.name, id_) for id_ in wanted]


def nothing_chosen(noun: Resource) -> ResponseReturnValue:
    """Lead back to a list from which nothing was chosen."""
    from .base import tell

    tell(_("Choose some rows first."), "warning")
    return see(_address(noun))


def refused(error: BackofficeError) -> str:
    """Return what an error says in one paragraph."""
    parts = [reader().say(part) for part in (error.what, error.why, error.remedy) if part]
    return " ".join(parts)


__all__ = ["chosen", "crumbs", "download", "nothing_chosen", "refused"]
