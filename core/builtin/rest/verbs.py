"""Actions, on a record or by themselves."""

from __future__ import annotations

from typing import Any

from flask import g, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.errors import NotFound
from backoffice.core.office import Desk
from backoffice.core.office.verbs import Verb
from backoffice.hookspecs import messages

from . import given
from .answers import json_answer
from .conditions import matched, target
from .records import known, showing

_ = messages("rest")


def done(name: str) -> ResponseReturnValue:
    """Do the action ``name`` with the arguments in the body; the record it is for, if any, is among them."""
    desk: Desk = g.desk
    given.parameters(())
    verb = desk.verb(name)
    arguments = given.document(required=False)
    if verb.on_record and verb.resource is not None and type(arguments.get("id")) is int:
        arguments.update(target(desk, verb.resource, arguments["id"], arguments.get("version")))
    return _answered(_do(desk, verb, arguments))


def done_to(plugin: str, noun: str, id: int, name: str) -> ResponseReturnValue:
    """Do the action ``name`` to one record; ``name`` may leave out the plugin."""
    desk, resource = known(plugin, noun)
    given.parameters(())
    verb = desk.verb(name if "." in name else f"{plugin}.{name}")
    if not verb.on_record or verb.generated or verb.resource is None or verb.resource.name != resource.name:
        raise NotFound(
            _("{noun} has no {verb}.").with_values(noun=resource.label or resource.name, verb=name),
            remedy=_("See the actions of this resource in /api/v1/openapi.json."),
        )
    arguments = given.document(required=False)
    arguments.update(target(desk, resource, id, arguments.get("version")))
    return _answered(_do(desk, verb, arguments))


def _do(desk: Desk, verb: Verb, arguments: dict[str, Any]) -> Any:
    if verb.as_job:
        return matched(lambda: desk.queue(verb.name, arguments, key=given.key()))
    show = showing(desk, verb.resource)
    return matched(lambda: desk.execute_showing(verb.name, arguments, key=given.key(), show=show))


def _answered(result: Any) -> ResponseReturnValue:
    """Answer what the action gave: 202 where a second person has to agree first, or it is done in the background."""
    if isinstance(result, dict) and set(result) == {"job", "state"}:
        return json_answer(result, 202, Location=url_for("rest.job", id=result["job"]))
    if isinstance(result, dict) and set(result) == {"approval", "state"} and result["state"] == "pending":
        return json_answer(result, 202)
    version = result.get("version") if isinstance(result, dict) else None
    return json_answer(result, version=version if isinstance(version, int) else None)


__all__ = ["done", "done_to"]
