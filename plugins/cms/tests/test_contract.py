"""What `backoffice plugin check` asks, as tests."""

from backoffice.core.testing.contract import PluginContract


class TestContract(PluginContract):
    plugin = "cms"
