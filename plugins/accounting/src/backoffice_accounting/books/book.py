"""What a file of books says, as plain values, whatever program wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from backoffice.core.api import InvalidInput
from backoffice.hookspecs import messages

_ = messages("accounting")

Day = date
ZERO: Final = Decimal(0)
VIRTUAL: Final = "Equity:Virtual"
"""Where the counterparts of virtual postings are booked unless somebody says otherwise."""
MOST_ERRORS: Final = 50
"""After so many mistakes a file is read no further."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a file and a line, counted from 1; 0 where a file has no lines."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Told:
    """Something a person must know: a mistake, a warning, or what was understood in a certain way."""

    place: Place
    what: str
    why: str = ""
    remedy: str = ""
    kind: Literal["error", "warning", "note"] = "error"


class BookError(InvalidInput):
    """A place in a file that cannot be understood."""

    def __init__(self, place: Place, what: str, *, why: str = "", remedy: str = "") -> None:
        super().__init__(what, why=why, remedy=remedy)
        self.place = place

    def told(self) -> Told:
        """Return it as plain values."""
        return Told(self.place, self.what, self.why, self.remedy)


class TooMany(BookError):
    """A file so full of mistakes that reading on tells nothing."""


@dataclass(frozen=True, slots=True)
class Amount:
    """So much of something: a currency, shares, hours. ``lot`` tells units bought at different prices apart."""

    quantity: Decimal
    commodity: str
    lot: tuple[Decimal, str] | None = None

    def __neg__(self) -> Amount:
        return Amount(-self.quantity, self.commodity, self.lot)


@dataclass(frozen=True, slots=True)
class Assertion:
    """What an account holds after a posting, as the file says.

    ``total``: nothing of any other commodity. ``inclusive``: with the accounts inside it.
    """

    amount: Amount
    total: bool = False
    inclusive: bool = False
    tolerance: Decimal = ZERO


@dataclass(slots=True)
class Posting:
    """An amount on an account. ``cost`` is what all of it is worth in another commodity, with the same sign."""

    account: str
    amount: Amount | None
    line: int
    cost: Amount | None = None
    basis: Amount | None = None
    """What it cost when it was bought, where it is sold at another price."""
    assertion: Assertion | None = None
    virtual: Literal["", "balanced", "unbalanced"] = ""
    status: str = ""
    comment: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    foreign: str = ""
    """A currency whose amount is zero here: a difference of exchange."""


@dataclass(slots=True)
class Transaction:
    """A transaction: postings that add up to nothing."""

    date: date
    description: str
    place: Place
    postings: list[Posting] = field(default_factory=list)
    code: str = ""
    status: str = ""
    comment: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    date2: Day | None = None
    source: str = ""
    """What only an import of another file makes, such as padding, is marked here."""


@dataclass(slots=True)
class AccountSaid:
    """What a file says of an account beside its name."""

    name: str
    type: str | None = None
    subtype: str | None = None
    code: str = ""
    title: str = ""
    """The name of the last part, where it could not be written as part of the path."""
    heading: bool | None = None
    currency: str | None = None
    closed: date | None = None
    note: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit of a commodity cost from a day on."""

    date: date
    commodity: str
    amount: Amount
    place: Place


@dataclass(slots=True)
class Book:
    """A file of books, read; ``transactions`` in the order in which they are to be posted."""

    format: str
    transactions: list[Transaction] = field(default_factory=list)
    accounts: dict[str, AccountSaid] = field(default_factory=dict)
    prices: list[Price] = field(default_factory=list)
    currencies: list[str] = field(default_factory=list)
    """The currencies the file itself calls its own, the first one foremost."""
    told: list[Told] = field(default_factory=list)
    checked: int = 0
    """Balances the file asserts, and that are so."""
    digest: str = ""
    """The fingerprint of all files read."""

    @property
    def errors(self) -> list[Told]:
        """The mistakes."""
        return [told for told in self.told if told.kind == "error"]

    def account(self, name: str) -> AccountSaid:
        """Return what is known of the account ``name``, which is known from now on."""
        return self.accounts.setdefault(name, AccountSaid(name))

    def tell(self, place: Place, what: str, *, why: str = "", remedy: str = "", kind: Any = "error") -> None:
        """Add what a person must know. Raises :class:`TooMany` after :data:`MOST_ERRORS` mistakes."""
        self.told.append(Told(place, what, why, remedy, kind))
        if kind == "error" and len(self.errors) > MOST_ERRORS:
            raise TooMany(place, _("This file has too many mistakes."), remedy=_("Is it of the format that was named?"))

    def fail(self, error: BookError) -> None:
        """Add a mistake and read on."""
        self.tell(error.place, error.what, why=error.why, remedy=error.remedy)


@dataclass(frozen=True, slots=True)
class Choices:
    """How a file is to be understood where it does not say so itself."""

    format: str = ""
    assertions: Literal["refuse", "warn", "ignore"] = "refuse"
    automatic: bool | None = None
    """Whether automatic transactions apply; by default as in the program the file is of."""
    virtual: Literal["balance", "leave"] = "balance"
    """Unbalanced virtual postings get a counterpart, or are left out."""
    virtual_account: str = VIRTUAL
    decimal_mark: str = ""
    year: int | None = None
    """For dates without one, until the file says otherwise."""


__all__ = [
    "AccountSaid", "Amount", "Assertion", "Book", "BookError", "Choices", "Place", "Posting", "Price", "Told",
    "TooMany", "Transaction",
]  # fmt: skip
