"""Verbs for what the console keeps for one person: forms that were not saved yet, and favourites."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa

from backoffice.core.bookkeeping.keeping import Draft, Favourite
from backoffice.core.bookkeeping.models import UsedKey
from backoffice.core.errors import Forbidden, InvalidInput
from backoffice.core.events.running import JobRun
from backoffice.core.persistence import Session
from backoffice.hookspecs import SIGNED_IN, Action, Field, Job, messages

_ = messages("backoffice")

LARGEST: Final = 400_000
"""Characters of the largest draft, as JSON: an entry of a thousand lines has less."""
KEPT: Final = timedelta(days=60)
"""How long a draft waits for whoever began it."""
MOST_FAVOURITES: Final = 40

_FORM: Final = re.compile(
    r"(?P<company>\d{1,18}):(?P<verb>[a-z0-9_.]{3,120})(:(?P<resource>[a-z0-9_.]{3,90}):(?P<id>\d{1,18}))?"
)


# -- drafts ------------------------------------------------------------------------------------------------------


def keep_draft(session: Session, *, form: str, texts: Any, version: int | None, key: str) -> dict[str, Any]:
    """Keep what is typed into a form; nothing when the form with this key was saved meanwhile."""
    me = _person(session)
    found = _FORM.fullmatch(form)
    if found is None or not isinstance(texts, dict):
        raise InvalidInput(_("This is no draft of a form."))
    if len(json.dumps(texts, ensure_ascii=False)) > LARGEST:
        raise InvalidInput(_("This draft is too long."), remedy=_("Save the form, or make it of fewer lines."))
    if key and session.scalar(sa.select(UsedKey.id).where(UsedKey.actor == me, UsedKey.key == key)) is not None:
        return {"kept": False}
    draft = session.scalars(_mine(me, form)).one_or_none() or Draft(user_id=me, form=form)
    draft.resource, draft.record_id = found["resource"] or "", int(found["id"]) if found["id"] else None
    draft.texts, draft.record_version, draft.saved_at = texts, version, session.now()
    session.add(draft)
    session.flush()
    return {"kept": True, "saved_at": draft.saved_at.isoformat()}


def forget_draft(session: Session, *, form: str) -> dict[str, Any]:
    """Forget what was typed into a form."""
    found = session.scalars(_mine(_person(session), form)).one_or_none()
    if found is not None:
        session.delete(found)
        session.flush()
    return {"forgotten": found is not None}


def _mine(user_id: int, form: str) -> Any:
    return sa.select(Draft).where(Draft.user_id == user_id, Draft.form == form)


def _person(session: Session) -> int:
    if session.context.actor_id is None:
        raise Forbidden(_("Only a person has a profile."), remedy=_("Sign in."))
    return session.context.actor_id


def sweep_drafts(job: JobRun) -> dict[str, int]:
    """Forget drafts that nobody came back to; return how many."""
    with job.everywhere() as session, session.begin():
        old = session.scalars(sa.select(Draft.id).where(Draft.saved_at < session.now() - KEPT)).all()
        if old:
            session.execute(sa.delete(Draft).where(Draft.id.in_(old)))
    return {"forgotten": len(old)}


# -- favourites --------------------------------------------------------------------------------------------------


def keep_favourite(session: Session, *, place: str, kept: bool) -> dict[str, Any]:
    """Put a place at the top of one's navigation, or take it away."""
    me = _person(session)
    mine = sa.select(Favourite).where(Favourite.user_id == me)
    found = session.scalars(mine.where(Favourite.place == place)).one_or_none()
    if found is not None and not kept:
        session.delete(found)
    if found is None and kept:
        if len(session.scalars(mine).all()) >= MOST_FAVOURITES:
            raise InvalidInput(_("There are too many favourites."), remedy=_("Take some of them away first."))
        session.add(Favourite(user_id=me, place=place))
    session.flush()
    return {"place": place, "kept": kept}


_FORM_FIELD = Field("form", "code", label=_("Form"), required=True, length=250)

ACTIONS = (
    Action(
        "core.keep_draft",
        keep_draft,
        label=_("Keep a draft"),
        permission=SIGNED_IN,
        fields=(
            _FORM_FIELD,
            Field("texts", "data", label=_("Texts"), required=True),
            Field("version", "integer", label=_("Version")),
            Field("key", "text", label=_("Key"), length=200, default=""),
        ),
    ),
    Action("core.forget_draft", forget_draft, label=_("Forget a draft"), permission=SIGNED_IN, fields=(_FORM_FIELD,)),
    Action(
        "core.keep_favourite",
        keep_favourite,
        label=_("Keep a favourite"),
        permission=SIGNED_IN,
        fields=(
            Field("place", "code", label=_("Place"), required=True, length=200),
            Field("kept", "boolean", label=_("Kept"), default=True),
        ),
    ),
)

JOBS = (Job("core.sweep_drafts", sweep_drafts, label=_("Forget old drafts"), every=timedelta(days=1), scope="system"),)

__all__ = ["ACTIONS", "JOBS"]
