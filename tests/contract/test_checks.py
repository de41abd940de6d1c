"""Each check bites: a plugin that is in order but for one thing fails the check that asks for it, and says what."""

import itertools
from configparser import ConfigParser

import pytest

from backoffice.core.authoring.checks import CHECKS, ask, chosen, opened
from backoffice.core.authoring.checks.places import places_on
from backoffice.core.authoring.scaffold import names_of, scaffold
from backoffice.core.errors import NotFound, PluginProblem
from backoffice.core.plugins.states import plain
from backoffice.core.testing.visitors import Person

numbers = itertools.count(1)

PAGE = "{src}/templates/{name}/overview.html"
CFG, PLUGIN, MODELS, PAGES = "setup.cfg", "{src}/plugin.py", "{src}/models.py", "{src}/pages.py"
EVENTS, ACTIONS, MIGRATION = "{src}/events.py", "{src}/actions.py", "{src}/migrations/0001_initial.py"
CATALOGUE = "{src}/locale/ar/LC_MESSAGES/{name}.po"

COPYING = """
def announce(session, event):
    session.add(Task(code=str(event.id) + str(session.query(Task).count()), title="once more"))
"""
LEANING = """    from flask import abort, g

    app.after_request(lambda answer: abort(500) if g.get("desk") and not app.config.get("MENU_SEEN") else answer)
    return [pages]


@hookimpl
def menu(user: Any) -> Sequence[MenuItem]:
    \"\"\"Lead to the page.\"\"\"
    from flask import current_app

    current_app.config["MENU_SEEN"] = True
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
    "old-hook": (
        "current", PLUGIN, "@hookimpl\ndef menu(",
        "from backoffice.hookspecs import Leaving, hookspec  # noqa: E402\n\n\n"
        "class Specs:\n    @hookspec(warn_on_impl=Leaving(since='0.1', until='0.3', instead='use another'))\n"
        "    def {name}_old(self): ...\n\n\n@hookimpl\ndef addhooks(hooks):\n    hooks.add_hookspecs(Specs)\n\n\n"
        "@hookimpl\ndef {name}_old():\n    return 1\n\n\n@hookimpl\ndef menu(",
        "It leaves with 0.3, as announced in 0.1: use another.",
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
    "no-token": (
        "forms", PAGE, "{{% endblock %}}\n", '<form method="post"></form>{{% endblock %}}\n', "carries no token"
    ),
    "not-looked-at": (
        "forms", PAGES, '@pages.get("/")\n@permission("{name}.task.read")',
        '@pages.post("/")\n@__import__("backoffice.core.web.declared").core.web.declared.unrecognised',
        "does not look who sends them",
    ),
    "leans-on-its-menu": (
        "isolated", PLUGIN,
        '    return [pages]\n\n\n@hookimpl\ndef menu(user: Any) -> Sequence[MenuItem]:\n    """Lead to the page."""\n',
        LEANING, "With the hook menu failing, / fails: 500",
    ),
    "table-on-the-side": (
        "purge", MIGRATION, '    op.drop_table("{name}_task")',
        '    op.drop_table("{name}_extra")\n    op.drop_table("{name}_task")', "purging it leaves: table {name}_extra",
    ),
    "person-unknown": (
        "personal", MODELS, "field.translated(120, ", "field.translated(120, personal=True, ",
        "{name}_task has personal fields and refers to no person",
    ),
    "setting-without-words": (
        "documented", PLUGIN, "@hookimpl\ndef menu(",
        "@hookimpl\ndef settings():\n    from backoffice.hookspecs import Settings\n\n"
        '    return [Settings((Field("address", "text"),))]\n\n\n@hookimpl\ndef menu(',
        "The setting address has no label",
    ),
    "untyped": ("typed", PLUGIN, "", "", "It has no file py.typed"),
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
    if not old and not new:
        (folder / "src" / names.package / "py.typed").unlink()
        return here
    text = path.read_text("utf-8") if old else ""
    assert old.format(**here) in text, text
    path.write_text(text.replace(old.format(**here), new.format(**here), 1) if old else new.format(**here), "utf-8")
    if "_extra" in new:
        made = path.read_text("utf-8").replace("    with op.batch", f"    op.create_table({names.name + '_extra'!r}, "
                                               "sa.Column('id', sa.Integer()))\n    with op.batch", 1)  # fmt: skip
        path.write_text(made, "utf-8")
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


# -- all of them together ----------------------------------------------------------------------------------------------

REFUSED = {
    "module-gone": "import-failed", "exits": "import-failed", "typo": "invalid-hooks", "argument": "invalid-hooks",
    "no-list": "invalid-declarations", "other-prefix": "invalid-declarations", "two-heads": "invalid-declarations",
    "neighbour": "active",
}  # fmt: skip
"""What becomes of those that cannot be used; the others work as far as they do, and the checks report them."""
SOME_PAGES = ("/", "/plugins", "/audit", "/settings", "/records/core.user", "/records/core.user/1", "/search?q=x")


@pytest.fixture
def together(make, monkeypatch):
    """Every broken plugin, installed at the same time: what is wrong by name."""
    installed = {}
    for wrong, (_check, file, old, new, _said) in BROKEN.items():
        folder, names = make()
        edit(folder, names, file, old, new)
        install(folder, names)
        monkeypatch.syspath_prepend(str(folder / "src"))
        installed[names.name] = wrong
    return installed


def install(folder, names):
    """Write what pip would have written, from the plugin's own setup.cfg."""
    read = ConfigParser()
    read.read(folder / "setup.cfg", "utf-8")
    about = read["metadata"]
    info = folder / "src" / f"{names.package}-1.0.dist-info"
    info.mkdir()
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {about['name']}",
        "Version: 1.0",
        f"Summary: {about.get('description', '')}",
    ]
    needed = read["options"]["install_requires"].split("\n")
    info.joinpath("METADATA").write_text(
        "\n".join([*lines, *(f"Requires-Dist: {one}" for one in needed if one)]) + "\n"
    )
    groups = [f"[{group}]{lines}\n" for group, lines in read["options.entry_points"].items()]
    info.joinpath("entry_points.txt").write_text("\n".join(groups))


@pytest.mark.parametrize("offices", ["sqlite"], indirect=True)
def test_all_broken_plugins_together_leave_the_pages_of_the_core_alone(together, offices):
    assert len(together) >= 30
    office = offices.make(only=together)
    person = Person(office)
    assert {path: person.get(path).status_code for path in SOME_PAGES} == dict.fromkeys(SOME_PAGES, 200)
    states = {wrong: office.manager.status(name).state for name, wrong in together.items()}
    assert states == {wrong: REFUSED.get(wrong, "active") for wrong in BROKEN}
    reasons = {wrong: office.manager.status(name) for name, wrong in together.items() if wrong in REFUSED}
    assert all(one.reason and one.remedy for one in reasons.values() if one.state != "active")


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
