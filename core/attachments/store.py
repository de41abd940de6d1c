"""Where the bytes of files lie: a folder, each file under the SHA-256 of what is in it.

The names are ours alone, so nothing that was sent reaches a path. A file is written whole before it has its name, never
changed, and checked against its name whenever it is read. The same file kept twice is there once.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backoffice.core.configuration import Configuration
from backoffice.core.errors import NotFound, Unavailable
from backoffice.hookspecs import messages

_ = messages("attachments")

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_PART: Final = "part-"


@dataclass(frozen=True, slots=True)
class Store:
    """The files of an installation."""

    folder: Path

    @classmethod
    def of(cls, configuration: Configuration) -> Store:
        """Return the store that ``configuration`` names with ``files``."""
        return cls(configuration.resolve(configuration.files))

    def keep(self, data: bytes) -> str:
        """Write ``data`` unless it is there, and return its digest.

        Raises :class:`Unavailable` when the folder cannot be written.
        """
        digest = hashlib.sha256(data).hexdigest()
        path = self._path(digest)
        try:
            if path.exists():
                os.utime(path)  # it is wanted again: the sweep for files that nobody wants waits from now on
                return digest
            self._write(path, data)
        except OSError as error:
            raise _closed(self.folder, error) from error
        return digest

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_name(f"{_PART}{secrets.token_hex(8)}")
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        _sync(path.parent)

    def read(self, digest: str) -> bytes:
        """Return the file ``digest``.

        Raises:
            NotFound: there is no such file.
            Unavailable: it cannot be read, or is not what was kept.
        """
        try:
            with open(os.open(self._path(digest), os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
                data = file.read()
        except FileNotFoundError as error:
            raise NotFound(
                _("The file is not there any more."), remedy=_("Take it from a backup of the folder of files.")
            ) from error
        except OSError as error:
            raise _closed(self.folder, error) from error
        if hashlib.sha256(data).hexdigest() != digest:
            raise Unavailable(
                _("The file was changed after it was kept."),
                why=_("What is in it does not fit its digest."),
                remedy=_("Take it from a backup of the folder of files."),
            )
        return data

    def has(self, digest: str) -> bool:
        """Tell whether there is a file ``digest``."""
        return self._path(digest).is_file()

    def older_than(self, seconds: float) -> Iterator[str]:
        """Yield the digests of files that were kept, or wanted again, longer ago than ``seconds``."""
        for path in self._older(seconds):
            if _DIGEST.fullmatch(path.name):
                yield path.name

    def drop_parts(self, seconds: float) -> int:
        """Remove what was left when a program ended while writing; return how many."""
        found = [path for path in self._older(seconds) if path.name.startswith(_PART)]
        for path in found:
            path.unlink(missing_ok=True)
        return len(found)

    def _older(self, seconds: float) -> Iterator[Path]:
        if not self.folder.is_dir():
            return
        before = time.time() - seconds
        for folder in sorted(self.folder.iterdir()):
            if len(folder.name) == 2 and folder.is_dir() and not folder.is_symlink():
                for path in sorted(folder.iterdir()):
                    with suppress(FileNotFoundError):
                        if path.lstat().st_mtime < before:
                            yield path

    def remove(self, digest: str) -> None:
        """Remove the file ``digest`` for good."""
        self._path(digest).unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise NotFound(_("The file is not there any more."))
        return self.folder / digest[:2] / digest


def _sync(folder: Path) -> None:
    """Have the name survive a loss of power, as the bytes do."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _closed(folder: Path, error: OSError) -> Unavailable:
    return Unavailable(
        _("The folder of files cannot be used."),
        why=str(error.strerror or error),
        remedy=_("Let the program's user read and write {path}.").with_values(path=str(folder)),
    )


__all__ = ["Store"]
