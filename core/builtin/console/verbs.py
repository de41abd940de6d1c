"""What one may do here: the commands of a list, of a record, and of the office as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import url_for

from backoffice.core.office import Desk
from backoffice.core.personal.gathering import is_person
from backoffice.core.personal.handling import ERASE, EXPORT
from backoffice.core.text import translate_noun
from backoffice.hookspecs import Action, Resource, messages

from .pages import Command
from .reader import Reader

_ = messages("console")

ELSEWHERE = frozenset(
    {
        "core.add_comment", "core.attach", "core.change_password", "core.change_profile", "core.detach",
        "core.forget_draft", "core.forget_view", "core.hand_out", "core.keep_draft", "core.keep_favourite",
        "core.mark_read", "core.remove_comment", "core.save_view", "core.set_setting",
    }
)  # fmt: skip
"""Actions that pages of their own offer."""


def create_command(desk: Desk, reader: Reader, resource: Resource) -> Command | None:
    """Return the command that leads to the form of a new record, if this person may make one."""
    if "create" not in resource.operations or not desk.may(f"{resource.name}.create"):
        return None
    label = reader.say(_("New {noun}"), noun=_lower(reader, resource.label or resource.name))
    return Command(label=label, url=url_for("console.create", resource=resource.name), icon="plus", style="primary")


def _lower(reader: Reader, noun: str) -> str:
    """Return a noun as it stands inside a sentence: in English with a small letter, abbreviations as they are."""
    said = translate_noun(noun, reader.language)
    plain = reader.language == "en" and said[1:2].islower()
    return said[:1].lower() + said[1:] if plain else said


def sentence_noun(reader: Reader, resource: Resource) -> str:
    """Return what a record of ``resource`` is called inside a sentence."""
    return _lower(reader, resource.label or resource.name)


def list_commands(desk: Desk, reader: Reader, resource: Resource) -> list[Command]:
    """Return the commands of the list of ``resource``: make one, and what its plugin does without a record."""
    create = create_command(desk, reader, resource)
    commands = [create] if create is not None else []
    for action in _loose_actions(desk):
        near = _is_near(desk, action, resource)
        if near is None:
            continue
        primary = create is None and near and not any(c.style == "primary" for c in commands)
        commands.append(
            Command(
                label=reader.say(action.label or action.name),
                url=url_for("console.do", name=action.name),
                icon=action.icon or ("bolt" if near else ""),
                style="primary" if primary else "",
                menu=not near,
                dialog=not needs_page(action),
            )
        )
    return commands


def _loose_actions(desk: Desk) -> Iterator[Action]:
    for action in desk.office.registry.actions.values():
        if not action.resource and action.name not in ELSEWHERE and desk.may(action.permission or action.name):
            yield action


def loose_actions(desk: Desk) -> list[Action]:
    """Return the actions without a record that this person may do."""
    return list(_loose_actions(desk))


def _is_near(desk: Desk, action: Action, resource: Resource) -> bool | None:
    """Tell whether an action speaks of ``resource``; ``None`` when it belongs to another list.

    ``accounting.open_year`` stands on the list of fiscal years, whose name shares a word with it. What shares a word
    with no list of its plugin stands in the menu of each of them.
    """
    plugin, _dot, verb = action.name.partition(".")
    if plugin != resource.name.partition(".")[0]:
        return None
    words = set(verb.split("_"))
    if words & _words(resource):
        return True
    siblings = [r for r in desk.office.registry.resources.values() if r.name.startswith(f"{plugin}.")]
    others = any(words & _words(sibling) for sibling in siblings)
    return None if others or plugin == "core" else False


def _words(resource: Resource) -> set[str]:
    return set(resource.name.partition(".")[2].split("_"))


def record_commands(desk: Desk, reader: Reader, resource: Resource, record: Any) -> list[Command]:
    """Return the commands of a record: its actions as far as its state and this person's rights allow, then others."""
    commands = [
        _action_command(reader, resource, record, action)
        for action in desk.office.registry.actions_of(resource.name)
        if offered(action, record) and desk.may(action.permission or action.name, record, resource.owner)
    ]
    here = {"resource": resource.name, "id": record.id}
    if _may_edit(desk, resource, record, "change"):
        primary = not any(c.style == "primary" for c in commands)
        commands.append(
            Command(
                label=reader.say(_("Change")),
                url=url_for("console.change", **here),
                icon="edit",
                style="primary" if primary else "",
            )
        )
    commands += _about_a_person(desk, reader, resource, record)
    if _may_edit(desk, resource, record, "delete"):
        commands.append(
            Command(
                label=reader.say(_("Delete")),
                url=url_for("console.delete", **here),
                icon="trash",
                style="danger",
                menu=True,
                dialog=True,
            )
        )
    return commands


def _about_a_person(desk: Desk, reader: Reader, resource: Resource, record: Any) -> Iterator[Command]:
    """Yield what may be done with all that is kept about a person, on the page of one."""
    if not is_person(resource):
        return
    person = {"resource": resource.name, "record": record.id}
    if desk.may(EXPORT):
        here = url_for("console.report", name="core.person", **person)
        yield Command(label=reader.say(_("Everything about this person")), url=here, icon="eye", menu=True)
        hand = url_for("console.do", name=EXPORT, **person)
        yield Command(label=reader.say(_("Hand over their data")), url=hand, icon="download", menu=True, dialog=True)
    if desk.may(ERASE):
        away = url_for("console.do", name=ERASE, **person)
        yield Command(
            label=reader.say(_("Erase this person")), url=away, icon="trash", style="danger", menu=True, dialog=True
        )


def _action_command(reader: Reader, resource: Resource, record: Any, action: Action) -> Command:
    first = bool(action.when) and not action.destructive and action.icon == "check"
    return Command(
        label=reader.say(action.label or action.name),
        url=url_for("console.act", resource=resource.name, id=record.id, name=action.name),
        icon=action.icon,
        style="danger" if action.destructive else "primary" if first else "",
        dialog=not needs_page(action),
        menu=action.destructive,
    )


def needs_page(action: Action) -> bool:
    """Tell whether an action's form is too large for a dialog."""
    return action.schema is not None or any(f.fields or f.kind in {"long_text", "data"} for f in action.fields)


def offered(action: Action, record: Any) -> bool:
    """Tell whether the state of ``record`` lets ``action`` be offered."""
    if action.when is None:
        return True
    name, values = action.when
    found = getattr(record, name)
    return str(found) in values or found in values


def is_editable(resource: Resource, record: Any) -> bool:
    """Tell whether the state of ``record`` lets it be changed."""
    if resource.editable_when is None:
        return True
    name, value = resource.editable_when
    return bool(getattr(record, name) == value)


def _may_edit(desk: Desk, resource: Resource, record: Any, verb: str) -> bool:
    return (
        verb in resource.operations
        and is_editable(resource, record)
        and desk.may(f"{resource.name}.{verb}", record, resource.owner)
    )


__all__ = [
    "ELSEWHERE",
    "create_command",
    "is_editable",
    "list_commands",
    "loose_actions",
    "needs_page",
    "offered",
    "record_commands",
    "sentence_noun",
]
