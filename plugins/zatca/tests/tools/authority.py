"""A stand-in for the platform: a small program that answers as the real one does.

It judges what it is sent by code of its own: hash and signature, chain and counters, the fields the rules ask for.
"""

import base64
import hashlib
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask, jsonify, request
from lxml import etree
from werkzeug.serving import make_server

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
NS = {
    "i": f"{UBL}Invoice-2",
    "cac": f"{UBL}CommonAggregateComponents-2",
    "cbc": f"{UBL}CommonBasicComponents-2",
    "ext": f"{UBL}CommonExtensionComponents-2",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xades": "http://uri.etsi.org/01903/v1.3.2#",
}
GENESIS = base64.b64encode(hashlib.sha256(b"0").hexdigest().encode()).decode()
NEEDED = {
    "BR-KSA-03": "cbc:UUID",
    "BR-KSA-70": "cbc:IssueTime",
    "BR-KSA-EN16931-02": "cbc:TaxCurrencyCode",
    "BR-KSA-09": "cac:AccountingSupplierParty//cac:PostalAddress/cbc:BuildingNumber",
    "BR-KSA-39": "cac:AccountingSupplierParty//cac:PartyTaxScheme/cbc:CompanyID",
    "BR-KSA-08": "cac:AccountingSupplierParty//cac:PartyIdentification/cbc:ID[@schemeID]",
    "BR-KSA-52": "cac:InvoiceLine/cac:TaxTotal/cbc:TaxAmount",
    "BR-KSA-53": "cac:InvoiceLine/cac:TaxTotal/cbc:RoundingAmount",
}
OTP = "123456"


def certificate_authority():
    key = ec.generate_private_key(ec.SECP256K1())
    parts = [
        (NameOID.DOMAIN_COMPONENT, "local"),
        (NameOID.DOMAIN_COMPONENT, "gov"),
        (NameOID.COMMON_NAME, "STAND-IN-CA"),
    ]
    return key, x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


