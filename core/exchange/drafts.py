"""Drafts: the rows of a file put together into the inputs of one record or action each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from backoffice.core.errors import BackofficeError, InvalidInput
from backoffice.core.text import translate
from backoffice.hookspecs import messages

from .exporting import ROW
from .layout import KEY, Layout, Target, converted
from .rows import RawRow

_ = messages("rest")


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was refused, as it stood in the file, and why. The rows of one record are refused together."""

    number: int
    values: Mapping[str, Any]
    reasons: tuple[str, ...]


@dataclass(slots=True)
class Draft:
    """What is to become one record: its rows, its input, and what was found wrong before anything was tried."""

    rows: list[RawRow]
    given: dict[str, Any] = field(default_factory=dict)
    key: str = ""
    errors: list[tuple[int, str, str]] = field(default_factory=list)
    """Index of the row, column or nothing, and what is wrong."""
    places: dict[tuple[str, int], int] = field(default_factory=dict)
    """Relation and number of the line → index of its row."""
    refused: BackofficeError | None = None
    """Why it was left out of a transaction in which the others went through."""

    @property
    def waits(self) -> bool:
        """Whether all it lacks are records it refers to, which rows further down may bring."""
        return self.refused is not None and bool(self.refused.details.get("missing"))

    def refuse(self, error: BackofficeError, layout: Layout) -> None:
        """Note ``error`` at the rows and columns it speaks of."""
        for path, said in error.fields.items():
            index, column = self._place(path, layout)
            self.errors += [(index, column, one) for one in said]
        if not error.fields:
            self.errors.append((0, "", error.what))
            self.errors += [(0, "", part) for part in (error.why,) if part]

    def _place(self, path: str, layout: Layout) -> tuple[int, str]:
        names = path.split(".")
        if len(names) > 1 and names[1].isdigit():
            index = self.places.get((names[0], int(names[1])), 0)
            return index, layout.column_of((names[0], *names[2:])) if len(names) > 2 else names[0]
        return 0, "" if path == "_schema" else layout.column_of(names)

    def bad_rows(self, language: str) -> list[BadRow]:
        """Return its rows with the reasons in ``language``."""
        found: list[list[str]] = [[] for _row in self.rows]
        for index, column, said in self.errors:
            text = translate(said, language)
            found[index].append(f"{column}: {text}" if column else text)
        return [
            BadRow(row.number, row.values, tuple(dict.fromkeys(said)))
            for row, said in zip(self.rows, found, strict=True)
        ]


def drafts_of(rows: Iterable[RawRow], layout: Layout) -> Iterator[Draft]:
    """Yield a draft for each record in ``rows`` of a table, its nested lines gathered from the rows below it."""
    draft: Draft | None = None
    for row in rows:
        if draft is not None and not row.problem and _continues(row, layout):
            draft.rows.append(row)
            continue
        if draft is not None:
            yield _filled(draft, layout)
        draft = Draft([row])
    if draft is not None:
        yield _filled(draft, layout)


def documents_of(rows: Iterable[RawRow], ignored: Iterable[str]) -> Iterator[Draft]:
    """Yield a draft for each row that names its own values, as JSON does; those ``ignored`` are left out."""
    left_out = set(ignored)
    for row in rows:
        draft = Draft([row])
        if row.problem:
            draft.errors.append((0, "", row.problem))
        else:
            draft.given = _written(row.values, left_out)
            draft.key = str(row.values.get(KEY) or "")
        yield draft


def _written(values: Mapping[str, Any], left_out: set[str], within: str = "") -> dict[str, Any]:
    """Return ``values`` without what cannot be written, in nested lines as well."""
    found = {}
    for name, value in values.items():
        full = f"{within}{name}"
        if full in left_out or name.startswith("_"):
            continue
        if isinstance(value, list) and not within:
            value = [_written(one, left_out, f"{name}.") if isinstance(one, dict) else one for one in value]
        found[name] = value
    return found


def _continues(row: RawRow, layout: Layout) -> bool:
    """Tell whether ``row`` holds only further lines of the record above it."""
    if not layout.relations:
        return False
    said = str(row.values.get(ROW) or "").strip()
    if said.isdigit():
        return int(said) > 1
    own = (c for c, target in layout.columns.items() if not target.lines)
    return not any(_filled_in(row.values.get(column)) for column in own)


def _filled_in(cell: Any) -> bool:
    return cell is not None and str(cell).strip() != ""


def _filled(draft: Draft, layout: Layout) -> Draft:
    draft.key = str(draft.rows[0].values.get(KEY) or "").strip()
    draft.given = {relation: [] for relation in layout.relations}
    for index, row in enumerate(draft.rows):
        if row.problem:
            draft.errors.append((index, "", row.problem))
            continue
        _add_lines(draft, layout, index, row)
        if index == 0:
            _add_own(draft, layout, row)
    return draft


def _add_own(draft: Draft, layout: Layout, row: RawRow) -> None:
    for column, target in layout.columns.items():
        if target.lines or column not in row.values:
            continue
        into = draft.given if len(target.path) == 1 else draft.given.setdefault(target.path[0], {})
        _put(draft, into, layout, target, column, row, 0)


def _add_lines(draft: Draft, layout: Layout, index: int, row: RawRow) -> None:
    for relation in layout.relations:
        columns = [(c, t) for c, t in layout.columns.items() if t.lines and t.path[0] == relation]
        if not any(_filled_in(row.values.get(column)) for column, _target in columns):
            continue
        line: dict[str, Any] = {}
        draft.places[relation, len(draft.given[relation])] = index
        draft.given[relation].append(line)
        for column, target in columns:
            _put(draft, line, layout, target, column, row, index)


def _put(
    draft: Draft, into: dict[str, Any], layout: Layout, target: Target, column: str, row: RawRow, index: int
) -> None:  # fmt: skip
    try:
        into[target.path[-1]] = converted(row.values.get(column), target.field, layout.numbers)
    except InvalidInput as error:
        draft.errors.append((index, column, error.what))


__all__ = ["BadRow", "Draft", "documents_of", "drafts_of"]
