"""Imports: rows of a file become records or actions; the good ones are loaded, the bad ones come back with reasons.

A row whose natural key is known changes that record, and only if something differs, so that a file imported twice
changes nothing the second time. Every row passes the same permissions and rules as a form does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count, islice
from typing import Any, Final

import sqlalchemy as sa

from backoffice.core.errors import BackofficeError
from backoffice.core.office import Desk
from backoffice.core.persistence import Session
from backoffice.core.persistence.database import explained
from backoffice.core.persistence.scoping import CHECKED

from .actions import IntoAction
from .cells import guarded_unless_number, text_of_value
from .drafts import BadRow, Draft, documents_of, drafts_of
from .layout import NUMBERS, Layout, match_columns
from .numbers import Mark, numbers_in
from .resources import IntoResource
from .rows import RawRow, Rows
from .runs import Run, begin, resumed
from .writers import Heading, csv_file

REASONS: Final = "_reasons"
SAMPLED: Final = 1000
"""Rows whose numbers are looked at before the first is read."""

Progress = Callable[[int], None]
"""Called with the number of rows read so far."""


@dataclass(slots=True)
class ImportResult:
    """What became of the rows. ``created``, ``changed`` and ``unchanged`` count records, ``failed`` holds rows."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: list[BadRow] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    """Columns that are known but cannot be written, or that were not wanted."""
    dry_run: bool = False
    run: int | None = None
    """Number of the import, by which it can be undone; a trial and an action have none."""

    @property
    def loaded(self) -> int:
        """Records that were added or changed."""
        return self.created + self.changed


def import_rows(
    desk: Desk,
    name: str,
    rows: Rows | Iterable[RawRow | Mapping[str, Any]],
    *,
    mapping: Mapping[str, str | None] | None = None,
    update: bool = True,
    batch: int = 200,
    dry_run: bool = False,
    decimal_mark: Mark | None = None,
    progress: Progress | None = None,
    filename: str = "",
    resume: int | None = None,
    begun: Callable[[int], None] | None = None,
    refused: Callable[[BadRow], None] | None = None,
) -> ImportResult:
    """Load ``rows`` into the resource or action ``name`` and return what became of each.

    Args:
        desk: who imports; every row needs their permission to create, change or act.
        name: a resource, whose rows are records, or an action, for which each row holds the arguments.
        rows: what :func:`~.reading.read_rows` gives, or plain mappings.
        mapping: column → name of the field, where they differ; nothing leaves a column out.
        update: whether a row with a known natural key changes that record; otherwise it is refused.
        batch: records in one transaction; when it fails, each of its records gets one of its own.
        dry_run: try everything in one transaction and take it back.
        decimal_mark: how the file writes decimals, where its own numbers do not tell.
        progress: told how many rows were read, after each batch.
        filename: what the file is called in the list of imports.
        resume: number of an import of the same file that stopped on its way; rows it has done are passed over.
        begun: told the number of the import before the first row is loaded.
        refused: told each refused row as soon as it is known, so that a break loses none.

    Raises:
        NotFound, Forbidden: there is nothing of that name, or this person may load nothing into it.
        InvalidInput: a column is unknown.
        MalformedRequest: the file cannot be read any further.
    """
    into = _into(desk, name, update)
    source = _raw(rows)
    layout, drafts = _drafts(into, source, mapping, decimal_mark)
    result = ImportResult(columns=source.columns, ignored=layout.ignored, dry_run=dry_run)
    run = _Run(into, layout, result, refused)
    if dry_run:
        run.try_all(list(drafts))
        return run.finished()
    if isinstance(into, IntoResource):
        record = resumed(desk, resume) if resume is not None else begin(
            desk, name, filename=filename or source.kind, columns=source.columns, mapping=mapping
        )  # fmt: skip
        run.on_record(record)
        if begun is not None:
            begun(record.id)
    rows_read = run.pass_over(drafts)
    while some := list(islice(drafts, batch)):
        rows_read += sum(len(draft.rows) for draft in some)
        run.load(some, rows_read)
        if progress is not None:
            progress(rows_read)
    run.load_waiting(batch)
    return run.finished()


def bad_rows(result: ImportResult, *, bom: bool = False) -> Iterator[bytes]:
    """Return the refused rows as a CSV file with a column of reasons, to be corrected and imported again."""
    named = list(dict.fromkeys([*result.columns, *(name for row in result.failed for name in row.values)]))
    headings = [Heading(name) for name in (*named, REASONS)]
    cells = ([*(row.values.get(name) for name in named), "; ".join(row.reasons)] for row in result.failed)
    return csv_file(headings, cells, bom=bom, cell=lambda value: guarded_unless_number(text_of_value(value)))


def _into(desk: Desk, name: str, update: bool) -> IntoResource | IntoAction:
    if name in desk.office.registry.resources:
        return IntoResource(desk, name, update=update)
    return IntoAction(desk, name)


def _raw(rows: Rows | Iterable[RawRow | Mapping[str, Any]]) -> Rows:
    if isinstance(rows, Rows):
        return rows
    numbered = (row if isinstance(row, RawRow) else RawRow(n, row) for n, row in zip(count(1), rows, strict=False))
    return Rows("python", (), numbered)


def _drafts(
    into: IntoResource | IntoAction, source: Rows, mapping: Mapping[str, str | None] | None, mark: Mark | None
) -> tuple[Layout, Iterator[Draft]]:
    if not source.columns:
        return Layout({}), documents_of(source, into.known)
    layout = match_columns(source.columns, into.targets, into.known, mapping)
    rows = iter(source)
    sample = list(islice(rows, SAMPLED))
    numeric = [column for column, target in layout.columns.items() if target.field.kind in NUMBERS]
    texts = (row.values.get(column) for row in sample for column in numeric)
    numbers = numbers_in((text for text in texts if isinstance(text, str)), source.delimiter, mark)
    layout = replace(layout, numbers=numbers)
    return layout, drafts_of(chain(sample, rows), layout)


class _Run:
    """One import at work: batches in transactions, and what became of each draft."""

    def __init__(
        self, into: IntoResource | IntoAction, layout: Layout, result: ImportResult,
        refused: Callable[[BadRow], None] | None = None,
    ) -> None:  # fmt: skip
        self.into = into
        self.layout = layout
        self.result = result
        self.waiting: list[Draft] = []
        self.told = refused
        self.record: Run | None = None

    def on_record(self, record: Run) -> None:
        """Load from now on as the import ``record``, whose mark every change carries."""
        self.record, self.result.run = record, record.id
        self.into.desk = record.desk
        for name, done in (record.counts or {}).items():
            setattr(self.result, name, done)

    def pass_over(self, drafts: Iterator[Draft]) -> int:
        """Leave out the rows that were done before a break; return how many."""
        rows = 0
        while self.record is not None and rows < self.record.rows:
            draft = next(drafts, None)
            if draft is None:
                break
            rows += len(draft.rows)
        return rows

    def load(self, drafts: Sequence[Draft], rows: int | None = None) -> None:
        """Load a batch: all of it in one transaction or, if that fails, each draft in one of its own.

        ``rows`` is how many rows of the file are done with it, noted in the same transaction.
        """
        good = [draft for draft in drafts if self._prepared(draft)]
        try:
            outcomes = self._kept(good, rows)
        except BackofficeError as error:
            if error.status >= 500:
                raise
            outcomes = [self._alone(draft) for draft in good]
            self._kept([], rows)
        self._count(outcomes)
        self._collect(drafts)

    def _kept(self, drafts: Sequence[Draft], rows: int | None = None) -> list[str]:
        """Load ``drafts`` and note it in one transaction: a break between the two would load them twice."""
        record = self.record
        if record is None:
            return self.into.load(drafts) if drafts else []

        def work(session: Session) -> list[str]:
            outcomes = self.into.load(drafts) if drafts else []
            waits = self.waiting or (self.into.refers_to_itself and any(draft.waits for draft in drafts))
            record.count(session, outcomes, rows=None if waits else rows, refused=len(self.result.failed))
            return outcomes

        into = self.into
        known = into.known_records if isinstance(into, IntoResource) else {}
        try:
            return into.desk.run(work, action=into.action)
        except BackofficeError:
            # What was found inside of it is gone with it.
            if isinstance(into, IntoResource):
                into.known_records = known
            raise

    def load_waiting(self, batch: int) -> None:
        """Load what referred to rows further down, again and again as long as that brings anything in."""
        before = -1
        while self.waiting and len(self.waiting) != before:
            before, again, self.waiting = len(self.waiting), self.waiting, []
            for start in range(0, len(again), batch):
                self.load(again[start : start + batch])

    def try_all(self, drafts: Sequence[Draft]) -> None:
        """Try every draft in one transaction and take it back: later rows may need what earlier ones made."""
        good = [draft for draft in drafts if self._prepared(draft)]
        try:
            self.into.desk.run(lambda session: self._try(session, good), action=self.into.action)
        except _TakenBack as done:
            self._count(done.outcomes)
        self._collect(drafts)

    def finished(self) -> ImportResult:
        """Return the result, what still waits being refused, in the order of the file."""
        for draft in self.waiting:
            self._refuse(draft)
        if self.record is not None:
            self.record.end(len(self.result.failed))
        self.result.failed.sort(key=lambda row: row.number)
        return self.result

    def _prepared(self, draft: Draft) -> bool:
        if not draft.errors and draft.refused is None:
            try:
                self.into.prepare(draft)
            except BackofficeError as error:
                draft.refuse(error, self.layout)
        return not draft.errors

    def _alone(self, draft: Draft) -> str:
        try:
            return self._kept([draft])[0]
        except BackofficeError as error:
            if error.status >= 500:
                raise
            draft.refused = error
            return ""

    def _try(self, session: Session, drafts: Sequence[Draft]) -> None:
        outcomes: list[str] = []
        before = -1
        while drafts and len(drafts) != before:
            before = len(drafts)
            outcomes += [self._try_one(session, draft) for draft in drafts]
            drafts = [draft for draft in drafts if draft.waits and self.into.refers_to_itself]
        raise _TakenBack(outcomes)

    def _try_one(self, session: Session, draft: Draft) -> str:
        try:
            with explained(self.into.desk.office.database), session.begin_nested():
                outcome = self.into.load([draft])[0]
                session.settle()
                _check_now(session)
                return outcome
        except BackofficeError as error:
            if error.status >= 500:
                raise
            draft.refused = error
            return ""

    def _count(self, outcomes: Iterable[str]) -> None:
        for outcome in filter(None, outcomes):
            setattr(self.result, outcome, getattr(self.result, outcome) + 1)

    def _collect(self, drafts: Iterable[Draft]) -> None:
        for draft in drafts:
            if draft.waits and self.into.refers_to_itself:
                self.waiting.append(draft)
            else:
                self._refuse(draft)

    def _refuse(self, draft: Draft) -> None:
        if draft.refused is not None:
            draft.refuse(draft.refused, self.layout)
        if draft.errors:
            bad = draft.bad_rows(self.into.desk.language)
            self.result.failed += bad
            if self.told is not None:
                for row in bad:
                    self.told(row)


class _TakenBack(Exception):
    """Ends a trial: nothing of it is kept."""

    def __init__(self, outcomes: list[str]) -> None:
        super().__init__()
        self.outcomes = outcomes


def _check_now(session: Session) -> None:
    """Let PostgreSQL check now what it otherwise checks at commit, which a trial never reaches."""
    if session.dialect == "postgresql":
        for when in ("IMMEDIATE", "DEFERRED"):
            session.connection().execute(sa.text(f"SET CONSTRAINTS ALL {when}"), execution_options={CHECKED: True})


__all__ = ["REASONS", "BadRow", "ImportResult", "bad_rows", "import_rows"]
