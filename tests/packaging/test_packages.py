"""Whatever stands in the folders is in the distributions: packages, data, plugins."""

import configparser
import re
import tomllib
from pathlib import Path, PurePosixPath

import pytest

pytestmark = pytest.mark.checkout

ROOT = Path(__file__).resolve().parent.parent.parent
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/setup.cfg"))
each_plugin = pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.name)


def configuration(folder):
    parser = configparser.ConfigParser()
    parser.read(folder / "setup.cfg", encoding="utf-8")
    return parser


def words(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


def files_below(folder):
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix not in {".pyc", ".pyo"}
    )


def packages_below(folder, prefix):
    inits = folder.rglob("__init__.py")
    return {".".join((*prefix, *init.parent.relative_to(folder.parent).parts)) for init in inits}


def matches(path, pattern):
    """Say whether a pattern of ``package_data`` takes in ``path``; ``**`` stands for any number of folders."""
    regex = re.escape(pattern).replace(r"/\*\*/", "/(?:.+/)?").replace(r"\*\*", ".+").replace(r"\*", "[^/]*")
    return re.fullmatch(regex, str(PurePosixPath(path))) is not None


def left_behind(source, packages, patterns):
    """Return the files below ``source`` that no wheel would carry. ``packages`` are folders relative to it."""
    homes = sorted(packages, key=lambda folder: len(folder.parts), reverse=True)
    missing = []
    for path in files_below(source):
        inside = path.relative_to(source)
        if path.suffix == ".py" and inside.parent in packages:
            continue
        home = next((folder for folder in homes if inside.is_relative_to(folder)), None)
        if home is None or not any(matches(inside.relative_to(home), pattern) for pattern in patterns):
            missing.append(str(inside))
    return missing


def listed(cfg):
    return set(words(cfg["options"]["packages"]))


def patterns_of(cfg):
    return words(cfg["options.package_data"]["*"])


def test_every_package_folder_is_listed():
    folders = packages_below(ROOT / "core", ("backoffice",)) | packages_below(ROOT / "hookspecs", ("backoffice",))
    missing = sorted(folders - listed(configuration(ROOT)))
    assert not missing, "add to `packages` in setup.cfg:\n    " + "\n    ".join(missing)


def test_no_listed_package_has_gone():
    folders = packages_below(ROOT / "core", ("backoffice",)) | packages_below(ROOT / "hookspecs", ("backoffice",))
    gone = sorted(listed(configuration(ROOT)) - folders - {"backoffice"})
    assert not gone, "remove from `packages` in setup.cfg: " + ", ".join(gone)


def test_the_list_is_sorted_and_starts_with_the_root():
    names = words(configuration(ROOT)["options"]["packages"])
    assert names[0] == "backoffice"
    assert names == sorted(names)


@pytest.mark.parametrize("part", ["core", "hookspecs"])
def test_every_file_of_the_core_is_carried(part):
    cfg = configuration(ROOT)
    folders = {Path(*name.split(".")[1:]) for name in listed(cfg)}
    below = {folder.relative_to(part) for folder in folders if folder.is_relative_to(part)}
    missing = left_behind(ROOT / part, below, patterns_of(cfg))
    assert not missing, "no package and no package_data of setup.cfg takes in: " + ", ".join(missing)


def test_the_command_is_the_only_module_at_the_top():
    assert [path.name for path in ROOT.glob("*.py")] == ["cli.py"]


def test_the_top_is_a_namespace():
    assert not (ROOT / "__init__.py").exists()


@pytest.mark.parametrize("part", ["core", "hookspecs"])
def test_types_are_published(part):
    assert (ROOT / part / "py.typed").exists()


def test_every_folder_of_plugins_is_a_distribution():
    folders = sorted(path for path in ROOT.glob("plugins/*") if path.is_dir() and any(files_below(path)))
    assert folders == PLUGINS


@each_plugin
def test_a_plugin_is_named_alike_everywhere(plugin):
    cfg = configuration(plugin)
    name = plugin.name
    assert cfg["metadata"]["name"] == f"backoffice-{name.replace('_', '-')}"
    assert words(cfg["options.entry_points"]["backoffice"]) == [f"{name} = backoffice_{name}.plugin"]
    assert [path.name for path in (plugin / "src").iterdir() if path.suffix != ".egg-info"] == [f"backoffice_{name}"]


@each_plugin
def test_a_plugin_has_the_same_shape_as_every_other(plugin):
    expected = ["LICENSE", "MANIFEST.in", "README.md", "pyproject.toml", "setup.cfg", "src", "tests"]
    missing = [name for name in expected if not (plugin / name).exists()]
    assert not missing


@each_plugin
def test_a_plugin_builds_with_setuptools_alone(plugin):
    built = tomllib.loads((plugin / "pyproject.toml").read_text(encoding="utf-8"))
    assert built == tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@each_plugin
def test_a_plugin_asks_for_the_core_it_was_made_for(plugin):
    options = configuration(plugin)["options"]
    assert options["python_requires"] == configuration(ROOT)["options"]["python_requires"]
    assert any(re.match(r"backoffice\s*[>~=]", requirement) for requirement in words(options["install_requires"]))


@each_plugin
def test_every_file_of_a_plugin_is_carried(plugin):
    cfg = configuration(plugin)
    source = plugin / "src" / f"backoffice_{plugin.name}"
    assert cfg["options"]["packages"] == "find:"
    folders = {init.parent.relative_to(source) for init in source.rglob("__init__.py")}
    missing = left_behind(source, folders, patterns_of(cfg))
    assert not missing, f"no package_data of {plugin.name}/setup.cfg takes in: " + ", ".join(missing)


def test_a_forgotten_file_is_found(tmp_path):
    for name in ("__init__.py", "static/console.css", "notes.txt", "migrations/0001_start.py", "lost/module.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    patterns = ["static/**", "migrations/**/*.py"]
    assert left_behind(tmp_path, {Path()}, patterns) == ["lost/module.py", "notes.txt"]
