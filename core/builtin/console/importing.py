"""Files on their way in: kept between the steps of an import, tried, loaded in place or by a job.

A file lies in the folder for files, below its organisation and the person who sent it, for a week at most; nobody else
can name it.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from pathlib import Path, PurePath
from typing import Any, BinaryIO, Final

from backoffice.core.errors import InvalidInput, NotFound
from backoffice.core.exchange import BadRow, ImportResult, bad_rows, import_rows, read_rows
from backoffice.core.exchange.layout import Target, match_columns
from backoffice.core.exchange.resources import IntoResource
from backoffice.core.exchange.runs import remembered
from backoffice.core.exchange.writers import Heading, csv_file
from backoffice.core.office import Desk
from backoffice.core.text import fold, translate
from backoffice.hookspecs import messages

_ = messages("console")

KEPT_FOR: Final = 7 * 24 * 60 * 60
PREVIEW: Final = 5
MOST_SHOWN: Final = 50
IN_PLACE: Final = 1000
"""Rows loaded while the browser waits; more are loaded by a job."""

JOB: Final = "console.import_file"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{24}")
_ENDINGS: Final = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".json", ".jsonl", ".ndjson"})


@dataclass(frozen=True, slots=True)
class Preview:
    """What the first look at a file tells."""

    columns: tuple[str, ...]
    samples: Sequence[Mapping[str, Any]]
    rows: int
    encoding: str = ""
    delimiter: str = ""


@dataclass(slots=True)
class Upload:
    """One file and what became of it so far."""

    folder: Path
    resource: str
    filename: str
    mapping: dict[str, str | None] = field(default_factory=dict)
    checked: dict[str, Any] | None = None
    """The result of the last dry run."""
    result: dict[str, Any] | None = None
    job: int | None = None
    run: int | None = None
    """Number of the import once it has begun."""

    @property
    def token(self) -> str:
        """Its name in addresses."""
        return self.folder.name

    @property
    def path(self) -> Path:
        """The file itself."""
        return self.folder / f"file{_ending(self.filename)}"

    @property
    def refusals(self) -> Path:
        """The refused rows of a load that is under way, one in a line, so that a break loses none."""
        return self.folder / "refused.jsonl"

    @property
    def refused(self) -> Path:
        """The refused rows, as a file to be corrected and sent again."""
        return self.folder / "refused.csv"

    def begin(self, run: int) -> None:
        """Write down the number of the import, by which it goes on after a break."""
        self.run = run
        self.save()

    def save(self) -> None:
        """Write down what is known about the file."""
        kept = {
            "resource": self.resource, "filename": self.filename, "mapping": self.mapping, "checked": self.checked,
            "result": self.result, "job": self.job, "run": self.run,
        }  # fmt: skip
        part = self.folder / "state.part"
        part.write_text(json.dumps(kept), "utf-8")
        part.replace(self.folder / "state.json")


def _ending(filename: str) -> str:
    ending = PurePath(filename).suffix.lower()
    return ending if ending in _ENDINGS else ".csv"


# -- keeping -----------------------------------------------------------------------------------------------------


def _place(desk: Desk) -> Path:
    configuration = desk.office.configuration
    owner = f"{desk.user.organization_id}-{desk.user.user_id or 0}"
    return configuration.resolve(configuration.files) / "imports" / owner


def keep(desk: Desk, resource: str, filename: str, save: Callable[[Path], None]) -> Upload:
    """Keep a file that was sent; ``save`` writes it to the path it is given."""
    place = _place(desk)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    _clear(place)
    folder = place / secrets.token_urlsafe(18)
    folder.mkdir(mode=0o700)
    made = Upload(folder, resource, PurePath(filename).name[:200] or "file.csv")
    save(made.path)
    made.save()
    return made


def _clear(place: Path) -> None:
    oldest = time.time() - KEPT_FOR
    for folder in place.iterdir():
        if folder.is_dir() and folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)


def find(desk: Desk, resource: str, token: str) -> Upload:
    """Return a file this person sent for ``resource``. Raises :class:`NotFound`."""
    folder = _place(desk) / token
    try:
        known = json.loads((folder / "state.json").read_text("utf-8")) if _TOKEN.fullmatch(token) else {}
    except FileNotFoundError:
        known = {}
    if known.get("resource") != resource:
        raise NotFound(
            _("This file is not here any more."),
            why=_("Files for import are kept for a week, and only for whoever sent them."),
            remedy=_("Send the file again."),
        )
    return Upload(folder, **known)


# -- looking and matching ----------------------------------------------------------------------------------------


def look(upload: Upload) -> Preview:
    """Return the columns of the file, its first rows and how many there are."""
    with upload.path.open("rb") as stream:
        rows = read_rows(stream, upload.path.name)
        numbered = iter(rows)
        samples = [row.values for row in islice(numbered, PREVIEW)]
        count = len(samples) + sum(1 for _row in numbered)
        columns = rows.columns or tuple(dict.fromkeys(name for sample in samples for name in sample))
        return Preview(columns, samples, count, rows.encoding, rows.delimiter)


def targets(desk: Desk, resource: str) -> list[Target]:
    """Return what columns can be loaded into."""
    return [target for target in IntoResource(desk, resource).targets if target.path != ("version",)]


def propose(desk: Desk, resource: str, columns: Sequence[str]) -> dict[str, str | None]:
    """Return for each column the name of the input it most likely holds, or nothing.

    A file with the same columns as one before is matched as that one was.
    """
    into = IntoResource(desk, resource)
    known = remembered(desk, resource, columns)
    if known is not None:
        names = {".".join(target.path) for target in into.targets}
        return {column: name if (name := known.get(column)) in names else None for column in columns}
    labels = {_plain(label): ".".join(t.path) for t in into.targets for label in (".".join(t.path), *t.labels)}
    found: dict[str, str | None] = {}
    for column in columns:
        name = _exact(column, into) or _near(column, labels)
        found[column] = name if name not in found.values() else None
    return found


def _exact(column: str, into: IntoResource) -> str | None:
    try:
        layout = match_columns([column], into.targets, into.known)
    except InvalidInput:
        return None
    target = layout.columns.get(column)
    return ".".join(target.path) if target is not None else None


def _near(column: str, labels: Mapping[str, str]) -> str | None:
    near = get_close_matches(_plain(column), labels, n=1, cutoff=0.84)
    return labels[near[0]] if near else None


def _plain(text: str) -> str:
    return re.sub(r"[\s_.-]+", " ", fold(text)).strip()


# -- loading -----------------------------------------------------------------------------------------------------


def load(desk: Desk, upload: Upload, *, dry_run: bool, progress: Callable[[int], None] | None = None) -> None:
    """Try or load the file, and write down what became of its rows."""
    earlier = list(_refused_before(upload)) if not dry_run and upload.run is not None else []
    with upload.path.open("rb") as stream, upload.refusals.open("a" if earlier else "w", encoding="utf-8") as refusals:
        rows = read_rows(stream, upload.path.name)
        result = import_rows(
            desk, upload.resource, rows, mapping=upload.mapping or None, dry_run=dry_run, progress=progress,
            filename=upload.filename, resume=None if dry_run else upload.run,
            begun=upload.begin, refused=lambda row: print(_line(row), file=refusals, flush=True),
        )  # fmt: skip
    result.failed = [*earlier, *result.failed]
    told = _told(desk, result)
    with upload.refused.open("wb") as file:
        file.writelines(bad_rows(result, bom=True))
    if dry_run:
        upload.checked = told
    else:
        upload.result, upload.checked = told, None
    upload.save()


def _line(row: BadRow) -> str:
    return json.dumps([row.number, dict(row.values), list(row.reasons)], ensure_ascii=False, default=str)


def _refused_before(upload: Upload) -> Iterator[BadRow]:
    """Yield the rows that were refused before a break; the last line may be half written."""
    if not upload.refusals.is_file():
        return
    for line in upload.refusals.read_text("utf-8").splitlines(keepends=True):
        if line.endswith("\n"):
            number, values, reasons = json.loads(line)
            yield BadRow(number, values, tuple(reasons))


def _told(desk: Desk, result: ImportResult) -> dict[str, Any]:
    return {
        "created": result.created,
        "changed": result.changed,
        "unchanged": result.unchanged,
        "refused": len(result.failed),
        "run": result.run,
        "rows": [_refused(desk, row) for row in result.failed[:MOST_SHOWN]],
    }


def _refused(desk: Desk, row: BadRow) -> dict[str, Any]:
    why = [translate(one, desk.language) for one in row.reasons]
    return {"row": row.number, "why": why, "values": _texts(row.values)}


def _texts(values: Mapping[str, Any]) -> str:
    return " · ".join(f"{value}" for value in values.values() if value not in (None, ""))


def by_job(desk: Desk, upload: Upload) -> int:
    """Let a job load the file; return its number."""
    arguments = {"token": upload.token, "resource": upload.resource}
    row: Any = desk.run(lambda session: session.enqueue(JOB, arguments), action=JOB)
    upload.job = row.id
    upload.save()
    return int(row.id)


def run(job: Any, *, token: str, resource: str) -> dict[str, Any]:
    """Load a kept file as a job: for whoever sent it, by their rights, telling how far it is."""
    upload = find(job.office, resource, token)
    total = look(upload).rows
    job.progress(0, total)
    load(job.office, upload, dry_run=False, progress=lambda done: job.progress(done, total))
    found = upload.result or {}
    return {name: found[name] for name in ("created", "changed", "unchanged", "refused", "run")}


def sample(desk: Desk, resource: str) -> Iterator[bytes]:
    """Return an empty file with the columns an import understands."""
    headings = [Heading(".".join(target.path), target.field.kind) for target in targets(desk, resource)]
    return csv_file([heading for heading in headings if heading.text != "id"], (), bom=True)


def stream_to(stream: BinaryIO) -> Callable[[Path], None]:
    """Return what writes ``stream`` to a path."""

    def save(path: Path) -> None:
        with path.open("wb") as file:
            shutil.copyfileobj(stream, file)

    return save
