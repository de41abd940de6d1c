"""The kernel and the built-in plugins. Plugins import :mod:`backoffice.core.api` and nothing else from here."""
