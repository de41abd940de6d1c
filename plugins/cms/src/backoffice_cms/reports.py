"""What stands where, what changed between two revisions, and links that lead nowhere."""

from __future__ import annotations

from difflib import unified_diff
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import InvalidInput, NotFound, Session, translate
from backoffice.hookspecs import Column, Link, Row, Table, messages

from . import rendering
from .models import LANGUAGES, STATES, Page, Redirect, Revision, Site, Text
from .visiting import LINK
from .writing import CONTENT

_ = messages("cms")

NAMES = {
    "title": _("Title"),
    "summary": _("Summary"),
    "body": _("Text"),
    "seo_title": _("Title for search engines"),
    "seo_summary": _("Summary for search engines"),
}


def overview(session: Session, *, site_id: int | None = None) -> Table:
    """Return every page of the tree with the state of its text in each language."""
    pages = session.scalars(
        sa.select(Page).where(*([Page.site_id == site_id] if site_id is not None else []))
        .order_by(Page.site_id, Page.position, Page.id)
    ).all()  # fmt: skip
    states = {(text.page_id, text.language): text for text in session.scalars(sa.select(Text))}
    children: dict[int | None, list[Page]] = {}
    for page in pages:
        children.setdefault(page.parent_id, []).append(page)
    language, rows = session.context.language, []
    waiting = [(page, 0) for page in reversed(children.get(None, []))]
    while waiting:
        page, level = waiting.pop()
        cells = [_state(states.get((page.id, code)), language) for code in LANGUAGES]
        rows.append(Row((page.name, *cells), level=level, link=Link(resource="cms.page", id=page.id)))
        waiting += [(one, level + 1) for one in reversed(children.get(page.id, []))]
    columns = (Column("name", _("Page")), *(Column(code, label) for code, label in LANGUAGES.items()))
    return Table(columns, rows)


def _state(text: Text | None, language: str) -> str:
    return translate(STATES[text.state], language) if text is not None else ""


def compare(session: Session, *, text_id: int, older: int, newer: int | None = None) -> Table:
    """Return what changed between two revisions, line by line; by default up to the newest."""
    text = session.get(Text, text_id)
    if text is None:
        raise NotFound(_("There is no such text."))
    before, after = (_revision(session, text, number) for number in (older, newer or text.draft or 0))
    rows = []
    for name in CONTENT:
        old, new = ((getattr(one, name) or "").split("\n") for one in (before, after))
        changed = list(unified_diff(old, new, lineterm="", n=2))[2:]
        if not changed:
            continue
        rows.append(Row((translate(NAMES[name], session.context.language), "", ""), style="head"))
        for line in changed:
            if line.startswith("@@"):
                rows.append(Row(("…", "", "")))
            else:
                gone, come = line.startswith("-"), line.startswith("+")
                rows.append(Row(("−" if gone else "+" if come else "", "" if come else line[1:],
                                 "" if gone else line[1:])))  # fmt: skip
    columns = (
        Column("change", _("Change")),
        Column("before", _("Revision {number}").with_values(number=before.number), "long_text"),
        Column("after", _("Revision {number}").with_values(number=after.number), "long_text"),
    )
    return Table(columns, rows, subtitle=text.title)


def _revision(session: Session, text: Text, number: int) -> Revision:
    found: Revision | None = session.scalar(
        sa.select(Revision).where(Revision.text_id == text.id, Revision.number == number)
    )
    if found is None:
        said = _("There is no such revision.")
        raise InvalidInput(said, fields={"older": [said]})
    return found


def links(session: Session, *, site_id: int) -> Table:
    """Return the links of published texts that lead to nothing on their own site."""
    site = session.get(Site, site_id)
    if site is None:
        raise NotFound(_("There is no such site."))
    texts = session.scalars(sa.select(Text).where(Text.site_id == site_id, Text.live.is_not(None))).all()
    pages = {text.page_id for text in texts}
    paths = {(text.language, text.path) for text in texts}
    asked = sa.select(Redirect.language, Redirect.path).where(Redirect.site_id == site_id)
    paths |= {(row.language, row.path) for row in session.execute(asked)}
    rows = []
    for text in texts:
        body = session.scalar(sa.select(Revision.body).where(Revision.text_id == text.id, Revision.number == text.live))
        for address in dict.fromkeys(rendering.links_of(body or "")):
            if _is_broken(address, text, pages, paths):
                rows.append(Row((text.title, text.language, address), link=Link(resource="cms.text", id=text.id)))
    columns = (Column("title", _("Text")), Column("language", _("Language"), "code"),
               Column("address", _("Leads to"), "code"))  # fmt: skip
    return Table(columns, rows)


def _is_broken(address: str, text: Text, pages: set[int], paths: set[Any]) -> bool:
    rest = address.removeprefix(LINK)
    if rest != address:
        return not rest.isdigit() or int(rest) not in pages
    if not address or address.startswith(("http:", "https:", "mailto:", "tel:", "#", "/")):
        return False
    return (text.language, address.split("#")[0].strip("/")) not in paths
