"""What people and programs do with sites; the rules are in the modules these functions call."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backoffice.core.api import InvalidInput, Session
from backoffice.hookspecs import messages

from . import importing, publishing, writing
from .models import Page, Site, Text

_ = messages("cms")


def begin(session: Session, page: Page, *, language: str, title: str, **content: Any) -> dict[str, Any]:
    """Write a page in a language."""
    text = writing.begin(session, page, language, title=title, **content)
    return {"id": text.id, "revision": text.draft, "path": text.path}


def write(session: Session, text: Text, *, base: int | None = None, note: str | None = None, **content: Any) -> Any:
    """Write a new revision."""
    revision = writing.write(session, text, base=base, note=note, **content)
    return {"id": text.id, "revision": revision.number, "state": text.state}


def submit(session: Session, text: Text) -> dict[str, Any]:
    """Hand the newest revision over."""
    return publishing.submit(session, text)


def turn_down(session: Session, text: Text, *, reason: str) -> dict[str, Any]:
    """Hand a text back."""
    return publishing.turn_down(session, text, reason=reason)


def publish(
    session: Session, text: Text, *, revision: int | None = None, at: datetime | None = None,
    until: datetime | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Publish a revision."""
    return publishing.publish(session, text, revision=revision, at=at, until=until)


def withdraw(session: Session, text: Text) -> dict[str, Any]:
    """Take a text from visitors."""
    return publishing.withdraw(session, text)


def restore(session: Session, text: Text, *, revision: int) -> dict[str, Any]:
    """Write an old revision again."""
    return publishing.restore(session, text, revision=revision)


def rename(session: Session, text: Text, *, slug: str) -> dict[str, Any]:
    """Give a text another name in its address."""
    return writing.rename(session, text, slug)


def move(session: Session, page: Page, *, parent_id: int | None = None, position: int | None = None) -> dict[str, Any]:
    """Put a page elsewhere in the tree."""
    parent = session.get(Page, parent_id) if parent_id is not None else None
    return writing.move(session, page, parent=parent, position=position)


def import_wordpress(
    session: Session, site: Site, *, file: Mapping[str, Any], language: str | None = None, published: bool | None = None
) -> dict[str, Any]:  # fmt: skip
    """Take pages and posts of WordPress over."""
    return importing.take_over(
        session, site, _sent(file), language=language or site.language, published=bool(published)
    )


def _sent(file: Mapping[str, Any]) -> bytes:
    try:
        return b64decode(str(file.get("data") or ""), validate=True)
    except (binascii.Error, ValueError) as error:
        said = _("The content of the file comes as Base64.")
        raise InvalidInput(said, fields={"file": [said]}) from error


def put_away(session: Session, *, keep: int | None = None, days: int | None = None) -> dict[str, Any]:
    """Delete old revisions nobody needs."""
    return publishing.put_away(session, keep=20 if keep is None else keep, days=90 if days is None else days)


__all__ = ["begin", "import_wordpress", "move", "publish", "put_away", "rename", "restore", "submit",
           "turn_down", "withdraw", "write"]  # fmt: skip
