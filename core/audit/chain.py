"""Check the chain of checkpoints: each names the hash of the one before, so that the newest signature covers them all.

Signatures of others are looked at only where the chain is broken, to tell what was changed there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from backoffice.core.errors import InvalidInput, NotFound
from backoffice.hookspecs import messages

from .findings import Findings
from .notes import Checkpoint, Note, Verifier, note_hash
from .reading import StoredCheckpoint, readable
from .storage import Store, instant_out, instant_text

_ = messages("audit")

TABLE = "core_checkpoint"


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint kept outside of the database; ``place`` names where."""

    checkpoint: Checkpoint
    place: str


def read_kept(given: Path | str, verifiers: Sequence[Verifier]) -> Kept:
    """Return the checkpoint in a file, the newest one in a folder, or the one whose text is given.

    Raises:
        NotFound: there is no such file, or no checkpoint in the folder.
        InvalidInput: it is no checkpoint, or signed by none of ``verifiers``.
    """
    if isinstance(given, str) and "\n" in given:
        return _kept(given, "checkpoint", verifiers)
    path = Path(given)
    if not path.is_dir():
        return _kept(_text_of(path), path.name, verifiers)
    found = [_kept(_text_of(one), one.name, verifiers) for one in path.glob("checkpoint-*.txt")]
    if not found:
        raise NotFound(_("There is no checkpoint in {path}.").with_values(path=str(path)))
    return max(found, key=lambda kept: kept.checkpoint.size)


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(
            _("The checkpoint {path} cannot be read.").with_values(path=str(path)), why=str(error)
        ) from error


def _kept(text: str, place: str, verifiers: Sequence[Verifier]) -> Kept:
    try:
        note = Note.parse(text)
        checkpoint = Checkpoint.parse(note.text)
    except ValueError as error:
        raise InvalidInput(_("{place} is not a checkpoint.").with_values(place=place), why=str(error)) from error
    if note.signed_by(verifiers) is None:
        raise InvalidInput(
            _("The checkpoint {place} is not signed by a key of this installation.").with_values(place=place),
            remedy=_("Add the verifier key that goes with it to the file of public keys, if you trust it."),
        )
    return Kept(checkpoint, place)


@dataclass(slots=True)
class Chain:
    """Follows the stored checkpoints by size. ``last`` is the hash of the note before the first one to come."""

    verifiers: Sequence[Verifier]
    findings: Findings
    last: bytes = b""
    newest: Checkpoint | None = None
    _note: str = ""
    _origin: str = ""
    _distrusted: set[int] = field(default_factory=set)

    @property
    def signed_at(self) -> datetime | None:
        """When the newest checkpoint was signed."""
        return None if self.newest is None or not self.newest.at else datetime.fromisoformat(self.newest.at)

    def follow(self, rows: Sequence[StoredCheckpoint]) -> list[tuple[int, bytes, str]]:
        """Check the next checkpoints; return size, root and note of each that says what it should."""
        return [row for row in map(self._follow, rows) if row is not None]

    def _follow(self, row: StoredCheckpoint) -> tuple[int, bytes, str] | None:
        size, root, at, note = row
        if not self._is_next(row):
            self._look_closer(row)
        self.last, self._note = note_hash(note), note
        self.newest = Checkpoint(self._origin, size, root, _instant(at))
        return (size, root, note) if size not in self._distrusted else None

    def _is_next(self, row: StoredCheckpoint) -> bool:
        """Tell whether a checkpoint says what its columns say and names the one before."""
        size, root, at, note = row
        expected = Checkpoint(self._origin, size, root, _instant(at), self.last).to_text()
        return note.startswith(expected + "\n")

    def _look_closer(self, row: StoredCheckpoint) -> None:
        size, _root, _at, note = row
        said = self.signed(note)
        if said is None:
            self.distrust(size)
            return
        self._origin = said.origin
        self._compare_columns(row, said)
        if said.previous == self.last:
            return
        if self.newest is not None and not self.is_signed(self._note):
            self.distrust(self.newest.size)
        else:
            low = 0 if self.newest is None else self.newest.size
            missing = _("Checkpoints between the sizes {low} and {high} are missing.").with_values(
                low=low, high=said.size
            )
            self.findings.add(TABLE, said.size, missing)

    def _compare_columns(self, row: StoredCheckpoint, said: Checkpoint) -> None:
        size, root, at, _note = row
        differing = [
            name
            for name, stored, signed in (
                ("size", size, said.size), ("root", root, said.root), ("at", _instant(at), said.at),
            )
            if stored != signed
        ]  # fmt: skip
        if differing:
            self._distrusted.add(size)
            self.findings.add(TABLE, size, _("This checkpoint does not say what was signed."), *differing)

    def distrust(self, size: int) -> None:
        """Name the checkpoint at ``size`` as changed."""
        self._distrusted.add(size)
        self.findings.add(TABLE, size, _("This checkpoint was changed: its signature is not right."), "note")

    def is_signed(self, note: str) -> bool:
        """Tell whether ``note`` is signed by a key of this installation; without any key, believe it."""
        if not self.verifiers:
            return True
        try:
            return Note.parse(note).signed_by(self.verifiers) is not None
        except ValueError:
            return False

    def signed(self, note: Any) -> Checkpoint | None:
        """Return what ``note`` says when it is a checkpoint with a right signature."""
        try:
            return Checkpoint.parse(Note.parse(note).text) if self.is_signed(note) else None
        except (ValueError, AttributeError):
            return None

    def finish(self, store: Store, size: int) -> None:
        """Check that the newest checkpoint, which covers all others, is signed and over ``size`` leaves."""
        if not self.verifiers and size:
            self.findings.add(TABLE, None, _("Signatures cannot be checked: there is no public key."))
        later = "SELECT size, root, at, note FROM core_checkpoint WHERE size > ? ORDER BY size"
        self.follow(readable(store.rows(later, (size,))))
        if self.newest is not None and self.newest.size not in self._distrusted and not self.is_signed(self._note):
            self.distrust(self.newest.size)
        if size and self.newest is None and not self.last:
            self.findings.add(TABLE, None, _("There are leaves, but no checkpoint."))


def _instant(stored: Any) -> str:
    """Return an instant as it is signed, or nothing when what is stored is none."""
    try:
        return instant_text(instant_out(stored))
    except (ValueError, AttributeError):
        return ""


__all__ = ["Chain", "Kept", "read_kept"]
