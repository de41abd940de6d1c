"""Terms of payment: instalments, and a discount for paying early; and what a company has agreed with a party."""

from __future__ import annotations

from decimal import Decimal

from backoffice_parties.models import Party
from sqlalchemy.orm import Mapped

from backoffice.core.api import Must, OfCompany, Record, Row, UniqueInCompany, field, to_many, to_one
from backoffice.hookspecs import messages

from .base import Base

_ = messages("accounting")

PARTS = {
    "percent": _("Percentage of the total"),
    "percent_of_rest": _("Percentage of what is left"),
    "fixed": _("Fixed amount"),
    "rest": _("All that is left"),
}
MONTH_ENDS = {
    "no": _("No"),
    "before": _("Days count from the end of the month"),
    "after": _("Moved to the end of the month"),
}
DISCOUNT_TAXES = {
    "corrected": _("Reduced when the discount is taken"),
    "kept": _("Stays as it was"),
    "reduced": _("Reduced from the beginning, taken or not"),
}


class PaymentTerms(OfCompany, Record, Base):
    """When a document is paid: at once, in instalments, with a discount for paying early."""

    __tablename__ = "accounting_terms"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(32, label=_("Code"), search=True)
    name: Mapped[str] = field.translated(120, label=_("Name"), search=True)
    discount_percent: Mapped[Decimal] = field.percent(
        label=_("Discount for early payment, %"), default=Decimal(0), minimum=Decimal(0), maximum=Decimal(100)
    )
    discount_days: Mapped[int] = field.integer(label=_("Within days"), default=0, minimum=0, maximum=365)
    discount_tax: Mapped[str] = field.choice(DISCOUNT_TAXES, label=_("Tax with the discount"), default="corrected")
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))

    unique = UniqueInCompany("code")
    parts: Mapped[list[TermsPart]] = to_many("TermsPart.terms_id", back_populates="terms")


class TermsPart(Row, Base):
    """An instalment: how much, and when."""

    __tablename__ = "accounting_terms_part"
    __part_of__ = "terms_id"
    __referenced__ = False

    terms_id: Mapped[int] = field.ref(PaymentTerms, label=_("Payment terms"))
    kind: Mapped[str] = field.choice(PARTS, label=_("How much"), default="rest")
    value: Mapped[Decimal] = field.quantity(
        label=_("Percentage or amount"), default=Decimal(0), help=_("Not needed for all that is left.")
    )
    months: Mapped[int] = field.integer(label=_("Months"), default=0, minimum=0, maximum=120)
    days: Mapped[int] = field.integer(label=_("Days"), default=0, minimum=0, maximum=3660)
    month_end: Mapped[str] = field.choice(MONTH_ENDS, label=_("End of month"), default="no")
    day_of_month: Mapped[int | None] = field.integer(
        label=_("Day of the month"), minimum=1, maximum=31, help=_("Moved to the next such day; 31 is the last one.")
    )
    positive = Must("positive", "value >= 0")

    terms: Mapped[PaymentTerms] = to_one(terms_id, back_populates="parts")


class Agreement(OfCompany, Record, Base):
    """What the company has agreed with a customer or supplier about paying."""

    __tablename__ = "accounting_agreement"
    __title__ = "party_id"

    party_id: Mapped[int] = field.ref(Party, label=_("Customer or supplier"))
    terms_id: Mapped[int | None] = field.ref(PaymentTerms, label=_("Terms for our invoices"))
    supplier_terms_id: Mapped[int | None] = field.ref(PaymentTerms, label=_("Terms of their bills"))
    held: Mapped[str | None] = field.text(
        200, label=_("Held"), help=_("Written here why, they are neither reminded nor paid.")
    )

    unique = UniqueInCompany("party_id")
    party: Mapped[Party] = to_one(party_id, argument=Party)
    terms: Mapped[PaymentTerms | None] = to_one(terms_id, argument=PaymentTerms)
    supplier_terms: Mapped[PaymentTerms | None] = to_one(supplier_terms_id, argument=PaymentTerms)
