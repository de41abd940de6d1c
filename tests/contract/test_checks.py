"""Each check bites: a plugin that is in order but for one thing fails the check that asks for it, and says what."""

import itertools

import pytest

from backoffice.core.authoring.checks import CHECKS, ask, chosen, opened
from backoffice.core.authoring.checks.places import places_on
from backoffice.core.authoring.scaffold import names_of, scaffold
from backoffice.core.errors import NotFound, PluginProblem
from backoffice.core.plugins.states import plain

numbers = itertools.count(1)

CFG, PLUGIN, MODELS, PAGES = "setup.cfg", "{src}/plugin.py", "{src}/models.py", "{src}/pages.py"
EVENTS, ACTIONS, MIGRATION = "{src}/events.py", "{src}/actions.py", "{src}/migrations/0001_initial.py"
CATALOGUE = "{src}/locale/ar/LC_MESSAGES/{name}.po"

COPYING = """
def announce(session, event):
    session.add(Task(code=str(event.id) + str(session.query(Task).count()), title="once more"))
"""
SECOND_HEAD = (
    'revision = "{name}_0002"\ndown_revision = None\n\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n'
)

BROKEN = {
    # what is wrong: (check, file, old text, new text, what is said)
    "no-python": ("metadata", CFG, "python_requires = >=3.11\n", "", "which Python it needs"),
    "no-range": ("metadata", CFG, "backoffice>=0.1,<1", "backoffice", "require backoffice>=0.1,<1"),
    "no-upper-bound": ("metadata", CFG, ">=0.1,<1", ">=0.1", "for which versions of the core"),
    "no-description": ("metadata", CFG, "description = {title}, a plugin for Backoffice\n", "", "no description"),
    "no-readme": ("description", CFG, "long_description = file: README.md\n", "", "no long description"),
    "no-licence": ("description", CFG, "license = MIT\nlicense_files = LICENSE\n", "license_files =\n", "no licence"),
    "module-gone": ("entry-points", CFG, "{package}.plugin", "{package}.plugins", "plugins, which is not there"),
    "commands-no-group": (
        "entry-points", CFG, "{package}.plugin\n",
        "{package}.plugin\nbackoffice.commands =\n    {name} = {package}.models:STATES\n", "no click command",
    ),
    "commands-gone": (
        "entry-points", CFG, "{package}.plugin\n",
        "{package}.plugin\nbackoffice.commands =\n    {name} = {package}.cli:group\n", "cannot be loaded",
    ),
    "other-name": ("names", CFG, "name = backoffice-{path}", "name = acme-desk-for-backoffice", "should be called"),
    "no-templates": ("wheel", CFG, "    templates/**\n", "", "overview.html behind"),
    "heavy": ("light", PLUGIN, "from typing import", "import sqlalchemy\nfrom typing import", "imports sqlalchemy"),
    "heavy-core": (
        "light", PLUGIN, "from typing import", "import backoffice.core.api\nfrom typing import", "backoffice.core"
    ),
    "slow": (
        "light", PLUGIN, '_ = messages("{name}")', '_ = messages("{name}")\nsum(range(5_000_000))', "and 20 are allowed"
    ),
    "private": (
        "public", ACTIONS, "from .models", "from backoffice.core.persistence import Context\nfrom .models",
        "actions.py:8 imports backoffice.core.persistence.Context, which is not for plugins",
    ),
    "not-offered": ("public", ACTIONS, "RuleBroken, Session", "RuleBroken, Sessions", "Sessions, which is not there"),
    "neighbour": (
        "public", ACTIONS, "from .models", "import backoffice_parties.models\nfrom .models", "does not require it"
    ),
    "exits": ("hooks", PLUGIN, '_ = messages("{name}")', "raise SystemExit(1)", "Importing it failed"),
    "typo": ("hooks", PLUGIN, "def menu(", "def menus(", "Nobody offers the hook menus; menu is offered"),
    "argument": ("hooks", PLUGIN, "def menu(user: Any)", "def menu(person: Any)", "do not fit"),
    "no-list": ("hooks", PLUGIN, '[Role("{name}.manager", _("Manager of tasks"), ("{name}.*",))]',
                'Role("{name}.manager", _("Manager of tasks"), ("{name}.*",))', "a list of Role is expected"),
    "other-prefix": (
        "hooks", PLUGIN, '"{name}.finish_task",', '"tasks.finish_task",', "does not read {name}.something"
    ),
    "function-gone": ("declarations", PLUGIN, "actions:finish", "actions:finished", "actions:finished cannot be used"),
    "column-gone": ("declarations", PLUGIN, '"title", "due"', '"name", "due"', "names name, which its model"),
    "no-permission": ("routes", PAGES, '@permission("{name}.task.read")\n', "", "does not say who may open it"),
    "unknown-permission": ("routes", PAGES, "task.read", "task.look", "task.look, which nobody declares"),
    "blueprint-raises": ("routes", PLUGIN, "    from .pages import", "    from .page import", "blueprints failed"),
    "blueprint-name": ("routes", PAGES, 'Blueprint("{name}"', 'Blueprint("tasks"', "should be called {name}"),
    "two-heads": ("one-head", "{src}/migrations/0002_more.py", "", SECOND_HEAD, "{name}_0001, {name}_0002"),
    "no-way-back": (
        "up-down-up", MIGRATION, '    op.drop_table("{name}_task")', "    pass", "leaves: table {name}_task"
    ),
    "model-ahead": (
        "models", MODELS, "    unique =", '    note: Mapped[str | None] = field.text(9, label="Note")\n    unique =',
        "On sqlite, the tables differ from the models",
    ),
    "twice": ("replay", EVENTS, "def announce(", COPYING.replace("{", "{{").replace("}", "}}") + "\n\ndef once(",
              "Hearing the same events again changes {name}_task"),
    "untranslated": ("translations", CATALOGUE, 'msgid "Finish"\n', 'msgid "Finnish"\n', "ar lacks 1 texts"),
}  # fmt: skip


