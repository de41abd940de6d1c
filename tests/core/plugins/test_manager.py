"""Loading plugins: what fails is put aside with all that needs it, and the others go on."""

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from textwrap import dedent

import pytest

from backoffice.core.errors import PluginProblem
from backoffice.core.plugins.manager import PluginManager, Tolerance
from backoffice.core.plugins.states import InstalledPlugin, plain

MENU = """
@hookimpl
def menu(user):
    return [MenuItem("{name}", "{name}.home")]
"""
RAISING = """
@hookimpl
def menu(user):
    raise RuntimeError("no menu today")
"""
OFFERS_COST = """
@hookimpl
def addhooks(hooks):
    class Specs:
        @hookspec
        def inventory_unit_cost(self, product):
            "Give the cost of a unit."
    hooks.add_hookspecs(Specs)
"""
ANSWERS_COST = """
@hookimpl{options}
def inventory_unit_cost(product):
    return 7
"""


def menu(name):
    return MENU.format(name=name)


class Records:
    """What a database would know, kept in a list."""

    def __init__(self, *installed):
        self.known = installed
        self.noted = []

    def installed(self):
        return self.known

    def changed(self, status):
        self.noted.append((status.name, status.state))


# Loading


def test_a_loaded_plugin_is_active_and_its_status_tells_its_hooks(shelf):
    shelf.install("fleet", menu("fleet"), version="2.0", summary="Vehicles")
    status = shelf.load().status("fleet")
    assert (status.state, status.version, status.summary) == ("active", "2.0", "Vehicles")
    assert status.hooks == ("menu",)
    assert status.location == shelf.path


def test_hooks_are_called_dependencies_first_then_by_name(shelf):
    shelf.install("accounting", menu("accounting"), needs=["backoffice-taxes", "backoffice-parties"])
    shelf.install("zebra", menu("zebra"))
    shelf.install("taxes", menu("taxes"))
    shelf.install("parties", menu("parties"))
    manager = shelf.load()
    assert [name for name, _item in manager.hooks.menu(None)] == ["parties", "taxes", "accounting", "zebra"]
    assert manager.active() == ("parties", "taxes", "accounting", "zebra")


def test_a_plugin_may_ask_to_be_called_first_or_last(shelf):
    shelf.install("a", menu("a").replace("@hookimpl", "@hookimpl(trylast=True)"))
    shelf.install("b", menu("b"))
    shelf.install("c", menu("c").replace("@hookimpl", "@hookimpl(tryfirst=True)"))
    assert [name for name, _item in shelf.load().hooks.menu(None)] == ["c", "b", "a"]


def test_a_plugin_that_cannot_be_imported_is_refused_and_the_others_go_on(shelf):
    shelf.install("broken", "import nowhere_to_be_found")
    shelf.install("cms", menu("cms"))
    manager = shelf.load()
    status = manager.status("broken")
    assert manager.active() == ("cms",)
    assert status.state == "import-failed"
    assert "nowhere_to_be_found" in plain(status.reason)
    assert plain(status.remedy) == "Run: pip install --upgrade backoffice-broken"
    assert "Traceback" in status.error_trace


def test_a_plugin_that_exits_on_import_does_not_take_the_process_along(shelf):
    shelf.install("exits", "import sys; sys.exit(3)")
    shelf.install("cms")
    manager = shelf.load()
    assert manager.status("exits").state == "import-failed"
    assert manager.active() == ("cms",)


