"""Exports of WordPress (WXR 1.0 to 1.2): what they hold, read without trusting them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from defusedxml.ElementTree import ParseError, fromstring

from backoffice.core.api import InvalidInput
from backoffice.hookspecs import messages

_ = messages("cms")

WP = re.compile(r"^\{https?://wordpress\.org/export/1\.[0-2]/\}(.+)$")
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
EXCERPT = re.compile(r"^\{https?://wordpress\.org/export/1\.[0-2]/excerpt/\}encoded$")
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"


@dataclass(frozen=True)
class Author:
    """Somebody who wrote there."""

    login: str
    name: str = ""
    email: str = ""
    id: str = ""


@dataclass(frozen=True)
class Term:
    """A category, a tag, or a term of another kind."""

    kind: str
    slug: str
    name: str = ""
    parent: str = ""
    id: str = ""
    element: str = "term"
    """What it stands in: a ``category``, a ``tag``, or a ``term`` of any kind."""


@dataclass(frozen=True)
class Comment:
    """What somebody said about a post."""

    author: str
    date: str
    content: str


@dataclass(frozen=True)
class Item:
    """A post, a page, an attachment, or something else."""

    id: str
    kind: str
    state: str
    title: str
    slug: str
    content: str
    excerpt: str
    author: str
    parent: str
    link: str
    position: int
    date: datetime | None
    attachment: str = ""
    password: str = ""
    terms: tuple[tuple[str, str], ...] = ()
    meta: tuple[tuple[str, str], ...] = ()
    comments: tuple[Comment, ...] = ()


@dataclass(frozen=True)
class Export:
    """A whole export."""

    title: str
    base: str
    version: str
    authors: tuple[Author, ...] = ()
    terms: tuple[Term, ...] = ()
    items: tuple[Item, ...] = field(default_factory=tuple)


def read(data: bytes) -> Export:
    """Return what an export holds.

    Raises :class:`~backoffice.core.api.InvalidInput` for anything that is no export of WordPress.
    """
    try:
        root = fromstring(data)
    except (ParseError, ValueError) as error:
        said = _("This file is no export of WordPress.")
        raise InvalidInput(said, why=str(error), fields={"file": [said]}) from None
    channel = root.find("channel")
    version = _of(channel, "wxr_version") if channel is not None else ""
    if channel is None or not version:
        said = _("This file is no export of WordPress.")
        raise InvalidInput(said, remedy=_("Export everything there as WXR."), fields={"file": [said]})
    items = tuple(_item(node) for node in channel.findall("item"))
    authors = tuple(_authors(channel)) or tuple(
        Author(login) for login in dict.fromkeys(item.author for item in items if item.author)
    )
    base = _of(channel, "base_blog_url") or _of(channel, "base_site_url") or _text(channel, "link")
    return Export(_text(channel, "title"), base, version, authors, tuple(_terms(channel)), items)


def _named(node: Any, name: str) -> Iterator[Any]:
    """Yield the children of WordPress's own namespace, whichever of its addresses a file uses."""
    for child in node:
        found = WP.match(str(child.tag))
        if found and found[1] == name:
            yield child


def _of(node: Any, name: str) -> str:
    return next((child.text or "" for child in _named(node, name)), "")


def _text(node: Any, name: str) -> str:
    return node.findtext(name) or ""


def _authors(channel: Any) -> Iterator[Author]:
    for node in _named(channel, "author"):
        yield Author(_of(node, "author_login"), _of(node, "author_display_name"), _of(node, "author_email"),
                     _of(node, "author_id"))  # fmt: skip


def _terms(channel: Any) -> Iterator[Term]:
    for node in _named(channel, "category"):
        yield Term("category", _of(node, "category_nicename"), _of(node, "cat_name"), _of(node, "category_parent"),
                   _of(node, "term_id"), "category")  # fmt: skip
    for node in _named(channel, "tag"):
        yield Term("post_tag", _of(node, "tag_slug"), _of(node, "tag_name"), "", _of(node, "term_id"), "tag")
    for node in _named(channel, "term"):
        yield Term(_of(node, "term_taxonomy"), _of(node, "term_slug"), _of(node, "term_name"),
                   _of(node, "term_parent"), _of(node, "term_id"))  # fmt: skip


def _item(node: Any) -> Item:
    position = _of(node, "menu_order")
    return Item(
        id=_of(node, "post_id"), kind=_of(node, "post_type") or "post", state=_of(node, "status") or "publish",
        title=_text(node, "title"), slug=_of(node, "post_name"), content=node.findtext(CONTENT) or "",
        excerpt=next((child.text or "" for child in node if EXCERPT.match(str(child.tag))), ""),
        author=node.findtext(CREATOR) or "", parent=_of(node, "post_parent"), link=_text(node, "link"),
        position=int(position) if re.fullmatch(r"-?\d+", position) else 0, date=_date(node),
        attachment=_of(node, "attachment_url"), password=_of(node, "post_password"),
        terms=tuple(
            (child.get("domain") or "category", child.get("nicename") or child.text or "")
            for child in node.findall("category")
        ),
        meta=tuple((_of(one, "meta_key"), _of(one, "meta_value")) for one in _named(node, "postmeta")),
        comments=tuple(
            Comment(_of(one, "comment_author"), _of(one, "comment_date"), _of(one, "comment_content"))
            for one in _named(node, "comment")
        ),
    )  # fmt: skip


def _date(node: Any) -> datetime | None:
    """Return when it was written; drafts have a date of noughts."""
    for name in ("post_date_gmt", "post_date"):
        try:
            return datetime.strptime(_of(node, name), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
