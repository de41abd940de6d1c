"""A field may not hide one that every record uses itself."""

import pytest
from sqlalchemy.orm import Mapped

from backoffice.core.api import ProgrammingError, Record, Row, field, plugin_base


@pytest.mark.parametrize("name", ["version", "updated_at", "custom", "id"])
def test_a_field_with_the_name_of_one_every_record_has_is_refused(name):
    base = plugin_base("fleet")
    body = {
        "__tablename__": "fleet_car", "__module__": __name__, "__annotations__": {name: Mapped[str]},
        name: field.code(40, label="Taken"),
    }  # fmt: skip
    with pytest.raises(ProgrammingError, match=f"{name} of fleet_car has a name every record uses itself"):
        type("Car", (Record, base), body)


def test_lines_have_no_version_and_may_call_a_field_so():
    base = plugin_base("garage")

    class Part(Row, base):
        __tablename__ = "garage_part"
        version: Mapped[str] = field.code(40, label="Version")

    assert "version" in Part.__table__.c
