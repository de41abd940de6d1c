"""Files dropped on a record in a real browser: shown at once, refused with words, unable to do harm."""

import pytest

from backoffice.core.attachments import files
from backoffice.core.testing.offices import desk_of

from .test_kinds import picture

pytestmark = pytest.mark.browser


@pytest.fixture
def author(library):
    """The id of a record."""
    return desk_of(library).execute("library.author.create", code="eliot", name="George Eliot")["id"]


def test_chosen_files_are_sent_at_once_and_refusals_are_told(library, author, window):
    opened = window(library)
    opened.sign_in()
    opened.open(f"/records/library.author/{author}")
    page = opened.page
    page.set_input_files("#files-new", [{"name": "note.txt", "mimeType": "text/plain", "buffer": b"hello"}])
    page.wait_for_selector("a:has-text('note.txt')")  # the field itself shows the name before it is sent
    opened.ready()
    page.set_input_files("#files-new", [{"name": "x.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"}])
    page.wait_for_selector("text=x.svg: Files of this kind are not taken in.")
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("button:has-text('Remove the file note.txt')")
    page.wait_for_selector("text=The file note.txt was removed.")


def test_a_page_in_disguise_runs_nothing(library, author, window):
    desk = desk_of(library)
    id_ = files.add(desk, "library.author", author, "x.txt", b"x <script>alert(1)</script>")["id"]
    image = files.add(desk, "library.author", author, "x.png", picture("PNG") + b"<script>alert(1)</script>")["id"]
    opened = window(library, language="ar")
    opened.sign_in()
    said = []
    opened.page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    with opened.page.expect_download():
        opened.page.evaluate(f"location.assign('/files/{id_}')")
    opened.page.goto(f"{opened.address}/files/{image}")
    assert opened.page.evaluate("document.querySelector('script') === null")
    assert said == []
    opened.complaints.clear()  # the browser styles the page it makes of a picture, which the policy forbids as well
