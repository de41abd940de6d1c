"""The files of a book: the one that was given, and those it includes. Nothing outside its folder is read."""

from __future__ import annotations

import glob
import hashlib
import io
import zlib
from pathlib import Path, PurePosixPath
from typing import Final

from backoffice.hookspecs import messages

from .book import BookError, Place

_ = messages("accounting")

MOST_BYTES: Final = 256 * 1024 * 1024
MOST_FILES: Final = 2000


class Files:
    """The bytes of a book by name. ``folder`` is where included files lie; without one nothing can be included."""

    def __init__(self, name: str, data: bytes, folder: Path | None = None) -> None:
        self.name = name
        self.data = data
        self.folder = folder.resolve() if folder else None
        self._hash = hashlib.sha256(data)
        self.parts = [(name, data)]
        """Names and bytes of all files read."""

    @classmethod
    def at(cls, path: Path) -> Files:
        """Return the file at ``path``, which may include others of its folder."""
        return cls(path.name, path.read_bytes(), path.parent)

    @property
    def digest(self) -> str:
        """The fingerprint of all that was read so far."""
        return self._hash.hexdigest()

    def text(self) -> str:
        """Return the file as text. Raises :class:`BookError` when it is none."""
        return self._decoded(self.data, Place(self.name, 0))

    def included(self, pattern: str, place: Place) -> list[tuple[str, str]]:
        """Return names and texts of the files that ``pattern`` names, seen from the file at ``place``."""
        if self.folder is None:
            raise BookError(
                place,
                _("The file {name} is not here.").with_values(name=pattern),
                why=_("A file that was uploaded alone cannot include others."),
                remedy=_("Import it from the command line, or put all files into one."),
            )
        base = self.folder / PurePosixPath(place.file).parent
        found = sorted(glob.glob(str(base / pattern.strip().strip("\"'")), recursive=True))
        paths = [path for path in map(Path, found) if path.is_file()]
        if not paths:
            raise BookError(
                place,
                _("The file {name} is not here.").with_values(name=pattern),
                remedy=_("Put it beside the file that includes it."),
            )
        return [self._include(path, place) for path in paths if self._name(path, place) != place.file]

    def _name(self, path: Path, place: Place) -> str:
        assert self.folder is not None  # asked before
        try:
            return path.resolve().relative_to(self.folder).as_posix()
        except ValueError as error:
            raise BookError(
                place,
                _("The file {name} lies outside of the book's folder.").with_values(name=path.name),
                remedy=_("Import the file from a folder that holds everything it includes."),
            ) from error

    def _include(self, path: Path, place: Place) -> tuple[str, str]:
        if len(self.parts) >= MOST_FILES:
            raise BookError(place, _("Too many files are included."), remedy=_("Does a file include itself?"))
        name = self._name(path, place)
        data = path.read_bytes()
        self._hash.update(data)
        self.parts.append((name, data))
        return name, self._decoded(data, place)

    def _decoded(self, data: bytes, place: Place) -> str:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise BookError(
                Place(self.name, line),
                _("The file is not written in UTF-8."),
                remedy=_("Save it as UTF-8 and try again."),
            ) from error
        return text.replace("\r\n", "\n").replace("\r", "\n")


def unpacked(data: bytes, place: Place) -> bytes:
    """Return gzip ``data`` unpacked. Raises :class:`BookError` when it is damaged or grows beyond measure."""
    opened = zlib.decompressobj(wbits=31)
    out = io.BytesIO()
    try:
        out.write(opened.decompress(data, MOST_BYTES))
    except zlib.error as error:
        raise BookError(
            place, _("The file is damaged."), why=str(error), remedy=_("Save it anew in the other program.")
        ) from error
    if opened.unconsumed_tail:
        raise BookError(place, _("The file is too large."), remedy=_("Export it in parts."))
    if not opened.eof:
        raise BookError(
            place,
            _("The file is damaged."),
            why=_("It ends too early."),
            remedy=_("Save it anew in the other program."),
        )
    return out.getvalue()
