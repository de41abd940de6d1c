"""The health of the installation: what `backoffice doctor` finds, for whoever looks after it."""

from __future__ import annotations

from dataclasses import dataclass

from backoffice.core.builtin.console.reader import reader, say
from backoffice.core.builtin.console.rendering import render
from backoffice.core.maintenance.checks import Finding, findings
from backoffice.core.web import permission
from backoffice.hookspecs import messages

from .base import desk, pages
from .plugins import title

_ = messages("console")

STATES = {"ok": _("In order"), "warning": _("Look at it"), "error": _("Something must be done")}
FIRST = ("error", "warning", "ok")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question about the installation and its answer."""

    label: str
    state: str
    state_label: str
    said: str
    plugin: str


@pages.get("/health")
@permission("core.plugins")
def health() -> str:
    """Show what was asked about the installation, the worst first."""
    found = [_asked(finding) for finding in findings(desk().office)]
    return render("health", findings=sorted(found, key=lambda each: FIRST.index(each.state)))


def _asked(finding: Finding) -> Asked:
    return Asked(
        label=say(finding.label),
        state=finding.state,
        state_label=reader().say(STATES[finding.state]),
        said=say(finding.said),
        plugin=title(finding.plugin) if finding.plugin else "",
    )
