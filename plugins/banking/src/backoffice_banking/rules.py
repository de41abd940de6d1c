"""Rules: lines that look like this go there. Pure values, no database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from backoffice.core.api import InvalidInput, fold, round_amount
from backoffice.hookspecs import messages

_ = messages("banking")

ZERO: Final = Decimal(0)
LONGEST: Final = 200
_NESTED: Final = re.compile(r"\([^)]*[+*{][^)]*\)\s*[+*{]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A line as rules see it."""

    amount: Decimal
    bank_account_id: int = 0
    description: str = ""
    party: str = ""
    account: str = ""
    reference: str = ""
    code: str = ""

    def text(self, place: str) -> str:
        """Return the text a rule looks at."""
        if place == "any":
            return " ".join(filter(None, (self.description, self.party, self.account, self.reference, self.code)))
        return str(getattr(self, place))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Where a share of the line goes."""

    account_id: int
    party_id: int | None = None
    share: Decimal | None = None
    amount: Decimal | None = None
    text: str | None = None
    tax: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule with its conditions and where lines that fit go."""

    id: int
    name: str = ""
    bank_account_id: int | None = None
    place: str = "any"
    test: str = "contains"
    words: str = ""
    sign: str = "both"
    least: Decimal | None = None
    most: Decimal | None = None
    automatic: bool = False
    parts: tuple[Part, ...] = ()

    def fits(self, line: Seen) -> bool:
        """Tell whether ``line`` meets every condition."""
        if self.bank_account_id is not None and self.bank_account_id != line.bank_account_id:
            return False
        if (self.sign == "in" and line.amount <= 0) or (self.sign == "out" and line.amount >= 0):
            return False
        size = abs(line.amount)
        if (self.least is not None and size < self.least) or (self.most is not None and size > self.most):
            return False
        return not self.words or self._says(line.text(self.place))

    def _says(self, text: str) -> bool:
        folded, words = fold(text), fold(self.words)
        if self.test == "regex":
            return re.search(self.words, text[:2000], re.IGNORECASE) is not None
        if self.test == "equals":
            return folded == words
        return folded.startswith(words) if self.test == "starts" else words in folded


def first(rules: Iterable[Rule], line: Seen) -> Rule | None:
    """Return the first rule that fits ``line``."""
    return next((rule for rule in rules if rule.fits(line)), None)


def shared(parts: Sequence[Part], amount: Decimal, currency: str) -> list[tuple[Part, Decimal]]:
    """Return ``parts`` with their signed shares of ``amount``: fixed ones, percentages, and one that takes the rest.

    Raises :class:`~backoffice.core.api.InvalidInput` when they do not come to the whole.
    """
    sign = -1 if amount < 0 else 1
    left, rests = abs(amount), 0
    found: list[tuple[Part, Decimal | None]] = []
    for part in parts:
        if part.amount is not None:
            share = part.amount
        elif part.share is not None:
            share = round_amount(abs(amount) * part.share / 100, currency)
        else:
            rests += 1
            found.append((part, None))
            continue
        left -= share
        found.append((part, share))
    if rests > 1 or left < 0 or (not rests and abs(left) > Decimal("0.05")):
        said = _("The parts do not come to the whole amount.")
        raise InvalidInput(said, remedy=_("Leave one part without share and amount; it takes the rest."),
                           fields={"parts": [said]})  # fmt: skip
    return _with_rest(found, left, sign)


def _with_rest(found: list[tuple[Part, Decimal | None]], left: Decimal, sign: int) -> list[tuple[Part, Decimal]]:
    whole: list[tuple[Part, Decimal]] = [(part, (left if share is None else share) * sign) for part, share in found]
    if left and all(share is not None for _part, share in found):
        part, share = whole[-1]
        whole[-1] = (part, share + left * sign)
    return [(part, share) for part, share in whole if share]


def check_pattern(text: str) -> str | None:
    """Return what is wrong with a pattern: none that cannot be read, is too long or could run for ever."""
    if len(text) > LONGEST or _NESTED.search(text):
        return _("This pattern could take too long; write a simpler one.")
    try:
        re.compile(text)
    except re.error:
        return _("This pattern cannot be read.")
    return None
