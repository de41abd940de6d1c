"""Help: what a page is for and what one can do next, the keyboard, and where programs find their way."""

from __future__ import annotations

from flask import url_for

from backoffice.core.builtin.console.helping import TOPICS
from backoffice.core.builtin.console.pages import Choice
from backoffice.core.builtin.console.reader import say
from backoffice.core.builtin.console.rendering import render
from backoffice.core.errors import NotFound
from backoffice.core.web import signed_in
from backoffice.hookspecs import messages

from .base import pages

_ = messages("console")


@pages.get("/help")
@signed_in
def help() -> str:
    """Show every topic."""
    return _page("")


@pages.get("/help/<topic>")
@signed_in
def help_on(topic: str) -> str:
    """Show one topic."""
    return _page(topic)


def _page(wanted: str) -> str:
    found = [topic for topic in TOPICS if topic.key == wanted or not wanted]
    if not found:
        raise NotFound(_("There is no help on this."), remedy=_("Look through the topics."))
    contents = [Choice(t.key, say(t.title), url_for("console.help_on", topic=t.key), t.key == wanted) for t in TOPICS]
    return render(
        "help",
        title=say(found[0].title) if wanted else say(_("Help")),
        topics=[(topic.key, say(topic.title), say(topic.what), [say(step) for step in topic.steps]) for topic in found],
        contents=contents,
        reference=url_for("console.reference"),
    )
