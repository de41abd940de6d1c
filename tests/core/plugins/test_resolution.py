"""Which plugins may load, in which order, and what is said about those that may not."""

import pytest

from backoffice.core.plugins.resolution import resolve, selection_from
from backoffice.core.plugins.states import plain


def names(resolution):
    return [candidate.name for candidate in resolution.order]


def refusal(resolution, name):
    return next(one for one in resolution.refusals if one.candidate.name == name)


def test_dependencies_come_first_and_ties_are_settled_by_name(shelf):
    shelf.install("accounting", needs=["backoffice-parties", "backoffice-taxes"])
    shelf.install("zebra")
    shelf.install("taxes")
    shelf.install("parties")
    shelf.install("sales", needs=["backoffice-parties", "backoffice-products"])
    shelf.install("products")
    assert names(shelf.resolve()) == ["parties", "products", "sales", "taxes", "accounting", "zebra"]


def test_built_in_plugins_come_before_all_others(shelf):
    shelf.install("a_first")
    order = names(shelf.resolve(builtins=("administration", "worker")))
    assert order == ["administration", "worker", "a_first"]


def test_a_disabled_plugin_is_refused_with_the_command_that_enables_it(shelf):
    shelf.install("fleet")
    refused = refusal(shelf.resolve(disabled={"fleet"}), "fleet")
    assert (refused.state, plain(refused.remedy)) == ("disabled", "Run: backoffice plugin enable fleet")


def test_where_plugins_are_enabled_one_by_one_the_others_are_disabled(shelf):
    shelf.install("fleet")
    shelf.install("sales")
    resolution = shelf.resolve(enabled={"sales"}, builtins=("console",))
    assert names(resolution) == ["console", "sales"]


def test_an_allow_list_leaves_out_the_others_and_never_a_built_in_plugin(shelf):
    shelf.install("fleet")
    shelf.install("sales")
    resolution = shelf.resolve(allowed={"sales"}, builtins=("console",))
    assert names(resolution) == ["console", "sales"]
    assert "BACKOFFICE_PLUGINS=fleet,sales" in plain(refusal(resolution, "fleet").remedy)


def test_a_built_in_plugin_can_be_disabled(shelf):
    assert names(shelf.resolve(disabled={"console"}, builtins=("administration", "console"))) == ["administration"]


def test_a_plugin_that_needs_a_newer_core_says_so(shelf):
    shelf.install("fleet", core="backoffice>=2")
    refused = refusal(shelf.resolve(core="1.4.0"), "fleet")
    assert refused.state == "incompatible"
    assert plain(refused.reason) == "It needs backoffice>=2, and the core is 1.4.0."
    assert plain(refused.remedy) == "Run: pip install 'backoffice>=2'"


def test_a_plugin_that_is_too_old_for_the_core_is_to_be_upgraded(shelf):
    shelf.install("fleet", core="backoffice<1")
    refused = refusal(shelf.resolve(core="1.4.0"), "fleet")
    assert plain(refused.remedy) == "Run: pip install --upgrade backoffice-fleet"


def test_a_prerelease_of_the_core_satisfies_a_range_that_holds_it(shelf):
    shelf.install("fleet", core="backoffice>=1.2,<2")
    assert names(shelf.resolve(core="1.5.0.dev3")) == ["fleet"]


def test_a_dependency_that_is_not_installed_is_named_with_the_command_that_installs_it(shelf):
    shelf.install("sales", needs=["backoffice-parties>=1,<2"])
    refused = refusal(shelf.resolve(), "sales")
    assert refused.state == "missing-dependency"
    assert plain(refused.reason) == "It needs backoffice-parties<2,>=1, which is not installed."
    assert plain(refused.remedy) == "Run: pip install 'backoffice-parties<2,>=1'"


def test_a_library_that_is_not_installed_is_a_missing_dependency_too(shelf):
    shelf.install("sync", needs=["httpx2"])
    assert refusal(shelf.resolve(), "sync").state == "missing-dependency"


def test_a_library_that_is_installed_is_none(shelf):
    shelf.install("sync", needs=["HTTPX2>=1"])
    assert names(shelf.resolve(installed={"httpx2": "1.3"}.get)) == ["sync"]


def test_a_dependency_that_is_too_old_makes_a_plugin_incompatible(shelf):
    shelf.install("parties", version="1.0")
    shelf.install("sales", needs=["backoffice-parties>=2"])
    refused = refusal(shelf.resolve(), "sales")
    assert refused.state == "incompatible"
    assert plain(refused.reason) == "It needs backoffice-parties>=2, and 1.0 is installed."


def test_everything_that_needs_a_refused_plugin_is_refused_and_names_the_root_cause(shelf):
    shelf.install("parties", core="backoffice>=9")
    shelf.install("accounting", needs=["backoffice-parties"])
    shelf.install("payroll", needs=["backoffice-accounting"])
    shelf.install("cms")
    resolution = shelf.resolve()
    payroll = refusal(resolution, "payroll")
    assert names(resolution) == ["cms"]
    assert (payroll.state, payroll.root) == ("missing-dependency", "parties")
    assert "parties" in plain(payroll.reason)


