"""Do what a form asks for, once, and tell what came of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import marshmallow as ma

from backoffice.core.errors import BackofficeError, KeyReused
from backoffice.core.office import Desk
from backoffice.core.office.keys import SHOWN_ONCE
from backoffice.core.office.verbs import Verb
from backoffice.core.persistence import Session
from backoffice.hookspecs import Field, messages

_ = messages("console")

NOT_KEPT = frozenset(
    {
        "core.create_token",
        "core.set_password",
        "core.reveal_webhook_secret",
        "core.rotate_webhook_secret",
        "core.reveal_address_secret",
        "core.rotate_address_secret",
    }
)
"""Actions whose answers hold what is shown once."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action gave: its answer as plain values, and the table of the record it gave, if it was one."""

    answer: Any
    table: str = ""

    @property
    def id(self) -> int | None:
        """The id of the record it gave."""
        found = self.answer.get("id") if isinstance(self.answer, Mapping) else None
        return found if isinstance(found, int) else None

    @property
    def waits(self) -> int | None:
        """The number of the request, when a second person must agree first."""
        pending = isinstance(self.answer, Mapping) and self.answer.get("state") == "pending"
        return self.answer.get("approval") if pending else None

    @property
    def job(self) -> int | None:
        """The number of the job, when it is done in the background."""
        queued = isinstance(self.answer, Mapping) and set(self.answer) == {"job", "state"}
        return self.answer["job"] if queued else None

    @property
    def file(self) -> tuple[str, str] | None:
        """The name and the text of a file, when it gave one: an answer with ``filename`` and ``text``."""
        given = self.answer if isinstance(self.answer, Mapping) else {}
        name, text = given.get("filename"), given.get("text")
        return (name, text) if isinstance(name, str) and isinstance(text, str) else None

    @property
    def secret(self) -> str:
        """The name of what is shown once, or nothing."""
        names = SHOWN_ONCE & set(self.answer) if isinstance(self.answer, Mapping) else ()
        return next((name for name in names if self.answer[name]), "")


def do(desk: Desk, verb: Verb, values: Mapping[str, Any], key: str = "") -> Outcome:
    """Do ``verb`` and return its outcome; the same ``key`` does it once."""

    if verb.as_job:
        return Outcome(desk.queue(verb.name, values, key=key))

    def show(session: Session, result: Any) -> dict[str, Any]:
        return {"answer": desk.plain(result), "table": getattr(type(result), "__tablename__", "")}

    answer = desk.execute_showing(verb.name, values, key=key if may_be_kept(verb) else "", show=show)
    if isinstance(answer, Mapping) and set(answer) == {"answer", "table"}:
        return Outcome(answer["answer"], answer["table"])
    return Outcome(answer)


def may_be_kept(verb: Verb) -> bool:
    """Tell whether the answer may be stored under a key: not when it holds what is shown once."""
    return verb.name not in NOT_KEPT and not any(f.secret for f in verb.fields)


def new_key() -> str:
    """Return a key for one form: sent twice, it does its work once."""
    return secrets.token_urlsafe(18)


def is_correctable(error: BackofficeError) -> bool:
    """Tell whether someone can mend an error in the form that led to it."""
    return error.status in {409, 422}


def key_after(error: BackofficeError, key: str) -> str:
    """Return the key for the next attempt: a new one when the old one did its work."""
    return new_key() if isinstance(error, KeyReused) else key or new_key()


# -- schemas of a plugin's own -----------------------------------------------------------------------------------

_KINDS: tuple[tuple[type[ma.fields.Field[Any]], Any], ...] = (
    (ma.fields.Email, "email"),
    (ma.fields.Boolean, "boolean"),
    (ma.fields.Integer, "integer"),
    (ma.fields.Decimal, "quantity"),
    (ma.fields.DateTime, "instant"),
    (ma.fields.Date, "date"),
    (ma.fields.String, "text"),
)


def fields_of_schema(schema: ma.Schema) -> tuple[Field, ...]:
    """Return the fields of a marshmallow schema as a form needs them; what has no kind of its own is typed as JSON."""
    return tuple(_described(name, field) for name, field in schema.fields.items() if not field.dump_only)


def _described(name: str, field: ma.fields.Field[Any]) -> Field:
    known: Any = next((kind for cls, kind in _KINDS if isinstance(field, cls)), "data")
    choices = {
        str(choice): str(choice)
        for check in field.validators
        if isinstance(check, ma.validate.OneOf)
        for choice in check.choices
    }
    default = None if field.load_default is ma.missing or callable(field.load_default) else field.load_default
    return Field(
        field.data_key or name,
        "choice" if choices else known,
        label=field.metadata.get("label", name.replace("_", " ").capitalize()),
        help=field.metadata.get("help", ""),
        required=field.required,
        default=default,
        choices=choices,
    )


__all__ = ["Outcome", "do", "fields_of_schema", "is_correctable", "key_after", "new_key"]
