"""What visitors of a site see: a page by its address, the menu, the map, the feed. Only what is published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from backoffice.core.api import Session
from backoffice.hookspecs import messages

from . import rendering
from .models import LANGUAGES, Page, Redirect, Revision, Site, Text

_ = messages("cms")

LINK = "page:"
"""Links between pages are written ``page:12``: they follow a page wherever it moves."""
FEED = 20


@dataclass(frozen=True)
class Shown:
    """A published page as visitors see it."""

    text: Text
    revision: Revision
    html: str
    languages: tuple[tuple[str, str], ...] = ()
    """The languages it is published in, and its address in each."""
    crumbs: tuple[tuple[str, str], ...] = ()
    below: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """The title for the window and for search engines."""
        return self.revision.seo_title or self.revision.title

    @property
    def summary(self) -> str:
        """The summary for search engines."""
        return self.revision.seo_summary or self.revision.summary or rendering.words_of(self.revision.body)


@dataclass(frozen=True)
class Entry:
    """A page in the menu, with those below it."""

    title: str
    url: str
    current: bool = False
    below: tuple[Entry, ...] = field(default_factory=tuple)


class Visit:
    """One site in one language, for one visitor; ``root`` is the address its pages stand below."""

    def __init__(self, session: Session, site: Site, language: str, root: str) -> None:
        self.session, self.site, self.language, self.root = session, site, language, root.rstrip("/")

    def url(self, path: str, language: str = "") -> str:
        """Return the address of a page."""
        return f"{self.root}/{language or self.language}/{quote(path)}"

    def find(self, path: str) -> Text | None:
        """Return the published text at an address, or None; the empty address is the first page of the menu."""
        asked = sa.select(Text).where(
            Text.site_id == self.site.id, Text.language == self.language, Text.live.is_not(None)
        )
        if path:
            asked = asked.where(Text.path == path)
        else:
            first = asked.join(Page, Page.id == Text.page_id).where(Page.parent_id.is_(None), Page.kind == "page")
            asked = first.order_by(Page.position, Page.id).limit(1)
        return self.session.scalars(asked).first()

    def leads_to(self, path: str) -> str:
        """Return where an old address leads, or nothing."""
        found = self.session.scalar(
            sa.select(Redirect).where(
                Redirect.site_id == self.site.id, Redirect.language == self.language, Redirect.path == path
            )
        )
        if found is None:
            return ""
        if found.text_id is None:
            return found.target or ""
        text = self.session.get(Text, found.text_id)
        return self.url(text.path) if text is not None and text.live is not None else ""

    def show(self, text: Text, number: int | None = None) -> Shown:
        """Return ``text`` as it is published, or another revision of it."""
        wanted = text.live if number is None else number
        revision = self.session.scalars(
            sa.select(Revision).where(Revision.text_id == text.id, Revision.number == wanted)
        ).one()
        others = self.session.scalars(
            sa.select(Text).where(Text.page_id == text.page_id, Text.live.is_not(None)).order_by(Text.language)
        )
        return Shown(
            text, revision, rendering.to_html(revision.body, link=self._links(revision.body)),
            tuple((one.language, self.url(one.path, one.language)) for one in others),
            tuple(self._crumbs(text)), tuple(self._below(text.page_id)),
        )  # fmt: skip

    def _links(self, body: str) -> Any:
        wanted = {int(rest) for link in rendering.links_of(body) if (rest := link.removeprefix(LINK)).isdigit()}
        asked = sa.select(Text.page_id, Text.path).where(
            Text.page_id.in_(wanted), Text.language == self.language, Text.live.is_not(None)
        )
        known = {row.page_id: row.path for row in self.session.execute(asked)} if wanted else {}

        def link(address: str) -> str:
            rest = address.removeprefix(LINK)
            if rest == address or not rest.isdigit():
                return address
            return self.url(known[int(rest)]) if int(rest) in known else self.url("")

        return link

    def _published(self, *conditions: Any) -> Sequence[Any]:
        asked = (
            sa.select(Text.path, Text.page_id, Text.last_published, Page.parent_id, Page.kind, Revision.title)
            .join(Page, Page.id == Text.page_id)
            .join(Revision, sa.and_(Revision.text_id == Text.id, Revision.number == Text.live))
            .where(Text.site_id == self.site.id, Text.language == self.language, *conditions)
            .order_by(Page.position, Page.id)
        )
        return self.session.execute(asked).all()

    def _crumbs(self, text: Text) -> list[tuple[str, str]]:
        pages: list[int] = []
        at = self.session.get(Page, text.page_id)
        while at is not None and at.parent_id is not None and len(pages) < 20:
            at = self.session.get(Page, at.parent_id)
            pages.append(at.id if at is not None else 0)
        known = {row.page_id: row for row in self._published(Text.page_id.in_(pages))} if pages else {}
        return [(known[id_].title, self.url(known[id_].path)) for id_ in reversed(pages) if id_ in known]

    def _below(self, page_id: int) -> list[tuple[str, str]]:
        return [(row.title, self.url(row.path)) for row in self._published(Page.parent_id == page_id)]

    def menu(self, current: str = "") -> list[Entry]:
        """Return the pages of the menu, two levels of them."""
        rows = self._published(Page.in_menu.is_(True), Page.kind == "page")
        by_parent: dict[int | None, list[Any]] = defaultdict(list)
        for row in rows:
            by_parent[row.parent_id].append(row)

        def entry(row: Any, depth: int) -> Entry:
            below = tuple(entry(one, depth + 1) for one in by_parent[row.page_id]) if depth < 1 else ()
            return Entry(row.title, self.url(row.path), row.path == current, below)

        return [entry(row, 0) for row in by_parent[None]]

    def posts(self, most: int = FEED) -> list[tuple[str, str, str, datetime]]:
        """Return the newest posts: title, address, summary, and when they were published first."""
        asked = (
            sa.select(Text.path, Text.first_published, Revision.title, Revision.summary, Revision.body)
            .join(Page, Page.id == Text.page_id)
            .join(Revision, sa.and_(Revision.text_id == Text.id, Revision.number == Text.live))
            .where(Text.site_id == self.site.id, Text.language == self.language, Page.kind == "post")
            .order_by(Text.first_published.desc(), Text.id.desc())
            .limit(most)
        )
        return [
            (row.title, self.url(row.path), row.summary or rendering.words_of(row.body), row.first_published)
            for row in self.session.execute(asked)
        ]


def map_of(session: Session, site: Site, root: str) -> list[tuple[str, datetime | None, list[tuple[str, str]]]]:
    """Return every published address of a site: when it changed, and the same page in other languages."""
    by_page: dict[int, list[Any]] = defaultdict(list)
    asked = sa.select(Text.page_id, Text.language, Text.path, Text.last_published).where(
        Text.site_id == site.id, Text.live.is_not(None)
    )
    for row in session.execute(asked.order_by(Text.page_id, Text.language)):
        by_page[row.page_id].append(row)
    visits = {language: Visit(session, site, language, root) for language in LANGUAGES}
    found = []
    for rows in by_page.values():
        same = [(row.language, visits[row.language].url(row.path)) for row in rows]
        found += [(visits[row.language].url(row.path), row.last_published, same) for row in rows]
    return found
