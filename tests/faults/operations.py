"""What posting clients ask for: operations that follow from their key alone, so that one can be sent again as it was.

Every operation leaves its key where it can be counted afterwards: in the reference of an entry or invoice, or in the
code of a party. Imported by the tests and by the processes they start, so it imports nothing of either.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Final

ACCOUNTS: Final = ("1100", "1200", "1210", "2100", "4000", "6000")
JOURNALS: Final = ("GEN", "SAL", "BNK")
CLOSED: Final = "2026-01-15"
"""A day in a period that is closed before the first fault."""
MANY: Final = 5
"""Entries of an operation that posts several in one transaction."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One request: ``action`` with each of ``arguments`` under the key beside it."""

    kind: str
    action: str
    keys: tuple[str, ...]
    arguments: tuple[dict[str, Any], ...]


def operation(key: str) -> Operation:
    """Return the operation that ``key`` stands for: of the sort before its dash, or of any."""
    chance = random.Random(key)
    sort = key.partition("-")[0]
    drawn = chance.choices(("entry", "many", "invoice", "party", "closed"), (50, 20, 15, 10, 5))[0]
    return _MAKERS[drawn if sort == "any" else sort](key, chance)


def entry(key: str, chance: random.Random, date: str = "") -> dict[str, Any]:
    """Return a balanced entry of two to four lines that bears ``key`` as its reference."""
    amounts = [chance.randrange(1, 10_000_000) for _line in range(chance.randrange(1, 4))]
    signed = [*amounts, -sum(amounts)]
    chosen = chance.sample(ACCOUNTS, len(signed))
    lines = [{"account": code, "amount": _money(cents)} for code, cents in zip(chosen, signed, strict=True)]
    return {
        "date": date or f"2026-{chance.randrange(2, 7):02}-{chance.randrange(1, 29):02}",
        "journal": chance.choice(JOURNALS),
        "reference": key,
        "lines": lines,
    }


def _money(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"


def _entry(key: str, chance: random.Random) -> Operation:
    return Operation("entry", "accounting.post_entry", (key,), (entry(key, chance),))


def _many(key: str, chance: random.Random) -> Operation:
    keys = tuple(f"{key}.{n}" for n in range(MANY))
    return Operation("many", "accounting.post_entry", keys, tuple(entry(one, chance) for one in keys))


def _invoice(key: str, chance: random.Random) -> Operation:
    charged = [(str(chance.randrange(1, 9)), chance.randrange(1, 99999)) for _line in range(chance.randrange(1, 3))]
    lines = [
        {"description": "Work", "quantity": quantity, "unit_price": _money(cents), "account": "4000"}
        for quantity, cents in charged
    ]
    given = {"party": "buyer", "date": f"2026-03-{chance.randrange(1, 29):02}", "reference": key, "lines": lines}
    return Operation("invoice", "accounting.issue_invoice", (key,), (given,))


def _party(key: str, chance: random.Random) -> Operation:
    return Operation("party", "parties.party.create", (key,), ({"name": key, "customer": True},))


def _closed(key: str, chance: random.Random) -> Operation:
    return Operation("closed", "accounting.post_entry", (key,), (entry(key, chance, CLOSED),))


_MAKERS: Final = {"entry": _entry, "many": _many, "invoice": _invoice, "party": _party, "closed": _closed}
