"""Serve a file so that it can do nothing: with the type that was found, never guessed again, and in a sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import files
from .kinds import SHOWN

if TYPE_CHECKING:
    from flask import Response

    from backoffice.core.office import Desk

POLICY: Final = "sandbox; default-src 'none'; frame-ancestors 'none'"
"""A file is no page of ours: whatever it holds loads nothing, runs nothing and sends nothing."""


def answered(desk: Desk, id_: int, *, download: bool = False) -> Response:
    """Return the attachment with the id ``id_`` as an answer; pictures may be shown in place, all else is saved.

    Raises ``NotFound`` alike for none and for one this person may not see.
    """
    from flask import Response

    found, data = files.fetch(desk, id_)
    shown = found.type in SHOWN and not download
    text = found.type.startswith("text/")
    response = Response(data, content_type=f"{found.type}; charset=utf-8" if text else found.type)
    response.headers.set("Content-Disposition", "inline" if shown else "attachment", filename=found.name)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


__all__ = ["POLICY", "answered"]
