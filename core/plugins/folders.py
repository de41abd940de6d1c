"""The folders a plugin brings by convention, beside its module."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path


@dataclass(frozen=True, slots=True)
class PluginFolders:
    """The folders a plugin brings, each ``None`` when there is none."""

    migrations: Path | None
    templates: Path | None
    static: Path | None
    locale: Path | None


def folders_of(package: str) -> PluginFolders:
    """Return the folders inside ``package``, a dotted name; none at all when it is empty."""
    return PluginFolders(*(_folder(package, kind) for kind in ("migrations", "templates", "static", "locale")))


def _folder(package: str, kind: str) -> Path | None:
    if not package:
        return None
    found = files(package) / kind
    return found if isinstance(found, Path) and found.is_dir() else None


__all__ = ["PluginFolders", "folders_of"]
