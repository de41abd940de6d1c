"""Addresses as they are written on letters and invoices."""

from __future__ import annotations

from backoffice.core.api import country_name

from .facts import AddressFacts, PartyFacts
from .models import Address, Party


def lines_of(address: Address | AddressFacts, language: str) -> list[str]:
    """Return the lines of an address from the street to the country, named in ``language``; empty ones left out."""
    street = " ".join(part for part in (address.building, address.street) if part)
    place = " ".join(part for part in (address.city, address.postcode) if part)
    country = country_name(address.country, language) if address.country else ""
    return [line for line in (street, address.district, place, address.region, country) if line]


def chosen(party: Party | PartyFacts, *kinds: str) -> Address | AddressFacts | None:
    """Return the address of the first of ``kinds`` that ``party`` has, else their main or first one."""
    for kind in (*kinds, "main"):
        for address in party.addresses:
            if address.kind == kind:
                return address
    return party.addresses[0] if party.addresses else None


def written(party: Party | PartyFacts, *kinds: str) -> str:
    """Return the address of ``party`` for ``kinds``, such as ``"billing"``, a line each; at least the country.

    The country is named in the party's language.
    """
    address = chosen(party, *kinds)
    if address is not None:
        return "\n".join(lines_of(address, party.language))
    return country_name(party.country, party.language) if party.country else ""
