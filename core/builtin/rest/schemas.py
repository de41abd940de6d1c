"""The shapes of the interface as JSON Schema: what goes in by marshmallow, what comes out by a record's shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import marshmallow as ma
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from backoffice.core.exchange.shape import Part
from backoffice.core.office.queries import operators
from backoffice.core.office.verbs import Verb
from backoffice.core.office.views import PAGING
from backoffice.core.schemas import DayField, DecimalField, InstantField, RefField, schema_for
from backoffice.core.schemas.values import DataField
from backoffice.core.text import translate
from backoffice.hookspecs import Field, Label, messages

_ = messages("rest")

Schema = dict[str, Any]

DECIMAL: Schema = {"type": "string", "format": "decimal", "examples": ["12.50"]}
KINDS: Mapping[str, Schema] = {
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "instant": {"type": "string", "format": "date-time"},
    **dict.fromkeys(("money", "quantity", "rate", "percent"), DECIMAL),
    "email": {"type": "string", "format": "email"},
    "data": {},
    "file": {},
}

REFERENCE: Schema = {
    "type": "object",
    "required": ["id", "key", "title"],
    "properties": {
        "id": {"type": "integer"},
        "key": {"type": ["string", "null"], "description": _("The natural key, where the record has one.")},
        "title": {"type": "string", "description": _("What people call it, in the language of the answer.")},
    },
}

PROBLEM: Schema = {
    "type": "object",
    "description": _("An error (RFC 9457). Words are in the language of Accept-Language, codes never change."),
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "code": {"type": "string", "description": _("What went wrong, for programs: stale-version, invalid-input …")},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": _("What happened.")},
        "why": {"type": "string"},
        "remedy": {"type": "string", "description": _("What to do next.")},
        "fields": {
            "type": "object",
            "description": _("What is wrong with which input; nested ones are dotted and numbered: lines.2.amount."),
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "instance": {"type": "string", "format": "uri"},
        "request_id": {"type": "string", "description": _("By this number the log knows the request.")},
    },
}


VIEW: Schema = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string"},
        "own": {"type": "boolean"},
        "shared_with": {"type": ["integer", "null"]},
        "preferred": {"type": "boolean"},
        "query": {"type": "string"},
        "parameters": {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
    },
}


def said(schema: Schema, language: str) -> Schema:
    """Return a schema whose descriptions are labels with them in ``language``."""
    return {
        name: said(value, language) if isinstance(value, dict) else _in(value, language)
        for name, value in schema.items()
    }


def _in(value: Any, language: str) -> Any:
    return translate(value, language) if isinstance(value, Label) else value


def new_spec(language: str, description: str) -> tuple[APISpec, MarshmallowPlugin]:
    """Return an empty specification whose converter knows our fields."""
    # Without a name nested schemas stand where they are used: lines of two resources may well be called alike.
    plugin = MarshmallowPlugin(schema_name_resolver=lambda _schema: "")
    spec = APISpec("Backoffice", "1", "3.1.0", info={"description": description}, plugins=[plugin])

    def explained(_converter: Any, field: ma.fields.Field[Any], ret: Schema) -> Schema:
        return _explained(field, language)

    plugin.converter.add_attribute_function(explained)  # type: ignore[union-attr]
    return spec, plugin


def _explained(field: ma.fields.Field[Any], language: str) -> Schema:
    """Return what apispec cannot know: labels, and the types of our own fields."""
    said: Schema = {}
    if field.metadata.get("label"):
        said["title"] = translate(field.metadata["label"], language)
    if field.metadata.get("help"):
        said["description"] = translate(field.metadata["help"], language)
    null = ["null"] if field.allow_none else []
    if isinstance(field, DecimalField):
        return {**said, **DECIMAL, "type": ["string", "integer", *null]}
    if isinstance(field, DayField):
        return {**said, "type": ["string", *null], "format": "date"}
    if isinstance(field, InstantField):
        return {**said, "type": ["string", *null], "format": "date-time"}
    if isinstance(field, RefField):
        own = {"type": "object", "properties": {"id": {"type": "integer"}, "key": {"type": "string"}}}
        return {**said, "anyOf": [{"type": ["integer", "string", *null]}, own], "examples": [1, "code"]}
    return said | (
        {"description": translate(_("Any JSON, numbers with decimals as text."), language)}
        if isinstance(field, DataField)
        else {}
    )


def input_schema(plugin: MarshmallowPlugin, verb: Verb, *, without: Iterable[str] = ()) -> Schema:
    """Return the schema of the body that ``verb`` takes; for a change every field may be left out."""
    if verb.schema is not None:
        schema: ma.Schema = verb.schema
        extra = [f for f in verb.fields[:2] if verb.on_record and f.name not in set(without)]
    else:
        fields = [field for field in verb.fields if field.name not in set(without)]
        schema = schema_for(verb.name.replace(".", "_"), fields, partial=verb.partial)()
        extra = []
    found: Schema = plugin.converter.schema2jsonschema(schema)  # type: ignore[union-attr]
    found.setdefault("properties", {}).update({field.name: {"type": "integer"} for field in extra})
    return _tidy(found)


def _tidy(schema: Schema) -> Schema:
    return {name: value for name, value in schema.items() if not (name == "required" and not value)}


def output_schema(parts: Iterable[Part], language: str) -> Schema:
    """Return the schema of a record as it is answered; which of its parts depends on what was asked for."""
    return {"type": "object", "properties": {part.name: _part(part, language) for part in parts}}


def _part(part: Part, language: str) -> Schema:
    title = {"title": translate(part.label, language)}
    if part.relation:
        return {**title, "type": "array", "items": output_schema(part.parts, language)}
    if part.parts:
        return {**title, **output_schema(part.parts, language)}
    if part.field.kind == "ref":
        return {**title, "anyOf": [{"$ref": "#/components/schemas/Reference"}, {"type": "null"}]}
    return {**title, **_nullable(of_kind(part.field))}


def of_kind(field: Field) -> Schema:
    """Return the schema of a plain value."""
    if field.kind == "choice":
        return {"type": "string", "enum": list(field.choices)}
    return dict(KINDS.get(field.kind, {"type": "string"}))


def _nullable(schema: Schema) -> Schema:
    if "enum" in schema:
        schema = {**schema, "enum": [*schema["enum"], None]}
    return {**schema, "type": [schema["type"], "null"]} if "type" in schema else schema


def parameter(name: str, field: Field, language: str, *, required: bool = False) -> Schema:
    """Return a parameter of the address whose value is one of ``field``."""
    schema: Schema = {"type": "string"} if field.kind in {"ref", "data"} or field.many else of_kind(field)
    found = {"name": name, "in": "query", "schema": schema, "required": required}
    label = translate(field.label or name, language)
    said = translate(field.help, language) if field.help else ""
    return {**found, "description": f"{label}. {said}".strip()}


def filters(known: Mapping[str, Field], language: str) -> dict[str, Schema]:
    """Return the parameters by which a list is filtered, by name."""
    found: dict[str, Schema] = {"id": {"name": "id", "in": "query", "schema": {"type": "integer", "minimum": 1}}}
    for public, field in known.items():
        name = field.name if public in PAGING else public
        if field.kind not in {"data", "file"}:
            own = {"type": "integer", "minimum": 1} if field.kind == "ref" else of_kind(field)
            found[name] = {**parameter(name, field, language), "schema": own}
        for operator in operators(field):
            found[f"{name}__{operator}"] = _operator(name, field, operator, language)
    return found


def _operator(name: str, field: Field, operator: str, language: str) -> Schema:
    schema = {"type": "string"} if operator in {"in", "contains"} else of_kind(field)
    if operator == "empty":
        schema = {"type": "boolean"}
    elif field.kind == "ref" and operator == "not":
        schema = {"type": "integer", "minimum": 1}
    return {**parameter(f"{name}__{operator}", field, language), "schema": schema}


__all__ = [
    "PROBLEM",
    "REFERENCE",
    "VIEW",
    "Schema",
    "filters",
    "input_schema",
    "new_spec",
    "output_schema",
    "parameter",
    "said",
]
