"""Fiscal years and their periods."""

from __future__ import annotations

import datetime

from backoffice_accounting import guards
from sqlalchemy.orm import Mapped

from backoffice.core.api import Indexed, Must, OfCompany, Record, UniqueInCompany, field, to_many, to_one
from backoffice.hookspecs import messages

from .base import Base

_ = messages("accounting")

PERIOD_STATES = {"open": _("Open"), "closed": _("Closed"), "locked": _("Locked for good")}
PERIOD_KINDS = {"regular": _("Regular"), "adjustment": _("Adjustments"), "closing": _("Closing of the year")}
YEAR_STATES = {"open": _("Open"), "closed": _("Closed")}
CALENDARS = {"gregorian": _("Gregorian"), "hijri": _("Umm al-Qura")}


class FiscalYear(OfCompany, Record, Base):
    """A year of the books; its periods are made with it."""

    __tablename__ = "accounting_fiscal_year"
    __remembered__ = True
    __title__ = "code"
    __key__ = ("code",)

    code: Mapped[str] = field.code(16, label=_("Code"))
    year: Mapped[int] = field.integer(label=_("Year"), help=_("Stands in the numbers of entries."))
    start_date: Mapped[datetime.date] = field.day(label=_("From"))
    end_date: Mapped[datetime.date] = field.day(label=_("Until"))
    calendar: Mapped[str] = field.choice(CALENDARS, label=_("Calendar"), default="gregorian", read_only=True)
    state: Mapped[str] = field.choice(YEAR_STATES, label=_("State"), default="open", read_only=True)

    unique = UniqueInCompany("code")
    ordered = Must("ordered", "start_date <= end_date")
    by_start = Indexed("start_date", "id")
    periods: Mapped[list[Period]] = to_many("Period.fiscal_year_id", back_populates="fiscal_year")


class Period(OfCompany, Record, Base):
    """A part of a fiscal year that is closed as one."""

    __tablename__ = "accounting_period"
    __remembered__ = True
    __title__ = "code"
    __key__ = ("code",)
    __part_of__ = "fiscal_year_id"
    guards = (guards.PERIOD,)

    fiscal_year_id: Mapped[int] = field.ref(FiscalYear, label=_("Fiscal year"))
    code: Mapped[str] = field.code(16, label=_("Code"))
    start_date: Mapped[datetime.date] = field.day(label=_("From"))
    end_date: Mapped[datetime.date] = field.day(label=_("Until"))
    state: Mapped[str] = field.choice(PERIOD_STATES, label=_("State"), default="open", read_only=True)
    kind: Mapped[str] = field.choice(PERIOD_KINDS, label=_("Kind"), default="regular", read_only=True)

    unique = UniqueInCompany("code")
    ordered = Must("ordered", "start_date <= end_date")
    by_start = Indexed("start_date", "id")
    fiscal_year: Mapped[FiscalYear] = to_one(fiscal_year_id, back_populates="periods")
