"""The page of settings lists what the configuration knows, with the defaults it has."""

import re
import tomllib
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from backoffice.core.attachments.settings import AttachmentSettings
from backoffice.core.audit.keys import AuditSettings
from backoffice.core.configuration import HIDDEN, KNOWN, load_configuration
from backoffice.core.mail.settings import MailSettings
from backoffice.core.webhooks.settings import WebhookSettings

pytestmark = pytest.mark.checkout

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reference" / "configuration.md"


def documented(name=""):
    parts = re.split(r"^## The section `\[(\w+)\]`", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    section = dict(zip(["", *parts[1::2]], parts[::2], strict=True))[name]
    rows = re.findall(r"^\| `(\w+)` \| (?:`([^`]*)`|–) \| \S", section, flags=re.MULTILINE)
    return {name: tomllib.loads(f"value = {default}")["value"] if default else None for name, default in rows}


def default_of(field):
    value = field.default if field.default is not MISSING else field.default_factory()
    return list(value) if isinstance(value, tuple) else value


def test_every_key_is_documented_with_its_default():
    assert documented() == {name: default_of(field) for name, field in KNOWN.items() if name not in HIDDEN}


@pytest.mark.parametrize(
    ("section", "settings"),
    [
        ("audit", AuditSettings), ("mail", MailSettings), ("webhooks", WebhookSettings),
        ("attachments", AttachmentSettings),
    ],
)  # fmt: skip
def test_every_key_of_a_section_is_documented_with_its_default(section, settings):
    assert documented(section) == {field.name: default_of(field) for field in fields(settings)}


def test_the_example_is_accepted(tmp_path):
    example = re.search(r"^```toml\n(.*?)^```$", PAGE.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)[1]
    path = tmp_path / "backoffice.toml"
    path.write_text(example, encoding="utf-8")
    configuration = load_configuration(path, environ={})
    assert configuration.environment == "production"
    assert configuration.settings["acme_fleet"] == {"warn_days": 14}
