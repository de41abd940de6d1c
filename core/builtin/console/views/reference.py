"""The reference of the programs' interface: the specification this person would get, drawn as a page of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from flask import current_app, request, url_for
from markupsafe import Markup

from backoffice.core.builtin.console.kept import Kept
from backoffice.core.builtin.console.pages import Choice
from backoffice.core.builtin.console.reader import reader, say
from backoffice.core.builtin.console.rendering import macro, render
from backoffice.core.builtin.rest.addresses import ROOT
from backoffice.core.builtin.rest.openapi import Described, described
from backoffice.core.errors import NotFound
from backoffice.core.web import signed_in
from backoffice.hookspecs import messages

from .base import desk, pages
from .plugins import title as called

_ = messages("console")

METHODS: Final = ("get", "post", "patch", "delete")
DEEPEST: Final = 3
"""Nested objects drawn inside each other."""

GATHERED: Final = frozenset({"actions", "reports", "documents"})
GENERAL: Final = "general"
"""Addresses that belong to no list."""

NAMES = {GENERAL: _("General"), "actions": _("Actions"), "reports": _("Reports"), "documents": _("Documents")}
WHERE = {"query": _("in the address"), "path": _("in the path"), "header": _("header")}


@dataclass(frozen=True, slots=True)
class Value:
    """A parameter or a property: its name, what it holds, and how deep it lies."""

    name: str
    kind: str
    text: str = ""
    where: str = ""
    required: bool = False
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Operation:
    """What one method does at one address."""

    id: str
    method: str
    path: str
    summary: str
    parameters: Sequence[Value]
    body: Sequence[Value]
    files: Sequence[str]
    answer: Sequence[Value]
    statuses: Sequence[tuple[str, str]]
    example: str


@pages.get("/reference")
@signed_in
def reference() -> str:
    """Show the addresses of one plugin, as far as this person may use them."""
    known = described(desk())
    specification = known.document
    tags = list(dict.fromkeys(tag for _path, _method, one in _each(specification) for tag in one.get("tags", ())))
    wanted = request.args.get("plugin", "") or (tags[0] if tags else "")
    if wanted not in tags:
        raise NotFound(_("There is no such part of the interface."))
    return render(
        "reference",
        description=specification["info"].get("description", ""),
        operations=_drawn(known, wanted),
        tabs=[Choice(tag, _plugin(tag), url_for("console.reference", plugin=tag), tag == wanted) for tag in tags],
        source=url_for("rest.openapi"),
    )


def _drawn(known: Described, wanted: str) -> Markup:
    """Return the addresses of one plugin as markup, drawn once for all who get the same specification."""
    keep = current_app.extensions.setdefault("backoffice.reference", Kept(most=24))
    return cast(Markup, keep.get((known, wanted, reader(), request.url_root), lambda: _draw(known.document, wanted)))


def _draw(specification: Mapping[str, Any], wanted: str) -> Markup:
    found = [
        _operation(path, method, one, specification)
        for path, method, one in _each(specification)
        if wanted in one.get("tags", ())
    ]
    return cast(Markup, macro("reference", "operations")([(key, _named(key), list_) for key, list_ in _groups(found)]))


def _plugin(tag: str) -> str:
    return say(_("Administration")) if tag == "core" else called(tag)


def _each(specification: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, item in specification["paths"].items():
        for method in METHODS:
            if method in item:
                shared = item.get("parameters", [])
                yield path, method, {**item[method], "parameters": [*shared, *item[method].get("parameters", [])]}


def _groups(found: Sequence[Operation]) -> list[tuple[str, list[Operation]]]:
    """Return the operations by what their addresses begin with: a resource, the actions, the reports."""
    groups: dict[str, list[Operation]] = {}
    for one in found:
        parts = one.path.removeprefix(ROOT).strip("/").split("/")
        key = parts[0] if parts[0] in GATHERED else "/".join(parts[:2]) if len(parts) > 1 else GENERAL
        key = GENERAL if key.endswith("{id}") else key
        groups.setdefault(key, []).append(one)
    return list(groups.items())


def _named(key: str) -> str:
    """Return what people call the part of the interface below ``key``."""
    noun = desk().office.registry.resources.get(key.replace("/", "."))
    if noun is not None:
        return say(noun.plural or noun.label or noun.name)
    return say(NAMES.get(key, key))


def _operation(path: str, method: str, one: Mapping[str, Any], specification: Mapping[str, Any]) -> Operation:
    content = _resolved(one.get("requestBody", {}), specification).get("content", {})
    json_body = _resolved(content.get("application/json", {}).get("schema", {}), specification)
    good = next((s for s in one.get("responses", {}) if s.startswith("2") and s != "202"), "")
    answer = _resolved(one["responses"].get(good, {}), specification).get("content", {}) if good else {}
    shape = _resolved(answer.get("application/json", {}).get("schema", {}), specification)
    parameters = [_parameter(_resolved(given, specification)) for given in one.get("parameters", ())]
    body = list(_values(json_body, specification))
    return Operation(
        id=one.get("operationId", ""),
        method=method.upper(),
        path=path,
        summary=one.get("summary", ""),
        parameters=parameters,
        body=body,
        files=[kind for kind in content if kind != "application/json"],
        answer=list(_values(shape, specification)),
        statuses=[
            (status, _resolved(given, specification).get("description", ""))
            for status, given in one.get("responses", {}).items()
        ],
        example=_example(method, path, body),
    )


def _resolved(schema: Any, specification: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what ``schema`` refers to, if it is a reference."""
    for _step in range(8):
        target = schema.get("$ref") if isinstance(schema, Mapping) else None
        if not target:
            break
        schema = specification
        for part in target.removeprefix("#/").split("/"):
            schema = schema.get(part, {})
    return schema if isinstance(schema, Mapping) else {}