@dataclass
class Authority:
    """The platform, and what it was sent."""

    key: object = None
    name: object = None
    known: dict = field(default_factory=dict)
    """Token → its secret, what it may do, and the end of its chain."""
    taken: list = field(default_factory=list)
    refuse: list = field(default_factory=list)
    """Codes it refuses the next documents with."""
    down: int = 0
    """How many times it does not answer."""
    clears: bool = True

    def __post_init__(self):
        self.key, self.name = certificate_authority()

    # -- certificates ----------------------------------------------------------------------------------------------

    def issue(self, csr, role):
        subject = csr.subject
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(csr.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.now(UTC) - timedelta(days=1))
            .not_valid_after(datetime.now(UTC) + timedelta(days=365))
            .sign(self.key, hashes.SHA256())
        )
        der = made.public_bytes(serialization.Encoding.DER)
        token = base64.b64encode(base64.b64encode(der)).decode()
        secret = hashlib.sha256(token.encode()).hexdigest()[:24]
        self.known[token] = {
            "secret": secret,
            "role": role,
            "csr": csr,
            "counter": 0,
            "digest": GENESIS,
            "kinds": set(),
        }
        return token, secret

    def compliance(self):
        if request.headers.get("OTP") != OTP:
            return problem("Invalid-OTP", "The provided OTP is invalid")
        csr = x509.load_pem_x509_csr(base64.b64decode(request.json["csr"]))
        wrong = self.request_wrong(csr)
        if wrong:
            return problem("Invalid-CSR", wrong)
        token, secret = self.issue(csr, "compliance")
        number = str(1000 + len(self.known))
        self.known[token]["number"] = number
        return jsonify(requestID=number, dispositionMessage="ISSUED", binarySecurityToken=token, secret=secret)

    @staticmethod
    def fields_of(csr):
        other = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return {part.oid.dotted_string: part.value for name in other for part in name.value}

    @staticmethod
    def request_wrong(csr):
        if not csr.is_signature_valid or csr.public_key().curve.name != "secp256k1":
            return "key"
        names = {part.oid.dotted_string for part in csr.subject}
        if names != {"2.5.4.6", "2.5.4.11", "2.5.4.10", "2.5.4.3"}:
            return "subject"
        fields = Authority.fields_of(csr)
        wanted = {"2.5.4.4", "0.9.2342.19200300.100.1.1", "2.5.4.12", "2.5.4.26", "2.5.4.15"}
        if set(fields) != wanted or len(fields["0.9.2342.19200300.100.1.1"]) != 15:
            return "alternative name"
        template = csr.extensions.get_extension_for_oid(x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2")).value.value
        return "" if template[2:].endswith(b"ZATCA-Code-Signing") else "template"

    def production(self):
        known, refusal = self.who("compliance")
        if refusal:
            return refusal
        if known["number"] != request.json.get("compliance_request_id"):
            return problem("Invalid-Request", "The request is not known")
        types = self.fields_of(known["csr"])["2.5.4.12"]
        wanted = {
            f"{prefix}{code}"
            for prefix, on in zip(("01", "02"), types, strict=False)
            if on == "1"
            for code in (388, 381, 383)
        }
        if known["kinds"] != wanted:
            return problem("Missing-ComplianceSteps", ", ".join(sorted(wanted - known["kinds"])))
        token, secret = self.issue(known["csr"], "production")
        return jsonify(requestID="1", dispositionMessage="ISSUED", binarySecurityToken=token, secret=secret)

    def who(self, role):
        given = request.authorization
        known = self.known.get(given.username) if given else None
        if known is None or known["secret"] != given.password or known["role"] != role:
            return None, (jsonify(message="Unauthorized"), 401)
        return known, None

    # -- documents -------------------------------------------------------------------------------------------------

    def take(self, role, kind):
        if self.down:
            self.down -= 1
            return jsonify(message="Try again"), 503
        known, refusal = self.who(role)
        if refusal:
            return refusal
        if kind == "clearance" and not self.clears:
            return jsonify(message="Clearance is switched off"), 303
        data = base64.b64decode(request.json["invoice"])
        root = etree.fromstring(data)
        errors = [
            *self.wrong(root, known, request.json, request.authorization.username),
            *((c, c) for c in self.refuse),
        ]
        self.taken.append({"data": data, "counter": self.text(root, *ICV), "errors": errors, "kind": kind})
        code = root.find("cbc:InvoiceTypeCode", NS)
        known["kinds"].add(f"{code.get('name')[:2]}{code.text}")
        return self.answer(kind, code.get("name"), errors, data)

    @staticmethod
    def answer(kind, name, errors, data):
        results = {
            "infoMessages": [
                {"type": "INFO", "code": "XSD_ZATCA_VALID", "message": "Complied with UBL 2.1", "status": "PASS"}
            ],
            "warningMessages": [],
            "errorMessages": [
                {"type": "ERROR", "code": code, "message": said, "status": "ERROR"} for code, said in errors
            ],
            "status": "ERROR" if errors else "PASS",
        }
        if kind == "reporting" or (kind == "compliance" and name.startswith("02")):
            status = {"reportingStatus": "NOT_REPORTED" if errors else "REPORTED"}
        else:
            status = {"clearanceStatus": "NOT_CLEARED" if errors else "CLEARED"}
            if not errors:
                status["clearedInvoice"] = base64.b64encode(data).decode()
        return jsonify(validationResults=results, **status), 400 if errors else 200

    @staticmethod
    def text(root, path, default=""):
        found = root.xpath(path, namespaces=NS)
        return found[0].text if found else default

    def wrong(self, root, known, body, token):
        digest = canonical_hash(root)
        if base64.b64encode(digest).decode() != body["invoiceHash"]:
            yield "invalid-invoice-hash", "The hash sent is not that of the document"
        if self.text(root, "cbc:UUID") != body["uuid"]:
            yield "invalid-uuid", "The UUID sent is not that of the document"
        yield from signature_wrong(root, digest, token)
        counter, previous = int(self.text(root, *ICV) or 0), self.text(root, *PIH)
        if counter != known["counter"] + 1:
            yield "KSA-16", f"The counter is {counter} after {known['counter']}"
        if previous != known["digest"]:
            yield "KSA-13", "The previous hash is not that of the document before"
        known["counter"], known["digest"] = counter, base64.b64encode(digest).decode()
        for rule, path in NEEDED.items():
            if not root.xpath(path, namespaces=NS):
                yield rule, f"{path} is missing"
        yield from self.kind_wrong(root)

    def kind_wrong(self, root):
        name = root.find("cbc:InvoiceTypeCode", NS).get("name")
        code = self.text(root, "cbc:InvoiceTypeCode")
        if self.text(root, "cbc:ProfileID") != "reporting:1.0":
            yield "BR-KSA-EN16931-01", "The process is not reporting:1.0"
        if name.startswith("01") and code == "388" and not self.text(root, "cac:Delivery/cbc:ActualDeliveryDate"):
            yield "BR-KSA-15", "A tax invoice has a date of supply"
        if name.startswith("01") and not self.text(root, "cac:AccountingCustomerParty//cbc:RegistrationName"):
            yield "BR-KSA-42", "A tax invoice has a buyer"
        if code in ("381", "383") and not self.text(root, "cac:PaymentMeans/cbc:InstructionNote"):
            yield "BR-KSA-17", "A note has a reason"
        if code in ("381", "383") and not self.text(root, "cac:BillingReference//cbc:ID"):
            yield "BR-KSA-56", "A note names its invoice"
        tags = qr_tags(self.text(root, *QR))
        if tags.get(6, b"").decode() != self.text(root, "//ds:Reference[@Id='invoiceSignedData']/ds:DigestValue"):
            yield "QRCODE_INVALID", "The QR code has another hash"
        if sorted(tags) != list(range(1, 10 if name.startswith("02") else 9)):
            yield "QRCODE_INVALID", f"The QR code has the fields {sorted(tags)}"

    # -- as a program ----------------------------------------------------------------------------------------------

    def app(self):
        app = Flask("authority")
        app.post("/compliance")(self.compliance)
        app.post("/compliance/invoices", endpoint="check")(lambda: self.take("compliance", "compliance"))
        app.post("/production/csids")(self.production)
        app.post("/invoices/reporting/single", endpoint="report")(lambda: self.take("production", "reporting"))
        app.post("/invoices/clearance/single", endpoint="clear")(lambda: self.take("production", "clearance"))
        return app


def reference(name, rest):
    return (f"cac:AdditionalDocumentReference[cbc:ID='{name}']/{rest}",)


ICV = reference("ICV", "cbc:UUID")
PIH = reference("PIH", "cac:Attachment/cbc:EmbeddedDocumentBinaryObject")
QR = reference("QR", "cac:Attachment/cbc:EmbeddedDocumentBinaryObject")


def problem(code, said):
    return jsonify(validationResults={"errorMessages": [{"code": code, "message": said}]}, message=said), 400


def canonical_hash(root):
    """Return the hash of a document as its transforms say: three kinds of elements left out, then canonical."""
    keep = "not(ancestor-or-self::ext:UBLExtensions) and not(ancestor-or-self::cac:Signature) and "
    keep += "not(ancestor-or-self::cac:AdditionalDocumentReference[cbc:ID='QR'])"
    copy = etree.fromstring(etree.tostring(root))
    kept = set(copy.xpath(f"//*[{keep}]", namespaces=NS))
    for element in list(copy.iter()):
        parent = element.getparent()
        if element not in kept and (parent is None or parent in kept):
            parent.remove(element)
    return hashlib.sha256(etree.tostring(copy, method="c14n")).digest()


def signature_wrong(root, digest, token):
    said = root.find(".//ds:Signature", NS)
    if said is None:
        yield "invalid-signature", "The document is not signed"
        return
    text = said.findtext(".//ds:X509Certificate", namespaces=NS)
    if base64.b64decode(token).decode() != text:
        yield "certificate-permissions", "Signed with another certificate"
    public = x509.load_der_x509_certificate(base64.b64decode(text)).public_key()
    try:
        public.verify(
            base64.b64decode(said.findtext("ds:SignatureValue", namespaces=NS)), digest, ec.ECDSA(hashes.SHA256())
        )
    except InvalidSignature:
        yield "invalid-signature", "The signature does not fit"
    values = [e.text for e in said.iterfind(".//ds:SignedInfo/ds:Reference/ds:DigestValue", NS)]
    properties = as_dom4j_writes(said.find(".//xades:SignedProperties", NS))
    if values != [base64.b64encode(digest).decode(), hexed(properties.encode())]:
        yield "signed-properties-hashing", "A digest does not fit"
    if said.findtext(".//xades:CertDigest/ds:DigestValue", namespaces=NS) != hexed(text.encode()):
        yield "signed-properties-hashing", "The digest of the certificate does not fit"


def hexed(data):
    return base64.b64encode(hashlib.sha256(data).hexdigest().encode()).decode()


def as_dom4j_writes(element, known=()):
    """Return an element as the Java library of the authority writes it."""
    uri = etree.QName(element).namespace
    prefix = next(p for p in ("ds", "xades") if NS[p] == uri)
    tag = f"{prefix}:{etree.QName(element).localname}"
    declared = "" if uri in known else f' xmlns:{prefix}="{uri}"'
    attributes = "".join(f' {name}="{value}"' for name, value in element.attrib.items())
    inside = (element.text or "") + "".join(as_dom4j_writes(child, (*known, uri)) for child in element)
    return f"<{tag}{declared}{attributes}>{inside}</{tag}>" if inside else f"<{tag}{declared}{attributes}/>"


def qr_tags(text):
    data, found, at = base64.b64decode(text or ""), {}, 0
    while at < len(data):
        found[data[at]] = data[at + 2 : at + 2 + data[at + 1]]
        at += 2 + data[at + 1]
    return found


class Served:
    """The platform behind an address of this machine."""

    def __init__(self):
        self.platform = Authority()
        self._server = make_server("127.0.0.1", 0, self.platform.app(), threaded=True)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_raised):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
