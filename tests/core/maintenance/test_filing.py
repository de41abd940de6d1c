"""The files of records go with a backup and come back with it, each one read before it counts."""

import zipfile

import pytest

from backoffice.core.attachments import files
from backoffice.core.attachments.store import Store
from backoffice.core.errors import AlreadyExists, Unavailable
from backoffice.core.maintenance import filing
from backoffice.core.maintenance.integrity import problems
from backoffice.core.testing.offices import desk_of


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "files")
    for text in (b"one", b"two"):
        made.keep(text)
    return made


def paths(store):
    return sorted(path for path in store.folder.rglob("*") if path.is_file())


def test_files_are_packed_beside_the_backup_and_put_back(store, tmp_path):
    assert filing.pack(store, tmp_path / "one") == 2
    kept = {path: path.read_bytes() for path in paths(store)}
    gone, damaged = kept
    gone.unlink()
    damaged.write_bytes(b"something else")
    assert filing.unpack(store, tmp_path / "one") == 2
    assert {path: path.read_bytes() for path in paths(store)} == kept
    assert filing.unpack(store, tmp_path / "one") == 0


def test_files_that_came_later_stay(store, tmp_path):
    filing.pack(store, tmp_path / "one")
    later = store.keep(b"three")
    filing.unpack(store, tmp_path / "one")
    assert store.read(later) == b"three"


def test_a_damaged_file_is_not_packed(store, tmp_path):
    paths(store)[0].write_bytes(b"something else")
    with pytest.raises(Unavailable):
        filing.pack(store, tmp_path / "one")
    assert not filing.beside(tmp_path / "one").exists()


def test_without_files_there_is_no_archive(tmp_path):
    filing.beside(tmp_path / "one").write_bytes(b"of the backup that is replaced")
    assert filing.pack(Store(tmp_path / "files"), tmp_path / "one") == 0
    assert not filing.beside(tmp_path / "one").exists()


def test_an_archive_is_not_replaced_unasked(store, tmp_path):
    filing.pack(store, tmp_path / "one")
    with pytest.raises(AlreadyExists):
        filing.refuse_to_replace(tmp_path / "one", overwrite=False)
    filing.refuse_to_replace(tmp_path / "one", overwrite=True)


def test_no_byte_of_an_archive_can_change_unseen_where_files_lie(store, tmp_path):
    filing.pack(store, tmp_path / "one")
    archive = filing.beside(tmp_path / "one")
    whole = archive.read_bytes()
    with zipfile.ZipFile(archive) as opened:
        places = [info.header_offset + 30 + len(info.filename) for info in opened.infolist()]
    for place in places:
        archive.write_bytes(whole[:place] + bytes([whole[place] ^ 0x11]) + whole[place + 1 :])
        with pytest.raises(Unavailable):
            filing.check(archive)
    archive.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Unavailable):
        filing.check(archive)


def test_a_name_in_an_archive_leads_nowhere_else(store, tmp_path):
    with zipfile.ZipFile(filing.beside(tmp_path / "one"), "w") as archive:
        archive.writestr("../../outside", b"x")
    with pytest.raises(Unavailable):
        filing.unpack(store, tmp_path / "one")
    assert not (tmp_path.parent / "outside").exists()


def test_a_check_names_files_of_records_that_are_lost(offices):
    office = offices.make(only=[])
    desk = desk_of(office)
    branch = desk.execute("core.branch.create", code="a", name="A branch")
    files.add(desk, "core.branch", branch["id"], "notes.txt", b"kept")
    files.add(desk, "core.branch", branch["id"], "other.txt", b"also kept")
    assert not list(problems(office))
    lost = paths(Store.of(office.configuration))[0]
    lost.unlink()
    (said,) = problems(office)
    assert lost.name in said.filled()
    assert ".txt" in said.filled()
