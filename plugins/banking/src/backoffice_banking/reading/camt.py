"""Read CAMT.052, 053 and 054 of ISO 20022, versions 1 to 13; by the names of elements, whatever the namespace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from backoffice.hookspecs import messages

from .said import ZERO, ReadDetail, Reading, ReadLine, ReadStatement, unreadable
from .words import decimal, long_day, number, plain

_ = messages("banking")

KINDS: Final = {"Stmt": "statement", "Rpt": "interim", "Ntfctn": "notice"}
_OPENING: Final = ("OPBD", "PRCD", "ITBD")
_CLOSING: Final = ("CLBD", "ITBD")
_NOT_GIVEN: Final = {"NOTPROVIDED", "NOT PROVIDED", "NONREF"}


class Node:
    """An element, read by the names of its children alone."""

    def __init__(self, element: Any) -> None:
        self.element = element
        self.name: str = element.tag.rpartition("}")[2]

    def all(self, path: str) -> list[Node]:
        """Return the elements at ``path``, names between slashes; ``A|B`` takes either."""
        found = [self]
        for step in path.split("/"):
            names = step.split("|")
            found = [one for node in found for one in node if one.name in names]
        return found

    def __iter__(self) -> Iterator[Node]:
        return (Node(child) for child in self.element)

    def one(self, path: str) -> Node | None:
        """Return the first element at ``path``."""
        return next(iter(self.all(path)), None)

    def text(self, *paths: str) -> str | None:
        """Return the text at the first of ``paths`` that has one."""
        return next((said for path in paths for node in self.all(path) if (said := plain(node.element.text))), None)

    def texts(self, path: str) -> list[str]:
        """Return every text at ``path``."""
        return [said for node in self.all(path) if (said := plain(node.element.text))]

    @property
    def currency(self) -> str | None:
        """The currency of an amount."""
        return plain(self.element.get("Ccy"))

    def amount(self) -> Decimal:
        """Return the number it holds."""
        return decimal(self.element.text or "")


def read_camt(data: bytes) -> Reading:
    """Return the statements, reports or notices of a CAMT file. Raises :class:`~.said.Unreadable`."""
    try:
        root = Node(fromstring(data, forbid_dtd=True))
    except DefusedXmlException as error:
        raise unreadable(_("It declares entities or a document type, which no bank does.")) from error
    except (ParseError, ValueError, LookupError) as error:
        raise unreadable(_("It is not well-formed XML: {problem}.").with_values(problem=str(error))) from error
    parts = [part for message in root for part in message if part.name in KINDS]
    if not parts:
        raise unreadable(_("It has no statement, report or notice of an account."))
    return Reading(format="camt", statements=tuple(_statement(part) for part in parts))


def _statement(part: Node) -> ReadStatement:
    entries = part.all("Ntry")
    booked = [entry for entry in entries if (entry.text("Sts/Cd", "Sts") or "BOOK") == "BOOK"]
    balances = {code: balance for balance in part.all("Bal") if (code := balance.text("Tp/CdOrPrtry/Cd", "Tp/Cd"))}
    opening = next((balances[code] for code in _OPENING if code in balances), None)
    closing = next((balances[code] for code in _CLOSING if code in balances and balances[code] is not opening), None)
    code = part.text("Acct/Ccy") or _currency(opening) or _currency(closing) or _entries_currency(booked)
    account = part.one("Acct/Id")
    return ReadStatement(
        kind=KINDS[part.name],
        account=_account(account),
        bank=part.text("Acct/Svcr/FinInstnId/BICFI|BIC", "Acct/Svcr/FinInstnId/Nm"),
        currency=code,
        number=part.text("ElctrncSeqNb", "LglSeqNb", "Id"),
        opening=_signed(opening),
        opening_date=_day(opening, "Dt"),
        closing=_signed(closing),
        closing_date=_day(closing, "Dt"),
        closing_currency=_currency(closing),
        lines=tuple(_line(entry, code) for entry in booked),
        pending=len(entries) - len(booked),
    )


def _currency(holder: Node | None) -> str | None:
    amount = holder.one("Amt") if holder else None
    return amount.currency if amount else None


def _entries_currency(entries: Sequence[Node]) -> str | None:
    return next((code for entry in entries if (code := _currency(entry))), None)


def _signed(holder: Node | None) -> Decimal | None:
    amount = holder.one("Amt") if holder else None
    if holder is None or amount is None:
        return None
    return -amount.amount() if holder.text("CdtDbtInd") == "DBIT" else amount.amount()


def _day(holder: Node | None, name: str) -> date | None:
    return long_day(holder.text(f"{name}/Dt", f"{name}/DtTm", name)) if holder else None


def _account(holder: Node | None) -> str | None:
    if holder is None:
        return None
    return number(holder.text("IBAN", "Othr/Id", "PrtryAcct/Id", "BBAN", "UPIC"))


def _line(entry: Node, code: str | None) -> ReadLine:
    amount = entry.one("Amt")
    booked = _day(entry, "BookgDt") or _day(entry, "ValDt")
    signed = _signed(entry)
    if amount is None or signed is None or booked is None:
        raise unreadable(_("An entry has no amount or no date."))
    holders = entry.all("NtryDtls/TxDtls|TxDtls")
    is_in = signed > 0 or (signed == 0 and entry.text("CdtDbtInd") == "CRDT")
    details = tuple(_detail(one, is_in) for one in holders)
    only = details[0] if len(details) == 1 else ReadDetail()
    original = _original(entry, holders, code)
    return ReadLine(
        date=booked,
        value_date=_day(entry, "ValDt"),
        amount=signed,
        currency=amount.currency,
        description=" ".join(filter(None, _texts(entry, details, only))),
        party_name=only.party_name,
        party_account=only.party_account,
        party_bank=only.party_bank,
        reference=only.reference,
        end_to_end=only.end_to_end,
        mandate=only.mandate,
        bank_reference=entry.text("AcctSvcrRef") or only.bank_reference,
        check_number=entry.text("NtryDtls/TxDtls/Refs/ChqNb"),
        code=_code(entry),
        charges=_charges(entry) or (_charges(holders[0]) if len(holders) == 1 else None),
        original_amount=original[0],
        original_currency=original[1],
        exchange_rate=original[2],
        details=details if len(details) > 1 else (),
    )


def _texts(entry: Node, details: Sequence[ReadDetail], only: ReadDetail) -> Iterator[str | None]:
    yield only.description
    if len(details) > 1:
        batch = entry.text("NtryDtls/Btch/PmtInfId", "NtryDtls/Btch/MsgId", "Btch/PmtInfId")
        yield batch
    if not only.description:
        yield entry.text("AddtlNtryInf")


def _detail(holder: Node, is_in: bool) -> ReadDetail:
    debit = holder.text("CdtDbtInd")
    comes_in = is_in if debit is None else debit == "CRDT"
    side = "Dbtr" if comes_in else "Cdtr"
    return ReadDetail(
        amount=_detail_amount(holder, comes_in),
        party_name=holder.text(
            f"RltdPties/{side}/Nm", f"RltdPties/{side}/Pty/Nm", f"RltdPties/Ultmt{side}/Nm",
            f"RltdPties/Ultmt{side}/Pty/Nm",
        ),
        party_account=_account(holder.one(f"RltdPties/{side}Acct/Id")),
        party_bank=holder.text(
            f"RltdAgts/{side}Agt/FinInstnId/BICFI|BIC", f"RltdAgts/{side}Agt/FinInstnId/ClrSysMmbId/MmbId"
        ),
        description=" ".join(
            (*holder.texts("RmtInf/Ustrd"), *holder.texts("RmtInf/Strd/AddtlRmtInf"), *holder.texts("AddtlTxInf"))
        ),
        reference=holder.text("RmtInf/Strd/CdtrRefInf/Ref|CdtrRef", "RmtInf/Strd/RfrdDocInf/Nb"),
        end_to_end=_given(holder.text("Refs/EndToEndId")),
        mandate=_given(holder.text("Refs/MndtId")),
        bank_reference=_given(holder.text("Refs/AcctSvcrRef", "Refs/TxId")),
        returned=_returned(holder),
    )  # fmt: skip


def _detail_amount(holder: Node, comes_in: bool) -> Decimal | None:
    amount = holder.one("Amt") or holder.one("AmtDtls/TxAmt/Amt") or holder.one("AmtDtls/InstdAmt/Amt")
    if amount is None:
        return None
    return amount.amount() if comes_in else -amount.amount()


def _given(text: str | None) -> str | None:
    return text if text and text.upper() not in _NOT_GIVEN else None


def _returned(holder: Node) -> str | None:
    code = holder.text("RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry", "RtrInf/RtrRsn/Cd")
    return " ".join(filter(None, (code, *holder.texts("RtrInf/AddtlInf")))) or None


def _code(entry: Node) -> str | None:
    domain = [entry.text("BkTxCd/Domn/Cd"), entry.text("BkTxCd/Domn/Fmly/Cd"), entry.text("BkTxCd/Domn/Fmly/SubFmlyCd")]
    return "-".join(filter(None, domain)) or entry.text("BkTxCd/Prtry/Cd")


def _charges(holder: Node) -> Decimal | None:
    """Return what the bank kept: the total it states, or the sum of its parts."""
    total = holder.one("Chrgs/TtlChrgsAndTaxAmt")
    if total is not None:
        return total.amount() or None
    parts = [*holder.all("Chrgs/Rcrd"), *(one for one in holder.all("Chrgs") if one.one("Amt"))]
    signed = [(one.amount(), part.text("CdtDbtInd")) for part in parts if (one := part.one("Amt"))]
    return sum((-amount if side == "CRDT" else amount for amount, side in signed), ZERO) or None


def _original(
    entry: Node, holders: Sequence[Node], code: str | None
) -> tuple[Decimal | None, str | None, Decimal | None]:
    """Return the amount in the currency it was ordered in, that currency, and the rate the bank used."""
    places = [entry, *holders] if len(holders) == 1 else [entry]
    for place in places:
        amount = place.one("AmtDtls/InstdAmt/Amt") or place.one("AmtDtls/CntrValAmt/Amt")
        rate = place.text(
            "AmtDtls/TxAmt/CcyXchg/XchgRate", "AmtDtls/InstdAmt/CcyXchg/XchgRate", "AmtDtls/CntrValAmt/CcyXchg/XchgRate"
        )
        if amount is not None and amount.currency and amount.currency != code:
            return amount.amount(), amount.currency, decimal(rate) if rate else None
    return None, None, None
