"""The start page, what can be found from anywhere, and the switches of the frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import Response, g, jsonify, request, session, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.bookkeeping.models import ApprovalRequest
from backoffice.core.builtin.console import cards, navigation, rendering, sign_ins
from backoffice.core.builtin.console.pages import Choice, Command, Hit, HomePage, Task
from backoffice.core.builtin.console.places import places
from backoffice.core.builtin.console.reader import Reader, reader
from backoffice.core.builtin.console.rendering import render
from backoffice.core.builtin.console.showing import Showing
from backoffice.core.builtin.console.verbs import create_command, loose_actions, needs_page
from backoffice.core.errors import MalformedRequest
from backoffice.core.events.models import JobRow
from backoffice.core.office import Desk, Question
from backoffice.core.office.described import title_of
from backoffice.core.persistence import Session
from backoffice.core.text import LANGUAGES
from backoffice.core.users.models import Company, User
from backoffice.core.users.sessions import choose_company
from backoffice.core.web import public, signed_in
from backoffice.core.web.declared import unrecognised
from backoffice.hookspecs import Resource, messages

from .base import back, desk, pages, safe_path, see

_ = messages("console")

FIRST_RESOURCES = 4
HITS = 6


@pages.get("/")
@signed_in
def home() -> str:
    """Show the dashboard: what waits, what plugins have to say, the first steps of a new organisation."""
    read = reader()
    with desk().reading() as session_:
        showing = Showing(desk(), session_, read, places())
        shown = cards.shown(desk(), session_, "dashboard", None, showing)
        return render(
            "home",
            home=HomePage(
                greeting=_greeting(desk()),
                day=desk().context.today(),
                cards=shown,
                tasks=list(_tasks(desk(), session_)),
                steps=_steps(desk(), session_),
            ),
        )


def _greeting(of: Desk) -> str:
    hour = of.context.now().astimezone(ZoneInfo(of.context.zone)).hour
    first = of.user.name.split()[0] if of.user.name else of.user.username
    greetings = (_("Good morning, {name}"), _("Good afternoon, {name}"), _("Good evening, {name}"))
    said = greetings[0 if 4 <= hour < 12 else 1 if 12 <= hour < 18 else 2]
    return reader().say(said, name=first)


def _tasks(of: Desk, session_: Session) -> Iterator[Task]:
    """Yield what waits for this person."""
    if of.may("core.approval.read") and of.may("core.approve"):
        wanted = (ApprovalRequest.state == "pending", ApprovalRequest.requested_by != of.user.user_id)
        count = session_.scalar(sa.select(sa.func.count(ApprovalRequest.id)).where(*wanted)) or 0
        if count:
            label = reader().say(_("Requests to decide"))
            yield Task(label=label, url=url_for("console.approvals"), count=count, icon="shield")
    if of.may("core.job.read"):
        count = session_.scalar(sa.select(sa.func.count(JobRow.id)).where(JobRow.state == "dead")) or 0
        if count:
            label = reader().say(_("Jobs that were given up"))
            yield Task(label=label, url=url_for("console.jobs", state="dead"), count=count, icon="alert")


def _steps(of: Desk, session_: Session) -> list[Choice]:
    """Return the first steps of an administrator, until most of them are done."""
    if not (of.may("core.user.create") and of.may("core.company.change")):
        return []
    steps = [_company_step(of, session_), _people_step(session_), *_data_steps(of)]
    return steps if sum(step.current for step in steps) * 2 < len(steps) else []


def _company_step(of: Desk, session_: Session) -> Choice:
    company = session_.get(Company, of.context.company_id) if of.context.company_id else None
    url = url_for("console.change", resource="core.company", id=company.id) if company is not None else ""
    done = company is not None and bool(company.address and company.country)
    label, help_ = _("Complete the company"), _("Its address, country and tax number stand on documents.")
    return Choice("company", reader().say(label), url, done, reader().say(help_))


def _people_step(session_: Session) -> Choice:
    people = session_.scalar(sa.select(sa.func.count(User.id)).where(User.active)) or 0
    label, help_ = _("Add the people who work here"), _("Each with the roles they need.")
    url = url_for("console.create", resource="core.user")
    return Choice("people", reader().say(label), url, people > 1, reader().say(help_))


def _data_steps(of: Desk) -> Iterator[Choice]:
    """Yield a step for the first lists of the plugins, done once there is a record."""
    own = [r for r in places().resources() if r.menu and not r.name.startswith("core.") and r.menu != "settings"]
    for noun in own[:FIRST_RESOURCES]:
        filled = bool(_records(of, noun, Question(limit=1))[0])
        label = reader().say(noun.plural or noun.label)
        yield Choice(noun.name, label, places().list(noun.name), filled, reader().say(noun.description))


# -- found from anywhere -----------------------------------------------------------------------------------------


@pages.get("/search")
@signed_in
def search() -> str:
    """Search in every list this person may see."""
    query = request.args.get("q", "").strip()
    groups = list(_groups(query)) if query else []
    return render("search", query=query, groups=groups)


def _groups(query: str) -> Iterator[tuple[str, list[Hit], str]]:
    with desk().reading():
        for noun in places().resources():
            if not hasattr(noun.model, "search_key"):
                continue
            records, more = _records(desk(), noun, Question(search=query, limit=HITS))
            if records:
                url = places().list(noun.name, q=query) if more else ""
                hits = [_hit(noun, record) for record in records]
                yield reader().say(noun.plural or noun.label), hits, url


def _records(of: Desk, noun: Resource, question: Question) -> tuple[Sequence[Any], bool]:
    """Return records of ``noun`` and whether there are more; a plugin whose list fails is left out of shared pages."""
    owner = of.office.registry.owner_of("resources", noun.name)
    try:
        page = of.list(noun.name, question)
    except Exception as error:
        if of.office.manager.is_builtin(owner):
            raise
        of.office.manager.failed(owner, "resources", error)
        return (), False
    return page.records, bool(page.next)


def _hit(noun: Resource, record: Any) -> Hit:
    key = noun.model.__key__[0] if len(noun.model.__key__) == 1 else ""
    title = title_of(record, desk().language)
    detail = str(getattr(record, key) or "") if key else ""
    return Hit(title=title, url=places().record(noun.name, record.id), detail="" if detail == title else detail)


@pages.get("/palette.json")
@signed_in
def palette() -> ResponseReturnValue:
    """Give everything one may go to or begin, for the command palette."""
    read = reader()
    with desk().reading() as session_:
        kept = navigation.favourite_places(desk(), session_)
    entries = navigation.entries(desk(), places(), read)
    found: list[dict[str, Any]] = [_destination(entry, entry.key in kept, read) for entry in entries]
    found += [
        {"text": navigation.label_of(key, read), "section": read.say(_("Overview")), "icon": key,
         "url": url_for("console.area", key=key)}
        for key in navigation.keys(entries)
    ]  # fmt: skip
    create = [command for noun in places().resources() if (command := create_command(desk(), read, noun)) is not None]
    found += [{"text": c.label, "section": read.say(_("Create")), "url": c.url, "icon": "plus"} for c in create]
    found += [
        {"text": read.say(action.label or action.name), "section": read.say(_("Do")), "icon": action.icon or "bolt",
         "url": url_for("console.do", name=action.name), "words": action.name}
        for action in loose_actions(desk())
    ]  # fmt: skip
    return jsonify(entries=found)


def _destination(entry: navigation.Entry, kept: bool, read: Reader) -> dict[str, Any]:
    section = navigation.label_of(entry.section, read)
    found: dict[str, Any] = {"text": entry.label, "url": entry.url}
    if kept:
        return {**found, "section": read.say(_("Favourites")), "icon": "star", "words": section, "first": True}
    inner = "" if entry.group == section else f" · {entry.group}"
    return {**found, "section": f"{section}{inner}", "icon": entry.section}


@pages.get("/actions")
@signed_in
def actions() -> str:
    """Show what can be done without a record, by plugin."""
    read = reader()
    commands = [
        Command(
            label=read.say(action.label or action.name),
            url=url_for("console.do", name=action.name),
            icon=action.icon or "bolt",
            dialog=not needs_page(action),
            help=read.say(action.help),
        )
        for action in loose_actions(desk())
    ]
    return render("actions", commands=commands)


# -- switches of the frame ---------------------------------------------------------------------------------------


@pages.post("/language")
@public
def language() -> ResponseReturnValue:
    """Show the console in another language from now on."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        raise MalformedRequest(_("There is no such language."))
    session["language"] = chosen
    if g.desk is not None:
        desk().execute("core.change_profile", language=chosen)
    return back()


@pages.post("/theme")
@signed_in
def theme() -> ResponseReturnValue:
    """Show the console light, dark or as the system asks."""
    desk().execute("core.change_profile", theme=request.form.get("theme") or "auto")
    asked_by_script = request.headers.get("Sec-Fetch-Dest") == "empty"
    return Response(status=204) if asked_by_script else back()


@pages.post("/company")
@signed_in
def company() -> ResponseReturnValue:
    """Work for another company from now on, beginning with the page that was wanted there."""
    chosen = request.form.get("company", "")
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 19):
        raise MalformedRequest(_("There is no such company."))
    office = sign_ins.office()
    choose_company(office.database, sign_ins.token(), int(chosen), clock=office.clock)
    return see(safe_path(request.form.get("next", "")) or url_for("console.home"))


@pages.get("/static/console/<version>/<path:file>")
@unrecognised
def asset(version: str, file: str) -> ResponseReturnValue:
    """Send a static file of the console."""
    return rendering.serve(version, file)
