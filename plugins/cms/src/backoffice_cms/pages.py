"""The pages visitors see, and the preview for those who write. Nobody signs in to read what is published."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

import sqlalchemy as sa
from flask import Blueprint, Response, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.api import (
    Context,
    NotFound,
    Organization,
    Session,
    direction,
    format_date,
    permission,
    public,
    translate,
)
from backoffice.hookspecs import messages

from .models import LANGUAGES, Site, Text
from .visiting import Shown, Visit, map_of

_ = messages("cms")

pages = Blueprint("cms", __name__, static_folder="static", static_url_path="/cms/static")

WORDS: Final = {
    "skip": _("Skip to the text"),
    "menu": _("Menu"),
    "here": _("You are here"),
    "languages": _("Languages"),
    "below": _("Further pages"),
    "published": _("Published on"),
    "posts": _("Newest posts"),
    "feed": _("Feed"),
    "preview": _("Preview: visitors do not see this revision."),
}
"""The words around a page, translated into its language."""
CACHED: Final = "public, max-age=60"
ATOM: Final = "application/atom+xml"


@contextmanager
def _reading(organization: str, language: str) -> Iterator[Any]:
    """Give a session that reads one organisation for somebody who is nobody in particular."""
    office = current_app.extensions["backoffice"]
    with office.database.looking() as looking:
        place = looking.scalar(sa.select(Organization.id).where(Organization.code == organization))
    if place is None:
        raise NotFound(_("There is no such page."))
    context = Context(organization_id=place, channel="site", language=language, clock=office.clock)
    session = office.database.reading(context, office.services)
    try:
        yield session
    finally:
        session.close()


def _visit(session: Session, organization: str, code: str, language: str) -> Visit:
    site = session.scalar(sa.select(Site).where(Site.code == code, Site.active.is_(True)))
    if site is None or language not in LANGUAGES:
        raise NotFound(_("There is no such page."))
    return Visit(session, site, language, _root(site, organization))


def _root(site: Site, organization: str) -> str:
    """Return the address pages of a site stand below: its own, where it is served under a name of its own."""
    own = urlsplit(site.address or "")
    if own.hostname and own.netloc == request.host:
        return (site.address or "").rstrip("/")
    return url_for("cms.site", organization=organization, code=site.code, _external=True).rstrip("/")


@pages.get("/sites/<organization>/<code>/")
@public
def site(organization: str, code: str) -> ResponseReturnValue:
    """Lead to the site in the language the visitor reads, if it is written in it."""
    with _reading(organization, "en") as session:
        found = session.scalar(sa.select(Site).where(Site.code == code, Site.active.is_(True)))
        if found is None:
            raise NotFound(_("There is no such page."))
        written = set(
            session.scalars(sa.select(Text.language).where(Text.site_id == found.id, Text.live.is_not(None)).distinct())
        )
        read = request.accept_languages.best_match(sorted(written)) or found.language
        address = url_for("cms.page", organization=organization, code=code, language=read, path="")
    answer = redirect(address)
    answer.headers["Vary"] = "Accept-Language"
    return answer


@pages.get("/sites/<organization>/<code>/<language>/")
@pages.get("/sites/<organization>/<code>/<language>/<path:path>")
@public
def page(organization: str, code: str, language: str, path: str = "") -> ResponseReturnValue:
    """Show a published page, or lead on from an address it once had."""
    with _reading(organization, language) as session:
        visit = _visit(session, organization, code, language)
        text = visit.find(path.strip("/"))
        if text is None:
            return _elsewhere(visit, path.strip("/"))
        answer = Response(_drawn(visit, visit.show(text)))
        answer.headers["Cache-Control"] = CACHED
        answer.last_modified = text.last_published
    return answer.make_conditional(request)


def _elsewhere(visit: Visit, path: str) -> ResponseReturnValue:
    target = visit.leads_to(path)
    if target:
        return redirect(target, 301)
    raise NotFound(_("There is no such page."))


def _drawn(visit: Visit, shown: Shown, *, preview: bool = False) -> str:
    language = visit.language
    site_ = visit.site
    name = ((site_.translations or {}).get(language) or {}).get("name") or site_.name
    is_first = shown.text.page.parent_id is None and not shown.crumbs
    return render_template(
        "cms/page.html",
        words={key: translate(said, language) for key, said in WORDS.items()},
        language=language,
        direction=direction(language),
        site={"name": name, "url": visit.url(""), "feed": f"{visit.root}/{language}/feed.xml"},
        menu=visit.menu(shown.text.path),
        shown=shown,
        languages=[(code, LANGUAGE_NAMES[code], url, code == language) for code, url in shown.languages],
        canonical=visit.url(shown.text.path),
        published=format_date(shown.text.first_published.date(), language=language)
        if shown.text.first_published and shown.text.page.kind == "post"
        else "",
        posts=visit.posts(5) if is_first else [],
        preview=preview,
    )


LANGUAGE_NAMES: Final = {"en": "English", "ar": "العربية"}


@pages.get("/sites/<organization>/<code>/sitemap.xml")
@public
def sitemap(organization: str, code: str) -> ResponseReturnValue:
    """Give search engines every published page, with the same page in other languages."""
    with _reading(organization, "en") as session:
        found = _visit(session, organization, code, "en")
        rows = map_of(session, found.site, found.root)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>',
             '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
             'xmlns:xhtml="http://www.w3.org/1999/xhtml">']  # fmt: skip
    for url, at, same in rows:
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang={quoteattr(language)} href={quoteattr(other)}/>'
            for language, other in same
            if len(same) > 1
        )
        changed = f"<lastmod>{_instant(at)}</lastmod>" if at else ""
        lines.append(f"<url><loc>{escape(url)}</loc>{changed}{others}</url>")
    return _xml("\n".join([*lines, "</urlset>"]), "application/xml")


@pages.get("/sites/<organization>/<code>/<language>/feed.xml")
@public
def feed(organization: str, code: str, language: str) -> ResponseReturnValue:
    """Give the newest posts as an Atom feed (RFC 4287)."""
    with _reading(organization, language) as session:
        visit = _visit(session, organization, code, language)
        posts, own = visit.posts(), f"{visit.root}/{language}/feed.xml"
        name = ((visit.site.translations or {}).get(language) or {}).get("name") or visit.site.name
        home = visit.url("")
    newest = posts[0][3] if posts else datetime(2000, 1, 1, tzinfo=UTC)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={quoteattr(language)}>',
        f"<title>{escape(name)}</title><id>{escape(own)}</id><updated>{_instant(newest)}</updated>",
        f'<link rel="self" href={quoteattr(own)}/><link href={quoteattr(home)}/>',
        f"<author><name>{escape(name)}</name></author>",
    ]
    for title, url, summary, at in posts:
        lines.append(
            f"<entry><title>{escape(title)}</title><id>{escape(url)}</id><link href={quoteattr(url)}/>"
            f"<updated>{_instant(at)}</updated><summary>{escape(summary)}</summary></entry>"
        )
    return _xml("\n".join([*lines, "</feed>"]), ATOM)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _xml(text: str, kind: str) -> Response:
    answer = Response(text, mimetype=kind)
    answer.headers["Cache-Control"] = CACHED
    return answer


@pages.get("/sites/<organization>/<code>/<language>/content/")
@pages.get("/sites/<organization>/<code>/<language>/content/<path:path>")
@public
def content(organization: str, code: str, language: str, path: str = "") -> ResponseReturnValue:
    """Give a published page as JSON, for programs that draw it themselves."""
    with _reading(organization, language) as session:
        visit = _visit(session, organization, code, language)
        text = visit.find(path.strip("/"))
        if text is None:
            raise NotFound(_("There is no such page."))
        shown = visit.show(text)
        answer = {
            "title": shown.revision.title, "summary": shown.summary, "html": shown.html, "body": shown.revision.body,
            "language": language, "path": text.path, "revision": shown.revision.number,
            "published_at": text.last_published.isoformat() if text.last_published else None,
            "languages": dict(shown.languages), "crumbs": [list(one) for one in shown.crumbs],
            "below": [list(one) for one in shown.below],
        }  # fmt: skip
    response = current_app.json.response(answer)
    response.headers["Cache-Control"] = CACHED
    return response


@pages.get("/cms/preview/<int:id>/<int:revision>")
@permission("cms.text.read")
def preview(id: int, revision: int) -> ResponseReturnValue:
    """Show any revision of a text as visitors would see it."""
    found = g.desk.get("cms.text", id)
    with g.desk.reading() as session:
        place = session.get(Organization, g.identity.organization_id)
        record = session.get(Text, found.id)
        visit = Visit(session, record.site, record.language, _root(record.site, place.code))
        answer = Response(_drawn(visit, visit.show(record, revision), preview=True))
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
