"""Put the console into a Flask application: its pages, templates, error pages and the rule of new passwords."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Flask

from backoffice.core.web.problems import show_errors_with

from . import problems, rendering, sign_ins
from .views import pages


def install(app: Flask) -> Sequence[Blueprint]:
    """Prepare ``app`` for the console and return its blueprint."""
    rendering.install(app, app.extensions["backoffice"])
    show_errors_with(app, problems.show)
    app.before_request(sign_ins.require_new_password)
    app.before_request(sign_ins.require_second_factor)
    app.before_request(sign_ins.work_in_one_company)
    return (pages,)


__all__ = ["install"]