def test_an_interrupt_while_importing_is_not_held_back(shelf):
    shelf.install("slow", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        shelf.load()


def test_what_needs_a_plugin_that_cannot_be_imported_is_refused_and_never_imported(shelf):
    shelf.install("parties", "1 / 0")
    shelf.install("sales", needs=["backoffice-parties"])
    shelf.install("payroll", needs=["backoffice-sales"])
    manager = shelf.load()
    status = manager.status("payroll")
    assert manager.active() == ()
    assert (status.state, status.root) == ("missing-dependency", "parties")
    assert "ZeroDivisionError" in plain(status.reason)
    assert "fixture_payroll" not in sys.modules


def test_a_disabled_plugin_is_never_imported(shelf):
    shelf.install("fleet")
    manager = shelf.load(disabled={"fleet"})
    assert manager.status("fleet").state == "disabled"
    assert "fixture_fleet" not in sys.modules


def test_a_blocked_plugin_is_never_imported_and_what_needs_it_is_refused(shelf):
    shelf.install("console")
    shelf.install("theme", needs=["backoffice-console"])
    manager = PluginManager()
    manager.block("console")
    shelf.load(manager)
    assert manager.status("console").state == "disabled"
    assert manager.status("theme").root == "console"
    assert "fixture_console" not in sys.modules


def test_blocking_a_running_plugin_silences_it_at_once(shelf):
    shelf.install("fleet", menu("fleet"))
    manager = shelf.load()
    manager.block("fleet")
    assert manager.hooks.menu(None) == []


# Hooks that do not fit


def test_an_argument_that_the_hook_does_not_have_refuses_the_plugin_and_names_it(shelf):
    shelf.install("fleet", "@hookimpl\ndef menu(person): return []")
    shelf.install("cms", menu("cms"))
    manager = shelf.load()
    status = manager.status("fleet")
    assert status.state == "invalid-hooks"
    assert "'person'" in plain(status.reason)
    assert [name for name, _item in manager.hooks.menu(None)] == ["cms"]


def test_fewer_arguments_than_the_hook_has_are_fine(shelf):
    shelf.install("fleet", "@hookimpl\ndef menu(): return [MenuItem('Fleet', 'fleet.home')]")
    assert len(shelf.load().hooks.menu("amal")) == 1


def test_a_mistyped_hook_refuses_the_plugin_and_suggests_what_was_meant(shelf):
    shelf.install("fleet", "@hookimpl\ndef resourcs(): return []")
    status = shelf.load().status("fleet")
    assert status.state == "invalid-hooks"
    assert plain(status.reason) == "Its hooks do not fit. Nobody offers the hook resourcs; resources is offered."


def test_several_plugins_with_mistyped_hooks_are_all_refused_and_the_others_stay(shelf):
    shelf.install("one", "@hookimpl\ndef resourcs(): return []")
    shelf.install("two", "@hookimpl\ndef wholly_unlike_anything(): return []")
    shelf.install("cms", menu("cms"))
    manager = shelf.load()
    assert manager.active() == ("cms",)
    assert plain(manager.status("two").reason).endswith("Nobody offers the hook wholly_unlike_anything.")


def test_no_hook_of_a_refused_plugin_is_called(shelf):
    shelf.install("fleet", menu("fleet") + "@hookimpl\ndef resourcs(): return []")
    assert shelf.load().hooks.menu(None) == []


@pytest.mark.parametrize("marker", ["@hookimpl(wrapper=True)", "@hookimpl(hookwrapper=True)"])
def test_a_wrapper_of_a_core_hook_is_refused(shelf, marker):
    shelf.install("spy", f"{marker}\ndef authorize():\n    return (yield)")
    status = shelf.load().status("spy")
    assert status.state == "invalid-hooks"
    assert plain(status.reason) == "Its hooks do not fit. The hook authorize cannot be wrapped."


def test_an_optional_hook_of_an_absent_neighbour_is_no_mistake(shelf):
    shelf.install("sales", ANSWERS_COST.format(options="(optionalhook=True)"))
    assert shelf.load().active() == ("sales",)


def test_a_hook_of_an_absent_neighbour_that_is_not_optional_refuses_the_plugin(shelf):
    shelf.install("sales", ANSWERS_COST.format(options=""))
    assert shelf.load().status("sales").state == "invalid-hooks"


def test_a_hook_that_one_plugin_adds_is_implemented_by_another(shelf):
    shelf.install("inventory", OFFERS_COST)
    shelf.install("lots", ANSWERS_COST.format(options=""), needs=["backoffice-inventory"])
    assert shelf.load().hooks.call("inventory_unit_cost", product="bolt") == [7]


def test_an_argument_is_checked_against_the_hook_that_another_plugin_adds(shelf):
    shelf.install("inventory", OFFERS_COST)
    shelf.install("lots", "@hookimpl\ndef inventory_unit_cost(article): ...", needs=["backoffice-inventory"])
    manager = shelf.load()
    assert manager.status("lots").state == "invalid-hooks"
    assert manager.active() == ("inventory",)


def test_a_plugin_may_add_only_hooks_that_begin_with_its_name(shelf):
    shelf.install("stock", OFFERS_COST)
    status = shelf.load().status("stock")
    assert status.state == "invalid-hooks"
    assert "inventory_unit_cost cannot be added by stock" in plain(status.reason)


def test_a_plugin_whose_addhooks_raises_is_refused_with_its_dependents(shelf):
    shelf.install("inventory", "@hookimpl\ndef addhooks(hooks): raise RuntimeError('no hooks')")
    shelf.install("lots", needs=["backoffice-inventory"])
    manager = shelf.load()
    assert manager.status("inventory").state == "invalid-hooks"
    assert manager.status("lots").root == "inventory"


def test_adding_no_hook_at_all_is_a_mistake(shelf):
    shelf.install("inventory", "@hookimpl\ndef addhooks(hooks): hooks.add_hookspecs(object)")
    assert shelf.load().status("inventory").state == "invalid-hooks"


def test_two_entry_points_to_one_module_refuse_the_second_registered(shelf):
    shelf.install("fleet", menu("fleet"))
    shelf.install("twin", module="fixture_fleet.plugin")
    manager = shelf.load()
    assert sorted(status.state for status in manager.statuses()) == ["active", "invalid-hooks"]


# Required plugins


def test_a_required_plugin_that_is_refused_stops_the_start_and_says_why(shelf):
    shelf.install("accounting", "1 / 0")
    with pytest.raises(PluginProblem, match="accounting is required") as stopped:
        shelf.load(required=["accounting"])
    assert "ZeroDivisionError" in plain(stopped.value.why)
    assert stopped.value.details["state"] == "import-failed"


def test_a_required_plugin_that_is_not_installed_stops_the_start_with_the_command_that_installs_it(shelf):
    with pytest.raises(PluginProblem) as stopped:
        shelf.load(required=["acme_fleet"])
    assert plain(stopped.value.remedy) == "Run: pip install backoffice-acme-fleet"


def test_a_required_plugin_whose_dependency_is_disabled_stops_the_start(shelf):
    shelf.install("parties")
    shelf.install("accounting", needs=["backoffice-parties"])
    with pytest.raises(PluginProblem) as stopped:
        shelf.load(required=["accounting"], disabled={"parties"})
    assert plain(stopped.value.remedy) == "Run: backoffice plugin enable parties"


def test_a_required_plugin_that_is_active_lets_the_start_go_on(shelf):
    shelf.install("accounting")
    assert shelf.load(required=["accounting"]).active() == ("accounting",)


# Failing at run time


def test_a_failing_isolated_hook_does_not_stop_the_others(shelf):
    shelf.install("broken", RAISING)
    shelf.install("cms", menu("cms"))
    manager = shelf.load()
    assert [name for name, _item in manager.hooks.menu(None)] == ["cms"]
    assert manager.is_active("broken")


def test_a_hook_that_exits_does_not_take_the_process_along(shelf):
    shelf.install("exits", "@hookimpl\ndef menu(user): raise SystemExit(1)")
    assert shelf.load().hooks.menu(None) == []


def test_a_failure_is_logged_with_the_plugin_and_its_version(shelf, caplog, capsys):
    shelf.install("broken", RAISING, version="3.2")
    shelf.load().hooks.menu(None)
    said = caplog.text + "".join(capsys.readouterr())
    assert "broken" in said
    assert "3.2" in said
    assert "no menu today" in said


def test_a_plugin_that_fails_too_often_is_quarantined(shelf, clock):
    shelf.install("broken", RAISING)
    manager = shelf.load(PluginManager(clock=clock, tolerance=Tolerance(3, timedelta(minutes=10))))
    for _time in range(2):
        manager.hooks.menu(None)
    assert manager.is_active("broken")
    manager.hooks.menu(None)
    status = manager.status("broken")
    assert status.state == "quarantined"
    assert plain(status.reason).startswith("Its hooks failed 3 times within 10 minutes, last menu:")
    assert "no menu today" in status.error_trace


def test_failures_that_lie_far_apart_do_not_add_up(shelf, clock):
    shelf.install("broken", RAISING)
    manager = shelf.load(PluginManager(clock=clock, tolerance=Tolerance(3, timedelta(minutes=10))))
    for _time in range(10):
        manager.hooks.menu(None)
        clock.at += timedelta(minutes=6)
    assert manager.is_active("broken")


def test_a_quarantined_plugin_is_not_called_again(shelf):
    shelf.install("fleet", menu("fleet"))
    manager = shelf.load()
    manager.quarantine("fleet", "It misbehaves.")
    assert manager.hooks.menu(None) == []


def test_what_needs_a_quarantined_plugin_is_quarantined_with_it(shelf):
    shelf.install("taxes")
    shelf.install("accounting", menu("accounting"), needs=["backoffice-taxes"])
    manager = shelf.load()
    manager.quarantine("taxes", "It misbehaves.")
    status = manager.status("accounting")
    assert (status.state, status.root) == ("quarantined", "taxes")


def test_a_required_plugin_and_what_it_needs_are_never_quarantined_for_isolated_failures(shelf, clock):
    shelf.install("parties", RAISING)
    shelf.install("accounting", RAISING, needs=["backoffice-parties"])
    manager = PluginManager(clock=clock, tolerance=Tolerance(2))
    shelf.load(manager, required=["accounting"])
    for _time in range(9):
        manager.hooks.menu(None)
    assert manager.active() == ("parties", "accounting")


def test_quarantining_a_required_plugin_stops_the_process(shelf):
    shelf.install("accounting")
    manager = shelf.load(required=["accounting"])
    with pytest.raises(PluginProblem, match="accounting is required"):
        manager.quarantine("accounting", "It misbehaves.")


def test_a_quarantine_is_recorded_together_with_the_dependents(shelf):
    shelf.install("taxes")
    shelf.install("accounting", needs=["backoffice-taxes"])
    records = Records()
    manager = shelf.load(PluginManager(records=records))
    manager.quarantine("taxes", "It misbehaves.")
    assert records.noted == [("taxes", "quarantined"), ("accounting", "quarantined")]


def test_refusals_at_the_start_are_not_recorded_as_changes(shelf):
    shelf.install("broken", "1 / 0")
    records = Records()
    shelf.load(PluginManager(records=records))
    assert records.noted == []


def test_a_quarantine_that_cannot_be_recorded_holds_all_the_same(shelf):
    class Full(Records):
        def changed(self, status):
            raise OSError("the disk is full")

    shelf.install("fleet", menu("fleet"))
    manager = shelf.load(PluginManager(records=Full()))
    manager.quarantine("fleet", "It misbehaves.")
    assert manager.status("fleet").state == "quarantined"


def test_plugins_may_be_quarantined_while_others_are_calling_hooks(shelf):
    for number in range(8):
        shelf.install(f"fleet{number}", menu(f"fleet{number}"))
    shelf.install("cms", menu("cms"))
    manager = shelf.load()
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(manager.hooks.menu, None) for _call in range(400)]
        for number in range(8):
            manager.quarantine(f"fleet{number}", "It misbehaves.")
        assert all("cms" in [name for name, _item in call.result()] for call in calls)
    assert manager.active() == ("cms",)


