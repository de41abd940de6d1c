"""Jobs: asked for in the transaction, run at a desk, tried again, given up, taken over, cancelled."""

import threading
import time
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.core.errors import Conflict, InvalidInput, NotFound, ProgrammingError, RuleBroken
from backoffice.core.events.jobs import LOST_AFTER, cancel_job, claim, dead_jobs, enqueue, finish, retry_job
from backoffice.core.events.models import JobRow
from backoffice.core.events.running import JobStopped, run_due
from backoffice.core.users.models import Branch, Company
from backoffice.hookspecs import Field, Job


@pytest.fixture
def declare(shop):
    def declare(run, **more):
        shop.registry.jobs["stock.count"] = Job("stock.count", run, **more)

    return declare


def ask(shop, arguments=None, **more):
    with shop.session() as session:
        job = enqueue(session, shop.registry, "stock.count", arguments, **more)
        session.commit()
        return job


def the_job(shop):
    [job] = shop.all(JobRow)
    return job


def nothing(job):
    """Do nothing."""


def refuse(job):
    raise RuleBroken("The shelf is empty.")


def test_a_job_is_given_its_arguments_in_exact_types(shop, office, declare, said):
    fields = (Field("on", "date"), Field("amount", "money"), Field("note"))
    declare(lambda job, **arguments: said.events.append(arguments), fields=fields)
    ask(shop, {"on": date(2010, 12, 1), "amount": Decimal("1.10")})
    assert run_due(office, "w")
    assert said.events == [{"on": date(2010, 12, 1), "amount": Decimal("1.10"), "note": None}]


def test_arguments_that_do_not_fit_are_refused_by_name(shop, declare):
    declare(nothing, fields=(Field("on", "date", required=True),))
    with pytest.raises(InvalidInput) as refused:
        ask(shop, {"when": "today"})
    assert set(refused.value.fields) == {"when", "on"}


def test_a_job_nobody_declares_is_refused(shop):
    with pytest.raises(NotFound, match=r"stock\.count"):
        ask(shop)


def test_a_rolled_back_transaction_asks_for_nothing(shop, office, declare):
    declare(nothing)
    with shop.session() as session:
        enqueue(session, shop.registry, "stock.count")
        session.rollback()
    assert not run_due(office, "w")


def test_the_same_key_asks_once_and_leaves_the_transaction_whole(shop, declare):
    declare(nothing)
    first = ask(shop, key="nightly")
    with shop.session() as session:
        session.add(Branch(code="b", name="b"))
        again = enqueue(session, shop.registry, "stock.count", key="nightly")
        session.commit()
        assert again.id == first.id
    assert len(shop.all(Branch)) == 1
    the_job(shop)


def test_a_job_waits_for_its_time(shop, office, declare):
    declare(nothing)
    ask(shop, run_at=shop.clock.now() + timedelta(hours=1))
    assert not run_due(office, "w")
    shop.clock.at += timedelta(hours=1)
    assert run_due(office, "w")


def test_a_job_asked_for_while_the_clock_was_years_ahead_runs_when_it_is_right(shop, office, declare):
    declare(nothing)
    shop.clock.at += timedelta(days=3650)
    ask(shop)
    shop.clock.at -= timedelta(days=3650)
    assert run_due(office, "w")


def test_a_job_for_a_day_years_ahead_waits_for_it(shop, office, declare):
    declare(nothing)
    ask(shop, run_at=shop.clock.now() + timedelta(days=3650))
    assert not run_due(office, "w")


def test_a_job_lost_while_the_clock_was_years_ahead_is_taken_over(shop, office, declare):
    declare(nothing)
    ask(shop)
    shop.clock.at += timedelta(days=3650)
    assert claim(office, "first") is not None
    shop.clock.at -= timedelta(days=3650)
    assert run_due(office, "second")


def test_a_job_works_at_a_desk_of_its_company_and_answers_with_json(shop, office, declare):
    def count(job):
        job.office.run(lambda session: session.add(Branch(code="made", name="b")))
        return {"counted": Decimal("2.50"), "on": date(2010, 12, 1), "ids": (1, 2)}

    declare(count)
    ask(shop)
    run_due(office, "w")
    job = the_job(shop)
    assert (job.state, job.result) == ("done", {"counted": "2.50", "on": "2010-12-01", "ids": [1, 2]})
    assert (job.finished_at, job.worker, job.created_by) == (shop.clock.now(), "w", 7)
    assert [branch.company_id for branch in shop.all(Branch)] == [shop.company_id]


