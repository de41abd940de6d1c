"""Fields described once: each helper makes a column and the :class:`~backoffice.hookspecs.Field` that describes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import MappedColumn, mapped_column

from backoffice.core.secrets import Sealed
from backoffice.hookspecs import Field
from backoffice.hookspecs.nouns import Kind

from .types import Id, Instant, Json, Money, Percent, Quantity, Rate, SealedText, UnitPrice

INFO = "backoffice.field"
REF = "backoffice.ref"
UNCHECKED = "backoffice.unchecked"

_DESCRIPTIVE = {item.name for item in dataclass_fields(Field)} - {"name", "kind"}
_ALIASES = {"search": "searchable", "translate": "translatable"}


def _column(kind: Kind, type_: Any, *args: Any, **keywords: Any) -> MappedColumn[Any]:
    """Return a mapped column whose info carries the description; unknown keywords go to ``mapped_column``."""
    described = {_ALIASES.get(name, name): value for name, value in keywords.items() if _describes(name)}
    column = {name: value for name, value in keywords.items() if not _describes(name)}
    if "default" in described:
        column["default"] = described["default"]
        if callable(described["default"]):
            described["default"] = None
    info = {INFO: Field("", kind, **described), **column.pop("info", {})}
    return mapped_column(type_, *args, info=info, **column)


def _describes(name: str) -> bool:
    return _ALIASES.get(name, name) in _DESCRIPTIVE


def text(length: int, **keywords: Any) -> MappedColumn[str]:
    """Return a column of text of at most ``length`` characters."""
    return _column("text", sa.String(length), length=length, **keywords)


def code(length: int = 32, **keywords: Any) -> MappedColumn[str]:
    """Return a column of a code: never translated, never mirrored in right-to-left text."""
    return _column("code", sa.String(length), length=length, **keywords)


def long_text(**keywords: Any) -> MappedColumn[str]:
    """Return a column of text of several lines."""
    return _column("long_text", sa.Text(), **keywords)


def translated(length: int, **keywords: Any) -> MappedColumn[str]:
    """Return a column of a name; other languages of it live in the record's ``translations``."""
    return _column("text", sa.String(length), length=length, translatable=True, **keywords)


def secret(**keywords: Any) -> MappedColumn[Sealed]:
    """Return a column of a secret: ``record.key = session.seal(text)``, ``session.reveal(record.key)``.

    It is stored encrypted and never shown, exported, audited or taken from a form; an action stores it.
    """
    return _column("text", SealedText(), **{**keywords, "secret": True, "read_only": True})


def email(**keywords: Any) -> MappedColumn[str]:
    """Return a column of an e-mail address."""
    return _column("email", sa.String(254), length=254, **{"personal": True, **keywords})


def phone(**keywords: Any) -> MappedColumn[str]:
    """Return a column of a telephone number."""
    return _column("phone", sa.String(40), length=40, **{"personal": True, **keywords})


def integer(**keywords: Any) -> MappedColumn[int]:
    """Return a column of a whole number."""
    return _column("integer", sa.BigInteger(), **keywords)


def yes_no(*, default: bool = False, **keywords: Any) -> MappedColumn[bool]:
    """Return a column that is true or false."""
    return _column("boolean", sa.Boolean(), default=default, **keywords)


def day(**keywords: Any) -> MappedColumn[date]:
    """Return a column of a business date."""
    return _column("date", sa.Date(), **keywords)


def instant(**keywords: Any) -> MappedColumn[datetime]:
    """Return a column of an instant, in UTC with zone."""
    return _column("instant", Instant(), **keywords)


def money(*, currency: str = "", **keywords: Any) -> MappedColumn[Decimal]:
    """Return a column of an amount; ``currency`` names the field or property that holds its currency."""
    hint = f"currency:{currency}" if currency else ""
    return _column("money", Money(), hint=hint, **keywords)


def quantity(**keywords: Any) -> MappedColumn[Decimal]:
    """Return a column of a quantity, up to six decimals."""
    return _column("quantity", Quantity(), **{"places": 6, **keywords})


