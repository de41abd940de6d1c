"""The page of errors and the drawing in the module agree with the classes."""

import inspect
import re
from pathlib import Path

import pytest

from backoffice.core import errors

pytestmark = pytest.mark.checkout

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reference" / "errors.md"
CLASSES = [
    value
    for value in vars(errors).values()
    if inspect.isclass(value) and issubclass(value, errors.BackofficeError) and value.__module__ == errors.__name__
]


def test_the_page_lists_every_error_with_its_status_exit_code_and_code():
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+) \| `([\w-]+)` \|", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    expected = [(e.__name__, str(e.status), str(e.exit_code), e.code) for e in CLASSES]
    assert sorted(rows) == sorted(expected)


def test_the_drawn_tree_has_every_error_in_its_place():
    drawn = re.findall(r"^ {4}([│├└─ ]*)(\w+) +(\d+) +exit (\d+)", errors.__doc__, flags=re.MULTILINE)
    expected = {(e.__name__, str(e.status), str(e.exit_code), len(e.__mro__)) for e in CLASSES}
    shallowest = len(errors.BackofficeError.__mro__)
    assert {(name, s, x, shallowest + len(indent) // 4) for indent, name, s, x in drawn} == expected


def test_the_public_names_of_the_module_are_the_errors():
    assert sorted(errors.__all__) == sorted(e.__name__ for e in CLASSES)
