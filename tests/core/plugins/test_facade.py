"""Each hook through the facade, with its policy."""

import pytest

from backoffice.core.plugins.manager import PluginManager
from backoffice.core.plugins.states import plain
from backoffice.hookspecs import CoreHooks


def hook(name, arguments, body):
    return f"@hookimpl\ndef {name}({arguments}):\n    {body}\n"


def only(shelf, name, arguments, body):
    """Load one plugin that implements one hook and return the facade."""
    shelf.install("fleet", hook(name, arguments, body))
    return shelf.load().hooks


def test_every_hook_of_the_core_has_a_method_or_is_called_while_loading():
    named = {name for name in vars(CoreHooks) if not name.startswith("_")}
    hooks = PluginManager().hooks
    assert {name for name in named if not hasattr(hooks, name)} == {"addhooks"}


# Strict at load


def test_hook_models(shelf):
    assert only(shelf, "models", "", "return object").models() == [("fleet", object)]


def test_a_plugin_that_gives_no_models_has_none(shelf):
    assert only(shelf, "models", "", "return None").models() == []


@pytest.mark.parametrize(
    ("name", "noun"),
    [
        ("resources", "Resource('fleet.vehicle', object)"),
        ("actions", "Action('fleet.drive', print)"),
        ("reports", "Report('fleet.mileage', print)"),
        ("documents", "Document('fleet.card', 'fleet.vehicle', 'card.html', print)"),
        ("jobs", "Job('fleet.remind', print)"),
        ("events", "Event('fleet.driven')"),
        ("listeners", "On('fleet.driven', print)"),
        ("settings", "Settings((Field('reminder'),))"),
        ("permissions", "Permission('fleet.manage')"),
        ("roles", "Role('fleet.driver', 'Driver', ('fleet.*',))"),
    ],
)
def test_declarations_come_with_the_name_of_their_plugin(shelf, name, noun):
    hooks = only(shelf, name, "", f"return [{noun}]")
    ((plugin, given),) = getattr(hooks, name)()
    assert (plugin, type(given).__name__) == ("fleet", noun.partition("(")[0])


def test_a_plugin_whose_declarations_raise_is_refused_and_the_others_go_on(shelf):
    shelf.install("broken", hook("actions", "", "raise RuntimeError('no verbs')"))
    shelf.install("fleet", hook("actions", "", "return [Action('fleet.drive', print)]"))
    manager = shelf.load()
    assert [name for name, _action in manager.hooks.actions()] == ["fleet"]
    status = manager.status("broken")
    assert status.state == "invalid-declarations"
    assert plain(status.reason) == "Its hook actions failed: RuntimeError('no verbs')."


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("Report('fleet.mileage', print)", "not Report"),
        ("'fleet.drive'", "not str"),
        ("{'fleet.drive': print}", "not dict"),
        ("[Report('fleet.mileage', print)]", "it holds Report"),
    ],
)
def test_a_plugin_that_declares_something_else_is_refused_and_told_what(shelf, given, said):
    shelf.install("fleet", hook("actions", "", f"return {given}"))
    manager = shelf.load()
    assert manager.hooks.actions() == []
    assert said in plain(manager.status("fleet").reason)


def test_declarations_may_be_generated(shelf):
    assert len(only(shelf, "actions", "", "yield Action('fleet.drive', print)").actions()) == 1


def test_declaring_nothing_is_fine(shelf):
    assert only(shelf, "actions", "", "return None").actions() == []


# Isolated


def test_hook_blueprints(shelf):
    assert only(shelf, "blueprints", "app", "return [app]").blueprints("the app") == [("fleet", "the app")]


def test_hook_menu(shelf):
    ((plugin, item),) = only(shelf, "menu", "user", "return [MenuItem(user, 'fleet.home')]").menu("amal")
    assert (plugin, item.label) == ("fleet", "amal")


def test_hook_cards(shelf):
    hooks = only(shelf, "cards", "place, session, subject", "return [Card(f'{place} {session} {subject}')]")
    ((_plugin, card),) = hooks.cards("dashboard", "session", "subject")
    assert card.title == "dashboard session subject"


def test_hook_health(shelf):
    ((_plugin, check),) = only(shelf, "health", "office", "return [Check(office, print)]").health("the office")
    assert check.name == "the office"


def test_what_an_isolated_hook_generates_fails_in_isolation_too(shelf):
    shelf.install("broken", hook("menu", "user", "yield 1 / 0"))
    shelf.install("fleet", hook("menu", "user", "return [MenuItem('Fleet', 'fleet.home')]"))
    assert [name for name, _item in shelf.load().hooks.menu(None)] == ["fleet"]


def test_an_isolated_hook_that_gives_something_else_has_failed(shelf):
    shelf.install("broken", hook("menu", "user", "return MenuItem('Fleet', 'fleet.home')"))
    assert shelf.load().hooks.menu(None) == []


# First result


def test_hook_authenticate(shelf):
    shelf.install("a_token", hook("authenticate", "request", "return request.get('token')"))
    shelf.install("b_header", hook("authenticate", "request", "return 'from b'"))
    hooks = shelf.load().hooks
    assert hooks.authenticate({"token": "from a"}) == "from a"
    assert hooks.authenticate({}) == "from b"


def test_nobody_is_recognised_where_no_plugin_answers():
    assert PluginManager().hooks.authenticate({}) is None


# Strict


