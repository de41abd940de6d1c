"""Resources: sites, pages, their texts with revisions, and where old addresses lead."""

from __future__ import annotations

from backoffice_cms.models import Page, Redirect, Site, Text

from backoffice.hookspecs import Lines, Resource, messages

_ = messages("cms")

HERE = "backoffice_cms.checking"

SITE = Resource(
    "cms.site",
    Site,
    label=_("Site"),
    plural=_("Sites"),
    description=_("What visitors see: its address, its languages, what it is called."),
    columns=("name", "code", "language", "address", "active"),
    form=("code", "name", "language", "address", "about", "active"),
    filters=("active",),
    sorts=("code",),
    order="code",
    menu="settings",
    before_save=f"{HERE}:site",
)

PAGE = Resource(
    "cms.page",
    Page,
    label=_("Page"),
    plural=_("Pages"),
    description=_("The tree of pages. Add one, then write it in each language."),
    columns=("name", "site_id", "parent_id", "kind", "position", "in_menu"),
    form=("name", "site_id", "parent_id", "kind", "position", "in_menu"),
    filters=("site_id", "parent_id", "kind", "in_menu"),
    sorts=("name",),
    order="name",
    menu="sales",
    before_save=f"{HERE}:page",
)

TEXT = Resource(
    "cms.text",
    Text,
    label=_("Text"),
    plural=_("Texts"),
    description=_("Pages in each language: what is published, and what is being written."),
    columns=("title", "language", "path", "state", "last_published"),
    filters=("site_id", "page_id", "language", "state"),
    sorts=("title",),
    order="title",
    lines=(Lines("revisions", ("number", "title", "at", "by_id", "based_on", "note"), label=_("Revisions")),),
    operations=frozenset({"delete"}),
    editable_when=("state", "draft"),
    badge="state",
    menu="sales",
)

REDIRECT = Resource(
    "cms.redirect",
    Redirect,
    label=_("Redirect"),
    plural=_("Redirects"),
    description=_("Where old addresses lead. A page that moves leaves one behind by itself."),
    columns=("path", "site_id", "language", "text_id", "target"),
    form=("site_id", "language", "path", "text_id", "target"),
    filters=("site_id", "language"),
    sorts=("path",),
    order="path",
    menu="settings",
    before_save=f"{HERE}:redirect",
)

RESOURCES = [SITE, PAGE, TEXT, REDIRECT]
