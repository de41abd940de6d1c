"""The page of settings lists what the configuration knows, with the defaults it has."""

import re
import tomllib
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from backoffice.core.audit.keys import AuditSettings
from backoffice.core.configuration import HIDDEN, KNOWN, load_configuration

pytestmark = pytest.mark.checkout

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reference" / "configuration.md"


def documented(audit=False):
    own, _heading, section = PAGE.read_text("utf-8").partition("## The section `[audit]`")
    rows = re.findall(r"^\| `(\w+)` \| (?:`([^`]*)`|–) \| \S", section if audit else own, flags=re.MULTILINE)
    return {name: tomllib.loads(f"value = {default}")["value"] if default else None for name, default in rows}


def default_of(field):
    value = field.default if field.default is not MISSING else field.default_factory()
    return list(value) if isinstance(value, tuple) else value


def test_every_key_is_documented_with_its_default():
    assert documented() == {name: default_of(field) for name, field in KNOWN.items() if name not in HIDDEN}


def test_every_key_of_the_audit_log_is_documented_with_its_default():
    assert documented(audit=True) == {field.name: field.default for field in fields(AuditSettings)}


def test_the_example_is_accepted(tmp_path):
    example = re.search(r"^```toml\n(.*?)^```$", PAGE.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)[1]
    path = tmp_path / "backoffice.toml"
    path.write_text(example, encoding="utf-8")
    configuration = load_configuration(path, environ={})
    assert configuration.environment == "production"
    assert configuration.settings["acme_fleet"] == {"warn_days": 14}
