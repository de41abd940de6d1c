"""Make the company and load its quarter, paper by paper, through the actions anybody uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from backoffice_accounting.api import Invoice, Payment

from backoffice.core.api import AlreadyExists, Desk, NotFound
from backoffice.hookspecs import Table, messages

from . import bank, cheques, tables
from .tables import Line
from .ties import Tie, table, ties

_ = messages("demo")

CODE: Final = "riyadh"
SOURCE: Final = "demo.riyadh"
YEAR: Final = {"start": date(2025, 6, 26), "calendar": "hijri", "code": "1447"}

MONTH: Final = "1447-06"
"""Jumada al-Akhirah 1447: 22 November to 20 December 2025."""

COMPANY: Final = {
    "code": CODE,
    "name": "Najd Oasis Trading (invented)",
    "name_ar": "واحة نجد للتجارة (شركة متخيَّلة)",
    "currency": "SAR",
    "language": "ar",
    "zone": "Asia/Riyadh",
    "calendar": "hijri",
    "country": "SA",
    "tax_id": "310099887700003",
    "registration": "1010998877",
    "address": "طريق الملك فهد، حي العليا\nالرياض 12211",
    "rounding_level": "line",
}

JOURNALS: Final = (
    {"code": "SAL", "name": "Sales", "name_ar": "المبيعات", "kind": "sale"},
    {"code": "PUR", "name": "Purchases", "name_ar": "المشتريات", "kind": "purchase"},
    {"code": "BNK", "name": "Bank", "name_ar": "البنك", "kind": "bank"},
    {"code": "CSH", "name": "Cash", "name_ar": "الصندوق", "kind": "cash"},
    {"code": "GEN", "name": "General", "name_ar": "القيود العامة", "kind": "general"},
)

ACCOUNTS: Final = {
    "returns": "4103",
    "expense": "5101",
    "customer_advance": "2103",
    "supplier_advance": "1111",
    "tax_payable": "2110",
    "tax_receivable": "1130",
    "tax_withheld_payable": "2120",
    "bank_charges": "6108",
    "exchange_gain": "6301",
    "exchange_loss": "6301",
    "rounding": "6302",
    "write_off": "6302",
    "retained_earnings": "3201",
    "opening_balance": "3201",
    "cheques_received": "1104",
    "cheques_deposited": "1103",
    "cheques_issued": "2102",
    "depreciation": "6201",
    "accumulated_depreciation": "1291",
    "fixed_asset": "1202",
}
"""Which account each purpose goes to, where there is more than one it could be."""

DOLLAR: Final = {"base": "USD", "currency": "SAR", "date": date(2025, 6, 26), "rate": "3.75", "source": "SAMA"}
"""The riyal is pegged to the dollar."""

EXPORT: Final = "SA-SX"

Progress = Callable[..., None]


@dataclass(slots=True)
class Summary:
    """What was added, and what documents, ledger and return say of the same."""

    added: dict[str, int] = field(default_factory=dict)
    ties: tuple[Tie, ...] = ()
    month: Table | None = None
    """Profit and loss of a month of the Umm al-Qura calendar."""

    @property
    def agrees(self) -> bool:
        """Whether documents, ledger and return say the same."""
        return all(tie.agrees for tie in self.ties)

    def __iter__(self) -> Iterator[Table]:
        """Yield the tables to print."""
        yield table(self.ties)
        if self.month is not None:
            yield self.month


def load(desk: Desk, progress: Progress | None = None) -> Summary:
    """Load what is missing of the company; see the head of this package."""
    here = desk.at_company(_company(desk))
    found = Summary()
    _set_up(here)
    found.added["parties"] = _parties(here)
    found.added["opening"] = _opening(here)
    found.added["invoices"] = _documents(here, "sales.csv", _invoice)
    found.added["bills"] = _documents(here, "bills.csv", _bill)
    found.added["payments"] = _payments(here)
    found.added["cheques"] = cheques.load(here)
    found.added["statements"] = bank.load(here)
    found.ties = ties(here)
    found.month = here.report("accounting.profit_and_loss", {"period": MONTH, "compare": "previous_period"})
    if progress is not None:
        progress(1, 1)
    return found


def _company(desk: Desk) -> int:
    try:
        company = desk.get("core.company", CODE)
    except NotFound:
        return int(desk.execute("core.company.create", COMPANY)["id"])
    return int(company.id)


def _set_up(desk: Desk) -> None:
    desk.execute("accounting.import_chart", chart=tables.text("chart.csv"))
    for journal in JOURNALS:
        _once(desk, "accounting.journal.create", journal)
    desk.execute("taxes.install_country", country="SA")
    for purpose, account in ACCOUNTS.items():
        _once(desk, "accounting.account_choice.create", {"purpose": purpose, "account": account})
    _once(desk, "core.exchange_rate.create", DOLLAR)
    _once(desk, "accounting.open_year", YEAR)


def _once(desk: Desk, action: str, values: Mapping[str, Any]) -> None:
    try:
        desk.execute(action, values)
    except AlreadyExists:
        pass  # it was made the last time


def _parties(desk: Desk) -> int:
    missing = [line for line in tables.rows("parties.csv") if not _known(desk, "parties.party", line["code"])]
    desk.execute_many("parties.party.create", [_party(line) for line in missing])
    return len(missing)


def _party(line: Line) -> dict[str, Any]:
    return {
        "code": line["code"],
        "name": line["name"],
        "name_ar": line["name_ar"],
        "kind": "organisation",
        line["role"]: True,
        "country": line["country"],
        "tax_id": line["tax_id"] or None,
        "language": "ar" if line["country"] in {"SA", "KW", "BH"} else "en",
        "registration": line["registration"] or None,
        "addresses": [_address(line)],
        "bank_accounts": [{"number": line["iban"]}] if line["iban"] else [],
    }


def _address(line: Line) -> dict[str, Any]:
    """Return the national address: building, street, district, city and postcode, as tax invoices have to show it."""
    return {name: line[name] or None for name in ("building", "street", "district", "city", "postcode", "country")}


def _known(desk: Desk, resource: str, code: str) -> bool:
    try:
        desk.get(resource, code)
    except NotFound:
        return False
    return True


def _opening(desk: Desk) -> int:
    """Post what the company had when the quarter began."""
    lines = [
        {"account": "1102", "debit": "412600.00"},
        {"account": "1101", "debit": "6400.00"},
        {"account": "1120", "debit": "188350.00"},
        {"account": "1201", "debit": "96000.00"},
        {"account": "1202", "debit": "41500.00"},
        {"account": "1291", "credit": "38250.00"},
        {"account": "22", "credit": "52000.00"},
        {"account": "3101", "credit": "500000.00"},
        {"account": "3201", "credit": "154600.00"},
    ]
    before = desk.list("accounting.entry", reference="OPENING").records
    if before:
        return 0
    desk.execute(
        "accounting.post_entry",
        {
            "date": date(2025, 9, 30),
            "journal": "GEN",
            "description": "أرصدة افتتاحية",
            "reference": "OPENING",
            "lines": lines,
        },
    )
    return 1


def _documents(desk: Desk, name: str, document: Callable[[Line, list[Line]], dict[str, Any]]) -> int:
    made = [document(head, lines) for head, lines in tables.papers(name)]
    there = _there(desk)
    missing = [one for one in made if one["source_key"] not in there]
    desk.execute_many("accounting.issue_invoice", missing)
    return len(missing)


def _there(desk: Desk) -> set[str | None]:
    with desk.reading() as session:
        wanted = sa.select(Invoice.source_key).where(Invoice.company_id == session.company_id, Invoice.source == SOURCE)
        return set(session.scalars(wanted))


def _payments(desk: Desk) -> int:
    with desk.reading() as session:
        mine = sa.select(Payment.reference).where(Payment.company_id == session.company_id)
        there = set(session.scalars(mine))
        documents = dict(
            session.execute(
                sa.select(Invoice.source_key, Invoice.id).where(
                    Invoice.company_id == session.company_id, Invoice.source == SOURCE
                )
            ).all()
        )
    missing = [line for line in tables.rows("payments.csv") if line["reference"] not in there]
    for line in missing:
        desk.execute(
            "accounting.record_payment",
            {
                "id": documents[line["document"]],
                "date": line["date"],
                "account": line["account"],
                "amount": line["amount"] or None,
                "reference": line["reference"],
            },
        )
    return len(missing)


def _invoice(head: Line, lines: list[Line]) -> dict[str, Any]:
    return {
        "kind": head["kind"],
        "party": head["party"],
        "date": head["date"],
        "source": SOURCE,
        "source_key": head["key"],
        "match_key": head["key"] if head["key"] in cheques.settled_by_cheque() else None,
        "lines": [
            {
                "item": line["item"],
                "description": f"{line['description_ar']}\n{line['description']}",
                "quantity": line["quantity"],
                "unit_price": line["unit_price"],
                "discount": line["discount"] or "0",
                "taxes": line["taxes"],
                "account": "4102" if line["taxes"] == EXPORT else "4101",
            }
            for line in lines
        ],
    }


def _bill(head: Line, lines: list[Line]) -> dict[str, Any]:
    return {
        "kind": "bill",
        "party": head["party"],
        "date": head["date"],
        "supplier_number": head["supplier_number"],
        "currency": head["currency"] or None,
        "rate": head["rate"] or None,
        "source": SOURCE,
        "source_key": head["key"],
        "match_key": head["key"] if head["key"] in cheques.settled_by_cheque() else None,
        "lines": [
            {
                "description": line["description_ar"],
                "quantity": line["quantity"],
                "unit_price": line["unit_price"],
                "taxes": line["taxes"],
                "account": line["account"],
            }
            for line in lines
        ],
    }


__all__ = ["CODE", "Summary", "load"]
