"""Sums of amounts over a whole filtered list, kept apart by currency; the rows themselves are not counted."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from backoffice.core.persistence import Session
from backoffice.hookspecs import Field, Resource

from .queries import Question, conditions

if TYPE_CHECKING:
    from .desk import Desk

Sums = dict[str, Decimal]
"""Currency → sum; the currency is empty where the record says none."""


def currency_field(resource: Resource, field: Field) -> str:
    """Return the name of the field that holds the currency of an amount, or nothing."""
    _mark, _colon, name = field.hint.partition("currency:")
    return name or resource.currency


def can_be_summed(resource: Resource, field: Field) -> bool:
    """Tell whether the database can sum ``field`` by itself: an amount whose currency, if any, is a column too."""
    name = currency_field(resource, field)
    attributes = sa.inspect(resource.model).column_attrs
    return field.kind == "money" and field.name in attributes and (not name or name in attributes)


def totals(desk: Desk, session: Session, resource: Resource, question: Question, fields: Sequence[Field]) -> list[Sums]:
    """Return for each of ``fields`` its sums over every record ``question`` finds and this person may see."""
    readable = desk.readable(resource)
    rule = desk.rule(resource, "read")
    found = [*conditions(resource, question, readable), *([] if rule is None else [rule])]
    return [_sums(session, resource.model, found, field, currency_field(resource, field)) for field in fields]


def _sums(session: Session, model: Any, found: Sequence[Any], field: Field, currency: str) -> Sums:
    column = getattr(model, field.name)
    summed = sa.type_coerce(sa.func.sum(column), fields_column(model, field).type)
    if not currency:
        total = session.scalar(sa.select(summed).select_from(model).where(*found))
        return {} if total is None else {"": total}
    unit = getattr(model, currency)
    rows = session.execute(sa.select(unit, summed).where(column.is_not(None), *found).group_by(unit).order_by(unit))
    return {str(code or ""): total for code, total in rows}


def fields_column(model: Any, field: Field) -> Any:
    """Return the table's column behind ``field``."""
    return sa.inspect(model).column_attrs[field.name].columns[0]


__all__ = ["Sums", "can_be_summed", "currency_field", "totals"]
