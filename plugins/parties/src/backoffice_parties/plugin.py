"""Hooks of the parties plugin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backoffice.hookspecs import (
    Event,
    Field,
    Lines,
    PersonalRecord,
    Resource,
    Role,
    hookimpl,
    messages,
)

_ = messages("parties")

TITLE = _("Parties")
SUMMARY = _("People and organisations you deal with: names, addresses, tax numbers, bank accounts.")


@hookimpl
def models() -> Any:
    """Give the tables."""
    from .models import Base

    return Base


@hookimpl
def resources() -> Sequence[Resource]:
    """Give the one resource: parties with all that belongs to them."""
    from .models import Party

    return [
        Resource(
            "parties.party",
            Party,
            label=_("Party"),
            plural=_("Parties"),
            description=_("People and organisations you deal with: customers, suppliers, employees, authorities."),
            columns=("name", "code", "kind", "country", "email", "phone", "customer", "supplier", "employee", "active"),
            form=(
                "kind",
                "name",
                "code",
                "customer",
                "supplier",
                "employee",
                "active",
                "email",
                "phone",
                "country",
                "language",
                "tax_id",
                "tax_position",
                "registration",
                "currency",
                "organisation_id",
                "prefix",
                "given_name",
                "middle_name",
                "family_name",
                "suffix",
                "other_given_name",
                "other_middle_name",
                "other_family_name",
                "notes",
            ),
            filters=("kind", "customer", "supplier", "employee", "country", "active", "organisation_id"),
            sorts=("name", "code"),
            order="name",
            lines=(
                Lines(
                    "addresses",
                    ("kind", "building", "street", "district", "city", "region", "postcode", "country"),
                    label=_("Addresses"),
                ),
                Lines("contacts", ("kind", "value", "purpose"), label=_("Further contacts")),
                Lines("numbers", ("kind", "country", "number"), label=_("Further numbers")),
                Lines("bank_accounts", ("number", "bic", "bank", "holder", "currency"), label=_("Bank accounts")),
            ),
            owner="id",
            menu="people",
            before_save="backoffice_parties.checking:before_save",
        )
    ]


@hookimpl
def events() -> Sequence[Event]:
    """Give the one event; it carries no names."""
    changes = {"created": _("Created"), "changed": _("Changed")}
    return [
        Event(
            "parties.party_changed",
            label=_("Party changed"),
            fields=(
                Field("change", "choice", choices=changes, required=True),
                Field("kind", "code", required=True),
                Field("customer", "boolean"),
                Field("supplier", "boolean"),
                Field("employee", "boolean"),
                Field("active", "boolean"),
            ),
        )
    ]


@hookimpl
def roles() -> Sequence[Role]:
    """Give two ready-made roles."""
    return [
        Role(
            "parties.clerk",
            _("Keeper of parties"),
            ("parties.party.read", "parties.party.create", "parties.party.change"),
            help=_("Sees, adds and corrects parties; deletes none."),
        ),
        Role("parties.reader", _("Reader of parties"), ("parties.party.read",), help=_("Sees parties.")),
    ]


@hookimpl
def personal_data(session: Any, subject: Any) -> Sequence[PersonalRecord]:
    """Give what is kept about a person."""
    from .privacy import personal_data as known

    return known(session, subject)
