"""Processes are killed, cut off, run out of disk and meet each other: promises are kept, nothing is there by half.

All tests of a database share its books, and each of them looks at everything that was done before it.
"""

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from backoffice.core.testing.offices import Offices

from .conftest import LONG, many, world_of
from .harness import kill_many, wait_until_idle
from .serving import Site


def test_what_a_killed_client_was_told_is_there_once(world):
    kill_many(world.hands, world.keys, many("kills", 5, 500), chance=world.chance)
    promises = world.hands.promises()
    assert len(promises.done) > many("kills", 5, 500)
    assert not promises.broken
    assert not world.broken()


def test_clients_whose_clock_jumps_keep_their_promises(world):
    kill_many(world.hands, world.keys, many("clock_kills", 1, 50), chance=world.chance, jumps=True)
    assert not world.broken()


def test_entries_posted_by_many_processes_at_once_are_numbered_without_gaps(world):
    """Nobody is told of a deadlock or a busy database, however many post into the same accounts and journals."""
    processes = many("processes", 4, 32 if world.kind == "postgresql" else 8)
    each = many("entries", 60, 10_000) // processes
    clients = [world.hands.start("post", keys=world.keys.some(each, "entry")) for _client in range(processes)]
    assert all(client.wait(1800) for client in clients)
    told = world.hands.told(clients)
    assert len(told.done) == processes * each
    assert not told.refused
    assert not told.broken
    assert not world.broken()


def test_a_request_sent_twice_at_the_same_moment_is_done_once(world):
    keys = world.keys.some(many("doubles", 6, 2000), "entry")
    client = world.hands.run("double", keys=keys, threads=8, seconds=1800)
    told = world.hands.told([client])
    assert not told.refused
    assert {len(answers) for answers in told.done.values()} == {8}
    assert all(answer == answers[0] for answers in told.done.values() for answer in answers)
    assert not world.broken()


def test_a_worker_killed_at_any_moment_leaves_one_effect_for_each_event_and_step(world):
    world.hands.run("post", keys=world.keys.some(many("events", 10, 500)))
    world.hands.run("enqueue", keys=[f"tally{n}" for n in range(many("jobs", 1, 10))])
    for _time in range(many("worker_kills", 2, 100)):
        worker = world.hands.start("work")
        worker.wait(world.chance.uniform(0.02, 0.5))
        worker.kill()
    wait_until_idle(world.hands, world.delivered, many("idle", 180, 3600))
    assert not world.broken(delivered=True)


def test_a_connection_cut_at_any_moment_loses_nothing(world):
    """Clients that ask again under the same key get everything done, once."""
    if world.kind == "sqlite":
        pytest.skip("a file has no connection that could be cut")
    clients = [world.hands.start("post", keys=world.keys.some(20), patient=True, pause=0.01) for _client in range(3)]
    engine = sa.create_engine(world.office.configuration.database, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with engine.connect() as connection:
        for _time in range(many("cuts", 5, 200)):
            connection.exec_driver_sql(cut)
            time.sleep(world.chance.uniform(0, 0.1))
    world.office.database.close()
    assert all(client.wait(300) for client in clients)
    told = world.hands.told(clients)
    assert not told.broken
    assert not told.open
    assert not world.broken()


def test_a_file_that_may_not_grow_is_told_and_harms_nothing(world):
    """The limit of the size of a file strikes in the middle of a write, wherever that is."""
    if world.kind != "sqlite":
        pytest.skip("only a file has a limit for its size")
    log = Path(world.office.database.url.database + "-wal")
    for _time in range(many("full", 2, 50)):
        limit = max(200_000, log.stat().st_size if log.exists() else 0) + world.chance.randrange(300_000)
        client = world.hands.run("post", keys=world.keys.some(40), file_limit=limit)
        told = world.hands.told([client])
        assert not told.broken
        assert {code for answers in told.refused.values() for code, _said in answers} <= {"rule-broken", FULL}
    world.hands.run("post", keys=world.keys.some(5))
    assert not world.broken()


FULL = "database-unavailable"


@pytest.fixture
def small_disk(tmp_path):
    """A file system that holds little; skipped where none may be mounted."""
    if not LONG:
        pytest.skip("a disk of its own is for the long set")
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "small", str(place)],
        capture_output=True, check=False,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip("a small disk: nothing can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_told_and_harms_nothing(small_disk, ripple, tmp_path):
    folder = small_disk / "offices" / "one"
    folder.mkdir(parents=True)
    with world_of(Offices("sqlite", folder), tmp_path, ripple) as world:
        ballast = small_disk / "ballast"
        for _time in range(many("disks", 20, 20)):
            free = os.statvfs(small_disk).f_bavail * 4096
            ballast.write_bytes(bytes(max(0, free - world.chance.randrange(8192, 200_000))))
            told = world.hands.told([world.hands.run("post", keys=world.keys.some(40))])
            assert not told.broken
            assert {code for answers in told.refused.values() for code, _said in answers} <= {"rule-broken", FULL}
            ballast.unlink()
        world.hands.run("post", keys=world.keys.some(5))
        assert not world.broken()


def test_readers_see_whole_transactions_while_others_write(world):
    """Every snapshot balances: no reader ever sees half an entry, or an entry without its balances."""
    client = world.hands.start("post", keys=world.keys.some(400))
    seen, end = [], time.monotonic() + many("reading", 1, 30)
    while time.monotonic() < end and not client.wait(0):
        with world.desk.reading() as session:
            seen.append(world.halves(session))
    client.kill()
    assert seen
    assert not any(seen)
    assert not world.broken()


def test_several_clients_killed_together_leave_whole_books(world):
    """All of them at the same instant, as when the machine's memory runs out."""
    for _time in range(many("together", 1, 30)):
        clients = [world.hands.start("post", keys=world.keys.some(200)) for _client in range(4)]
        time.sleep(world.chance.uniform(0.1, 0.6))
        ending = [threading.Thread(target=client.kill) for client in clients]
        for thread in ending:
            thread.start()
        for thread in ending:
            thread.join()
    assert not world.broken()


def test_a_killed_server_keeps_every_promise_it_made_over_http(world, tmp_path):
    """Programs that send again with the same Idempotency-Key get everything done, once."""
    with Site(world, tmp_path) as site:
        for _time in range(many("serve_kills", 1, 20)):
            site.start()
            site.post_until_killed(world.keys.some(40, "entry"), after=world.chance.uniform(0.05, 1.0))
        site.start()
        site.finish()
        assert site.done == site.sent
    assert not world.broken()
