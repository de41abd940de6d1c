"""What of a book stands in books kept in one currency: every posting an amount there, what it is of kept beside it.

A posting in the books' own currency keeps its amount. One in another currency keeps its foreign amount and stands at
its cost, or at the rate of the day. What is no currency, such as shares, stands at its cost with its quantity. What has
no value anywhere is refused until somebody says what one of it is worth, which may be nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from backoffice.core.api import InvalidInput, currency
from backoffice.hookspecs import messages

from .balancing import weight
from .beside import counted, remarks_of
from .book import ZERO, Amount, Book, BookError, Choices, Place, Posting, Told, Transaction

_ = messages("accounting")

SYMBOLS: Final[Mapping[str, str]] = {
    "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₪": "ILS", "₩": "KRW", "₺": "TRY", "₽": "RUB", "₴": "UAH",
    "₦": "NGN", "₫": "VND", "฿": "THB", "zł": "PLN", "Kč": "CZK", "US$": "USD", "C$": "CAD", "A$": "AUD", "R$": "BRL",
    "﷼": "SAR", "ر.س": "SAR", "د.إ": "AED", "د.ك": "KWD", "ج.م": "EGP",
}  # fmt: skip
"""Symbols that mean one currency; a bare dollar is that of the books, or else that of the United States."""

MOST_TEXT: Final = 200
MOST_CODE: Final = 80
MOST_MONEY: Final = Decimal(10) ** 13
MOST_QUANTITY: Final = Decimal(10) ** 12
QUANTITY_STEP: Final = Decimal("0.000001")

Rates = Callable[[str, date], Decimal | None]
"""What one unit of a currency is worth in the books on a day, as the office knows it."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """How a book is taken into books kept in ``books``, where the file does not say so itself."""

    books: str
    symbols: Mapping[str, str] = field(default_factory=dict)
    """Commodity in the file → currency, or another name."""
    values: Mapping[str, Decimal] = field(default_factory=dict)
    """Commodity → what one is worth in the books where the file does not tell; ``*`` for all others."""
    rates: Rates = lambda _code, _day: None


@dataclass(frozen=True, slots=True)
class BookLine:
    """A line to be posted; ``amount`` in the books' currency, debit above zero."""

    account: str
    amount: Decimal
    currency: str | None = None
    amount_currency: Decimal | None = None
    commodity: str | None = None
    quantity: Decimal | None = None
    text: str = ""
    party: str = ""

    @property
    def is_nothing(self) -> bool:
        """Whether it moves nothing at all."""
        return not (self.amount or self.quantity or self.amount_currency)


@dataclass(frozen=True, slots=True)
class BookEntryDraft:
    """An entry to be posted; ``index`` counts the transactions of the file."""

    index: int
    date: date
    description: str
    reference: str
    lines: tuple[BookLine, ...]
    place: Place
    journal: str = ""
    status: str = ""
    remarks: str = ""


@dataclass(slots=True)
class Valued:
    """A book as it stands in the books: entries, rates of currencies, and what must be told."""

    entries: list[BookEntryDraft] = field(default_factory=list)
    rates: list[tuple[date, str, str, Decimal]] = field(default_factory=list)
    """Day, what one unit is of, what it costs in, and how much."""
    told: list[Told] = field(default_factory=list)


def is_currency(code: str) -> bool:
    """Tell whether ``code`` is a currency in use."""
    if len(code) != 3 or not code.isascii() or not code.isupper():
        return False
    try:
        currency(code)
    except InvalidInput:
        return False
    return True


def valued(book: Book, meaning: Meaning, choices: Choices) -> Valued:
    """Return what of ``book`` stands in the books, and what must be told of it."""
    return _Valuing(book, meaning, choices).all()


