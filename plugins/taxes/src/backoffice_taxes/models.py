"""What is kept of taxes: codes with their dated rates, how they are chosen, forms of returns, and the tax lines.

Codes, positions, rules and forms belong to the organisation, each to a country: its companies share them. What was
taxed belongs to a company.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Mapped

from backoffice.core.api import (
    Indexed,
    Must,
    OfCompany,
    Record,
    Row,
    UniqueInCompany,
    UniqueInOrganization,
    field,
    plugin_base,
    to_many,
    to_one,
)
from backoffice.hookspecs import messages

from . import guards
from .kinds import BASES, CATEGORIES, DIRECTIONS, DUE, FAMILIES, FIGURES, FOR, IN_PRICE, KINDS, PER

_ = messages("taxes")

Base: Any = plugin_base("taxes")

WHERE = {
    "any": _("Anywhere"),
    "domestic": _("In our own country"),
    "abroad": _("In any other country"),
    "eu": _("In another country of the European Union"),
    "gcc": _("In another country of the Gulf Cooperation Council"),
}
REGISTERED = {"any": _("With or without"), "yes": _("With a tax number"), "no": _("Without a tax number")}
COLUMNS = {"base": _("Amount"), "tax": _("Tax")}
SHOWN = {"both": _("Amount and tax"), **COLUMNS}
FREQUENCIES = {"month": _("Each month"), "quarter": _("Each quarter"), "year": _("Each year")}
HUNDRED = Decimal(100)
NOUGHT = Decimal(0)


class Category(Record, Base):
    """What kind of thing is sold, for taxes: products bear its code."""

    __tablename__ = "taxes_category"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(32, label=_("Code"), search=True)
    name: Mapped[str] = field.translated(120, label=_("Name"), search=True)
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))
    unique = UniqueInOrganization("code")


class Position(Record, Base):
    """Where a customer or supplier stands for taxes: at home, abroad, registered or not."""

    __tablename__ = "taxes_position"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(32, label=_("Code"), search=True)
    name: Mapped[str] = field.translated(120, label=_("Name"), search=True)
    country: Mapped[str] = field.code(2, label=_("Country of the company"), help=_("ISO code of two letters."))
    located: Mapped[str] = field.choice(WHERE, label=_("The other side is"), default="any")
    registered: Mapped[str] = field.choice(REGISTERED, label=_("Tax number"), default="any")
    sequence: Mapped[int] = field.integer(
        label=_("Order"), default=10, help=_("The first position that fits is taken, the lowest number first.")
    )
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))
    unique = UniqueInOrganization("code")
    by_country = Indexed("country", "sequence", "id")


class Code(Record, Base):
    """A tax code: how much, of what, who owes it, when, and where it stands in the return."""

    __tablename__ = "taxes_code"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(32, label=_("Code"), search=True)
    name: Mapped[str] = field.translated(160, label=_("Name"), search=True)
    country: Mapped[str] = field.code(2, label=_("Country"), help=_("ISO code of two letters."))
    family: Mapped[str] = field.choice(
        FAMILIES, label=_("Tax"), default="vat", help=_("A line bears one code of each kind of tax.")
    )
    used_for: Mapped[str] = field.choice(FOR, label=_("Used for"), default="both")
    kind: Mapped[str] = field.choice(KINDS, label=_("Computed as"), default="percent")
    per: Mapped[str] = field.choice(PER, label=_("Fixed amounts"), default="unit")
    basis: Mapped[str] = field.choice(BASES, label=_("Taken of"), default="net")
    raises_base: Mapped[bool] = field.yes_no(
        label=_("Raises the base of taxes that follow"), help=_("As excise does for value added tax.")
    )
    in_price: Mapped[str] = field.choice(IN_PRICE, label=_("In the price"), default="as_price")
    reverse_charge: Mapped[bool] = field.yes_no(
        label=_("Reverse charge"), help=_("The buyer owes it instead of the seller.")
    )
    withholding: Mapped[bool] = field.yes_no(label=_("Withheld"), help=_("Kept back when the document is paid."))
    deductible: Mapped[Decimal] = field.percent(
        label=_("Recovered, %"), default=HUNDRED, minimum=NOUGHT, maximum=HUNDRED,
        help=_("What of the tax on purchases is recovered; the rest is a cost."),
    )  # fmt: skip
    due: Mapped[str] = field.choice(DUE, label=_("Due"), default="supply")
    category: Mapped[str] = field.choice(
        CATEGORIES, label=_("Category"), default="S", help=_("As electronic invoices name it.")
    )
    reason_code: Mapped[str | None] = field.code(
        40, label=_("Code of the reason"), help=_("Why there is no tax, such as VATEX-EU-IC.")
    )
    reason: Mapped[str | None] = field.translated(
        300, label=_("Reason"), help=_("Printed on the invoice where there is no tax.")
    )
    sequence: Mapped[int] = field.integer(
        label=_("Order"), default=10, help=_("In which taxes of a line are computed.")
    )
    source: Mapped[str | None] = field.text(400, label=_("Source"), help=_("The law or the page of the authority."))
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))

    unique = UniqueInOrganization("code")
    by_code = Indexed("code", "id")

    rates: Mapped[list[Rate]] = to_many("Rate.code_id", back_populates="code")
    members: Mapped[list[Member]] = to_many("Member.group_id", back_populates="group")
    stands_on: Mapped[list[StandsOn]] = to_many("StandsOn.code_id", back_populates="code")
    boxes: Mapped[list[CodeBox]] = to_many("CodeBox.code_id", back_populates="code")


class Rate(Row, Base):
    """A rate of a code and the days on which it holds."""

    __tablename__ = "taxes_rate"
    __part_of__ = "code_id"
    __referenced__ = False

    code_id: Mapped[int] = field.ref("taxes_code", label=_("Code"))
    rate: Mapped[Decimal] = field.quantity(label=_("Rate"), help=_("A percentage, or the amount of a fixed tax."))
    valid_from: Mapped[datetime.date | None] = field.day(label=_("From"))
    valid_until: Mapped[datetime.date | None] = field.day(label=_("Until"))
    source: Mapped[str | None] = field.text(400, label=_("Source"))
    of_code = Indexed("code_id")
    code: Mapped[Code] = to_one(code_id, back_populates="rates")


class Member(Row, Base):
    """A code within a group."""

    __tablename__ = "taxes_member"
    __part_of__ = "group_id"
    __referenced__ = False

    group_id: Mapped[int] = field.ref("taxes_code", label=_("Group"))
    member_id: Mapped[int] = field.ref("taxes_code", label=_("Code"))
    of_group = Indexed("group_id")
    group: Mapped[Code] = to_one(group_id, back_populates="members")


class StandsOn(Row, Base):
    """A tax whose amount belongs to the base of another."""

    __tablename__ = "taxes_stands_on"
    __part_of__ = "code_id"
    __referenced__ = False

    code_id: Mapped[int] = field.ref("taxes_code", label=_("Code"))
    on_id: Mapped[int] = field.ref("taxes_code", label=_("Taken of"))
    of_code = Indexed("code_id")
    code: Mapped[Code] = to_one(code_id, back_populates="stands_on")


class Form(Record, Base):
    """The form of a tax return."""

    __tablename__ = "taxes_form"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(32, label=_("Code"), search=True)
    name: Mapped[str] = field.translated(160, label=_("Name"), search=True)
    country: Mapped[str] = field.code(2, label=_("Country"), help=_("ISO code of two letters."))
    whole_bases: Mapped[bool] = field.yes_no(
        label=_("Amounts in whole units"),
        help=_("Bases are cut to whole units of the currency; taxes keep their cents."),
    )
    source: Mapped[str | None] = field.text(400, label=_("Source"), help=_("The law or the page of the authority."))
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))
    unique = UniqueInOrganization("code")
    boxes: Mapped[list[Box]] = to_many("Box.form_id", back_populates="form", order_by="Box.sequence, Box.id")


def _other_name(box: Box) -> str | None:
    return next((texts["name"] for texts in (box.translations or {}).values() if texts.get("name")), None)


def _set_other_name(box: Box, name: str | None) -> None:
    """Keep a name in the other language; its script tells which."""
    language = "ar" if any("\u0600" <= letter <= "\u06ff" for letter in name or "") else "en"
    box.translations = {language: {"name": name}} if name else None


class Box(Row, Base):
    """A line of a return."""

    __tablename__ = "taxes_box"
    __title__ = "code"
    __key__ = ("code",)
    __part_of__ = "form_id"

    form_id: Mapped[int] = field.ref(Form, label=_("Form"))
    code: Mapped[str] = field.code(32, label=_("Code"), help=_("Such as SA.1; no other form uses it."))
    number: Mapped[str | None] = field.code(16, label=_("Number"), help=_("As it is printed on the form."))
    name: Mapped[str] = field.translated(200, label=_("Name"))
    other_name = field.derived("text", _other_name, _set_other_name, length=200, label=_("Name in the other language"))
    shown: Mapped[str] = field.choice(SHOWN, label=_("Asks for"), default="both")
    sum_of: Mapped[str | None] = field.text(
        300, label=_("Sum of"), help=_("Codes of other boxes with a blank between, those to be taken off with a minus.")
    )
    sequence: Mapped[int] = field.integer(label=_("Order"), default=10)
    unique = UniqueInOrganization("code")
    of_form = Indexed("form_id", "sequence")
    form: Mapped[Form] = to_one(form_id, back_populates="boxes")


class CodeBox(Row, Base):
    """Where a figure of a code goes in a return."""

    __tablename__ = "taxes_code_box"
    __part_of__ = "code_id"
    __referenced__ = False

    code_id: Mapped[int] = field.ref("taxes_code", label=_("Code"))
    box_id: Mapped[int] = field.ref(Box, label=_("Box"))
    side: Mapped[str] = field.choice(COLUMNS, label=_("Column"), default="base")
    figure: Mapped[str] = field.choice(FIGURES, label=_("Figure"), default="base")
    used_for: Mapped[str] = field.choice(FOR, label=_("Used for"), default="both")
    negative: Mapped[bool] = field.yes_no(label=_("Taken off"))
    of_code = Indexed("code_id")
    code: Mapped[Code] = to_one(code_id, back_populates="boxes")
    box: Mapped[Box] = to_one(box_id)


class Rule(Record, Base):
    """Which code holds for a position and a category."""

    __tablename__ = "taxes_rule"
    __title__ = "code"
    __key__ = ("code",)

    code: Mapped[str] = field.code(60, label=_("Code"), search=True)
    country: Mapped[str] = field.code(2, label=_("Country of the company"), help=_("ISO code of two letters."))
    used_for: Mapped[str] = field.choice(FOR, label=_("Used for"), default="both")
    position_id: Mapped[int | None] = field.ref(Position, label=_("Position"), help=_("Left empty, any."))
    category_id: Mapped[int | None] = field.ref(Category, label=_("Category"), help=_("Left empty, any."))
    tax_id: Mapped[int] = field.ref(Code, label=_("Tax code"))
    valid_from: Mapped[datetime.date | None] = field.day(label=_("From"))
    valid_until: Mapped[datetime.date | None] = field.day(label=_("Until"))
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))
    unique = UniqueInOrganization("code")
    by_country = Indexed("country", "id")

    position: Mapped[Position | None] = to_one(position_id)
    category: Mapped[Category | None] = to_one(category_id)
    tax: Mapped[Code] = to_one(tax_id)


class Registration(OfCompany, Record, Base):
    """A number under which the company is known to a tax authority."""

    __tablename__ = "taxes_registration"
    __title__ = "number"
    __key__ = ("number",)

    country: Mapped[str] = field.code(2, label=_("Country"), help=_("ISO code of two letters."))
    number: Mapped[str] = field.code(40, label=_("Number"), search=True)
    form_id: Mapped[int | None] = field.ref(Form, label=_("Form"))
    frequency: Mapped[str] = field.choice(FREQUENCIES, label=_("Declared"), default="quarter")
    valid_from: Mapped[datetime.date | None] = field.day(label=_("From"))
    valid_until: Mapped[datetime.date | None] = field.day(label=_("Until"))
    unique = UniqueInCompany("number")


class TaxReturn(OfCompany, Record, Base):
    """A return that was filed: its figures stay as they were."""

    __tablename__ = "taxes_return"
    __title__ = "reference"

    form_id: Mapped[int] = field.ref(Form, label=_("Form"))
    start_date: Mapped[datetime.date] = field.day(label=_("From"))
    end_date: Mapped[datetime.date] = field.day(label=_("Until"))
    reference: Mapped[str] = field.code(80, label=_("Reference"), search=True, help=_("What the authority answered."))
    filed_at: Mapped[datetime.datetime] = field.instant(label=_("Filed"), read_only=True)
    currency: Mapped[str] = field.code(3, label=_("Currency"), read_only=True)
    unique = UniqueInCompany("form_id", "start_date", "end_date")
    ordered = Must("ordered", "start_date <= end_date")
    by_end = Indexed("end_date", "id")
    form: Mapped[Form] = to_one(form_id)
    boxes: Mapped[list[ReturnBox]] = to_many("ReturnBox.return_id", back_populates="tax_return")


class ReturnBox(Row, Base):
    """A figure of a return that was filed."""

    __tablename__ = "taxes_return_box"
    __part_of__ = "return_id"
    __referenced__ = False

    return_id: Mapped[int] = field.ref(TaxReturn, label=_("Return"))
    box_id: Mapped[int] = field.ref(Box, label=_("Box"))
    base: Mapped[Decimal | None] = field.money(label=_("Amount"))
    tax: Mapped[Decimal | None] = field.money(label=_("Tax"))
    of_return = Indexed("return_id")
    tax_return: Mapped[TaxReturn] = to_one(return_id, back_populates="boxes")


class TaxLine(OfCompany, Record, Base):
    """What one document bears of one tax, in the company's currency. Written once, by whoever posts; never changed.

    Without a date it waits for a payment. Amounts of credit notes are below zero.
    """

    __tablename__ = "taxes_tax_line"
    __title__ = "source_number"
    guards = (guards.TAX_LINE,)

    date: Mapped[datetime.date | None] = field.day(
        label=_("Date"), help=_("In whose period it is declared; none while it waits for a payment.")
    )
    supply_date: Mapped[datetime.date | None] = field.day(label=_("Supplied"))
    direction: Mapped[str] = field.choice(DIRECTIONS, label=_("Direction"))
    tax_id: Mapped[int | None] = field.ref(Code, label=_("Tax code"))
    country: Mapped[str] = field.code(2, label=_("Country"))
    rate: Mapped[Decimal] = field.quantity(label=_("Rate"))
    base: Mapped[Decimal] = field.money(currency="currency", label=_("Base"))
    amount: Mapped[Decimal] = field.money(currency="currency", label=_("Tax"))
    deductible: Mapped[Decimal] = field.money(currency="currency", label=_("Recovered"))
    charged: Mapped[Decimal] = field.money(currency="currency", label=_("Charged"))
    currency: Mapped[str] = field.code(3, label=_("Currency"))
    document_currency: Mapped[str | None] = field.code(3, label=_("Currency of the document"))
    document_base: Mapped[Decimal | None] = field.money(currency="document_currency", label=_("Base on the document"))
    document_amount: Mapped[Decimal | None] = field.money(currency="document_currency", label=_("Tax on the document"))
    source_plugin: Mapped[str] = field.code(64, label=_("Comes from"))
    source_key: Mapped[str] = field.code(120, label=_("Key there"))
    part: Mapped[str] = field.code(60, label=_("Part"), default="")
    source_number: Mapped[str | None] = field.code(80, label=_("Document"), search=True)
    party: Mapped[int | None] = field.integer(label=_("Party"), help=_("Its number in the register of parties."))
    box_id: Mapped[int | None] = field.ref(
        Box, label=_("Box"), help=_("Where an adjustment goes that its code does not say.")
    )
    reason: Mapped[str | None] = field.text(200, label=_("Reason"))
    return_id: Mapped[int | None] = field.ref(TaxReturn, label=_("Declared in"))

    once = UniqueInCompany("source_plugin", "source_key", "part", "tax_id")
    placed = Must("placed", "tax_id IS NOT NULL OR box_id IS NOT NULL")
    by_date = Indexed("company_id", "date", "country")
    waiting = Indexed("company_id", "source_plugin", "source_key")
    not_declared = Indexed("company_id", "country", where="return_id IS NULL AND date IS NOT NULL")

    tax: Mapped[Code | None] = to_one(tax_id)
    tax_return: Mapped[TaxReturn | None] = to_one(return_id)
