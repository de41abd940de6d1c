"""The blueprint of the console's pages, and what its views share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.builtin.console.pages import Crumb
from backoffice.core.builtin.console.reader import say
from backoffice.core.office import Desk
from backoffice.core.persistence import Session
from backoffice.core.users.models import User

pages = Blueprint("console", "backoffice.core.builtin.console")


def desk() -> Desk:
    """Return the desk of the person who asks."""
    found: Desk = g.desk
    return found


def tell(text: str, tone: str = "good", *, url: str = "", link: str = "", **values: Any) -> None:
    """Leave a message for the next page."""
    said = {"text": say(text, **values), "tone": tone, "url": url, "link": say(link) if link else ""}
    flash(said)  # type: ignore[arg-type]


def safe_path(given: str) -> str:
    """Return ``given`` if it is a path on this site, else nothing; a link may not lead elsewhere."""
    parts = urlsplit(given)
    if parts.scheme or parts.netloc or not given.startswith("/") or given.startswith("//"):
        return ""
    return "" if "\\" in given or any(ord(letter) < 32 for letter in given) else given


def back(default: str = "") -> ResponseReturnValue:
    """Lead back to the page that sent the form."""
    sender = urlsplit(request.referrer or "")
    path = (
        safe_path(sender.path + (f"?{sender.query}" if sender.query else "")) if sender.netloc == request.host else ""
    )
    return redirect(path or default or url_for("console.home"), 303)


def see(address: str) -> ResponseReturnValue:
    """Lead to the page that shows what a form did, so that loading it again does nothing twice."""
    return redirect(address, 303)


def crumbs(*steps: tuple[str, str]) -> list[Crumb]:
    """Return the way to a page; steps without a label are left out."""
    return [Crumb(label, url) for label, url in steps if label]


def people_by_id(session: Session, ids: Iterable[int | None]) -> dict[int, str]:
    """Return the names of the users with ``ids``, in one query."""
    wanted = sorted({id_ for id_ in ids if id_ is not None})
    rows = session.execute(sa.select(User.id, User.name).where(User.id.in_(wanted))) if wanted else ()
    return {row.id: row.name for row in rows}


__all__ = ["back", "crumbs", "desk", "pages", "people_by_id", "safe_path", "see", "tell"]
