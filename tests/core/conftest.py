"""What tests of several parts of the core share: the library, a plugin of everyday size, installed for the test run."""

import sys
from pathlib import Path

import pytest

LIBRARY = Path(__file__).parent.parent / "plugins" / "library"

METADATA = """\
Metadata-Version: 2.1
Name: backoffice-library
Version: 1.0
Requires-Dist: backoffice
"""


@pytest.fixture(scope="session")
def installed_library(tmp_path_factory):
    """Make the library importable and known by its metadata, as pip would."""
    site = tmp_path_factory.mktemp("site")
    info = site / "backoffice_library-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA)
    (info / "entry_points.txt").write_text("[backoffice]\nlibrary = backoffice_library.plugin\n")
    sys.path[:0] = [str(site), str(LIBRARY)]
    yield
    for path in (str(site), str(LIBRARY)):
        sys.path.remove(path)


@pytest.fixture
def library(installed_library, offices):
    """An office with the library, and nothing else beside the built-in plugins."""
    return offices.make(only=["library"])
