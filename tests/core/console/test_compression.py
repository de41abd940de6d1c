"""Answers are small where nobody learns anything from their length, and a first visit weighs little."""

import gzip
import re

import pytest

from backoffice.core.builtin.console.rendering import STATIC, asset

FIRST, AFTER = 60 * 1024, 15 * 1024
"""Bytes of a page with all it loads, and of the next page."""


@pytest.fixture
def offices(tmp_path):
    """What is sent does not care for the kind of database."""
    from backoffice.core.testing.offices import Offices

    (tmp_path / "offices").mkdir()
    made = []
    own = Offices("sqlite", tmp_path / "offices")

    class Made:
        def make(self, **options):
            made.append(own.make(**options))
            return made[-1]

    yield Made()
    for office in made:
        office.close()


def get(visitor, path, **headers):
    return visitor.client.get(path, headers={"Accept-Encoding": "gzip, br", **headers})


OURS = {"Sec-Fetch-Site": "same-origin"}


def test_pages_this_site_asks_for_are_compressed_and_those_another_leads_to_are_not(visitor, middlemarch):
    path = "/records/library.book?q=csrf_token"
    small = get(visitor, path, **OURS)
    assert small.headers["Content-Encoding"] == "gzip"
    assert b"</html>" in gzip.decompress(small.data)
    for site in ("cross-site", "same-site", None):
        plain = get(visitor, path, **({"Sec-Fetch-Site": site} if site else {}))
        assert "Content-Encoding" not in plain.headers, site
        assert b"</html>" in plain.data
    assert "Accept-Encoding" in small.headers["Vary"]


def test_whoever_takes_no_gzip_gets_none(visitor):
    answer = visitor.client.get("/", headers={**OURS, "Accept-Encoding": "identity"})
    assert "Content-Encoding" not in answer.headers


def test_programs_with_a_token_get_small_answers_with_a_weak_tag(visitor, middlemarch, desk):
    token = desk.execute("core.create_token", name="x", scopes="*", days=1)["token"]
    client = visitor.app.test_client(use_cookies=False)
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "gzip"}
    answer = client.get("/api/v1/openapi.json", headers=headers)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["ETag"].startswith('W/"')
    again = client.get("/api/v1/openapi.json", headers={**headers, "If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_static_files_are_small_named_by_their_content_and_kept_for_a_year(visitor):
    html = visitor.client.get("/").text
    sheet = get(visitor, re.search(r'href="([^"]+console\.css)"', html)[1])
    assert sheet.headers["Content-Encoding"] == "gzip"
    assert "immutable" in sheet.headers["Cache-Control"]
    assert len(sheet.data) < 14 * 1024
    assert gzip.decompress(sheet.data) == (STATIC / "console.css").read_bytes()


def test_a_first_visit_and_every_later_page_weigh_little(visitor, middlemarch, desk):
    desk.execute_many(
        "library.book.create", [{"isbn": f"n{n}", "title": f"Book number {n}", "author": 1} for n in range(60)]
    )
    with visitor.app.test_request_context():
        files = [asset(path.name) for path in STATIC.iterdir()]
    static = sum(len(get(visitor, path).data) for path in files)
    page = len(get(visitor, "/records/library.book", **OURS).data)
    assert static + page < FIRST
    assert page < AFTER
