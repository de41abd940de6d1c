"""Pages and posts of WordPress taken over; the same export again, or another part of it, makes nothing twice."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import InvalidInput, Session
from backoffice.hookspecs import messages

from . import writing, wxr
from .models import Page, Redirect, Site, Text
from .publishing import publish

_ = messages("cms")

SOURCE = "wordpress"
TAKEN = ("post", "page")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
BLOCK = re.compile(r"^\s*</?(p|div|h[1-6]|ul|ol|li|table|blockquote|pre|figure|hr|section|dl)\b", re.IGNORECASE)


def take_over(session: Session, site: Site, data: bytes, *, language: str, published: bool) -> dict[str, Any]:
    """Take the pages and posts of an export into ``site``, and return how many were new, known and left out.

    Addresses they had lead to them. What was published there is published here if asked for. Parents are found in a
    second step, for a child may come before its parent, even in another file.
    """
    export = wxr.read(data)
    if not any(item.kind in TAKEN for item in export.items):
        said = _("There is no page and no post in this export.")
        raise InvalidInput(said, fields={"file": [said]})
    made: dict[str, Page] = {}
    known = _known(session, site)
    counts = {"new": 0, "known": 0, "left_out": 0}
    for item in export.items:
        if item.kind not in TAKEN or item.state in ("trash", "auto-draft"):
            counts["left_out"] += 1
        elif _key(item) in known:
            counts["known"] += 1
        else:
            made[item.id] = _page(session, site, item, language)
            counts["new"] += 1
    pages = {**{key.split("|")[0]: page for key, page in _known(session, site).items()}, **made}
    _below_parents(session, export, pages, made)
    for item in export.items:
        if item.id in made:
            _old_address(session, site, export, item, made[item.id], language)
            if published and item.state == "publish" and not item.password:
                _publish(session, made[item.id])
    return counts


def _key(item: wxr.Item) -> str:
    """Return what tells an item from others of its site: its number there, its kind and when it was written."""
    return f"{item.id}|{item.kind}|{item.date.isoformat() if item.date else item.title}"[:200]


def _known(session: Session, site: Site) -> dict[str, Page]:
    found = session.scalars(sa.select(Page).where(Page.site_id == site.id, Page.source == SOURCE))
    return {page.source_key or "": page for page in found}


def _page(session: Session, site: Site, item: wxr.Item, language: str) -> Page:
    title = item.title.strip() or _("Without a title").filled()
    page = Page(site_id=site.id, name=title[:200], kind="post" if item.kind == "post" else "page",
                position=item.position, in_menu=item.kind == "page", source=SOURCE, source_key=_key(item))  # fmt: skip
    session.add(page)
    session.flush()
    writing.begin(session, page, language, title=title[:200], slug=item.slug or title,
                  summary=item.excerpt.strip()[:500] or None, body=body_of(item.content))  # fmt: skip
    return page


def body_of(content: str) -> str:
    """Return the text of a post: WordPress keeps HTML in which empty lines part paragraphs; marks of its editor go."""
    text = COMMENT.sub("", content).replace("\r\n", "\n").strip("\n")
    lines = [line.rstrip() if BLOCK.match(line) else line for line in text.split("\n")]
    return "\n".join(lines)


def _below_parents(session: Session, export: wxr.Export, pages: dict[str, Page], made: dict[str, Page]) -> None:
    moved = []
    for item in export.items:
        page, parent = pages.get(item.id), pages.get(item.parent)
        if page is None or parent is None or page.parent_id is not None or page is parent:
            continue
        if page not in [parent, *writing.ancestors(session, parent)]:
            page.parent_id = parent.id
            moved.append(page)
    session.flush()
    writing.readdress(session, moved)


def _old_address(
    session: Session, site: Site, export: wxr.Export, item: wxr.Item, page: Page, language: str
) -> None:  # fmt: skip
    text = session.scalar(sa.select(Text).where(Text.page_id == page.id, Text.language == language))
    path = item.link.removeprefix(export.base).strip("/") if export.base else ""
    if text is None or not path or "?" in path or "://" in path or path == text.path or len(path) > 600:
        return
    same = (site.id, language, path)
    known = session.scalar(
        sa.select(Redirect.id).where(Redirect.site_id == same[0], Redirect.language == same[1], Redirect.path == path)
    )
    taken = session.scalar(
        sa.select(Text.id).where(Text.site_id == same[0], Text.language == same[1], Text.path == path)
    )
    if known is None and taken is None:
        session.add(Redirect(site_id=site.id, language=language, path=path, text_id=text.id))
        session.flush()


def _publish(session: Session, page: Page) -> None:
    for text in session.scalars(sa.select(Text).where(Text.page_id == page.id)):
        publish(session, text)


__all__ = ["SOURCE", "body_of", "take_over"]
