"""Which files are taken in, and what is really in them: the content decides, the name only has to agree.

The list is short on purpose. Pages, scripts, drawings with scripts in them (SVG), archives and documents with macros
are not on it. Pictures are opened as what they say they are, whole, before they count as pictures.
"""

from __future__ import annotations

import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from backoffice.core.errors import InvalidInput
from backoffice.hookspecs import messages

_ = messages("attachments")

MOST_PIXELS: Final = 64_000_000
LONGEST_NAME: Final = 200
WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OPEN: Final = "application/vnd.oasis.opendocument"

ENDINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "application/pdf": ("pdf",),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/tiff": ("tif", "tiff"),
    WORD: ("docx",),
    SHEET: ("xlsx",),
    f"{OPEN}.text": ("odt",),
    f"{OPEN}.spreadsheet": ("ods",),
    "application/xml": ("xml",),
    "application/json": ("json",),
    "text/csv": ("csv",),
    "text/plain": ("txt", "md", "log"),
}
"""Types that are taken in, and how their names may end."""

SHOWN: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Types a browser may show in place; everything else is saved."""

ARCHIVE: Final = "application/zip"
"""Made by the program itself alone."""


@dataclass(frozen=True, slots=True)
class Known:
    """A file that may be kept: its name as it is shown, and its type as it was found."""

    name: str
    type: str


def recognise(name: str, data: bytes) -> Known:
    """Return what a file is. Raises :class:`InvalidInput` when it is not of a kind that is taken in."""
    shown = clean_name(name)
    ending = shown.rpartition(".")[2].lower() if "." in shown else ""
    if not data:
        raise _refused(_("The file is empty."))
    found = _found(data, ending)
    if found is None:
        raise _refused(
            _("Files of this kind are not taken in."),
            why=_("What is in it decides, not its name."),
            remedy=_("Choose one of: {endings}.").with_values(endings=", ".join(_every_ending())),
        )
    if ending not in ENDINGS[found]:
        raise _refused(
            _("The name of the file does not fit what is in it."),
            why=_("It ends in .{ending}, and what is in it is {type}.").with_values(ending=ending, type=found),
            remedy=_("Let its name end in .{ending}.").with_values(ending=ENDINGS[found][0]),
        )
    return Known(shown, found)


def clean_name(name: str) -> str:
    """Return ``name`` without folders, control characters and marks that turn the direction of writing around."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(letter for letter in last if unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
    kept = " ".join(kept.split()).strip(" .")
    stem, dot, ending = kept.rpartition(".")
    if len(kept) > LONGEST_NAME:
        kept = f"{stem[: LONGEST_NAME - len(ending) - 1]}{dot}{ending}"[:LONGEST_NAME]
    if not kept:
        raise _refused(_("The file has no name."))
    return kept


def _every_ending() -> list[str]:
    return [ending for endings in ENDINGS.values() for ending in endings]


def _found(data: bytes, ending: str) -> str | None:
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    for type_, (format_, begins) in _PICTURES.items():
        if begins(data):
            return _picture(data, type_, format_)
    if data.startswith(b"PK\x03\x04"):
        return _office(data)
    return _text(data, ending)


_PICTURES: Final[Mapping[str, tuple[str, Callable[[bytes], bool]]]] = {
    "image/png": ("PNG", lambda data: data.startswith(b"\x89PNG\r\n\x1a\n")),
    "image/jpeg": ("JPEG", lambda data: data.startswith(b"\xff\xd8\xff")),
    "image/gif": ("GIF", lambda data: data.startswith((b"GIF87a", b"GIF89a"))),
    "image/webp": ("WEBP", lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP"),
    "image/tiff": ("TIFF", lambda data: data.startswith((b"II*\x00", b"MM\x00*"))),
}


def _picture(data: bytes, type_: str, format_: str) -> str:
    """Open a picture with the one reader of its format and read all of it."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data), formats=(format_,)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise _refused(_("The picture is too large to be opened safely."))
            picture.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _refused(_("The picture is damaged."), why=str(error)) from error
    return type_


def _office(data: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if any(name.lower().endswith(("vbaproject.bin", ".exe", ".dll")) for name in names):
                raise _refused(_("Documents with macros are not taken in."))
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                found = archive.read("mimetype").decode("ascii", "replace").strip()
                return found if found in ENDINGS else None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise _refused(_("The document is damaged."), why=str(error)) from error
    if "[Content_Types].xml" not in names:
        return None
    return WORD if "word/document.xml" in names else SHEET if "xl/workbook.xml" in names else None


def _text(data: bytes, ending: str) -> str | None:
    """Return the type of a text by its ending: texts have no other mark. What looks like a page is none."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if any(ord(letter) < 32 and letter not in "\t\n\r\f" for letter in text):
        return None
    if ending == "xml":
        return _xml(data)
    if ending == "json":
        return _json(text)
    if re.match(r"\s*<(!doctype|html|script|svg|\?xml)", text, re.IGNORECASE):
        return None
    return "text/csv" if ending == "csv" else "text/plain"


def _xml(data: bytes) -> str | None:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root = fromstring(data)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise _refused(_("The XML cannot be read."), why=str(error)) from error
    kind = str(root.tag).rpartition("}")[2].lower()
    return None if kind in {"html", "svg"} else "application/xml"


def _json(text: str) -> str:
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refused(_("The JSON cannot be read."), why=str(error)) from error
    return "application/json"


def _refused(what: str, *, why: str = "", remedy: str = "") -> InvalidInput:
    return InvalidInput(what, why=why, remedy=remedy, fields={"file": [what]})


__all__ = ["ARCHIVE", "ENDINGS", "SHOWN", "Known", "clean_name", "recognise"]
