"""The QR code on a Saudi invoice: fields as tag, length and value, in base64, drawn as SVG."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import BytesIO

LONGEST = 255
"""Bytes of a field: its length is one byte."""

CODE_LONGEST = 700
"""Characters of the whole code in base64."""


@dataclass(frozen=True, slots=True)
class Code:
    """What the code says; the last four fields belong to signed documents."""

    seller: str
    vat_number: str
    at: datetime
    total: Decimal
    tax: Decimal
    digest: str = ""
    """Hash of the document in base64."""
    signature: str = ""
    """Signature of the hash in base64."""
    public_key: bytes = b""
    """Public key of the unit, DER."""
    stamp: bytes = b""
    """Signature of the authority under the certificate of the unit; simplified documents have it."""

    def fields(self) -> list[tuple[int, bytes]]:
        """Return tags and values in their order."""
        said = {
            1: _cut(self.seller),
            2: self.vat_number.encode(),
            3: self.at.strftime("%Y-%m-%dT%H:%M:%S").encode() + (b"" if self.digest else b"Z"),
            4: f"{self.total:.2f}".encode(),
            5: f"{self.tax:.2f}".encode(),
            6: self.digest.encode(),
            7: self.signature.encode(),
            8: self.public_key,
            9: self.stamp,
        }
        return [(tag, value) for tag, value in said.items() if value]

    def text(self) -> str:
        """Return the code as it stands in a document and in the picture."""
        return b64encode(b"".join(bytes((tag, len(value))) + value for tag, value in self.fields())).decode()


def _cut(text: str) -> bytes:
    """Return a name in UTF-8, cut before a character that no longer fits."""
    return text.encode()[:LONGEST].decode("utf-8", "ignore").encode()


def read(text: str) -> Mapping[int, bytes]:
    """Return tags and values of a code. Raises ``ValueError`` when it is none."""
    data = b64decode(text, validate=True)
    found: dict[int, bytes] = {}
    at = 0
    while at < len(data):
        if at + 2 > len(data) or at + 2 + data[at + 1] > len(data):
            raise ValueError("The code ends in the middle of a field.")
        tag, length = data[at], data[at + 1]
        found[tag] = data[at + 2 : at + 2 + length]
        at += 2 + length
    return found


def svg(text: str) -> str:
    """Return the picture of a code as SVG that takes the size it is given."""
    import segno

    picture = BytesIO()
    segno.make(text, error="l", micro=False).save(
        picture, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=4, light="#fff", nl=False
    )
    return picture.getvalue().decode()


__all__ = ["CODE_LONGEST", "LONGEST", "Code", "read", "svg"]
