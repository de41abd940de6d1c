"""The examples' own tests pass against what pip installs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.checkout

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"


@pytest.fixture(scope="module")
def environment(request):
    """The environment of the runs below, which share one server."""
    from backoffice.core.testing.postgres import ADDRESS_VARIABLE, why_unavailable

    shared = {} if why_unavailable() else {ADDRESS_VARIABLE: request.getfixturevalue("postgresql_server").address}
    return {**os.environ, **shared}


@pytest.mark.parametrize(
    ("name", "beside"), [("acme-tolls", []), ("acme-tolls-riyadh", ["acme-tolls"]), ("acme-exchange-rates", [])]
)
def test_an_example_passes_its_own_tests(built, environment, tmp_path, name, beside):
    sites = [str(built(one)) for one in (name, *beside)]
    tests = str(EXAMPLES / name / "tests")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", tests]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": os.pathsep.join(sites)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
