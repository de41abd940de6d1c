"""Imports on record: each has a number, remembers how its columns were matched, can go on after a break and be undone.

What an import did is in the audit log, under a mark that nothing else can carry: it has a colon, which numbers of
requests have not. Undoing reads it there, so that an import costs nothing beside its rows and a record touched since is
seen.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import sqlalchemy as sa

from backoffice.core.audit.history import decode, parts_of
from backoffice.core.audit.models import AuditRow
from backoffice.core.bookkeeping.working import ImportRun
from backoffice.core.errors import BackofficeError, Conflict, NotFound
from backoffice.core.office import Desk
from backoffice.core.office.described import child_of, title_of
from backoffice.core.persistence import Session
from backoffice.core.persistence.database import explained
from backoffice.core.persistence.scoping import CHECKED
from backoffice.core.schemas import public_name, to_plain
from backoffice.core.text import translate
from backoffice.hookspecs import Field, Label, Resource, messages

_ = messages("rest")

CHUNK: Final = 500
MOST_TOLD: Final = 20


@dataclass(frozen=True, slots=True)
class Run:
    """An import under way: its number, a desk whose changes carry its mark, and how many rows it has done before."""

    id: int
    desk: Desk
    rows: int = 0
    counts: Mapping[str, int] | None = None

    def count(self, session: Session, outcomes: Iterable[str], *, rows: int | None, refused: int) -> None:
        """Note what became of some rows, in the transaction that loads them."""
        said = list(outcomes)
        values: dict[str, Any] = {
            name: getattr(ImportRun, name) + said.count(name)
            for name in ("created", "changed", "unchanged")
            if name in said
        }
        values["refused"] = refused
        if rows is not None:
            values["rows"] = rows
        session.execute(sa.update(ImportRun).where(ImportRun.id == self.id).values(**values))

    def end(self, refused: int) -> None:
        """Mark it as loaded."""
        mine = sa.update(ImportRun).where(ImportRun.id == self.id)
        self.desk.run(lambda session: session.execute(mine.values(state="loaded", refused=refused)))


def begin(
    desk: Desk, resource: str, *, filename: str, columns: Sequence[str], mapping: Mapping[str, str | None] | None
) -> Run:
    """Put an import on record and return it."""
    mark = f"import:{secrets.token_urlsafe(18)}"
    marked = Desk(desk.office, desk.user, replace(desk.context, request_id=mark))

    def work(session: Session) -> int:
        row = ImportRun(
            company_id=desk.context.company_id, resource=resource, filename=filename[:200] or "-", mark=mark,
            heads=heads_of(columns), mapping=dict(mapping) if mapping else None, rows=0,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id

    return Run(marked.run(work, action=f"{resource}.import"), marked)


def resumed(desk: Desk, id_: int) -> Run:
    """Return an import that stopped on its way, to go on with. Raises :class:`NotFound`."""
    with desk.reading(fresh=True) as session:
        row = session.scalars(
            sa.select(ImportRun).where(ImportRun.id == id_, ImportRun.state == "running")
        ).one_or_none()
        if row is None or row.created_by != desk.user.user_id:
            raise NotFound(_("There is no import {id} to go on with.").with_values(id=id_))
        marked = Desk(desk.office, desk.user, replace(desk.context, request_id=row.mark))
        counts = {name: getattr(row, name) for name in ("created", "changed", "unchanged")}
        return Run(row.id, marked, row.rows, counts)


def heads_of(columns: Sequence[str]) -> str:
    """Return a digest of the columns of a file, by which the next file like it is known."""
    return hashlib.sha256("\0".join(columns).encode()).hexdigest()[:32] if columns else ""


def remembered(desk: Desk, resource: str, columns: Sequence[str]) -> dict[str, str | None] | None:
    """Return how the columns of the last file like this one were matched, one's own before others'."""
    with desk.reading() as session:
        mine = sa.case((ImportRun.created_by == desk.user.user_id, 0), else_=1)
        wanted = sa.select(ImportRun.mapping).where(
            ImportRun.resource == resource, ImportRun.heads == heads_of(columns), ImportRun.mapping.is_not(None)
        )
        found = session.scalars(wanted.order_by(mine, ImportRun.id.desc()).limit(1)).first()
        return dict(found) if found else None


# -- taking it back ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Touch:
    """What an import did to one record: whether it added it, and the first and last entry of the audit log."""

    first: int
    last: int
    added: bool = False
    before: dict[str, Any] | None = None
    lines: bool = False


def undo(session: Session, run: ImportRun, *, partly: bool = False) -> dict[str, Any]:
    """Delete what ``run`` added and put back what it changed, inside the open transaction of a desk.

    Records that somebody touched since, or that the office cannot do without, stay as they are: with ``partly`` they
    are named in the answer, otherwise nothing is undone.

    Raises:
        Conflict: it was undone before, or something stays and ``partly`` is not set; says what and why.
    """
    if run.state == "undone":
        raise Conflict(_("This import was undone before."))
    desk: Desk = session.info["desk"]
    work = _Undoing(session, desk, desk.office.registry.get("resources", run.resource))
    work.all(_touched(session, work.table, run))
    if work.left and not partly:
        raise _refusal(work.left, desk)
    run.state, run.undone_at = "undone", session.now()
    session.flush()
    left = [translate(reason, desk.language) for reason in work.left]
    return {"id": run.id, "version": run.version, "deleted": work.deleted, "restored": work.restored, "left": left}


def _refusal(left: Sequence[Label], desk: Desk) -> Conflict:
    said = [translate(reason, desk.language) for reason in left[:MOST_TOLD]]
    count = _("{count} record cannot be put back.").counted("{count} records cannot be put back.", len(left))
    error = Conflict(count, why=" ".join(said), remedy=_("Undo it partly: what was touched since stays as it is."))
    error.details["left"] = said
    return error


def _touched(session: Session, table: str, run: ImportRun) -> dict[int, _Touch]:
    """Return what the import did to each record, read from the audit log."""
    began = sa.select(sa.func.min(AuditRow.id)).where(
        AuditRow.table_name == ImportRun.__tablename__, AuditRow.subject_id == run.id
    )
    wanted = sa.select(AuditRow).where(
        AuditRow.id >= began.scalar_subquery(),
        AuditRow.request_id == run.mark,
        AuditRow.table_name.in_([table, *parts_of(table)]),
    )
    found: dict[int, _Touch] = {}
    for row in session.scalars(wanted.order_by(AuditRow.id)):
        touch = found.setdefault(row.subject_id, _Touch(row.id, row.id))
        touch.last = row.id
        own = row.table_name == table
        touch.added = touch.added or (own and row.operation == "I")
        touch.lines = touch.lines or not own
        if own and row.operation == "U" and touch.before is None and row.payload is not None:
            touch.before = decode(table, json.loads(row.payload)["before"])
    return found


class _Undoing:
    """Puts the records of one resource back."""

    def __init__(self, session: Session, desk: Desk, resource: Resource) -> None:
        self.session = session
        self.desk = desk
        self.resource = resource
        self.table: str = resource.model.__tablename__
        self.deleted = 0
        self.restored = 0
        self.left: list[Label] = []

    def all(self, touched: Mapping[int, _Touch]) -> None:
        """Put back what ``touched`` names, the newest first: a record goes before the one it refers to."""
        ids = sorted(touched, reverse=True)
        for start in range(0, len(ids), CHUNK):
            some = ids[start : start + CHUNK]
            latest = self._latest(some)
            records = {r.id: r for r in self._records(some)}
            for id_ in some:
                if id_ in records:
                    self._one(records[id_], touched[id_], latest.get(id_))

    def _latest(self, ids: Sequence[int]) -> dict[int, tuple[int, str]]:
        """Return the last audit entry of each record, and who made it."""
        tables = [self.table, *parts_of(self.table)]
        last = (
            sa.select(sa.func.max(AuditRow.id))
            .where(AuditRow.table_name.in_(tables), AuditRow.subject_id.in_(ids))
            .group_by(AuditRow.subject_id)
        )
        rows = self.session.execute(
            sa.select(AuditRow.subject_id, AuditRow.id, AuditRow.actor).where(AuditRow.id.in_(last))
        )
        return {row.subject_id: (row.id, row.actor) for row in rows}

    def _records(self, ids: Sequence[int]) -> Iterable[Any]:
        model = self.resource.model
        return self.session.scalars(sa.select(model).where(model.id.in_(ids))).unique().all()

    def _one(self, record: Any, touch: _Touch, latest: tuple[int, str] | None) -> None:
        title = title_of(record, self.desk.language)
        if latest is not None and latest[0] > touch.last:
            said = _("{title} was changed since by {who}.").with_values(title=title, who=latest[1] or "-")
            self.left.append(said)
            return
        try:
            with explained(self.desk.office.database), self.session.begin_nested():
                self._delete(record) if touch.added else self._restore(record, touch)
                self.session.flush()
                self._check_now()
        except BackofficeError as error:
            if error.status >= 500:
                raise
            self.session.expire(record)
            self.left.append(_("{title}: {reason}").with_values(title=title, reason=error.what))

    def _delete(self, record: Any) -> None:
        self.desk.execute(f"{self.resource.name}.delete", {"id": record.id})
        self.deleted += 1

    def _restore(self, record: Any, touch: _Touch) -> None:
        verb = self.desk.verb(f"{self.resource.name}.change")
        given = dict(self._given(verb.fields, touch.before)) if touch.before else {}
        if touch.lines:
            given.update(self._lines(record, verb.fields, touch.first))
        if given:
            self.desk.execute(verb.name, {"id": record.id, **given})
        self.restored += 1

    def _given(self, fields: Iterable[Field], before: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """Yield the values a record had, as its form takes them."""
        translations = before.get("translations") or {}
        for field in fields:
            base, _mark, language = field.name.rpartition("_")
            if field.fields or field.secret or field.name in {"id", "version"}:
                continue
            if field.name in before:
                yield public_name(field), to_plain(before[field.name])
            elif base in before and len(language) == 2:
                yield field.name, (translations.get(language) or {}).get(base)
        added = next((f for f in fields if f.name == "custom"), None)
        if added is not None:
            values = before.get("custom") or {}
            yield "custom", {part.name: values.get(part.name) for part in added.fields}

    def _lines(self, record: Any, fields: Iterable[Field], first: int) -> Iterator[tuple[str, Any]]:
        """Yield the nested lines a record had before the entry ``first`` of the audit log."""
        described = {field.name: field for field in fields}
        for lines in self.resource.lines:
            field = described.get(lines.relation)
            if field is not None:
                child = child_of(lines, self.resource.model)
                living = {line.id for line in getattr(record, lines.relation)}
                rows = self._rows_before(child.__tablename__, record.id, first)
                yield lines.relation, [self._line(field, id_, row, id_ in living) for id_, row in rows]

    def _line(self, field: Field, id_: int, row: Mapping[str, Any], lives: bool) -> dict[str, Any]:
        found = {public_name(part): to_plain(row[part.name]) for part in field.fields if part.name in row}
        found.pop("id", None)
        return {"id": id_, **found} if lives else found

    def _rows_before(self, table: str, subject: int, first: int) -> list[tuple[int, dict[str, Any]]]:
        wanted = sa.select(AuditRow).where(
            AuditRow.table_name == table, AuditRow.subject_id == subject, AuditRow.id < first
        )
        last = {row.record_id: row for row in self.session.scalars(wanted.order_by(AuditRow.id))}
        return [
            (id_, decode(table, json.loads(row.payload)["after"]))
            for id_, row in sorted(last.items())
            if row.operation != "D" and row.payload is not None
        ]

    def _check_now(self) -> None:
        """Let PostgreSQL check now what it otherwise checks at commit, so that the reason is known by its record."""
        if self.session.dialect == "postgresql":
            for when in ("IMMEDIATE", "DEFERRED"):
                self.session.connection().execute(
                    sa.text(f"SET CONSTRAINTS ALL {when}"), execution_options={CHECKED: True}
                )


__all__ = ["Run", "begin", "heads_of", "remembered", "resumed", "undo"]
