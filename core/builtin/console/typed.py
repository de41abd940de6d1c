"""Values as they are typed: a record as the texts of its form, and the texts of a form as input for the office.

Between a record, a form that came back and the parameters of an address stands one shape: names → texts, dotted and
numbered for nested lines (``lines.2.amount``), with ``:text`` behind a reference's name for what was typed beside its
id. Nothing is checked here that the office checks; what cannot be understood is handed on as it was written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from backoffice.core.exchange.reading import parse_json
from backoffice.core.office import Desk, Question
from backoffice.core.office.references import model_of
from backoffice.core.persistence import Session
from backoffice.core.schemas import public_name
from backoffice.core.text import least_decimals, padded, shown_as
from backoffice.hookspecs import Field, messages

from .reader import Reader
from .showing import Showing, called, custom_value

_ = messages("console")

Texts = dict[str, Any]
"""Name → text, or a list of texts for a field that takes many."""

MOST_LINES: Final = 5000


# -- from a record -----------------------------------------------------------------------------------------------


def of_record(showing: Showing, fields: Iterable[Field], record: Any, currency: str = "") -> Texts:
    """Return the texts of a form that shows ``record``."""
    fields = list(fields)
    _want(showing, fields, record)
    texts: Texts = {}
    for field in fields:
        if field.kind == "data" and field.fields:
            texts.update(_of_parts(showing, field, record, currency))
        else:
            texts.update(_of_value(showing, field, public_name(field), _value(record, field), currency))
    return texts


def _want(showing: Showing, fields: Sequence[Field], record: Any) -> None:
    showing.want([record], [f for f in fields if f.kind == "ref"])
    for field in fields:
        if field.many and field.fields:
            showing.want(getattr(record, field.name), field.fields)


def _of_parts(showing: Showing, field: Field, record: Any, currency: str) -> Texts:
    texts: Texts = {}
    if not field.many:
        values = getattr(record, field.name) or {}
        for part in field.fields:
            value = custom_value(part, values.get(part.name))
            texts.update(_of_value(showing, part, f"{field.name}.{part.name}", value, currency))
        return texts
    for number, line in enumerate(getattr(record, field.name)):
        for part in field.fields:
            name = f"{field.name}.{number}.{public_name(part)}"
            texts.update(_of_value(showing, part, name, getattr(line, part.name), currency))
    return texts


def _value(record: Any, field: Field) -> Any:
    """Return the plain value; ``name_ar`` lies in the translations."""
    if hasattr(record, field.name):
        return getattr(record, field.name)
    base, _mark, language = field.name.rpartition("_")
    translations: Mapping[str, Mapping[str, str]] = getattr(record, "translations", None) or {}
    return translations.get(language, {}).get(base)


def _of_value(showing: Showing, field: Field, name: str, value: Any, currency: str) -> Texts:
    if field.kind == "ref" and not field.many:
        ref = showing.ref(field, value, linked=False)
        return {name: "" if value is None else str(value), f"{name}:text": ref.text if ref is not None else ""}
    return {name: text_of(field, value, showing.reader, currency)}


def text_of(field: Field, value: Any, reader: Reader, currency: str = "") -> Any:
    """Return ``value`` as the reader would type it."""
    if value is None:
        return [] if field.many else ""
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, datetime):
        return reader.typed_instant(value)
    if isinstance(value, date):
        return reader.typed_day(value)
    if isinstance(value, Decimal):
        return str(padded(value, least_decimals(shown_as(field), currency)))
    if field.kind == "data":
        return _data(value)
    return [str(one) for one in value] if field.many else str(value)


def _data(value: Any) -> str:
    """Return JSON; a list of plain texts as one text a line."""
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return "\n".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def of_defaults(fields: Iterable[Field], reader: Reader, prefix: str = "") -> Texts:
    """Return the texts of an empty form."""
    texts: Texts = {}
    for field in fields:
        if field.kind == "data" and field.fields and not field.many:
            texts.update(of_defaults(field.fields, reader, f"{prefix}{field.name}."))
        elif not (field.many and field.fields):
            default = field.default if not callable(field.default) else None
            texts[prefix + public_name(field)] = text_of(field, default, reader)
    return texts


# -- from a form -------------------------------------------------------------------------------------------------


def of_form(fields: Iterable[Field], form: MultiDict[str, str], reader: Reader) -> Texts:
    """Return the texts of a form that came back; its lines numbered anew, removed and untouched new ones left out."""
    texts: Texts = {}
    for field in fields:
        if field.many and field.fields:
            texts.update(_lines(field, form, reader))
        elif field.kind == "data" and field.fields:
            for part in field.fields:
                texts.update(_text(part, f"{field.name}.{public_name(part)}", form))
        else:
            texts.update(_text(field, public_name(field), form))
    return texts


def _text(field: Field, name: str, form: MultiDict[str, str]) -> Texts:
    if field.many and field.kind in {"choice", "ref"}:
        return {name: form.getlist(name)}
    if field.kind == "ref":
        return {key: form[key] for key in (name, f"{name}:text") if key in form} or {name: ""}
    return {name: form.get(name, "")}


def _lines(field: Field, form: MultiDict[str, str], reader: Reader) -> Texts:
    blank = of_defaults(field.fields, reader)
    texts: Texts = {}
    number = 0
    for written in _numbers(field, form):
        line: Texts = {}
        for part in field.fields:
            name = public_name(part)
            found = _text(part, f"{field.name}.{written}.{name}", form)
            line.update({key.replace(f"{field.name}.{written}.", "", 1): value for key, value in found.items()})
        if f"{field.name}.{written}:remove" in form or (not line.get("id") and _is_blank(line, blank)):
            continue
        texts.update({f"{field.name}.{number}.{name}": value for name, value in line.items()})
        number += 1
    return texts


def _numbers(field: Field, form: MultiDict[str, str]) -> list[str]:
    pattern = re.compile(rf"{re.escape(field.name)}\.(\w{{1,9}})\.")
    found = (pattern.match(name) for name in form)
    return list(dict.fromkeys(match[1] for match in found if match is not None and match[1] != "__"))[:MOST_LINES]


def _is_blank(line: Texts, blank: Texts) -> bool:
    return all(not value or value == blank.get(name.removesuffix(":text"), "") for name, value in line.items())


def count_lines(field: Field, texts: Texts) -> int:
    """Return how many lines ``texts`` hold for ``field``."""
    numbers = [name.split(".")[1] for name in texts if name.startswith(f"{field.name}.")]
    return max((int(number) for number in numbers if number.isdigit()), default=-1) + 1


# -- to the office -----------------------------------------------------------------------------------------------


def to_input(desk: Desk, session: Session, fields: Iterable[Field], texts: Texts, reader: Reader) -> dict[str, Any]:
    """Return ``texts`` as the input of an action: public names, references as ids where they were picked."""
    reading = _Reading(desk, session, texts, reader)
    return {public_name(field): reading.value(field, public_name(field)) for field in fields if not field.read_only}


class _Reading:
    """Reads the texts of one form."""

    def __init__(self, desk: Desk, session: Session, texts: Texts, reader: Reader) -> None:
        self.desk = desk
        self.session = session
        self.texts = texts
        self.reader = reader

    def value(self, field: Field, name: str) -> Any:
        if field.kind == "data" and field.fields:
            return self._many_parts(field, name) if field.many else self._parts(field, name)
        if field.kind == "ref" and not field.many:
            return self._ref(field, name)
        written = self.texts.get(name, "")
        if field.kind == "boolean":
            return written not in ("", "0", "false")
        if field.many:
            return self._many(field, written)
        if not str(written).strip():
            return empty(field)
        return self._one(field, str(written))

    def _one(self, field: Field, written: str) -> Any:
        if field.kind == "date":
            return self.reader.read_day(written)
        if field.kind == "instant":
            return self.reader.read_instant(written)
        if field.kind == "data":
            return _read_data(written)
        return written

    def _many(self, field: Field, written: Any) -> list[str]:
        parts = written if isinstance(written, list) else str(written).splitlines()
        return [part.strip() for part in parts if part.strip()]

    def _parts(self, field: Field, name: str) -> dict[str, Any]:
        return {public_name(p): self.value(p, f"{name}.{public_name(p)}") for p in field.fields if not p.read_only}

    def _many_parts(self, field: Field, name: str) -> list[dict[str, Any]]:
        lines = []
        for number in range(count_lines(field, self.texts)):
            prefix = f"{name}.{number}."
            line = {public_name(p): self.value(p, prefix + public_name(p)) for p in field.fields if not p.read_only}
            id_ = str(self.texts.get(f"{prefix}id", ""))
            lines.append({**({"id": id_} if id_ else {}), **line})
        return lines

    def _ref(self, field: Field, name: str) -> Any:
        """Return the id that was picked, unless something else was typed over it; then that counts."""
        id_, text = str(self.texts.get(name, "")).strip(), self.texts.get(f"{name}:text")
        if text is None:
            return id_ or None
        if not text.strip():
            return None
        if id_ and id_.isascii() and id_.isdigit() and self._title(field, int(id_)) == text.strip():
            return int(id_)
        found = find_reference(self.desk, self.session, field, text.strip())
        return found if found is not None else text.strip()

    def _title(self, field: Field, id_: int) -> str:
        refs = self.session.info.setdefault("console.refs", _refs(self.desk, self.session))
        refs.want(field, id_)
        return called(refs.of(field, id_))


def _refs(desk: Desk, session: Session) -> Any:
    from backoffice.core.exchange.refs import Refs

    return Refs(desk, session)


def empty(field: Field) -> Any:
    """Return what an empty input means: the field's default where it has one, else nothing."""
    has_default = field.default is not None and not callable(field.default)
    return field.default if has_default and not field.required else None


