"""The worker with an office: lanes, schedules, whose name a job works in, upkeep and health."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from backoffice.core.builtin.worker.schedule import slot_number
from backoffice.core.clock import FixedClock
from backoffice.core.errors import InvalidInput, NotFound
from backoffice.core.events.models import Delivery, EventRow, JobRow
from backoffice.core.testing.offices import NOON, add_organization, desk_of
from backoffice.core.users.models import Branch, User

DAY = timedelta(days=1)


@pytest.fixture
def clock():
    return FixedClock(NOON)


@pytest.fixture
def office(stockroom, clock):
    return stockroom(clock=clock)


@pytest.fixture
def worker(office, worker_of):
    return worker_of(office)


def ship(office, order=1):
    desk_of(office).run(lambda session: session.emit("stockroom.shipped", order=order))


def test_a_look_does_everything_that_is_due(office, worker, everything):
    worker.run_until_idle()
    ship(office)
    desk_of(office).execute("worker.start_job", job="stockroom.open", arguments={"code": "north"})
    assert worker.run_once() == 2
    assert worker.run_once() == 0
    assert [event.name for event in everything(office, EventRow)] == ["stockroom.shipped", "stockroom.counted"]
    assert [branch.code for branch in everything(office, Branch)] == ["north"]


def test_a_listener_is_audited_under_the_one_who_caused_the_event(office, worker, everything):
    ship(office)
    worker.run_until_idle()
    [counted] = everything(office, EventRow, name="stockroom.counted")
    [admin] = everything(office, User, username="admin")
    assert counted.actor_id == admin.id


def test_a_started_worker_works_by_itself_and_stops(office, worker, everything, eventually):
    worker.start()
    worker.start()
    ship(office)
    worker.wake()
    eventually(lambda: everything(office, Delivery, state="done"))
    assert worker.stop()
    assert not any(thread.name == "backoffice-worker" for thread in threading.enumerate())


def test_nothing_works_until_it_is_started(office):
    assert not any(thread.name == "backoffice-worker" for thread in threading.enumerate())


def test_deliveries_go_on_while_a_job_runs(office, worker, everything, eventually):
    desk_of(office).execute("worker.start_job", job="stockroom.endless")
    worker.start()
    eventually(lambda: everything(office, JobRow, name="stockroom.endless")[0].state == "running")
    ship(office)
    eventually(lambda: everything(office, Delivery, state="done"))
    assert everything(office, JobRow, name="stockroom.endless")[0].state == "running"


def test_a_worker_that_stops_gives_its_job_back(office, worker, worker_of, everything, eventually):
    desk_of(office).execute("worker.start_job", job="stockroom.endless")
    worker.start()
    eventually(lambda: everything(office, JobRow, name="stockroom.endless")[0].done > 0)
    assert worker.stop(grace=0.1)
    [job] = everything(office, JobRow, name="stockroom.endless")
    assert (job.state, job.attempts) == ("waiting", 0)


def test_a_cancelled_job_ends_at_its_next_step(office, worker, everything, eventually):
    desk = desk_of(office)
    job = desk.execute("worker.start_job", job="stockroom.endless")
    worker.start()
    eventually(lambda: everything(office, JobRow, name="stockroom.endless")[0].done > 0)
    desk.execute("core.cancel_job", id=job["id"])
    eventually(lambda: everything(office, JobRow, name="stockroom.endless")[0].state == "cancelled")


def test_a_job_works_in_the_name_of_the_one_who_asked(office, worker, everything):
    clerk = desk_of(office, "clerk")
    clerk.run(lambda session: session.enqueue("stockroom.open", {"code": "north"}))
    worker.run_until_idle()
    [job] = everything(office, JobRow, name="stockroom.open")
    assert job.state == "dead"
    assert "core.branch.create" in job.error


def test_a_job_of_someone_who_left_is_not_done(office, worker, everything):
    clerk = desk_of(office, "clerk")
    clerk.run(lambda session: session.enqueue("stockroom.open", {"code": "north"}))
    with office.database.system() as session, session.begin():
        session.execute(sa.update(User).where(User.username == "clerk").values(active=False))
    worker.run_until_idle()
    [job] = everything(office, JobRow, name="stockroom.open")
    assert job.error.startswith("This user cannot sign in.")


def test_starting_a_job_checks_its_name_and_its_arguments(office):
    with pytest.raises(NotFound, match=r"stockroom\.close"):
        desk_of(office).execute("worker.start_job", job="stockroom.close")
    with pytest.raises(InvalidInput) as refused:
        desk_of(office).execute("worker.start_job", job="stockroom.open", arguments={"colour": "red"})
    assert set(refused.value.fields) == {"code", "colour"}


# -- schedules -------------------------------------------------------------------------------------------------------


def test_two_workers_ask_for_a_scheduled_job_once(office, worker_of, everything):
    workers = [worker_of(office) for _number in range(2)]
    threads = [threading.Thread(target=worker.run_until_idle) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [job] = everything(office, JobRow, name="stockroom.nightly")
    assert (job.state, job.attempts, job.created_by) == ("done", 1, None)


def test_a_company_job_runs_in_each_company_and_a_system_job_once(office, worker, everything):
    add_organization(office, "other", "Other")
    worker.run_until_idle()
    assert len({job.company_id for job in everything(office, JobRow, name="stockroom.nightly")}) == 2
    [sweep] = everything(office, JobRow, name="stockroom.sweep")
    assert sweep.company_id is None


def test_a_scheduled_job_runs_again_in_the_next_slot(office, worker, clock, everything):
    worker.run_until_idle()
    clock.at += timedelta(hours=6)
    worker.run_until_idle()
    assert len(everything(office, JobRow, name="stockroom.nightly")) == 1
    clock.at += DAY
    worker.run_until_idle()
    assert len(everything(office, JobRow, name="stockroom.nightly")) == 2


def test_missed_slots_are_made_up_once(office, worker, clock, everything):
    worker.run_until_idle()
    clock.at += 5 * DAY
    worker.run_until_idle()
    assert len(everything(office, JobRow, name="stockroom.nightly")) == 2


def test_a_scheduled_job_that_has_not_ended_is_not_asked_for_again(office, worker, clock, everything):
    worker.run_until_idle()
    with office.database.system() as session, session.begin():
        session.execute(sa.update(JobRow).values(state="running", heartbeat_at=clock.now() + DAY))
    clock.at += DAY
    worker.run_until_idle()
    assert len(everything(office, JobRow, name="stockroom.nightly")) == 1


@pytest.mark.parametrize(
    ("at", "every", "zone", "same"),
    [
        (datetime(2026, 1, 15, 20, 59, tzinfo=UTC), DAY, "Asia/Riyadh", True),
        (datetime(2026, 1, 15, 21, 1, tzinfo=UTC), DAY, "Asia/Riyadh", False),
        (datetime(2026, 1, 15, 12, 59, tzinfo=UTC), timedelta(hours=1), "Asia/Kolkata", True),
        (datetime(2026, 1, 18, 23, 59, tzinfo=UTC), 7 * DAY, "UTC", True),
        (datetime(2026, 1, 19, 0, 1, tzinfo=UTC), 7 * DAY, "UTC", False),
    ],
)
def test_slots_begin_at_midnight_of_the_company_and_weeks_on_monday(at, every, zone, same):
    assert (slot_number(at, every, zone) == slot_number(NOON, every, zone)) is same


# -- upkeep and health -----------------------------------------------------------------------------------------------


def test_jobs_that_ended_long_ago_are_put_away(office, worker, clock, everything):
    desk_of(office).execute("worker.start_job", job="stockroom.open", arguments={"code": "north"})
    desk_of(office).execute("worker.start_job", job="stockroom.open", arguments={"code": "north"})
    worker.run_until_idle()
    clock.at += 31 * DAY
    worker.run_until_idle()
    [kept] = everything(office, JobRow, name="stockroom.open")
    assert kept.state == "dead"


def health(office):
    answers = {check.name: check.run() for _plugin, check in office.hooks.health(office)}
    return answers["worker.given_up"][0], answers["worker.behind"][0]


def test_health_says_when_work_was_given_up_or_nobody_works(office, worker, clock):
    desk_of(office, "clerk").run(lambda session: session.enqueue("stockroom.open", {"code": "north"}))
    assert health(office) == ("ok", "ok")
    clock.at += timedelta(hours=1)
    assert health(office) == ("ok", "warning")
    worker.run_until_idle()
    assert health(office) == ("warning", "ok")
