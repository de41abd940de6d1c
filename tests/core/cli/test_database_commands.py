"""`backoffice db`: tables, backups, and what a restore never does."""

import json
import sqlite3

import pytest


def authors(shell):
    listed = shell("list", "library.author", "--limit", "0", "--order", "code", "--format", "json")
    assert listed.code == 0, listed.err
    return [record["code"] for record in json.loads(listed.out)]


def add(shell, code):
    assert shell("do", "library.author.create", "--field", f"code={code}", "--field", "name=A").code == 0


@pytest.fixture
def backed_up(books, library):
    """A library with one author in its backup, and one more since."""
    add(books, "a")
    done = books("db", "backup", "one.backup")
    assert done.code == 0, done.err
    add(books, "b")
    library.database.close()
    return books


def test_where_the_tables_stand(books):
    told = {one["name"]: one for one in json.loads(books("db", "status", "--format", "json").out)}
    assert told["library"]["pending"] is False
    assert "library" in books("db", "status").out


def test_an_upgrade_with_nothing_to_do(books):
    assert "newest shape" in books("db", "upgrade").out


def test_tables_go_down_and_up_again(books):
    assert books("db", "downgrade", "library", "base", "--yes").code == 0
    refused = books("list", "library.author")
    assert refused.code == 4
    assert "backoffice db upgrade" in refused.err
    assert "library: from nothing to" in books("db", "upgrade").out
    assert authors(books) == []


def test_a_downgrade_asks_first(books):
    done = books("db", "downgrade", "library", "base")
    assert done.code == 2
    assert "--yes" in done.err
    assert books("db", "downgrade", "library", "nowhere", "--yes").code == 3
    assert books("db", "downgrade", "nothing", "base", "--yes").code == 4


def test_a_backup_is_written_while_the_database_is_in_use(books, library):
    add(books, "a")
    with library.database.system() as session, session.begin():
        from backoffice.core.users.models import Organization

        session.query(Organization).first().name = "In the middle of a change"
        session.flush()
        assert books("db", "backup", "one.backup").code == 0
    assert (books.folder / "one.backup").stat().st_mode & 0o077 == 0


def test_a_backup_does_not_overwrite(backed_up):
    done = backed_up("db", "backup", "one.backup")
    assert done.code == 6
    assert backed_up("db", "backup", "one.backup", "--overwrite").code == 0


def test_a_backup_of_a_missing_database_leaves_nothing(shell):
    shell.configure(database="sqlite:///nowhere.db")
    assert shell("db", "backup", "one.backup").code == 7
    assert [path.name for path in shell.folder.iterdir()] == ["backoffice.toml"]


def test_a_restore_refuses_a_database_with_data(backed_up):
    done = backed_up("db", "restore", "one.backup")
    assert done.code == 6
    assert "--yes" in done.err
    assert authors(backed_up) == ["a", "b"]


def test_a_restore_brings_back_what_was_and_keeps_what_is(backed_up):
    done = backed_up("db", "restore", "one.backup", "--yes")
    assert done.code == 0, done.err
    assert "kept as" in done.out
    assert authors(backed_up) == ["a"]


def test_a_damaged_backup_changes_nothing(backed_up):
    path = backed_up.folder / "one.backup"
    content = bytearray(path.read_bytes())
    content[len(content) // 3 : len(content) // 2] = b"\x55" * (len(content) // 2 - len(content) // 3)
    path.write_bytes(content)
    done = backed_up("db", "restore", "one.backup", "--yes")
    assert done.code in (3, 7)
    assert authors(backed_up) == ["a", "b"]


def test_a_file_that_is_no_backup(backed_up):
    (backed_up.folder / "letter").write_text("Dear Sir or Madam")
    assert backed_up("db", "restore", "letter", "--yes").code == 3
    assert backed_up("db", "restore", "nothing", "--yes").code == 4
    assert authors(backed_up) == ["a", "b"]


def test_a_backup_of_something_else_is_refused(backed_up):
    sqlite3.connect(backed_up.folder / "other.db").execute("CREATE TABLE t (x)").connection.close()
    assert backed_up("db", "restore", "other.db", "--yes").code == 3
    assert authors(backed_up) == ["a", "b"]


def test_a_database_in_use_is_not_replaced(backed_up, library):
    with library.database.read_engine.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM core_user")
        done = backed_up("db", "restore", "one.backup", "--yes")
    assert done.code == 7
    assert "in use" in done.err
    library.database.close()
    assert authors(backed_up) == ["a", "b"]


def test_a_sound_database_passes_the_check(books):
    done = books("db", "check")
    assert (done.code, done.err) == (0, ""), done.out


def test_the_check_finds_a_table_that_differs(books, library):
    with library.database.write_engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE library_shelf ADD COLUMN stray INTEGER")
    done = books("db", "check")
    assert done.code == 1
    assert "stray" in done.out


def test_no_migration_is_written_without_a_difference(books):
    done = books("db", "revision", "library")
    assert done.code == 6
    assert books("db", "revision", "nothing").code == 4


def test_files_of_records_come_back_with_the_backup(books, library):
    add(books, "a")
    (books.folder / "notes.txt").write_text("kept")
    assert books("attachment", "add", "library.author", "a", str(books.folder / "notes.txt")).code == 0
    done = books("db", "backup", "one.backup")
    assert "one.backup.files.zip with 1 file" in done.out, done.err
    (kept,) = (path for path in (books.folder / "files").rglob("*") if path.is_file())
    kept.unlink()
    library.database.close()
    done = books("db", "restore", "one.backup", "--yes")
    assert "One file of a record was put back." in done.out, done.err
    assert kept.read_text() == "kept"
    assert books("db", "check").code == 0


def test_a_backup_without_files_says_which_folder_to_keep(books):
    add(books, "a")
    (books.folder / "notes.txt").write_text("kept")
    books("attachment", "add", "library.author", "a", str(books.folder / "notes.txt"))
    done = books("db", "backup", "one.backup", "--without-files")
    assert "Keep the folder" in done.out
    assert not (books.folder / "one.backup.files.zip").exists()


def test_a_restore_from_damaged_files_changes_nothing(backed_up):
    (backed_up.folder / "one.backup.files.zip").write_bytes(b"no archive")
    done = backed_up("db", "restore", "one.backup", "--yes")
    assert done.code != 0
    assert "damaged" in done.err
    assert authors(backed_up) == ["a", "b"]
