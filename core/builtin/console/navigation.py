"""The navigation: lists, reports and pages by what people do, and only what this person may open.

An entry stands in a section and, where that grows long, under a heading in it: what its plugin is called, unless it
declares another. Each section has a page that explains what is in it. Favourites name entries, so that one whose
plugin is put aside, or that may not be opened any more, is simply not shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import sqlalchemy as sa
from flask import request, url_for
from werkzeug.routing import BuildError

from backoffice.core.bookkeeping.keeping import Favourite as FavouriteRow
from backoffice.core.office import Desk
from backoffice.core.persistence import Session
from backoffice.core.persistence.prepared import Read
from backoffice.hookspecs import Label, MenuItem, messages

from .pages import Favourite, NavigationGroup, NavigationItem, NavigationSection
from .places import Places
from .reader import Reader

_ = messages("console")

SECTIONS = {
    "home": _("Home"),
    "sales": _("Sales"),
    "purchases": _("Purchases"),
    "bank": _("Bank"),
    "finance": _("Finance"),
    "stock": _("Stock"),
    "people": _("People"),
    "reports": _("Reports"),
    "settings": _("Settings"),
}
"""Sections in their order; one that a plugin invents stands before the reports, under its own name."""

SHORT: Final = 8
"""A section of so many lines needs no headings."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the navigation before it is put into its section."""

    section: str
    order: int
    label: str
    url: str
    key: str = ""
    """Names it among favourites: ``list:parties.party``, ``report:accounting.journal``, ``page:console.health``."""
    group: str = ""
    plugin: str = ""
    kind: Literal["list", "report", "page"] = "page"
    help: str = ""


def entries(desk: Desk, places: Places, reader: Reader) -> list[Entry]:
    """Return everything this person may go to, in the order of the navigation."""
    return ordered([*declared(desk, places, reader), *items(desk, reader)])


def ordered(found: Iterable[Entry]) -> list[Entry]:
    """Return ``found`` in the order of the navigation."""
    return sorted(found, key=lambda entry: entry.order)


def declared(desk: Desk, places: Places, reader: Reader) -> list[Entry]:
    """Return the lists and reports this person may open."""
    titles = Titles(desk, reader)
    return [*_resources(desk, places, reader, titles), *_reports(desk, places, reader, titles)]


class Titles:
    """What plugins are called, for headings; the core's own parts need none."""

    def __init__(self, desk: Desk, reader: Reader) -> None:
        self._manager = desk.office.manager
        self._reader = reader
        self._known: dict[str, str] = {}

    def of(self, plugin: str) -> str:
        """Return the title of ``plugin``, else its name."""
        if plugin not in self._known:
            status = self._manager.status("administration" if plugin == "core" else plugin)
            named = self._reader.say(status.title) if status is not None and status.title else ""
            self._known[plugin] = named or plugin.replace("_", " ").capitalize()
        return self._known[plugin]


def _resources(desk: Desk, places: Places, reader: Reader, titles: Titles) -> Iterator[Entry]:
    for resource in desk.office.registry.resources.values():
        if resource.menu and (url := places.list(resource.name)):
            owner = resource.name.partition(".")[0]
            yield Entry(
                resource.menu,
                60 if owner == "core" else 50,
                reader.say(resource.plural or resource.label or resource.name),
                url,
                f"list:{resource.name}",
                reader.say(resource.menu_group) or titles.of(owner),
                owner,
                "list",
                reader.say(resource.description),
            )


def _reports(desk: Desk, places: Places, reader: Reader, titles: Titles) -> Iterator[Entry]:
    for report in desk.office.registry.reports.values():
        if report.menu and (url := places.report(report.name)):
            owner = report.name.partition(".")[0]
            label, help_ = reader.say(report.label or report.name), reader.say(report.description)
            group = reader.say(report.menu_group) or titles.of(owner)
            yield Entry(report.menu, 50, label, url, f"report:{report.name}", group, owner, "report", help_)


def items(desk: Desk, reader: Reader) -> Iterator[Entry]:
    """Yield the pages that plugins name for this person."""
    titles = Titles(desk, reader)
    for plugin, item in desk.office.hooks.menu(desk.user):
        url = _address(item) if not item.permission or desk.may(item.permission) else ""
        if url:
            values = "".join(f":{value}" for value in item.values.values())
            key, group = f"page:{item.endpoint}{values}", reader.say(item.group) or titles.of(plugin)
            yield Entry(
                item.section, item.order, reader.say(item.label), url, key, group, plugin, "page", reader.say(item.help)
            )