def _read_data(written: str) -> Any:
    """Return JSON that was typed; what is none is taken as a list with one text a line."""
    try:
        return parse_json(written, fraction=str)
    except ValueError:
        return [line.strip() for line in written.splitlines() if line.strip()]


def find_reference(desk: Desk, session: Session, field: Field, text: str) -> int | None:
    """Return the id of the record that someone called ``text``: by its key, its title, or as the only one found."""
    model = model_of(field.target, desk.office.registry.models.values())
    first = text.split()[0] if text.split() else ""
    for name in (*(model.__key__ if len(model.__key__) == 1 else ()), model.__title__):
        for word in (text, first) if first.isdigit() else (text,):
            found = _named(session, model, name, word)
            if found is not None:
                return found
    return _only_one(desk, model, text)


def _named(session: Session, model: Any, name: str, text: str) -> int | None:
    """Return the id of the one record whose column ``name`` holds ``text``."""
    if model.__mapper__.column_attrs.get(name) is None:
        return None
    found = session.scalars(sa.select(model.id).where(getattr(model, name) == text).limit(2)).all()
    return int(found[0]) if len(found) == 1 else None


def _only_one(desk: Desk, model: Any, text: str) -> int | None:
    for resource in desk.office.registry.resources.values():
        if resource.model is model and hasattr(model, "search_key") and desk.may(f"{resource.name}.read"):
            found = desk.list(resource.name, Question(search=text, limit=2)).records
            return int(found[0].id) if len(found) == 1 else None
    return None


__all__ = ["Texts", "count_lines", "find_reference", "of_defaults", "of_form", "of_record", "text_of", "to_input"]
