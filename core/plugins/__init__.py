"""Plugins: finding them, deciding which may run, loading them, calling their hooks, and knowing what they declare.

Import the module you need; this package imports none of them, so that ``backoffice --help`` can list plugins
(:mod:`.discovery`) without paying for the rest. Plugin states are kept here in memory; what an administrator decided
lies in the database and is handed in by the office.

In order of use: :mod:`.discovery` → :mod:`.resolution` → :mod:`.manager` → :mod:`.registry`.
"""
