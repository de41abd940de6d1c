"""For those who write plugins: a distribution to start from, and the questions every plugin must answer.

:mod:`.scaffold` is behind ``backoffice plugin new``, :mod:`.checks` behind ``backoffice plugin check`` and behind the
tests that plugins inherit from :class:`backoffice.core.testing.contract.PluginContract`.
"""
