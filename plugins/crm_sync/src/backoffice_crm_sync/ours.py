"""Our side: what of a party may be kept alike, read and written by short names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backoffice_parties.models import Party

from backoffice.core.api import Session
from backoffice.hookspecs import messages

_ = messages("crm_sync")

FIELDS = {
    "name": _("Name"),
    "given_name": _("Given name"),
    "middle_name": _("Middle names"),
    "family_name": _("Family name"),
    "email": _("E-mail"),
    "phone": _("Telephone"),
    "country": _("Country"),
    "tax_id": _("Tax number"),
    "registration": _("Commercial registration"),
    "notes": _("Notes"),
    "address.street": _("Street"),
    "address.district": _("District"),
    "address.city": _("City"),
    "address.region": _("Region"),
    "address.postcode": _("Postcode"),
    "address.country": _("Country of the address"),
}
ADDRESS = "address."
MAIN = "main"


def values_of(party: Party) -> dict[str, str]:
    """Return the values of ``party`` by their short names, empty where there is none."""
    address = _main_address(party)
    found = {}
    for name in FIELDS:
        source, key = (address, name.removeprefix(ADDRESS)) if name.startswith(ADDRESS) else (party, name)
        value = getattr(source, key, None) if source is not None else None
        found[name] = "" if value is None else str(value)
    return found


def _main_address(party: Party) -> Any:
    return next((one for one in party.addresses if one.kind == MAIN), None) or next(iter(party.addresses), None)


def write(session: Session, party: Party, values: Mapping[str, str]) -> None:
    """Write ``values`` into ``party`` as a person would: the same checks, the same event."""
    plain = {name: value or None for name, value in values.items() if not name.startswith(ADDRESS)}
    if "name" in plain and not plain["name"]:
        del plain["name"]  # a party needs one
    address = {name.removeprefix(ADDRESS): value or None for name, value in values.items() if name.startswith(ADDRESS)}
    if address:
        plain["addresses"] = _addresses(party, address)
    if plain:
        session.perform("parties.party.change", id=party.id, **plain)


def _addresses(party: Party, values: Mapping[str, str | None]) -> Any:
    """Return all addresses of ``party`` with the main one changed or added."""
    main = _main_address(party)
    names = ("kind", "building", "street", "district", "city", "region", "postcode", "country")
    kept = [
        {"id": one.id, **{name: getattr(one, name) for name in names}, **(values if one is main else {})}
        for one in party.addresses
    ]
    return kept if main is not None else [*kept, {"kind": MAIN, **values}]


def create(session: Session, values: Mapping[str, str], *, customer: bool) -> int:
    """Make a party of ``values`` and return its id."""
    plain = {name: value for name, value in values.items() if value and not name.startswith(ADDRESS)}
    address = {name.removeprefix(ADDRESS): value for name, value in values.items()
               if value and name.startswith(ADDRESS)}  # fmt: skip
    person = any(plain.get(name) for name in ("given_name", "family_name"))
    made = session.perform(
        "parties.party.create",
        kind="person" if person else "organisation",
        customer=customer,
        **(plain if plain.get("name") or person else {**plain, "name": plain.get("email") or plain.get("phone") or ""}),
        **({"addresses": [{"kind": MAIN, **address}]} if address else {}),
    )
    id_: int = made["id"] if isinstance(made, Mapping) else made.id
    return id_
