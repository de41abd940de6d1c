"""Who an invoice is between and where: the parties of the norm, with the numbers of their terms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number and the scheme it belongs to, such as ``0088`` for global location numbers."""

    value: str
    scheme: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """BG-1: text for the reader."""

    text: str
    """BT-22"""
    subject: str = ""
    """BT-21, a code of UNTDID 4451"""


@dataclass(frozen=True, slots=True)
class Preceding:
    """BG-3: an invoice this one corrects or goes with."""

    number: str
    """BT-25"""
    issue_date: date | None = None
    """BT-26"""


@dataclass(frozen=True, slots=True)
class Address:
    """BG-5, BG-8, BG-12, BG-15: where somebody is."""

    line_one: str = ""
    """BT-35, BT-50, BT-64, BT-75: usually the street"""
    line_two: str = ""
    """BT-36, BT-51, BT-65, BT-76"""
    line_three: str = ""
    """BT-162, BT-163, BT-164, BT-165"""
    city: str = ""
    """BT-37, BT-52, BT-66, BT-77"""
    postcode: str = ""
    """BT-38, BT-53, BT-67, BT-78"""
    subdivision: str = ""
    """BT-39, BT-54, BT-68, BT-79: a province or state"""
    country: str = ""
    """BT-40, BT-55, BT-69, BT-80: ISO 3166-1 of two letters"""
    building: str = ""
    """No term of the norm (KSA-17, KSA-18): the number of the building; UBL alone carries it"""
    plot: str = ""
    """No term of the norm (KSA-23, KSA-19): the additional number; UBL alone carries it"""
    district: str = ""
    """No term of the norm (KSA-3, KSA-4); UBL alone carries it"""


@dataclass(frozen=True, slots=True)
class Contact:
    """BG-6, BG-9: whom to ask."""

    name: str = ""
    """BT-41, BT-56"""
    phone: str = ""
    """BT-42, BT-57"""
    email: str = ""
    """BT-43, BT-58"""


@dataclass(frozen=True, slots=True)
class Seller:
    """BG-4: who sells."""

    name: str = ""
    """BT-27: as registered"""
    trading_name: str = ""
    """BT-28"""
    identifiers: tuple[Identifier, ...] = ()
    """BT-29: those without a scheme first"""
    registration: Identifier | None = None
    """BT-30: number in the register of companies"""
    vat_id: str = ""
    """BT-31"""
    tax_registration: str = ""
    """BT-32: a tax number that is none of VAT"""
    legal_form: str = ""
    """BT-33: what the law asks a company to say about itself"""
    endpoint: Identifier | None = None
    """BT-34: electronic address"""
    address: Address | None = None
    """BG-5"""
    contact: Contact | None = None
    """BG-6"""


@dataclass(frozen=True, slots=True)
class Buyer:
    """BG-7: who buys."""

    name: str = ""
    """BT-44"""
    trading_name: str = ""
    """BT-45"""
    identifier: Identifier | None = None
    """BT-46"""
    registration: Identifier | None = None
    """BT-47"""
    vat_id: str = ""
    """BT-48"""
    endpoint: Identifier | None = None
    """BT-49: electronic address"""
    address: Address | None = None
    """BG-8"""
    contact: Contact | None = None
    """BG-9"""


@dataclass(frozen=True, slots=True)
class Payee:
    """BG-10: who is paid, when it is not the seller."""

    name: str = ""
    """BT-59"""
    identifier: Identifier | None = None
    """BT-60"""
    registration: Identifier | None = None
    """BT-61"""


@dataclass(frozen=True, slots=True)
class Representative:
    """BG-11: who stands for the seller before the tax authority."""

    name: str = ""
    """BT-62"""
    vat_id: str = ""
    """BT-63"""
    address: Address | None = None
    """BG-12"""


@dataclass(frozen=True, slots=True)
class Period:
    """BG-14, BG-26: the days an invoice or a line is about."""

    start: date | None = None
    """BT-73, BT-134"""
    end: date | None = None
    """BT-74, BT-135"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """BG-13: where and when something was delivered."""

    name: str = ""
    """BT-70"""
    location: Identifier | None = None
    """BT-71"""
    day: date | None = None
    """BT-72"""
    address: Address | None = None
    """BG-15"""
