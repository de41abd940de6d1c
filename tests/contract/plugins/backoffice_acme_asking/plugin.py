"""Adds a hook, and has a page, a card and an action that use what others answer."""

from backoffice.hookspecs import SIGNED_IN, Action, Card, Field, MenuItem, hookimpl


@hookimpl
def addhooks(hooks):
    """Offer the question."""
    from . import hookspecs

    hooks.add_hookspecs(hookspecs)


@hookimpl
def actions():
    """Give the action that asks."""
    asked = (Field("subject", required=True),)
    run = "backoffice_acme_asking.plugin:ask"
    return [Action("acme_asking.ask", run, label="Ask", fields=asked, permission=SIGNED_IN)]


def ask(session, subject):
    """Ask everybody."""
    return {"opinions": session.hooks.call("acme_asking_opinion", subject=subject)}


@hookimpl
def blueprints(app):
    """Give a page for everyone signed in."""
    from flask import Blueprint

    from backoffice.core.api import signed_in

    pages = Blueprint("acme_asking", __name__, url_prefix="/acme-asking")
    pages.add_url_rule("/", "home", signed_in(lambda: "What do you think?"))
    return [pages]


@hookimpl
def menu(user):
    """Lead to the page."""
    return [MenuItem("Opinions", "acme_asking.home", section="people")]


@hookimpl
def cards(place, session, subject):
    """Say on the dashboard how many opinions there are."""
    opinions = session.hooks.call("acme_asking_opinion", subject="the weather")
    return [Card("Opinions", value=len(opinions))] if place == "dashboard" else []
