"""What is in a file decides what it is, and the list of what is taken in is short."""

import io
import zipfile

import pytest
from PIL import Image

from backoffice.core.attachments.kinds import ENDINGS, clean_name, recognise
from backoffice.core.errors import InvalidInput


def picture(format_, size=(3, 2)):
    made = io.BytesIO()
    Image.new("RGB", size, "red").save(made, format_)
    return made.getvalue()


def archive(*names, **files):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as out:
        for name in names:
            out.writestr(name, "x")
        for name, text in files.items():
            out.writestr(name, text)
    return made.getvalue()


GOOD = {
    "a.pdf": b"%PDF-1.7 ...",
    "a.png": picture("PNG"),
    "a.jpeg": picture("JPEG"),
    "a.gif": picture("GIF"),
    "a.webp": picture("WEBP"),
    "a.tif": picture("TIFF"),
    "a.docx": archive("[Content_Types].xml", "word/document.xml"),
    "a.xlsx": archive("[Content_Types].xml", "xl/workbook.xml"),
    "a.odt": archive(mimetype="application/vnd.oasis.opendocument.text"),
    "a.ods": archive(mimetype="application/vnd.oasis.opendocument.spreadsheet"),
    "a.xml": b"<Invoice xmlns='urn:x'><ID>1</ID></Invoice>",
    "a.json": b'{"a": 1}',
    "a.csv": "رقم,اسم\n1,أمل\n".encode(),
    "a.txt": b"\xef\xbb\xbfplain",
}

BAD = {
    "a.html": b"<!doctype html><script>alert(1)</script>",
    "page.txt": b"  <html><script>alert(1)</script>",
    "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "drawing.xml": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "page.xml": b"<html xmlns='http://www.w3.org/1999/xhtml'/>",
    "bomb.xml": b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
    "broken.xml": b"<x>",
    "broken.json": b"{",
    "a.exe": b"MZ\x90\x00\x03",
    "a.txt": b"MZ\x90\x00\x03",
    "zeros.csv": b"a,\x00b",
    "a.zip": archive("x.txt"),
    "macros.docx": archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
    "half.png": picture("PNG", (200, 200))[:90],
    "only-begins.jpg": b"\xff\xd8\xff\xe0 <script>",
    "picture.pdf": picture("PNG"),
    "paper.png": b"%PDF-1.7",
    "empty.txt": b"",
    "noending": b"%PDF-1.7",
    "huge.png": picture("PNG", (9000, 8000)),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_is_taken_in_is_known_by_what_is_in_it(name):
    found = recognise(name, GOOD[name])
    assert name.rpartition(".")[2] in ENDINGS[found.type]


@pytest.mark.parametrize("name", BAD)
def test_everything_else_is_refused(name):
    with pytest.raises(InvalidInput) as refused:
        recognise(name, BAD[name])
    assert "file" in refused.value.fields


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\invoice.pdf", "invoice.pdf"),
        ("invoice\r\nSet-Cookie: x.pdf", "invoiceSet-Cookie x.pdf".replace("Cookie x", "Cookie: x")),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("فاتورة رقم ١.pdf", "فاتورة رقم ١.pdf"),
        (" . x.pdf . ", "x.pdf"),
        ("a" * 300 + ".pdf", "a" * 196 + ".pdf"),
    ],
)
def test_names_are_cleaned_of_folders_and_marks(given, kept):
    assert clean_name(given) == kept


@pytest.mark.parametrize("name", ["", "..", "/", "\x00\x01"])
def test_a_file_without_a_name_is_refused(name):
    with pytest.raises(InvalidInput):
        clean_name(name)
