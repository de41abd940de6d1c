"""Sets of dimension values: found or made for the codes people and plugins give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from backoffice_accounting.models import Dimension, DimensionPart, DimensionSet, DimensionValue

from backoffice.core.api import InvalidInput, RuleBroken, Session
from backoffice.hookspecs import messages

_ = messages("accounting")

Codes = Mapping[str, str]
"""Codes of dimensions and of their values, such as ``{"branch": "RUH"}``."""


def dimension_set(session: Session, codes: Codes) -> int | None:
    """Return the id of the set of the values ``codes`` in the session's company, made if it is new.

    A dimension the company does not keep is left out, so that what another plugin says of its amounts harms nobody;
    nothing is returned when nothing is left. Raises :class:`~backoffice.core.api.RuleBroken` for a value a dimension
    does not have.
    """
    return dimension_sets(session, [codes])[0]


def dimension_sets(session: Session, many: Sequence[Codes]) -> list[int | None]:
    """Return the ids of the sets of ``many``, in order; see :func:`dimension_set`."""
    if not any(many):
        return [None] * len(many)
    known = _Known.of(session)
    wanted = [known.members(codes) for codes in many]
    return [known.set_of(session, members) for members in wanted]


class _Known:
    """The dimensions, values and sets of a company, read once a transaction."""

    def __init__(self, session: Session) -> None:
        company = session.company_id
        rows = session.execute(
            sa.select(Dimension.id, Dimension.code).where(Dimension.company_id == company, Dimension.active)
        )
        self.dimensions = {row.code.casefold(): (row.id, row.code) for row in rows}
        values = session.execute(
            sa.select(DimensionValue.dimension_id, DimensionValue.code, DimensionValue.id, DimensionValue.active).where(
                DimensionValue.company_id == company
            )
        )
        self.values = {(row.dimension_id, row.code.casefold()): row for row in values}
        sets = session.execute(sa.select(DimensionSet.key, DimensionSet.id).where(DimensionSet.company_id == company))
        self.sets: dict[str, int] = {row.key: row.id for row in sets}

    @classmethod
    def of(cls, session: Session) -> _Known:
        cache: dict[int | None, _Known] = session.info.setdefault("accounting.dimensions", {})
        if session.company_id not in cache:
            cache[session.company_id] = cls(session)
        return cache[session.company_id]

    def members(self, codes: Codes) -> list[tuple[int, int, str]]:
        found = []
        for dimension, value in codes.items():
            if value is None or dimension.casefold() not in self.dimensions:
                continue
            id_, code = self.dimensions[dimension.casefold()]
            row = self.values.get((id_, str(value).casefold()))
            if row is None or not row.active:
                raise RuleBroken(
                    _("The dimension {dimension} has no value {value}.").with_values(dimension=code, value=value),
                    remedy=_("Add the value, or correct the code."),
                )
            found.append((id_, row.id, f"{code}={row.code}"))
        return sorted(found)

    def set_of(self, session: Session, members: Sequence[tuple[int, int, str]]) -> int | None:
        if not members:
            return None
        key = ",".join(f"{dimension}:{value}" for dimension, value, _written in members)
        if key not in self.sets:
            written = ", ".join(written for _dimension, _value, written in members)
            made = DimensionSet(company_id=session.company_id, key=key, written=written)
            made.parts = [DimensionPart(dimension_id=id_, value_id=value) for id_, value, _written in members]
            session.add(made)
            session.flush()
            self.sets[key] = made.id
        return self.sets[key]


def set_of_values(session: Session, members: Iterable[tuple[int, int]]) -> int | None:
    """Return the id of the set of ``members``, pairs of ids of a dimension and of its value, made if it is new."""
    known = _Known.of(session)
    codes = dict(known.dimensions.values())
    values = {row.id: row.code for row in known.values.values()}
    wanted = [(id_, value, f"{codes.get(id_, id_)}={values[value]}") for id_, value in members]
    return known.set_of(session, sorted(wanted))


def read_codes(written: str) -> dict[str, str]:
    """Return the codes of ``branch=RUH, project=17``. Raises :class:`~backoffice.core.api.InvalidInput`."""
    found = {}
    for part in filter(None, (part.strip() for part in written.replace("،", ",").split(","))):
        dimension, equals, value = part.partition("=")
        if not equals or not dimension.strip() or not value.strip():
            said = _("Write dimensions as branch=RUH, project=17.")
            raise InvalidInput(said, fields={"dimensions": [said]})
        found[dimension.strip()] = value.strip()
    return found


def sets_with(session: Session, value_ids: Iterable[int]) -> list[int]:
    """Return the ids of the sets that hold one of the values."""
    rows: Any = session.scalars(
        sa.select(DimensionPart.set_id).where(DimensionPart.value_id.in_(sorted(value_ids))).distinct()
    )
    return sorted(rows)


def forget(session: Session, *_changed: object) -> None:
    """Let dimensions be read again, after one was changed."""
    session.info.pop("accounting.dimensions", None)
