"""Every isolated hook fails, each in its own way; what is declared is in order."""

from flask import Blueprint

from backoffice.hookspecs import Action, Check, hookimpl


@hookimpl
def actions():
    """Give an action that works, to see that it no longer does once the plugin is put aside."""
    return [Action("acme_faulty.greet", "backoffice_acme_faulty.plugin:greet", label="Greet")]


def greet(session):
    """Say hello."""
    return {"said": "hello"}


@hookimpl
def blueprints(app):
    """Give pages that do not say who may open them."""
    pages = Blueprint("acme_faulty", __name__, url_prefix="/acme-faulty")
    pages.add_url_rule("/", "home", lambda: "everybody may read this")
    return [pages]


@hookimpl
def menu(user):
    """Fail."""
    raise RuntimeError("no menu today")


@hookimpl
def cards(place, session, subject):
    """Leave the reader's transaction in a state in which PostgreSQL answers nothing any more."""
    import sqlalchemy as sa

    session.scalar(sa.select(sa.func.no_such_function()))


@hookimpl
def health(office):
    """Give something else than was asked for."""
    return Check("acme_faulty", lambda: ("ok", ""))


@hookimpl
def shutdown(office):
    """End the process, if it is let."""
    raise SystemExit(3)
