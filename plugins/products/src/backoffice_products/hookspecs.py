"""Questions about goods: what the products plugin and those who sell or buy ask of the plugin that counts them.

Asked with ``session.hooks.first("products_available", session=session, …)``; without a plugin that counts, the answer
is ``None`` and everything counts as there. The words they use are in :mod:`backoffice_products.stock`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from backoffice.hookspecs import hookspec

from .stock import Available, Demand, Expected, GoodsDocument, Moved, Movement, Proposal, Reserved


@hookspec
def products_is_used(session: Any, product_id: int) -> bool | None:
    """Say whether something is counted in the unit of this product, such as stock; then its unit stays. Strict."""


@hookspec
def products_unit_is_used(session: Any, unit_id: int) -> bool | None:
    """Say whether something is counted in this unit; then its ratio stays. Strict."""


@hookspec(firstresult=True)
def products_counted(session: Any, product_ids: Collection[int]) -> Collection[int] | None:
    """Give those of the products whose stock is counted; services, and goods nobody counts, are left out. Strict."""


@hookspec(firstresult=True)
def products_available(session: Any, product_ids: Collection[int], place: str | None) -> Mapping[int, Available] | None:
    """Give what is there, set aside and on its way of each product, at a place or in all. Strict."""


@hookspec(firstresult=True)
def products_reserve(
    session: Any, source: str, demands: Sequence[Demand], partially: bool, until: datetime | None
) -> Sequence[Reserved] | None:
    """Set goods aside for the demands of the plugin ``source`` until an instant; say what is set aside, what is short.

    The quantity of a demand is what should be set aside for it in all: asked again, only the difference is. Unless
    ``partially``, either every demand is met or nothing is set aside and each short line is named. Never more is set
    aside than is there. Strict.
    """


@hookspec(firstresult=True)
def products_release(session: Any, source: str, keys: Collection[str]) -> bool | None:
    """Give back what is set aside for the demands ``keys`` of the plugin ``source``. Strict."""


@hookspec(firstresult=True)
def products_move(session: Any, document: GoodsDocument, movements: Sequence[Movement]) -> Sequence[Moved] | None:
    """Move goods under a document in this transaction and say what each line cost and which lots it took.

    Whoever counts goods asks for the postings of their value too. A document that moved before moves nothing again and
    gets the same answer. Raises :class:`~backoffice.core.api.RuleBroken` naming every line that is short. Strict.
    """


@hookspec(firstresult=True)
def products_move_many(
    session: Any, documents: Sequence[tuple[GoodsDocument, Sequence[Movement]]]
) -> Sequence[Sequence[Moved]] | None:
    """Move the goods of many documents of one source, in their order, as :func:`products_move` does with each.

    It takes few statements however many there are; all of them move or none. Strict.
    """


@hookspec(firstresult=True)
def products_cost(session: Any, product_ids: Collection[int], on: date) -> Mapping[int, Decimal] | None:
    """Give what one unit of each product is worth in stock on a day. Strict."""


@hookspec
def products_expected(session: Any, product_ids: Collection[int], until: date) -> Sequence[Expected] | None:
    """Give what confirmed orders will bring or take until a day; everyone who orders or sells answers. Strict."""


@hookspec(firstresult=True)
def products_order(session: Any, proposals: Sequence[Proposal]) -> Sequence[str] | None:
    """Make draft orders of proposals and give their numbers or keys, in order; whoever buys answers. Strict."""
