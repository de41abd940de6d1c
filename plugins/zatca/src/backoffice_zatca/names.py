"""Namespaces of Saudi documents."""

from __future__ import annotations

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
CAC = f"{_UBL}CommonAggregateComponents-2"
CBC = f"{_UBL}CommonBasicComponents-2"
EXT = f"{_UBL}CommonExtensionComponents-2"
SIG = f"{_UBL}CommonSignatureComponents-2"
SAC = f"{_UBL}SignatureAggregateComponents-2"
SBC = f"{_UBL}SignatureBasicComponents-2"
DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"


def in_cac(tag: str) -> str:
    """Return the full name of an aggregate."""
    return f"{{{CAC}}}{tag}"


def in_cbc(tag: str) -> str:
    """Return the full name of a basic component."""
    return f"{{{CBC}}}{tag}"


def in_ext(tag: str) -> str:
    """Return the full name of an extension component."""
    return f"{{{EXT}}}{tag}"
