"""Texts as pages: Markdown to HTML that is safe to show, whoever wrote it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import nh3
from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

from .slugs import slug_of

TAGS = {
    "a", "abbr", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd", "del", "details", "div", "dl",
    "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "b", "img", "input", "ins",
    "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "section", "small", "span", "strong", "sub", "summary",
    "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "var", "bdi", "bdo",
}  # fmt: skip
ATTRIBUTES = {
    "*": {"class", "dir", "id", "lang", "title"},
    "a": {"href", "hreflang"},
    "img": {"src", "alt", "width", "height", "loading"},
    "input": {"type", "checked", "disabled"},
    "ol": {"start"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
}
SCHEMES = {"http", "https", "mailto", "tel"}


@cache
def _markdown() -> MarkdownIt:
    """CommonMark with tables, strikethrough, footnotes and lists of tasks; HTML within is cleaned afterwards."""
    made = MarkdownIt("commonmark", {"html": True, "linkify": False, "typographer": False})
    return made.enable(["table", "strikethrough"]).use(footnote_plugin).use(tasklists_plugin)


def to_html(text: str, *, link: Callable[[str], str] | None = None) -> str:
    """Return ``text``, Markdown, as HTML without anything that could act.

    ``link`` may replace addresses of links and images, such as ``page:12`` by where that page stands. Headings get the
    slug of what they say as their id, and each paragraph takes its direction from its own first letters.
    """
    tokens = _markdown().parse(text)
    seen: dict[str, int] = {}
    for n, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", _unique(slug_of(tokens[n + 1].content), seen))
        if token.type in ("paragraph_open", "heading_open", "td_open", "th_open"):
            token.attrSet("dir", "auto")
        for child in token.children or ():
            _relink(child, link)
    html = _markdown().renderer.render(tokens, _markdown().options, {})
    return nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener")


def _relink(token: Any, link: Callable[[str], str] | None) -> None:
    if link is None:
        return
    for kind, name in (("link_open", "href"), ("image", "src")):
        if token.type == kind:
            token.attrSet(name, link(str(token.attrGet(name) or "")))


def _unique(slug: str, seen: dict[str, int]) -> str:
    seen[slug] = seen.get(slug, 0) + 1
    return slug if seen[slug] == 1 else f"{slug}-{seen[slug]}"


@dataclass(frozen=True)
class Heading:
    """A heading: how deep it is, what it says, and its id on the page."""

    level: int
    text: str
    id: str


def headings_of(text: str) -> list[Heading]:
    """Return the headings of a text, for a table of contents."""
    tokens, seen = _markdown().parse(text), {}  # type: tuple[Any, dict[str, int]]
    return [
        Heading(int(token.tag[1:]), tokens[n + 1].content, _unique(slug_of(tokens[n + 1].content), seen))
        for n, token in enumerate(tokens)
        if token.type == "heading_open"
    ]


def links_of(text: str) -> Iterator[str]:
    """Yield the addresses a text leads to or shows."""
    for token in _markdown().parse(text):
        for child in token.children or ():
            if child.type in ("link_open", "image"):
                yield str(child.attrGet("href") or child.attrGet("src") or "")


def words_of(text: str, *, most: int = 160) -> str:
    """Return the beginning of a text without its marks, for summaries and search engines."""
    plain = nh3.clean(to_html(text), tags=set())
    plain = re.sub(r"\s+", " ", plain).strip()
    plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    if len(plain) <= most:
        return plain
    return plain[:most].rsplit(" ", 1)[0].rstrip(".,;:،؛") + "…"
