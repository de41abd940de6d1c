"""An office with the set-up of Saudi Arabia, made once for each kind of database."""

import pytest
import sqlalchemy as sa
from hypothesis import settings

from backoffice.core.api import Company
from backoffice.core.testing.offices import desk_of

# The same examples on every run; the machine may be busy, so there is no deadline each.
settings.register_profile("taxes", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("taxes")


def riyadh(office):
    """Install the set-up for a company in Riyadh that keeps its books in riyals."""
    desk = desk_of(office)

    def move(session):
        company = session.scalars(sa.select(Company)).one()
        company.country, company.currency = "SA", "SAR"

    desk.run(move)
    desk.execute("taxes.install_country", country="SA")


@pytest.fixture
def desk(offices):
    return desk_of(offices.make(only=["taxes"], prepare=riyadh))
