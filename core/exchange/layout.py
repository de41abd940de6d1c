"""Which column of a file is which input, and what a cell means for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final

from backoffice.core.errors import InvalidInput
from backoffice.core.schemas import public_name
from backoffice.core.text import LANGUAGES, fold, translate
from backoffice.hookspecs import Field, messages

from .exporting import ROW
from .numbers import Numbers
from .reading import parse_json
from .refs import is_number_sign

_ = messages("rest")

KEY: Final = "_key"
"""The column that holds an idempotency key, for importing into an action."""

NUMBERS: Final = frozenset({"money", "quantity", "rate", "percent"})
_YES: Final = frozenset({"true", "yes", "y", "t", "1", "on", "نعم", "صح"})
_NO: Final = frozenset({"false", "no", "n", "f", "0", "off", "لا", "خطا"})


@dataclass(frozen=True, slots=True)
class Target:
    """An input: ``path`` is its name, and before it that of the nested lines or of ``custom``."""

    path: tuple[str, ...]
    field: Field
    labels: tuple[str, ...] = ()
    lines: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns of a file → inputs; columns that are known but cannot be written are ``ignored``."""

    columns: Mapping[str, Target]
    ignored: tuple[str, ...] = ()
    numbers: Numbers = field(default_factory=Numbers)

    @property
    def relations(self) -> tuple[str, ...]:
        """The kinds of nested lines that have columns in the file."""
        return tuple(dict.fromkeys(target.path[0] for target in self.columns.values() if target.lines))

    def column_of(self, path: Sequence[str]) -> str:
        """Return the column of the input ``path``, or its dotted name."""
        return next((c for c, target in self.columns.items() if target.path == tuple(path)), ".".join(path))


def targets_of(fields: Iterable[Field]) -> list[Target]:
    """Return every input among ``fields``, those of nested lines and custom fields one by one."""
    found: list[Target] = []
    for one in fields:
        name = public_name(one)
        if one.fields:
            found += [
                Target((name, public_name(inner)), inner, _labels(inner, one), lines=one.many)
                for inner in one.fields
                if not (one.many and inner.name == "id")
            ]
        else:
            found.append(Target((name,), one, _labels(one)))
    return found


def _labels(field_: Field, outer: Field | None = None) -> tuple[str, ...]:
    own = [translate(field_.label or field_.name, language) for language in LANGUAGES]
    if outer is None:
        return tuple(own)
    heads = [translate(outer.label or outer.name, language) for language in LANGUAGES]
    return tuple(f"{head} / {label}" for head, label in zip(heads, own, strict=True))


def match_columns(
    columns: Iterable[str], targets: Sequence[Target], known: Mapping[str, tuple[str, ...]],
    mapping: Mapping[str, str | None] | None = None,
) -> Layout:  # fmt: skip
    """Return which of ``columns`` is which target, by name or by label in any language.

    ``known`` are names, and their labels, that exist but cannot be written; such columns are ignored, and so is one
    that begins with ``_`` or that ``mapping`` gives no name. ``mapping`` (column → name) decides before the names do.

    Raises :class:`InvalidInput` naming every column that is unknown.
    """
    by_name = _index({".".join(target.path): (target, target.labels) for target in targets})
    read_only = _index({name: (name, labels) for name, labels in known.items()})
    found: dict[str, Target] = {}
    ignored, problems = [], {}
    for column in columns:
        wanted = (mapping or {}).get(column, column) or ""
        if not wanted or wanted.startswith("_"):
            ignored += [] if wanted in (ROW, KEY) or column.startswith("_") else [column]
        elif (target := by_name.get(_plain(wanted))) is not None and target not in found.values():
            found[column] = target
        elif _plain(wanted) in read_only:
            ignored.append(column)
        else:
            problems[column] = [_unknown(wanted, by_name)]
    if problems:
        raise InvalidInput(
            _("The file has columns that are not known here."),
            remedy=_("Rename them, or leave them out."),
            fields=problems,
        )
    return Layout(found, tuple(ignored))


def _index(named: Mapping[str, tuple[Any, Iterable[str]]]) -> dict[str, Any]:
    """Index by name, then by those labels that mean one thing only."""
    by_label: dict[str, list[Any]] = {}
    for target, labels in named.values():
        for label in {_plain(label) for label in labels}:
            by_label.setdefault(label, []).append(target)
    labelled = {label: found[0] for label, found in by_label.items() if len(found) == 1}
    return {**labelled, **{_plain(name): target for name, (target, _labels) in named.items()}}


def _plain(name: str) -> str:
    return fold(name.replace("_", " "))


def _unknown(name: str, by_name: Mapping[str, Target]) -> str:
    near = get_close_matches(_plain(name), by_name, 1)
    if not near:
        return _("There is no such field.")
    return _("There is no such field; did you mean {near}?").with_values(near=".".join(by_name[near[0]].path))


# -- cells -----------------------------------------------------------------------------------------------------------


def converted(value: Any, field_: Field, numbers: Numbers) -> Any:
    """Return a cell as the schema of ``field_`` takes it; ``None`` when it is empty.

    Raises :class:`InvalidInput` for a number that can be read in two ways, and for what is no number.
    """
    if isinstance(value, str):
        value = value.strip()
    if value is None or value == "":
        return None
    if not isinstance(value, str | Decimal):
        return value
    if isinstance(value, Decimal):
        return value if field_.kind in NUMBERS else _text(format(value, "f"), field_, numbers)
    return _text(value, field_, numbers)


def _text(value: str, field_: Field, numbers: Numbers) -> Any:
    if field_.kind in NUMBERS:
        return numbers.read(value)
    if field_.kind == "integer":
        return value.partition(".")[0] if value.partition(".")[2].strip("0") == "" else value
    if field_.kind == "boolean":
        return _yes_or_no(value)
    if field_.kind == "choice":
        return _choice(value, field_)
    if field_.kind == "ref" and is_number_sign(value):
        return {"id": int(value[1:])}
    if field_.kind == "date":
        return value.removesuffix("T00:00:00")
    if field_.kind == "data" or field_.many:
        return _json(value)
    return value


def _yes_or_no(value: str) -> Any:
    folded = fold(value)
    return True if folded in _YES else False if folded in _NO else value


def _choice(value: str, field_: Field) -> str:
    """Return the stored value of a choice written as such or as its label in any language."""
    if value in field_.choices:
        return value
    meant = [
        stored
        for stored, label in field_.choices.items()
        if fold(value) in {fold(stored), *(fold(translate(label, language)) for language in LANGUAGES)}
    ]
    return meant[0] if len(meant) == 1 else value


def _json(value: str) -> Any:
    try:
        return parse_json(value)
    except ValueError:
        return value


__all__ = ["KEY", "Layout", "Target", "converted", "match_columns", "targets_of"]
