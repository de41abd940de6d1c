"""The plugin in the README is one: its modules load and declare what the text says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.checkout

ROOT = Path(__file__).resolve().parent.parent.parent
BLOCK = re.compile(r"^```python\n# src/(\S+)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
ASK = """
from backoffice_acme_fleet import plugin
(vehicle,) = plugin.resources()
print(plugin.models().__plugin__, vehicle.name, *vehicle.columns)
"""


def test_the_plugin_in_the_readme_declares_its_resource(tmp_path):
    for name, source in BLOCK.findall((ROOT / "README.md").read_text("utf-8")):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(source, encoding="utf-8")
    # In a process of its own: the tables of mapped classes are the same for a whole process.
    said = subprocess.run([sys.executable, "-c", ASK], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert said.split() == ["acme_fleet", "acme_fleet.vehicle", "plate", "service_due"]


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_file_that_is_named_is_there(page):
    named = re.findall(r"`((?:docs|tests|core|\.ci)/[\w./-]+\.\w+)`", (ROOT / page).read_text("utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []
