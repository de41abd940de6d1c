"""Passages that were charged."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Mapped

from backoffice.core.api import Indexed, OfCompany, Record, field, plugin_base
from backoffice.hookspecs import messages

_ = messages("acme_tolls")
Base: Any = plugin_base("acme_tolls")


class Passage(OfCompany, Record, Base):
    """One passage of one vehicle."""

    __tablename__ = "acme_tolls_passage"
    __title__ = "vehicle"
    __referenced__ = False
    vehicle: Mapped[str] = field.text(16, label=_("Vehicle"), search=True)
    day: Mapped[date] = field.day(label=_("Day"))
    amount: Mapped[Decimal] = field.money(label=_("Toll"), currency="currency")
    currency: Mapped[str] = field.code(3, label=_("Currency"))
    by_day = Indexed("day", "id")
