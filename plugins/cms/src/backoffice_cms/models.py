"""What is kept of sites: pages, their texts in each language, every revision of these, and where old addresses lead."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy.orm import Mapped

from backoffice.core.api import (
    Indexed,
    OfCompany,
    Record,
    Row,
    UniqueInCompany,
    UniqueInOrganization,
    User,
    field,
    plugin_base,
    to_many,
    to_one,
)
from backoffice.hookspecs import messages

from . import guards

_ = messages("cms")

Base: Any = plugin_base("cms")

LANGUAGES = {"en": _("English"), "ar": _("Arabic")}
KINDS = {"page": _("Page"), "post": _("Post")}
STATES = {
    "draft": _("Draft"),
    "review": _("To be looked at"),
    "scheduled": _("Waits for its time"),
    "live": _("Published"),
    "changed": _("Published, with changes"),
    "withdrawn": _("Withdrawn"),
}
LONG_TITLE, LONG_SUMMARY = 200, 500


class Site(OfCompany, Record, Base):
    """A site: its address, its languages, what it is called."""

    __tablename__ = "cms_site"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(32, label=_("Code"), search=True, help=_("It stands in addresses."))
    name: Mapped[str] = field.translated(120, label=_("Name"), search=True)
    address: Mapped[str | None] = field.text(
        200, label=_("Address"), help=_("Such as https://www.example.org, where it is served under a name of its own.")
    )
    language: Mapped[str] = field.choice(LANGUAGES, label=_("Language"), default="en")
    about: Mapped[str | None] = field.translated(300, label=_("In one sentence"))
    active: Mapped[bool] = field.yes_no(default=True, label=_("Open to visitors"))

    unique = UniqueInOrganization("code")
    by_code = Indexed("code", "id")


class Page(OfCompany, Record, Base):
    """A page in the tree of its site, whatever languages it is written in."""

    __tablename__ = "cms_page"
    __title__ = "name"

    site_id: Mapped[int] = field.ref(Site, label=_("Site"))
    parent_id: Mapped[int | None] = field.ref("cms_page", label=_("Below"))
    name: Mapped[str] = field.text(LONG_TITLE, label=_("Name"), search=True, help=_("Seen by those who write."))
    kind: Mapped[str] = field.choice(KINDS, label=_("Kind"), default="page")
    position: Mapped[int] = field.integer(label=_("Place among its neighbours"), default=100)
    in_menu: Mapped[bool] = field.yes_no(default=True, label=_("In the menu"))
    source: Mapped[str | None] = field.code(40, label=_("Comes from"), read_only=True)
    source_key: Mapped[str | None] = field.code(200, label=_("Key there"), read_only=True)

    once = UniqueInCompany("site_id", "source", "source_key")
    by_site = Indexed("site_id", "parent_id", "position")
    by_name = Indexed("name", "id")
    site: Mapped[Site] = to_one(site_id)
    parent: Mapped[Page | None] = to_one(parent_id, remote_side="Page.id")


class Text(OfCompany, Record, Base):
    """A page in one language: where it stands, what of it is published, and what is being written."""

    __tablename__ = "cms_text"
    __title__ = "title"

    page_id: Mapped[int] = field.ref(Page, label=_("Page"), read_only=True)
    site_id: Mapped[int] = field.ref(Site, label=_("Site"), read_only=True)
    language: Mapped[str] = field.choice(LANGUAGES, label=_("Language"), read_only=True)
    title: Mapped[str] = field.text(LONG_TITLE, label=_("Title"), search=True, read_only=True)
    slug: Mapped[str] = field.code(120, label=_("Name in its address"), default="", read_only=True)
    path: Mapped[str] = field.code(600, label=_("Address"), default="", search=True, read_only=True)
    state: Mapped[str] = field.choice(STATES, label=_("State"), default="draft", read_only=True)
    draft: Mapped[int | None] = field.integer(label=_("Newest revision"), read_only=True)
    review: Mapped[int | None] = field.integer(label=_("Revision to be looked at"), read_only=True)
    live: Mapped[int | None] = field.integer(label=_("Published revision"), read_only=True)
    waiting: Mapped[int | None] = field.integer(label=_("Revision that waits"), read_only=True)
    publish_at: Mapped[datetime.datetime | None] = field.instant(label=_("Published at"), read_only=True)
    expires_at: Mapped[datetime.datetime | None] = field.instant(label=_("Withdrawn at"), read_only=True)
    first_published: Mapped[datetime.datetime | None] = field.instant(label=_("First published"), read_only=True)
    last_published: Mapped[datetime.datetime | None] = field.instant(label=_("Last published"), read_only=True)

    one_a_language = UniqueInCompany("page_id", "language")
    one_a_path = UniqueInCompany("site_id", "language", "path")
    by_state = Indexed("state", "id")
    by_title = Indexed("title", "id")
    due = Indexed("publish_at", where="publish_at IS NOT NULL")
    ending = Indexed("expires_at", where="expires_at IS NOT NULL")
    page: Mapped[Page] = to_one(page_id)
    site: Mapped[Site] = to_one(site_id)
    revisions: Mapped[list[Revision]] = to_many("Revision.text_id", back_populates="text")


class Revision(Row, Base):
    """What a text said once. It never changes; another one is made of it."""

    __tablename__ = "cms_revision"
    __part_of__ = "text_id"
    __title__ = "title"
    guards = (guards.REVISION,)

    text_id: Mapped[int] = field.ref(Text, label=_("Text"), read_only=True)
    number: Mapped[int] = field.integer(label=_("Revision"), read_only=True)
    based_on: Mapped[int | None] = field.integer(label=_("Made from"), read_only=True)
    at: Mapped[datetime.datetime] = field.instant(label=_("Written at"), read_only=True)
    by_id: Mapped[int | None] = field.ref(User, label=_("Written by"), read_only=True)
    title: Mapped[str] = field.text(LONG_TITLE, label=_("Title"), read_only=True)
    summary: Mapped[str | None] = field.text(LONG_SUMMARY, label=_("Summary"), read_only=True)
    body: Mapped[str] = field.long_text(label=_("Text"), default="", read_only=True)
    seo_title: Mapped[str | None] = field.text(LONG_TITLE, label=_("Title for search engines"), read_only=True)
    seo_summary: Mapped[str | None] = field.text(LONG_SUMMARY, label=_("Summary for search engines"), read_only=True)
    note: Mapped[str | None] = field.text(200, label=_("What changed"), read_only=True)

    numbered = UniqueInOrganization("text_id", "number")
    of_text = Indexed("text_id", "number")
    text: Mapped[Text] = to_one(text_id, back_populates="revisions")


class Redirect(OfCompany, Record, Base):
    """Where an old address leads."""

    __tablename__ = "cms_redirect"
    __title__ = "path"

    site_id: Mapped[int] = field.ref(Site, label=_("Site"))
    language: Mapped[str] = field.choice(LANGUAGES, label=_("Language"))
    path: Mapped[str] = field.code(600, label=_("Old address"), search=True)
    text_id: Mapped[int | None] = field.ref(Text, label=_("Leads to"))
    target: Mapped[str | None] = field.text(600, label=_("Or to this address"))

    unique = UniqueInCompany("site_id", "language", "path")
    by_path = Indexed("path", "id")
    site: Mapped[Site] = to_one(site_id)
    text: Mapped[Text | None] = to_one(text_id)
