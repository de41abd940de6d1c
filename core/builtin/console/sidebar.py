"""The navigation, found and drawn once for all who may go to the same places in the same language.

A full office has a hundred and fifty lines, and asking for each whether it may be opened took longer than reading the
list below it. What is kept hangs on everything it is made of: grants, language, plugins at work, where the application
is mounted. A plugin that has a say in permissions by the hook ``authorize`` may look at anything, so nothing is kept
then; entries that plugins give by the hook ``menu`` are asked for each time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import Any, Final, TypeVar, cast

from flask import current_app, request
from markupsafe import Markup

from backoffice.core.office import Desk

from . import navigation
from .navigation import Entry
from .places import Places
from .reader import Reader

T = TypeVar("T")
MOST: Final = 400
"""How many are kept: a few roles, in two languages, on each page of the navigation."""


class Kept:
    """The newest answers by what they were made of."""

    def __init__(self) -> None:
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
            if len(self._answers) > MOST:
                self._answers.popitem(last=False)
        return made


def _kept() -> Kept:
    return cast(Kept, current_app.extensions.setdefault("backoffice.navigation", Kept()))


def entries(desk: Desk, places: Places, reader: Reader) -> list[Entry]:
    """Return everything this person may go to, in the order of the navigation."""
    office = desk.office
    if office.hooks.decides():
        return navigation.entries(desk, places, reader)
    who = (desk.user.grants, desk.user.scopes, desk.user.is_system)
    key = ("entries", who, reader.language, request.script_root, office.manager.active())
    declared = _kept().get(key, lambda: navigation.declared(desk, places, reader))
    return navigation.ordered([*declared, *navigation.items(desk, reader)])


def drawn(found: Sequence[Entry], favourites: Sequence[str], reader: Reader) -> Markup:
    """Return the navigation of the present page as markup."""
    here, path = navigation.current(found), request.script_root + request.path
    at = here.url if here is not None else path if path in _sections(found) else ""
    key = ("drawn", tuple(found), tuple(favourites), at, request.endpoint == "console.home", reader.language, _icons())
    return _kept().get(key, lambda: _draw(found, favourites, reader, path))


def _sections(found: Sequence[Entry]) -> set[str]:
    return {navigation.area_url(key) for key in navigation.keys(found)}


def _icons() -> str:
    from .rendering import asset

    return asset("icons.svg")


def _draw(found: Sequence[Entry], favourites: Sequence[str], reader: Reader, path: str) -> Markup:
    module: Any = current_app.jinja_env.get_template("console/macros/nav.html").module
    sections = navigation.sections(list(found), reader)
    return Markup(module.nav(navigation.favourites(found, favourites), sections, path))  # noqa: S704 - it is escaped


__all__ = ["drawn", "entries"]
