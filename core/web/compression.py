"""Smaller answers: text is compressed where nobody can learn anything from its length.

A compressed page that repeats what came in its address tells, by its length, how much that has in common with the
secrets beside it (the attack called BREACH). For this somebody has to make a browser that is signed in ask for
addresses of their own choice, again and again, and watch the lengths. So a page is compressed only for requests which
the browser itself says come from this site or were typed; such requests no other site can make. Programs that send a
token of their own are asked by nobody else either. What a browser does not tell is sent as it is.
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from typing import Final

from flask import Flask, Response, request

SMALLEST: Final = 1024
"""Bytes from which compressing is worth the while."""

LEVEL: Final = 5
KINDS: Final = frozenset(
    {"text/html", "text/css", "text/javascript", "text/plain", "image/svg+xml", "application/json",
     "application/problem+json"}
)  # fmt: skip
OWN: Final = frozenset({"same-origin", "none"})
"""What ``Sec-Fetch-Site`` says of a request that this site made, or a person."""


def install(app: Flask) -> None:
    """Compress the answers of ``app`` where that is safe and worth it."""
    app.after_request(_compress)


def accepted() -> bool:
    """Tell whether the request takes gzip."""
    return request.accept_encodings["gzip"] > 0


def safe() -> bool:
    """Tell whether the length of an answer to this request may follow from what is in it."""
    by_token = request.headers.get("Authorization", "").startswith("Bearer ") and not request.cookies
    return by_token or request.headers.get("Sec-Fetch-Site", "") in OWN


def _compress(response: Response) -> Response:
    if not _worth(response):
        return response
    response.headers.add("Vary", "Accept-Encoding")
    if not (accepted() and safe()):
        return response
    response.set_data(gzip.compress(response.get_data(), LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    tag, _weak = response.get_etag()
    if tag is not None:
        response.set_etag(tag, weak=True)
    return response


def _worth(response: Response) -> bool:
    return (
        request.method == "GET"
        and response.status_code == 200
        and response.mimetype in KINDS
        and response.is_sequence
        and not response.direct_passthrough
        and "Content-Encoding" not in response.headers
        and (response.content_length or len(response.get_data())) >= SMALLEST
    )


@lru_cache(maxsize=64)
def squeezed(name: str, data: bytes) -> bytes:
    """Return the static file ``name`` compressed as far as it goes; done once."""
    return gzip.compress(data, 9, mtime=0)


__all__ = ["SMALLEST", "accepted", "install", "safe", "squeezed"]