def test_the_remedy_of_a_dependent_is_that_of_the_root(shelf):
    shelf.install("parties")
    shelf.install("accounting", needs=["backoffice-parties"])
    shelf.install("payroll", needs=["backoffice-accounting"])
    refused = refusal(shelf.resolve(disabled={"parties"}), "payroll")
    assert plain(refused.remedy) == "Run: backoffice plugin enable parties"


def test_plugins_that_need_each_other_are_refused_with_all_that_need_them_and_no_others(shelf):
    shelf.install("hen", needs=["backoffice-egg"])
    shelf.install("egg", needs=["backoffice-hen"])
    shelf.install("cake", needs=["backoffice-egg"])
    shelf.install("bread")
    resolution = shelf.resolve()
    assert names(resolution) == ["bread"]
    assert plain(refusal(resolution, "hen").reason) == "egg, hen need each other in a circle, so none can come first."
    assert refusal(resolution, "cake").root == "egg"


def test_two_separate_circles_are_both_found(shelf):
    for one, other in (("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")):
        shelf.install(one, needs=[f"backoffice-{other}"])
    resolution = shelf.resolve()
    assert {one.candidate.name: one.state for one in resolution.refusals} == dict.fromkeys("abcd", "incompatible")


def test_a_name_that_is_taken_refuses_the_second_distribution_and_keeps_the_first(shelf):
    shelf.install("fleet", distribution="backoffice-acme-fleet")
    shelf.install("fleet", distribution="backoffice-other-fleet")
    shelf.install("rides", needs=["backoffice-acme-fleet"])
    resolution = shelf.resolve()
    refused = refusal(resolution, "fleet")
    assert names(resolution) == ["fleet", "rides"]
    assert refused.candidate.distribution == "backoffice-other-fleet"
    assert plain(refused.reason) == "The name fleet is taken by backoffice-acme-fleet."


def test_a_plugin_that_needs_the_distribution_whose_name_was_taken_is_refused(shelf):
    shelf.install("fleet", distribution="backoffice-acme-fleet")
    shelf.install("fleet", distribution="backoffice-other-fleet")
    shelf.install("rides", needs=["backoffice-other-fleet"])
    assert refusal(shelf.resolve(), "rides").root == "fleet"


@pytest.mark.parametrize("name", ["core", "backoffice", "console"])
def test_the_names_of_the_core_and_its_own_plugins_cannot_be_taken(shelf, name):
    shelf.install(name, distribution="backoffice-impostor")
    resolution = shelf.resolve(builtins=("console",))
    assert names(resolution) == ["console"]
    assert refusal(resolution, name).state == "incompatible"


@pytest.mark.parametrize("name", ["Fleet", "acme-fleet", "4fleet", "acme.fleet"])
def test_a_name_that_cannot_begin_a_table_is_refused(shelf, name):
    shelf.metadata("backoffice-fleet", points={"backoffice": {name: "fixture_fleet.plugin"}})
    refused = refusal(shelf.resolve(), name)
    assert plain(refused.reason) == "A plugin's name is made of small letters, digits and underscores."


def test_a_package_without_metadata_is_refused_with_that_reason(shelf):
    info = shelf.metadata("backoffice-fleet", points={"backoffice": {"fleet": "fixture_fleet.plugin"}})
    (info / "METADATA").unlink()
    assert plain(refusal(shelf.resolve(), "fleet").reason) == "The metadata of the package is missing."


def test_libraries_are_looked_for_among_what_is_installed(shelf):
    shelf.install("fleet", needs=["pluggy>=1"])
    shelf.install("sync", needs=["surely-nobody-installed-this"])
    assert names(resolve(shelf.discover(), core="1.0")) == ["fleet"]


def test_a_damaged_package_is_refused_and_the_others_go_on(shelf):
    shelf.install("cms")
    shelf.install("fleet", needs=["not ! a requirement"])
    resolution = shelf.resolve()
    assert names(resolution) == ["cms"]
    assert plain(refusal(resolution, "fleet").remedy) == "Run: pip install --force-reinstall backoffice-fleet"


def test_without_a_selection_every_plugin_may_load():
    assert selection_from({}) is None
    assert selection_from({"BACKOFFICE_PLUGINS": " "}) is None


def test_the_environment_selects_plugins_by_name():
    assert selection_from({"BACKOFFICE_PLUGINS": "accounting, parties,"}) == {"accounting", "parties"}


def test_no_plugins_leaves_none_whatever_the_environment_says():
    assert selection_from({"BACKOFFICE_PLUGINS": "accounting"}, no_plugins=True) == frozenset()


def test_a_distribution_that_is_not_trusted_is_refused_with_a_reason_and_nothing_of_it_runs(shelf):
    shelf.install("fleet", "raise SystemExit('this ran')")
    shelf.install("sales")
    shelf.install("tolls", needs=["backoffice-fleet"])
    resolution = shelf.resolve(distributions={"Backoffice_Sales", "backoffice-tolls"}, builtins=("console",))
    assert names(resolution) == ["console", "sales"]
    refused = refusal(resolution, "fleet")
    assert refused.state == "disabled"
    assert "backoffice-fleet is none of them" in plain(refused.reason)
    assert "`allowed`" in plain(refused.remedy)
    assert refusal(resolution, "tolls").root == "fleet"
