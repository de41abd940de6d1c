"""Keys, requests, hashes, signatures and the QR code, without a database."""

from base64 import b64encode
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from backoffice_einvoicing.api import Address, Identifier, Seller
from backoffice_zatca import certificates, qr, rules
from backoffice_zatca.document import CREDIT, FIRST_PREVIOUS, INVOICE, Kind, Place, make
from backoffice_zatca.onboarding import sample
from backoffice_zatca.signing import Identity, b64, hash_of
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from backoffice.core.api import InvalidInput

SUBJECT = certificates.Subject(
    "EGS1", "Harbour Tea", "Riyadh", "300000000000003", "1-B|2-0.1|3-1", location="RRRD2929", industry="Trade"
)
SELLER = Seller(
    "شاي المرفأ",
    vat_id="300000000000003",
    registration=Identifier("1010010000", "CRN"),
    address=Address("King Road", city="Riyadh", postcode="12211", country="SA", building="1234", district="Olaya"),
)
AT = datetime(2026, 1, 15, 12)
PLACE = Place(7, FIRST_PREVIOUS, UUID(int=7), AT)


@pytest.fixture(scope="module")
def identity():
    pem = certificates.new_key()
    key = serialization.load_pem_private_key(pem.encode(), None)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "TEST-CA")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(4711)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2030, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    der = made.public_bytes(serialization.Encoding.DER)
    return Identity.of(pem, b64encode(b64encode(der)).decode())


def test_the_first_phase_has_five_fields_that_are_read_back():
    code = qr.Code("شاي المرفأ", "300000000000003", AT, Decimal("115"), Decimal("15"))
    assert {tag: value.decode() for tag, value in qr.read(code.text()).items()} == {
        1: "شاي المرفأ", 2: "300000000000003", 3: "2026-01-15T12:00:00Z", 4: "115.00", 5: "15.00",
    }  # fmt: skip


def test_a_code_is_the_published_example():
    code = qr.Code("Bobs Records", "310122393500003", datetime(2022, 4, 25, 15, 30), Decimal("1000"), Decimal("150"))
    assert code.text() == (
        "AQxCb2JzIFJlY29yZHMCDzMxMDEyMjM5MzUwMDAwMwMUMjAyMi0wNC0yNVQxNTozMDowMFoEBzEwMDAuMDAFBjE1MC4wMA=="
    )


@given(name=st.text(max_size=300), tax=st.decimals(0, 10**9, places=2))
def test_any_code_is_read_back(name, tax):
    found = qr.read(qr.Code(name, "300000000000003", AT, tax, tax).text())
    assert name.startswith(found.get(1, b"").decode())
    assert Decimal(found[4].decode()) == tax


def test_a_picture_is_svg_without_style():
    picture = qr.svg("AQxCb2Jz")
    assert picture.startswith("<svg")
    assert "style=" not in picture


def test_a_hash_is_the_same_before_and_after_signing(identity):
    invoice = sample(SELLER, INVOICE, Kind(), date(2026, 1, 15), 1)
    signed = make(invoice, Kind(), PLACE, identity)
    assert b64(hash_of(etree.fromstring(signed.content))) == signed.digest


def test_what_is_signed_cannot_be_changed(identity):
    signed = make(sample(SELLER, INVOICE, Kind(), date(2026, 1, 15), 1), Kind(), PLACE, identity)
    other = etree.fromstring(signed.content.replace(b">115.00<", b">116.00<"))
    assert b64(hash_of(other)) != signed.digest


@pytest.mark.parametrize(("simplified", "fields"), [(False, 8), (True, 9)])
def test_a_simplified_document_bears_the_stamp_in_its_code(identity, simplified, fields):
    kind = Kind(simplified=simplified)
    signed = make(sample(SELLER, INVOICE, kind, date(2026, 1, 15), 1), kind, PLACE, identity)
    assert sorted(qr.read(signed.qr)) == list(range(1, fields + 1))
    assert len(signed.qr) <= qr.CODE_LONGEST


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (Kind(), "0100000"),
        (Kind(simplified=True), "0200000"),
        (Kind(third_party=True), "0110000"),
        (Kind(nominal=True), "0101000"),
        (Kind(export=True), "0100100"),
        (Kind(summary=True), "0100010"),
        (Kind(self_billed=True), "0100001"),
    ],
)
def test_the_kind_of_a_transaction_is_seven_digits(kind, code):
    assert kind.code == code


def test_a_sample_keeps_the_rules_and_one_without_a_district_does_not():
    kind = Kind()
    assert rules.check(sample(SELLER, INVOICE, kind, date(2026, 1, 15), 1), kind) == []
    bare = Seller(SELLER.name, vat_id="123", address=Address(country="SA"))
    found = {broken.rule for broken in rules.check(sample(bare, INVOICE, kind, date(2026, 1, 15), 1), kind)}
    assert {"BR-KSA-08", "BR-KSA-09", "BR-KSA-40"} <= found


def test_a_note_needs_a_reason():
    note = sample(SELLER, CREDIT, Kind(), date(2026, 1, 15), 1)
    assert [broken.rule for broken in rules.check(note, Kind())] == ["BR-KSA-17"]


def test_a_request_has_its_fields_where_the_authority_looks_for_them():
    made = x509.load_pem_x509_csr(certificates.request(SUBJECT, certificates.new_key()).encode())
    assert made.is_signature_valid
    assert made.public_key().curve.name == "secp256k1"
    assert [part.oid.dotted_string for part in made.subject] == ["2.5.4.6", "2.5.4.11", "2.5.4.10", "2.5.4.3"]


def test_a_serial_number_of_another_form_is_refused():
    from dataclasses import replace

    with pytest.raises(InvalidInput, match="1-maker"):
        certificates.request(replace(SUBJECT, serial="17"), certificates.new_key())
