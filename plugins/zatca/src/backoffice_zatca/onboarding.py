"""Register a unit with the authority: key, request, certificate for the check, sample documents, certificate.

Each step is kept when it is done, so that a registration that was cut off goes on where it stopped.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from backoffice_einvoicing.api import (
    Address,
    Buyer,
    Delivery,
    EInvoice,
    Identifier,
    Item,
    Line,
    Preceding,
    Price,
    Seller,
    breakdowns_of,
    seller_of,
    totals_of,
)
from cryptography import x509

from backoffice.core.api import BackofficeError, Company, Conflict, JobRun, Session
from backoffice.hookspecs import messages

from . import chain
from .certificates import Subject, new_key, request, sent
from .document import CREDIT, DEBIT, FIRST_PREVIOUS, INVOICE, Kind, Place, bare, make, saudi
from .kinds import ADDRESSES
from .models import Unit
from .platform import Gate, must
from .signing import Identity, certificate_text

_ = messages("zatca")

JOB = "zatca.register"


def make_request(session: Session, unit: Unit) -> Unit:
    """Make the key of a unit and the request for its certificate. Raises ``Conflict`` once it is registered."""
    if unit.state != "new":
        raise Conflict(_("This unit is registered already."), remedy=_("Add another one."))
    company: Company = session.get(Company, session.company_id)
    pem = new_key()
    subject = Subject(
        common_name=unit.name, organization=company.name, unit=unit.branch_name, vat_number=bare(company.tax_id or ""),
        serial=unit.serial, types=unit.types, location=unit.location, industry=unit.industry,
        environment=unit.environment,
    )  # fmt: skip
    unit.request = request(subject, pem)
    unit.private_key = session.seal(pem)
    session.flush()
    return unit


def register(session: Session, unit: Unit, *, otp: str) -> dict[str, Any]:
    """Ask for the registration of a unit with the one-time password of the authority's portal."""
    if unit.state not in ("new", "compliance"):
        raise Conflict(_("This unit is registered already."), remedy=_("Add another one."))
    if unit.request is None:
        make_request(session, unit)
    job = session.enqueue(JOB, {"unit": unit.id, "otp": otp}, by_program=True)
    return {"unit": unit.id, "job": job.id}


def retire(session: Session, unit: Unit) -> Unit:
    """Take a unit out of use; its chain stays."""
    unit.state = "retired"
    session.flush()
    return unit


def run(job: JobRun, unit: int, otp: str) -> dict[str, Any]:
    """Go through the steps of a registration; the job behind :func:`register`."""
    try:
        _steps(job, unit, otp)
    except BackofficeError as error:
        said = str(error)
        job.program.run(lambda session: _told(session, unit, said))
        raise
    return {"unit": unit, "state": "active"}


def _told(session: Session, id_: int, said: str) -> None:
    session.get(Unit, id_).message = said
    session.flush()


def _steps(job: JobRun, id_: int, otp: str) -> None:
    desk = job.program
    with desk.reading(fresh=True) as session:
        unit = session.get(Unit, id_)
        address = unit.address or ADDRESSES[unit.environment]
        waiting, csr = unit.state == "new", unit.request
    if waiting:
        job.progress(0, 4, _("Asking for the certificate for the check"))
        body = must(
            Gate(address).post("compliance", {"csr": sent(csr)}, OTP=otp), _("The certificate was not given out.")
        )
        desk.run(lambda session: _checking(session, id_, body))
    job.progress(1, 4, _("Sending sample documents"))
    with desk.reading(fresh=True) as session:
        gate, samples, number = _to_check(session, id_, address)
    for one in samples:
        must(gate.post("compliance/invoices", one), _("A sample document was refused."))
    job.progress(3, 4, _("Asking for the certificate"))
    given = must(
        gate.post("production/csids", {"compliance_request_id": number}), _("The certificate was not given out.")
    )
    desk.run(lambda session: _active(session, id_, given))
    job.progress(4, 4)


def _checking(session: Session, id_: int, body: Any) -> None:
    unit = session.get(Unit, id_)
    unit.compliance_id = str(body["requestID"])
    unit.compliance_token = session.seal(body["binarySecurityToken"])
    unit.compliance_secret = session.seal(body["secret"])
    unit.state, unit.message = "compliance", None
    session.flush()


def _active(session: Session, id_: int, body: Any) -> None:
    unit = session.get(Unit, id_)
    unit.token = session.seal(body["binarySecurityToken"])
    unit.secret = session.seal(body["secret"])
    unit.state, unit.message = "active", None
    certificate = x509.load_der_x509_certificate(b64decode(certificate_text(body["binarySecurityToken"])))
    unit.valid_until = certificate.not_valid_after_utc.date()
    chain.begin(session, unit)
    session.flush()
    session.emit("zatca.unit_registered", unit)


# -- sample documents ------------------------------------------------------------------------------------------------


def _to_check(session: Session, id_: int, address: str) -> tuple[Gate, list[dict[str, str]], str]:
    unit = session.get(Unit, id_)
    token = session.reveal(unit.compliance_token)
    gate = Gate(address, token, session.reveal(unit.compliance_secret))
    identity = Identity.of(session.reveal(unit.private_key), token)
    return gate, samples(session, unit, identity), unit.compliance_id


def samples(session: Session, unit: Unit, identity: Identity) -> list[dict[str, str]]:
    """Return one signed document of each kind the unit issues, in a chain of their own, as the platform takes them."""
    now = chain.now_in(session)
    previous = FIRST_PREVIOUS
    made: list[dict[str, str]] = []
    kinds = [Kind(simplified=simplified) for n, simplified in enumerate((False, True)) if unit.types[n] == "1"]
    for kind in kinds:
        for code in (INVOICE, CREDIT, DEBIT):
            place = Place(len(made) + 1, previous, uuid4(), now)
            invoice = sample(seller_of(session), code, kind, now.date(), place.counter)
            signed = make(invoice, kind, place, identity, reason="Sample")
            previous = signed.digest
            text = b64encode(signed.content).decode()
            made.append({"invoiceHash": signed.digest, "uuid": str(place.uuid), "invoice": text})
    return made


def sample(seller: Seller, code: str, kind: Kind, day: date, n: int) -> EInvoice:
    """Return a sample document of one line."""
    line = Line(
        "1",
        Decimal(1),
        "PCE",
        Decimal("100.00"),
        Item("Sample", category="S", rate=Decimal(15)),
        Price(Decimal("100.00")),
    )
    rows = breakdowns_of((line,))
    buyer = Buyer(
        "Sample buyer",
        vat_id="399999999800003",
        address=Address(
            "King Fahd Road", city="Riyadh", postcode="12211", country="SA", building="1111", district="Olaya"
        ),
        identifier=Identifier("1010010000", "CRN"),
    )
    invoice = EInvoice(
        number=f"SAMPLE-{n}",
        issue_date=day,
        type_code=code,
        currency="SAR",
        totals=totals_of((line,), rows),
        seller=seller,
        buyer=buyer,
        lines=(line,),
        breakdowns=rows,
        preceding=() if code == INVOICE else (Preceding("SAMPLE-1", day),),
        delivery=None if kind.simplified else Delivery(day=day),
    )
    return saudi(invoice, kind)


__all__ = ["JOB", "make_request", "register", "retire", "run", "sample", "samples"]
