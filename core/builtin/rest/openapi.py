"""The interface described in OpenAPI 3.1, made when first asked for: what the asker may do, and nothing else.

Making it takes a moment for a large installation, so what one asker got is kept, as it is sent, for the next with the
same permissions.
"""

from __future__ import annotations

import gzip
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import sqlalchemy as sa
from flask import Response, current_app, g
from flask.typing import ResponseReturnValue

from backoffice.core.bookkeeping.models import CustomField
from backoffice.core.exchange.shape import shape_of
from backoffice.core.office import Desk
from backoffice.core.office.documents import SIDE_BY_SIDE
from backoffice.core.office.queries import filterable, sortable
from backoffice.core.office.verbs import Verb
from backoffice.core.persistence import ReadingSession
from backoffice.core.plugins.permissions import name_of
from backoffice.core.schemas import public_name
from backoffice.core.text import LANGUAGES, translate
from backoffice.core.users.models import Company
from backoffice.core.web import compression
from backoffice.hookspecs import Document, Label, Report, Resource, messages

from . import bulk, given, records
from .answers import body_answer, encoded
from .common import (
    CONDITIONS,
    DONE,
    FORMAT,
    LIST,
    PRINTED,
    REPORT_FORMAT,
    RESPONSES,
    answers,
    company,
    file_content,
    json_content,
    reference,
)
from .documents import FORMAT as DOCUMENT_FORMAT
from .schemas import (
    DECIMAL,
    PROBLEM,
    REFERENCE,
    VIEW,
    Schema,
    filters,
    input_schema,
    new_spec,
    output_schema,
    parameter,
    said,
)

_ = messages("rest")

ROOT: Final = "/api/v1"
KEPT: Final = 32
"""Specifications that are remembered."""

DESCRIPTION: Final = _(
    "Everything this office does, for programs. Amounts, quantities and rates are text with a point, such as "
    '"12.50", never numbers with decimals, which are not exact; unknown fields and parameters are refused. Lists are '
    "pages: follow next. A write with an Idempotency-Key is done once however often it is sent. An error is a problem "
    "document that says what happened, why, and what to do."
)


@dataclass(frozen=True, eq=False)
class Described:
    """A specification, and how it is sent."""

    document: Schema
    body: bytes
    tag: str

    @cached_property
    def squeezed(self) -> bytes:
        """The body, compressed once: it holds no secret of anybody."""
        return gzip.compress(self.body, compression.LEVEL, mtime=0)


def specification() -> ResponseReturnValue:
    """Answer the specification."""
    given.parameters(())
    found = described(g.desk)
    small = compression.accepted() and compression.safe()
    response = Response(found.squeezed if small else found.body, mimetype="application/json")
    answer = body_answer(response, found.tag)
    if small:
        answer.headers["Content-Encoding"] = "gzip"
        answer.headers.add("Vary", "Accept-Encoding")
        answer.set_etag(found.tag, weak=True)
    return answer


def described(desk: Desk) -> Described:
    """Return the specification of what ``desk`` may do, kept for the next with the same permissions."""
    kept: OrderedDict[Any, Described] = current_app.extensions.setdefault("backoffice.openapi", OrderedDict())
    with desk.reading() as session:
        codes = companies(desk, session)
        known_by = (*_known_by(desk, session), codes)
        found = kept.get(known_by)
        if found is None:
            made = _Specification(desk, codes).made()
            found = Described(made, *encoded(made))
    kept[known_by] = found
    while len(kept) > KEPT:
        kept.popitem(last=False)
    return found


def companies(desk: Desk, session: ReadingSession) -> tuple[str, ...]:
    """Return the codes of the companies this person may work for."""
    statement = sa.select(Company.code).order_by(Company.code)
    if desk.user.companies is not None:
        statement = statement.where(Company.id.in_(desk.user.companies))
    return tuple(session.scalars(statement))


def _known_by(desk: Desk, session: ReadingSession) -> tuple[Any, ...]:
    """Return what a specification depends on: permissions, language, and the fields this company added."""
    rows = session.execute(
        sa.select(CustomField.id, CustomField.version).where(CustomField.company_id == desk.context.company_id)
    )
    allowed = frozenset(name for name in desk.office.registry.permissions if desk.may(name))
    own = desk.office.language_of(desk.user.organization_id)
    return allowed, own, desk.language, frozenset((row.id, row.version) for row in rows)


