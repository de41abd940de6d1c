"""Migrations that are written look as those written by hand."""

import importlib.util
import subprocess
import sys

import pytest

from backoffice.core.maintenance.revisions import tidy


@pytest.mark.skipif(importlib.util.find_spec("ruff") is None, reason="ruff is not installed")
def test_a_migration_is_formatted_and_nothing_is_left_beside_it(tmp_path):
    path = tmp_path / "0001_initial.py"
    path.write_text(
        "import os\nimport sqlalchemy as sa\nfrom alembic import op\n\ndef upgrade( ):\n  op.drop_table('x')\n  sa\n"
    )
    tidy(path)
    assert path.read_text().startswith("import sqlalchemy as sa\nfrom alembic import op\n\n\ndef upgrade():\n    op")
    assert [one.name for one in tmp_path.iterdir()] == ["0001_initial.py"]
    done = subprocess.run([sys.executable, "-m", "ruff", "format", "--no-cache", "--check", path], check=False)
    assert done.returncode == 0