class _Valuing:
    def __init__(self, book: Book, meaning: Meaning, choices: Choices) -> None:
        self.book, self.meaning, self.choices = book, meaning, choices
        self.places = currency(meaning.books).places
        self.step = Decimal(1).scaleb(-self.places)
        self.out = Valued()
        self.prices: dict[str, list[tuple[date, Amount]]] = {}
        self.missing: dict[str, Place] = {}
        self.counts: dict[str, tuple[Place, int]] = {}

    def all(self) -> Valued:
        """Value everything."""
        self._learn_prices()
        for index, transaction in enumerate(self.book.transactions):
            try:
                entry = self._entry(index, transaction)
            except BookError as error:
                self.out.told.append(error.told())
                continue
            if entry is not None:
                self.out.entries.append(entry)
        for commodity, place in self.missing.items():
            self._missing(commodity, place)
        self._tell_counts()
        return self.out

    # -- commodities ---------------------------------------------------------------------------------------------

    def _code(self, commodity: str) -> str:
        """Return the currency or the name that a commodity of the file has here."""
        known = self.meaning.symbols.get(commodity)
        if known is not None:
            return known
        if not commodity:
            return self.meaning.books
        if commodity == "$":
            return self.meaning.books if currency(self.meaning.books).name.endswith("Dollar") else "USD"
        return SYMBOLS.get(commodity, commodity)

    def _learn_prices(self) -> None:
        left_out = 0
        place = None
        for price in self.book.prices:
            commodity, other = self._code(price.commodity), self._code(price.amount.commodity)
            if commodity == other or not price.amount.quantity:
                continue
            amount = Amount(price.amount.quantity, other)
            self.prices.setdefault(commodity, []).append((price.date, amount))
            self.prices.setdefault(other, []).append((price.date, Amount(1 / amount.quantity, commodity)))
            if is_currency(commodity) and is_currency(other) and amount.quantity > 0:
                self.out.rates.append((price.date, commodity, other, round(amount.quantity, 10)))
            else:
                left_out, place = left_out + 1, place or price.place
        for known in self.prices.values():
            known.sort(key=lambda each: each[0])
        if left_out and place is not None:
            said = _("{count} price of what is no currency is not kept.").counted(
                "{count} prices of what is no currency are not kept.", left_out
            )
            self._tell(place, said, why=_("Such things stand in the books at what they cost."), kind="note")

    def _value(self, commodity: str, day: date, depth: int = 0) -> Decimal | None:
        """Return what one of ``commodity`` is worth on ``day``: by the file, as was said, or by the office."""
        if commodity == self.meaning.books:
            return Decimal(1)
        found = self._by_prices(commodity, day, depth) if depth < 3 else None
        if found is None and commodity in self.meaning.values:
            found = self.meaning.values[commodity]
        if found is None and is_currency(commodity):
            found = self.meaning.rates(commodity, day)
        return self.meaning.values.get("*") if found is None and depth == 0 else found

    def _by_prices(self, commodity: str, day: date, depth: int) -> Decimal | None:
        known = self.prices.get(commodity, [])
        until = bisect_right(known, day, key=lambda each: each[0])
        for _day, amount in reversed(known[max(0, until - 50) : until]):
            if amount.commodity == self.meaning.books:
                return amount.quantity
        for _day, amount in reversed(known[max(0, until - 3) : until]):
            through = self._value(amount.commodity, day, depth + 1)
            if through is not None:
                return amount.quantity * through
        return None

    def _missing(self, commodity: str, place: Place) -> None:
        books = self.meaning.books
        self._tell(
            place,
            _("Nothing tells what {commodity} is worth in {books}.").with_values(commodity=commodity, books=books),
            why=_("Books are kept in one currency; what is of another kind needs a cost, a price or a rate."),
            remedy=_("Say what one is worth, such as {commodity}=1.25, or {commodity}=0 to keep the quantity alone.")
            .with_values(commodity=commodity),
        )  # fmt: skip

    # -- transactions --------------------------------------------------------------------------------------------

    def _entry(self, index: int, transaction: Transaction) -> BookEntryDraft | None:
        postings = [p for p in transaction.postings if p.amount is not None]
        loose = [p for p in postings if p.virtual == "unbalanced"]
        if loose:
            self._count("virtual", Place(transaction.place.file, loose[0].line), len(loose))
            if self.choices.virtual == "leave":
                postings = [p for p in postings if p.virtual != "unbalanced"]
            else:
                postings += [
                    replace(p, account=self.choices.virtual_account, amount=-p.amount, cost=p.cost and -p.cost,
                            basis=p.basis and -p.basis, comment="", assertion=None)
                    for p in loose if p.amount is not None
                ]  # fmt: skip
        elif any(p.virtual for p in postings):
            self._count("balanced", transaction.place)
        lines = self._lines(transaction, postings)
        if lines is None:
            return None
        kept = [line for line in lines if not line.is_nothing]
        if len(kept) < 2:
            if any(line.amount or line.quantity for line in lines) or not any(
                p.assertion for p in transaction.postings
            ):
                self._count("nothing", transaction.place)
            return None
        return BookEntryDraft(
            index, transaction.date, self._cut(transaction.description, MOST_TEXT, transaction.place),
            self._cut(transaction.code, MOST_CODE, transaction.place), tuple(kept), transaction.place,
            transaction.tags.get("journal", ""), transaction.status, remarks_of(transaction, MOST_TEXT, MOST_CODE),
        )  # fmt: skip

    def _lines(self, transaction: Transaction, postings: Sequence[Posting]) -> list[BookLine] | None:
        implied = self._implied(postings)
        exact: list[Decimal] = []
        lines: list[BookLine] = []
        for posting in postings:
            worth = self._worth(posting, transaction, implied)
            if worth is None:
                return None
            exact.append(worth)
            lines.append(self._line(posting, worth, transaction))
        rest = sum((line.amount for line in lines), ZERO)
        if rest:
            self._absorb(lines, exact, rest, transaction)
        return lines

    def _implied(self, postings: Iterable[Posting]) -> dict[str, Decimal]:
        """Return rates that a transaction itself tells: what was given in the books' currency for another one."""
        found: dict[str, Decimal] = {}
        for posting in postings:
            if posting.amount is not None and posting.cost is not None and posting.cost.quantity:
                code = self._code(posting.cost.commodity)
                if self._code(posting.amount.commodity) == self.meaning.books and posting.amount.quantity:
                    found[code] = posting.amount.quantity / posting.cost.quantity
        return found

    def _worth(self, posting: Posting, transaction: Transaction, implied: Mapping[str, Decimal]) -> Decimal | None:
        assert posting.amount is not None  # left out before
        if self._code(posting.amount.commodity) == self.meaning.books:
            return posting.amount.quantity
        (commodity, _lot), quantity = weight(posting, lots=True)
        code = self._code(commodity)
        if not quantity:
            return ZERO
        rate = implied.get(code) if code != self.meaning.books else Decimal(1)
        if rate is None:
            rate = self._value(code, transaction.date)
        if rate is None:
            self.missing.setdefault(code, Place(transaction.place.file, posting.line))
            return None
        return quantity * rate

    def _line(self, posting: Posting, worth: Decimal, transaction: Transaction) -> BookLine:
        amount = posting.amount
        assert amount is not None  # left out before
        place = Place(transaction.place.file, posting.line or transaction.place.line)
        value = worth.quantize(self.step, ROUND_HALF_UP) if abs(worth) < MOST_MONEY else _too_large(worth, place)
        if value != worth:
            self._count("rounded", place)
        comment = posting.comment.partition("\n")[0]
        made = BookLine(
            posting.account, value, text=self._cut(comment, MOST_TEXT, None),
            party=posting.tags.get("party", "") or transaction.tags.get("party", ""),
        )  # fmt: skip
        code = self._code(amount.commodity)
        if code == self.meaning.books:
            if posting.foreign and is_currency(self._code(posting.foreign)):
                return replace(made, currency=self._code(posting.foreign), amount_currency=ZERO)
            return made
        if is_currency(code):
            exact = amount.quantity.quantize(Decimal(1).scaleb(-currency(code).places), ROUND_HALF_UP) \
                if abs(amount.quantity) < MOST_MONEY else _too_large(amount.quantity, place)  # fmt: skip
            if exact != amount.quantity:
                self._count("foreign", place)
            return replace(made, currency=code, amount_currency=exact)
        if len(code) > 64:
            raise BookError(
                place, _("The name of a commodity is too long."), why=code[:80], remedy=_("Give it a short name.")
            )
        quantity = amount.quantity.quantize(QUANTITY_STEP, ROUND_HALF_UP) \
            if abs(amount.quantity) < MOST_QUANTITY else _too_large(amount.quantity, place)  # fmt: skip
        if quantity != amount.quantity:
            self._count("quantity", place)
        self._count("commodity", place)
        return replace(made, commodity=code, quantity=quantity)

    def _absorb(self, lines: list[BookLine], exact: Sequence[Decimal], rest: Decimal, transaction: Transaction) -> None:
        """Book what rounding left over on the largest line that was worked out, so that no cent stays open."""
        if abs(rest) > self.step * max(2, len(lines)):
            raise BookError(
                transaction.place,
                _("In {books} this transaction does not balance.").with_values(books=self.meaning.books),
                why=_("{left} is left over.").with_values(left=f"{rest} {self.meaning.books}"),
                remedy=_("Correct a price, or give rates of the day."),
            )
        worked_out = [n for n, line in enumerate(lines) if line.currency or line.commodity or line.amount != exact[n]]
        at = max(worked_out or range(len(lines)), key=lambda n: abs(lines[n].amount))
        lines[at] = replace(lines[at], amount=lines[at].amount - rest)

    # -- telling -------------------------------------------------------------------------------------------------

    def _tell(self, place: Place, what: str, *, why: str = "", remedy: str = "", kind: str = "error") -> None:
        self.out.told.append(Told(place, what, why, remedy, kind))  # type: ignore[arg-type]

    def _count(self, what: str, place: Place, count: int = 1) -> None:
        first, before = self.counts.get(what, (place, 0))
        self.counts[what] = (first, before + count)

    def _cut(self, text: str, most: int, place: Place | None) -> str:
        if len(text) > most and place is not None:
            self._count("cut", place)
        return text if len(text) <= most else text[: most - 1] + "…"

    def _tell_counts(self) -> None:
        for what, (place, count) in self.counts.items():
            said, why = counted(what, count, self.choices)
            self._tell(place, said, why=why, kind="warning" if what == "nothing" else "note")


def _too_large(value: Decimal, place: Place) -> Decimal:
    raise BookError(
        place, _("An amount is too large."), why=f"{value:.3E}", remedy=_("Is the decimal mark understood?")
    )
