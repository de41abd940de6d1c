"""The command line with plugins that cannot be imported, that fail and that get along."""

import json
import re

import pytest

from .conftest import NAMES

pytestmark = pytest.mark.parametrize("offices", ["sqlite"], indirect=True)


def test_the_list_of_plugins_says_why_one_is_not_used_and_what_to_do(backoffice):
    listed = backoffice("plugin", "list", "--format", "json")
    assert listed.code == 0, listed.err
    told = {one["name"]: one for one in json.loads(listed.out) if one["name"].startswith("acme_")}
    assert {name: one["state"] for name, one in told.items()} == {
        "acme_absent": "import-failed", "acme_answering": "active", "acme_asking": "active", "acme_faulty": "active",
    }  # fmt: skip
    assert "a_package_nobody_installed" in told["acme_absent"]["reason"]
    assert told["acme_absent"]["remedy"] == "Run: pip install --upgrade backoffice-acme-absent"


def test_a_person_reads_the_same_in_a_table(backoffice):
    listed = backoffice("plugin", "list")
    assert listed.code == 0, listed.err
    assert "Import failed" in listed.out
    assert "pip install --upgrade backoffice-acme-absent" in " ".join(listed.out.split())


def test_other_commands_work_and_name_the_plugin_that_is_not_used(backoffice):
    listed = backoffice("list", "core.user", "--format", "json")
    assert listed.code == 0, listed.err
    assert {one["username"] for one in json.loads(listed.out)} == {"admin", "clerk"}
    assert "acme_absent" in listed.err


def test_a_required_plugin_that_cannot_be_used_stops_the_start(backoffice):
    said = backoffice("list", "core.user", required=["acme_absent"])
    assert said.code == 8
    assert said.out == ""
    assert "The plugin acme_absent is required" in said.err
    assert "pip install --upgrade backoffice-acme-absent" in said.err


def test_a_required_plugin_that_is_not_installed_stops_the_start(backoffice):
    said = backoffice("list", "core.user", required=["acme_nowhere"])
    assert said.code == 8
    assert "pip install backoffice-acme-nowhere" in said.err


def test_without_plugins_even_a_required_one_does_not_stop_what_mends_it(backoffice):
    said = backoffice("--no-plugins", "plugin", "list", "--format", "json", required=["acme_absent"])
    assert said.code == 0, said.err
    states = {one["name"]: one["state"] for one in json.loads(said.out)}
    assert {states[name] for name in NAMES} == {"disabled"}


def test_without_plugins_the_built_in_ones_work(backoffice):
    said = backoffice("list", "core.user", "--no-plugins")
    assert said.code == 0
    assert "acme" not in said.err


def test_the_trace_tells_which_hook_of_which_plugin_was_called(backoffice):
    said = backoffice("do", "acme_asking.ask", "--field", "subject=tea", "--trace-hooks")
    assert said.code == 0, said.err
    assert json.loads(said.out) == {"opinions": ["tea: good"]}
    assert re.search(r"^hook acme_asking_opinion \(acme_answering\) \d+\.\d+ ms → 1 × str$", said.err, re.MULTILINE)
    assert re.search(r"^hook actions \(acme_faulty\) \d+\.\d+ ms → 1 × Action$", said.err, re.MULTILINE)


def test_the_trace_tells_what_a_hook_raised(backoffice):
    said = backoffice("doctor", "--trace-hooks")
    assert re.search(r"^hook health \(acme_faulty\) .* ms → 1 × Check|Check$", said.err, re.MULTILINE)
