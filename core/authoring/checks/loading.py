"""What the plugin hands to the core: hooks that fit, declarations that lead somewhere, pages that say who may enter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Flask

from backoffice.core.errors import PluginProblem
from backoffice.core.office import Backoffice
from backoffice.core.persistence import fields_of
from backoffice.core.plugins.functions import resolve_function
from backoffice.core.plugins.tracing import HookCall
from backoffice.core.web.application import undeclared
from backoffice.core.web.declared import access_of
from backoffice.hookspecs import SIGNED_IN, Resource, messages

from .outcome import NotPossible
from .subject import Subject, said_by

_ = messages("authoring")


def hooks(subject: Subject) -> Iterator[str]:
    """Yield why the core would not use the plugin."""
    try:
        subject.office(subject.places[0])
    except NotPossible as error:
        yield error.reason


def leaving(subject: Subject) -> Iterator[str]:
    """Yield the hooks and arguments it uses that will be gone."""
    office = subject.office(subject.places[0])
    for said in subject.status(office).leaving:
        yield _("It uses what is leaving. {said}").with_values(said=said)


def declarations(subject: Subject) -> Iterator[str]:
    """Yield what is declared and leads nowhere: functions, columns, templates."""
    office = subject.office(subject.places[0])
    yield from _functions(subject, office)
    for resource in _own(subject, office, "resources"):
        yield from _fields(resource)
    for document in _own(subject, office, "documents"):
        if not (subject.files / "templates" / document.template).is_file():
            said = _("{name} needs the template {file}, which is not there.")
            yield said.with_values(name=document.name, file=f"templates/{document.template}")


def _own(subject: Subject, office: Backoffice, kind: str) -> list[Any]:
    registry = office.registry
    return [noun for name, noun in getattr(registry, kind).items() if registry.owner_of(kind, name) == subject.name]


def _functions(subject: Subject, office: Backoffice) -> Iterator[str]:
    named: list[tuple[str, Any]] = []
    for kind, attributes in _REFERENCES.items():
        for noun in _own(subject, office, kind):
            named += [(noun.name, getattr(noun, attribute)) for attribute in attributes]
    for listeners in office.registry.listeners.values():
        named += [(f"On({one.event})", one.handler) for one in listeners if one.plugin == subject.name]
    for name, function in named:
        if isinstance(function, str):
            try:
                resolve_function(function)
            except PluginProblem as error:
                yield _("{name}: {problem}").with_values(name=name, problem=said_by(error))


_REFERENCES = {
    "actions": ("run", "many", "begins"),
    "reports": ("run",),
    "jobs": ("run",),
    "documents": ("context", "filename", "language"),
    "resources": ("before_save",),
}
"""Where a declaration may hold a reference to a function."""


def _fields(resource: Resource) -> Iterator[str]:
    known = set(fields_of(resource.model))
    relations = set(sa.inspect(resource.model).relationships.keys())
    asked = [*resource.columns, *resource.form, *resource.filters, *resource.sorts, resource.order.removeprefix("-")]
    asked += [resource.badge, *(resource.editable_when or ())[:1]]
    yield from _missing(resource, asked, known)
    yield from _missing(resource, [lines.relation for lines in resource.lines], relations)


def _missing(resource: Resource, asked: Iterable[str], known: set[str]) -> Iterator[str]:
    for name in dict.fromkeys(asked):
        if name and name not in known:
            yield _("{name} names {field}, which its model does not have.").with_values(name=resource.name, field=name)


# -- pages -----------------------------------------------------------------------------------------------------------


def routes(subject: Subject) -> Iterator[str]:
    """Yield the views that do not say who may open them, or ask for a permission nobody can be granted."""
    office = subject.office(subject.places[0])
    failed: list[HookCall] = []
    stop = office.hooks.trace(failed.append)
    app = Flask(__name__, static_folder=None)
    app.extensions["backoffice"] = office
    given = [blueprint for plugin, blueprint in office.hooks.blueprints(app) if plugin == subject.name]
    stop()
    for call in failed:
        if call.plugin == subject.name and call.error:
            yield _("The hook blueprints failed: {problem}.").with_values(problem=call.error)
    for blueprint in given:
        yield from _views(subject, office, blueprint)


def _views(subject: Subject, office: Backoffice, blueprint: Blueprint) -> Iterator[str]:
    name = str(blueprint.name)
    if name != subject.name and not name.startswith(f"{subject.name}_"):
        said = _("The blueprint {found} should be called {name}; two of one name cannot be served.")
        yield said.with_values(found=name, name=subject.name)
    trial = Flask(__name__, static_folder=None)
    trial.register_blueprint(blueprint)
    for endpoint in undeclared(trial):
        said = _("The page {endpoint} does not say who may open it; mark it with @permission, @signed_in or @public.")
        yield said.with_values(endpoint=endpoint)
    for endpoint, view in trial.view_functions.items():
        access = access_of(view, endpoint)
        wanted = access.permission if access is not None else ""
        if wanted and wanted not in {*office.registry.permissions, SIGNED_IN}:
            said = _("The page {endpoint} asks for the permission {permission}, which nobody declares.")
            yield said.with_values(endpoint=endpoint, permission=wanted)


def forms(subject: Subject) -> Iterator[str]:
    """Yield the views that change something and would not know a forged form, and the forms that carry no token."""
    office = subject.office(subject.places[0])
    app = Flask(__name__, static_folder=None)
    app.extensions["backoffice"] = office
    for plugin, blueprint in office.hooks.blueprints(app):
        if plugin == subject.name:
            yield from _unguarded(blueprint)
    for path in sorted((subject.files / "templates").rglob("*.html")):
        for form in _FORM.findall(path.read_text("utf-8")):
            if _POST.search(form) and "csrf" not in form:
                said = _("A form in {file} carries no token and is always refused; write {field} inside it.")
                yield said.with_values(
                    file=path.relative_to(subject.files).as_posix(),
                    field='<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">',
                )


def _unguarded(blueprint: Blueprint) -> Iterator[str]:
    trial = Flask(__name__, static_folder=None)
    trial.register_blueprint(blueprint)
    for rule in trial.url_map.iter_rules():
        access = access_of(trial.view_functions.get(rule.endpoint), rule.endpoint)
        if (rule.methods or set()) & UNSAFE and access is not None and not access.recognised:
            said = _("The page {endpoint} takes forms and does not look who sends them; any site could send one.")
            yield said.with_values(endpoint=rule.endpoint)


UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_FORM = re.compile(r"<form\b.*?</form>", re.DOTALL | re.IGNORECASE)
_POST = re.compile(r"method=[\"']?post", re.IGNORECASE)


__all__ = ["declarations", "forms", "hooks", "leaving", "routes"]
