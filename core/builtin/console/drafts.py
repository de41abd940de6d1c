"""Forms that keep what was typed: on the server, for one person, until the form is saved or the draft thrown away.

The form sends itself to its own address with ``draft`` beside its inputs, by a script while one types and by a button
without. Secrets are never kept, nor are files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import jsonify, redirect, request
from flask.typing import ResponseReturnValue

from backoffice.core.bookkeeping.keeping import Draft
from backoffice.core.office import Desk
from backoffice.core.schemas import public_name
from backoffice.hookspecs import Field, messages

from .pages import DraftNote
from .reader import Reader
from .typed import Texts

_ = messages("console")

MARK = "draft"
"""Sent as ``keep`` or ``forget`` with a form; in the address it asks for the form as it was left."""


@dataclass(frozen=True, slots=True)
class FormDraft:
    """The draft of one form, by the verb it leads to and the record it changes."""

    desk: Desk
    verb: str
    resource: str = ""
    record: int | None = None

    @property
    def place(self) -> str:
        """The name under which it is kept."""
        about = f":{self.resource}:{self.record}" if self.record is not None else ""
        return f"{self.desk.context.company_id or 0}:{self.verb}{about}"

    def kept(self) -> Draft | None:
        """Return what was kept of this form."""
        me = self.desk.user.user_id
        if me is None:
            return None
        with self.desk.reading() as session:
            return session.scalars(
                sa.select(Draft).where(Draft.user_id == me, Draft.form == self.place)
            ).one_or_none()  # fmt: skip

    def begun(self) -> Draft | None:
        """Return the draft that the address asks to go on with."""
        return self.kept() if MARK in request.args else None

    def note(self, url: str, reader: Reader) -> DraftNote | None:
        """Return what offers the draft again above a form that is opened anew."""
        if request.method != "GET" or MARK in request.args or (found := self.kept()) is None:
            return None
        return DraftNote(url=f"{url}{'&' if '?' in url else '?'}{MARK}=1", when=reader.instant(found.saved_at))

    def forget(self) -> None:
        """Forget the draft once the form was saved."""
        if self.kept() is not None:
            self.desk.execute("core.forget_draft", form=self.place)

    def answer(self, fields: Iterable[Field], texts: Texts, version: str, url: str) -> ResponseReturnValue | None:
        """Return the answer to a form that was sent to be kept or forgotten, or nothing when it is to be done."""
        wanted = request.form.get(MARK, "")
        if wanted == "forget":
            self.desk.execute("core.forget_draft", form=self.place)
            return redirect(url, 303)
        if wanted != "keep":
            return None
        hidden = set(_secrets(fields))
        given: dict[str, Any] = {
            "form": self.place,
            "texts": {name: value for name, value in texts.items() if name not in hidden},
            "version": int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None,
            "key": request.form.get("key", ""),
        }
        done = self.desk.execute("core.keep_draft", given)
        return jsonify(done) if request.accept_mimetypes.best == "application/json" else redirect(url, 303)


def _secrets(fields: Iterable[Field], prefix: str = "") -> Iterator[str]:
    for field in fields:
        if field.secret or field.kind == "file":
            yield prefix + public_name(field)
        if field.fields and not field.many:
            yield from _secrets(field.fields, f"{prefix}{field.name}.")


__all__ = ["MARK", "FormDraft"]
