"""The page about REST lists the addresses that are served, and the bounds it names are those of the code."""

import re
from pathlib import Path

import pytest
from flask import Flask

from backoffice.core.builtin.rest.addresses import blueprint
from backoffice.core.builtin.rest.given import LARGEST_JSON
from backoffice.core.office.keys import LONGEST_KEY
from backoffice.core.office.queries import LARGEST_PAGE, OPERATORS
from backoffice.core.web.application import LARGEST_BODY

pytestmark = pytest.mark.checkout

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reference" / "rest.md"


def text():
    return PAGE.read_text("utf-8")


def served():
    app = Flask(__name__, static_folder=None)
    app.register_blueprint(blueprint())
    for rule in app.url_map.iter_rules():
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            yield method, rule.rule.replace("<int:id>", "<id>")


def test_every_address_is_documented_and_no_other():
    assert sorted(re.findall(r"^\| ([A-Z]+) \| `(/\S+)` \| \S", text(), flags=re.MULTILINE)) == sorted(served())


def test_every_operator_of_a_filter_is_documented():
    assert set(OPERATORS) <= {word.removeprefix("__") for word in re.findall(r"__[a-z]+", text())}


def test_the_bounds_are_those_of_the_code():
    assert f"1 to {LARGEST_PAGE}, by default 50" in text()
    assert f"up to {LONGEST_KEY} visible" in text()
    assert f"at most {LARGEST_JSON // 1024**2} MiB, a file {LARGEST_BODY // 1024**2} MiB" in text()
