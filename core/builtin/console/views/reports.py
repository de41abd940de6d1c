"""Reports: parameters in the address, the answer as a table with its links, its chart, and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.builtin.console.charts import PAGE
from backoffice.core.builtin.console.filters import tidy
from backoffice.core.builtin.console.forms import Form, problems
from backoffice.core.builtin.console.pages import Choice, Crumb, Fact, Input, ReportPage
from backoffice.core.builtin.console.places import places
from backoffice.core.builtin.console.reader import reader, say
from backoffice.core.builtin.console.rendering import render
from backoffice.core.builtin.console.showing import Showing
from backoffice.core.builtin.console.tables import chart_of, narrowed, table_view
from backoffice.core.builtin.console.typed import Texts, of_defaults, of_form, to_input
from backoffice.core.errors import InvalidInput, NotFound
from backoffice.core.exchange.sheets import print_table
from backoffice.core.exchange.tables import export_table, totals_of
from backoffice.core.exchange.writers import MEDIA_TYPES
from backoffice.core.schemas import public_name
from backoffice.core.web import signed_in
from backoffice.hookspecs import Field, Report, Table, messages

from .base import desk, pages
from .lists import FORMATS as FILES
from .lists import download

_ = messages("console")

FORMATS = {**FILES, "pdf": "PDF"}

MOST_ROWS = 2000
"""Rows of a report on its page; a browser grows slow with more, and nobody reads them."""


@pages.get("/reports/<name>")
@signed_in
def report(name: str) -> ResponseReturnValue:
    """Answer a report, once its parameters are right."""
    found = _found(name)
    given = tidy(request.args)
    if len(given) != len(request.args):
        return redirect(
            f"{url_for('console.report', name=name)}?{urlencode(list(given.items(multi=True)))}".rstrip("?")
        )
    with desk().reading() as session:
        showing = Showing(desk(), session, reader(), places())
        texts = _texts(found)
        page = _page(found, texts, showing)
        if not _is_ready(found, texts):
            return render("report", report=page)
        try:
            values = _values(found, texts, showing)
            table = desk().report(name, values)
            texts = _named(found, texts, values)
        except InvalidInput as error:
            form = Form(found.fields, showing, texts, errors=error.fields)
            said = problems(error, found.fields, reader())
            return render("report", report=replace(page, inputs=_inputs(form), problems=said)), error.status
        inputs = _inputs(Form(found.fields, showing, texts))
        return render("report", report=_answered(replace(page, inputs=inputs), found, table, texts, showing))


def _found(name: str) -> Report:
    found: Report = desk().office.registry.get("reports", name)
    desk().require(found.permission or found.name)
    return found


def _texts(found: Report) -> Texts:
    """Return the parameters as the address gives them, the others by their defaults."""
    texts = of_defaults(found.fields, reader()) | _this_year(found)
    given = of_form(found.fields, request.args, reader())
    present = {name.split(":")[0] for name in request.args}
    for field in found.fields:
        name = public_name(field)
        if name in present or (field.kind == "boolean" and present):
            texts.update({key: value for key, value in given.items() if key.split(":")[0] == name})
    return texts


def _this_year(found: Report) -> Texts:
    """Return the days that are needed as this year until today, so that a report opens with an answer."""
    today = desk().context.today()
    days = {"from": today.replace(month=1, day=1), **dict.fromkeys(("until", "to", "on", "date"), today)}
    needed = [f for f in found.fields if f.required and f.kind == "date" and f.default is None]
    return {name: reader().typed_day(days[name]) for name in map(public_name, needed) if name in days}


def _is_ready(found: Report, texts: Texts) -> bool:
    """Tell whether every parameter that is needed was given; a report just opened asks for them without a reproach."""
    missing = [f for f in found.fields if f.required and not _given(texts, public_name(f))]
    return not missing or bool(request.args)


def _given(texts: Texts, name: str) -> bool:
    return bool(texts.get(name) or texts.get(f"{name}:text"))


def _values(found: Report, texts: Texts, showing: Showing) -> dict[str, Any]:
    values = to_input(desk(), showing.session, found.fields, texts, reader())
    return {name: value for name, value in values.items() if value is not None}


def _named(found: Report, texts: Texts, values: dict[str, Any]) -> Texts:
    """Return the parameters with the ids of what was typed, so that they are shown by what they are called."""
    names = [public_name(field) for field in found.fields if field.kind == "ref" and not field.many]
    picked = {name: str(values[name]) for name in names if isinstance(values.get(name), int)}
    return {**texts, **picked, **{f"{name}:text": "" for name in picked}}


def _page(found: Report, texts: Texts, showing: Showing) -> ReportPage:
    return ReportPage(
        title=say(found.label or found.name),
        url=url_for("console.report", name=found.name),
        description=say(found.description),
        inputs=_inputs(Form(found.fields, showing, texts)),
        crumbs=[Crumb(say(_("Reports")))],
    )


def _inputs(form: Form) -> Sequence[Input]:
    return [given for group in form.groups() for given in group.inputs]


def _answered(page: ReportPage, found: Report, table: Table, texts: Texts, showing: Showing) -> ReportPage:
    read = reader()
    query = urlencode(list(request.args.items(multi=True)))
    count = len(list(table.rows))
    notes = [read.say(note) for note in table.notes]
    if count > MOST_ROWS:
        said = _("Only the first {shown} of {all} rows are shown. The sums and the export hold all of them.")
        notes.insert(0, read.say(said, shown=read.number(MOST_ROWS), all=read.number(count)))
    return replace(
        page,
        title=read.say(table.title or found.label or found.name),
        subtitle=read.say(table.subtitle),
        table=table_view(narrowed(replace(table, totals=totals_of(table)), MOST_ROWS), read, places()),
        chart=chart_of(table, read, PAGE),
        notes=notes,
        parameters=_parameters(found, texts, showing),
        made_at=desk().context.now(),
        exports=[
            Choice(format, label, f"{url_for('console.export_report', name=found.name, format=format)}?{query}")
            for format, label in FORMATS.items()
        ],
    )


def _parameters(found: Report, texts: Texts, showing: Showing) -> list[Fact]:
    """Return the parameters in words, for the head of the paper."""
    form = Form(found.fields, showing, texts)
    return [
        Fact(label=given.field.label, value=_in_words(field, given, showing))
        for field, given in zip(found.fields, _inputs(form), strict=False)
        if given.value or given.text
    ]


def _in_words(field: Field, given: Input, showing: Showing) -> str:
    read = showing.reader
    if field.kind == "ref":
        return given.text
    if field.kind == "boolean":
        return read.say(_("Yes"))
    if field.kind == "choice" and isinstance(given.value, str):
        return given.field.choices.get(given.value, given.value)
    if field.kind == "date":
        iso = read.read_day(str(given.value))
        try:
            return read.day(date.fromisoformat(iso))
        except ValueError:
            return str(given.value)
    return ", ".join(given.value) if isinstance(given.value, list) else str(given.value)


@pages.get("/reports/<name>/export.<format>")
@signed_in
def export_report(name: str, format: str) -> ResponseReturnValue:
    """Send the answer of a report as a file."""
    found = _found(name)
    if format not in FORMATS:
        raise NotFound(_("There is no such format."))
    texts = _texts(found)
    with desk().reading() as session:
        showing = Showing(desk(), session, reader(), places())
        table = desk().report(name, _values(found, texts, showing))
        facts = [(fact.label, fact.value) for fact in _parameters(found, texts, showing)]
    if format == "pdf":
        pieces = print_table(desk(), found, table, facts)
    else:
        pieces = export_table(table, format, desk().language, bom=True)
    return download(pieces, f"{name.partition('.')[2]}.{format}", MEDIA_TYPES[format])
