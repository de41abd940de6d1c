"""The figures on the page about events and jobs are those of the code."""

from datetime import timedelta
from pathlib import Path

import pytest

from backoffice.core.builtin.worker.upkeep import KEPT
from backoffice.core.events import deliveries, jobs, log, running
from backoffice.hookspecs import Job

pytestmark = pytest.mark.checkout

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reference" / "events.md"
JOB = Job("fleet.remind", print)


@pytest.mark.parametrize(
    "said",
    [
        f"{deliveries.MOST_ATTEMPTS} times in all",
        f"{JOB.attempts} times unless",
        f"may take {JOB.timeout // timedelta(minutes=1)} minutes",
        f"sign of life every {running.BEAT_SECONDS:.0f} seconds; after {jobs.LOST_AFTER.seconds} seconds",
        f"after {log.DEEPEST} events",
        f"after {KEPT.days} days",
    ],
)
def test_a_figure_is_the_one_in_the_code(said):
    assert said in " ".join(PAGE.read_text("utf-8").split())