def _parameter(given: Mapping[str, Any]) -> Value:
    where = WHERE.get(given.get("in", ""), "")
    return Value(
        given.get("name", ""),
        _kind(given.get("schema", {})),
        given.get("description", ""),
        say(where) if where else "",
        bool(given.get("required")),
    )


def _values(schema: Mapping[str, Any], specification: Mapping[str, Any], depth: int = 0) -> Iterator[Value]:
    required = set(schema.get("required", ()))
    for name, given in schema.get("properties", {}).items():
        own = _resolved(given, specification)
        inner = _resolved(own.get("items", {}), specification) if "items" in own else own
        text = given.get("description", "") or own.get("title", "") or own.get("description", "")
        yield Value(name, _kind(own), text, required=name in required, depth=depth)
        if inner.get("properties") and depth + 1 < DEEPEST and not _is_reference(inner):
            yield from _values(inner, specification, depth + 1)


def _is_reference(schema: Mapping[str, Any]) -> bool:
    return set(schema.get("properties", {})) == {"id", "key", "title"}


def _kind(schema: Mapping[str, Any]) -> str:
    """Return what a value is in a word or two: ``date``, ``integer | null``, ``one of draft, posted``."""
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"] if value is not None)
    if _is_reference(schema):
        return "reference"
    kinds = schema.get("type", "")
    names = [kinds] if isinstance(kinds, str) else list(kinds)
    named = [schema.get("format") or name if name == "string" else name for name in names if name]
    for option in schema.get("anyOf", ()) or schema.get("oneOf", ()):
        named.append(_kind(option))
    return " | ".join(dict.fromkeys(str(name) for name in named if name)) or "any"


_SAMPLES: Final = {"integer": 1, "boolean": True, "date": "2026-01-31", "decimal": "12.50", "array": [], "object": {}}


def _example(method: str, path: str, body: Sequence[Value]) -> str:
    """Return a command that does it, with what has to be given."""
    wanted = {
        value.name: _SAMPLES.get(value.kind.split(" | ")[0], "…")
        for value in body
        if value.required and not value.depth
    }
    where = f"{request.url_root.rstrip('/')}{path if path.startswith(ROOT) else ROOT + path}".replace("{id}", "1")
    parts = ['curl -s -H "Authorization: Bearer $TOKEN"']
    if method != "get":
        parts.append(f"-X {method.upper()}")
    if body:
        parts.append(f"-H 'Content-Type: application/json' -d '{json.dumps(wanted, ensure_ascii=False)}'")
    return " ".join([*parts, f"'{where}'"])


__all__ = ["Operation", "Value"]
