"""What is kept of assets: categories, assets, their schedules, everything that moved them, runs, and deferrals."""

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
    field,
    plugin_base,
    to_many,
    to_one,
)
from backoffice.hookspecs import messages

from .schedules import COMPOUNDING, CONVENTIONS, FREQUENCIES, METHODS

_ = messages("assets")

Base: Any = plugin_base("assets")

STATES = {
    "draft": _("Draft"),
    "running": _("In use"),
    "done": _("Fully depreciated"),
    "disposed": _("Disposed of"),
}
LINE_STATES = {"planned": _("Planned"), "posted": _("Posted"), "opening": _("Before it was taken over")}
MOVEMENTS = {
    "acquisition": _("Acquisition"),
    "opening": _("Taken over"),
    "depreciation": _("Depreciation"),
    "depreciation_undone": _("Depreciation taken back"),
    "revaluation": _("Revaluation"),
    "impairment": _("Impairment"),
    "disposal": _("Disposal"),
    "transfer": _("Transfer"),
    "terms": _("Change of terms"),
}
RUN_STATES = {"posted": _("Posted"), "undone": _("Taken back")}
DEFERRAL_KINDS = {"revenue": _("Deferred revenue"), "expense": _("Deferred expense")}
DEFERRAL_STATES = {"draft": _("Draft"), "running": _("Running"), "done": _("Done")}
BASES = {"days": _("By days"), "months": _("By months")}
UPON_DISPOSAL = {
    "to_date": _("Depreciated until the day"),
    "last_posted": _("Not depreciated any further"),
}
NOUGHT = Decimal(0)


class Terms:
    """What a category proposes and an asset keeps: how it is depreciated."""

    COMMON = ("method", "life", "frequency", "convention", "factor", "switch", "rate", "compounding")


class Category(OfCompany, Record, Base):
    """A category of assets: how they are depreciated, and what their amounts are for in the books."""

    __tablename__ = "assets_category"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(32, label=_("Code"), search=True)
    name: Mapped[str] = field.translated(120, label=_("Name"), search=True)
    method: Mapped[str] = field.choice(METHODS, label=_("Method"), default="straight_line")
    life: Mapped[int] = field.integer(label=_("Life in months"), default=60, minimum=1, maximum=1200)
    frequency: Mapped[str] = field.choice(FREQUENCIES, label=_("Posted"), default="month")
    convention: Mapped[str] = field.choice(CONVENTIONS, label=_("First period"), default="months")
    factor: Mapped[Decimal] = field.quantity(
        label=_("Factor"), default=Decimal(2), help=_("Of the straight-line rate, for the declining balance.")
    )
    switch: Mapped[bool] = field.yes_no(default=True, label=_("Straight line as soon as that is more"))
    rate: Mapped[Decimal | None] = field.percent(
        label=_("Rate"), help=_("Left empty, it follows from life, factor and residual value.")
    )
    compounding: Mapped[str] = field.choice(COMPOUNDING, label=_("Rate is taken"), default="period")
    residual: Mapped[Decimal | None] = field.percent(
        label=_("Residual value in percent"), help=_("Of the cost; proposed for new assets.")
    )
    upon_disposal: Mapped[str] = field.choice(UPON_DISPOSAL, label=_("Upon disposal"), default="to_date")
    asset_purpose: Mapped[str] = field.code(40, label=_("Purpose of the cost"), default="fixed_asset")
    accumulated_purpose: Mapped[str] = field.code(
        40, label=_("Purpose of accumulated depreciation"), default="accumulated_depreciation"
    )
    expense_purpose: Mapped[str] = field.code(40, label=_("Purpose of the expense"), default="depreciation")
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))

    unique = UniqueInCompany("code")
    by_code = Indexed("code", "id")
    lasting = Must("lasting", "life > 0")


