"""Documents: a record as a page to hand out, as HTML or PDF."""

from __future__ import annotations

from typing import Final

from flask import Response, g
from flask.typing import ResponseReturnValue

from backoffice.core.exchange.writers import MEDIA_TYPES, require_format
from backoffice.core.office import Desk

from . import given
from .answers import VARIES
from .common import Schema

FORMATS: Final = ("html", "pdf")
FORMAT: Final[Schema] = {"name": "format", "in": "query", "schema": {"type": "string", "enum": list(FORMATS)}}


def answered(name: str, id: int) -> ResponseReturnValue:
    """Answer the document ``name`` of a record, in the language asked for or the one it chooses itself."""
    desk: Desk = g.desk
    sent = given.parameters(("format", "language"))
    if sent.get("language") == "":
        raise given.without_value("language")
    format = sent.get("format") or "html"
    require_format(format, FORMATS)
    made = desk.document(name, id, sent.get("language"))
    if format == "pdf":
        response = Response(made.pdf(), mimetype=MEDIA_TYPES["pdf"])
    else:
        response = Response(made.html, mimetype="text/html")
        response.headers["Content-Security-Policy"] = made.policy
    response.headers.set("Content-Disposition", "inline", filename=f"{made.filename}.{format}")
    response.headers["Content-Language"] = made.language.replace("+", ", ")
    response.headers["Vary"] = VARIES
    return response


__all__ = ["FORMAT", "answered"]
