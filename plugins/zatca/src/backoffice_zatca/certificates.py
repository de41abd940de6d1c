"""Keys of units and the requests for their certificates, with the fields ZATCA asks for where it asks for them."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from backoffice.core.api import InvalidInput
from backoffice.hookspecs import messages

_ = messages("zatca")

TEMPLATE = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2")
REGISTERED_ADDRESS = x509.ObjectIdentifier("2.5.4.26")
TEMPLATES = {
    "sandbox": "TSTZATCA-Code-Signing",
    "simulation": "PREZATCA-Code-Signing",
    "production": "ZATCA-Code-Signing",
}
SERIAL = re.compile(r"1-[^|]+\|2-[^|]+\|3-[^|]+")
TYPES = re.compile(r"[01]{4}")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a certificate is asked for."""

    common_name: str
    """The name of the unit."""
    organization: str
    """The taxpayer."""
    unit: str
    """The branch, or for a group of taxpayers the number of the member."""
    vat_number: str
    serial: str
    """``1-maker|2-model|3-serial number`` of the unit."""
    types: str = "1100"
    """Which kinds of documents it issues: standard, simplified, and two that are kept for later."""
    location: str = ""
    industry: str = ""
    environment: str = "sandbox"


def new_key() -> str:
    """Return a new private key as PEM, on the curve the authority uses."""
    key = ec.generate_private_key(ec.SECP256K1())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def request(subject: Subject, pem: str) -> str:
    """Return the request for a certificate in PEM, as the authority takes it.

    Raises :class:`~backoffice.core.api.InvalidInput` for a serial number or types that it would refuse.
    """
    if not SERIAL.fullmatch(subject.serial):
        said = _("The serial number of a unit is written 1-maker|2-model|3-number.")
        raise InvalidInput(said, fields={"serial": [said]})
    if not TYPES.fullmatch(subject.types) or subject.types.startswith("00"):
        said = _("The kinds of documents are four digits, such as 1100.")
        raise InvalidInput(said, fields={"types": [said]})
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    template = TEMPLATES[subject.environment].encode()
    made = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(
            _name(
                (NameOID.COUNTRY_NAME, "SA"),
                (NameOID.ORGANIZATIONAL_UNIT_NAME, subject.unit),
                (NameOID.ORGANIZATION_NAME, subject.organization),
                (NameOID.COMMON_NAME, subject.common_name),
            )
        )
        .add_extension(x509.UnrecognizedExtension(TEMPLATE, b"\x0c" + bytes((len(template),)) + template), False)
        .add_extension(
            x509.SubjectAlternativeName(
                [
                    x509.DirectoryName(
                        _name(
                            (NameOID.SURNAME, subject.serial),
                            (NameOID.USER_ID, subject.vat_number),
                            (NameOID.TITLE, subject.types),
                            (REGISTERED_ADDRESS, subject.location),
                            (NameOID.BUSINESS_CATEGORY, subject.industry),
                        )
                    )
                ]
            ),
            False,
        )
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def _name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts if value])


def sent(csr: str) -> str:
    """Return a request as it is sent: its PEM in base64."""
    return b64encode(csr.encode()).decode()


__all__ = ["TEMPLATES", "Subject", "new_key", "request", "sent"]
