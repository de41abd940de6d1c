"""What the records that others refer to are called: one query for each kind of record, however many rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from backoffice.core.office import Desk
from backoffice.core.office.described import text_of
from backoffice.core.office.references import CHUNK, model_of
from backoffice.core.persistence import Session
from backoffice.hookspecs import Field


@dataclass(frozen=True, slots=True)
class Ref:
    """A record that another refers to. ``key`` is its natural key, where it has one."""

    id: int
    key: str | None
    title: str

    def plain(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"id": self.id, "key": self.key, "title": self.title}

    def text(self) -> str:
        """Return what an import understands: the key, or the id behind a number sign."""
        return self.key if self.key and not is_number_sign(self.key) else f"#{self.id}"


def is_number_sign(text: str) -> bool:
    """Tell whether ``text`` is an id behind a number sign, as in ``#17``."""
    return text.startswith("#") and text[1:].isascii() and text[1:].isdigit() and len(text) < 20


class Refs:
    """Collects references of many records, then looks them up together."""

    def __init__(self, desk: Desk, session: Session) -> None:
        self._desk = desk
        self._session = session
        self._models: dict[Any, Any] = {}
        self._wanted: dict[Any, set[int]] = {}
        self._found: dict[tuple[Any, int], Ref] = {}

    def want(self, field: Field, id_: int | None) -> None:
        """Note that the record ``id_`` which ``field`` refers to will be asked for."""
        if id_ is not None and (self._model(field), id_) not in self._found:
            self._wanted.setdefault(self._model(field), set()).add(id_)

    def of(self, field: Field, id_: int | None) -> Ref | None:
        """Return what ``field`` refers to; a record out of sight has no title but its number."""
        if id_ is None:
            return None
        self.look_up()
        return self._found.get((self._model(field), id_)) or Ref(id_, None, f"#{id_}")

    def look_up(self) -> None:
        """Find what was noted."""
        wanted, self._wanted = self._wanted, {}
        for model, ids in wanted.items():
            for found in self._read(model, sorted(ids)):
                self._found[model, found.id] = found

    def _model(self, field: Field) -> Any:
        target = field.target
        if target not in self._models:
            self._models[target] = model_of(target, self._desk.office.registry.models.values())
        return self._models[target]

    def _read(self, model: Any, ids: list[int]) -> Iterable[Ref]:
        key = model.__key__[0] if len(model.__key__) == 1 else ""
        wanted = dict.fromkeys(
            name for name in ("id", key, model.__title__, "translations") if hasattr(model, name or "-")
        )
        # A title may be a value that is no column; then the whole record is read.
        mapped = [getattr(model, name) for name in wanted if name in model.__mapper__.column_attrs]
        for start in range(0, len(ids), CHUNK):
            chosen = model.id.in_(ids[start : start + CHUNK])
            if len(mapped) == len(wanted):
                rows: Iterable[Any] = self._session.execute(sa.select(*mapped).where(chosen))
            else:
                rows = self._session.scalars(sa.select(model).where(chosen)).unique()
            yield from (self._named(row, key, model.__title__) for row in rows)

    def _named(self, row: Any, key: str, title: str) -> Ref:
        own = str(getattr(row, key) or "") if key else ""
        said = text_of(row, title, self._desk.language) if title else None
        return Ref(row.id, own or None, str(said or f"#{row.id}"))


__all__ = ["Ref", "Refs", "is_number_sign"]
