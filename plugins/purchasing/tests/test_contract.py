"""The questions every plugin is asked."""

from backoffice.core.testing.contract import PluginContract


class TestContract(PluginContract):
    plugin = "purchasing"