@pytest.fixture
def make(tmp_path):
    """Make a plugin of a name never used before, since this process keeps what it has imported."""

    def make():
        names = names_of(f"acme-no{next(numbers)}")
        return scaffold(names, tmp_path), names

    return make


def outcome(folder, check):
    with opened(str(folder), places_on()) as subject:
        return ask(subject, check)


def edit(folder, names, file, old, new):
    """Replace ``old`` in ``file`` by ``new``; a file that is not there is written."""
    here = {"src": f"src/{names.package}", "name": names.name, "package": names.package, "path": names.path,
            "title": names.title}  # fmt: skip
    path = folder / file.format(**here)
    text = path.read_text("utf-8") if old else ""
    assert old.format(**here) in text, text
    path.write_text(text.replace(old.format(**here), new.format(**here), 1) if old else new.format(**here), "utf-8")
    return here


@pytest.mark.parametrize("wrong", BROKEN)
def test_a_check_finds_what_is_wrong(make, wrong):
    name, file, old, new, said = BROKEN[wrong]
    folder, names = make()
    here = edit(folder, names, file, old, new)
    [check] = chosen([name])
    found = outcome(folder, check)
    assert found.state == "failed", found
    assert said.format(**here) in " ".join(map(plain, found.problems))


def test_a_guard_called_after_nobody_is_found(make):
    folder, names = make()
    edit(
        folder,
        names,
        MODELS,
        "    unique =",
        '    guards = (Guard("tidy_desk", sqlite=(), postgresql=()),)\n    unique =',
    )
    edit(folder, names, MODELS, "import Indexed", "import Guard, Indexed")
    found = outcome(folder, *chosen(["prefixes"]))
    assert [plain(one) for one in found.problems] == [
        f"tidy_desk should begin with {names.name}: another plugin may use it as well."
    ]


def test_folders_that_are_never_looked_into_are_found(make):
    folder, names = make()
    package = folder / "src" / names.package
    (package / "templates" / names.name).rename(package / "templates" / "desk")
    catalogue = package / "locale" / "ar" / "LC_MESSAGES"
    (catalogue / f"{names.name}.po").rename(catalogue / "desk.po")
    found = outcome(folder, *chosen(["prefixes"]))
    assert [plain(problem).split()[0] for problem in found.problems] == ["templates/desk", "desk.po"]


def test_models_without_migrations_are_found(make):
    folder, names = make()
    for path in (folder / "src" / names.package / "migrations").iterdir():
        path.unlink()
    found = outcome(folder, *chosen(["one-head"]))
    assert found.state == "failed"
    assert plain(found.problems[0]).endswith(f"backoffice db revision {names.name}")


def test_a_listener_that_needs_real_facts_is_not_blamed_for_made_up_ones(make):
    folder, names = make()
    edit(folder, names, EVENTS, "    task = session", "    raise RuntimeError(event.facts['code'])\n    task = session")
    found = outcome(folder, *chosen(["replay"]))
    assert found.state == "skipped"
    assert "happen()" in plain(found.problems[0])


def test_a_listener_that_fails_on_real_facts_is_blamed(make):
    folder, names = make()
    edit(folder, names, EVENTS, "    task = session", "    raise RuntimeError('no')\n    task = session")

    def happen(desk):
        desk.execute(f"{names.name}.task.create", code="1", title="x")
        desk.execute(f"{names.name}.finish_task", id=1)

    with opened(str(folder), places_on(), happen=happen) as subject:
        found = ask(subject, *chosen(["replay"]))
    assert found.state == "failed"
    assert "RuntimeError: no" in plain(found.problems[0])


def test_every_check_is_bitten_by_something():
    bitten = {check for check, *_rest in BROKEN.values()} | {"prefixes"}
    assert bitten == {check.name for check in CHECKS}


def test_a_folder_that_cannot_be_built_says_why(make):
    folder, _names = make()
    (folder / "setup.cfg").write_text("[metadata\n")
    with pytest.raises(PluginProblem, match="cannot be built"), opened(str(folder), places_on()):
        pass


def test_a_distribution_without_a_plugin_is_not_judged(make):
    folder, _names = make()
    text = (folder / "setup.cfg").read_text()
    (folder / "setup.cfg").write_text(text.partition("[options.entry_points]")[0])
    with pytest.raises(PluginProblem, match="not a plugin"), opened(str(folder), places_on()):
        pass


def test_a_name_that_is_not_installed_is_not_found():
    with pytest.raises(NotFound, match="acme_nowhere"), opened("acme_nowhere", places_on()):
        pass


def test_a_check_that_there_is_not_is_answered_with_those_there_are():
    with pytest.raises(NotFound, match="up-down-up"):
        chosen(["migrations"])
