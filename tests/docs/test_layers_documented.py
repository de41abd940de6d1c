"""The overview has every part of the core, in the order in which they may import each other."""

import configparser
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.checkout

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "architecture" / "overview.md"


def test_the_overview_lists_the_layers_from_the_lowest_to_the_highest():
    settings = configparser.ConfigParser()
    settings.read(ROOT / ".importlinter", encoding="utf-8")
    lines = settings["importlinter:contract:layers"]["layers"].strip().splitlines()
    held = [sorted(re.findall(r"\w+", line)) for line in reversed(lines)]
    table = PAGE.read_text("utf-8").partition("| part | knows |")[2].partition("\n\n")[0]
    told = [sorted(re.findall(r"`(\w+)`", row.split("|")[1])) for row in table.splitlines() if row.startswith("| `")]
    assert told == [[part for part in layer if part != "demo"] for layer in held]
