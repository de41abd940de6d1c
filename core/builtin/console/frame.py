"""The frame around every page: navigation, companies, banners, messages, who is signed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import sqlalchemy as sa
from flask import current_app, g, get_flashed_messages, request, url_for

from backoffice.core.events.notices import unread, unread_of
from backoffice.core.office import Backoffice, Desk
from backoffice.core.office.described import text_of
from backoffice.core.persistence import Session
from backoffice.core.plugins.discovery import core_version
from backoffice.core.text import LANGUAGES, direction, language_name
from backoffice.core.users.models import Company, Organization
from backoffice.hookspecs import messages

from . import navigation, sidebar
from .helping import topic_of
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


def languages(read: Reader) -> list[Choice]:
    """Return the languages to choose from, each in its own words."""
    return [Choice(code, language_name(code), current=code == read.language) for code in LANGUAGES]


def flashed() -> list[Notice]:
    """Return the messages that the page before left; a script that only looks where a form led leaves them there."""
    if request.headers.get("X-Dialog") and request.method == "GET":
        return []
    return [
        Notice(**said) if isinstance(said, dict) else Notice(str(said), "info")
        for said in cast("list[Any]", get_flashed_messages())
    ]


def _signed_in(desk: Desk) -> Page:
    read = reader()
    identity = desk.user
    with desk.reading() as session:
        companies, organization, told = _around(desk, session)
        kept = navigation.favourite_places(desk, session)
    entries = sidebar.entries(desk, places(), read)
    return Page(
        language=read.language,
        direction=direction(read.language),
        theme=cast(Any, "" if identity.theme == "auto" else identity.theme),
        digits=read.digits,
        organization=organization,
        company=next((each.label for each in companies if each.current), ""),
        companies=companies,
        languages=languages(read),
        user=Person(name=identity.name, username=identity.username, initials=initials(identity.name)),
        sidebar=sidebar.drawn(entries, kept, read),
        favourite=navigation.favourite(entries, kept),
        banners=banners(current_app.extensions["backoffice"], desk, read),
        messages=flashed(),
        notifications=told,
        version=core_version(),
        query=request.args.get("q", "") if request.endpoint == "console.search" else "",
        help_url=help_url(),
    )


def help_url() -> str:
    """Return where this page is explained; a page of a plugin leads to every topic."""
    topic = topic_of(request.endpoint)
    return url_for("console.help_on", topic=topic.key) if topic is not None else url_for("console.help")


def _around(desk: Desk, session: Session) -> tuple[list[Choice], str, int]:
    """Return the companies one may work for, what the organisation is called, and how many notices are unread.

    One query gives all of it, since every page asks.
    """
    name = sa.select(Organization.name).where(Organization.id == desk.user.organization_id).scalar_subquery()
    statement = sa.select(Company, name, unread_of(desk.user.user_id or 0)).order_by(Company.code)
    if desk.user.companies is not None:
        statement = statement.where(Company.id.in_(desk.user.companies))
    rows = session.execute(statement).all()
    if not rows:
        return [], session.scalar(sa.select(Organization.name)) or "", unread(session, desk.user.user_id or 0)
    here = desk.context.company_id
    found = [Choice(str(c.id), str(text_of(c, "name", desk.language)), current=c.id == here) for c, *_rest in rows]
    return found, rows[0][1] or "", rows[0][2] or 0


def initials(name: str) -> str:
    """Return the first letters of the first and the last word of a name, parted where they would join."""
    words = name.split()
    letters = [word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)]
    joins = any("\u0600" <= letter <= "\u06ff" for letter in letters)
    return (" " if joins else "").join(letters).upper()


def banners(office: Backoffice, desk: Desk, read: Reader) -> Sequence[Notice]:
    """Return what stands above every page: plugins that were put aside, for those who can do something about it."""
    if not desk.may("core.plugins"):
        return ()
    return [
        Notice(
            read.say(_("The plugin {name} is not working: {reason}"), name=name, reason=reason),
            "warning",
            f"{url_for('console.plugins')}#{name}",
            read.say(_("What to do")),
        )
        for name, reason in _aside(office)
    ]


def _aside(office: Backoffice) -> list[tuple[str, str]]:
    """Return the plugins that were put aside and why; asking costs little, nothing is looked up in the database."""
    manager = office.manager
    found = [manager.status(name) for name in manager.names()]
    return [(s.name, s.reason) for s in found if s is not None and s.state in ASIDE and not s.root]


__all__ = ["banners", "door", "initials", "languages", "page"]