def test_a_plugin_whose_tables_are_old_is_put_aside_by_the_office(shelf):
    shelf.install("fleet", menu("fleet"))
    manager = shelf.load()
    manager.refuse("fleet", "needs-migration", "Two migrations are pending.", "Run: backoffice db upgrade")
    assert manager.status("fleet").state == "needs-migration"
    assert manager.hooks.menu(None) == []


def test_refusing_a_plugin_twice_keeps_the_first_reason(shelf):
    shelf.install("fleet")
    manager = shelf.load()
    manager.quarantine("fleet", "First.")
    manager.quarantine("fleet", "Second.")
    assert manager.status("fleet").reason == "First."


# Starting up and shutting down


def test_a_failing_start_up_quarantines_the_plugin_and_what_needs_it_without_starting_that(shelf):
    shelf.install("broken", "@hookimpl\ndef startup(office): raise RuntimeError('no licence')")
    shelf.install("child", "@hookimpl\ndef startup(office): office.append('child')", needs=["backoffice-broken"])
    shelf.install("cms", "@hookimpl\ndef startup(office): office.append('cms')")
    manager = shelf.load()
    started = []
    manager.hooks.startup(started)
    assert started == ["cms"]
    assert manager.status("broken").state == "quarantined"
    assert "no licence" in plain(manager.status("broken").reason)
    assert manager.status("child").root == "broken"


