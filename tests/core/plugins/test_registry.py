"""What the loaded plugins declare, looked up by name, and declarations that cannot be used."""

from functools import partial

import pytest

from backoffice.core.errors import NotFound, PluginProblem
from backoffice.core.plugins.declarations import prefix_of
from backoffice.core.plugins.functions import function_name, resolve_function
from backoffice.core.plugins.states import plain
from backoffice.hookspecs import Role


def code(**hooks):
    """Write a ``plugin.py`` whose hooks return lists, given as source."""
    return "\n".join(f"@hookimpl\ndef {name}():\n    return [{given}]\n" for name, given in hooks.items())


FLEET = code(
    resources="Resource('fleet.vehicle', object, label='Vehicle', plural='Vehicles')",
    actions="Action('fleet.drive', print, resource='fleet.vehicle'), Action('fleet.wash', print)",
    reports="Report('fleet.mileage', print)",
    documents="Document('fleet.card', 'fleet.vehicle', 'card.html', print)",
    jobs="Job('fleet.remind', 'json:dumps')",
    events="Event('fleet.driven')",
    listeners="On('fleet.driven', 'json:dumps'), On('fleet.driven', 'json:loads', later=True, name='slowly')",
    permissions="Permission('fleet.manage', 'Manage the fleet')",
    roles="Role('fleet.driver', 'Driver', ('fleet.*',))",
    settings="Settings((Field('reminder'),)), Settings((Field('depot'),), scope='system')",
)


@pytest.fixture
def fleet(shelf):
    """The registry of one plugin that declares one of everything."""
    shelf.install("fleet", FLEET)
    return shelf.collect()[1]


def refused(shelf, source, **others):
    """Install ``source`` as the plugin fleet and return why it is refused."""
    shelf.install("fleet", source)
    for name, other in others.items():
        shelf.install(name, other)
    manager, _registry = shelf.collect()
    status = manager.status("fleet")
    assert status.state == "invalid-declarations"
    return plain(status.reason)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("resources", "fleet.vehicle"),
        ("actions", "fleet.drive"),
        ("reports", "fleet.mileage"),
        ("documents", "fleet.card"),
        ("jobs", "fleet.remind"),
        ("events", "fleet.driven"),
        ("permissions", "fleet.manage"),
        ("roles", "fleet.driver"),
    ],
)
def test_each_kind_is_found_by_name_and_knows_its_owner(fleet, kind, name):
    assert getattr(fleet, kind)[name] is fleet.get(kind, name)
    assert fleet.owner_of(kind, name) == "fleet"


def test_settings_are_found_by_plugin_and_each_by_its_own_name(fleet):
    group, field = fleet.setting("fleet", "depot")
    assert [one.scope for one in fleet.settings["fleet"]] == ["company", "system"]
    assert (group.scope, field.name) == ("system", "depot")


def test_a_setting_that_does_not_exist_is_not_found(fleet):
    with pytest.raises(NotFound):
        fleet.setting("fleet", "colour")


def test_models_are_found_by_plugin_dependencies_first(shelf):
    shelf.install("zebra", "@hookimpl\ndef models(): return 'zebra base'")
    shelf.install("sales", "@hookimpl\ndef models(): return 'sales base'", needs=["backoffice-zebra"])
    assert list(shelf.collect()[1].models.items()) == [("zebra", "zebra base"), ("sales", "sales base")]


def test_listeners_are_found_by_event_with_stable_names(fleet):
    heard = [(one.plugin, one.name, one.later) for one in fleet.listeners["fleet.driven"]]
    assert heard == [("fleet", "json:dumps", False), ("fleet", "slowly", True)]


def test_listeners_of_several_plugins_are_called_dependencies_first(shelf):
    listener = code(listeners="On('zebra.seen', print)")
    shelf.install("zebra", code(events="Event('zebra.seen')", listeners="On('zebra.seen', print)"))
    shelf.install("accounting", listener, needs=["backoffice-zebra"])
    heard = shelf.collect()[1].listeners["zebra.seen"]
    assert [one.plugin for one in heard] == ["zebra", "accounting"]


def test_the_actions_and_documents_of_a_resource_are_listed(fleet):
    assert [action.name for action in fleet.actions_of("fleet.vehicle")] == ["fleet.drive"]
    assert [document.name for document in fleet.documents_of("fleet.vehicle")] == ["fleet.card"]


def test_what_does_not_exist_is_not_found(fleet):
    with pytest.raises(NotFound, match=r"There is no fleet\.fly"):
        fleet.get("actions", "fleet.fly")
    with pytest.raises(NotFound):
        fleet.owner_of("actions", "fleet.fly")


def test_what_a_plugin_that_is_not_installed_would_have_is_not_found_for_that_reason(fleet):
    with pytest.raises(NotFound, match="No plugin called payroll is installed"):
        fleet.get("actions", "payroll.run")


def test_what_a_refused_plugin_would_have_is_not_found_with_its_reason(shelf):
    shelf.install("fleet", FLEET)
    _manager, registry = shelf.collect(disabled={"fleet"})
    with pytest.raises(NotFound, match="backoffice plugin enable fleet"):
        registry.get("actions", "fleet.drive")


