"""Settings of the plugins, a section at a time, made of what they declare; and which actions need a second person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.builtin.console import doing
from backoffice.core.builtin.console.forms import Form, problems
from backoffice.core.builtin.console.pages import Choice, Empty, FormPage, Group, SettingsPage
from backoffice.core.builtin.console.places import places
from backoffice.core.builtin.console.reader import reader, say
from backoffice.core.builtin.console.rendering import render
from backoffice.core.builtin.console.showing import Showing
from backoffice.core.builtin.console.typed import Texts, of_form, text_of, to_input
from backoffice.core.errors import BackofficeError, InvalidInput, NotFound
from backoffice.core.office.input import load
from backoffice.core.office.references import References
from backoffice.core.persistence import Session
from backoffice.core.schemas import public_name, to_plain
from backoffice.core.web import permission
from backoffice.hookspecs import Action, Field, messages

from .base import desk, pages, see, tell

_ = messages("console")

PERMISSION = "core.set_setting"
APPROVALS = "approvals"


@dataclass(frozen=True, slots=True)
class Section:
    """One page of settings: those of a plugin for each company or for all, or the approvals."""

    key: str
    label: str
    plugin: str
    fields: Sequence[Field]
    wide: bool = False
    """They hold for every company."""


@pages.route("/settings", methods=["GET"])
@permission(PERMISSION)
def settings() -> ResponseReturnValue:
    """Lead to the first section, or say that nothing can be set."""
    found = list(_sections())
    if found:
        return see(url_for("console.settings_of", section=found[0].key))
    empty = Empty(
        title=say(_("Nothing to set")), text=say(_("No plugin that is loaded has settings.")), icon="settings"
    )
    return render("nothing", title=say(_("Settings")), empty=empty)


@pages.route("/settings/<section>", methods=["GET", "POST"])
@permission(PERMISSION)
def settings_of(section: str) -> ResponseReturnValue:
    """Show the settings of one section, or save them."""
    found = next((each for each in _sections() if each.key == section), None)
    if found is None:
        raise NotFound(_("There are no such settings."), remedy=_("Choose a section of the settings."))
    if request.method == "GET":
        with desk().reading() as session:
            return _page(found, _texts(found, session))
    texts = of_form(found.fields, request.form, reader())
    try:
        _save(found, texts)
    except BackofficeError as error:
        if not doing.is_correctable(error):
            raise
        return _page(found, texts, error), error.status
    tell(_("The settings are saved."))
    return see(url_for("console.settings_of", section=section))


def _sections() -> Iterator[Section]:
    registry = desk().office.registry
    for plugin, groups in registry.settings.items():
        name = plugin.replace("_", " ").capitalize()
        for number, group in enumerate(groups):
            wide = group.scope == "system"
            key = plugin if number == 0 else f"{plugin}.{number}"
            yield Section(key, say(group.label) or name, plugin, group.fields, wide)
    asking = [
        action for action in registry.actions.values() if action.approval is not None and not action.approval.always
    ]
    if asking:
        fields = tuple(field for action in asking for field in _approval_fields(action))
        yield Section(APPROVALS, say(_("Approvals")), "core", fields)


# -- plain settings ----------------------------------------------------------------------------------------------


def _texts(found: Section, session: Session) -> Texts:
    if found.key == APPROVALS:
        return _approval_texts(found, session)
    texts: Texts = {}
    for field in found.fields:
        value = session.setting(found.plugin, field.name)
        texts[public_name(field)] = "" if field.secret else text_of(field, value, reader())
    return texts


def _shown(found: Section, session: Session) -> list[Field]:
    """Return the fields as the form shows them; a secret that is stored says so, and stays when nothing is typed."""
    kept = _("One is stored. Leave this empty to keep it.")
    return [
        replace(f, required=False, help=kept) if f.secret and session.setting(found.plugin, f.name) else f
        for f in found.fields
    ]


def _save(found: Section, texts: Texts) -> None:
    """Store what differs from what holds now, all of it or nothing."""
    with desk().reading() as session:
        before = to_input(desk(), session, found.fields, _texts(found, session), reader())
        given = to_input(desk(), session, found.fields, texts, reader())
        values = load(f"settings.{found.key}", found.fields, given)
        references = References(session, desk().office.registry.models.values())
        references.collect(found.fields, values)
        references.resolve()
    changed = {field.name for field in found.fields if given[public_name(field)] != before[public_name(field)]}
    by_name = _approval_rules(found, values) if found.key == APPROVALS else {n: values[n] for n in changed}

    def work(_session: Session) -> None:
        for name, value in by_name.items():
            given = {"plugin": found.plugin, "name": name, "value": to_plain(value), "organization_wide": found.wide}
            desk().execute(PERMISSION, given)

    desk().run(work, action=PERMISSION)


# -- approvals ---------------------------------------------------------------------------------------------------


def _key(action: Action) -> str:
    return action.name.replace(".", "-")


def _approval_fields(action: Action) -> Iterator[Field]:
    label = action.label or action.name
    yield Field(
        f"{_key(action)}-required", "boolean", label=_("“{action}” needs a second person").with_values(action=label)
    )
    if action.approval is not None and action.approval.amount:
        yield Field(
            f"{_key(action)}-limit",
            "money",
            label=_("Up to this amount one person is enough").with_values(action=label),
            help=_("Left empty, every amount needs two."),
            minimum=0,
        )


def _approval_texts(found: Section, session: Session) -> Texts:
    texts: Texts = {}
    for action in desk().office.registry.actions.values():
        rule = session.setting("core", f"approval:{action.name}") or {}
        texts[f"{_key(action)}-required"] = "1" if rule.get("required") else ""
        texts[f"{_key(action)}-limit"] = str(rule.get("limit") or "")
    names = {field.name for field in found.fields}
    return {name: text for name, text in texts.items() if name in names}


def _approval_rules(found: Section, values: Mapping[str, Any]) -> dict[str, Any]:
    rules: dict[str, Any] = {}
    for action in desk().office.registry.actions.values():
        required = values.get(f"{_key(action)}-required")
        if required is not None:
            limit = values.get(f"{_key(action)}-limit")
            rules[f"approval:{action.name}"] = {"required": required, "limit": None if limit is None else str(limit)}
    return rules


# -- the page ----------------------------------------------------------------------------------------------------


def _page(found: Section, texts: Texts, error: BackofficeError | None = None) -> str:
    with desk().reading() as session:
        showing = Showing(desk(), session, reader(), places())
        errors = error.fields if isinstance(error, InvalidInput) else {}
        fields = found.fields if found.key == APPROVALS else _shown(found, session)
        form = Form(fields, showing, texts, errors=errors, currency=showing.company_currency())
        scope = say(_("They hold for every company.") if found.wide else _("They hold for this company."))
        page = SettingsPage(
            title=say(_("Settings")),
            sections=[
                Choice(each.key, each.label, url_for("console.settings_of", section=each.key), each.key == found.key)
                for each in _sections()
            ],
            scope=scope,
            form=FormPage(
                title=found.label,
                url=url_for("console.settings_of", section=found.key),
                groups=form.groups() or [Group(inputs=())],
                problems=problems(error, found.fields, reader()) if error is not None else (),
            ),
        )
        return render("settings", settings=page)