def test_a_required_plugin_whose_start_up_fails_stops_the_start(shelf):
    shelf.install("accounting", "@hookimpl\ndef startup(office): 1 / 0")
    manager = shelf.load(required=["accounting"])
    with pytest.raises(PluginProblem, match="accounting is required"):
        manager.hooks.startup(None)


def test_plugins_are_started_dependencies_first_and_put_away_in_reverse(shelf):
    for name, needs in (("parties", []), ("sales", ["backoffice-parties"])):
        code = f"""
        @hookimpl
        def startup(office): office.append("start {name}")
        @hookimpl
        def shutdown(office): office.append("stop {name}")
        """
        shelf.install(name, code, needs=needs)
    hooks = shelf.load().hooks
    said = []
    hooks.startup(said)
    hooks.shutdown(said)
    assert said == ["start parties", "start sales", "stop sales", "stop parties"]


def test_a_failing_shutdown_does_not_keep_the_others_from_theirs(shelf):
    shelf.install("broken", "@hookimpl\ndef shutdown(office): 1 / 0")
    shelf.install("cms", "@hookimpl\ndef shutdown(office): office.append('cms')")
    said = []
    shelf.load().hooks.shutdown(said)
    assert said == ["cms"]


# Asking


def test_statuses_list_the_active_in_call_order_then_the_others_then_the_orphans(shelf):
    shelf.install("zebra")
    shelf.install("sales", needs=["backoffice-zebra"])
    shelf.install("broken", "1 / 0")
    shelf.install("away")
    records = Records(InstalledPlugin("gone", "backoffice-gone", "1.1"), InstalledPlugin("zebra", "backoffice-zebra"))
    manager = shelf.load(PluginManager(records=records), disabled={"away"})
    assert [(status.name, status.state) for status in manager.statuses()] == [
        ("zebra", "active"),
        ("sales", "active"),
        ("away", "disabled"),
        ("broken", "import-failed"),
        ("gone", "orphaned"),
    ]


