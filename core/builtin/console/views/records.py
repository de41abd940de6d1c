"""One record: its facts, lines, documents, what refers to it, what happened to it, and how it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.audit.history import as_of, history, lines_as_of
from backoffice.core.audit.models import AuditRow
from backoffice.core.builtin.console import cards
from backoffice.core.builtin.console.happenings import happenings
from backoffice.core.builtin.console.pages import (
    Choice,
    Command,
    Crumb,
    DetailPage,
    Handout,
    HistoryPage,
    Moment,
    Pager,
    Related,
)
from backoffice.core.builtin.console.papers import called, pair
from backoffice.core.builtin.console.places import places
from backoffice.core.builtin.console.reader import reader
from backoffice.core.builtin.console.rendering import render
from backoffice.core.builtin.console.revived import revived
from backoffice.core.builtin.console.showing import Showing
from backoffice.core.builtin.console.timeline import Timeline
from backoffice.core.builtin.console.verbs import record_commands
from backoffice.core.errors import MalformedRequest, NotFound
from backoffice.core.office import Desk, Question
from backoffice.core.office.described import child_of, text_of, title_of
from backoffice.core.office.queries import filterable
from backoffice.core.office.references import columns_referring_to
from backoffice.core.persistence import OfCompany, Session, fields_of
from backoffice.core.plugins.permissions import name_of
from backoffice.core.text import LANGUAGES, translate_noun
from backoffice.core.users.models import Company
from backoffice.core.web import signed_in
from backoffice.hookspecs import Document, Resource, messages

from . import comments, files
from .base import desk, pages

_ = messages("console")

HISTORY = "core.history"
RECENT = 8
"""Moments at the side of a record's page."""
PAGE = 300
"""Changes read at once; those of a record's lines count as well."""
SOME = 5
"""Related records shown of each kind."""


@pages.get("/records/<resource>/<int:id>")
@signed_in
def record(resource: str, id: int) -> ResponseReturnValue:
    """Show a record, now or as it was."""
    noun = desk().resource(resource)
    with desk().reading() as session:
        found = _found(noun, id)
        showing = Showing(desk(), session, reader(), places())
        when = _instant(request.args.get("as_of", ""))
        shown = _as_it_was(noun, found, when, showing) if when is not None else _now(noun, found, showing, session)
        return render("detail", record=shown)


def _found(noun: Resource, id: int) -> Any:
    """Return the record; of one that stands in another of the person's companies say so: a mail may lead there."""
    try:
        return desk().get(noun.name, id)
    except NotFound as error:
        g.elsewhere = _elsewhere(noun, id)
        if g.elsewhere is None:
            raise
        raise NotFound(
            error.what,
            why=_("It belongs to {company}.").with_values(company=g.elsewhere.label),
            remedy=_("Open it there; from then on you work for that company."),
        ) from error


def _elsewhere(noun: Resource, id: int) -> Choice | None:
    """Return the other company a record stands in that this person may read."""
    here = desk()
    if not issubclass(noun.model, OfCompany):
        return None
    anywhere = Desk(here.office, here.user, replace(here.context, company_id=None, companies=here.user.companies))
    try:
        record = anywhere.get(noun.name, id)
    except NotFound:
        return None
    with anywhere.reading() as session:
        company = session.get_one(Company, record.company_id)
        return Choice(str(company.id), text_of(company, "name", here.language))


def _now(noun: Resource, found: Any, showing: Showing, session: Session) -> DetailPage:
    read = showing.reader
    title = title_of(found, desk().language)
    lines = [showing.lines(lines, noun, found, list(getattr(found, lines.relation))) for lines in noun.lines]
    may_see_history = desk().may(HISTORY)
    here = {"resource": noun.name, "id": found.id}
    return DetailPage(
        title=title,
        subtitle=translate_noun(noun.label, read.language),
        crumbs=way(noun),
        facts=showing.facts(found, noun),
        state=str(getattr(found, noun.badge)) if noun.badge else "",
        state_label=_state(noun, found, showing),
        commands=record_commands(desk(), read, noun, found),
        lines=[part for part in lines if part is not None and part.table.rows],
        related=list(_related(noun, found, showing)),
        documents=list(_documents(noun, found)),
        cards=cards.shown(desk(), session, noun.name, found, showing),
        files=files.panel(noun, found, session),
        comments=comments.panel(noun, found, session),
        history=_moments(noun, found.id, showing, session) if may_see_history else (),
        history_url=url_for("console.record_history", **here) if may_see_history else "",
    )


def way(noun: Resource, found: Any = None) -> list[Crumb]:
    """Return the way to a record of ``noun``, and to a page about ``found``."""
    read = reader()
    steps = [Crumb(read.say(noun.plural or noun.label or noun.name), places().list(noun.name))]
    if found is not None:
        steps.append(Crumb(title_of(found, desk().language), places().record(noun.name, found.id)))
    return steps


def _state(noun: Resource, found: Any, showing: Showing) -> str:
    if not noun.badge:
        return ""
    field = fields_of(noun.model)[noun.badge]
    return showing.reader.value(field, getattr(found, noun.badge))


# -- what belongs to it ------------------------------------------------------------------------------------------


