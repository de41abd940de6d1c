"""The Flask application: settings that are safe by themselves, visitors, errors, and the plugins' blueprints."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from backoffice.core.configuration import Configuration
from backoffice.core.errors import PluginProblem
from backoffice.core.office import Backoffice
from backoffice.hookspecs import messages

from . import compression, headers, health, problems, visitors
from .declared import access_of
from .keys import secret_key
from .proxies import TrustedProxies

_ = messages("rest")
log = structlog.get_logger("backoffice.web")

LARGEST_BODY: Final = 32 * 1024**2
"""Bytes of the largest upload; views that expect less say so."""

LARGEST_FORM: Final = 2 * 1024**2
MOST_FIELDS: Final = 20_000
"""Fields of one form: an entry of a thousand lines has a few for each."""


def create_app(office: Backoffice) -> Flask:
    """Return the Flask application of ``office``. The database is not touched until someone asks for something.

    Raises :class:`PluginProblem` when a view of a built-in plugin declares no permission. A plugin with such a view
    goes on without its pages.
    """
    app = Flask(__name__, static_folder=None)
    app.extensions["backoffice"] = office
    app.session_interface = SignedSessions()
    _configure(app, office.configuration)
    visitors.install(app)
    headers.install(app)
    compression.install(app)
    problems.install(app)
    app.register_blueprint(health.blueprint)
    for plugin, blueprint in office.hooks.blueprints(app):
        _add(app, office, plugin, blueprint)
    _refuse(undeclared(app))
    return app


class SignedSessions(SecureCookieSessionInterface):
    """Flask's signed cookies, with what signs them made once and not for every request."""

    def __init__(self) -> None:
        self._signing: tuple[Any, URLSafeTimedSerializer | None] = (None, None)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs the cookies of ``app``, made again when its key changes."""
        key, found = self._signing
        if found is None or key != app.secret_key:
            found = super().get_signing_serializer(app)
            self._signing = (app.secret_key, found)
        return found


def _configure(app: Flask, configuration: Configuration) -> None:
    app.debug = app.debug and configuration.environment != "production"
    safe = configuration.environment == "production" or configuration.base_url.startswith("https://")
    app.secret_key = secret_key(configuration)
    app.config.update(
        TRUSTED_HOSTS=_hosts(configuration),
        PREFERRED_URL_SCHEME="https" if safe else "http",
        # A name with this prefix is accepted by browsers only over https, for this host and every path.
        SESSION_COOKIE_NAME="__Host-backoffice" if safe else "backoffice",
        SESSION_COOKIE_SECURE=safe,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # A sign-in lasts no longer, however often it is used, so its cookie is sent once and not with every answer.
        PERMANENT_SESSION_LIFETIME=timedelta(days=7),
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        MAX_FORM_PARTS=MOST_FIELDS,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    if configuration.proxies:
        app.wsgi_app = TrustedProxies(app.wsgi_app, configuration)  # type: ignore[method-assign]


def _hosts(configuration: Configuration) -> list[str] | None:
    own = urlsplit(configuration.base_url).hostname
    return [*configuration.hosts, *([own] if own else [])] if configuration.hosts else None


def _add(app: Flask, office: Backoffice, plugin: str, blueprint: Blueprint) -> None:
    """Register ``blueprint`` unless one of its views declares nothing; that plugin goes on without its pages."""
    if office.manager.is_builtin(plugin):
        app.register_blueprint(blueprint)
        return
    try:
        trial = Flask(__name__, static_folder=None)
        trial.register_blueprint(blueprint)
        _refuse(undeclared(trial))
        app.register_blueprint(blueprint)
    except Exception as error:
        office.manager.failed(plugin, "blueprints", error)


def undeclared(app: Flask) -> list[str]:
    """Return the endpoints of ``app`` whose views declare neither a permission nor that they are public."""
    return sorted(name for name, view in app.view_functions.items() if access_of(view, name) is None)


def _refuse(endpoints: Iterable[str]) -> None:
    named = ", ".join(endpoints)
    if named:
        raise PluginProblem(
            _("Some pages do not say who may open them: {names}.").with_values(names=named),
            why=_("A view without a permission could show everything to everybody."),
            remedy=_("Mark each view with @permission, @signed_in or @public from backoffice.core.api."),
        )


__all__ = ["LARGEST_BODY", "create_app", "undeclared"]
