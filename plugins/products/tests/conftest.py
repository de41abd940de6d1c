"""An office with the usual units, made once for each kind of database."""

import pytest
from hypothesis import settings

from backoffice.core.testing.offices import desk_of

# The same examples on every run; the machine may be busy, so there is no deadline each.
settings.register_profile("products", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("products")


def with_units(office):
    """Install the usual units."""
    desk_of(office).execute("products.install_units")


@pytest.fixture
def desk(offices):
    return desk_of(offices.make(only=["products"], prepare=with_units))
