"""Hooks and arguments that leave: announced by a warning that names the version, for one minor series at the least."""

import pytest
from packaging.version import Version

from backoffice.core.plugins.discovery import core_version
from backoffice.core.plugins.manager import PluginManager
from backoffice.hookspecs import CoreHooks, Leaving
from backoffice.hookspecs.hooks import PROJECT

OFFERING = """
class Specs:
    @hookspec(warn_on_impl=Leaving(since="1.4", until="1.6", instead="use fleet_new"))
    def fleet_old(self): ...

    @hookspec(warn_on_impl_args={"person": Leaving(since="1.4", until="1.6", instead="take user")})
    def fleet_asked(self, user, person): ...


@hookimpl
def addhooks(hooks):
    hooks.add_hookspecs(Specs)
"""


@pytest.fixture
def manager(shelf):
    shelf.install("fleet", OFFERING)
    shelf.install("old", "@hookimpl\ndef fleet_old(): return 1", needs=["backoffice-fleet"])
    shelf.install("asked", "@hookimpl\ndef fleet_asked(person): return 2", needs=["backoffice-fleet"])
    shelf.install("new", "@hookimpl\ndef fleet_asked(user): return 3", needs=["backoffice-fleet"])
    manager = PluginManager()
    manager.load(shelf.resolve())
    return manager


def test_a_plugin_that_implements_a_leaving_hook_is_told_and_works(manager):
    assert manager.status("old").leaving == ("It leaves with 1.6, as announced in 1.4: use fleet_new.",)
    assert manager.status("old").state == "active"
    assert manager.hooks.call("fleet_old") == [1]


def test_a_plugin_that_takes_a_leaving_argument_is_told_and_works(manager):
    assert manager.status("asked").leaving == ("It leaves with 1.6, as announced in 1.4: take user.",)
    assert sorted(manager.hooks.call("fleet_asked", user="amal", person="amal")) == [2, 3]


def test_a_plugin_that_uses_neither_is_told_nothing(manager):
    assert manager.status("new").leaving == ()


def leaving():
    """Yield every announcement in the core's own hooks."""
    for name, spec in vars(CoreHooks).items():
        options = getattr(spec, f"{PROJECT}_spec", {}) or {}
        for said in (options.get("warn_on_impl"), *(options.get("warn_on_impl_args") or {}).values()):
            if said is not None:
                yield name, said


def test_what_leaves_the_core_was_announced_a_minor_series_before_and_is_gone_in_time():
    for name, said in leaving():
        assert isinstance(said, Leaving), name
        since, until, now = Version(said.since), Version(said.until), Version(core_version())
        assert now < until, f"{name} should be gone"
        assert (until.major, until.minor) >= (since.major, since.minor + 2) or until.major > since.major, name
