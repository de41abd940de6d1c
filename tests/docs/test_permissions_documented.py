"""The page about permissions names those the core adds by hand, and the roles it brings."""

import re
from pathlib import Path

import pytest

from backoffice.core.builtin.administration import plugin
from backoffice.core.users.setup import BUILT_IN_ROLES

pytestmark = pytest.mark.checkout

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reference" / "permissions.md"


def rows(heading):
    table = PAGE.read_text("utf-8").partition(f"| {heading} | ")[2].partition("\n\n")[0]
    return sorted(re.findall(r"^\| `([\w.]+)` \|", table, flags=re.MULTILINE))


def test_the_permissions_of_the_core_are_listed():
    assert rows("permission") == sorted(permission.name for permission in plugin.permissions())


def test_the_roles_of_the_core_are_listed():
    built_in = [role for _plugin, role in BUILT_IN_ROLES]
    assert rows("role") == sorted(role.name for role in (*built_in, *plugin.roles()))
