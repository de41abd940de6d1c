"""Dimensions: branches, cost centres, projects and whatever else amounts are told apart by."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import Mapped

from backoffice.core.api import Indexed, OfCompany, Record, Row, UniqueInCompany, field, to_many, to_one
from backoffice.hookspecs import messages

from .accounts import Account
from .base import Base
from .years import Period

_ = messages("accounting")

REQUIRED_ON = {
    "none": _("Never"),
    "result": _("On income and expense"),
    "all": _("On every account"),
}
RULES = {"required": _("Required"), "allowed": _("Allowed"), "refused": _("Refused")}


class Dimension(OfCompany, Record, Base):
    """A way to tell amounts apart, such as by branch, cost centre or project."""

    __tablename__ = "accounting_dimension"
    __remembered__ = True
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(32, label=_("Code"), search=True)
    name: Mapped[str] = field.translated(120, label=_("Name"), search=True)
    required: Mapped[str] = field.choice(REQUIRED_ON, label=_("Required"), default="none")
    closes_apart: Mapped[bool] = field.yes_no(
        label=_("Kept apart when a year is closed"), help=_("Retained earnings are carried for each of its values.")
    )
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))

    unique = UniqueInCompany("code")
    by_code = Indexed("code", "id")
    rules: Mapped[list[DimensionRule]] = to_many("DimensionRule.dimension_id", back_populates="dimension")


class DimensionRule(Row, Base):
    """What an account asks of a dimension, where it differs from the dimension's own rule."""

    __tablename__ = "accounting_dimension_rule"
    __remembered__ = True
    __part_of__ = "dimension_id"
    __referenced__ = False

    dimension_id: Mapped[int] = field.ref(Dimension, label=_("Dimension"))
    account_id: Mapped[int] = field.ref(Account, label=_("Account"))
    rule: Mapped[str] = field.choice(RULES, label=_("Rule"), default="required")

    of_dimension = Indexed("dimension_id")
    dimension: Mapped[Dimension] = to_one(dimension_id, back_populates="rules")
    account: Mapped[Account] = to_one(account_id)


class DimensionValue(OfCompany, Record, Base):
    """A branch, a cost centre, a project: one value of a dimension."""

    __tablename__ = "accounting_dimension_value"
    __title__ = "name"
    __key__ = ("dimension_id", "code")

    dimension_id: Mapped[int] = field.ref(Dimension, label=_("Dimension"))
    code: Mapped[str] = field.code(32, label=_("Code"), search=True)
    name: Mapped[str] = field.translated(120, label=_("Name"), search=True)
    parent_id: Mapped[int | None] = field.ref("accounting_dimension_value", label=_("Part of"))
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))

    unique = UniqueInCompany("dimension_id", "code")
    by_code = Indexed("code", "id")
    dimension: Mapped[Dimension] = to_one(dimension_id)
    parent: Mapped[DimensionValue | None] = to_one(parent_id, remote_side="DimensionValue.id")


class DimensionSet(OfCompany, Row, Base):
    """Values of different dimensions that stand on lines together; every line with the same ones shares it."""

    __tablename__ = "accounting_dimension_set"
    __title__ = "written"
    __key__ = ("key",)
    __audited__ = False
    __audit_exempt__ = "Made of values that are audited, and never changed."

    key: Mapped[str] = field.code(200, label=_("Key"), read_only=True)
    written: Mapped[str] = field.text(400, label=_("Dimensions"), read_only=True)

    unique = UniqueInCompany("key")
    parts: Mapped[list[DimensionPart]] = to_many("DimensionPart.set_id", back_populates="set")


class DimensionPart(Row, Base):
    """One value in a set."""

    __tablename__ = "accounting_dimension_part"
    __part_of__ = "set_id"
    __referenced__ = False
    __audited__ = False
    __audit_exempt__ = "Made of values that are audited, and never changed."

    set_id: Mapped[int] = field.ref(DimensionSet, label=_("Dimensions"))
    dimension_id: Mapped[int] = field.ref(Dimension, label=_("Dimension"))
    value_id: Mapped[int] = field.ref(DimensionValue, label=_("Value"))

    of_set = Indexed("set_id")
    of_value = Indexed("value_id", "set_id")
    set: Mapped[DimensionSet] = to_one(set_id, back_populates="parts")
    dimension: Mapped[Dimension] = to_one(dimension_id)
    value: Mapped[DimensionValue] = to_one(value_id)


class DimensionBalance(OfCompany, Row, Base):
    """The sums of an account in a period for one set of dimensions; lines without dimensions have none."""

    __tablename__ = "accounting_dimension_balance"
    __audited__ = False
    __audit_exempt__ = "Derived from the lines of posted entries; checked and rebuilt by one command."
    __referenced__ = False

    account_id: Mapped[int] = field.ref(Account, label=_("Account"))
    period_id: Mapped[int] = field.ref(Period, label=_("Period"))
    set_id: Mapped[int] = field.ref(DimensionSet, label=_("Dimensions"))
    debit: Mapped[Decimal] = field.money(label=_("Debit"), default=Decimal(0))
    credit: Mapped[Decimal] = field.money(label=_("Credit"), default=Decimal(0))

    unique = UniqueInCompany("account_id", "period_id", "set_id")
    of_set = Indexed("set_id", "account_id")
