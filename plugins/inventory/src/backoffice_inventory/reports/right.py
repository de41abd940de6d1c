"""Whether everything is what the moves add up to."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import sqlalchemy as sa
from backoffice_inventory.models import QUANTITY, Move
from backoffice_inventory.valuing import ZERO

from backoffice.core.api import Session, translate
from backoffice.hookspecs import Column, Row, Table, messages

from .naming import summed

_ = messages("inventory")


def drift(session: Session) -> Table:
    """Return where what follows from the moves differs from them; an empty table is right."""
    from backoffice_inventory.verifying import check

    rows = [
        Row((one["kind"], one["product"], one["where"], one["stored"], one["right"])) for one in check(session)["drift"]
    ]
    columns = (
        Column("kind", _("What"), "code"),
        Column("product", _("Product"), "code"),
        Column("where", _("Where"), "code"),
        Column("stored", _("Stored"), "quantity"),
        Column("right", _("By the moves"), "quantity"),
    )
    return Table(columns, rows, title=translate(_("Check of the stock"), session.context.language))


def sums_to_nothing(session: Session) -> Iterator[tuple[int, Decimal]]:
    """Yield products whose moves do not add up to nothing over all places; there are none."""
    places: dict[tuple[int, int], Decimal] = {}
    for column, sign in ((Move.to_id, 1), (Move.from_id, -1)):
        for product, place, quantity in session.execute(
            sa.select(Move.product_id, column, summed(Move.quantity, QUANTITY)).group_by(Move.product_id, column)
        ):
            places[product, place] = places.get((product, place), ZERO) + sign * quantity
    for product in sorted({key[0] for key in places}):
        total = sum((quantity for key, quantity in places.items() if key[0] == product), ZERO)
        if total:
            yield product, total
