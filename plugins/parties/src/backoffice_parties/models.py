"""What is kept of a party: names, roles, addresses, ways to reach them, numbers, bank accounts."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Mapped

from backoffice.core.api import Indexed, Record, Row, UniqueInOrganization, field, plugin_base, to_many, to_one
from backoffice.hookspecs import messages

_ = messages("parties")

Base: Any = plugin_base("parties")

KINDS = {"organisation": _("Organisation"), "person": _("Person")}
LANGUAGES = {"en": _("English"), "ar": _("Arabic")}
ADDRESS_KINDS = {
    "main": _("Main"),
    "billing": _("For invoices"),
    "shipping": _("For deliveries"),
    "home": _("Home"),
    "other": _("Other"),
}
CONTACT_KINDS = {
    "email": _("E-mail"),
    "phone": _("Telephone"),
    "mobile": _("Mobile"),
    "fax": _("Fax"),
    "web": _("Web page"),
}
NUMBER_KINDS = {
    "vat": _("VAT number"),
    "tax": _("Tax number"),
    "registration": _("Commercial registration"),
    "national_id": _("National identity number"),
    "residence": _("Residence permit"),
    "passport": _("Passport"),
    "other": _("Other"),
}


class Party(Record, Base):
    """A person or an organisation; what they are to us are the roles."""

    __tablename__ = "parties_party"
    __title__ = "name"
    __key__ = ("code",)

    kind: Mapped[str] = field.choice(KINDS, label=_("Kind"), default="organisation")
    code: Mapped[str | None] = field.code(
        40, label=_("Code"), search=True, help=_("Left empty, the next number is given.")
    )
    name: Mapped[str] = field.translated(
        160,
        label=_("Name"),
        search=True,
        personal=True,
        default="",
        help=_("A person's name is put together from its parts when they are given."),
    )
    prefix: Mapped[str | None] = field.text(40, label=_("Title"), personal=True)
    given_name: Mapped[str | None] = field.text(80, label=_("Given name"), personal=True)
    middle_name: Mapped[str | None] = field.text(
        120,
        label=_("Middle names"),
        personal=True,
        help=_("The father's and grandfather's names where that is the custom."),
    )
    family_name: Mapped[str | None] = field.text(80, label=_("Family name"), personal=True)
    suffix: Mapped[str | None] = field.text(40, label=_("Suffix"), personal=True)
    other_given_name: Mapped[str | None] = field.text(80, label=_("Given name in the other script"), personal=True)
    other_middle_name: Mapped[str | None] = field.text(120, label=_("Middle names in the other script"), personal=True)
    other_family_name: Mapped[str | None] = field.text(80, label=_("Family name in the other script"), personal=True)
    organisation_id: Mapped[int | None] = field.ref("parties_party", label=_("Works for"))
    customer: Mapped[bool] = field.yes_no(label=_("Customer"))
    supplier: Mapped[bool] = field.yes_no(label=_("Supplier"))
    employee: Mapped[bool] = field.yes_no(label=_("Employee"))
    email: Mapped[str | None] = field.email(label=_("E-mail"), search=True)
    phone: Mapped[str | None] = field.phone(label=_("Telephone"), search=True)
    country: Mapped[str | None] = field.code(2, label=_("Country"), help=_("ISO code of two letters, such as SA."))
    tax_id: Mapped[str | None] = field.code(32, label=_("Tax number"), search=True, personal=True)
    tax_position: Mapped[str | None] = field.code(
        32, label=_("Tax position"), help=_("Code of one; left empty, it follows from the country and the tax number.")
    )
    registration: Mapped[str | None] = field.code(40, label=_("Commercial registration"), search=True)
    language: Mapped[str] = field.choice(
        LANGUAGES, label=_("Language"), default="en", help=_("Documents are written to them in it.")
    )
    currency: Mapped[str | None] = field.code(3, label=_("Currency"), help=_("ISO code of three letters, such as SAR."))
    notes: Mapped[str | None] = field.long_text(label=_("Notes"), personal=True)
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))

    unique = UniqueInOrganization("code")
    by_name = Indexed("name", "id")

    organisation: Mapped[Party | None] = to_one(organisation_id, remote_side="Party.id")
    addresses: Mapped[list[Address]] = to_many("Address.party_id", back_populates="party")
    contacts: Mapped[list[ContactPoint]] = to_many("ContactPoint.party_id", back_populates="party")
    numbers: Mapped[list[Identifier]] = to_many("Identifier.party_id", back_populates="party")
    bank_accounts: Mapped[list[BankAccount]] = to_many("BankAccount.party_id", back_populates="party")


class Address(Row, Base):
    """A place of a party."""

    __tablename__ = "parties_address"
    __part_of__ = "party_id"
    __referenced__ = False

    party_id: Mapped[int] = field.ref("parties_party", label=_("Party"))
    kind: Mapped[str] = field.choice(ADDRESS_KINDS, label=_("Kind"), default="main")
    building: Mapped[str | None] = field.text(20, label=_("Building"), personal=True)
    street: Mapped[str | None] = field.text(160, label=_("Street"), personal=True)
    district: Mapped[str | None] = field.text(80, label=_("District"), personal=True)
    city: Mapped[str | None] = field.text(80, label=_("City"), personal=True)
    region: Mapped[str | None] = field.text(80, label=_("Region"), personal=True)
    postcode: Mapped[str | None] = field.code(16, label=_("Postcode"), personal=True)
    country: Mapped[str | None] = field.code(2, label=_("Country"))
    of_party = Indexed("party_id")

    party: Mapped[Party] = to_one(party_id, back_populates="addresses")


class ContactPoint(Row, Base):
    """A further way to reach a party, beside their main e-mail address and telephone."""

    __tablename__ = "parties_contact"
    __part_of__ = "party_id"
    __referenced__ = False

    party_id: Mapped[int] = field.ref("parties_party", label=_("Party"))
    kind: Mapped[str] = field.choice(CONTACT_KINDS, label=_("Kind"), default="email")
    value: Mapped[str] = field.text(254, label=_("Value"), personal=True)
    purpose: Mapped[str | None] = field.text(80, label=_("For"), help=_("Such as invoices or deliveries."))
    of_party = Indexed("party_id")

    party: Mapped[Party] = to_one(party_id, back_populates="contacts")


class Identifier(Row, Base):
    """A number by which an authority knows a party."""

    __tablename__ = "parties_identifier"
    __part_of__ = "party_id"
    __referenced__ = False

    party_id: Mapped[int] = field.ref("parties_party", label=_("Party"))
    kind: Mapped[str] = field.choice(NUMBER_KINDS, label=_("Kind"), default="vat")
    country: Mapped[str | None] = field.code(2, label=_("Country"))
    number: Mapped[str] = field.code(60, label=_("Number"), personal=True)
    of_party = Indexed("party_id")

    party: Mapped[Party] = to_one(party_id, back_populates="numbers")


class BankAccount(Row, Base):
    """A bank account of a party."""

    __tablename__ = "parties_bank_account"
    __part_of__ = "party_id"
    __referenced__ = False

    party_id: Mapped[int] = field.ref("parties_party", label=_("Party"))
    number: Mapped[str] = field.code(
        40, label=_("IBAN or account number"), personal=True, help=_("The check digits of an IBAN are checked.")
    )
    bic: Mapped[str | None] = field.code(11, label=_("BIC"))
    bank: Mapped[str | None] = field.text(120, label=_("Bank"))
    holder: Mapped[str | None] = field.text(160, label=_("Account holder"), personal=True)
    currency: Mapped[str | None] = field.code(3, label=_("Currency"))
    of_party = Indexed("party_id")

    party: Mapped[Party] = to_one(party_id, back_populates="bank_accounts")
