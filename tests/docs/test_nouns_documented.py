"""Every public name of the contract has its place in the reference."""

import dataclasses
import re
from pathlib import Path

import pytest

from backoffice import hookspecs

pytestmark = pytest.mark.checkout

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reference" / "nouns.md"
ELSEWHERE = {"CoreHooks", "hookimpl", "hookspec"}


def test_every_public_name_is_on_the_page():
    pattern = r"^\.\. auto(?:class|function|data):: backoffice\.hookspecs\.(\w+)$"
    documented = re.findall(pattern, PAGE.read_text("utf-8"), flags=re.MULTILINE)
    assert sorted(documented) == sorted(set(hookspecs.__all__) - ELSEWHERE)


ANSWERS = {hookspecs.Link, hookspecs.Row}
"""What reports are made of, by the thousand: no declarations, and a frozen one takes thrice as long to make."""


def test_every_record_is_frozen_so_that_a_declaration_cannot_change_after_loading():
    records = [value for value in vars(hookspecs).values() if dataclasses.is_dataclass(value)]
    assert records
    assert {record for record in records if not record.__dataclass_params__.frozen} == ANSWERS
