"""Finding plugins reads their metadata and nothing else."""

import sys
from time import perf_counter

import pytest

from backoffice.core.plugins.discovery import BUILTINS, core_version, discover, normalised


def test_a_plugin_is_found_by_its_entry_point_with_what_its_metadata_says(shelf):
    shelf.install("fleet", needs=["httpx"], version="2.1", summary="Vehicles")
    (found,) = shelf.discover()
    assert (found.name, found.module, found.distribution) == ("fleet", "fixture_fleet.plugin", "backoffice-fleet")
    assert (found.version, found.summary, found.location, found.builtin) == ("2.1", "Vehicles", shelf.path, False)


def test_finding_a_plugin_does_not_import_it(shelf):
    shelf.install("fleet", "raise RuntimeError('imported')")
    shelf.discover()
    assert "fixture_fleet" not in sys.modules


def test_requirements_are_parsed_only_when_asked_for(shelf):
    shelf.install("fleet", needs=["this is not a requirement"])
    (found,) = shelf.discover()
    with pytest.raises(ValueError, match="this is not"):
        _ = found.requires


def test_requirements_of_extras_and_of_other_systems_do_not_count(shelf):
    shelf.install("fleet", needs=["httpx", "typst; extra == 'pdf'", "pywin32; sys_platform == 'nowhere'"])
    (found,) = shelf.discover()
    assert [needed.name for needed in found.requires] == ["backoffice", "httpx"]


def test_the_requirement_on_the_core_is_told_apart(shelf):
    shelf.install("fleet", core="Backoffice>=1.2,<2", needs=["backoffice-parties"])
    (found,) = shelf.discover()
    assert str(found.core_requirement.specifier) == "<2,>=1.2"


def test_a_plugin_that_asks_nothing_of_the_core_has_no_core_requirement(shelf):
    shelf.install("fleet", core="")
    assert shelf.discover()[0].core_requirement is None


def test_the_commands_of_a_plugin_are_found_and_not_loaded(shelf):
    shelf.install("fleet", points={"backoffice.commands": {"fleet": "fixture_fleet.cli:fleet"}})
    (found,) = shelf.discover()
    assert found.commands.value == "fixture_fleet.cli:fleet"


def test_a_plugin_without_commands_has_none(shelf):
    shelf.install("fleet")
    assert shelf.discover()[0].commands is None


def test_a_distribution_may_bring_several_plugins(shelf):
    shelf.metadata("backoffice-pair", points={"backoffice": {"left": "pair.left", "right": "pair.right"}})
    assert [(one.name, one.distribution) for one in shelf.discover()] == [
        ("left", "backoffice-pair"),
        ("right", "backoffice-pair"),
    ]


def test_other_distributions_are_no_plugins(shelf):
    shelf.metadata("unrelated", points={"console_scripts": {"unrelated": "unrelated:main"}})
    shelf.metadata("backoffice-library")
    assert shelf.discover() == []


def test_of_a_distribution_found_twice_the_first_counts_and_the_other_is_remembered(shelf, tmp_path):
    stale = tmp_path / "stale"
    points = {"backoffice": {"fleet": "fixture_fleet.plugin"}}
    shelf.metadata("backoffice-fleet", "0.9", points=points, folder=stale)
    shelf.metadata("Backoffice_Fleet", "1.0", points=points)
    (found,) = shelf.discover(stale, shelf.path)
    assert (found.version, found.location, found.shadowed) == ("0.9", stale, (shelf.path,))


def test_the_same_folder_twice_on_the_path_is_no_shadow(shelf):
    shelf.install("fleet")
    (found,) = shelf.discover(shelf.path, str(shelf.path) + "/")
    assert found.shadowed == ()


def test_the_built_in_plugins_come_first_in_their_own_order_and_with_the_version_of_the_core(shelf):
    shelf.install("accounting")
    found = shelf.discover(builtins=BUILTINS)
    assert [one.name for one in found] == ["administration", "console", "rest", "worker", "accounting"]
    assert {one.version for one in found if one.builtin} == {core_version()}
    assert found[0].module == "backoffice.core.builtin.administration.plugin"


def test_everything_importable_is_searched_by_default(shelf):
    shelf.install("fleet")
    assert "fleet" in [one.name for one in discover()]


def test_a_distribution_without_metadata_is_found_as_damaged(shelf):
    info = shelf.metadata("backoffice-fleet", points={"backoffice": {"fleet": "fixture_fleet.plugin"}})
    (info / "METADATA").unlink()
    (found,) = shelf.discover()
    assert (found.name, found.damage) == ("fleet", "no-metadata")


def test_metadata_without_a_version_is_damage(shelf):
    info = shelf.metadata("backoffice-fleet", points={"backoffice": {"fleet": "fixture_fleet.plugin"}})
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: backoffice-fleet\n")
    assert shelf.discover()[0].damage == "no-name"


def test_an_entry_point_that_names_no_module_is_damage(shelf):
    shelf.install("fleet", module="not-a-module")
    assert shelf.discover()[0].damage == "no-module"


def test_lines_that_are_no_entry_points_are_passed_over(shelf):
    info = shelf.metadata("backoffice-fleet")
    (info / "entry_points.txt").write_text(
        "[backoffice]\n# a note\n; another\nnonsense\nfleet = fixture_fleet.plugin\n"
    )
    assert [one.name for one in shelf.discover()] == ["fleet"]


def test_distribution_names_are_compared_as_indexes_do():
    assert normalised("Backoffice_Acme.Fleet") == "backoffice-acme-fleet"


def test_finding_twenty_five_plugins_takes_a_few_milliseconds(shelf):
    for number in range(25):
        shelf.install(f"plugin{number:02}", needs=["httpx>=1", "backoffice-parties>=1,<2"])
    shelf.discover()
    times = []
    for _again in range(5):
        started = perf_counter()
        assert len(shelf.discover()) == 25
        times.append(perf_counter() - started)
    assert min(times) < 0.05