@pytest.mark.parametrize(
    ("answers", "may"),
    [
        ([], False),
        (["None"], False),
        (["True"], True),
        (["True", "None"], True),
        (["True", "False"], False),
        (["False", "True"], False),
        (["False"], False),
    ],
)
def test_any_no_wins_and_without_a_yes_the_answer_is_no(shelf, answers, may):
    for number, answer in enumerate(answers):
        shelf.install(f"judge{number}", hook("authorize", "user, permission, subject", f"return {answer}"))
    assert shelf.load().hooks.authorize("amal", "fleet.drive") is may


def test_an_exception_while_authorizing_passes_through(shelf):
    with pytest.raises(ZeroDivisionError):
        only(shelf, "authorize", "user", "1 / 0").authorize("amal", "fleet.drive")


def test_hook_personal_data(shelf):
    body = "return [PersonalRecord('fleet.driver', 7, {'name': subject})]"
    ((plugin, record),) = only(shelf, "personal_data", "session, subject", body).personal_data("session", "Amal")
    assert (plugin, record.data) == ("fleet", {"name": "Amal"})


def test_an_exception_while_collecting_personal_data_passes_through(shelf):
    with pytest.raises(ZeroDivisionError):
        only(shelf, "personal_data", "subject", "1 / 0").personal_data(None, None)


def test_personal_data_that_is_something_else_is_not_passed_on(shelf):
    with pytest.raises(TypeError, match="PersonalRecord"):
        only(shelf, "personal_data", "subject", "return [1]").personal_data(None, None)


def test_hook_uninstall_is_called_on_the_plugin_that_goes_and_no_other(shelf):
    shelf.install("fleet", hook("uninstall", "session, purge", "session.append(('fleet', purge))"))
    shelf.install("cms", hook("uninstall", "session, purge", "session.append(('cms', purge))"))
    said = []
    shelf.load().hooks.uninstall("fleet", said, purge=True)
    assert said == [("fleet", True)]


def test_an_exception_while_uninstalling_passes_through(shelf):
    with pytest.raises(ZeroDivisionError):
        only(shelf, "uninstall", "session, purge", "1 / 0").uninstall("fleet", None, purge=False)


# Hooks that plugins add

OFFER = """
@hookimpl
def addhooks(hooks):
    class Specs:
        @hookspec{options}
        def inventory_unit_cost(self, product):
            "Give the cost of a unit."
    hooks.add_hookspecs(Specs)
"""


def stock(shelf, options="", answers=(7, 8)):
    """Install a plugin that adds a hook and one plugin for each answer to it."""
    shelf.install("inventory", OFFER.format(options=options))
    for number, answer in enumerate(answers):
        code = hook("inventory_unit_cost", "product", f"return {answer!r}")
        shelf.install(f"lots{number}", code, needs=["backoffice-inventory"])
    return shelf.load()


def test_a_plugins_hook_collects_every_answer(shelf):
    assert stock(shelf, answers=(7, None, 8)).hooks.call("inventory_unit_cost", product="bolt") == [7, 8]


def test_the_first_answer_is_the_first_that_is_not_none(shelf):
    assert stock(shelf, answers=(None, 7, 8)).hooks.first("inventory_unit_cost", product="bolt") == 7


def test_no_answer_at_all_is_none(shelf):
    assert stock(shelf, answers=(None,)).hooks.first("inventory_unit_cost", product="bolt") is None


@pytest.mark.parametrize(("answers", "given"), [((7, 8), [7]), ((None,), [])])
def test_a_hook_that_stops_at_the_first_answer_gives_a_list_as_well(shelf, answers, given):
    hooks = stock(shelf, "(firstresult=True)", answers).hooks
    assert hooks.call("inventory_unit_cost", product="bolt") == given


def test_a_hook_that_nobody_offers_has_no_answer(shelf):
    hooks = shelf.load().hooks
    assert hooks.first("inventory_unit_cost", product="bolt") is None
    assert hooks.call("inventory_unit_cost", product="bolt") == []
    assert not hooks.offers("inventory_unit_cost")


def test_an_optional_implementation_is_not_called_while_nobody_offers_the_hook(shelf):
    shelf.install("sales", "@hookimpl(optionalhook=True)\ndef inventory_unit_cost(product): return 7")
    assert shelf.load().hooks.first("inventory_unit_cost", product="bolt") is None


def test_a_hook_falls_silent_with_the_plugin_that_offers_it(shelf):
    shelf.install("sales", "@hookimpl(optionalhook=True)\ndef inventory_unit_cost(product): return 7")
    manager = stock(shelf, answers=())
    assert manager.hooks.first("inventory_unit_cost", product="bolt") == 7
    manager.quarantine("inventory", "It misbehaves.")
    assert manager.hooks.first("inventory_unit_cost", product="bolt") is None


def test_an_exception_in_a_plugins_hook_passes_through(shelf):
    shelf.install("inventory", OFFER.format(options="") + hook("inventory_unit_cost", "product", "1 / 0"))
    with pytest.raises(ZeroDivisionError):
        shelf.load().hooks.call("inventory_unit_cost", product="bolt")


def test_a_hook_that_a_plugin_added_itself_may_be_wrapped(shelf):
    shelf.install("rounding", "@hookimpl(wrapper=True)\ndef inventory_unit_cost(): return [sum((yield))]")
    code = OFFER.format(options="") + hook("inventory_unit_cost", "product", "return 7")
    shelf.install("inventory", code)
    shelf.install("lots", hook("inventory_unit_cost", "product", "return 8"))
    assert shelf.load().hooks.call("inventory_unit_cost", product="bolt") == [15]
