"""The frame around every page: navigation, companies, banners, messages, who is signed in."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any, Final, cast

import sqlalchemy as sa
from flask import g, get_flashed_messages, request, url_for

from backoffice.core.events.notices import UNREAD
from backoffice.core.office import Backoffice, Desk
from backoffice.core.persistence import Session
from backoffice.core.persistence.prepared import Read
from backoffice.core.plugins.discovery import core_version
from backoffice.core.text import LANGUAGES, direction, language_name
from backoffice.core.users.identity import Identity
from backoffice.core.users.models import Company, Organization
from backoffice.hookspecs import messages

from . import navigation, sidebar
from .helping import topic_of
from .kept import kept
from .pages import Choice, Notice, Page, Person
from .places import places
from .reader import Reader, reader

_ = messages("console")

ASIDE = frozenset({"quarantined", "import-failed", "invalid-hooks", "invalid-declarations", "needs-migration"})
"""States of plugins that somebody should look at."""


def page() -> Page:
    """Return the frame of the page being made; made once a request."""
    found = g.get("frame")
    if found is None:
        found = g.frame = door() if g.get("desk") is None else _signed_in(g.desk)
    return cast(Page, found)


def look(page: Page) -> Hashable:
    """Return what the parts around ``page`` are made of; the navigation and what is told are drawn beside them."""
    return replace(page, sidebar="", banners=(), messages=())


def door() -> Page:
    """Return the frame for someone who is not signed in."""
    read = reader()
    return Page(
        language=read.language,
        direction=direction(read.language),
        digits=read.digits,
        languages=languages(read),
        messages=flashed(),
        version=core_version(),
    )


def languages(read: Reader) -> tuple[Choice, ...]:
    """Return the languages to choose from, each in its own words."""
    return tuple(Choice(code, language_name(code), current=code == read.language) for code in LANGUAGES)


def flashed() -> tuple[Notice, ...]:
    """Return the messages that the page before left; a script that only looks where a form led leaves them there."""
    if request.headers.get("X-Dialog") and request.method == "GET":
        return ()
    return tuple(
        Notice(**said) if isinstance(said, dict) else Notice(str(said), "info")
        for said in cast("list[Any]", get_flashed_messages())
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the frame of a page is made of, as it was found for this request: the same facts make the same frame."""

    user: Identity
    company_id: int | None
    reader: Reader
    endpoint: str | None
    path: str
    query: str
    companies: tuple[Choice, ...]
    organization: str
    unread: int
    favourites: tuple[str, ...]
    banners: tuple[Notice, ...]
    offered: tuple[Hashable, ...]
    """What plugins offer by the hook ``menu``."""


def facts() -> Facts:
    """Return what the frame of this page is made of; found once a request, for somebody signed in."""
    found = g.get("frame_facts")
    if found is None:
        found = g.frame_facts = _facts(g.desk)
    return cast(Facts, found)


def _facts(desk: Desk) -> Facts:
    read = reader()
    with desk.reading() as session:
        companies, organization, unread, favourites = _around(desk, session)
    return Facts(
        user=desk.user,
        company_id=desk.context.company_id,
        reader=read,
        endpoint=request.endpoint,
        path=request.path,
        query=request.args.get("q", "") if request.endpoint == "console.search" else "",
        companies=companies,
        organization=organization,
        unread=unread,
        favourites=favourites,
        banners=banners(desk.office, desk, read),
        offered=tuple(navigation.said(plugin, item, read) for plugin, item in desk.office.hooks.menu(desk.user)),
    )


def _signed_in(desk: Desk) -> Page:
    known = facts()
    by_roles = not desk.office.hooks.decides()
    made = kept(("frame", known), lambda: _made_of(known, desk)) if by_roles else _made_of(known, desk)
    told = flashed()
    return replace(made, messages=told) if told else made


def _made_of(known: Facts, desk: Desk) -> Page:
    read, identity = known.reader, known.user
    entries = sidebar.entries(desk, places(), read)
    return Page(
        language=read.language,
        direction=direction(read.language),
        theme=cast(Any, "" if identity.theme == "auto" else identity.theme),
        digits=read.digits,
        organization=known.organization,
        company=next((each.label for each in known.companies if each.current), ""),
        companies=known.companies,
        languages=languages(read),
        user=Person(name=identity.name, username=identity.username, initials=initials(identity.name)),
        sidebar=sidebar.drawn(entries, known.favourites, read),
        favourite=navigation.favourite(entries, known.favourites),
        banners=known.banners,
        notifications=known.unread,
        version=core_version(),
        query=known.query,
        help_url=help_url(),
    )


def help_url() -> str:
    """Return where this page is explained; a page of a plugin leads to every topic."""
    topic = topic_of(request.endpoint)
    return url_for("console.help_on", topic=topic.key) if topic is not None else url_for("console.help")


def ahead(desk: Desk) -> list[tuple[Read, dict[str, Any]]]:
    """Return what the frame of every page reads, so that it can travel to the database with what a page reads."""
    me = {"user_id": desk.user.user_id or 0}
    return [(_COMPANIES, {}), (UNREAD, me), (navigation.FAVOURITES, me)]


def _around(desk: Desk, session: Session) -> tuple[tuple[Choice, ...], str, int, tuple[str, ...]]:
    """Return the companies one may work for, what the organisation is called, how many notices are unread, favourites.

    Every page asks for it, so it is asked for together.
    """
    companies, notices, favourites = Read.together(session, *ahead(desk))
    allowed, here = desk.user.companies, desk.context.company_id
    found = tuple(
        Choice(str(id_), (translations or {}).get(desk.language, {}).get("name") or name, current=id_ == here)
        for id_, name, translations, _organization in companies
        if allowed is None or id_ in allowed
    )
    organization = companies[0][3] if companies else session.scalar(sa.select(Organization.name)) or ""
    return found, organization, len(notices), tuple(place for (place,) in favourites)


_COMPANIES: Final = Read(
    sa.select(Company.id, Company.name, Company.translations, Organization.name.label("organization"))
    .join(Organization, Organization.id == Company.organization_id)
    .order_by(Company.code)
)


def initials(name: str) -> str:
    """Return the first letters of the first and the last word of a name, parted where they would join."""
    words = name.split()
    letters = [word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)]
    joins = any("\u0600" <= letter <= "\u06ff" for letter in letters)
    return (" " if joins else "").join(letters).upper()


def banners(office: Backoffice, desk: Desk, read: Reader) -> tuple[Notice, ...]:
    """Return what stands above every page: plugins that were put aside, for those who can do something about it."""
    if not desk.may("core.plugins"):
        return ()
    return tuple(
        Notice(
            read.say(_("The plugin {name} is not working: {reason}"), name=name, reason=reason),
            "warning",
            f"{url_for('console.plugins')}#{name}",
            read.say(_("What to do")),
        )
        for name, reason in _aside(office)
    )


def _aside(office: Backoffice) -> list[tuple[str, str]]:
    """Return the plugins that were put aside and why; asking costs little, nothing is looked up in the database."""
    manager = office.manager
    found = [manager.status(name) for name in manager.names()]
    return [(s.name, s.reason) for s in found if s is not None and s.state in ASIDE and not s.root]


__all__ = ["Facts", "ahead", "banners", "door", "facts", "initials", "languages", "look", "page"]
