"""Exports and imports over HTTP."""

from __future__ import annotations

import io
import json
from typing import Any, BinaryIO, cast

from flask import g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnsupportedMediaType

from backoffice.core.errors import MalformedRequest
from backoffice.core.exchange import ImportResult, bad_rows, export, import_rows, read_rows
from backoffice.core.exchange.numbers import Mark
from backoffice.core.office import Desk
from backoffice.core.schemas import to_plain
from backoffice.hookspecs import messages

from . import given
from .answers import file_answer, json_answer
from .records import known, question_of, readable, seen_as

_ = messages("rest")

OPTIONS = ("dry_run", "update", "encoding", "delimiter", "decimal_mark", "mapping")
ENDINGS = {
    "text/csv": ".csv",
    "text/tab-separated-values": ".csv",
    "text/plain": ".csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/jsonl": ".jsonl",
    "application/x-ndjson": ".jsonl",
    "application/json": ".json",
}
"""Type of a body → ending that tells the reader of files what it is."""


def exported(plugin: str, noun: str) -> ResponseReturnValue:
    """Answer the list as a file, all of its pages."""
    desk, resource = readable(plugin, noun)
    sent = given.parameters()
    given.refuse(sent, ("after", "before", "limit"))
    sent = seen_as(desk, resource, sent)
    format = sent.pop("format", "") or "csv"
    columns = given.words(sent.pop("fields", "")) or None
    labels = given.flag(sent, "labels")
    pieces = export(desk, resource.name, question_of(resource, sent), columns=columns, format=format, labels=labels)
    return file_answer(pieces, format, resource.name)


def imported(plugin: str, noun: str) -> ResponseReturnValue:
    """Load a file into a resource and answer what became of its rows."""
    desk, resource = known(plugin, noun)
    return _loaded(desk, resource.name)


def imported_into(name: str) -> ResponseReturnValue:
    """Load a file into an action, each row being the arguments of one."""
    return _loaded(g.desk, g.desk.verb(name).name)


def _loaded(desk: Desk, name: str) -> ResponseReturnValue:
    sent = given.parameters(OPTIONS)
    stream, filename = _file()
    rows = read_rows(stream, filename, encoding=sent.get("encoding"), delimiter=sent.get("delimiter"))
    result = import_rows(
        desk,
        name,
        rows,
        mapping=_mapping(sent.get("mapping", "")),
        update=given.flag(sent, "update", True),
        dry_run=given.flag(sent, "dry_run"),
        decimal_mark=_mark(sent.get("decimal_mark", "")),
        filename=filename.removeprefix(".") or name,
    )
    return json_answer(_told(result))


def _file() -> tuple[BinaryIO, str]:
    """Return the uploaded file: the part ``file`` of a form, or the body itself."""
    if request.mimetype == "multipart/form-data":
        part = request.files.get("file")
        if part is None:
            raise MalformedRequest(_("The form has no file."), remedy=_("Send it as the part named file."))
        return cast(BinaryIO, part.stream), part.filename or ""
    if request.mimetype not in ENDINGS:
        raise UnsupportedMediaType
    return io.BytesIO(request.get_data()), ENDINGS[request.mimetype]


def _mapping(text: str) -> dict[str, str] | None:
    if not text:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _no_mapping() from error
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found.values()):
        raise _no_mapping()
    return found


def _no_mapping() -> MalformedRequest:
    return MalformedRequest(_("mapping is a JSON object of column and field."))


def _mark(text: str) -> Mark | None:
    if text in {"", ".", ","}:
        return text or None  # type: ignore[return-value]
    raise MalformedRequest(_("decimal_mark is a point or a comma."))


def _told(result: ImportResult) -> dict[str, Any]:
    return {
        "created": result.created,
        "changed": result.changed,
        "unchanged": result.unchanged,
        "dry_run": result.dry_run,
        "import": result.run,
        "ignored": list(result.ignored),
        "failed": [
            {"number": row.number, "values": _values(row.values), "reasons": list(row.reasons)} for row in result.failed
        ],
        "bad_rows": b"".join(bad_rows(result)).decode() if result.failed else "",
    }


def _values(values: Any) -> dict[str, Any]:
    return {str(name): to_plain(value) for name, value in values.items()}


__all__ = ["exported", "imported", "imported_into"]
