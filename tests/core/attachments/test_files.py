"""Files belong to records: whoever may see the record sees them, in every interface, and nobody else."""

import hashlib
import io
import os
import time

import pytest
import sqlalchemy as sa

from backoffice.core.attachments import files
from backoffice.core.attachments.models import Attachment
from backoffice.core.attachments.serving import POLICY
from backoffice.core.attachments.store import Store
from backoffice.core.audit.models import AuditRow
from backoffice.core.builtin.administration.sweeping import KEPT
from backoffice.core.errors import Forbidden, InvalidInput, NotFound, RuleBroken, Unavailable
from backoffice.core.testing.offices import add_organization, desk_of
from backoffice.core.testing.visiting import Visitor
from backoffice.core.testing.visitors import Program
from backoffice.core.testing.work import work_off
from backoffice.core.users.models import Role, User
from backoffice.core.users.setup import give_role

from .test_kinds import picture

PAPER = b"%PDF-1.7 a scan"


@pytest.fixture
def desk(library):
    """The administrator's desk."""
    return desk_of(library)


@pytest.fixture
def author(desk):
    """The id of a record to which files may belong."""
    return desk.execute("library.author.create", code="eliot", name="George Eliot")["id"]


@pytest.fixture
def paper(desk, author):
    """The id of a file that belongs to it."""
    return files.add(desk, "library.author", author, "scan.pdf", PAPER)["id"]


def as_clerk(library, **permissions):
    """The desk of someone who may do exactly ``permissions``."""
    with library.database.system() as session, session.begin():
        user = session.query(User).filter_by(username="clerk").one()
        role = Role(organization_id=user.organization_id, code="tests.some", name="Some", plugin="", declared="")
        session.add(role)
        session.flush()
        from backoffice.core.users.models import RoleGrant

        for name in permissions["may"]:
            session.add(RoleGrant(organization_id=user.organization_id, role_id=role.id, permission=name, scope="all"))
        give_role(session, user, "tests.some")
    return desk_of(library, "clerk")


def store(desk):
    return Store.of(desk.office.configuration)


def test_a_file_is_kept_under_the_digest_of_what_is_in_it(desk, author, paper):
    [found] = files.listed(desk, "library.author", author)
    assert (found.name, found.type, found.size) == ("scan.pdf", "application/pdf", len(PAPER))
    assert files.fetch(desk, paper)[1] == PAPER
    path = store(desk).folder / found.digest[:2] / found.digest
    assert path.stat().st_mode & 0o777 == 0o600


def test_whoever_may_not_see_the_record_may_not_see_its_files(library, desk, author, paper):
    clerk = as_clerk(library, may=["library.book.read", "core.attachment.read"])
    for reach in (lambda: files.fetch(clerk, paper), lambda: files.remove(clerk, paper)):
        with pytest.raises(NotFound):
            reach()
    with pytest.raises(Forbidden):
        files.listed(clerk, "library.author", author)


def test_whoever_may_only_see_the_record_may_not_change_its_files(library, author, paper):
    clerk = as_clerk(library, may=["library.author.read"])
    assert files.fetch(clerk, paper)[1] == PAPER
    with pytest.raises(Forbidden):
        files.add(clerk, "library.author", author, "b.pdf", PAPER)
    with pytest.raises(Forbidden):
        files.remove(clerk, paper)


def test_a_file_of_another_organisation_is_not_found(library, desk, author, paper):
    add_organization(library, "globex", "Globex")
    stranger = desk_of(library, "admin", "globex")
    with pytest.raises(NotFound):
        files.fetch(stranger, paper)
    with pytest.raises(NotFound):
        files.add(stranger, "library.author", author, "b.pdf", PAPER)


def test_adding_and_removing_are_in_the_log_and_in_the_events(desk, paper):
    files.remove(desk, paper)
    with desk.reading() as session:
        rows = session.execute(
            sa.select(AuditRow.action, AuditRow.operation).where(AuditRow.table_name == "core_attachment")
        )
        assert [tuple(row) for row in rows] == [("core.attach", "I"), ("core.detach", "D")]
    names = {one.name for one in desk.list("core.event").records}
    assert {"core.file_attached", "core.file_removed"} <= names


def test_what_is_too_large_is_refused(desk, author):
    with pytest.raises(InvalidInput, match="larger than 20 MiB"):
        files.add(desk, "library.author", author, "a.txt", b"x" * (20 * 1024**2 + 1))


def test_an_action_takes_a_file_in_base64(desk, author):
    given = {"resource": "library.author", "record": author, "name": "a.txt"}
    assert desk.execute("core.attach", given, content="aGVsbG8=")["type"] == "text/plain"
    with pytest.raises(InvalidInput):
        desk.execute("core.attach", given, content="not base64!")


def test_a_file_that_was_changed_on_the_disk_is_not_served(desk, author, paper):
    [found] = files.listed(desk, "library.author", author)
    (store(desk).folder / found.digest[:2] / found.digest).write_bytes(b"%PDF-1.7 another")
    with pytest.raises(Unavailable, match="changed"):
        files.fetch(desk, paper)


