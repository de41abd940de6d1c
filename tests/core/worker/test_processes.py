"""Several workers at once, in processes of their own: each piece of work once, whatever dies."""

import signal

from backoffice.core.clock import SystemClock
from backoffice.core.events.models import Delivery, EventRow, JobRow
from backoffice.core.testing.offices import desk_of
from backoffice.core.users.models import Branch


def ship(office, count):
    said = [(None, {"order": n}) for n in range(count)]
    desk_of(office).run(lambda session: session.emit_many("stockroom.shipped", said))


def ask(office, name):
    desk_of(office).run(lambda session: session.enqueue(name))


def test_four_workers_hand_over_each_event_once(stockroom, processes, everything, eventually):
    office = stockroom(clock=SystemClock())
    ship(office, 200)
    for _worker in range(4):
        processes(office)
    eventually(lambda: len(everything(office, Delivery, state="done")) == 200)
    counted = [event.facts["order"] for event in everything(office, EventRow, name="stockroom.counted")]
    assert sorted(counted) == list(range(200))


def test_an_event_whose_worker_was_killed_is_handed_over_by_another(
    stockroom, processes, everything, eventually, tmp_path
):
    office = stockroom(clock=SystemClock())
    ship(office, 1)
    doomed = processes(office, STOCKROOM_DIES=str(tmp_path / "died"))
    assert doomed.wait(90) == -signal.SIGKILL
    assert everything(office, EventRow, name="stockroom.counted") == []
    processes(office)
    eventually(lambda: everything(office, Delivery, state="done"))
    assert len(everything(office, EventRow, name="stockroom.counted")) == 1


def test_a_job_whose_worker_was_killed_in_the_middle_is_taken_over(
    stockroom, processes, everything, eventually, tmp_path
):
    office = stockroom(clock=SystemClock())
    ask(office, "stockroom.fragile")
    doomed = processes(office, STOCKROOM_DIES=str(tmp_path / "died"))
    assert doomed.wait(90) == -signal.SIGKILL
    assert [branch.code for branch in everything(office, Branch)] == ["before"]
    processes(office)
    eventually(lambda: everything(office, JobRow, name="stockroom.fragile", state="done"))
    [job] = everything(office, JobRow, name="stockroom.fragile")
    assert (job.attempts, job.result) == (2, 2)
    assert [branch.code for branch in everything(office, Branch)] == ["before", "kept"]


def test_a_process_told_to_end_gives_its_job_back(stockroom, processes, everything, eventually):
    office = stockroom(clock=SystemClock())
    ask(office, "stockroom.endless")
    process = processes(office)
    eventually(lambda: everything(office, JobRow, name="stockroom.endless")[0].done > 0)
    process.terminate()
    assert process.wait(60) == 0
    [job] = everything(office, JobRow, name="stockroom.endless")
    assert (job.state, job.attempts) == ("waiting", 0)
