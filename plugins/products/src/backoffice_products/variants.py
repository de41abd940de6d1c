"""Variants of a product: a product for each combination of the values it comes in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product as combinations
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from backoffice.core.api import InvalidInput, RuleBroken, Session
from backoffice.hookspecs import messages

from .checking import said
from .models import Product, ProductValue, Template, TemplateValue, Value

_ = messages("products")

MOST = 2_000
"""More combinations than any product comes in; a slip of the keyboard makes more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A value as a plain value, with the attribute it belongs to and its place among attributes."""

    id: int
    code: str
    attribute: int
    place: int = 0


def combined(options: Sequence[Option]) -> Iterator[tuple[Option, ...]]:
    """Yield every combination of one value for each attribute, attributes and values in their order.

    Raises :class:`~backoffice.core.api.InvalidInput` when there are far too many.
    """
    by_attribute: dict[int, list[Option]] = {}
    for option in sorted(options, key=lambda one: (one.place, one.attribute)):
        by_attribute.setdefault(option.attribute, []).append(option)
    count = 1
    for some in by_attribute.values():
        count *= len(some)
    if count > MOST:
        raise InvalidInput(
            _("That would be {count} variants.").with_values(count=count), remedy=_("Leave out values nobody buys.")
        )
    if by_attribute:
        yield from combinations(*by_attribute.values())


def make(session: Session, template: Template) -> dict[str, int]:
    """Make the variants of a product that are missing, and return how many were made and how many were there.

    Raises :class:`~backoffice.core.api.RuleBroken` when the product comes in no values.
    """
    values = _values(session, template)
    if not values:
        said_ = _("This product comes in no values yet.")
        raise RuleBroken(said_, remedy=_("Give it the values of its attributes, such as sizes."))
    options = [
        Option(id=one.id, code=one.code, attribute=one.attribute_id, place=one.attribute.sequence) for one in values
    ]
    known = {one.id: one for one in values}
    there = _there(session, template)
    made = 0
    for combination in combined(options):
        if frozenset(one.id for one in combination) not in there:
            _make(session, template, [known[one.id] for one in combination])
            made += 1
    session.flush()
    return {"made": made, "existing": len(there)}


def _values(session: Session, template: Template) -> list[Value]:
    rows = session.scalars(
        sa.select(TemplateValue)
        .where(TemplateValue.template_id == template.id)
        .options(joinedload(TemplateValue.value).joinedload(Value.attribute))
        .order_by(TemplateValue.id)
    )
    return [row.value for row in rows]


def _there(session: Session, template: Template) -> set[frozenset[int]]:
    rows = session.scalars(
        sa.select(Product).where(Product.template_id == template.id).options(selectinload(Product.values))
    )
    return {frozenset(one.value_id for one in row.values) for row in rows}


def _make(session: Session, template: Template, values: Sequence[Value]) -> None:
    variant = Product(
        code="-".join([template.code, *(one.code for one in values)]),
        name=", ".join([template.name, *(one.name for one in values)]),
        template_id=template.id,
        values=[ProductValue(value_id=one.id) for one in values],
        **{name: getattr(template, name) for name in Template.COMMON},
    )
    texts = {}
    for language in sorted(
        {*(template.translations or {}), *(key for one in values for key in one.translations or {})}
    ):
        names = [_name(one, language) for one in (template, *values)]
        texts[language] = {"name": "، ".join(names) if language == "ar" else ", ".join(names)}
    variant.translations = texts or None
    session.add(variant)
    session.flush()
    said(session, variant, "created")


def _name(record: Any, language: str) -> str:
    return str((record.translations or {}).get(language, {}).get("name") or record.name)
