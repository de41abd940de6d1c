"""BACKOFFICE_REQUIRE makes a skip of what must be covered a failure."""

import pytest


@pytest.fixture
def run(pytester, monkeypatch):
    def run(tests, require=""):
        monkeypatch.setenv("BACKOFFICE_REQUIRE", require)
        pytester.makeini("[pytest]\nmarkers =\n    browser: drives a browser\n")
        pytester.makepyfile(tests)
        return pytester.runpytest_inprocess("-p", "backoffice.core.testing.required", "-p", "no:cacheprovider")

    return run


MARKED = """
import pytest

@pytest.mark.browser
@pytest.mark.skip(reason="browser: no chromium here")
def test_page():
    pass
"""

PARAMETRISED = """
import pytest

@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_write(database):
    if database == "postgresql":
        pytest.skip("postgresql: no server")
"""

SAYS_SO = """
import pytest

def test_write():
    pytest.skip("PostgreSQL: no server binaries found")
"""

MODULE = """
import pytest

pytest.skip("browser: it is not installed", allow_module_level=True)
"""


def test_skips_stay_skips_when_nothing_is_required(run):
    run(MARKED).assert_outcomes(skipped=1)


def test_a_skipped_test_with_a_required_marker_fails(run):
    result = run(MARKED, "postgresql,browser")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*asks for browser, but: *no chromium here*"])


def test_a_skipped_case_with_a_required_parameter_fails_alone(run):
    run(PARAMETRISED, "postgresql").assert_outcomes(passed=1, failed=1)


def test_a_reason_that_names_what_is_required_fails(run):
    run(SAYS_SO, "postgresql").assert_outcomes(failed=1)


def test_a_module_that_skips_itself_for_a_required_reason_is_an_error(run):
    run(MODULE, "browser").assert_outcomes(errors=1)


def test_skips_for_another_reason_stay_skips(run):
    run(SAYS_SO, "browser").assert_outcomes(skipped=1)
