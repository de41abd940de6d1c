"""What every test of the core shares. Fixtures that plugins need as well live in ``backoffice.core.testing``."""

from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["pytester"]

# Examples are the same on every run of a commit; a database is often behind them, so there is no deadline each.
settings.register_profile("backoffice", derandomize=True, deadline=None, max_examples=60)
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.load_profile("backoffice")


@pytest.fixture(scope="session")
def checkout():
    """The folder with ``setup.cfg``, ``core/`` and ``plugins/``; skipped where only wheels are installed."""
    root = Path(__file__).resolve().parent.parent
    if not (root / "core").is_dir():
        pytest.skip("this looks at the files of a checkout")
    return root