def test_a_link_in_the_folder_leads_nowhere(desk, author, paper, tmp_path):
    [found] = files.listed(desk, "library.author", author)
    path = store(desk).folder / found.digest[:2] / found.digest
    other = tmp_path / "secret"
    other.write_bytes(PAPER)
    path.unlink()
    path.symlink_to(other)
    with pytest.raises(Unavailable):
        files.fetch(desk, paper)


def test_the_sweep_removes_what_nothing_refers_to_and_nothing_else(library, desk, author, paper):
    [kept] = files.listed(desk, "library.author", author)
    fresh, stale = store(desk).keep(b"fresh"), store(desk).keep(b"stale")
    gone = files.add(desk, "library.author", author, "b.txt", b"gone")
    files.remove(desk, gone["id"])
    long_ago = time.time() - KEPT.total_seconds() - 60
    for digest in (kept.digest, stale, gone["digest"]):
        os.utime(store(desk).folder / digest[:2] / digest, (long_ago, long_ago))
    desk.execute("worker.start_job", job="core.sweep_files")
    work_off(library)
    assert [store(desk).has(one) for one in (kept.digest, fresh, stale, gone["digest"])] == [True, True, False, False]


def test_the_files_of_a_record_that_was_deleted_go_with_it(library, desk, author, paper):
    desk.execute("library.author.delete", id=author)
    desk.execute("worker.start_job", job="core.sweep_files")
    work_off(library)
    with desk.reading() as session:
        assert session.scalars(sa.select(Attachment)).all() == []
        rows = session.scalars(sa.select(AuditRow.operation).where(AuditRow.table_name == "core_attachment"))
        assert list(rows) == ["I", "D"]


# -- over HTTP ---------------------------------------------------------------------------------------------------


def test_rest_lists_takes_serves_and_removes_files(library, author):
    program = Program(library)
    client, token = program._client, program._headers
    base = f"/api/v1/library/author/{author}/attachments"
    made = client.post(base, data={"file": (io.BytesIO(PAPER), "scan.pdf")}, headers=token)
    assert (made.status_code, made.json["type"]) == (201, "application/pdf")
    raw = client.post(f"{base}?name=a.txt", data=b"hello", headers=token)
    assert raw.status_code == 201
    assert [one["name"] for one in program.get(base).json["data"]] == ["scan.pdf", "a.txt"]
    served = program.get(made.headers["Location"])
    assert served.data == PAPER
    assert client.post(base, data=b"x", headers=token).status_code == 422
    assert client.delete(made.headers["Location"], headers=token).status_code == 204
    assert program.get(made.headers["Location"]).status_code == 404


def test_a_served_file_can_do_nothing(library, desk, author):
    visitor = Visitor(library)
    visitor.arrive()
    page = files.add(desk, "library.author", author, "x.txt", b"<b onclick=alert(1)>plain")["id"]
    shown = visitor.client.get(f"/files/{page}")
    assert shown.headers["Content-Security-Policy"] == POLICY
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Content-Disposition"] == "attachment; filename=x.txt"
    assert shown.headers["Content-Type"] == "text/plain; charset=utf-8"
    image = files.add(desk, "library.author", author, "x.png", picture("PNG"))["id"]
    assert visitor.client.get(f"/files/{image}").headers["Content-Disposition"].startswith("inline")


def test_a_token_reaches_no_further_than_its_scopes(library, author, paper):
    program = Program(library, scopes=["library.book.*"])
    assert program.get(f"/api/v1/attachments/{paper}").status_code == 404
    assert program.get(f"/api/v1/library/author/{author}/attachments").status_code == 403


def test_the_page_of_a_record_takes_files_without_script(library, author):
    visitor = Visitor(library)
    visitor.arrive()
    here = f"/records/library.author/{author}"
    visitor.open(here)
    sent = {"file": (io.BytesIO(PAPER), "scan.pdf")}
    assert visitor.post(f"{here}/files", sent).says("The files were attached.", "scan.pdf")
    refused = visitor.post(f"{here}/files", {"file": (io.BytesIO(b"<svg/>"), "x.svg")})
    assert refused.says("x.svg: Files of this kind are not taken in.")
    visitor.press("Remove the file scan.pdf")
    assert visitor.page.says("The file scan.pdf was removed.")


def test_a_clerk_without_the_right_sees_files_and_no_form(library, author, paper):
    as_clerk(library, may=["library.author.read"])
    visitor = Visitor(library)
    visitor.arrive("clerk")
    page = visitor.open(f"/records/library.author/{author}")
    assert page.says("scan.pdf")
    assert not any("/files" in form.action for form in page.forms)


def test_a_document_that_is_handed_out_is_kept_byte_for_byte(desk, author):
    book = desk.execute("library.book.create", title="Middlemarch", author=author, isbn="9780000000001")["id"]
    kept = desk.execute("core.hand_out", document="library.card", record=book, language="ar")
    found, data = files.fetch(desk, kept["attachment"])
    assert data[:5] == b"%PDF-"
    assert hashlib.sha256(data).hexdigest() == kept["digest"] == found.digest
    [event] = desk.list("core.event", name="core.document_handed_out").records
    assert (event.facts["digest"], event.facts["language"], event.facts["how"]) == (kept["digest"], "ar", "printed")
    with pytest.raises(RuleBroken, match="is kept"):
        files.remove(desk, kept["attachment"])