class Asset(OfCompany, Record, Base):
    """Something that is used for years, with its cost, how it is depreciated and what was depreciated so far."""

    __tablename__ = "assets_asset"
    __title__ = "name"
    __key__ = ("number",)

    number: Mapped[str | None] = field.code(40, label=_("Number"), search=True, read_only=True)
    name: Mapped[str] = field.text(200, label=_("Name"), search=True)
    category_id: Mapped[int] = field.ref(Category, label=_("Category"))
    acquired_on: Mapped[datetime.date] = field.day(label=_("Acquired on"))
    in_service: Mapped[datetime.date | None] = field.day(
        label=_("In use since"), help=_("Left empty, the day it was acquired.")
    )
    cost: Mapped[Decimal] = field.money(currency="currency", label=_("Cost"), minimum=0)
    residual: Mapped[Decimal | None] = field.money(
        currency="currency", label=_("Residual value"), minimum=0, help=_("Left empty, as the category says.")
    )
    currency: Mapped[str] = field.code(3, label=_("Currency"), read_only=True, default="")
    method: Mapped[str | None] = field.choice(METHODS, label=_("Method"), help=_("Left empty, as the category says."))
    life: Mapped[int | None] = field.integer(label=_("Life in months"), minimum=1, maximum=1200)
    frequency: Mapped[str | None] = field.choice(FREQUENCIES, label=_("Posted"))
    convention: Mapped[str | None] = field.choice(CONVENTIONS, label=_("First period"))
    factor: Mapped[Decimal | None] = field.quantity(label=_("Factor"))
    switch: Mapped[bool | None] = field.yes_no(default=None, label=_("Straight line as soon as that is more"))  # type: ignore[arg-type]
    rate: Mapped[Decimal | None] = field.percent(label=_("Rate"))
    compounding: Mapped[str | None] = field.choice(COMPOUNDING, label=_("Rate is taken"))
    first_posting: Mapped[datetime.date | None] = field.day(
        label=_("First posting"), help=_("Left empty, the end of the period it is first used in.")
    )
    units: Mapped[Decimal | None] = field.quantity(
        label=_("Units expected"), help=_("In all, for units of production.")
    )
    units_used: Mapped[Decimal] = field.quantity(label=_("Units used"), read_only=True, default=NOUGHT)
    opening: Mapped[Decimal] = field.money(
        currency="currency", label=_("Depreciated before"), default=NOUGHT, minimum=0,
        help=_("For assets taken over from other books."),
    )  # fmt: skip
    opening_until: Mapped[datetime.date | None] = field.day(label=_("Depreciated before, until"))
    location: Mapped[str | None] = field.text(120, label=_("Location"), search=True)
    custodian: Mapped[str | None] = field.text(120, label=_("In the hands of"), search=True, personal=True)
    serial: Mapped[str | None] = field.code(80, label=_("Serial number"), search=True)
    dimensions: Mapped[str | None] = field.text(
        200, label=_("Dimensions"), help=_("Such as branch=RUH, project=P1; they are written on its postings.")
    )
    source: Mapped[str | None] = field.code(64, label=_("Comes from"), read_only=True)
    source_key: Mapped[str | None] = field.code(160, label=_("Key there"), read_only=True)
    state: Mapped[str] = field.choice(STATES, label=_("State"), default="draft", read_only=True)
    accumulated: Mapped[Decimal] = field.money(
        currency="currency", label=_("Depreciated"), read_only=True, default=NOUGHT
    )
    disposed_on: Mapped[datetime.date | None] = field.day(label=_("Disposed of on"), read_only=True)
    part_of_id: Mapped[int | None] = field.ref("assets_asset", label=_("Part of"))

    book_value = field.derived(
        "money", lambda asset: (asset.cost or NOUGHT) - (asset.accumulated or NOUGHT), label=_("Book value")
    )

    numbered = UniqueInCompany("number")
    once = UniqueInCompany("source", "source_key")
    by_state = Indexed("state", "id")
    by_name = Indexed("name", "id")
    by_acquired = Indexed("acquired_on", "id")
    not_below = Must("not_below", "cost >= 0 AND accumulated >= 0 AND accumulated <= cost")

    category: Mapped[Category] = to_one(category_id)
    lines: Mapped[list[Line]] = to_many("Line.asset_id", back_populates="asset")
    movements: Mapped[list[Movement]] = to_many("Movement.asset_id", back_populates="asset")


class Run(OfCompany, Record, Base):
    """One run of depreciation or of deferrals: everything due until a day, posted at once."""

    __tablename__ = "assets_run"
    __title__ = "number"

    number: Mapped[str | None] = field.code(40, label=_("Number"), search=True, read_only=True)
    kind: Mapped[str] = field.choice(
        {"depreciation": _("Depreciation"), "deferral": _("Deferrals")}, label=_("Kind"), read_only=True
    )
    until: Mapped[datetime.date] = field.day(label=_("Until"), read_only=True)
    count: Mapped[int] = field.integer(label=_("Lines"), read_only=True)
    total: Mapped[Decimal] = field.money(currency="currency", label=_("Total"), read_only=True)
    currency: Mapped[str] = field.code(3, label=_("Currency"), read_only=True)
    state: Mapped[str] = field.choice(RUN_STATES, label=_("State"), default="posted", read_only=True)

    numbered = UniqueInCompany("number")
    by_until = Indexed("until", "id")


class Line(Row, Base):
    """A line of an asset's schedule."""

    __tablename__ = "assets_line"
    __part_of__ = "asset_id"
    __referenced__ = False

    asset_id: Mapped[int] = field.ref(Asset, label=_("Asset"), read_only=True)
    date: Mapped[datetime.date] = field.day(label=_("Date"), read_only=True)
    amount: Mapped[Decimal] = field.money(label=_("Amount"), read_only=True)
    accumulated: Mapped[Decimal] = field.money(label=_("Depreciated in all"), read_only=True)
    state: Mapped[str] = field.choice(LINE_STATES, label=_("State"), default="planned", read_only=True)
    run_id: Mapped[int | None] = field.ref(Run, label=_("Run"), read_only=True)

    of_asset = Indexed("asset_id", "date")
    due = Indexed("date", "asset_id", where="state = 'planned'")
    of_run = Indexed("run_id", where="run_id IS NOT NULL")
    asset: Mapped[Asset] = to_one(asset_id, back_populates="lines")


