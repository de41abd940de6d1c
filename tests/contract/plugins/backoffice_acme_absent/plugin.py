"""Never gets as far as its hooks."""

import a_package_nobody_installed  # noqa: F401

from backoffice.hookspecs import MenuItem, hookimpl


@hookimpl
def menu(user):
    """Give an entry nobody ever sees."""
    return [MenuItem("Absent", "acme_absent.home")]
