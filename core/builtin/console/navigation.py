"""The navigation: lists, reports and pages by what people do, and only what this person may open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import request, url_for
from werkzeug.routing import BuildError

from backoffice.core.office import Desk
from backoffice.hookspecs import MenuItem, messages

from .pages import NavigationItem, NavigationSection
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


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the navigation before it is put into its section."""

    section: str
    order: int
    label: str
    url: str


def entries(desk: Desk, places: Places, reader: Reader) -> list[Entry]:
    """Return everything this person may go to, in the order of the navigation."""
    found = [*_resources(desk, places, reader), *_reports(desk, places, reader), *_items(desk, reader)]
    return sorted(found, key=lambda entry: entry.order)


def _resources(desk: Desk, places: Places, reader: Reader) -> Iterator[Entry]:
    for resource in desk.office.registry.resources.values():
        if resource.menu and (url := places.list(resource.name)):
            order = 60 if resource.name.startswith("core.") else 50
            yield Entry(resource.menu, order, reader.say(resource.plural or resource.label or resource.name), url)


def _reports(desk: Desk, places: Places, reader: Reader) -> Iterator[Entry]:
    for report in desk.office.registry.reports.values():
        if report.menu and (url := places.report(report.name)):
            yield Entry(report.menu, 50, reader.say(report.label or report.name), url)


def _items(desk: Desk, reader: Reader) -> Iterator[Entry]:
    for _plugin, item in desk.office.hooks.menu(desk.user):
        url = _address(item) if not item.permission or desk.may(item.permission) else ""
        if url:
            yield Entry(item.section, item.order, reader.say(item.label), url)


def _address(item: MenuItem) -> str:
    try:
        return url_for(item.endpoint, **item.values)
    except BuildError:
        # The plugin's pages were refused; its entry leads nowhere and is left out.
        return ""


def sections(found: list[Entry], reader: Reader) -> list[NavigationSection]:
    """Return ``found`` by section, the one that holds this page open."""
    here = _current(found)
    home = NavigationSection(
        key="home", label=reader.say(SECTIONS["home"]), url=url_for("console.home"),
        current=request.endpoint == "console.home",
    )  # fmt: skip
    return [home, *(_section(key, found, here, reader) for key in _keys(found))]


def _keys(found: list[Entry]) -> list[str]:
    known = list(SECTIONS)
    own = [entry.section for entry in found if entry.section not in SECTIONS]
    at = known.index("reports")
    ordered = dict.fromkeys([*known[:at], *own, *known[at:]])
    used = {entry.section for entry in found}
    return [key for key in ordered if key in used and key != "home"]


def _section(key: str, found: list[Entry], here: str, reader: Reader) -> NavigationSection:
    items = [
        NavigationItem(label=entry.label, url=entry.url, current=entry.url == here)
        for entry in found
        if entry.section == key
    ]
    label = reader.say(SECTIONS[key]) if key in SECTIONS else key.replace("_", " ").capitalize()
    return NavigationSection(key=key, label=label, items=items, current=any(item.current for item in items))


def _current(found: list[Entry]) -> str:
    """Return the address of the entry this page belongs to: the longest that it begins with."""
    path = request.script_root + request.path
    near = [e.url for e in found if path == e.url or path.startswith(f"{e.url}/")]
    return max(near, key=len, default="")


__all__ = ["SECTIONS", "Entry", "entries", "sections"]
