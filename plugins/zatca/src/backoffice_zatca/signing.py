"""The hash and the signature of a Saudi document.

The hash is taken of the document without its extensions, its signature and its QR code, in canonical form. The
authority's own tools differ from the text of the standards in three places, and what they do is what is accepted:

- the signature covers the hash of the document, not the element ``SignedInfo``;
- the digests of certificate and signed properties are the base64 of their hexadecimal text;
- the digest of the certificate is taken of its base64 text, and that of the signed properties of their text as it
  stands, with each namespace declared where its prefix is used, and not of a canonical form.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree

from .names import CAC, CBC, DS, EXT, SAC, SBC, SIG, XADES, in_cac, in_cbc, in_ext

Element = Any

ENVELOPED = "urn:oasis:names:specification:ubl:dsig:enveloped:xades"
SIGNATURE_ID = "urn:oasis:names:specification:ubl:signature:1"
SIGNATURE_OF = "urn:oasis:names:specification:ubl:signature:Invoice"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
C14N11 = "http://www.w3.org/2006/12/xml-c14n11"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
LEFT_OUT = (
    "not(//ancestor-or-self::ext:UBLExtensions)",
    "not(//ancestor-or-self::cac:Signature)",
    "not(//ancestor-or-self::cac:AdditionalDocumentReference[cbc:ID='QR'])",
)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a unit signs with: its key and its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    text: str
    """The certificate in base64 as it was given out."""

    @classmethod
    def of(cls, pem: str, token: str) -> Identity:
        """Return the identity with the private key ``pem`` and the certificate in the authority's ``token``."""
        key = serialization.load_pem_private_key(pem.encode(), password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        text = certificate_text(token)
        return cls(key, x509.load_der_x509_certificate(b64decode(text)), text)

    @property
    def public_key(self) -> bytes:
        """The public key as DER."""
        return self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def stamp(self) -> bytes:
        """The authority's signature under the certificate."""
        return self.certificate.signature

    @property
    def issuer(self) -> str:
        """The name of the issuer, the most specific part first."""
        return ", ".join(part.rfc4514_string() for part in reversed(list(self.certificate.issuer.rdns)))


def certificate_text(token: str) -> str:
    """Return the certificate inside a token: the authority gives it out in base64, wrapped in base64 again."""
    inside = b64decode(token)
    try:
        text = inside.decode("ascii")
        x509.load_der_x509_certificate(b64decode(text, validate=True))
    except ValueError:
        return token
    return text


def hash_of(root: Element) -> bytes:
    """Return the hash of a document, whether it is signed already or not."""
    copy = etree.fromstring(etree.tostring(root))
    for element in (
        *copy.findall(in_ext("UBLExtensions")),
        *copy.findall(in_cac("Signature")),
        *(e for e in copy.findall(in_cac("AdditionalDocumentReference")) if e.findtext(in_cbc("ID")) == "QR"),
    ):
        _take_out(element)
    return hashlib.sha256(etree.tostring(copy, method="c14n", exclusive=False, with_comments=False)).digest()


def _take_out(element: Element) -> None:
    """Remove an element and leave the text behind it."""
    parent, before = element.getparent(), element.getprevious()
    if element.tail:
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def b64(data: bytes) -> str:
    """Return bytes in base64."""
    return b64encode(data).decode()


def hexed(data: bytes) -> str:
    """Return the digest of ``data`` as the base64 of its hexadecimal text."""
    return b64(hashlib.sha256(data).hexdigest().encode())


def properties(identity: Identity, at: datetime) -> str:
    """Return the signed properties as the authority digests them."""
    ds = f'xmlns:ds="{DS}"'
    return (
        f'<xades:SignedProperties xmlns:xades="{XADES}" Id="xadesSignedProperties"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{at.strftime('%Y-%m-%dT%H:%M:%S')}</xades:SigningTime>"
        "<xades:SigningCertificate><xades:Cert><xades:CertDigest>"
        f'<ds:DigestMethod {ds} Algorithm="{SHA256}"/>'
        f"<ds:DigestValue {ds}>{hexed(identity.text.encode())}</ds:DigestValue></xades:CertDigest><xades:IssuerSerial>"
        f"<ds:X509IssuerName {ds}>{_escaped(identity.issuer)}</ds:X509IssuerName>"
        f"<ds:X509SerialNumber {ds}>{identity.certificate.serial_number}</ds:X509SerialNumber>"
        "</xades:IssuerSerial></xades:Cert></xades:SigningCertificate>"
        "</xades:SignedSignatureProperties></xades:SignedProperties>"
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def sign(root: Element, identity: Identity, at: datetime) -> tuple[str, str]:
    """Sign a document in place; return its hash and its signature in base64."""
    digest = hash_of(root)
    signature = b64(identity.key.sign(digest, ec.ECDSA(hashes.SHA256())))
    said = properties(identity, at)
    root.insert(0, etree.fromstring(_extensions(b64(digest), signature, identity, said)))
    return b64(digest), signature


def _extensions(digest: str, signature: str, identity: Identity, said: str) -> str:
    transforms = "".join(
        f'<ds:Transform Algorithm="{XPATH}"><ds:XPath>{path}</ds:XPath></ds:Transform>' for path in LEFT_OUT
    )
    return (
        f'<ext:UBLExtensions xmlns:ext="{EXT}" xmlns:cac="{CAC}" xmlns:cbc="{CBC}"><ext:UBLExtension>'
        f"<ext:ExtensionURI>{ENVELOPED}</ext:ExtensionURI><ext:ExtensionContent>"
        f'<sig:UBLDocumentSignatures xmlns:sig="{SIG}" xmlns:sac="{SAC}" xmlns:sbc="{SBC}"><sac:SignatureInformation>'
        f"<cbc:ID>{SIGNATURE_ID}</cbc:ID><sbc:ReferencedSignatureID>{SIGNATURE_OF}</sbc:ReferencedSignatureID>"
        f'<ds:Signature xmlns:ds="{DS}" Id="signature"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{C14N11}"/>'
        '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/>'
        f'<ds:Reference Id="invoiceSignedData" URI=""><ds:Transforms>{transforms}'
        f'<ds:Transform Algorithm="{C14N11}"/></ds:Transforms><ds:DigestMethod Algorithm="{SHA256}"/>'
        f"<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>"
        '<ds:Reference Type="http://www.w3.org/2000/09/xmldsig#SignatureProperties" URI="#xadesSignedProperties">'
        f'<ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue>{hexed(said.encode())}</ds:DigestValue>'
        "</ds:Reference></ds:SignedInfo>"
        f"<ds:SignatureValue>{signature}</ds:SignatureValue><ds:KeyInfo><ds:X509Data>"
        f"<ds:X509Certificate>{identity.text}</ds:X509Certificate></ds:X509Data></ds:KeyInfo><ds:Object>"
        f'<xades:QualifyingProperties xmlns:xades="{XADES}" Target="signature">{said}</xades:QualifyingProperties>'
        "</ds:Object></ds:Signature></sac:SignatureInformation></sig:UBLDocumentSignatures></ext:ExtensionContent>"
        "</ext:UBLExtension></ext:UBLExtensions>"
    )


__all__ = ["ENVELOPED", "SIGNATURE_OF", "Identity", "b64", "certificate_text", "hash_of", "hexed", "properties", "sign"]