def unit_price(*, currency: str = "", **keywords: Any) -> MappedColumn[Decimal]:
    """Return a column of a price of one unit, up to six decimals; ``currency`` names the field that holds its currency.

    It is shown with at least the decimals of that currency, by default that of the record.
    """
    hint = f"price:{currency}" if currency else "price"
    return _column("quantity", UnitPrice(), **{"places": 6, "hint": hint, **keywords})


def rate(**keywords: Any) -> MappedColumn[Decimal]:
    """Return a column of a rate of exchange, up to ten decimals."""
    return _column("rate", Rate(), **{"places": 10, **keywords})


def percent(**keywords: Any) -> MappedColumn[Decimal]:
    """Return a column of a percentage, up to six decimals; 15 means 15 %."""
    return _column("percent", Percent(), **{"places": 6, **keywords})


def choice(choices: Mapping[str, str], *, checked: bool = True, **keywords: Any) -> MappedColumn[str]:
    """Return a column that takes one of ``choices``, stored value → label.

    The database checks it as well, unless ``checked`` is false: then values without a label may come from elsewhere.
    """
    length = max(16, *(len(value) for value in choices))
    made = _column("choice", sa.String(length), choices=dict(choices), **keywords)
    made.column.info[UNCHECKED] = not checked
    return made


def data(**keywords: Any) -> MappedColumn[Any]:
    """Return a column of JSON."""
    return _column("data", Json, **keywords)


def ref(target: Any, **keywords: Any) -> MappedColumn[int]:
    """Return a column that refers to a record of ``target``, a mapped class or the name of its table.

    The foreign key is made of (organisation, id), so that it cannot reach into another organisation.
    """
    table = target if isinstance(target, str) else target.__tablename__
    keywords.setdefault("index", False)
    return _column("ref", Id, target=target, info={REF: table}, **keywords)


class Derived(property):
    """A described value that is no column: read from columns and, with a setter, written into them."""

    described: Field


def derived(
    kind: Kind, read: Callable[[Any], Any], write: Callable[[Any, Any], None] | None = None, **keywords: Any
) -> Any:
    """Return a value that interfaces show and take like a field, such as the debit of a signed amount.

    ``read(record)`` gives it and ``write(record, value)`` takes it apart; without ``write`` it is read only. Lists are
    neither filtered nor sorted by it.
    """
    keywords.setdefault("read_only", write is None)
    made = Derived(read, write)
    made.described = Field("", kind, **{_ALIASES.get(name, name): value for name, value in keywords.items()})
    return made


def plain_column(type_: Any, **keywords: Any) -> MappedColumn[Any]:
    """Return a column that no interface shows: bookkeeping of the program's own."""
    return mapped_column(type_, **keywords)


@cache
def fields_of(model: type) -> dict[str, Field]:
    """Return the described fields of ``model``, a mapped class, by name and in the order they were written."""
    found: dict[str, Field] = {}
    for prop in model.__mapper__.column_attrs:  # type: ignore[attr-defined]
        column = prop.columns[0]
        described = column.info.get(INFO)
        if described is not None:
            found[prop.key] = _complete(described, prop.key, column)
    order = _written_order(model)
    found = dict(sorted(found.items(), key=lambda item: order.get(item[0], -1)))
    found.update({name: replace(value.described, name=name) for name, value in _derived(model)})
    return found


def _derived(model: type) -> list[tuple[str, Derived]]:
    return [
        (name, value)
        for cls in reversed(model.__mro__)
        for name, value in vars(cls).items()
        if isinstance(value, Derived)
    ]


def _written_order(model: type) -> dict[str, int]:
    names = [name for cls in reversed(model.__mro__) for name in getattr(cls, "__annotations__", {})]
    return {name: index for index, name in enumerate(names)}


def _complete(described: Field, name: str, column: sa.Column[Any]) -> Field:
    has_default = column.default is not None or column.server_default is not None
    required = described.required or (not column.nullable and not has_default)
    label = described.label or name.removesuffix("_id").replace("_", " ").capitalize()
    return replace(described, name=name, required=required, label=label)


Direction = Literal["asc", "desc"]
