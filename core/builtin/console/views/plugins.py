"""The plugins: what is loaded, from where, with which hooks, and what was put aside and why."""

from __future__ import annotations

from flask import request, url_for

from backoffice.core.builtin.console.pages import Choice, Fact, PluginView
from backoffice.core.builtin.console.reader import say
from backoffice.core.builtin.console.rendering import render
from backoffice.core.maintenance.purging import weighed
from backoffice.core.plugins.states import STATE_LABELS, PluginStatus
from backoffice.core.web import permission
from backoffice.hookspecs import Label, messages

from .base import desk, pages

_ = messages("console")

KINDS = {
    "resources": _("Lists"),
    "actions": _("Actions"),
    "reports": _("Reports"),
    "documents": _("Documents"),
    "jobs": _("Jobs"),
    "events": _("Events"),
}


@pages.get("/plugins")
@permission("core.plugins")
def plugins() -> str:
    """Show what is loaded, from where, with which hooks, and what was put aside and why."""
    wanted = request.args.get("show", "")
    office = desk().office
    statuses = [weighed(office, status) for status in office.manager.statuses()]
    shown = [s for s in statuses if wanted != "attention" or s.state not in {"active", "disabled"}]
    return render(
        "plugins",
        plugins=[_plugin(status) for status in shown],
        views=[
            Choice("", say(_("All")), url_for("console.plugins"), not wanted),
            Choice("attention", say(_("Need attention")), url_for("console.plugins", show="attention"), bool(wanted)),
        ],
    )


def _plugin(status: PluginStatus) -> PluginView:
    office = desk().office
    command = status.remedy.values.get("command", "") if isinstance(status.remedy, Label) else ""
    return PluginView(
        name=status.name,
        label=title(status.name),
        version=status.version,
        state=status.state,
        state_label=say(STATE_LABELS[status.state]),
        summary=say(status.summary),
        required=status.name in office.configuration.required,
        location=str(status.location or ""),
        hooks=status.hooks,
        provides=_provided(status),
        reason=say(status.reason),
        remedy="" if command else say(status.remedy),
        command=str(command),
    )


def title(name: str) -> str:
    """Return what a plugin is called, as its module says it, else its name."""
    status = desk().office.manager.status(name)
    return say(status.title) if status is not None and status.title else name.replace("_", " ").capitalize()


def _provided(status: PluginStatus) -> list[Fact]:
    registry = desk().office.registry
    facts = []
    for kind, label in KINDS.items():
        own = [name for name in getattr(registry, kind) if registry.owner_of(kind, name) == status.name]
        if own:
            facts.append(Fact(label=say(label), value=len(own), kind="integer"))
    return facts
