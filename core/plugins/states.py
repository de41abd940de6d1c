"""The states a plugin can be in, and what is told about each: to ``backoffice plugin list`` and to the console.

Which plugins an administrator disabled and which were once installed lies in the database; the office hands it in
as :class:`PluginRecords`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Literal, Protocol

from backoffice.core.errors import BackofficeError
from backoffice.hookspecs import Label, messages

_ = messages("backoffice")

State = Literal[
    "disabled",
    "incompatible",
    "missing-dependency",
    "import-failed",
    "invalid-hooks",
    "invalid-declarations",
    "needs-migration",
    "active",
    "quarantined",
    "orphaned",
]

STATE_LABELS: dict[State, Label] = {
    "disabled": _("Disabled"),
    "incompatible": _("Incompatible"),
    "missing-dependency": _("Dependency missing"),
    "import-failed": _("Import failed"),
    "invalid-hooks": _("Invalid hooks"),
    "invalid-declarations": _("Invalid declarations"),
    "needs-migration": _("Needs migration"),
    "active": _("Active"),
    "quarantined": _("Quarantined"),
    "orphaned": _("Orphaned"),
}
"""Each state in words."""


@dataclass(frozen=True, slots=True)
class PluginStatus:
    """What is known about one plugin at this moment, in this process."""

    name: str
    distribution: str
    version: str
    summary: str = ""
    """What it is for: its module's ``SUMMARY``, a label, else what its package says."""
    location: Path | None = None
    state: State = "active"
    reason: str = ""
    """Why it is not active, a label."""
    remedy: str = ""
    """What to do about it, a label that holds one command."""
    root: str = ""
    """The plugin whose refusal caused this one, empty when it is its own."""
    hooks: tuple[str, ...] = ()
    """Names of the hooks it implements, sorted."""
    error_trace: str | None = None
    builtin: bool = False
    shadowed: tuple[Path, ...] = ()
    leaving: tuple[str, ...] = ()
    """What it uses of the contract that will be gone, sentences."""
    title: str = ""
    """What people call it: its module's ``TITLE``, a label; empty when it says none, and then ``name`` serves."""

    def introduced_by(self, module: ModuleType) -> PluginStatus:
        """Return the status with what the plugin's module says it is called and for."""
        title, summary = getattr(module, "TITLE", ""), getattr(module, "SUMMARY", "")
        return replace(self, title=title, summary=summary or self.summary)


@dataclass(frozen=True, slots=True)
class InstalledPlugin:
    """A plugin that once brought tables into this database."""

    name: str
    distribution: str
    version: str = ""
    tables: tuple[str, ...] = ()


class PluginRecords(Protocol):
    """What the database knows about plugins."""

    def installed(self) -> Iterable[InstalledPlugin]:
        """Return the plugins whose tables are in the database, present or gone."""
        ...

    def changed(self, status: PluginStatus) -> None:
        """Take note that a running plugin was quarantined or refused: an audit entry and a banner.

        Called wherever the plugin failed, perhaps inside somebody's open transaction: keep it for later, do not
        write at once. What this raises is logged.
        """
        ...


class NoRecords:
    """For a process without a database: nothing was installed before and nothing is noted."""

    def installed(self) -> Iterable[InstalledPlugin]:
        """Return nothing."""
        return ()

    def changed(self, status: PluginStatus) -> None:
        """Keep ``status`` in memory alone."""


def orphan(installed: InstalledPlugin) -> PluginStatus:
    """Return the status of a plugin whose data is present and whose package is gone."""
    return PluginStatus(
        installed.name,
        installed.distribution,
        installed.version,
        state="orphaned",
        reason=_("Its data is in the database, but its package is not installed. To remove it: {command}").with_values(
            command=f"backoffice plugin purge {installed.name}"
        ),
        remedy=run("pip install {package}", package=installed.distribution),
    )


def run(command: str, **values: str) -> Label:
    """Return the remedy *Run: command*; ``values`` fill the command's placeholders."""
    return _("Run: {command}").with_values(command=command.format(**values))


def plain(text: str) -> str:
    """Return a label as the English sentence with its placeholders filled, for logs and tracebacks."""
    return text.filled() if isinstance(text, Label) else text


def told(error: BaseException) -> str:
    """Return what ``error`` says for a reason: the sentences of ours, type and words of any other."""
    return str(error).rstrip(".") if isinstance(error, BackofficeError) else repr(error)


def because(status: PluginStatus, state: State, reason: str, remedy: str, root: str = "") -> PluginStatus:
    """Return ``status`` moved to ``state`` with its reason and remedy."""
    return replace(status, state=state, reason=reason, remedy=remedy, root=root)


__all__ = [
    "STATE_LABELS",
    "InstalledPlugin",
    "NoRecords",
    "PluginRecords",
    "PluginStatus",
    "State",
    "because",
    "orphan",
    "plain",
    "run",
    "told",
]