# Permissions


def test_permissions_follow_from_resources_actions_and_reports(fleet):
    assert sorted(fleet.permissions) == [
        "fleet.drive",
        "fleet.manage",
        "fleet.mileage",
        "fleet.vehicle.change",
        "fleet.vehicle.create",
        "fleet.vehicle.delete",
        "fleet.vehicle.read",
        "fleet.wash",
    ]


def test_a_derived_permission_is_worded_by_what_it_permits(fleet):
    assert plain(fleet.permissions["fleet.vehicle.create"].label) == "Create: Vehicles"


def test_a_resource_that_cannot_be_deleted_has_no_permission_to(shelf):
    shelf.install("fleet", code(resources="Resource('fleet.trip', object, operations=frozenset({'create'}))"))
    registry = shelf.collect()[1]
    assert sorted(registry.permissions) == ["fleet.trip.create", "fleet.trip.read"]


def test_a_permission_declared_by_hand_keeps_its_label(shelf):
    source = code(
        actions="Action('fleet.drive', print, label='Drive')",
        permissions="Permission('fleet.drive', 'Take a car')",
    )
    shelf.install("fleet", source)
    assert shelf.collect()[1].permissions["fleet.drive"].label == "Take a car"


def test_an_action_that_asks_for_another_permission_brings_none_of_its_own_name(shelf):
    shelf.install("fleet", code(actions="Action('fleet.drive', print, permission='fleet.use')"))
    assert list(shelf.collect()[1].permissions) == ["fleet.use"]


def test_patterns_expand_to_the_permissions_there_are(fleet):
    assert fleet.expand(["*.read"]) == {"fleet.vehicle.read"}
    assert fleet.expand(["fleet.vehicle.*", "fleet.drive", "payroll.*"]) == {
        "fleet.drive",
        *(f"fleet.vehicle.{verb}" for verb in ("read", "create", "change", "delete")),
    }


def test_a_role_grants_everything_its_patterns_name(fleet):
    assert set(fleet.grants(fleet.roles["fleet.driver"])) == set(fleet.permissions)


def test_a_role_grants_nothing_its_patterns_do_not_name(fleet):
    assert fleet.grants(Role("fleet.reader", "Reader", ("*.read",))) == {"fleet.vehicle.read": "all"}


def test_a_permission_named_in_full_keeps_its_scope_and_of_patterns_the_widest_counts(shelf):
    scopes = "{'fleet.*': 'own', '*.read': 'branch', 'fleet.drive': 'company'}"
    source = FLEET.replace("('fleet.*',)", scopes)
    shelf.install("fleet", source)
    registry = shelf.collect()[1]
    granted = registry.grants(registry.roles["fleet.driver"])
    assert granted["fleet.drive"] == "company"
    assert granted["fleet.vehicle.read"] == "branch"
    assert granted["fleet.wash"] == "own"


# Declarations that cannot be used


@pytest.mark.parametrize("name", ["vehicle", "other.vehicle", "fleet.Vehicle", "fleet.", "fleet.a b", "fleetx.a"])
def test_a_name_must_begin_with_the_plugins(shelf, name):
    assert name in refused(shelf, code(resources=f"Resource({name!r}, object)"))


def test_a_name_that_belongs_to_another_plugin_names_both(shelf):
    reason = refused(shelf, code(events="Event('sales.ordered')"), sales=code(events="Event('sales.ordered')"))
    assert reason == "Its declarations cannot be used: sales.ordered is declared by sales and by fleet."


def test_a_plugin_whose_name_another_took_stays(shelf):
    shelf.install("fleet", code(events="Event('sales.ordered')"))
    shelf.install("sales", code(events="Event('sales.ordered')"))
    manager, registry = shelf.collect()
    assert manager.active() == ("sales",)
    assert registry.owner_of("events", "sales.ordered") == "sales"


def test_a_name_declared_twice_is_refused(shelf):
    source = code(actions="Action('fleet.drive', print), Action('fleet.drive', repr)")
    assert "fleet.drive is declared twice by fleet" in refused(shelf, source)


def test_an_action_of_an_unknown_resource_is_refused(shelf):
    source = code(actions="Action('fleet.drive', print, resource='fleet.car')")
    assert "the resource fleet.car, which no active plugin declares" in refused(shelf, source)


def test_a_document_of_an_unknown_resource_is_refused(shelf):
    source = code(documents="Document('fleet.card', 'fleet.car', 'card.html', print)")
    assert "fleet.car" in refused(shelf, source)


def test_an_action_the_core_makes_itself_cannot_be_declared(shelf):
    source = code(
        resources="Resource('fleet.vehicle', object)",
        actions="Action('fleet.vehicle.create', print)",
    )
    assert "fleet.vehicle.create is an action the core makes itself" in refused(shelf, source)


