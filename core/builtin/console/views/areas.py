"""The page of each section of the navigation, and the favourites at its top."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from flask import request, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.builtin.console import navigation
from backoffice.core.builtin.console.navigation import Entry, Titles
from backoffice.core.builtin.console.pages import AreaGroup, AreaLine, AreaPage, AreaPart
from backoffice.core.builtin.console.places import places
from backoffice.core.builtin.console.reader import reader, say
from backoffice.core.builtin.console.rendering import render
from backoffice.core.builtin.console.verbs import create_command, loose_actions, needs_page
from backoffice.core.errors import NotFound
from backoffice.core.web import signed_in
from backoffice.hookspecs import Action, messages

from .base import back, desk, pages, tell

_ = messages("console")

TEXTS: Final = {
    "sales": _("What you offer, to whom it was sold, and what is still to be paid for it."),
    "purchases": _("What you order, from whom, and what you owe for it."),
    "bank": _("Accounts at banks, what moved on them, and what belongs to what."),
    "finance": _("The books: accounts, entries, periods and taxes."),
    "stock": _("Goods: where they are, what they cost, and how they move."),
    "people": _("Whom you deal with, and who works here."),
    "reports": _("Questions about your figures. Each answer can be exported, printed and followed to its records."),
    "settings": _("What an administrator decides: companies, people and their access, and each plugin's own."),
}
KINDS: Final = {"list": _("Lists"), "page": _("Pages"), "report": _("Reports"), "action": _("Actions")}
ICONS: Final = {"list": "list", "page": "arrow", "report": "reports", "action": "bolt"}
CORE: Final = frozenset({"core", "worker", "console", "rest"})


@pages.get("/areas/<key>")
@signed_in
def area(key: str) -> str:
    """Explain a section of the navigation: its lists, its reports, and what can be done."""
    found = navigation.entries(desk(), places(), reader())
    of_plugins = _sections_of_plugins(found)
    inside = [e for e in found if e.section == key]
    if not inside:
        raise NotFound(_("There is nothing here for you."), remedy=_("Choose from the navigation."))
    if key != "reports":
        inside += [e for e in found if e.section == "reports" and of_plugins.get(e.plugin) == key]
    actions = [a for a in loose_actions(desk()) if _section_of(a, of_plugins) == key]
    return render("area", area=AreaPage(
        title=navigation.label_of(key, reader()),
        text=say(TEXTS[key]) if key in TEXTS else "",
        groups=_groups(inside, actions),
    ))  # fmt: skip


def _sections_of_plugins(found: Iterable[Entry]) -> dict[str, str]:
    """Return the section of each plugin that holds most of its lists; settings only when there is no other."""
    counted: dict[str, Counter[str]] = {}
    for entry in found:
        if entry.kind == "list":
            counted.setdefault(entry.plugin, Counter())[entry.section] += 1 if entry.section == "settings" else 100
    return {plugin: sections.most_common(1)[0][0] for plugin, sections in counted.items()}


def _section_of(action: Action, of_plugins: dict[str, str]) -> str:
    plugin = action.name.partition(".")[0]
    return action.menu or ("settings" if plugin in CORE else of_plugins.get(plugin, "settings"))


def _groups(found: Sequence[Entry], actions: Sequence[Action]) -> list[AreaGroup]:
    titles = Titles(desk(), reader())
    parts: dict[str, dict[str, list[AreaLine]]] = {}
    for group, inside in navigation.by_group(found).items():
        for entry in inside:
            parts.setdefault(group, {}).setdefault(entry.kind, []).append(_line(entry))
    for action in actions:
        plugin = action.name.partition(".")[0]
        group = titles.of("core" if plugin in CORE else plugin)
        parts.setdefault(group, {}).setdefault("action", []).append(_doing(action))
    return [
        AreaGroup(key=f"group-{number}", label=label, parts=_parts(kinds))
        for number, (label, kinds) in enumerate(parts.items())
    ]


def _parts(lines: Mapping[str, Sequence[AreaLine]]) -> list[AreaPart]:
    kinds: Sequence[Any] = [kind for kind in KINDS if kind in lines]
    return [AreaPart(kind=kind, label=say(KINDS[kind]), lines=lines[kind]) for kind in kinds]


def _line(entry: Entry) -> AreaLine:
    kind, _colon, name = entry.key.partition(":")
    noun = desk().office.registry.resources.get(name) if kind == "list" else None
    return AreaLine(
        label=entry.label,
        url=entry.url,
        icon=ICONS[entry.kind],
        help=entry.help,
        create=create_command(desk(), reader(), noun) if noun is not None else None,
    )


def _doing(action: Action) -> AreaLine:
    return AreaLine(
        label=say(action.label or action.name),
        url=url_for("console.do", name=action.name),
        icon=action.icon or ICONS["action"],
        help=say(action.help),
        dialog=not needs_page(action),
    )


# -- favourites --------------------------------------------------------------------------------------------------


@pages.post("/favourites")
@signed_in
def favourite() -> ResponseReturnValue:
    """Put a page at the top of the navigation, or take it away."""
    place, kept = request.form.get("place", ""), request.form.get("kept") == "1"
    known = {entry.key: entry for entry in navigation.entries(desk(), places(), reader())}
    if place not in known and kept:
        raise NotFound(_("There is nothing here for you."), remedy=_("Choose from the navigation."))
    desk().execute("core.keep_favourite", place=place, kept=kept)
    label = known[place].label if place in known else place
    tell(_("“{label}” is among your favourites.") if kept else _("“{label}” is no favourite any more."), label=label)
    return back(known[place].url if place in known else "")


__all__ = ["area", "favourite"]
