"""Documents of the *Online Retail* data set, read from its rows and mapped to invoices by pure functions.

The data set has one row per invoice line. Documents that begin with C are credit notes, with negative quantities; those
that begin with A write off bad debt. Codes that are no goods say what else is charged.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from .posting import ZERO

SOURCE: Final = "online_retail"
"""What invoices made from this data bear as their source."""

NO_CUSTOMER: Final = "no-customer"
"""Code of the party that stands for customers the data does not name."""

CLASSES: Final[Mapping[str, str]] = {
    "POST": "carriage",
    "DOT": "carriage",
    "C2": "carriage",
    "BANK CHARGES": "bank_charges",
    "AMAZONFEE": "marketplace_fees",
    "CRUK": "charity_commission",
    "D": "discounts",
    "M": "manual",
    "m": "manual",
    "S": "other",
    "PADS": "other",
}
"""What a stock code that is no goods stands for; gift vouchers, ``gift_…``, are ``other`` as well."""

ACCOUNTS: Final[Mapping[str, str]] = {
    "goods_sold": "4000",
    "goods_returned": "4100",
    "carriage": "4200",
    "discounts": "4300",
    "manual": "4400",
    "other": "4900",
    "bank_charges": "6100",
    "marketplace_fees": "6200",
    "charity_commission": "6300",
    "bad_debt": "6900",
}
"""Class of a line → code of its account in the demonstration's chart."""

RECEIVABLE: Final = "1100"

COUNTRIES: Final[Mapping[str, str]] = {
    "Australia": "AU", "Austria": "AT", "Bahrain": "BH", "Belgium": "BE", "Brazil": "BR", "Canada": "CA",
    "Cyprus": "CY", "Czech Republic": "CZ", "Denmark": "DK", "EIRE": "IE", "Finland": "FI", "France": "FR",
    "Germany": "DE", "Greece": "GR", "Hong Kong": "HK", "Iceland": "IS", "Israel": "IL", "Italy": "IT", "Japan": "JP",
    "Lebanon": "LB", "Lithuania": "LT", "Malta": "MT", "Netherlands": "NL", "Norway": "NO", "Poland": "PL",
    "Portugal": "PT", "RSA": "ZA", "Saudi Arabia": "SA", "Singapore": "SG", "Spain": "ES", "Sweden": "SE",
    "Switzerland": "CH", "USA": "US", "United Arab Emirates": "AE", "United Kingdom": "GB",
}  # fmt: skip
"""The data's names of countries → ISO codes; places without a code of their own are left out."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the data: a stock code with its quantity, negative on credit notes, and unit price."""

    code: str
    description: str
    quantity: Decimal
    unit_price: Decimal
    kind: str
    """The class of the line, a key of :data:`ACCOUNTS`."""

    @property
    def value(self) -> Decimal:
        """Quantity times price."""
        return self.quantity * self.unit_price


@dataclass(frozen=True, slots=True)
class Order:
    """A document: an invoice, a credit note or a bad debt."""

    number: str
    day: date
    customer: str
    """The customer's number, or :data:`NO_CUSTOMER`."""
    country: str
    lines: tuple[Line, ...]

    @property
    def is_credit_note(self) -> bool:
        """Whether it takes goods back."""
        return self.number.startswith("C")

    @property
    def value(self) -> Decimal:
        """The sum of its lines, below zero for a credit note."""
        return sum((line.value for line in self.lines), ZERO)


def class_of(code: str, document: str) -> str:
    """Return the class of a line with the stock ``code`` on the ``document`` of that number.

    >>> class_of("85123A", "536365"), class_of("85123A", "C536379"), class_of("gift_0001_40", "539492")
    ('goods_sold', 'goods_returned', 'other')
    """
    if document.startswith("A"):
        return "bad_debt"
    if code in CLASSES:
        return CLASSES[code]
    if code.startswith("gift_"):
        return "other"
    return "goods_returned" if document.startswith("C") else "goods_sold"


def read(text: Iterable[str]) -> Iterator[Order]:
    """Yield the documents of the data set's CSV ``text``, in the order in which they first appear."""
    rows: dict[str, list[Mapping[str, str]]] = {}
    for row in csv.DictReader(text):
        rows.setdefault(row["InvoiceNo"], []).append(row)
    for number, own in rows.items():
        first = own[0]
        yield Order(
            number,
            date.fromisoformat(first["InvoiceDate"][:10]),
            first["CustomerID"] or NO_CUSTOMER,
            first["Country"],
            tuple(_line(number, row) for row in own),
        )


def _line(number: str, row: Mapping[str, str]) -> Line:
    code = row["StockCode"]
    quantity, price = Decimal(row["Quantity"]), Decimal(row["UnitPrice"])
    return Line(code, row["Description"], quantity, price, class_of(code, number))


def invoice_of(order: Order, *, party_id: int, account_ids: Mapping[str, int]) -> dict[str, Any]:
    """Return the arguments of ``accounting.issue_invoice`` for ``order``; ``account_ids`` are by code.

    Quantities of a credit note turn positive, as they are printed.
    """
    sign = -1 if order.is_credit_note else 1
    return {
        "kind": "credit_note" if order.is_credit_note else "invoice",
        "party": party_id,
        "date": order.day,
        "reference": order.number,
        "account": account_ids[RECEIVABLE],
        "source": SOURCE,
        "source_key": order.number,
        "lines": [
            {
                "item": line.code,
                "description": line.description,
                "quantity": line.quantity * sign,
                "unit_price": line.unit_price,
                "account": account_ids[ACCOUNTS[line.kind]],
            }
            for line in order.lines
        ],
    }


@dataclass(frozen=True, slots=True)
class Figures:
    """What a set of documents comes to."""

    documents: int
    invoices: int
    credit_notes: int
    lines: int
    net: Decimal


def figures_of(orders: Iterable[Order]) -> Figures:
    """Return what ``orders`` come to."""
    documents = credit_notes = lines = 0
    net = ZERO
    for order in orders:
        documents += 1
        credit_notes += order.is_credit_note
        lines += len(order.lines)
        net += order.value
    return Figures(documents, documents - credit_notes, credit_notes, lines, net)


REFERENCE: Final = Figures(documents=2025, invoices=1699, credit_notes=326, lines=42481, net=Decimal("748957.02"))
"""What an independent reckoning of December 2010 gives."""
