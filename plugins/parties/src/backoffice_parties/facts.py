"""Parties as documents see them: plain values, read for many documents by two statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import Read, Session, among

from .models import Address, Party


@dataclass(frozen=True, slots=True)
class AddressFacts:
    """A place of a party."""

    kind: str
    building: str | None
    street: str | None
    district: str | None
    city: str | None
    region: str | None
    postcode: str | None
    country: str | None


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """A party with its addresses."""

    id: int
    name: str
    translations: Mapping[str, Mapping[str, Any]] | None
    language: str
    country: str | None
    tax_id: str | None
    tax_position: str | None
    addresses: list[AddressFacts] = field(default_factory=list)


def read_parties(session: Session, ids: Iterable[int]) -> dict[int, PartyFacts]:
    """Return the parties with these ids that are there, by id."""
    asked = {"ids": sorted(set(ids))}
    parties, places = Read.together(session, (PARTIES, asked), (ADDRESSES, asked))
    found = {row[0]: PartyFacts(*row) for row in parties}
    for party_id, *place in places:
        found[party_id].addresses.append(AddressFacts(*place))
    return found


PARTIES = Read(
    sa.select(
        Party.id, Party.name, Party.translations, Party.language, Party.country, Party.tax_id, Party.tax_position
    ).where(among(Party.id, "ids"))
)
ADDRESSES = Read(
    sa.select(
        Address.party_id, Address.kind, Address.building, Address.street, Address.district, Address.city,
        Address.region, Address.postcode, Address.country,
    )
    .where(among(Address.party_id, "ids"))
    .order_by(Address.id)
)  # fmt: skip
