"""Imports: send a file, match its columns, try it, load it, and take the refused rows back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import request, send_file, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.builtin.console import doing, importing
from backoffice.core.builtin.console.importing import Preview, Upload
from backoffice.core.builtin.console.pages import Command, Head, ImportPage, Input, Problem, TableRow, TableView
from backoffice.core.builtin.console.places import places
from backoffice.core.builtin.console.reader import reader, say
from backoffice.core.builtin.console.rendering import render
from backoffice.core.errors import BackofficeError, InvalidInput, NotFound
from backoffice.core.exchange.layout import Target
from backoffice.core.text import LANGUAGES
from backoffice.core.web import signed_in
from backoffice.hookspecs import Field, Resource, messages

from .base import desk, pages, see
from .jobs import job_view
from .lists import download
from .records import way

_ = messages("console")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file, what its first rows hold, and what it is loaded into."""

    name: str
    sample: str
    input: Input


@pages.get("/records/<resource>/import")
@signed_in
def import_records(resource: str) -> ResponseReturnValue:
    """Ask for a file, and say what it may hold."""
    return render("import", importing=_page(_noun(resource)))


@pages.post("/records/<resource>/import")
@signed_in
def send_file_in(resource: str) -> ResponseReturnValue:
    """Keep the file and lead to its columns."""
    noun = _noun(resource)
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _refused(noun, InvalidInput(_("Choose a file first.")))
    kept = importing.keep(desk(), resource, sent.filename, importing.stream_to(sent.stream))  # type: ignore[arg-type]
    try:
        preview = importing.look(kept)
    except BackofficeError as error:
        if error.status >= 500:
            raise
        return _refused(noun, error)
    if not preview.rows:
        return _refused(noun, InvalidInput(_("There are no rows in this file.")))
    kept.mapping = importing.propose(desk(), resource, preview.columns)
    kept.save()
    return see(url_for("console.import_file", resource=resource, token=kept.token))


def _refused(noun: Resource, error: BackofficeError) -> ResponseReturnValue:
    said = " ".join(say(part) for part in (error.what, error.why, error.remedy) if part)
    return render("import", importing=replace(_page(noun), problems=[Problem(said)])), 422


def _noun(resource: str) -> Resource:
    noun = desk().resource(resource)
    desk().require(f"{resource}.create")
    if "create" not in noun.operations:
        raise NotFound(_("Nothing can be imported here."))
    return noun


def _page(noun: Resource, **more: Any) -> ImportPage:
    title = say(_("Import: {nouns}"), nouns=noun.plural or noun.label)
    columns = [
        reader().field(replace(target.field, name=".".join(target.path), label=_label(target)))
        for target in importing.targets(desk(), noun.name)
        if target.path != ("id",)
    ]
    return ImportPage(
        title=title,
        url=url_for("console.import_records", resource=noun.name),
        columns=columns,
        sample_url=url_for("console.import_sample", resource=noun.name),
        crumbs=way(noun),
        list_url=places().list(noun.name),
        **more,
    )


def _label(target: Target) -> str:
    """Return what people call an input; its labels come in every language, in the order of the languages."""
    return dict(zip(LANGUAGES, target.labels, strict=False)).get(reader().language, target.labels[0])


# -- one file ----------------------------------------------------------------------------------------------------


@pages.route("/records/<resource>/import/<token>", methods=["GET", "POST"])
@signed_in
def import_file(resource: str, token: str) -> ResponseReturnValue:
    """Match the columns of a file, try it, load it; show what became of it."""
    noun = _noun(resource)
    kept = importing.find(desk(), resource, token)
    if request.method == "POST" and kept.result is None and kept.job is None:
        return _loaded(noun, kept)
    if kept.result is not None:
        return render("import", importing=_done(noun, kept))
    if kept.job is not None:
        return render("import", importing=_page(noun, job=job_view(kept.job)))
    return _columns_page(noun, kept)


def _loaded(noun: Resource, kept: Upload) -> ResponseReturnValue:
    preview = importing.look(kept)
    names = {".".join(target.path) for target in importing.targets(desk(), noun.name)}
    chosen = {c: request.form.get(f"column-{n}", "") for n, c in enumerate(preview.columns)}
    kept.mapping = {column: name if name in names else None for column, name in chosen.items()}
    kept.save()
    here = url_for("console.import_file", resource=noun.name, token=kept.token)
    try:
        if "check" in request.form:
            importing.load(desk(), kept, dry_run=True)
        elif preview.rows > importing.IN_PLACE:
            importing.by_job(desk(), kept)
        else:
            importing.load(desk(), kept, dry_run=False)
    except BackofficeError as error:
        if error.status >= 500:
            raise
        return _columns_page(noun, kept, error)
    return see(here)


