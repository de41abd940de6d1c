"""Writing: pages in the tree, their texts, and revisions of these, by several people at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import Conflict, InvalidInput, RuleBroken, Session
from backoffice.hookspecs import messages

from .merging import Clash, merge
from .models import Page, Redirect, Revision, Text
from .slugs import slug_of

_ = messages("cms")

CONTENT = ("title", "summary", "body", "seo_title", "seo_summary")
DEEPEST = 20


def revision_of(session: Session, text: Text, number: int | None) -> Revision:
    """Return a revision of ``text`` by its number, by default the newest."""
    wanted = text.draft if number is None else number
    found: Revision | None = session.scalar(
        sa.select(Revision).where(Revision.text_id == text.id, Revision.number == wanted)
    )
    if found is None:
        said = _("There is no such revision.")
        raise InvalidInput(said, fields={"revision": [said]})
    return found


def current(session: Session, text: Text) -> dict[str, Any]:
    """Return what a form to write ``text`` begins with: the newest revision, and which one that is."""
    newest = revision_of(session, text, None)
    return {**{name: getattr(newest, name) for name in CONTENT}, "base": newest.number}


def begin(session: Session, page: Page, language: str, *, title: str, slug: str | None = None, **content: Any) -> Text:
    """Write ``page`` in a language it has not been written in yet, and return its text.

    Raises :class:`~backoffice.core.api.InvalidInput` where it has been.
    """
    known = session.scalar(sa.select(Text).where(Text.page_id == page.id, Text.language == language))
    if known is not None:
        said = _("This page is written in that language already.")
        raise InvalidInput(said, fields={"language": [said]})
    text = Text(page_id=page.id, site_id=page.site_id, language=language, title=title, slug="", path="")
    text.slug = _free_slug(session, page, language, slug_of(slug or title))
    text.path = _path(session, page, language, text.slug)
    session.add(text)
    session.flush()
    _revise(session, text, None, {"title": title, **content}, note=None)
    return text


def write(
    session: Session, text: Text, *, base: int | None = None, note: str | None = None, **content: Any
) -> Revision:
    """Write a new revision of ``text`` made from revision ``base``, and return it.

    Where others wrote since, what they changed is put together with what is written now. Where both changed the same
    lines nothing is written: raises :class:`~backoffice.core.api.Conflict` that shows both.
    """
    newest = revision_of(session, text, None)
    values = {name: getattr(newest, name) for name in CONTENT}
    given = {name: value for name, value in content.items() if value is not None}
    if base is None or base == newest.number:
        values |= given
    else:
        values |= _merged(revision_of(session, text, base), newest, given)
    if all(values[name] == getattr(newest, name) for name in CONTENT):
        return newest
    return _revise(session, text, newest.number if base is None else base, values, note=note)


def _merged(base: Revision, newest: Revision, given: dict[str, Any]) -> dict[str, Any]:
    """Return what was written put together with what others wrote since ``base``."""
    merged, clashes = {}, {}
    for name, value in given.items():
        before, theirs = getattr(base, name) or "", getattr(newest, name) or ""
        found = merge(before, value, theirs)
        merged[name] = found.text
        if found.clashes:
            clashes[name] = [_shown(one) for one in found.clashes]
    if clashes:
        raise Conflict(
            _("Somebody changed the same lines since."),
            why=_("Revision {number} was written while you wrote.").with_values(number=newest.number),
            remedy=_("Compare the two, and write again from the newest revision."),
            fields=clashes,
        )
    return merged


def _shown(clash: Clash) -> Any:
    ours, theirs = (" ⏎ ".join(lines)[:200] for lines in (clash.ours, clash.theirs))
    return _("You: “{ours}”. They: “{theirs}”.").with_values(ours=ours, theirs=theirs)


def _revise(
    session: Session, text: Text, based_on: int | None, values: dict[str, Any], *, note: str | None
) -> Revision:
    title = (values.get("title") or "").strip()
    if not title:
        said = _("A page needs a title.")
        raise InvalidInput(said, fields={"title": [said]})
    last = session.scalar(sa.select(sa.func.max(Revision.number)).where(Revision.text_id == text.id)) or 0
    revision = Revision(
        text_id=text.id, number=last + 1, based_on=based_on, at=session.now(), by_id=session.context.actor_id,
        title=title, summary=values.get("summary") or None, body=values.get("body") or "",
        seo_title=values.get("seo_title") or None, seo_summary=values.get("seo_summary") or None, note=note or None,
    )  # fmt: skip
    session.add(revision)
    session.flush()
    text.draft, text.title = revision.number, title
    settle(text)
    session.flush()
    session.expire(text, ["revisions"])
    return revision


def settle(text: Text) -> None:
    """Let the state of ``text`` say what is so."""
    if text.review is not None:
        text.state = "review"
    elif text.waiting is not None:
        text.state = "scheduled"
    elif text.live is None:
        text.state = "withdrawn" if text.first_published is not None else "draft"
    else:
        text.state = "live" if text.live == text.draft else "changed"


# -- addresses -------------------------------------------------------------------------------------------------------


def ancestors(session: Session, page: Page) -> list[Page]:
    """Return the pages above ``page``, the highest first."""
    found: list[Page] = []
    at = page
    while at.parent_id is not None:
        above = session.get(Page, at.parent_id)
        if above is None:
            break
        if above is page or len(found) >= DEEPEST:
            raise RuleBroken(_("A page does not stand below itself."))
        found.append(above)
        at = above
    return found[::-1]


def _path(session: Session, page: Page, language: str, slug: str) -> str:
    """Return where a page stands: the slugs of those above it in that language, or of their names, and its own."""
    parts = []
    for above in ancestors(session, page):
        text = session.scalar(sa.select(Text).where(Text.page_id == above.id, Text.language == language))
        parts.append(text.slug if text is not None else slug_of(above.name))
    return "/".join([*parts, slug])


def _free_slug(session: Session, page: Page, language: str, slug: str) -> str:
    """Return ``slug``, with a number behind it where another page has that address."""
    n, tried = 1, slug
    while _taken(session, page, language, _path(session, page, language, tried)):
        n += 1
        tried = f"{slug}-{n}"
    return tried


def _taken(session: Session, page: Page, language: str, path: str) -> bool:
    asked = sa.select(Text.id).where(
        Text.site_id == page.site_id, Text.language == language, Text.path == path, Text.page_id != page.id
    )
    return session.scalar(asked) is not None


def rename(session: Session, text: Text, slug: str) -> dict[str, Any]:
    """Give ``text`` another name in its address; the old addresses, of pages below it too, lead on."""
    wanted = slug_of(slug)
    page = text.page
    if _taken(session, page, text.language, _path(session, page, text.language, wanted)):
        said = _("Another page has that address.")
        raise InvalidInput(said, fields={"slug": [said]})
    text.slug = wanted
    session.flush()
    return {"id": text.id, "moved": readdress(session, [page])}


def readdress(session: Session, pages: Iterable[Page]) -> int:
    """Work out the addresses of ``pages`` and of all below them again, and return how many changed."""
    moved, waiting = 0, list(pages)
    seen: set[int] = set()
    while waiting:
        page = waiting.pop()
        if page.id in seen:
            continue
        seen.add(page.id)
        for text in session.scalars(sa.select(Text).where(Text.page_id == page.id)):
            path = _path(session, page, text.language, text.slug)
            if path != text.path:
                _lead_on(session, text, path)
                moved += 1
        waiting.extend(session.scalars(sa.select(Page).where(Page.parent_id == page.id)))
    return moved


def _lead_on(session: Session, text: Text, path: str) -> None:
    """Move ``text`` to ``path``; visitors of its old address, if it ever had any, are led there."""
    old = text.path
    same = (Redirect.site_id == text.site_id, Redirect.language == text.language)
    for stale in session.scalars(sa.select(Redirect).where(*same, Redirect.path == path)):
        session.delete(stale)  # it is an address again
    text.path = path
    session.flush()
    if text.first_published is None:
        return
    known = session.scalar(sa.select(Redirect).where(*same, Redirect.path == old))
    if known is None:
        session.add(Redirect(site_id=text.site_id, language=text.language, path=old, text_id=text.id))
    else:
        known.text_id, known.target = text.id, None
    session.flush()


def move(session: Session, page: Page, *, parent: Page | None, position: int | None = None) -> dict[str, Any]:
    """Put ``page`` below another one, or at the top; addresses change with it and the old ones lead on."""
    if parent is not None and parent.site_id != page.site_id:
        said = _("That page belongs to another site.")
        raise InvalidInput(said, fields={"parent": [said]})
    if parent is not None and (parent is page or page in ancestors(session, parent)):
        said = _("A page does not stand below itself.")
        raise InvalidInput(said, fields={"parent": [said]})
    page.parent_id = parent.id if parent is not None else None
    if position is not None:
        page.position = position
    session.flush()
    for text in session.scalars(sa.select(Text).where(Text.page_id == page.id)):
        text.slug = _free_slug(session, page, text.language, text.slug)
    session.flush()
    return {"id": page.id, "moved": readdress(session, [page])}


__all__ = [
    "CONTENT", "ancestors", "begin", "current", "move", "readdress", "rename", "revision_of", "settle",
    "write",
]  # fmt: skip
