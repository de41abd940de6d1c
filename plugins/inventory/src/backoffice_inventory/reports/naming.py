"""What reports call things: products, places, lots and parties by their names, and the day they are of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date as Date  # noqa: N812 - the arguments are called date
from typing import Any

import sqlalchemy as sa
from backoffice_inventory.models import Lot, Place
from backoffice_products.api import Product

from backoffice.core.api import Session, format_date


def name_in(record: Any, language: str) -> str:
    """Return the name of a record in ``language``, or its plain name where it has none there."""
    return str((record.translations or {}).get(language, {}).get("name") or record.name)


def products_of(session: Session, ids: Iterable[int]) -> dict[int, Any]:
    """Return code and name of products."""
    wanted = sorted(set(ids))
    rows = session.execute(
        sa.select(Product.id, Product.code, Product.name, Product.translations, Product.category_id).where(
            Product.id.in_(wanted)
        )
    )
    return {row.id: row for row in rows}


def places_of(session: Session) -> dict[int, Any]:
    """Return the company's places."""
    rows = session.execute(
        sa.select(
            Place.id, Place.code, Place.name, Place.translations, Place.kind, Place.pool, Place.consigned, Place.sells
        ).where(Place.company_id == session.company_id)
    )
    return {row.id: row for row in rows}


def summed(column: Any, type_: Any) -> Any:
    return sa.type_coerce(sa.func.sum(column), type_)


def on_day(session: Session, day: Date | None) -> str:
    day = day or session.today()
    return format_date(day, language=session.context.language)


def lots_of(session: Session, ids: Iterable[int]) -> dict[int, Any]:
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    return {row.id: row for row in session.execute(sa.select(Lot.id, Lot.code, Lot.expires).where(Lot.id.in_(wanted)))}


def parties_of(session: Session, ids: Iterable[int]) -> dict[int | None, str]:
    from backoffice_parties.models import Party

    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = session.execute(sa.select(Party.id, Party.name, Party.translations).where(Party.id.in_(wanted)))
    return {row.id: name_in(row, session.context.language) for row in rows}
