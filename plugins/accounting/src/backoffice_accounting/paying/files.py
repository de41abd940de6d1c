"""Files of payments for a bank: credit transfers as ISO 20022 pain.001.001.09, and CSV. Pure functions.

The XML follows the order of the message definition *CustomerCreditTransferInitiationV09* of ISO 20022 and the rules of
the European Payments Council for SEPA credit transfers (EPC132-08): Latin characters, charges shared, one execution
day.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"

ALLOWED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-?:().,'+ ")
"""The characters banks of SEPA take (EPC217-08)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """A payment to one supplier."""

    id: str
    amount: Decimal
    name: str
    iban: str
    bic: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Payments from one account on one day."""

    id: str
    made_at: datetime
    day: date
    currency: str
    debtor: str
    iban: str
    bic: str
    payments: tuple[Credit, ...]

    @property
    def total(self) -> Decimal:
        """The sum of the payments."""
        return sum((one.amount for one in self.payments), Decimal(0))


def latin(text: str, length: int) -> str:
    """Return ``text`` in the characters banks take, at most ``length`` of them; others become a full stop.

    >>> latin("Müller & Söhne", 70)
    'Muller . Sohne'
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    written = "".join(c if c in ALLOWED else "." for c in plain).strip()[:length].strip()
    return written.lstrip("/:") or "-"


def pain001(transfer: Transfer) -> bytes:
    """Return ``transfer`` as a message pain.001.001.09."""
    register_namespace("", NAMESPACE)
    root = Element(f"{{{NAMESPACE}}}Document")
    message = _in(root, "CstmrCdtTrfInitn")
    head = _in(message, "GrpHdr")
    _in(head, "MsgId", latin(transfer.id, 35))
    _in(head, "CreDtTm", transfer.made_at.replace(microsecond=0).isoformat())
    _sums(head, transfer)
    _in(_in(head, "InitgPty"), "Nm", latin(transfer.debtor, 70))
    block = _in(message, "PmtInf")
    _in(block, "PmtInfId", latin(f"{transfer.id}-1", 35))
    _in(block, "PmtMtd", "TRF")
    _sums(block, transfer)
    _in(_in(_in(block, "PmtTpInf"), "SvcLvl"), "Cd", "SEPA")
    _in(_in(block, "ReqdExctnDt"), "Dt", transfer.day.isoformat())
    _in(_in(block, "Dbtr"), "Nm", latin(transfer.debtor, 70))
    _in(_in(_in(block, "DbtrAcct"), "Id"), "IBAN", transfer.iban)
    _agent(block, "DbtrAgt", transfer.bic, required=True)
    _in(block, "ChrgBr", "SLEV")
    for credit in transfer.payments:
        _credit(block, credit, transfer.currency)
    indent(root)
    written: bytes = tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + written + b"\n"


def _credit(block: Element, credit: Credit, currency: str) -> None:
    one = _in(block, "CdtTrfTxInf")
    _in(_in(one, "PmtId"), "EndToEndId", latin(credit.id, 35))
    amount = _in(_in(one, "Amt"), "InstdAmt", _amount(credit.amount))
    amount.set("Ccy", currency)
    _agent(one, "CdtrAgt", credit.bic, required=False)
    _in(_in(one, "Cdtr"), "Nm", latin(credit.name, 70))
    _in(_in(_in(one, "CdtrAcct"), "Id"), "IBAN", credit.iban)
    if credit.text:
        _in(_in(one, "RmtInf"), "Ustrd", latin(credit.text, 140))


def _agent(parent: Element, name: str, bic: str, *, required: bool) -> None:
    if bic:
        _in(_in(_in(parent, name), "FinInstnId"), "BICFI", bic)
    elif required:
        _in(_in(_in(_in(parent, name), "FinInstnId"), "Othr"), "Id", "NOTPROVIDED")


def _sums(parent: Element, transfer: Transfer) -> None:
    _in(parent, "NbOfTxs", str(len(transfer.payments)))
    _in(parent, "CtrlSum", _amount(transfer.total))


def _amount(amount: Decimal) -> str:
    return format(amount.quantize(Decimal("0.01")), "f")


def _in(parent: Element, name: str, text: str | None = None) -> Element:
    made = SubElement(parent, f"{{{NAMESPACE}}}{name}")
    made.text = text
    return made


def as_csv(transfer: Transfer) -> bytes:
    """Return ``transfer`` as CSV, for banks that take no other file; nothing in it is taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["date", "currency", "amount", "name", "account", "bic", "reference", "id"])
    for one in transfer.payments:
        row = [one.name, one.iban, one.bic, one.text, one.id]
        writer.writerow([transfer.day.isoformat(), transfer.currency, format(one.amount, "f"), *map(_plain, row)])
    return out.getvalue().encode("utf-8-sig")


def _plain(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text
