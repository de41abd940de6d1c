"""`backoffice plugin`: what is loaded, why something is not, and switching."""

import json


def states(shell, *words):
    return {one["name"]: one for one in json.loads(shell("plugin", "list", "--format", "json", *words).out)}


def test_plugins_are_listed_with_state_and_version(books):
    library = states(books)["library"]
    assert (library["state"], library["version"]) == ("active", "1.0")
    assert "library" in books("plugin", "list").out


def test_built_in_plugins_are_listed_when_asked_for(books):
    assert "administration" not in states(books)
    assert states(books, "--all")["administration"]["builtin"]


def test_a_plugin_is_described_with_location_hooks_and_what_it_brings(books):
    told = json.loads(books("plugin", "info", "library", "--format", "json").out)
    assert "resources" in told["hooks"]
    assert "library.author" in told["resources"]
    assert told["location"]
    assert "library.value" in books("plugin", "info", "library").out


def test_an_unknown_plugin(books):
    assert books("plugin", "info", "nothing").code == 4
    assert books("plugin", "enable", "nothing").code == 4


def test_a_disabled_plugin_is_out_until_it_is_enabled(books):
    assert books("plugin", "disable", "library").code == 0
    assert states(books)["library"]["state"] == "disabled"
    refused = books("list", "library.author")
    assert refused.code == 4
    assert "backoffice plugin enable library" in refused.err
    assert books("plugin", "enable", "library").code == 0
    assert books("list", "library.author").code == 0


def test_switching_twice_says_so(books):
    books("plugin", "disable", "library")
    assert "already" in books("plugin", "disable", "library").out


def test_a_required_plugin_cannot_be_disabled(books):
    books.add('required = ["library"]')
    done = books("plugin", "disable", "library")
    assert done.code == 6
    assert "required" in done.err


def test_what_everything_stands_on_cannot_be_disabled(books):
    assert books("plugin", "disable", "administration").code == 6


def test_what_the_configuration_leaves_out_cannot_be_enabled(books):
    books.add('disabled = ["library"]')
    assert books("plugin", "enable", "library").code == 9


def test_a_required_plugin_that_is_missing_stops_everything_but_the_list(books):
    books.add('required = ["ledger"]')
    refused = books("list", "library.author")
    assert refused.code == 8
    assert "ledger" in refused.err
    assert books("plugin", "list").code == 0


def test_without_plugins_only_the_built_in_ones_are_loaded(books):
    done = books("--no-plugins", "list")
    assert done.code == 0
    assert "core.user" in done.out
    assert "library.author" not in done.out


def test_hook_calls_are_told(books):
    done = books("--trace-hooks", "list", "core.user")
    assert "hook resources (library)" in done.err
    assert "hook" not in done.out


def test_a_plugin_that_fails_is_named_while_the_others_work(books, tmp_path):
    site = tmp_path / "broken"
    info = site / "backoffice_broken-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: backoffice-broken\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[backoffice]\nbroken = fixture_broken_plugin\n")
    (site / "fixture_broken_plugin.py").write_text("raise RuntimeError('it never worked')\n")
    books.environment["PYTHONPATH"] += f":{site}"
    books.environment["BACKOFFICE_PLUGINS"] = "library,broken"
    text = (books.folder / "backoffice.toml").read_text()
    (books.folder / "backoffice.toml").write_text(text.replace('["library"]', '["library", "broken"]'))
    done = books.process("list", "library.author")
    assert done.code == 0
    assert "it never worked" in done.err
    assert "pip install --upgrade backoffice-broken" in done.err