def said(plugin: str, item: MenuItem, reader: Reader) -> tuple[Any, ...]:
    """Return everything that ``item`` says, as something that can be compared."""
    words = (item.label, item.group, item.help)
    shown = (reader.say(word) if isinstance(word, Label) and word.values else word for word in words)
    return (plugin, item.endpoint, item.section, item.order, item.permission, *item.values.items(), *shown)


def _address(item: MenuItem) -> str:
    try:
        return url_for(item.endpoint, **item.values)
    except BuildError:
        # The plugin's pages were refused; its entry leads nowhere and is left out.
        return ""


# -- sections ----------------------------------------------------------------------------------------------------


def label_of(section: str, reader: Reader) -> str:
    """Return what a section is called; one that a plugin invents by its own name."""
    return reader.say(SECTIONS[section]) if section in SECTIONS else section.replace("_", " ").capitalize()


def sections(found: list[Entry], reader: Reader) -> list[NavigationSection]:
    """Return ``found`` by section, the one that holds this page open."""
    here = current(found)
    home = NavigationSection(
        key="home", label=reader.say(SECTIONS["home"]), url=url_for("console.home"),
        current=request.endpoint == "console.home",
    )  # fmt: skip
    return [home, *(_section(key, found, here, reader) for key in keys(found))]


def area_url(key: str) -> str:
    """Return the address of the page of a section."""
    return url_for("console.area", key=key)


def keys(found: Sequence[Entry]) -> list[str]:
    """Return the sections of ``found`` in their order."""
    known = list(SECTIONS)
    own = [entry.section for entry in found if entry.section not in SECTIONS]
    at = known.index("reports")
    ordered = dict.fromkeys([*known[:at], *own, *known[at:]])
    used = {entry.section for entry in found}
    return [key for key in ordered if key in used and key != "home"]


def _section(key: str, found: Sequence[Entry], here: Entry | None, reader: Reader) -> NavigationSection:
    inside = [entry for entry in found if entry.section == key]
    grouped = by_group(inside)
    long = len(inside) > SHORT and len(grouped) > 1
    url = area_url(key)
    return NavigationSection(
        key=key,
        label=label_of(key, reader),
        url=url,
        items=() if long else [_item(entry, here) for entry in inside],
        groups=[_group(label, lines, here) for label, lines in grouped.items()] if long else (),
        current=here in inside or request.script_root + request.path == url,
    )


def by_group(found: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Return entries under their headings, those of the core before those of plugins."""
    grouped: dict[str, list[Entry]] = {}
    for entry in sorted(found, key=_core_first):
        grouped.setdefault(entry.group, []).append(entry)
    return grouped


def _core_first(entry: Entry) -> tuple[bool, bool]:
    """Sort the core's headings first, and among plugins the one the section is named after."""
    return entry.plugin not in {"core", "console"}, entry.plugin != entry.section


def _group(label: str, lines: Sequence[Entry], here: Entry | None) -> NavigationGroup:
    return NavigationGroup(label=label, items=[_item(entry, here) for entry in lines], current=here in lines)


def _item(entry: Entry, here: Entry | None) -> NavigationItem:
    return NavigationItem(label=entry.label, url=entry.url, current=entry is here)


def current(found: Sequence[Entry]) -> Entry | None:
    """Return the entry this page belongs to: the one with the longest address that it begins with."""
    path = request.script_root + request.path
    near = [e for e in found if path == e.url or path.startswith(f"{e.url}/")]
    return max(near, key=lambda entry: len(entry.url), default=None)


# -- favourites --------------------------------------------------------------------------------------------------


FAVOURITES: Final = Read(
    sa.select(FavouriteRow.place).where(FavouriteRow.user_id == sa.bindparam("user_id")).order_by(FavouriteRow.id)
)
"""What a person put at the top, in the order in which they did."""


def favourite_places(desk: Desk, session: Session) -> list[str]:
    """Return what this person put at the top."""
    return [place for (place,) in FAVOURITES.rows(session, user_id=desk.user.user_id or 0)]


def favourites(found: Sequence[Entry], kept: Sequence[str]) -> list[NavigationItem]:
    """Return the entries among ``kept``."""
    known = {entry.key: entry for entry in found}
    here = current(found)
    return [_item(known[place], here) for place in kept if place in known]


def favourite(found: Sequence[Entry], kept: Sequence[str]) -> Favourite | None:
    """Return whether this page is a favourite, when it is a line of the navigation itself."""
    path = request.script_root + request.path
    here = next((entry for entry in found if entry.url == path), None)
    return Favourite(place=here.key, kept=here.key in kept) if here is not None else None


__all__ = [
    "SECTIONS",
    "Entry",
    "Titles",
    "area_url",
    "by_group",
    "current",
    "declared",
    "entries",
    "favourite",
    "favourite_places",
    "favourites",
    "items",
    "keys",
    "label_of",
    "ordered",
    "said",
    "sections",
]