class Movement(Row, Base):
    """Something that changed the cost or the depreciation of an asset; the register adds these up."""

    __tablename__ = "assets_movement"
    __part_of__ = "asset_id"
    __referenced__ = False

    asset_id: Mapped[int] = field.ref(Asset, label=_("Asset"), read_only=True)
    date: Mapped[datetime.date] = field.day(label=_("Date"), read_only=True)
    kind: Mapped[str] = field.choice(MOVEMENTS, label=_("What happened"), read_only=True)
    cost: Mapped[Decimal] = field.money(label=_("Cost"), default=NOUGHT, read_only=True)
    depreciation: Mapped[Decimal] = field.money(label=_("Depreciation"), default=NOUGHT, read_only=True)
    proceeds: Mapped[Decimal | None] = field.money(label=_("Proceeds"), read_only=True)
    note: Mapped[str | None] = field.text(200, label=_("Note"), read_only=True)
    run_id: Mapped[int | None] = field.ref(Run, label=_("Run"), read_only=True)

    of_asset = Indexed("asset_id", "date")
    by_date = Indexed("date", "asset_id")
    asset: Mapped[Asset] = to_one(asset_id, back_populates="movements")


class Deferral(OfCompany, Record, Base):
    """Revenue or expense of a service that lasts, recognised while it does."""

    __tablename__ = "assets_deferral"
    __title__ = "number"
    __key__ = ("number",)

    number: Mapped[str | None] = field.code(40, label=_("Number"), search=True, read_only=True)
    kind: Mapped[str] = field.choice(DEFERRAL_KINDS, label=_("Kind"), default="revenue")
    description: Mapped[str] = field.text(200, label=_("Description"), search=True)
    amount: Mapped[Decimal] = field.money(currency="currency", label=_("Amount"))
    currency: Mapped[str] = field.code(3, label=_("Currency"), read_only=True, default="")
    start_date: Mapped[datetime.date] = field.day(label=_("From"))
    end_date: Mapped[datetime.date] = field.day(label=_("Until"))
    basis: Mapped[str] = field.choice(BASES, label=_("Spread"), default="days")
    frequency: Mapped[str] = field.choice(FREQUENCIES, label=_("Posted"), default="month")
    purpose: Mapped[str | None] = field.code(
        40, label=_("Purpose"), help=_("Where it is recognised; left empty, revenue or operating expense.")
    )
    deferred_purpose: Mapped[str | None] = field.code(
        40, label=_("Purpose while deferred"), help=_("Left empty, deferred_revenue or deferred_expense.")
    )
    category: Mapped[str | None] = field.code(40, label=_("Category"))
    dimensions: Mapped[str | None] = field.text(200, label=_("Dimensions"))
    source: Mapped[str | None] = field.code(64, label=_("Comes from"), read_only=True)
    source_key: Mapped[str | None] = field.code(160, label=_("Key there"), read_only=True)
    reference: Mapped[str | None] = field.code(80, label=_("Reference"), search=True)
    recognised: Mapped[Decimal] = field.money(
        currency="currency", label=_("Recognised"), read_only=True, default=NOUGHT
    )
    state: Mapped[str] = field.choice(DEFERRAL_STATES, label=_("State"), default="draft", read_only=True)

    left = field.derived(
        "money", lambda one: (one.amount or NOUGHT) - (one.recognised or NOUGHT), label=_("Still deferred")
    )

    numbered = UniqueInCompany("number")
    once = UniqueInCompany("source", "source_key")
    ordered = Must("ordered", "start_date <= end_date")
    by_start = Indexed("start_date", "id")
    lines: Mapped[list[DeferralLine]] = to_many("DeferralLine.deferral_id", back_populates="deferral")


class DeferralLine(Row, Base):
    """A line of the schedule of a deferral."""

    __tablename__ = "assets_deferral_line"
    __part_of__ = "deferral_id"
    __referenced__ = False

    deferral_id: Mapped[int] = field.ref(Deferral, label=_("Deferral"), read_only=True)
    date: Mapped[datetime.date] = field.day(label=_("Date"), read_only=True)
    amount: Mapped[Decimal] = field.money(label=_("Amount"), read_only=True)
    accumulated: Mapped[Decimal] = field.money(label=_("Recognised in all"), read_only=True)
    state: Mapped[str] = field.choice(LINE_STATES, label=_("State"), default="planned", read_only=True)
    run_id: Mapped[int | None] = field.ref(Run, label=_("Run"), read_only=True)

    of_deferral = Indexed("deferral_id", "date")
    due = Indexed("date", "deferral_id", where="state = 'planned'")
    deferral: Mapped[Deferral] = to_one(deferral_id, back_populates="lines")
