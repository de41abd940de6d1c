"""`backoffice doctor`: what could go wrong with this installation, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from backoffice.core.cli.app import App
from backoffice.core.cli.base import command, format_option
from backoffice.hookspecs import messages

if TYPE_CHECKING:
    from backoffice.core.maintenance.checks import Finding

_ = messages("cli")

SIGNS = {"ok": "✓", "warning": "!", "error": "✗"}
COLOURS = {"ok": "green", "warning": "yellow", "error": "red"}


@command(
    "doctor",
    _(
        "Check the installation: database, tables, settings, plugins, worker, space, clock. Ends with 1 "
        "when something must be done."
    ),
)
@format_option("table", "json")
@click.pass_context
def doctor(ctx: click.Context, shape: str) -> None:
    from backoffice.core.cli.output import as_json
    from backoffice.core.maintenance.checks import findings

    app: App = ctx.obj
    found: list[Finding] = []
    for finding in findings(app.office(start=False, tolerant=True)):
        found.append(finding)
        if shape == "table":
            _say(app, finding)
    if shape == "json":
        app.say(as_json([_plain(app, finding) for finding in found]))
    errors = sum(finding.state == "error" for finding in found)
    warnings = sum(finding.state == "warning" for finding in found)
    if shape == "table":
        app.say(_("{errors} errors, {warnings} warnings.").with_values(errors=errors, warnings=warnings))
    ctx.exit(1 if errors else 0)


def _say(app: App, finding: Finding) -> None:
    sign = click.style(SIGNS[finding.state], fg=COLOURS[finding.state], bold=True)
    said = app.told(finding.said)
    click.echo(f"{sign} {app.told(finding.label)}" + (f": {said}" if said else ""), color=app.colour)


def _plain(app: App, finding: Finding) -> dict[str, str]:
    return {
        "name": finding.name, "label": app.told(finding.label), "state": finding.state,
        "said": app.told(finding.said), "plugin": finding.plugin,
    }  # fmt: skip
