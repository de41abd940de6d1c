"""Beancount files: directives by date, lots booked as Beancount books them, padding worked out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from backoffice.hookspecs import messages

from .account_types import BEANCOUNT_ROOTS
from .amounts import Style, evaluate
from .balancing import Running, balance, check_assertion
from .beancount_lines import STRING, described, number_at, priced, tolerance_of, unquoted, value_of, whole_lines
from .beancount_lots import CostSaid, Lots
from .book import Amount, Assertion, Book, BookError, Choices, Place, Posting, Price, TooMany, Transaction
from .files import Files
from .journal_lines import day_of

_ = messages("accounting")

_DATED = re.compile(r"(\d{4}[-/]\d{1,2}[-/]\d{1,2})\s+(\S+)\s*(.*)$", re.DOTALL)
_META = re.compile(r"([a-z][A-Za-z0-9_-]*):(?:\s+(.*))?$", re.DOTALL)
_ACCOUNT: Final = r"[^\s:;\"{}@]+(?::[^\s:;\"{}@]+)+"
_CURRENCY: Final = r"[A-Z/][A-Z0-9'._/-]*"
_POSTING = re.compile(rf"(?:([*!&#?%PSTCURM])\s+)?({_ACCOUNT})\s*(.*)$")
_KNOWN: Final = {
    "title", "operating_currency", "inferred_tolerance_default", "inferred_tolerance_multiplier", "booking_method",
    "documents", "render_commas", "plugin_processing_mode", "infer_tolerance_from_cost", "account_previous_balances",
    "account_previous_earnings", "account_previous_conversions", "account_current_earnings", "conversion_currency",
    "account_current_conversions", "account_unrealized_gains", "account_rounding", "long_string_maxlines",
    "insert_pythonpath",
    "allow_pipe_separator", "allow_deprecated_none_for_tags_and_links", *BEANCOUNT_ROOTS,
}  # fmt: skip
_LEFT_OUT: Final = {
    "note": _("Notes on accounts are left out."),
    "document": _("Documents are not imported; attach them to the entries."),
    "event": _("Events hold no money; they are left out."),
    "query": _("Queries are left out; there are reports here."),
    "custom": _("Directives of plugins are left out."),
    "plugin": _("Plugins of Beancount are not run."),
}


@dataclass(slots=True)
class _Directive:
    """Something dated, to be gone through in Beancount's order."""

    date: date
    order: int
    place: Place
    kind: str
    rest: str
    below: list[tuple[int, str]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)


_ORDER: Final = {"commodity": -3, "open": -2, "balance": -1, "close": 2}