class _Specification:
    """One specification in the making."""

    def __init__(self, desk: Desk, codes: tuple[str, ...]) -> None:
        self.desk = desk
        self.codes = codes
        self.language = desk.language
        self.spec, self.plugin = new_spec(self.language, translate(DESCRIPTION, self.language))

    def made(self) -> Schema:
        """Return the whole document."""
        self.spec.options["servers"] = [{"url": "/"}]
        self.spec.options["security"] = [{"token": []}]
        self.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer", "bearerFormat": "bo_…"})
        for name, schema in (("Problem", PROBLEM), ("Reference", REFERENCE)):
            self.spec.components.schema(name, said(schema, self.language))
        for name, response in RESPONSES.items():
            self.spec.components.response(name, said(response, self.language))
        for name, one in {**LIST, **CONDITIONS, "Company": company(self.codes)}.items():
            self.spec.components.parameter(name, one["in"], said(one, self.language))
        self._own()
        registry = self.desk.office.registry
        for resource in registry.resources.values():
            self._resource(resource)
        for name in registry.actions:
            self._action(self.desk.verb(name))
        for report in registry.reports.values():
            if self.desk.may(report.permission or report.name):
                self._report(report)
        for document in registry.documents.values():
            if self.desk.may(name_of(document)):
                self._document(document)
        found: Schema = self.spec.to_dict()
        return found

    def _own(self) -> None:
        anything = {"type": "object"}
        self._path("/me", {"get": self._operation("me", _("Who asks"), json_content(anything), tag="core")})
        self._path("/openapi.json", {"get": self._operation("openapi", _("This"), json_content(anything), tag="core")})
        job = self._operation("job", _("How far a job is"), json_content(anything), tag="core")
        self._path("/jobs/{id}", {"get": job, "parameters": [_ID]})
        body, results = bulk.described()
        many = self._operation(
            "bulk", _("Many actions at once"), results, 409, 413, 415, 422, body=body, parameters=["IdempotencyKey"],
            tag="core",
        )  # fmt: skip
        self._path("/bulk", {"post": many})
        anything_sent = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
        file = self._operation("attachment", _("A file of a record"), anything_sent, tag="core")
        gone = self._operation("detach", _("Remove a file"), None, 409, status=204, tag="core")
        self._path("/attachments/{id}", {"get": file, "delete": gone, "parameters": [_ID]})

    # -- resources ---------------------------------------------------------------------------------------------

    def _resource(self, resource: Resource) -> None:
        desk, name = self.desk, resource.name
        path = "/" + name.replace(".", "/")
        may = {verb for verb in ("read", *resource.operations) if desk.may(f"{name}.{verb}")}
        if "read" in may:
            shape = shape_of(desk, resource)
            self.spec.components.schema(name, output_schema(shape.values(), self.language))
            self._list(resource, path)
        many, one = self._written(resource, may)
        if "read" in may:
            fields = [{"name": "fields", "in": "query", "schema": {"type": "string"}}]
            one["get"] = self._operation(
                f"{name}.read", _("Look at {noun}"), json_content(self._record(resource)), 304,
                noun=resource, parameters=[*fields, "IfNoneMatch"],
            )  # fmt: skip
            many["get"] = self._listing(resource)
            if desk.may("core.history"):
                self._history(resource, path)
            self._files(resource, path)
        if many:
            self._path(path, many)
        if one:
            self._path(path + "/{id}", {**one, "parameters": [_ID]})
        if may & {"create", "change"}:
            self._import(resource.name, path + "/import", resource)
        for action in desk.office.registry.actions_of(name):
            verb = desk.verb(action.name)
            if desk.may(verb.permission):
                self._record_action(resource, verb, path)

    def _written(self, resource: Resource, may: set[str]) -> tuple[Schema, Schema]:
        many: Schema = {}
        one: Schema = {}
        record = json_content(self._record(resource))
        if "create" in may:
            body = self._body(f"{resource.name}.create")
            many["post"] = self._operation(
                f"{resource.name}.create", _("Create {noun}"), record, 409, 413, 415, 422, noun=resource, body=body,
                parameters=["IdempotencyKey"], status=201,
            )  # fmt: skip
        headers = ["IdempotencyKey", "IfMatch"]
        if "change" in may:
            body = self._body(f"{resource.name}.change", without=("id",))
            one["patch"] = self._operation(
                f"{resource.name}.change", _("Change {noun}"), record, 409, 412, 413, 415, 422, noun=resource,
                body=body, parameters=headers,
            )  # fmt: skip
        if "delete" in may:
            one["delete"] = self._operation(
                f"{resource.name}.delete", _("Delete {noun}"), None, 409, 412, 422, noun=resource, status=204,
                parameters=headers,
            )  # fmt: skip
        return many, one

    def _record(self, resource: Resource) -> Schema:
        if self.desk.may(f"{resource.name}.read"):
            return reference("schemas", resource.name)
        return {"type": "object", "properties": {"id": {"type": "integer"}}}

    def _body(self, verb: str, without: Iterable[str] = ()) -> Schema:
        self.spec.components.schema(verb, input_schema(self.plugin, self.desk.verb(verb), without=without))
        return {"required": True, "content": json_content(reference("schemas", verb))}

    def _list(self, resource: Resource, path: str) -> None:
        known = filterable(resource, self.desk.readable(resource))
        for name, one in filters(known, self.language).items():
            self.spec.components.parameter(f"{resource.name}.{name}", "query", one)
        order = _order(resource, self.desk)
        self.spec.components.parameter(f"{resource.name}.order", "query", order)
        operation = self._operation(
            f"{resource.name}.export", _("Export {noun}"), file_content(), 422, noun=resource,
            parameters=[*self._asked(resource), FORMAT, {**FORMAT, "name": "labels", "schema": {"type": "boolean"}}],
        )  # fmt: skip
        self._path(path + "/export", {"get": operation})
        views = json_content({"type": "object", "properties": {"data": {"type": "array", "items": VIEW}}})
        listed = self._operation(
            f"{resource.name}.views", _("Saved views of {noun}"), views, 304, noun=resource, parameters=["IfNoneMatch"]
        )
        self._path(path + "/views", {"get": listed})
        amounts = records.summable(self.desk, resource)
        if amounts:
            self._path(path + "/totals", {"get": self._totals(resource, list(amounts))})

    def _totals(self, resource: Resource, amounts: list[str]) -> Schema:
        sums = {"type": "object", "additionalProperties": DECIMAL}
        answer = {
            "type": "object",
            "required": ["totals"],
            "properties": {"totals": {"type": "object", "properties": dict.fromkeys(amounts, sums)}},
        }
        wanted = [name for name in self._asked(resource) if name not in ("Fields", f"{resource.name}.order")]
        fields = {"name": "fields", "in": "query", "schema": {"type": "string"}}
        return self._operation(
            f"{resource.name}.totals", _("Sums of {noun}"), json_content(answer), 304, 422, noun=resource,
            parameters=[fields, *wanted, "IfNoneMatch"],
        )  # fmt: skip

    def _asked(self, resource: Resource) -> list[str]:
        known = filterable(resource, self.desk.readable(resource))
        names = [f"{resource.name}.{name}" for name in ("order", *filters(known, self.language))]
        return ["Search", "Fields", "View", *names]

    def _listing(self, resource: Resource) -> Schema:
        page = {
            "type": "object",
            "required": ["data", "next", "previous"],
            "properties": {
                "data": {"type": "array", "items": reference("schemas", resource.name)},
                "next": {"type": ["string", "null"]},
                "previous": {"type": ["string", "null"]},
            },
        }
        paging = ["After", "Before", "Limit", "IfNoneMatch"]
        return self._operation(
            f"{resource.name}.list", _("List {noun}"), json_content(page), 304, 422, noun=resource,
            parameters=[*self._asked(resource), *paging],
        )  # fmt: skip

    def _history(self, resource: Resource, path: str) -> None:
        changes = json_content(
            {"type": "object", "properties": {"data": {"type": "array", "items": {"type": "object"}}}}
        )
        before = {"name": "before", "in": "query", "schema": {"type": "integer", "minimum": 1}}
        operation = self._operation(
            f"{resource.name}.history", _("What happened to {noun}"), changes, noun=resource,
            parameters=["Limit", before],
        )  # fmt: skip
        self._path(path + "/{id}/history", {"get": operation, "parameters": [_ID]})

    def _files(self, resource: Resource, path: str) -> None:
        file = {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
        all_ = {"type": "object", "properties": {"data": {"type": "array", "items": file}}}
        listed = self._operation(
            f"{resource.name}.attachments", _("Files of {noun}"), json_content(all_), 304, noun=resource,
            parameters=["IfNoneMatch"],
        )  # fmt: skip
        part = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
        added = self._operation(
            f"{resource.name}.attach", _("Attach a file to {noun}"), json_content(file), 409, 413, 415, 422,
            noun=resource, status=201, body={"required": True, "content": {"multipart/form-data": {"schema": part}}},
            parameters=[{"name": "name", "in": "query", "schema": {"type": "string"}}],
        )  # fmt: skip
        self._path(path + "/{id}/attachments", {"get": listed, "post": added, "parameters": [_ID]})

    def _import(self, name: str, path: str, resource: Resource | None = None) -> None:
        options = ("dry_run", "update", "encoding", "delimiter", "decimal_mark", "mapping")
        told = {"type": "object", "properties": {n: {"type": "integer"} for n in ("created", "changed", "unchanged")}}
        operation = self._operation(
            f"{name}.import", _("Import a file"), json_content(told), 413, 415, 422, noun=resource,
            body={"required": True, "content": file_content(form=True)},
            parameters=[{"name": n, "in": "query", "schema": {"type": "string"}} for n in options],
        )  # fmt: skip
        self._path(path, {"post": operation})

    # -- actions and reports -----------------------------------------------------------------------------------

    def _record_action(self, resource: Resource, verb: Verb, path: str) -> None:
        plugin, _dot, short = verb.name.partition(".")
        name = short if resource.name.startswith(f"{plugin}.") else verb.name
        self.spec.components.schema(f"{verb.name}.on", input_schema(self.plugin, verb, without=("id",)))
        body = {"required": False, "content": json_content(reference("schemas", f"{verb.name}.on"))}
        operation = self._operation(
            f"{verb.name}.on", verb.label, json_content({}), 202, 409, 412, 413, 415, 422, noun=resource,
            body=body, parameters=["IdempotencyKey", "IfMatch"],
        )  # fmt: skip
        self._path(f"{path}/{{id}}/actions/{name}", {"post": operation, "parameters": [_ID]})

    def _action(self, verb: Verb) -> None:
        if not self.desk.may(verb.permission):
            return
        self.spec.components.schema(verb.name, input_schema(self.plugin, verb))
        body = {"required": True, "content": json_content(reference("schemas", verb.name))}
        operation = self._operation(
            verb.name, verb.label, json_content({}), 202, 409, 412, 413, 415, 422, body=body,
            parameters=["IdempotencyKey", "IfMatch"],
        )  # fmt: skip
        self._path(f"/actions/{verb.name}", {"post": operation})
        self._import(verb.name, f"/actions/{verb.name}/import")

    def _report(self, report: Report) -> None:
        asked = [
            parameter(public_name(field), field, self.language, required=field.required and field.default is None)
            for field in report.fields
        ]
        operation = self._operation(
            report.name, report.label or report.name, {**file_content(), **PRINTED, **json_content({"type": "object"})},
            304, 422, parameters=[*asked, REPORT_FORMAT, "IfNoneMatch"],
        )  # fmt: skip
        self._path(f"/reports/{report.name}", {"get": operation})

    def _document(self, document: Document) -> None:
        codes = [*LANGUAGES, *SIDE_BY_SIDE]
        languages = {"name": "language", "in": "query", "schema": {"type": "string", "enum": codes}}
        page = {"text/html": {"schema": {"type": "string"}}, **PRINTED}
        operation = self._operation(
            document.name, document.label or document.name, page, 409, parameters=[languages, DOCUMENT_FORMAT]
        )
        self._path(f"/documents/{document.name}/{{id}}", {"get": operation, "parameters": [_ID]})

    # -- one operation -----------------------------------------------------------------------------------------

    def _operation(
        self, id_: str, label: str, content: Schema | None, *others: int, noun: Resource | None = None,
        parameters: Iterable[Schema | str] = (), body: Schema | None = None, status: int = 200, tag: str = "",
    ) -> Schema:  # fmt: skip
        if noun is not None and isinstance(label, Label):
            label = label.with_values(noun=noun.label or noun.name)
        done = answers(status, content, others)
        done[str(status)] = {**done[str(status)], "description": translate(DONE, self.language)}
        found: Schema = {
            "operationId": id_,
            "summary": translate(label, self.language),
            "tags": [tag or id_.partition(".")[0]],
            "responses": done,
        }
        asked = [*parameters, "Company", "AcceptLanguage"]
        return {**found, "parameters": asked, **({"requestBody": body} if body is not None else {})}

    def _path(self, path: str, operations: Mapping[str, Any]) -> None:
        further = dict(operations)
        shared = further.pop("parameters", [])
        self.spec.path(path=ROOT + path, operations=further, parameters=shared)


_ID: Final[Schema] = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}


def _order(resource: Resource, desk: Desk) -> Schema:
    names = sorted(sortable(resource, desk.readable(resource)))
    allowed = [sign + name for name in names for sign in ("", "-")]
    return {"name": "order", "in": "query", "schema": {"type": "string", "enum": allowed}}


__all__ = ["ROOT", "specification"]
