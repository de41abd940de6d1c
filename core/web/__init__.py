"""The web application that the console, REST and plugins' pages share: who asks, in what language, how safely.

It knows no page. Importing this package does not import Flask; :func:`create_app` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .declared import Access, permission, public, signed_in

if TYPE_CHECKING:
    from flask import Flask

    from backoffice.core.office import Backoffice


def create_app(office: Backoffice) -> Flask:
    """Return the Flask application of ``office``, with the blueprints of its plugins.

    Raises :class:`~backoffice.core.errors.PluginProblem` when a view of a built-in plugin declares no permission.
    """
    from .application import create_app as make

    return make(office)


__all__ = ["Access", "create_app", "permission", "public", "signed_in"]
