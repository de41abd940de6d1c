"""`backoffice demo` and `backoffice document`, with a plugin that brings a little of its own."""

import os
import re
import signal
import stat
import sys
import urllib.request

import pytest

PLUGIN = '''
"""Branches to show."""

from backoffice.hookspecs import Column, Report, Row, Table, hookimpl


@hookimpl
def reports():
    return [Report("sights.branches", branches, label="Branches")]


def branches(session):
    import sqlalchemy as sa
    from backoffice.core.users.models import Branch

    codes = session.scalars(sa.select(Branch.code).order_by(Branch.code))
    return Table([Column("code", "Code")], [Row((code,)) for code in codes])


class Answer:
    agrees = True

    def __iter__(self):
        yield Table([Column("figure", "Figure"), Column("found", "Found", "integer")], [Row(("branches", 2))])


def load(desk, progress):
    for number in range(2):
        values = {"code": f"b{number}", "name": f"Branch {number}"}
        desk.execute("core.branch.create", values, key=f"demo/{number}")
        progress(number + 1, 2)
    Answer.agrees = AGREES
    return Answer()


AGREES = True
load.reports = {"sights.branches": {}}
'''


@pytest.fixture
def sights(shell, tmp_path, monkeypatch):
    """A shell on a machine with a plugin that has something to show, and no other."""
    site = tmp_path / "sights"
    info = site / "backoffice_sights-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: backoffice-sights\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[backoffice]\nsights = fixture_sights\n[backoffice.demo]\nsights = fixture_sights:load\n"
    )
    (site / "fixture_sights.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("BACKOFFICE_PLUGINS", "sights")
    shell.environment.update(PYTHONPATH=str(site), BACKOFFICE_PLUGINS="sights")
    yield shell
    sys.modules.pop("fixture_sights", None)


def test_a_demo_makes_everything_and_shows_report_and_figures(sights):
    done = sights("demo", "--no-serve")
    assert done.code == 0, done.err
    assert re.search(r"^b0\nb1$", done.out, re.MULTILINE)
    assert re.search(r"branches +2", done.out)


def test_a_second_run_adds_nothing(sights):
    first = sights("demo", "--no-serve").out
    again = sights("demo", "--no-serve")
    assert again.code == 0
    assert first.endswith(again.out)


def test_the_configuration_asks_the_same_books(sights):
    sights("demo", "--no-serve")
    assert sights("--config", "var/demo/backoffice.toml", "report", "sights.branches", "--format", "csv").code == 0


def test_the_demo_lies_where_the_configuration_is_named(sights):
    assert sights("demo", "--no-serve", "--config", "elsewhere/backoffice.toml").code == 0
    assert sorted(os.listdir(sights.folder)) == ["elsewhere"]


def test_the_password_is_kept_for_its_owner_alone(sights):
    sights("demo", "--no-serve")
    path = sights.folder / "var/demo/password.txt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_figures_that_disagree_end_with_an_error(sights, monkeypatch):
    sights("demo", "--no-serve")
    monkeypatch.setattr("fixture_sights.AGREES", False)
    done = sights("demo", "--no-serve")
    assert done.code == 3
    assert "branches" in done.out


def test_nothing_to_show_is_said(sights, monkeypatch):
    monkeypatch.setenv("BACKOFFICE_PLUGINS", "nothing")
    assert sights("demo", "--no-serve").code == 4


def test_the_demo_is_served_with_address_and_password(sights):
    process = sights.start("demo", "--port", "0")
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line:
            break
    address = re.search(r"http://\S+/", said)[0]
    password = (sights.folder / "var/demo/password.txt").read_text().strip()
    assert f"Password: {password}" in said
    with urllib.request.urlopen(f"{address}readyz", timeout=20) as answer:
        assert answer.status == 200
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 0


# -- documents -----------------------------------------------------------------------------------------------------


@pytest.fixture
def card(books, monkeypatch, tmp_path):
    """The library with a card for each author."""
    import backoffice_library.plugin as plugin

    from backoffice.core.plugins.folders import folders_of
    from backoffice.hookspecs import Document, hookimpl

    folder = tmp_path / "templates"
    (folder / "library").mkdir(parents=True)
    (folder / "library" / "card.html").write_text("<html lang='{{ language }}'><p>{{ name }}</p></html>")

    def documents():
        return [Document("library.card", "library.author", "library/card.html", lambda session, a: {"name": a.name})]

    real = folders_of("backoffice_library")
    monkeypatch.setattr(plugin, "documents", hookimpl(documents), raising=False)
    from dataclasses import replace

    monkeypatch.setattr(
        "backoffice.core.plugins.manager.folders_of",
        lambda package: replace(real, templates=folder) if package == "backoffice_library" else folders_of(package),
    )
    books("do", "library.author.create", "--field", "code=a", "--field", "name=Amal <b>")
    return books


def test_documents_are_listed(card):
    assert "library.card" in card("document").out


def test_a_document_is_a_page(card):
    done = card("document", "library.card", "a")
    assert done.code == 0, done.err
    assert "<p>Amal &lt;b&gt;</p>" in done.out


def test_a_document_in_a_language_and_a_file(card):
    assert card("document", "library.card", "a", "--language", "ar", "-o", "card.html").code == 0
    assert "lang='ar'" in (card.folder / "card.html").read_text("utf-8")


def test_a_document_is_written_as_its_ending_says(card):
    assert card("document", "library.card", "a", "-o", "card.pdf").code == 0
    assert (card.folder / "card.pdf").read_bytes().startswith(b"%PDF-")
    assert card("document", "library.card", "a", "-o", "card.docx").code == 3


def test_a_document_needs_a_record(card):
    assert card("document", "library.card").code == 3
    assert card("document", "library.card", "nobody").code == 4
    assert card("document", "library.nothing", "a").code == 4
