"""Journals of ledger and hledger: one reader for both, since people mix them.

Where the two differ, the format decides: how a comma before three digits is read, what a semicolon in a description
does, in which order balances are checked, and whether automatic transactions apply.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final
from urllib.parse import unquote

from backoffice.hookspecs import messages

from .account_types import HLEDGER_TYPES, type_word
from .amounts import Style, amount_at, amount_of, reduced
from .automatic import Rule, rule_of
from .book import AccountSaid, Book, BookError, Choices, Place, Posting, Price, TooMany, Transaction
from .files import Files
from .journal_lines import day_of, head_of, own_tags, posting_of, tags_of

_ = messages("accounting")

PASSED_OVER: Final = frozenset({"payee", "tag", "assert", "check", "expr", "eval", "N", "end"})
LEFT_OUT: Final = {
    "~": _("Periodic transactions are budgets and forecasts; they are left out."),
    "timeclock": _("Time clock lines hold hours and no money; they are left out."),
    "python": _("Programs inside a journal are not run."),
    "define": _("Definitions of values are left out."),
}
SHORT: Final = {"Y": "year", "A": "bucket", "P": "price", "C": "conversion", "D": "default"}
"""Directives of one letter."""
MOST_DEPTH: Final = 50
OWN: Final = "; backoffice-books:"
"""How a journal written here begins."""


@dataclass(slots=True)
class Read:
    """A journal as it was read: what :mod:`.balancing` completes, and the rules it applies."""

    book: Book
    rules: list[tuple[int, Rule]] = field(default_factory=list)
    """How many transactions stood above each rule, and the rule."""


class Journal:
    """Reads a journal with all it includes."""

    def __init__(self, files: Files, choices: Choices, *, hledger: bool) -> None:
        self.files = files
        self.hledger = hledger
        self.read = Read(Book("hledger" if hledger else "ledger"))
        self.book = self.read.book
        self.year = choices.year
        self.style = Style(choices.decimal_mark, single="" if not choices.format else "decimal")
        if not hledger:
            self.style.single = "group"
        self.aliases: list[Callable[[str], str]] = []
        self.applied: list[tuple[str, str]] = []
        self.bucket = ""
        self.depth = 0
        self.told: set[str] = set()
        self.own = False
        self.called: dict[str, str] = {}
        """What accounts are called in an export of ours, and their whole names here."""

    def all(self) -> Read:
        """Read everything."""
        try:
            self._text(self.files.name, self.files.text())
        except TooMany as error:
            self.book.told.append(error.told())
        except BookError as error:
            self.book.told.append(error.told())
        self.book.digest = self.files.digest
        return self.read

    # -- lines ---------------------------------------------------------------------------------------------------

    def _text(self, name: str, text: str) -> None:
        self.style.text += text
        self.own = self.own or text.startswith(OWN)
        self.style._told = None
        lines = text.split("\n")
        at = 0
        while at < len(lines):
            line, place = lines[at], Place(name, at + 1)
            end = at + 1
            if line[:1].isspace() or not line or line[0] in ";#*|%":
                if line.strip() and line[:1].isspace() and line.strip()[0] not in ";#*|%":
                    self._stray(line, place)
                at = end
                continue
            if (ending := re.match(r"(?:comment|test)\b", line)) is not None:
                while end < len(lines) and not re.match(rf"end\s+{ending[0]}\b", lines[end]):
                    end += 1
                at = end + 1
                continue
            while end < len(lines) and lines[end][:1].isspace() and lines[end].strip():
                end += 1
            try:
                self._block(line, lines[at + 1 : end], place)
            except TooMany:
                raise
            except BookError as error:
                self.book.fail(error)
            at = end

    def _stray(self, line: str, place: Place) -> None:
        self.book.tell(
            place,
            _("This line is indented and belongs to nothing."),
            why=line.strip()[:80],
            remedy=_("Put it below its transaction without an empty line between, or begin it at the margin."),
        )

    def _block(self, line: str, below: Sequence[str], place: Place) -> None:
        first = line[0]
        if first.isdigit():
            self._transaction(line, below, place)
        elif first == "~":
            self._leave("~", place)
        elif first == "=":
            self._rule(line, below, place)
        else:
            self._directive(line.lstrip("!@"), below, place)

    def _leave(self, what: str, place: Place) -> None:
        if what not in self.told:
            self.told.add(what)
            self.book.tell(place, LEFT_OUT[what], kind="warning")

    # -- transactions --------------------------------------------------------------------------------------------

    def _transaction(self, line: str, below: Sequence[str], place: Place) -> None:
        made = head_of(line, place, year=self.year, hledger=self.hledger)
        self._postings(made, below)
        for word, value in self.applied:
            if word == "tag":
                name, _colon, said = value.partition(":")
                made.tags = {name.strip(): said.strip(), **made.tags}
        if self.bucket and len(made.postings) == 1 and made.postings[0].amount is not None:
            made.postings.append(Posting(self.bucket, None, place.line))
        self.book.transactions.append(made)

    def _postings(self, made: Transaction, below: Sequence[str]) -> None:
        for offset, raw in enumerate(below, start=1):
            place = Place(made.place.file, made.place.line + offset)
            text = raw.strip()
            if text[0] == ";" or (text[0] in "#%" and self.hledger):
                self._remark(made, text.lstrip(";#% ").strip())
                continue
            if re.match(r"(?:assert|check|expr)\s", text):
                self.book.tell(place, _("Conditions are not checked."), why=text[:80], kind="warning")
                continue
            posting = posting_of(text, place, self.style)
            posting.account = self._name(posting.account)
            made.postings.append(posting)

    def _remark(self, made: Transaction, text: str) -> None:
        if self.own and self._own(made, text):
            return
        on: Transaction | Posting = made.postings[-1] if made.postings else made
        on.comment = f"{on.comment}\n{text}" if on.comment else text
        found = tags_of(text)
        if found:
            on.tags = {**on.tags, **found}

    def _own(self, made: Transaction, text: str) -> bool:
        """Take what an export of ours says in remarks; tell whether it was such a thing."""
        key, _colon, said = text.partition(":")
        value = unquote(said)
        if made.postings:
            posting = made.postings[-1]
            if key == "text":
                posting.comment = value
            elif key == "party":
                posting.tags = {**posting.tags, key: value}
            elif key == "foreign":
                posting.foreign = value
            return key in {"text", "party", "foreign"}
        if key == "description":
            made.description = value
        elif key == "reference":
            made.code = value
        elif key in {"number", "journal"}:
            made.tags = {**made.tags, key: value}
        elif key == "remark":
            made.comment = f"{made.comment}\n{value}" if made.comment else value
        elif key == "status":
            made.status = ""
        return key in {"description", "reference", "number", "journal", "remark", "status"}

    def _name(self, name: str) -> str:
        """Return the whole name of an account: what is applied goes in front, then aliases count."""
        parents = [value for word, value in self.applied if word == "account"]
        whole = self.called.get(name) or ":".join([*parents, name])
        for alias in self.aliases:
            whole = alias(whole)
        self.book.account(whole)
        return whole

    def _rule(self, line: str, below: Sequence[str], place: Place) -> None:
        head = Transaction(day_of("1970-01-01", place, None), "", place)
        default, self.style.default = self.style.default, ""
        known = set(self.book.accounts)
        try:
            self._postings(head, [text.replace("*", "", 1) if self._multiplies(text) else text for text in below])
        finally:
            self.style.default = default
        for name in set(self.book.accounts) - known:
            del self.book.accounts[name]  # it is known when the rule applies
        self.read.rules.append((len(self.book.transactions), rule_of(line[1:].strip(), head.postings, place)))

    def _multiplies(self, text: str) -> bool:
        return re.search(r"(?:\s\s|\t)\*\s*[-\d]", text) is not None

    # -- directives ----------------------------------------------------------------------------------------------

    def _directive(self, line: str, below: Sequence[str], place: Place) -> None:
        word, _blank, rest = line.partition(" ")
        word = word.rstrip()
        rest = rest.strip()
        if re.fullmatch(r"Y\d{4}", word):
            word, rest = "Y", word[1:]
        word = SHORT.get(word, word)
        known = getattr(self, f"_do_{word.replace('-', '_')}", None)
        if known is not None and re.fullmatch(r"[A-Za-z][a-z-]*", word):
            known(rest, below, place)
        elif word in {"i", "o", "O", "h", "b", "I"}:
            self._leave("timeclock", place)
        elif word in {"python", "import", "value"}:
            self._leave("python", place)
        elif word in {"define", "def"}:
            self._leave("define", place)
        elif word not in PASSED_OVER:
            raise BookError(
                place,
                _("This line is not understood."),
                why=line.strip()[:80],
                remedy=_("Transactions begin with a date, postings are indented, remarks begin with a semicolon."),
            )

    def _do_include(self, rest: str, below: Sequence[str], place: Place) -> None:
        if self.depth >= MOST_DEPTH:
            raise BookError(place, _("Too many files are included."), remedy=_("Does a file include itself?"))
        self.depth += 1
        outer = (self.year, list(self.aliases), list(self.applied))
        for name, text in self.files.included(re.sub(r"^\w+:", "", rest), place):
            self._text(name, text)
        self.year, self.aliases, self.applied = outer
        self.depth -= 1

    def _do_account(self, rest: str, below: Sequence[str], place: Place) -> None:
        text, _mark, comment = rest.partition(";")
        name, old_type = (*re.split(r"\s\s+|\t", text.strip(), maxsplit=1), "")[:2]
        remarks = [comment.strip(), *(line.strip().lstrip(";").strip() for line in below)]
        tags = (
            own_tags(remarks) if self.own else {key: value for line in remarks for key, value in tags_of(line).items()}
        )
        if "path" in tags and self.own:
            self.called[name.strip()] = tags["path"]
        said = self.book.account(self._name(name.strip() or rest))
        said.place = place
        self._account_tags(said, tags, place)
        if old_type in HLEDGER_TYPES:
            said.type, said.subtype = HLEDGER_TYPES[old_type]
        for line in below:
            key, _blank, value = line.strip().partition(" ")
            if key == "alias":
                self._alias(value.strip(), said.name)
            elif key == "note":
                said.note = value.strip()
            elif key == "default":
                self.bucket = said.name

    def _account_tags(self, said: AccountSaid, tags: Mapping[str, str], place: Place) -> None:
        for name, value in tags.items():
            if name == "type":
                found = HLEDGER_TYPES.get(value) or type_word(value)
                if found is None:
                    raise BookError(
                        place,
                        _("{type} is no type of account.").with_values(type=value),
                        remedy=_("Write one of A, L, E, R, X, C, or asset, liability, equity, income, expense."),
                    )
                said.type, said.subtype = found
            elif name == "kind":
                said.subtype = value
            elif name in {"code", "currency", "note"}:
                setattr(said, name, value)
            elif name == "name":
                said.title = value
            elif name == "heading":
                said.heading = True

    def _do_alias(self, rest: str, below: Sequence[str], place: Place) -> None:
        old, equals, new = rest.partition("=")
        if not equals:
            raise BookError(place, _("An alias needs two names."), remedy=_("Write: alias old = new"))
        old, new = old.strip(), new.strip()
        if old.startswith("/") and old.endswith("/") and len(old) > 1:
            try:
                pattern = re.compile(old[1:-1], re.IGNORECASE)
                pattern.sub(new, "")
            except (re.error, IndexError) as error:
                raise BookError(
                    place, _("The pattern {text} is not understood.").with_values(text=old), why=str(error)
                ) from error
            self.aliases.append(lambda name: pattern.sub(new, name))
        else:
            self._alias(old, new)

    def _alias(self, old: str, new: str) -> None:
        def renamed(name: str) -> str:
            return new + name[len(old) :] if name == old or name.startswith(f"{old}:") else name

        self.aliases.append(renamed)

    def _do_apply(self, rest: str, below: Sequence[str], place: Place) -> None:
        word, _blank, value = rest.partition(" ")
        if word == "year":
            self._do_year(value, below, place)
        elif word not in {"account", "tag"}:
            self.book.tell(place, _("“apply {word}” is passed over.").with_values(word=word), kind="warning")
        self.applied.append((word, value.strip()))

    def _do_end(self, rest: str, below: Sequence[str], place: Place) -> None:
        if rest.startswith("aliases"):
            self.aliases.clear()
        elif self.applied:
            self.applied.pop()

    def _do_year(self, rest: str, below: Sequence[str], place: Place) -> None:
        if not re.fullmatch(r"\d{4}", rest.strip()):
            raise BookError(
                place, _("{text} is no year.").with_values(text=rest[:20]), remedy=_("Write four digits, such as 2026.")
            )
        self.year = int(rest)

    def _do_bucket(self, rest: str, below: Sequence[str], place: Place) -> None:
        self.bucket = self._name(rest)

    def _do_price(self, rest: str, below: Sequence[str], place: Place) -> None:
        found = re.match(
            r'(\S+)(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?\s+("[^"]*"|\S+?)\s+(\S.*)$', rest.partition(";")[0].rstrip()
        )
        if found is None:
            raise BookError(place, _("This price is not understood."), remedy=_("Write: P 2026-01-31 EUR 1.10 USD"))
        amount = reduced(amount_of(found[3], self.style, place), self.style)
        commodity = found[2].strip('"')
        per = reduced(replace(amount, quantity=Decimal(1), commodity=commodity), self.style)
        if per.commodity != amount.commodity:
            unit = replace(amount, quantity=amount.quantity / per.quantity)
            self.book.prices.append(Price(day_of(found[1], place, self.year), per.commodity, unit, place))

    def _do_conversion(self, rest: str, below: Sequence[str], place: Place) -> None:
        left, equals, right = rest.partition("=")
        if not equals:
            raise BookError(place, _("This conversion is not understood."), remedy=_("Write: C 1 kg = 1000 g"))
        big, small = (amount_of(text, replace(self.style, default=""), place) for text in (left, right))
        if self.hledger:
            self.book.tell(place, _("hledger knows no conversions; this one is passed over."), kind="warning")
        elif big.quantity and small.commodity != big.commodity:
            self.style.conversions[big.commodity] = (small.quantity / big.quantity, small.commodity)

    def _do_default(self, rest: str, below: Sequence[str], place: Place) -> None:
        self.style.default = self._learn(rest, place)

    def _do_commodity(self, rest: str, below: Sequence[str], place: Place) -> None:
        text = rest.partition(";")[0].strip()
        if re.search(r"\d", re.sub(r'"[^"]*"', "", text)):
            self._learn(text, place)
        for line in below:
            key, _blank, value = line.strip().partition(" ")
            if key == "format":
                self._learn(value.strip(), place)
            elif key == "default":
                self.style.default = text.strip('"')

    def _learn(self, text: str, place: Place) -> str:
        """Learn from a sample amount how a commodity is written; return its symbol."""
        amount, _end = amount_at(text, 0, replace(self.style, default="", single="group", _told="."), place)
        marks = re.findall(r"[.,]", re.sub(r'"[^"]*"', "", text))
        if marks:
            ambiguous = len(marks) == 1 and re.search(r"[.,]\d{3}(?!\d)", text)
            self.style.marks[amount.commodity] = ("." if marks[-1] == "," else ",") if ambiguous else marks[-1]
        return amount.commodity

    def _do_decimal_mark(self, rest: str, below: Sequence[str], place: Place) -> None:
        if rest[:1] not in {".", ","}:
            raise BookError(place, _("A decimal mark is a point or a comma."), remedy=_("Write: decimal-mark ."))
        self.style.mark = rest[0]


def read_journal(files: Files, choices: Choices, *, hledger: bool) -> Read:
    """Read a journal and what it includes."""
    return Journal(files, choices, hledger=hledger).all()