def _columns_page(noun: Resource, kept: Upload, error: BackofficeError | None = None) -> ResponseReturnValue:
    preview = importing.look(kept)
    said = [] if error is None else [Problem(" ".join(say(p) for p in (error.what, error.why, error.remedy) if p))]
    said += [Problem(say(one)) for given in (error.fields.values() if error else ()) for one in given]
    page = _page(noun, problems=said, bad_rows_url="", refused=(kept.checked or {}).get("refused", 0))
    page = replace(
        page,
        url=url_for("console.import_file", resource=noun.name, token=kept.token),
        bad_rows=_bad_rows(kept.checked),
        bad_rows_url=_refused_url(noun, kept) if kept.checked and kept.checked["refused"] else "",
    )
    html = render(
        "import_columns",
        importing=page,
        filename=kept.filename,
        rows=preview.rows,
        columns=_columns(noun, kept, preview),
        checked=kept.checked,
        found=_found(preview),
    )
    return html, error.status if error is not None and doing.is_correctable(error) else 200


def _found(preview: Preview) -> str:
    """Return what was found out about the file, so that a wrong guess is seen."""
    names = {",": ",", ";": ";", "\t": say(_("tab")), "|": "|"}
    parts = [preview.encoding.upper().replace("-SIG", ""), names.get(preview.delimiter, preview.delimiter)]
    return " · ".join(part for part in parts if part)


def _columns(noun: Resource, kept: Upload, preview: Preview) -> list[Column]:
    choices = {".".join(target.path): _label(target) for target in importing.targets(desk(), noun.name)}
    field = Field("column", "choice", label=say(_("Loaded into")), choices=choices)
    return [
        Column(
            name=column,
            sample=" · ".join(str(row[column]) for row in preview.samples if row.get(column) not in (None, ""))[:80],
            input=Input(field=field, name=f"column-{number}", value=kept.mapping.get(column) or ""),
        )
        for number, column in enumerate(preview.columns)
    ]


def _done(noun: Resource, kept: Upload) -> ImportPage:
    result = kept.result or {}
    return _page(
        noun,
        done=True,
        loaded=result["created"] + result["changed"],
        unchanged=result["unchanged"],
        refused=result["refused"],
        bad_rows=_bad_rows(result),
        bad_rows_url=_refused_url(noun, kept) if result["refused"] else "",
        undo=_undo(result),
    )


def _undo(result: dict[str, Any]) -> Command | None:
    """Return the command that takes the whole import back, if this person may and something was loaded."""
    run = result.get("run")
    if not run or not result["created"] + result["changed"] or not desk().may("core.undo_import"):
        return None
    url = url_for("console.act", resource="core.import", id=run, name="core.undo_import")
    return Command(label=say(_("Undo this import")), url=url, icon="undo", dialog=True)


def _refused_url(noun: Resource, kept: Upload) -> str:
    return url_for("console.refused_rows", resource=noun.name, token=kept.token)


def _bad_rows(result: dict[str, Any] | None) -> TableView | None:
    if not result or not result["rows"]:
        return None
    heads = [
        Head(name="row", label=say(_("Row")), kind="integer"),
        Head(name="why", label=say(_("Reason")), wrap=True),
        Head(name="values", label=say(_("As it stands in the file")), kind="long_text"),
    ]
    rows = [TableRow(cells=[row["row"], " ".join(row["why"]), row["values"]]) for row in result["rows"]]
    return TableView(columns=heads, rows=rows)


@pages.get("/records/<resource>/import/<token>/refused.csv")
@signed_in
def refused_rows(resource: str, token: str) -> ResponseReturnValue:
    """Send the refused rows with their reasons, to be corrected and imported again."""
    _noun(resource)
    kept = importing.find(desk(), resource, token)
    if not kept.refused.is_file():
        raise NotFound(_("No row was refused."))
    name = f"refused-{kept.filename.rpartition('.')[0] or 'rows'}.csv"
    return send_file(kept.refused, mimetype="text/csv", as_attachment=True, download_name=name)


@pages.get("/records/<resource>/import-sample.csv")
@signed_in
def import_sample(resource: str) -> ResponseReturnValue:
    """Send an empty file with the columns an import understands."""
    noun = _noun(resource)
    pieces = importing.sample(desk(), resource)
    return download(pieces, f"{noun.name.partition('.')[2]}.csv", "text/csv")