def test_jobs_run_in_the_order_they_fell_due(shop, office, declare, said):
    declare(lambda job: said.events.append(job.id))
    later = ask(shop, run_at=shop.clock.now() + timedelta(minutes=5))
    soon = ask(shop)
    shop.clock.at += timedelta(hours=1)
    while run_due(office, "w"):
        pass
    assert said.events == [soon.id, later.id]


def test_a_failed_job_waits_is_tried_again_and_then_given_up(shop, office, declare):
    declare(refuse, attempts=2)
    ask(shop)
    assert run_due(office, "w")
    assert (the_job(shop).state, the_job(shop).error) == ("failed", "The shelf is empty.")
    assert not run_due(office, "w")
    shop.clock.at += timedelta(seconds=2)
    assert run_due(office, "w")
    assert (the_job(shop).state, the_job(shop).attempts) == ("dead", 2)
    with shop.session() as session:
        assert [job.id for job in dead_jobs(session)] == [the_job(shop).id]


def test_how_often_a_job_is_tried_can_be_said_when_asking(shop, office, declare):
    declare(refuse)
    ask(shop, attempts=1)
    run_due(office, "w")
    assert the_job(shop).state == "dead"


def test_a_dead_job_can_run_again(shop, office, declare):
    declare(refuse, attempts=1)
    ask(shop)
    run_due(office, "w")
    declare(nothing)
    with shop.session() as session:
        retry_job(session, dead_jobs(session)[0])
        session.commit()
    assert run_due(office, "w")
    assert (the_job(shop).state, the_job(shop).error) == ("done", None)


def test_a_job_that_did_not_fail_does_not_run_again(shop, office, declare):
    declare(nothing)
    ask(shop)
    run_due(office, "w")
    with shop.session() as session:
        job = session.scalars(sa.select(JobRow)).one()
        with pytest.raises(Conflict):
            retry_job(session, job)
        with pytest.raises(Conflict):
            cancel_job(session, job)


def test_a_waiting_job_is_cancelled_at_once(shop, office, declare):
    declare(nothing)
    ask(shop)
    with shop.session() as session:
        cancel_job(session, session.scalars(sa.select(JobRow)).one())
        session.commit()
    assert not run_due(office, "w")
    assert the_job(shop).state == "cancelled"


def eventually(condition, seconds=15):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def in_background():
    """Runs a function in a thread that must end with the test."""
    threads = []

    def start(work):
        threads.append(threading.Thread(target=work))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join(15)
        assert not thread.is_alive()


def test_progress_is_seen_while_the_job_runs(shop, office, declare, in_background):
    go_on = threading.Event()

    def count(job):
        job.progress(3, 10, "shelf 3")
        assert go_on.wait(10)
        job.progress(10, 10)

    declare(count)
    ask(shop)
    in_background(lambda: run_due(office, "w"))
    eventually(lambda: the_job(shop).done == 3)
    job = the_job(shop)
    go_on.set()
    assert (job.state, job.total, job.message) == ("running", 10, "shelf 3")
    eventually(lambda: the_job(shop).state == "done")
    assert the_job(shop).done == 10


def test_progress_inside_the_jobs_own_transaction_does_not_wait_for_itself(shop, office, declare):
    def count(job):
        def work(session):
            for number in range(5):
                session.add(Branch(code=str(number), name="b"))
                session.flush()
                job.progress(number + 1, 5)
                time.sleep(0.1)

        job.office.run(work)

    declare(count)
    ask(shop)
    began = time.monotonic()
    run_due(office, "w")
    assert time.monotonic() - began < 10
    assert (the_job(shop).state, the_job(shop).done, len(shop.all(Branch))) == ("done", 5, 5)


