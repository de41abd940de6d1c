"""PostgreSQL itself is killed. Clients ask again and lose nothing."""

import os
import time

import pytest

from backoffice.core.testing.offices import Offices
from backoffice.core.testing.postgres import ADDRESS_VARIABLE, why_unavailable

from .cluster import cluster
from .conftest import LONG, many, world_of


@pytest.fixture
def own_cluster():
    """A PostgreSQL server that may be killed."""
    if reason := why_unavailable():
        pytest.skip(f"postgresql: {reason}")
    if os.environ.get(ADDRESS_VARIABLE):
        pytest.skip("the server at this address may not be killed")
    with cluster(durable=LONG) as made:
        yield made


@pytest.mark.postgresql
def test_a_killed_postgresql_keeps_every_promise(own_cluster, ripple, tmp_path):
    """The clients go on under the same keys while it comes back, so that in the end nothing is open."""
    folder = tmp_path / "offices" / "one"
    folder.mkdir(parents=True)
    with world_of(Offices("postgresql", folder, own_cluster.server), tmp_path, ripple) as world:
        world.office.database.close()
        worker = world.hands.start("work")
        for _time in range(many("server_kills", 1, 50)):
            clients = [world.hands.start("post", keys=world.keys.some(8), patient=True) for _client in range(3)]
            time.sleep(world.chance.uniform(0.05, 0.6))
            own_cluster.kill()
            own_cluster.start()
            assert all(client.wait(300) for client in clients)
        told = world.hands.promises()
        assert not told.open
        assert not told.broken
        world.office.database.close()
        end = time.monotonic() + 120
        while not world.delivered():
            assert time.monotonic() < end, "the worker did not find its way back"
            time.sleep(0.1)
        worker.end()
        assert worker.wait(60)
        assert not world.broken(delivered=True)
