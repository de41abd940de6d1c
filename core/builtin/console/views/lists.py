"""Lists: what a resource holds, searched, filtered and ordered by the address, and the same as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.builtin.console import filters
from backoffice.core.builtin.console.filters import Asked, asked, tidy
from backoffice.core.builtin.console.pages import Choice, Command, Empty, Head, ListPage, Pager
from backoffice.core.builtin.console.places import places
from backoffice.core.builtin.console.reader import reader
from backoffice.core.builtin.console.rendering import render
from backoffice.core.builtin.console.showing import Showing
from backoffice.core.builtin.console.verbs import create_command, list_commands
from backoffice.core.errors import BackofficeError, NotFound
from backoffice.core.exchange.exporting import export
from backoffice.core.exchange.writers import MEDIA_TYPES
from backoffice.core.office import Page
from backoffice.core.office.queries import sortable
from backoffice.core.web import signed_in
from backoffice.hookspecs import Label, Resource, messages

from .base import crumbs, desk, pages, see

_ = messages("console")

FORMATS = {"csv": "CSV", "xlsx": "XLSX"}


@pages.get("/records/<resource>")
@signed_in
def records(resource: str) -> ResponseReturnValue:
    """Show a page of the records of a resource."""
    noun = desk().resource(resource)
    given = tidy(request.args)
    if len(given) != len(request.args) or set(given) != set(request.args):
        return redirect(_address(noun, Asked(given).query(**_page_of(given))))
    with desk().reading() as session:
        showing = Showing(desk(), session, reader(), places())
        wanted = asked(noun, given, showing)
        found = desk().list(resource, wanted.question)
        return render("list", listing=_listing(noun, wanted, found, showing))


def _page_of(given: Any) -> dict[str, str]:
    return {name: given[name] for name in ("after", "before") if name in given}


def _address(noun: Resource, query: str = "") -> str:
    url = url_for("console.records", resource=noun.name)
    return f"{url}?{query}" if query else url


def _listing(noun: Resource, wanted: Asked, found: Page, showing: Showing) -> ListPage:
    read = showing.reader
    table = showing.table(found.records, showing.fields(noun), noun)
    heads = [_sortable(head, noun, wanted, found.order, showing) for head in table.columns]
    url = _address(noun)
    return ListPage(
        title=read.say(noun.plural or noun.label or noun.name),
        description="" if found.records or wanted.narrowed else read.say(noun.description),
        table=replace(table, columns=heads),
        commands=list_commands(desk(), read, noun),
        url=url,
        keep={"sort": wanted.given["sort"]} if "sort" in wanted.given else {},
        search=wanted.question.search if hasattr(noun.model, "search_key") else None,
        filters=filters.shown(noun, wanted, showing, url),
        clear_url=_cleared(noun, wanted) if wanted.narrowed else "",
        exports=_exports(noun, wanted) if found.records else (),
        import_url=_import_url(noun),
        bulk=_bulk(noun),
        pager=_pager(noun, wanted, found, showing),
        empty=_empty(noun, wanted, showing),
    )


def _cleared(noun: Resource, wanted: Asked) -> str:
    names = [name for name in wanted.given if name != "sort"]
    return _address(noun, wanted.query(*names))


def _sortable(head: Head, noun: Resource, wanted: Asked, order: str, showing: Showing) -> Head:
    if head.name not in sortable(noun, showing.desk.readable(noun)):
        return head
    name, falling = order.removeprefix("-"), order.startswith("-")
    here = name == head.name
    following = f"-{head.name}" if here and not falling else head.name
    shown: Any = ("descending" if falling else "ascending") if here else ""
    return replace(head, sort_url=_address(noun, wanted.query(sort=following)), sorted=shown)


def _exports(noun: Resource, wanted: Asked) -> list[Choice]:
    return [
        Choice(
            format, label, f"{url_for('console.export_records', resource=noun.name, format=format)}?{wanted.query()}"
        )
        for format, label in FORMATS.items()
    ]


def _import_url(noun: Resource) -> str:
    may = {"create", "change"} <= noun.operations and desk().may(f"{noun.name}.create")
    return url_for("console.import_records", resource=noun.name) if may else ""


def _pager(noun: Resource, wanted: Asked, found: Page, showing: Showing) -> Pager:
    return Pager(
        previous=_address(noun, wanted.query(before=found.previous)) if found.previous else "",
        next=_address(noun, wanted.query(after=found.next)) if found.next else "",
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
    pieces = export(desk(), resource, wanted.question, format=format, labels=True, bom=True)
    return download(pieces, f"{noun.name.partition('.')[2]}.{format}", MEDIA_TYPES[format])


def download(pieces: Any, name: str, media_type: str) -> Response:
    """Return an answer that a browser keeps as the file ``name``."""
    response = Response(pieces, mimetype=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


# -- many at once ------------------------------------------------------------------------------------------------


def _bulk(noun: Resource) -> list[Command]:
    """Return what can be done with chosen rows: actions that ask for nothing, and deleting."""
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
        if not any(f.required for f in action.fields)
        and action.schema is None
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
