"""The files of records in a backup: one archive beside the database's, each file under its digest.

The database is copied first and files are never changed, so whatever the copy refers to is in the folder when the
archive is made. Nothing counts before it was read back and fits its digest. Putting files back adds those that are
missing or damaged and removes none: which are still wanted the database says.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from backoffice.core.attachments.models import Attachment
from backoffice.core.attachments.store import Store
from backoffice.core.errors import AlreadyExists, BackofficeError, NotFound, Unavailable
from backoffice.core.office import Backoffice
from backoffice.core.persistence import explained
from backoffice.hookspecs import messages

from .backup import appearing

_ = messages("cli")

ENDING: Final = ".files.zip"


def beside(backup: Path) -> Path:
    """Return where the files of ``backup`` are: ``today.backup.files.zip`` beside ``today.backup``."""
    return backup.with_name(backup.name + ENDING)


def refuse_to_replace(backup: Path, *, overwrite: bool) -> None:
    """Raise :class:`AlreadyExists` when an archive is beside ``backup`` already and ``overwrite`` is not set."""
    if beside(backup).exists() and not overwrite:
        raise AlreadyExists(
            _("{path} exists already.").with_values(path=str(beside(backup))),
            remedy=_("Choose another name, or add --overwrite."),
        )


def pack(store: Store, backup: Path) -> int:
    """Write every file of ``store`` beside ``backup`` and return how many; without any there is no archive.

    Raises :class:`Unavailable` when a file is damaged, the folder cannot be read, or what was written is not whole.
    """
    target = beside(backup)
    digests = sorted(store.older_than(0))
    if not digests:
        target.unlink(missing_ok=True)
        return 0
    with appearing(target) as unfinished:
        packed = _write(store, digests, unfinished)
        check(unfinished)
    return packed


def _write(store: Store, digests: Iterable[str], path: Path) -> int:
    packed = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for digest in digests:
            try:
                archive.writestr(digest, store.read(digest))
            except NotFound:
                continue  # swept meanwhile: nothing referred to it for a day
            packed += 1
    return packed


def check(path: Path) -> int:
    """Read every file in the archive ``path`` and return how many there are.

    Raises :class:`Unavailable` when one does not fit its digest, or the archive cannot be read.
    """
    return sum(1 for _digest, _data in _files(path))


def _files(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(path) as archive:
            for digest in archive.namelist():
                data = archive.read(digest)
                if hashlib.sha256(data).hexdigest() != digest:
                    raise _damaged(path, _("What is in {digest} does not fit its digest.").with_values(digest=digest))
                yield digest, data
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise _damaged(path, str(error)) from error


def _damaged(path: Path, why: str) -> Unavailable:
    return Unavailable(
        _("The archive {path} is damaged.").with_values(path=str(path)),
        why=why,
        remedy=_("Do not use it; take one that is whole."),
    )


def unpack(store: Store, backup: Path) -> int:
    """Put the files that are beside ``backup`` into ``store`` and return how many were missing or damaged there."""
    return sum(_put_back(store, digest, data) for digest, data in _files(beside(backup)))


def _put_back(store: Store, digest: str, data: bytes) -> int:
    if store.has(digest):
        try:
            store.read(digest)
        except BackofficeError:
            store.remove(digest)
        else:
            return 0
    store.keep(data)
    return 1


def lost(office: Backoffice) -> Iterator[tuple[str, str]]:
    """Yield name and digest of each file that a record refers to and that is missing or damaged in the folder."""
    store = Store.of(office.configuration)
    wanted = sa.select(Attachment.digest, sa.func.min(Attachment.name)).group_by(Attachment.digest)
    with explained(office.database), office.database.looking() as session:
        named = session.execute(wanted.order_by(Attachment.digest)).all()
    for digest, name in named:
        try:
            store.read(digest)
        except BackofficeError:
            yield name, digest


__all__ = ["ENDING", "beside", "check", "lost", "pack", "refuse_to_replace", "unpack"]