def test_a_running_job_is_cancelled_at_its_next_step(shop, office, declare, in_background):
    def count(job):
        for number in range(2000):
            try:
                job.progress(number)
            except Exception as error:  # a job that goes on after errors must still be stoppable
                raise AssertionError from error
            time.sleep(0.01)

    declare(count)
    ask(shop)
    in_background(lambda: run_due(office, "w"))
    eventually(lambda: the_job(shop).done > 0)
    with shop.session() as session:
        cancel_job(session, session.scalars(sa.select(JobRow)).one())
        session.commit()
    eventually(lambda: the_job(shop).state == "cancelled")


def test_a_job_may_look_whether_it_was_cancelled(shop, office, declare, in_background):
    def count(job):
        while not job.cancelled:
            time.sleep(0.01)

    declare(count)
    ask(shop)
    in_background(lambda: run_due(office, "w", beat=0.05))
    eventually(lambda: the_job(shop).state == "running")
    with shop.session() as session:
        cancel_job(session, session.scalars(sa.select(JobRow)).one())
        session.commit()
    eventually(lambda: the_job(shop).state == "done")


def test_a_job_that_takes_too_long_is_stopped(shop, office, declare):
    def count(job):
        while True:
            job.progress(1)
            time.sleep(0.01)

    declare(count, timeout=timedelta(seconds=0.2), attempts=1)
    ask(shop)
    run_due(office, "w")
    assert (the_job(shop).state, the_job(shop).error) == ("dead", "It took longer than its timeout allows.")


def test_a_lost_workers_job_is_taken_over_after_a_while(shop, office, declare):
    declare(nothing)
    ask(shop)
    assert claim(office, "first") is not None
    assert claim(office, "second") is None
    shop.clock.at += LOST_AFTER + timedelta(seconds=1)
    assert run_due(office, "second")
    assert (the_job(shop).state, the_job(shop).worker, the_job(shop).attempts) == ("done", "second", 2)


def test_a_worker_that_comes_back_cannot_end_a_job_it_has_lost(shop, office, declare):
    declare(nothing)
    ask(shop)
    first = claim(office, "first")
    shop.clock.at += LOST_AFTER + timedelta(seconds=1)
    claim(office, "second")
    assert not finish(office, first, "mine", {})
    assert (the_job(shop).state, the_job(shop).worker, the_job(shop).result) == ("running", "second", None)


def test_a_job_that_has_lost_its_worker_to_another_is_stopped(shop, office, declare, said):
    def count(job):
        shop.clock.at += LOST_AFTER + timedelta(seconds=1)
        claim(office, "second")
        try:
            while True:
                job.progress(1)
                time.sleep(0.01)
        except JobStopped as stopped:
            said.events.append(stopped.why)
            raise

    declare(count)
    ask(shop)
    run_due(office, "first")
    assert said.events == ["lost"]
    assert the_job(shop).worker == "second"


def test_a_job_that_keeps_losing_its_worker_is_given_up(shop, office, declare):
    declare(nothing, attempts=2)
    ask(shop)
    for _attempt in range(2):
        assert claim(office, "doomed") is not None
        shop.clock.at += LOST_AFTER + timedelta(seconds=1)
    assert claim(office, "next") is None
    assert (the_job(shop).state, the_job(shop).error) == ("dead", "Its worker was lost 2 times.")


def test_jobs_of_a_plugin_that_is_put_aside_wait_for_it(shop, office, declare):
    declare(nothing)
    ask(shop)
    del shop.registry.jobs["stock.count"]
    assert not run_due(office, "w")
    declare(nothing)
    assert run_due(office, "w")


def test_only_a_job_of_the_system_sees_every_organisation(shop, other_shop, office, declare):
    def count(job):
        with job.everywhere() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(Company))

    declare(count, scope="system", attempts=1)
    ask(shop)
    run_due(office, "w")
    assert the_job(shop).result == 2
    assert the_job(shop).company_id is None


def test_a_job_of_a_company_does_not_see_other_organisations(shop, office, declare, said):
    def count(job):
        try:
            job.everywhere()
        except ProgrammingError as error:
            said.events.append(error)

    declare(count)
    ask(shop)
    run_due(office, "w")
    assert len(said.events) == 1


def test_jobs_of_another_organisation_are_not_seen(shop, other_shop, declare):
    declare(nothing)
    ask(other_shop)
    assert shop.all(JobRow) == []
