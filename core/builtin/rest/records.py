"""Records of a resource: list, look at, create, change, delete, and what happened to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import MethodNotAllowed

from backoffice.core.audit.history import Change, history
from backoffice.core.errors import InvalidInput, MalformedRequest
from backoffice.core.exchange.records import as_documents
from backoffice.core.exchange.shape import Part, Shape, chosen, shape_of, without_lines
from backoffice.core.office import Desk, Question, views
from backoffice.core.office.described import child_of, line_fields
from backoffice.core.office.queries import LARGEST_PAGE, is_text
from backoffice.core.office.totals import can_be_summed, totals
from backoffice.core.office.views import PAGING
from backoffice.core.persistence import Session, fields_of
from backoffice.core.schemas import public_name, to_plain
from backoffice.core.users.identity import permitted_fields
from backoffice.hookspecs import Field, Resource, messages

from . import given
from .answers import json_answer, page_answer
from .conditions import matched, possible, target

_ = messages("rest")

METHODS = {"create": "POST", "change": "PATCH", "delete": "DELETE"}
OPERATIONS = {"I": "created", "U": "changed", "D": "deleted"}


def listed(plugin: str, noun: str) -> ResponseReturnValue:
    """Answer a page of the list."""
    desk, resource = readable(plugin, noun)
    sent = seen_as(desk, resource, given.parameters())
    shape = shape_of(desk, resource)
    parts = _asked(shape, sent.pop("fields", ""))
    question = question_of(resource, sent)
    with desk.reading() as session:
        page = desk.list(resource.name, question)
        documents = as_documents(desk, session, resource, page.records, parts)
    return page_answer(documents, page.next, page.previous)


def summed(plugin: str, noun: str) -> ResponseReturnValue:
    """Answer the sums of amounts over every record the filters find, each currency apart."""
    desk, resource = readable(plugin, noun)
    sent = given.parameters()
    given.refuse(sent, ("order", "after", "before", "limit"))
    sent = {name: value for name, value in seen_as(desk, resource, sent, "fields").items() if name != "order"}
    amounts = summable(desk, resource)
    wanted = given.words(sent.pop("fields", "")) or list(amounts)
    unknown = [name for name in wanted if name not in amounts]
    if unknown:
        raise InvalidInput(
            _("{names} cannot be summed.").with_values(names=", ".join(unknown)),
            remedy=_("Use some of: {names}.").with_values(names=", ".join(amounts)),
        )
    question = question_of(resource, sent)
    with desk.reading() as session:
        found = totals(desk, session, resource, question, [amounts[name] for name in wanted])
    return json_answer({"totals": {name: to_plain(sums) for name, sums in zip(wanted, found, strict=True)}})


def viewed(plugin: str, noun: str) -> ResponseReturnValue:
    """Answer the saved views of the list that the asker may choose from."""
    desk, resource = readable(plugin, noun)
    given.parameters(())
    with desk.reading() as session:
        found = [views.described(desk, resource, view) for view in views.visible(desk, session, resource)]
    return json_answer({"data": found})


def seen_as(desk: Desk, resource: Resource, sent: dict[str, str], *without: str) -> dict[str, str]:
    """Return the parameters ``sent`` after those of the saved view they name; what is sent counts before the view.

    Parameters in ``without`` are not taken from the view, nor are fields that are gone or may not be read.
    """
    number = sent.pop("view", "")
    if not number:
        return sent
    with desk.reading() as session:
        asked = views.parameters(desk, resource, views.chosen(desk, session, resource, number))
        shape = shape_of(desk, resource)
    if "fields" in asked:
        asked["fields"] = ",".join(name for name in given.words(asked["fields"]) if name in shape)
    return {name: value for name, value in asked.items() if name not in without} | sent


def summable(desk: Desk, resource: Resource) -> dict[str, Field]:
    """Return the amounts of ``resource`` that this person may read and the database can sum, by public name."""
    described = fields_of(resource.model)
    fields = [described[name] for name in desk.readable(resource)]
    return {public_name(field): field for field in fields if can_be_summed(resource, field)}


def question_of(resource: Resource, sent: dict[str, str]) -> Question:
    """Return what the parameters ask of a list; those that are none of its own are filters."""
    if "after" in sent and "before" in sent:
        raise MalformedRequest(_("A page begins after a record or ends before one, not both."))
    fields = {public_name(field): field for field in fields_of(resource.model).values()}
    columns = {public: field.name for public, field in fields.items()}
    order = sent.pop("order", "")
    name = order.removeprefix("-")
    limit = given.number(sent, "limit", 50, LARGEST_PAGE)
    own = {part: sent.pop(part, "") for part in ("q", "after", "before")}
    filters = _filters(sent, columns)
    _refuse_empty(filters, fields)
    return Question(
        filters=filters, search=own["q"], order=order.replace(name, columns.get(name, name)),
        after=own["after"], before=own["before"], limit=limit,
    )  # fmt: skip


def _refuse_empty(filters: dict[str, str], fields: dict[str, Field]) -> None:
    """Refuse filters without a value: what a program forgot to fill in is not the whole list."""
    for written, value in filters.items():
        name, _mark, operator = written.partition("__")
        known = fields.get(name)
        if not value and (operator == "empty" or known is None or not is_text(known)):
            raise given.without_value(written)


def _filters(sent: dict[str, str], columns: dict[str, str]) -> dict[str, str]:
    """Return the filters by their public names; one called like a parameter of every list came as its column."""
    public = {column: name for name, column in columns.items() if name in PAGING}
    found = {}
    for written, value in sent.items():
        name, mark, operator = written.partition("__")
        found[public.get(name, name) + mark + operator] = value
    return found


def shown(plugin: str, noun: str, id: int) -> ResponseReturnValue:
    """Answer one record."""
    desk, resource = readable(plugin, noun)
    sent = given.parameters(("fields",))
    with desk.reading() as session:
        record = desk.find(session, resource, possible(resource, id), f"{resource.name}.read")
        shape = shape_of(desk, resource)
        parts = _asked(shape, sent["fields"]) if sent.get("fields") else tuple(shape.values())
        document = as_documents(desk, session, resource, [record], parts)[0]
    return json_answer(document, version=document.get("version"))


def created(plugin: str, noun: str) -> ResponseReturnValue:
    """Create a record from the body and answer it."""
    desk, resource = known(plugin, noun)
    _require_operation(resource, "create", ("GET",))
    given.parameters(())
    made = desk.execute_showing(
        f"{resource.name}.create", given.document(), key=given.key(), show=showing(desk, resource)
    )
    place = url_for(".record", plugin=plugin, noun=noun, id=made["id"])
    return json_answer(made, 201, version=made.get("version"), Location=place)


def changed(plugin: str, noun: str, id: int) -> ResponseReturnValue:
    """Change what the body names and answer the record."""
    desk, resource = known(plugin, noun)
    _require_operation(resource, "change", ("GET", "DELETE"))
    given.parameters(())
    body = given.document()
    if body.pop("id", id) != id:
        raise InvalidInput(_("The id of a record never changes."), fields={"id": [_("Leave it out.")]})
    meant = target(desk, resource, id, body.pop("version", None))
    show = showing(desk, resource)
    made = matched(
        lambda: desk.execute_showing(f"{resource.name}.change", {**body, **meant}, key=given.key(), show=show)
    )
    return json_answer(made, version=made.get("version"))


def deleted(plugin: str, noun: str, id: int) -> ResponseReturnValue:
    """Delete a record."""
    desk, resource = known(plugin, noun)
    _require_operation(resource, "delete", ("GET", "PATCH"))
    given.parameters(())
    meant = target(desk, resource, id, None)
    matched(lambda: desk.execute(f"{resource.name}.delete", meant, key=given.key()))
    return "", 204


def past(plugin: str, noun: str, id: int) -> ResponseReturnValue:
    """Answer who changed what of a record, newest first."""
    desk, resource = readable(plugin, noun)
    desk.require("core.history")
    sent = given.parameters(("limit", "before"))
    limit = given.number(sent, "limit", 50, LARGEST_PAGE)
    before = given.number(sent, "before", 0, 10**9) or None
    with desk.reading() as session:
        record = desk.find(session, resource, possible(resource, id), f"{resource.name}.read")
        found = history(session, resource.model.__tablename__, record.id, limit=limit + 1, before=before)
    told = _told(desk, resource)
    documents = [_change(change, told[change.table]) for change in found[:limit] if change.table in told]
    more = str(found[limit - 1].id) if len(found) > limit else ""
    next_ = f"{request.path}?limit={limit}&before={more}" if more else None
    return json_answer({"data": documents, "next": next_})


# -- what records look like ------------------------------------------------------------------------------------------


def showing(desk: Desk, resource: Resource | None) -> Callable[[Session, Any], Any]:
    """Return how a result is answered: in full if it is a record of ``resource`` that this person may read."""

    def show(session: Session, result: Any) -> Any:
        if resource is None or not isinstance(result, resource.model):
            return desk.plain(result)
        if not desk.may(f"{resource.name}.read", result, resource.owner):
            return desk.plain(result)
        # What the database made of the values is answered, not what was sent.
        session.flush()
        session.expire_all()
        parts = tuple(shape_of(desk, resource).values())
        return as_documents(desk, session, resource, [result], parts)[0]

    return show


def _asked(shape: Shape, fields: str) -> tuple[Part, ...]:
    """Return the parts called ``fields``, with the id and the version in any case; by default all but the lines."""
    if not fields:
        return without_lines(shape)
    return chosen(shape, dict.fromkeys([*(n for n in ("id", "version") if n in shape), *given.words(fields)]))


def _told(desk: Desk, resource: Resource) -> Mapping[str, set[str]]:
    """Return the columns whose past this person may learn, by table."""
    told = {resource.model.__tablename__: {*desk.readable(resource), "custom", "translations"}}
    for lines in resource.lines:
        if not lines.permission or desk.may(lines.permission):
            fields = permitted_fields(desk.user, line_fields(lines, resource.model))
            told[child_of(lines, resource.model).__tablename__] = {field.name for field in fields}
    return told


def _change(change: Change, told: set[str]) -> dict[str, Any]:
    return {
        "id": change.id,
        "at": to_plain(change.at),
        "actor": change.actor,
        "channel": change.channel,
        "action": change.action,
        "request_id": change.request_id,
        "operation": OPERATIONS[change.operation],
        "table": change.table,
        "record_id": change.record_id,
        "erased": change.erased,
        "changes": {
            public_name(one.field) if one.field else one.name: {
                "before": _plain(one.before),
                "after": _plain(one.after),
            }
            for one in change.changes
            if one.name in told
        },
    }


def _plain(value: Any) -> Any:
    """Return a value of the past; JSON that was stored with fractions is told as text."""
    return str(value) if isinstance(value, float) else to_plain(value)


# -- which resource is meant ------------------------------------------------------------------------------------------


def known(plugin: str, noun: str) -> tuple[Desk, Resource]:
    """Return the visitor's desk and the resource; what they may do with it is asked where it is done."""
    desk: Desk = g.desk
    found: Resource = desk.office.registry.get("resources", f"{plugin}.{noun}")
    return desk, found


def readable(plugin: str, noun: str) -> tuple[Desk, Resource]:
    """Return the visitor's desk and the resource, whose list they may read."""
    return g.desk, g.desk.resource(f"{plugin}.{noun}")


def _require_operation(resource: Resource, operation: str, others: Sequence[str]) -> None:
    if operation not in resource.operations:
        there = [method for name, method in METHODS.items() if name in resource.operations and method in others]
        raise MethodNotAllowed(["GET", *there])


__all__ = [
    "changed",
    "created",
    "deleted",
    "known",
    "listed",
    "past",
    "question_of",
    "readable",
    "seen_as",
    "showing",
    "shown",
    "summable",
    "summed",
    "viewed",
]