def _related(noun: Resource, found: Any, showing: Showing) -> Iterator[Related]:
    """Yield the first records of each list that can be filtered by this record."""
    table = noun.model.__tablename__
    referring = {(other.name, column.key) for other, column in columns_referring_to(table)}
    for other in places().resources():
        known = filterable(other, desk().readable(other))
        for name, field in known.items():
            if (other.model.__tablename__, field.name) in referring:
                part = _part(other, name, field.name, field.label, found, showing)
                if part is not None:
                    yield part


def _part(other: Resource, name: str, column: str, label: str, found: Any, showing: Showing) -> Related | None:
    page = desk().list(other.name, Question(filters={name: found.id}, limit=SOME))
    if not page.records:
        return None
    fields = [field for field in showing.fields(other) if field.name != column]
    title = showing.reader.say(other.plural or other.label or other.name)
    if _several(other, found):
        title = f"{title} · {showing.reader.say(label)}"
    table = showing.table(page.records, fields, other)
    return Related(title=title, table=table, url=places().list(other.name, **{name: found.id}) if page.next else "")


def _several(other: Resource, found: Any) -> bool:
    """Tell whether ``other`` refers to the kind of ``found`` by more than one field."""
    table = type(found).__tablename__
    return sum(1 for of, _column in columns_referring_to(table) if of.name == other.model.__tablename__) > 1


def _documents(noun: Resource, found: Any) -> Iterator[Handout]:
    for document in desk().office.registry.documents_of(noun.name):
        if _offered(document, found) and desk().may(name_of(document), found, noun.owner):
            here = {"name": document.name, "id": found.id}
            yield Handout(
                label=reader().say(document.label or document.name),
                url=url_for("console.document", **here),
                downloads=[
                    Choice(code, called(code), url_for("console.document", **here, language=code))
                    for code in (*LANGUAGES, pair())
                ],
            )


def _offered(document: Document, found: Any) -> bool:
    return document.when is None or str(getattr(found, document.when[0])) in document.when[1]


# -- what happened to it -----------------------------------------------------------------------------------------


def _moments(noun: Resource, id_: int, showing: Showing, session: Session) -> list[Moment]:
    changes = history(session, noun.model.__tablename__, id_, limit=PAGE)
    return happenings(Timeline(showing, noun), session, id_, changes, whole=len(changes) < PAGE)[:RECENT]


@pages.get("/records/<resource>/<int:id>/history")
@signed_in
def record_history(resource: str, id: int) -> ResponseReturnValue:
    """Show everything that happened to a record."""
    noun = desk().resource(resource)
    desk().require(HISTORY)
    before = _whole(request.args.get("before", ""))
    with desk().reading() as session:
        found = desk().get(resource, id)
        showing = Showing(desk(), session, reader(), places())
        changes = history(session, noun.model.__tablename__, id, limit=PAGE, before=before)
        last = changes[-1].id if len(changes) == PAGE else 0
        older = url_for("console.record_history", resource=resource, id=id, before=last) if last else ""
        shown = HistoryPage(
            title=reader().say(_("History of {title}"), title=title_of(found, desk().language)),
            crumbs=way(noun, found),
            moments=happenings(
                Timeline(showing, noun), session, id, changes, whole=not last, before=_time_of(session, before)
            ),
            as_of_url=url_for("console.record", resource=resource, id=id),
            pager=Pager(next=older),
        )
        return render("history", history=shown)


def _time_of(session: Session, change: int | None) -> datetime | None:
    """Return when the oldest change of the page above was made."""
    return session.scalar(sa.select(AuditRow.at).where(AuditRow.id == change)) if change is not None else None


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


# -- as it was ---------------------------------------------------------------------------------------------------


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(reader().read_instant(text))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedRequest(_("This is not a point in time."), remedy=_("Choose a date and a time.")) from error


def _as_it_was(noun: Resource, found: Any, when: datetime, showing: Showing) -> DetailPage:
    desk().require(HISTORY)
    session, table = showing.session, noun.model.__tablename__
    values = as_of(session, table, found.id, when)
    if values is None:
        raise NotFound(
            _("It did not exist then."),
            why=_("The first entry of its history is later."),
            remedy=_("Choose a later time."),
        )
    was = revived(noun.model, values)
    lines = [
        showing.lines(part, noun, was, [revived(child_of(part, noun.model), row) for row in rows])
        for part in noun.lines
        if (rows := lines_as_of(session, child_of(part, noun.model).__tablename__, found.id, when))
    ]
    return DetailPage(
        title=title_of(was, desk().language),
        subtitle=translate_noun(noun.label, showing.reader.language),
        crumbs=way(noun, found),
        facts=showing.facts(was, noun),
        state=str(getattr(was, noun.badge)) if noun.badge else "",
        state_label=_state(noun, was, showing),
        as_of=when,
        now_url=places().record(noun.name, found.id),
        lines=[part for part in lines if part is not None],
        commands=[Command(label=showing.reader.say(_("History")), url=_history_url(noun, found), icon="history")],
    )


def _history_url(noun: Resource, found: Any) -> str:
    return url_for("console.record_history", resource=noun.name, id=found.id)


__all__ = ["way"]
