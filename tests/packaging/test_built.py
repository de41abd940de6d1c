"""What is built holds what the folders hold: each wheel is made from its source distribution, in a clean copy."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.checkout

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = [".", *sorted(str(path.parent.relative_to(ROOT)) for path in ROOT.glob("plugins/*/setup.cfg"))]
LITTER = (".venv", ".git", ".*_cache", "build", "dist", "var", "_build", "__pycache__", "*.egg-info", ".hypothesis")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    copy = tmp_path_factory.mktemp("checkout") / "copy"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LITTER))
    return copy


@pytest.fixture(scope="module", params=FOLDERS)
def built(request, copy, tmp_path_factory):
    """A folder and the names inside its source distribution and inside its wheel."""
    target = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), str(copy / request.param)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=target)
    assert result.returncode == 0, result.stdout + result.stderr
    with tarfile.open(next(target.glob("*.tar.gz"))) as archive:
        sdist = {name.partition("/")[2] for name in archive.getnames()}
    with zipfile.ZipFile(next(target.glob("*.whl"))) as archive:
        wheel = {name for name in archive.namelist() if ".dist-info/" not in name}
        info = {name.partition(".dist-info/")[2] for name in archive.namelist()}
    return copy / request.param, sdist, wheel, info


def names(folder, *parts):
    found = [path for part in parts for path in (folder / part).rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix() for path in found if ".egg-info" not in path.as_posix()}


def test_a_wheel_carries_every_file_and_nothing_else(built):
    folder, _, wheel, _ = built
    if (folder / "core").exists():
        assert wheel == {f"backoffice/{name}" for name in names(folder, "core", "hookspecs") | {"cli.py"}}
    else:
        assert wheel == {name.removeprefix("src/") for name in names(folder, "src")}


def test_a_source_distribution_carries_the_tests_and_what_builds_it(built):
    folder, sdist, _, _ = built
    expected = names(folder, "tests", "docs") | {"README.md", "LICENSE", "pyproject.toml", "setup.cfg"}
    assert expected <= sdist


def test_a_source_distribution_of_the_core_leaves_the_plugins_to_theirs(built):
    folder, sdist, _, _ = built
    assert not {name for name in sdist if name.startswith("plugins/")} or not (folder / "core").exists()


def test_the_licence_goes_with_every_wheel(built):
    assert "licenses/LICENSE" in built[3]
