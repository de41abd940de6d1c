"""The page of a section of the navigation: what is in it, what each part is for, and where to begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .frame import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaLine:
    """A list, a report, a page or an action, and what it is for."""

    label: str
    url: str
    icon: str = ""
    help: str = ""
    dialog: bool = False
    create: Command | None = None
    """Makes a new record of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaPart:
    """The lines of one kind below a heading of an area."""

    kind: Literal["list", "report", "page", "action"]
    label: str
    lines: Sequence[AreaLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaGroup:
    """What stands under one heading: nearly always what one plugin brings."""

    key: str
    label: str
    parts: Sequence[AreaPart]


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaPage:
    """``area.html`` as ``area``."""

    title: str
    text: str = ""
    groups: Sequence[AreaGroup] = ()


__all__ = ["AreaGroup", "AreaLine", "AreaPage", "AreaPart"]
