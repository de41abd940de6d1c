"""The rate, with the road tolls that ask for it and without them."""

from importlib.util import find_spec

import pytest

from backoffice.core.testing.offices import desk_of

needs_tolls = pytest.mark.skipif(find_spec("backoffice_acme_tolls") is None, reason="backoffice-acme-tolls is absent")


def test_it_loads_without_the_road_tolls(offices):
    office = offices.make(only=["acme_tolls_riyadh"])
    assert office.manager.status("acme_tolls_riyadh").state == "active"
    assert not office.hooks.offers("acme_tolls_rate")


@needs_tolls
@pytest.mark.parametrize(("day", "toll"), [("2027-01-31", "8.00"), ("2027-02-05", "0.00")])
def test_passages_are_charged_at_its_rate(offices, day, toll):
    desk = desk_of(offices.make(only=["acme_tolls", "acme_tolls_riyadh"]))
    desk.execute("core.set_setting", plugin="acme_tolls", name="rate", value="5.00")
    desk.execute("acme_tolls.charge", vehicle="ABC 123", day=day)
    [passage] = desk.list("acme_tolls.passage").records
    assert str(passage.amount) == toll
