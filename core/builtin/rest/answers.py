"""Answers: JSON with a tag by which it is known again, links to the neighbouring pages, files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any
from urllib.parse import urlencode

from flask import Response, g, request

from backoffice.core.exchange import MEDIA_TYPES

VARIES = "Accept-Language, Authorization, Backoffice-Company, Cookie"


def json_answer(document: Any, status: int = 200, *, version: int | None = None, **headers: str) -> Response:
    """Return ``document`` as JSON with an ETag, which for a record begins with its ``version``.

    A GET that knows this tag already gets 304 and no body.
    """
    body, digest = encoded(document)
    tag = digest if version is None else f"{version}.{digest}"
    return body_answer(Response(body, status, mimetype="application/json", headers=headers), tag)


def encoded(document: Any) -> tuple[bytes, str]:
    """Return ``document`` as JSON, and by what it is known again."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return body, hashlib.sha256(body).hexdigest()[:20]


def body_answer(response: Response, tag: str) -> Response:
    """Return ``response`` with what every answer of JSON says of itself; nothing of it for a GET that knows ``tag``."""
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = VARIES
    response.headers["Content-Language"] = g.language
    if request.method in {"GET", "HEAD"}:
        response.make_conditional(request.environ)
    return response


def page_answer(documents: list[dict[str, Any]], following: str, preceding: str) -> Response:
    """Return a page of a list with the addresses of its neighbours, empty text where there is none."""
    next_, previous = _address("after", following), _address("before", preceding)
    links = [f'<{url}>; rel="{rel}"' for url, rel in ((next_, "next"), (previous, "prev")) if url]
    response = json_answer({"data": documents, "next": next_, "previous": previous})
    if links:
        response.headers["Link"] = ", ".join(links)
    return response


def _address(name: str, cursor: str) -> str | None:
    if not cursor:
        return None
    kept = [(n, v) for n, v in request.args.items(multi=True) if n not in {"after", "before"}]
    return f"{request.path}?{urlencode([*kept, (name, cursor)])}"


def file_answer(pieces: Iterator[bytes], format: str, name: str) -> Response:
    """Return ``pieces`` as a file to keep; what can go wrong shows before the first of them is sent."""
    begun: Iterable[bytes] = chain([next(pieces, b"")], pieces)
    response = Response(begun, content_type=MEDIA_TYPES[format])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{format}"'
    response.headers["Vary"] = VARIES
    response.call_on_close(getattr(pieces, "close", lambda: None))
    return response


__all__ = ["body_answer", "encoded", "file_answer", "json_answer", "page_answer"]
