from datetime import date
from typing import Any

from sqlalchemy.orm import Mapped

from backoffice.core.api import Indexed, Record, UniqueInOrganization, field, plugin_base
from backoffice.hookspecs import messages

_ = messages("acme_fleet")
Base: Any = plugin_base("acme_fleet")


class Vehicle(Record, Base):
    __tablename__ = "acme_fleet_vehicle"
    __title__, __key__ = "plate", ("plate",)
    plate: Mapped[str] = field.text(16, label=_("Plate"), search=True)
    service_due: Mapped[date | None] = field.day(label=_("Service due"))
    unique, by_service = UniqueInOrganization("plate"), Indexed("service_due", "id")
