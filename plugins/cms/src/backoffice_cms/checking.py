"""What must be right before sites, pages and redirects are saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from backoffice.core.api import InvalidInput, RuleBroken, Session
from backoffice.hookspecs import messages

from .models import Page, Redirect, Site
from .slugs import is_slug
from .writing import ancestors, readdress

_ = messages("cms")


def _invalid(name: str, said: Any) -> InvalidInput:
    return InvalidInput(said, fields={name: [said]})


def site(session: Session, record: Site, values: Mapping[str, Any]) -> None:
    """Refuse a code that cannot stand in an address, and an address that is none."""
    if not is_slug(record.code or ""):
        raise _invalid("code", _("Use small letters, digits and hyphens."))
    if record.address:
        parts = urlsplit(record.address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise _invalid("address", _("It begins with https://."))


def page(session: Session, record: Page, values: Mapping[str, Any]) -> None:
    """Refuse a page below itself or below one of another site; addresses follow its place."""
    if record.parent_id is None:
        above = None
    else:
        above = session.get(Page, record.parent_id)
        if above is None or above.site_id != record.site_id:
            raise _invalid("parent", _("That page belongs to another site."))
    if record.id is None:
        return
    if above is not None:
        try:
            below_itself = above.id == record.id or record.id in {one.id for one in ancestors(session, above)}
        except RuleBroken:
            below_itself = True
        if below_itself:
            raise _invalid("parent", _("A page does not stand below itself."))
    with session.no_autoflush:
        changed = "parent_id" in values
    if changed:
        session.flush()
        readdress(session, [record])


def redirect(session: Session, record: Redirect, values: Mapping[str, Any]) -> None:
    """Refuse a redirect that leads nowhere, or to itself."""
    record.path = (record.path or "").strip("/")
    if not record.path:
        raise _invalid("path", _("An old address is needed."))
    if (record.text_id is None) == (not record.target):
        raise _invalid("target", _("Choose a text or give an address, one of the two."))
    if record.target and urlsplit(record.target).scheme not in ("", "http", "https"):
        raise _invalid("target", _("It begins with https:// or with a slash."))
    if record.target and not urlsplit(record.target).scheme and not record.target.startswith("/"):
        raise _invalid("target", _("It begins with https:// or with a slash."))
