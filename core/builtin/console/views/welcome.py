"""The first run, step by step: language, company, plugins, people, and the first records of each plugin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from flask import url_for

from backoffice.core.builtin.console.pages import Command
from backoffice.core.builtin.console.places import places
from backoffice.core.builtin.console.reader import reader, say
from backoffice.core.builtin.console.rendering import render
from backoffice.core.builtin.console.verbs import list_commands, loose_actions, needs_page
from backoffice.core.office import Desk, Question
from backoffice.core.persistence import Session
from backoffice.core.users.models import Company, User
from backoffice.core.web import permission
from backoffice.hookspecs import Resource, messages

from .base import desk, pages
from .plugins import title

_ = messages("console")


BEGINNINGS: Final = frozenset({"import", "install", "load", "open", "set", "setup"})
"""First words of actions that prepare a plugin for its first record."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it is for, whether it is done, and what one can press."""

    key: str
    title: str
    text: str
    done: bool
    commands: Sequence[Command] = ()


@pages.get("/welcome")
@permission("core.company.change")
def welcome() -> str:
    """Lead a new organisation through its first run; each step is a page of its own that one comes back from."""
    with desk().reading() as session:
        steps = list(_steps(desk(), session))
        done = sum(1 for step in steps if step.done)
        return render("welcome", steps=steps, done=done, total=len(steps))


def _steps(of: Desk, session: Session) -> Iterator[Step]:
    me = session.get(User, of.user.user_id) if of.user.user_id is not None else None
    yield Step(
        "language", say(_("Language, calendar and digits")),
        say(_("How you read this office. Everybody chooses for themselves.")),
        me is not None and me.version > 1,
        [Command(label=say(_("Choose")), url=url_for("console.profile"), icon="globe")],
    )  # fmt: skip
    yield _company(of, session)
    yield _plugins(of)
    yield from _set_ups(of)
    if of.may("core.user.create"):
        people = session.scalar(sa.select(sa.func.count()).select_from(User).where(User.active)) or 0
        yield Step(
            "people", say(_("The people who work here")), say(_("Each with the roles they need.")), people > 1,
            [Command(label=say(_("New user")), url=url_for("console.create", resource="core.user"), icon="plus")],
        )  # fmt: skip
    for noun in places().resources():
        if noun.menu and noun.menu != "settings" and not noun.name.startswith("core."):
            yield _records(of, noun)


def _company(of: Desk, session: Session) -> Step:
    company = session.get(Company, of.context.company_id) if of.context.company_id else None
    url = url_for("console.change", resource="core.company", id=company.id) if company is not None else ""
    return Step(
        "company", say(_("The company")), say(_("Its address, country and tax number stand on documents.")),
        company is not None and bool(company.address and company.country),
        [Command(label=say(_("Complete it")), url=url, icon="company")] if url else (),
    )  # fmt: skip


def _plugins(of: Desk) -> Step:
    manager = of.office.manager
    found = [status for status in map(manager.status, manager.names()) if status is not None and not status.root]
    own = [status for status in found if not manager.is_builtin(status.name)]
    works = bool(own) and all(status.state in {"active", "disabled"} for status in own)
    may = of.may("core.plugins")
    return Step(
        "plugins", say(_("Plugins")), say(_("What this office can do. What is missing is installed by pip.")), works,
        [Command(label=say(_("See them")), url=url_for("console.plugins"), icon="plug")] if may else (),
    )  # fmt: skip


def _set_ups(of: Desk) -> Iterator[Step]:
    """Yield a step for each plugin that has something to begin with, such as a chart of accounts."""
    found: dict[str, list[Command]] = {}
    for action in loose_actions(of):
        plugin, _dot, verb = action.name.partition(".")
        if plugin != "core" and verb.partition("_")[0] in BEGINNINGS:
            url = url_for("console.do", name=action.name, next=url_for("console.welcome"))
            label = say(action.label or action.name)
            found.setdefault(plugin, []).append(
                Command(label=label, url=url, icon=action.icon or "bolt", dialog=not needs_page(action))
            )
    for plugin, commands in found.items():
        nouns = [noun for noun in places().resources() if noun.name.startswith(f"{plugin}.")]
        begun = any(of.list(noun.name, Question(limit=1)).records for noun in nouns if noun.menu in {"finance", ""})
        yield Step(
            plugin, say(_("Set up: {plugin}"), plugin=title(plugin)),
            say(_("What this plugin needs before its first record.")), begun, commands,
        )  # fmt: skip


def _records(of: Desk, noun: Resource) -> Step:
    read = reader()
    commands = [
        Command(label=one.label, url=one.url, icon=one.icon, dialog=one.dialog)
        for one in list_commands(of, read, noun)
        if not one.menu
    ]
    if {"create", "change"} <= noun.operations and of.may(f"{noun.name}.create"):
        url = url_for("console.import_records", resource=noun.name)
        commands.append(Command(label=say(_("Import")), url=url, icon="upload"))
    filled = bool(of.list(noun.name, Question(limit=1)).records)
    title = read.say(noun.plural or noun.label)
    return Step(noun.name, title, read.say(noun.description), filled, commands)


__all__ = ["Step"]
