"""Suggestions for references: what a script asks for while somebody types."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from backoffice.core.builtin.console.showing import called
from backoffice.core.exchange.refs import Refs
from backoffice.core.office import Question
from backoffice.core.office.queries import filterable
from backoffice.core.persistence import fields_of
from backoffice.core.web import signed_in
from backoffice.hookspecs import Field, Resource

from .base import desk, pages

MOST = 20


@pages.get("/pick/<resource>")
@signed_in
def pick(resource: str) -> ResponseReturnValue:
    """Suggest records whose key or words fit ``q``: those with the very key first, inactive ones never."""
    noun = desk().resource(resource)
    query = request.args.get("q", "").strip()
    with desk().reading() as session:
        refs = Refs(desk(), session)
        found = _found(noun, query)
        target = Field("target", "ref", target=noun.model)
        for record in found:
            refs.want(target, record.id)
        results = [_result(record, called(refs.of(target, record.id)), noun) for record in found]
    return jsonify(results=results, more=len(found) == MOST)


def _found(noun: Resource, query: str) -> list[Any]:
    records = {r.id: r for r in (*_by_key(noun, query), *_by_words(noun, query))}
    return list(records.values())[:MOST]


def _by_key(noun: Resource, query: str) -> list[Any]:
    key = noun.model.__key__[0] if len(noun.model.__key__) == 1 else ""
    if not query or key not in _filterable(noun):
        return []
    return list(desk().list(noun.name, Question(filters={key: query, **_active(noun)}, limit=2)).records)


def _by_words(noun: Resource, query: str) -> list[Any]:
    if query and not hasattr(noun.model, "search_key"):
        title = noun.model.__title__
        if title not in _filterable(noun):
            return []
        filters = {f"{title}__contains": query, **_active(noun)}
        return list(desk().list(noun.name, Question(filters=filters, limit=MOST)).records)
    return list(desk().list(noun.name, Question(search=query, filters=_active(noun), limit=MOST)).records)


def _filterable(noun: Resource) -> set[str]:
    return set(filterable(noun, desk().readable(noun)))


def _active(noun: Resource) -> dict[str, str]:
    described = fields_of(noun.model).get("active")
    usable = described is not None and described.kind == "boolean" and "active" in _filterable(noun)
    return {"active": "true"} if usable else {}


def _result(record: Any, text: str, noun: Resource) -> dict[str, Any]:
    key = noun.model.__key__[0] if len(noun.model.__key__) == 1 else ""
    detail = str(getattr(record, key) or "") if key else ""
    return {"id": record.id, "text": text, "detail": "" if detail in text else detail}