class Beancount:
    """Reads a Beancount file with all it includes."""

    def __init__(self, files: Files, choices: Choices) -> None:
        self.files = files
        self.choices = choices
        self.book = Book("beancount")
        self.roots = dict(BEANCOUNT_ROOTS.values())
        self.directives: list[_Directive] = []
        self.pushed: dict[str, str] = {}
        self.told: set[str] = set()
        self.running = Running()
        self.lots = Lots()
        self.pads: dict[str, tuple[str, date, Place, set[str]]] = {}
        self.style = Style(".")
        self.depth = 0
        self.own = files.data[:40].lstrip().startswith(b"; backoffice-books:")
        self.names: dict[str, str] = {}
        self.commodities: dict[str, str] = {}

    def all(self) -> Book:
        """Read everything and go through it in order."""
        try:
            self._text(self.files.name, self.files.text())
            for directive in sorted(self.directives, key=lambda each: (each.date, each.order)):
                try:
                    getattr(self, f"_at_{directive.kind}")(directive)
                except TooMany:
                    raise
                except BookError as error:
                    self.book.fail(error)
        except BookError as error:
            self.book.told.append(error.told())
        self.book.transactions.sort(key=lambda each: each.date)
        self.book.digest = self.files.digest
        return self.book

    # -- lines ---------------------------------------------------------------------------------------------------

    def _text(self, name: str, text: str) -> None:
        current: _Directive | None = None
        for number, line in whole_lines(text):
            place = Place(name, number)
            try:
                if not line.strip():
                    current = current if line else None
                elif line[0].isspace():
                    self._below(current, number, line, place)
                else:
                    current = self._begin(line, place)
            except TooMany:
                raise
            except BookError as error:
                self.book.fail(error)
                current = None

    def _below(self, current: _Directive | None, number: int, line: str, place: Place) -> None:
        if current is not None:
            current.below.append((number, line.strip()))
        elif not self.book.told and not line.strip().startswith((";", "*", "#")):
            raise BookError(
                place,
                _("This line is indented and belongs to nothing."),
                why=line.strip()[:80],
                remedy=_("Put it below its transaction without an empty line between, or begin it at the margin."),
            )

    def _begin(self, line: str, place: Place) -> _Directive | None:
        found = _DATED.match(line)
        if found is not None:
            return self._dated(found, place)
        word, _blank, rest = line.partition(" ")
        strings = [unquoted(text) for text in STRING.findall(rest)]
        if word == "option" and len(strings) == 2:
            self._option(strings[0], strings[1], place)
        elif word == "include" and strings:
            self._include(strings[0], place)
        elif word == "plugin":
            self._leave("plugin", place)
        elif word in {"pushtag", "poptag", "pushmeta", "popmeta"}:
            self._push(word, rest.strip(), place)
        elif line[0].isalnum() or line[0] == '"':
            raise BookError(
                place,
                _("This line is not understood."),
                why=line.strip()[:80],
                remedy=_("Directives begin with a date, such as 2026-01-31 open Assets:Bank."),
            )
        return None

    def _dated(self, found: re.Match[str], place: Place) -> _Directive | None:
        day, kind, rest = day_of(found[1], place, None), found[2], found[3]
        if kind in _LEFT_OUT:
            self._leave(kind, place)
            return _Directive(day, 0, place, kind, rest)
        if kind in {"*", "!", "txn"} or kind[0] == '"' or re.fullmatch(r"[&#?%PSTCURM]", kind):
            rest = f"{kind} {rest}" if kind[0] == '"' else rest
            status = kind if kind in {"*", "!"} else ""
            made = _Directive(day, 0, place, "transaction", rest, tags=dict(self.pushed))
            made.tags["\0"] = status
        elif kind in {"open", "close", "balance", "pad", "price", "commodity"}:
            made = _Directive(day, _ORDER.get(kind, 0), place, kind, rest)
        else:
            raise BookError(
                place, _("{word} is no directive.").with_values(word=kind[:40]), remedy=_("Correct the word.")
            )
        self.directives.append(made)
        return made

    def _leave(self, what: str, place: Place) -> None:
        if what not in self.told:
            self.told.add(what)
            self.book.tell(place, _LEFT_OUT[what], kind="warning")

    def _option(self, name: str, value: str, place: Place) -> None:
        if name == "operating_currency":
            self.book.currencies.append(value)
        elif name in BEANCOUNT_ROOTS:
            _default, type_ = BEANCOUNT_ROOTS[name]
            self.roots = {root: kind for root, kind in self.roots.items() if kind != type_} | {value: type_}
        elif name == "booking_method":
            self.lots.method = value.strip('"')
        elif name not in _KNOWN:
            self.book.tell(place, _("The option {name} is not known.").with_values(name=name), kind="warning")

    def _include(self, name: str, place: Place) -> None:
        if self.depth >= 50:
            raise BookError(place, _("Too many files are included."), remedy=_("Does a file include itself?"))
        self.depth += 1
        for path, text in self.files.included(name, place):
            self._text(path, text)
        self.depth -= 1

    def _push(self, word: str, rest: str, place: Place) -> None:
        name, _colon, value = rest.lstrip("#").partition(":")
        if word.startswith("push"):
            self.pushed[name.strip()] = value.strip().strip('"')
        else:
            self.pushed.pop(name.strip(), None)

    # -- directives ----------------------------------------------------------------------------------------------

    def _name(self, account: str, place: Place) -> str:
        if account in self.names:
            return self.names[account]
        root = account.partition(":")[0]
        if root not in self.roots:
            raise BookError(
                place,
                _("The account {account} does not begin with a known root.").with_values(account=account[:80]),
                why=_("Roots here are {roots}.").with_values(roots=", ".join(self.roots)),
                remedy=_("Correct the name, or add an option such as name_assets."),
            )
        said = self.book.account(account)
        said.type = said.type or self.roots[root]
        return account

    def _meta(self, directive: _Directive) -> dict[str, str]:
        found: dict[str, str] = {}
        for _at, line in directive.below:
            if meta := _META.match(line):
                found[meta[1]] = value_of(meta[2])
        return found

    def _at_open(self, directive: _Directive) -> None:
        name, *currencies = re.split(r"[\s,]+", STRING.sub("", directive.rest).strip())
        meta = self._meta(directive)
        if self.own and meta.get("path"):
            self.names[name] = meta["path"]
        said = self.book.account(self._name(name, directive.place))
        said.place = directive.place
        method = STRING.search(directive.rest)
        if method:
            self.lots.methods[name] = method[1]
        said.title, said.code = meta.get("name", ""), meta.get("code", "")
        said.subtype = meta.get("kind")
        said.type = meta.get("type") or (None if self.own else said.type)
        said.currency = meta.get("currency")
        said.heading = True if "heading" in meta else None
        self._dangling(directive, currencies)

    def _dangling(self, directive: _Directive, currencies: Sequence[str]) -> None:
        wrong = [word for word in currencies if word and not re.fullmatch(_CURRENCY, word)]
        if wrong:
            raise BookError(
                directive.place, _("{text} is no commodity.").with_values(text=wrong[0][:40]),
                remedy=_("Commodities are written in capitals."),
            )  # fmt: skip

    def _at_close(self, directive: _Directive) -> None:
        self.book.account(self._name(directive.rest.strip(), directive.place)).closed = directive.date

    def _at_commodity(self, directive: _Directive) -> None:
        name = self._meta(directive).get("name")
        if self.own and name:
            self.commodities[directive.rest.strip()] = name

    def _at_price(self, directive: _Directive) -> None:
        found = re.match(rf"({_CURRENCY})\s+(.*)$", directive.rest)
        if found is None:
            raise BookError(
                directive.place, _("This price is not understood."), remedy=_("Write: 2026-01-31 price EUR 1.10 USD")
            )
        amount, rest = self._amount(found[2], directive.place)
        if amount is None or rest.strip():
            raise BookError(
                directive.place, _("This price is not understood."), remedy=_("Write: 2026-01-31 price EUR 1.10 USD")
            )
        commodity = self.commodities.get(found[1], found[1])
        self.book.prices.append(Price(directive.date, commodity, amount, directive.place))

    def _at_pad(self, directive: _Directive) -> None:
        names = directive.rest.split()
        if len(names) != 2:
            raise BookError(
                directive.place, _("Padding needs two accounts."), remedy=_("Write: pad Assets:Bank Equity:Opening")
            )
        account, source = (self._name(name, directive.place) for name in names)
        self.pads[account] = (source, directive.date, directive.place, set())

    def _at_balance(self, directive: _Directive) -> None:
        found = re.match(rf"({_ACCOUNT})\s+(.*)$", directive.rest)
        tolerance = Decimal(0)
        if found is not None and "~" in found[2]:
            number, _tilde, rest = found[2].partition("~")
            allowed, rest = self._amount(rest, directive.place)
            tolerance = allowed.quantity if allowed else tolerance
            amount = self._amount(f"{number} {allowed.commodity if allowed else ''}", directive.place)[0]
        else:
            amount, rest = self._amount(found[2], directive.place) if found else (None, "")
        if found is None or amount is None or rest.strip():
            raise BookError(
                directive.place, _("This balance is not understood."), remedy=_("Write: balance Assets:Bank 10.00 EUR")
            )
        account = self._name(found[1], directive.place)
        tolerance = tolerance or tolerance_of(amount)
        self._pad(account, amount)
        said = Assertion(amount, inclusive=True, tolerance=tolerance)
        if self.choices.assertions != "ignore":
            check_assertion(self.book, account, said, self.running, directive.place, self.choices)

    def _pad(self, account: str, amount: Amount) -> None:
        pad = self.pads.get(account)
        if pad is None:
            return
        source, day, place, padded = pad
        if amount.commodity in padded:
            return
        padded.add(amount.commodity)
        missing = amount.quantity - self.running.of(account, inclusive=True).get(amount.commodity, Decimal(0))
        if missing and abs(missing) > tolerance_of(amount):
            made = Transaction(day, "", place, source="pad")
            added = Amount(missing, amount.commodity)
            made.postings = [Posting(account, added, place.line), Posting(source, -added, place.line)]
            made.comment = "pad"
            self._keep(made)

    def _keep(self, made: Transaction) -> None:
        self.book.transactions.append(made)
        for posting in made.postings:
            if posting.amount is not None:
                self.running.add(posting.account, posting.amount)

    # -- transactions --------------------------------------------------------------------------------------------

    def _at_transaction(self, directive: _Directive) -> None:
        strings = [unquoted(text) for text in STRING.findall(directive.rest)]
        payee, narration = ("", *strings)[-2:] if strings else ("", "")
        made = Transaction(directive.date, described(payee, narration), directive.place)
        made.status = directive.tags.pop("\0", "")
        made.tags = dict(directive.tags)
        for mark, word in re.findall(r"([#^])([\w/.-]+)", STRING.sub("", directive.rest)):
            made.tags[word if mark == "#" else f"link-{word}"] = ""
        for line_number, line in directive.below:
            self._line(made, line, Place(directive.place.file, line_number))
        made.code = made.tags.pop("code", "")
        balance(made, lots=True)
        self._keep(made)

    def _line(self, made: Transaction, line: str, place: Place) -> None:
        if line[0] in ";*":
            return
        if line[0] in "#^" and re.fullmatch(r"[#^][\w/.-]+", line):
            made.tags = {**made.tags, line[1:]: ""}
        elif meta := _META.match(line):
            on: Any = made.postings[-1] if made.postings else made
            self._said(made, on, meta[1], value_of(meta[2]))
        else:
            made.postings += self._posting(line, place, made.date)

    def _said(self, made: Transaction, on: Any, key: str, value: str) -> None:
        if self.own and key in {"text", "remarks"}:
            on.comment = value
        elif self.own and key == "foreign":
            on.foreign = value
        elif self.own and key == "status":
            on.status = ""
        else:
            on.tags = {**on.tags, key: value}

    def _posting(self, line: str, place: Place, day: date) -> list[Posting]:
        found = _POSTING.match(line)
        if found is None:
            raise BookError(
                place, _("This posting is not understood."), why=line[:80],
                remedy=_("Write the account, two blanks and an amount such as 10.00 EUR."),
            )  # fmt: skip
        made = Posting(self._name(found[2], place), None, place.line, status=found[1] or "")
        rest = found[3]
        if re.fullmatch(rf"{_CURRENCY}\s*", rest):
            return [made]
        made.amount, rest = self._amount(rest, place)
        cost, rest = self._cost(rest, place)
        if found_price := re.match(r"\s*(@@?)\s*(.*)$", rest):
            price, rest = self._amount(found_price[2], place)
            if price is not None and made.amount is not None:
                made.cost = priced(made.amount, price, found_price[1] == "@@")
        if rest.strip():
            raise BookError(
                place, _("This posting has something behind its amount that is not understood."),
                why=rest.strip()[:80], remedy=_("Write remarks behind a semicolon."),
            )  # fmt: skip
        if cost is None or made.amount is None:
            return [made]
        made.cost = None
        return self.lots.booked(made, cost, place, day)

    def _amount(self, text: str, place: Place) -> tuple[Amount | None, str]:
        found = re.match(rf"\s*([-+*/(). \d,]*[\d)])\s*({_CURRENCY})", text)
        if found is None:
            return None, text
        number = evaluate(found[1], self.style, place, read=number_at).quantity
        return Amount(number, self.commodities.get(found[2], found[2])), text[found.end() :]

    def _cost(self, text: str, place: Place) -> tuple[CostSaid | None, str]:
        found = re.match(r"\s*(\{\{?)([^{}]*)(\}\}?)", text)
        if found is None:
            return None, text
        said = CostSaid(total=found[1] == "{{")
        for part in filter(None, (part.strip() for part in found[2].split(","))):
            self._cost_part(said, part, place)
        return said, text[found.end() :]

    def _cost_part(self, said: CostSaid, part: str, place: Place) -> None:
        if re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", part):
            said.date = day_of(part, place, None)
        elif part[0] == '"':
            said.label = part.strip('"')
        elif part == "*":
            said.average = True
        elif "#" in part:
            per, _hash, whole = part.partition("#")
            amount, _rest = self._amount(whole, place)
            each = evaluate(per, self.style, place, read=number_at).quantity if per.strip() else Decimal(0)
            if amount is not None:
                said.number, said.extra, said.currency = each, amount.quantity, amount.commodity
        else:
            amount, rest = self._amount(part, place)
            if amount is None or rest.strip():
                raise BookError(
                    place,
                    _("The price of a lot is not understood."),
                    why=part[:80],
                    remedy=_("Write an amount in braces, such as 12.50 EUR."),
                )
            said.number, said.currency = amount.quantity, amount.commodity


def read_beancount(files: Files, choices: Choices) -> Book:
    """Read a Beancount file and what it includes."""
    return Beancount(files, choices).all()