def test_a_field_named_twice_is_refused(shelf):
    source = code(reports="Report('fleet.mileage', print, fields=(Field('year'), Field('year')))")
    assert "fleet.mileage has the field year twice" in refused(shelf, source)


def test_an_unknown_permission_of_another_plugin_is_refused(shelf):
    source = code(actions="Action('fleet.drive', print, permission='sales.drive')")
    assert "the permission sales.drive, which no active plugin declares" in refused(shelf, source)


def test_a_known_permission_of_another_plugin_is_accepted(shelf):
    shelf.install("sales", code(actions="Action('sales.order', print, permission='sales.sell')"))
    shelf.install("fleet", code(actions="Action('fleet.deliver', print, permission='sales.sell')"))
    assert shelf.collect()[0].active() == ("fleet", "sales")


def test_a_listener_to_an_event_that_an_active_plugin_never_says_is_refused(shelf):
    source = code(listeners="On('sales.orderd', print)")
    assert "sales.orderd" in refused(shelf, source, sales=code(events="Event('sales.ordered')"))


def test_a_listener_to_an_event_of_an_absent_plugin_waits_for_it(shelf):
    shelf.install("fleet", code(listeners="On('sales.ordered', print)"))
    assert shelf.collect()[0].active() == ("fleet",)


def test_two_listeners_of_one_name_are_refused(shelf):
    source = code(listeners="On('sales.ordered', print), On('sales.ordered', print, later=True)")
    assert "sales.ordered → builtins:print is declared twice" in refused(shelf, source)


def test_a_setting_declared_twice_is_refused(shelf):
    source = code(settings="Settings((Field('depot'),)), Settings((Field('depot'),), scope='system')")
    assert "the setting depot is declared twice" in refused(shelf, source)


def test_what_needs_a_plugin_with_unusable_declarations_is_refused_and_the_others_stay(shelf):
    shelf.install("parties", code(events="Event('wrong')"))
    shelf.install("sales", code(events="Event('sales.ordered')"), needs=["backoffice-parties"])
    shelf.install("cms", code(events="Event('cms.published')"))
    manager, registry = shelf.collect()
    assert manager.status("sales").root == "parties"
    assert list(registry.events) == ["cms.published"]


def test_what_uses_the_resource_of_a_plugin_refused_meanwhile_is_refused_too(shelf):
    shelf.install("parties", code(resources="Resource('parties.party', object)", events="Event('wrong')"))
    shelf.install("sync", code(actions="Action('sync.push', print, resource='parties.party')"))
    manager, _registry = shelf.collect()
    assert manager.status("sync").state == "invalid-declarations"


def test_a_required_plugin_with_unusable_declarations_stops_the_start(shelf):
    shelf.install("accounting", code(events="Event('wrong')"))
    with pytest.raises(PluginProblem, match="accounting is required"):
        shelf.collect(required=["accounting"])


def test_only_the_built_in_administration_owns_the_names_of_the_core():
    assert prefix_of("administration", builtin=True) == "core"
    assert prefix_of("administration", builtin=False) == "administration"
    assert prefix_of("console", builtin=True) == "console"


# Plugins put aside while running


def test_what_a_quarantined_plugin_declared_disappears(shelf):
    shelf.install("fleet", FLEET)
    shelf.install("cms", code(events="Event('cms.published')"))
    manager, registry = shelf.collect()
    manager.quarantine("fleet", "It misbehaves.")
    assert list(registry.events) == ["cms.published"]
    assert (registry.actions, registry.permissions, registry.settings) == ({}, {}, {})


def test_what_a_quarantined_plugin_would_hear_is_kept_for_it(shelf):
    shelf.install("fleet", FLEET)
    manager, registry = shelf.collect()
    assert not any(one.aside for heard in registry.listeners.values() for one in heard)
    manager.quarantine("fleet", "It misbehaves.")
    kept = [one for heard in registry.listeners.values() for one in heard]
    assert kept
    assert all(one.aside and one.later for one in kept)


def test_lookups_taken_before_a_quarantine_stay_whole(shelf):
    shelf.install("fleet", FLEET)
    manager, registry = shelf.collect()
    before = registry.actions
    manager.quarantine("fleet", "It misbehaves.")
    assert "fleet.drive" in before


# Functions


def test_a_function_is_used_as_it_is():
    assert resolve_function(print) is print


def test_a_reference_is_imported():
    import json

    assert resolve_function("json:dumps") is json.dumps
    assert resolve_function("json:JSONEncoder.default") is json.JSONEncoder.default


@pytest.mark.parametrize("reference", ["nowhere:fn", "json:nothing", "json", ":", "json:__doc__"])
def test_a_reference_that_leads_nowhere_says_so(reference):
    with pytest.raises(PluginProblem, match="cannot be used"):
        resolve_function(reference)


def test_functions_have_the_names_by_which_they_could_be_referred_to():
    assert function_name("json:dumps") == "json:dumps"
    assert function_name(partial) == "functools:partial"
    assert (
        function_name(partial(resolve_function, "json:dumps")) == "backoffice.core.plugins.functions:resolve_function"
    )
