"""The usual units of measure, as data: added where they are missing, left alone where they are there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import Organization, Session

from .models import Unit, UnitCategory


@cache
def units() -> Mapping[str, Any]:
    """Return the ready-made units as they stand in their file."""
    return dict(json.loads(files("backoffice_products").joinpath("units.json").read_text("utf-8")))


def install(session: Session) -> dict[str, int]:
    """Add the categories and units that are missing, and return how many of each."""
    language = session.scalar(sa.select(Organization.language).where(Organization.id == session.organization_id))
    known = set(session.scalars(sa.select(UnitCategory.code)))
    categories = [
        UnitCategory(code=said["code"], **_names(said, language))
        for said in units()["categories"]
        if said["code"] not in known
    ]
    session.add_all(categories)
    session.flush()
    ids = dict(session.execute(sa.select(UnitCategory.code, UnitCategory.id)).all())
    there = set(session.scalars(sa.select(Unit.code)))
    made = [_unit(said, ids, language) for said in units()["units"] if said["code"] not in there]
    session.add_all(made)
    session.flush()
    return {"categories": len(categories), "units": len(made)}


def _unit(said: Mapping[str, Any], ids: Mapping[str, int], language: str | None) -> Unit:
    numerator, denominator = (int(part) for part in said["ratio"].split("/"))
    return Unit(
        code=said["code"], category_id=ids[said["category"]], numerator=numerator, denominator=denominator,
        step=Decimal(said["step"]), unece=said["unece"], **_names(said, language),
    )  # fmt: skip


def _names(said: Mapping[str, Any], language: str | None) -> dict[str, Any]:
    own, other = ("name_ar", "name") if language == "ar" else ("name", "name_ar")
    return {"name": said[own], "translations": {"en" if own == "name_ar" else "ar": {"name": said[other]}}}