def test_an_orphan_is_told_how_to_come_back(shelf):
    manager = shelf.load(PluginManager(records=Records(InstalledPlugin("gone", "backoffice-gone", "1.1"))))
    (orphan,) = manager.statuses()
    assert plain(orphan.remedy) == "Run: pip install backoffice-gone"


def test_two_distributions_with_one_name_are_both_listed(shelf):
    shelf.install("fleet", distribution="backoffice-acme-fleet")
    shelf.install("fleet", distribution="backoffice-other-fleet")
    listed = [(status.distribution, status.state) for status in shelf.load().statuses()]
    assert listed == [("backoffice-acme-fleet", "active"), ("backoffice-other-fleet", "incompatible")]


def test_the_direct_needs_of_a_plugin_are_known(shelf):
    shelf.install("parties")
    shelf.install("sales", needs=["backoffice-parties"])
    shelf.install("returns", needs=["backoffice-sales"])
    assert shelf.load().needs("returns") == {"sales"}


def test_nobody_has_no_status(shelf):
    assert shelf.load().status("nobody") is None


def test_the_folders_a_plugin_brings_are_found_beside_its_module(shelf):
    package = shelf.install("fleet")
    (package / "templates").mkdir()
    (package / "migrations").mkdir()
    manager = shelf.load()
    folders = manager.folders("fleet")
    assert manager.package_of("fleet") == "fixture_fleet"
    assert (folders.templates, folders.migrations) == (package / "templates", package / "migrations")
    assert (folders.static, folders.locale) == (None, None)


def test_a_plugin_that_is_a_single_module_brings_no_folders(shelf):
    (shelf.path / "fixture_single.py").write_text(dedent("from backoffice.hookspecs import hookimpl"))
    shelf.metadata("backoffice-single", points={"backoffice": {"single": "fixture_single"}})
    manager = shelf.load()
    assert manager.package_of("single") == ""
    assert manager.folders("single").templates is None


def test_the_module_of_a_plugin_that_was_not_loaded_cannot_be_had(shelf):
    shelf.install("fleet")
    manager = shelf.load(disabled={"fleet"})
    with pytest.raises(PluginProblem, match="backoffice plugin enable fleet"):
        manager.module_of("fleet")


def test_the_module_of_a_plugin_that_does_not_exist_cannot_be_had(shelf):
    with pytest.raises(PluginProblem, match="not installed"):
        shelf.load().module_of("nobody")


def test_watchers_are_told_when_plugins_are_put_aside(shelf):
    shelf.install("fleet")
    manager = shelf.load()
    seen = []
    manager.on_change(lambda: seen.append(manager.active()))
    manager.quarantine("fleet", "It misbehaves.")
    assert seen == [()]
