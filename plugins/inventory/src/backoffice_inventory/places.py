"""Places: the usual ones, and what a transaction needs to know of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from backoffice.core.api import InvalidInput, Read, RuleBroken, Session, among
from backoffice.hookspecs import messages

from .models import OWN, Place

_ = messages("inventory")

USUAL: Sequence[Mapping[str, Any]] = (
    {"code": "STOCK", "kind": "internal", "name": "Warehouse", "ar": "المستودع", "sells": True, "receives": True},
    {"code": "TRANSIT", "kind": "transit", "name": "On the way", "ar": "في الطريق"},
    {"code": "SUPPLIERS", "kind": "supplier", "name": "Suppliers", "ar": "الموردون"},
    {"code": "CUSTOMERS", "kind": "customer", "name": "Customers", "ar": "العملاء"},
    {"code": "LOSS", "kind": "loss", "name": "Gains and losses", "ar": "الأرباح والخسائر المخزنية"},
    {"code": "PRODUCTION", "kind": "production", "name": "Production", "ar": "الإنتاج"},
)


class PlaceFacts(NamedTuple):
    """A place as a transaction needs it."""

    id: int
    code: str
    kind: str
    pool: int
    sells: bool
    receives: bool
    sequence: int
    negative_allowed: bool
    consigned: bool
    active: bool

    @property
    def ours(self) -> bool:
        """Goods here are counted."""
        return self.kind in OWN

    @property
    def valued(self) -> bool:
        """Goods here are stock with a value."""
        return self.kind in OWN and not self.consigned


COLUMNS = (
    Place.id, Place.code, Place.kind, Place.pool, Place.sells, Place.receives, Place.sequence, Place.negative_allowed,
    Place.consigned, Place.active,
)  # fmt: skip

NEEDED = Read(
    sa.select(*COLUMNS)
    .where(
        Place.company_id == sa.bindparam("company"),
        sa.or_(
            Place.receives,
            sa.and_(Place.kind != "internal", Place.kind != "group"),
            among(Place.code, "codes"),
            among(Place.id, "ids"),
        ),
    )
    .order_by(Place.sequence, Place.id)
)
"""The places that are not ours, those goods arrive at, and those named by their codes or ids."""


class Places:
    """The places of a transaction."""

    def __init__(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self.by_id = {row[0]: PlaceFacts(*row) for row in rows}
        self.by_code = {place.code: place for place in self.by_id.values()}

    def named(self, code: str) -> PlaceFacts:
        """Return the place with this code. Raises :class:`~backoffice.core.api.InvalidInput` when there is none."""
        place = self.by_code.get(code)
        if place is None or not place.active or place.kind == "group":
            said = _("There is no place {code} for goods.").with_values(code=code)
            raise InvalidInput(said, fields={"place": [said]})
        return place

    def of_kind(self, kind: str) -> PlaceFacts:
        """Return the first place of a kind."""
        return self._first(kind, (place for place in self.by_id.values() if place.kind == kind and place.active))

    def receiving(self) -> PlaceFacts:
        """Return the place goods usually arrive at."""
        return self._first(
            "internal", (p for p in self.by_id.values() if p.receives and p.kind == "internal" and p.active)
        )

    def _first(self, kind: str, found: Iterable[PlaceFacts]) -> PlaceFacts:
        place = next(iter(found), None)
        if place is None:
            raise RuleBroken(
                _("This company has no place of the kind {kind}.").with_values(kind=kind),
                remedy=_("Install the usual places."),
            )
        return place


def needed(session: Session, codes: Iterable[str] = (), ids: Iterable[int] = ()) -> Places:
    """Return the places a transaction needs; the usual ones are made where a company has none."""
    read, asked = asked_for(session, codes, ids)
    return known(session, asked, read.rows(session, **asked))


def asked_for(session: Session, codes: Iterable[str] = (), ids: Iterable[int] = ()) -> tuple[Read, dict[str, Any]]:
    """Return what :func:`needed` reads, to be read together with something else and handed to :func:`known`."""
    return NEEDED, {"company": session.company_id, "codes": sorted(set(codes)), "ids": sorted(set(ids))}


def known(session: Session, asked: Mapping[str, Any], rows: Sequence[tuple[Any, ...]]) -> Places:
    """Return the places that were read; the usual ones are made where a company has none."""
    if not any(row[2] == "customer" for row in rows):
        install(session)
        rows = NEEDED.rows(session, **asked)
    return Places(rows)


def install(session: Session) -> int:
    """Add the usual places that are missing and return how many."""
    if session.company_id is None:
        raise RuleBroken(_("No company was chosen."), remedy=_("Choose one of your companies and try again."))
    there = session.execute(sa.select(Place.code, Place.kind).where(Place.company_id == session.company_id)).all()
    codes, kinds = {row.code for row in there}, {row.kind for row in there}
    made = [
        Place(
            code=said["code"], kind=said["kind"], name=said["name"], translations={"ar": {"name": said["ar"]}},
            sells=said.get("sells", False), receives=said.get("receives", False), company_id=session.company_id,
        )
        for said in USUAL
        if said["code"] not in codes and said["kind"] not in kinds
    ]  # fmt: skip
    session.add_all(made)
    session.flush()
    return len(made)
