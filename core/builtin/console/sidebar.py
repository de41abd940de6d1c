"""The navigation, found and drawn once for all who may go to the same places in the same language.

A full office has a hundred and fifty lines, and asking for each whether it may be opened took longer than reading the
list below it. What is kept hangs on everything it is made of: grants, language, plugins at work, where the application
is mounted. A plugin that has a say in permissions by the hook ``authorize`` may look at anything, so nothing is kept
then; entries that plugins give by the hook ``menu`` are asked for each time.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import request
from markupsafe import Markup

from backoffice.core.office import Desk

from . import kept, navigation
from .navigation import Entry
from .places import Places
from .reader import Reader


def entries(desk: Desk, places: Places, reader: Reader) -> list[Entry]:
    """Return everything this person may go to, in the order of the navigation."""
    office = desk.office
    if office.hooks.decides():
        return navigation.entries(desk, places, reader)
    who = (desk.user.grants, desk.user.scopes, desk.user.is_system)
    declared = kept.kept(("entries", who, reader.language), lambda: navigation.declared(desk, places, reader))
    return navigation.ordered([*declared, *navigation.items(desk, reader)])


def drawn(found: Sequence[Entry], favourites: Sequence[str], reader: Reader) -> Markup:
    """Return the navigation of the present page as markup."""
    here, path = navigation.current(found), request.script_root + request.path
    at = here.url if here is not None else path if path in _sections(found) else ""
    key = ("navigation", tuple(found), tuple(favourites), at, request.endpoint == "console.home", reader.language)
    return kept.drawn(key, lambda: _draw(found, favourites, reader, path))


def _sections(found: Sequence[Entry]) -> set[str]:
    return {navigation.area_url(key) for key in navigation.keys(found)}


def _draw(found: Sequence[Entry], favourites: Sequence[str], reader: Reader, path: str) -> str:
    from .rendering import macro

    sections = navigation.sections(list(found), reader)
    return str(macro("nav", "nav")(navigation.favourites(found, favourites), sections, path))


__all__ = ["drawn", "entries"]
