"""Many actions in one request, each with a result of its own, or all of them or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import g
from flask.typing import ResponseReturnValue

from backoffice.core.errors import BackofficeError, Conflict, InvalidInput, MalformedRequest
from backoffice.core.office import Desk
from backoffice.core.office.keys import LONGEST_KEY
from backoffice.core.persistence import Context, Session
from backoffice.core.web.problems import problem_of
from backoffice.hookspecs import Label, messages

from . import given
from .answers import json_answer
from .common import Schema, json_content, reference
from .records import showing

_ = messages("rest")

MOST: Final = 500
"""Actions in one request."""

PARTS: Final = frozenset({"action", "arguments", "key"})


def done() -> ResponseReturnValue:
    """Do the actions in the body in their order and answer what became of each.

    Each is a transaction of its own, and one that fails stops no other. With ``atomic`` they are one transaction: the
    first that fails takes back those before it, and its problem is the answer, with its place under ``index``.
    """
    given.parameters(())
    desk: Desk = g.desk
    document = given.document()
    requests = _requests(document)
    key = given.key()
    if document.get("atomic"):
        return json_answer({"results": _all(desk, requests, key)})
    return json_answer({"results": [_one(desk, one, _key(one, key, n)) for n, one in enumerate(requests)]})


def _requests(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    wrong: dict[str, list[Label]] = {
        name: [_("There is no such field.")] for name in document if name not in {"requests", "atomic"}
    }
    asked = document.get("requests")
    if not isinstance(asked, list) or not asked or len(asked) > MOST:
        wrong["requests"] = [_("This is a list of 1 to {n} actions.").with_values(n=MOST)]
    if not isinstance(document.get("atomic", False), bool):
        wrong["atomic"] = [_("This is true or false.")]
    for n, one in enumerate(asked if isinstance(asked, list) and not wrong else ()):
        if not _is_request(one):
            wrong[f"requests.{n}"] = [_("This has an action, its arguments as an object, and a key if you like.")]
    if wrong:
        raise InvalidInput(_("The request cannot be done."), fields=wrong)
    found: list[Mapping[str, Any]] = asked if isinstance(asked, list) else []
    return found


def _is_request(one: Any) -> bool:
    return (
        isinstance(one, Mapping)
        and set(one) <= PARTS
        and isinstance(one.get("action"), str)
        and isinstance(one.get("arguments", {}), Mapping)
        and isinstance(one.get("key", ""), str)
    )


def _key(one: Mapping[str, Any], outer: str, n: int) -> str:
    """Return the key under which an action is done once: its own, or its place under that of the whole request."""
    found = one.get("key") or (f"{outer}/{n}" if outer else "")
    if len(found) > LONGEST_KEY or not found.isascii() or any(not "!" <= letter <= "~" for letter in found):
        raise MalformedRequest(
            _("The key of request {n} cannot be used.").with_values(n=n),
            why=_("It has at most {n} visible ASCII characters.").with_values(n=LONGEST_KEY),
        )
    return str(found)


def _one(desk: Desk, one: Mapping[str, Any], key: str) -> dict[str, Any]:
    try:
        return _result(_do(desk, one, key))
    except BackofficeError as error:
        problem = problem_of(error)
        return {"status": problem.status, "problem": problem.document()}


def _all(desk: Desk, requests: list[Mapping[str, Any]], key: str) -> list[dict[str, Any]]:
    def work(_session: Session) -> list[dict[str, Any]]:
        return [_result(_nth(desk, one, _key(one, key, n), n)) for n, one in enumerate(requests)]

    return desk.run(work, action="rest.bulk", context=_shared(desk, requests))


def _shared(desk: Desk, requests: list[Mapping[str, Any]]) -> Context:
    """Return how far every one of the actions may reach, which has to be the same for one transaction."""
    found: Context | None = None
    for n, one in enumerate(requests):
        verb = desk.verb(one["action"])
        desk.require(verb.permission)
        reach = desk.within(verb.permission)
        if found is not None and (reach.companies, reach.branches) != (found.companies, found.branches):
            raise Conflict(
                _("Request {n} reaches other companies than those before it.").with_values(n=n),
                why=_("Actions done all or none share one transaction, and with it what they may see."),
                remedy=_("Send it in a request of its own."),
            )
        found = reach
    return found or desk.context


def _nth(desk: Desk, one: Mapping[str, Any], key: str, n: int) -> Any:
    try:
        return _do(desk, one, key)
    except BackofficeError as error:
        error.fields = {f"requests.{n}.arguments.{name}": said for name, said in error.fields.items()} or {
            f"requests.{n}": [error.what]
        }
        raise


def _do(desk: Desk, one: Mapping[str, Any], key: str) -> Any:
    verb = desk.verb(one["action"])
    arguments = dict(one.get("arguments", {}))
    if verb.as_job:
        return desk.queue(verb.name, arguments, key=key)
    return desk.execute_showing(verb.name, arguments, key=key, show=showing(desk, verb.resource))


def _result(answer: Any) -> dict[str, Any]:
    waits = isinstance(answer, dict) and set(answer) in ({"job", "state"}, {"approval", "state"})
    return {"status": 202 if waits else 200, "data": answer}


def described() -> tuple[Schema, Schema]:
    """Return the body and the answer, for the specification."""
    one: Schema = {
        "type": "object", "required": ["action"], "additionalProperties": False,
        "properties": {
            "action": {"type": "string"},
            "arguments": {"type": "object"},
            "key": {"type": "string", "maxLength": LONGEST_KEY},
        },
    }  # fmt: skip
    requests = {"type": "array", "minItems": 1, "maxItems": MOST, "items": one}
    body: Schema = {
        "type": "object", "required": ["requests"], "additionalProperties": False,
        "properties": {"requests": requests, "atomic": {"type": "boolean", "default": False}},
    }  # fmt: skip
    result: Schema = {
        "type": "object", "required": ["status"],
        "properties": {"status": {"type": "integer"}, "data": {}, "problem": reference("schemas", "Problem")},
    }  # fmt: skip
    answer: Schema = {"type": "object", "properties": {"results": {"type": "array", "items": result}}}
    return {"required": True, "content": json_content(body)}, json_content(answer)


__all__ = ["MOST", "described", "done"]
