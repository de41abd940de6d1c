"""Markup that is drawn once for all who would see the same, instead of each time.

What is kept hangs on everything it was made of: grants, words, records, the address. So it cannot become wrong; what
changes makes another key, and what stood under the old one is not asked for again. What is different each time, such
as the token of a form, which belongs to one visitor alone, is put into openings that were left for it.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Any, Final, TypeVar, cast

from flask import current_app, g, request, session
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

T = TypeVar("T")
MOST: Final = 1000
"""How many are kept: up to thirty kilobytes each, for some people, in their languages, on the pages they use."""

_MARK: Final = secrets.token_hex(16)
"""Stands before and behind the name of an opening. Nobody can write it: it is random and never sent."""
_TOKEN: Final = "token"  # noqa: S105 - the name of an opening


class Kept:
    """The newest answers by what they were made of."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what is kept under ``key``, made when there is nothing."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return cast(T, self._answers[key])
        made = make()
        with self._lock:
            self._answers[key] = made
            if len(self._answers) > self._most:
                self._answers.popitem(last=False)
        return made


def kept(key: Hashable, make: Callable[[], T]) -> T:
    """Return what ``make`` gives, kept under ``key``.

    Where the application is mounted and which plugins work belong to every key. While templates are reloaded nothing
    is kept.
    """
    keep, place = _keep()
    return make() if keep is None else keep.get((place, key), make)


def _keep() -> tuple[Kept | None, Hashable]:
    """Return what keeps, and where; found once a request."""
    found = g.get("kept")
    if found is None:
        extensions = current_app.extensions
        keep = extensions.get("backoffice.kept") or extensions.setdefault("backoffice.kept", Kept())
        reload = current_app.config.get("TEMPLATES_AUTO_RELOAD")
        found = g.kept = (None if reload else keep, (request.script_root, extensions["backoffice"].manager.active()))
    return cast("tuple[Kept | None, Hashable]", found)


def drawn(key: Hashable | None, draw: Callable[[], str], openings: Mapping[str, str] | None = None) -> Markup:
    """Return the markup that ``draw`` makes, kept under ``key``, with ``openings`` put in; without a key not kept."""
    parts = _parts(draw) if key is None else kept(key, lambda: _parts(draw))
    return parts[0] if len(parts) == 1 else _filled(parts, openings or {})


def opening(name: str) -> Markup:
    """Return what stands for the opening ``name`` while something is drawn to be kept."""
    return Markup(f"{_MARK}{name}{_MARK}")  # noqa: S704 - names are ours


def form_token() -> str:
    """Return the token of this visitor's forms, or an opening for it in what is drawn to be kept."""
    if g.get("drawing_to_keep"):
        return opening(_TOKEN)
    own = session.get("csrf_token")
    return cast(str, kept((_TOKEN, own), generate_csrf) if own else generate_csrf())


def _parts(draw: Callable[[], str]) -> tuple[Markup, ...]:
    """Draw for everybody, and return the text, and the names of its openings in every second place."""
    outer, g.drawing_to_keep = g.get("drawing_to_keep", False), True
    try:
        text = str(draw())
    finally:
        g.drawing_to_keep = outer
    return tuple(Markup(part) for part in text.split(_MARK))  # noqa: S704 - it is escaped


def _filled(parts: tuple[Markup, ...], openings: Mapping[str, str]) -> Markup:
    given = {**openings, _TOKEN: form_token()} if _TOKEN in parts[1::2] else openings
    return Markup("".join([given[part] if at % 2 else part for at, part in enumerate(parts)]))  # noqa: S704


__all__ = ["Kept", "drawn", "form_token", "kept", "opening"]
