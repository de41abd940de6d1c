"""Matching of bank statements: as many lines as open items, beside a floor that looks each line up by its amount.

``--million`` matches a hundred thousand lines against a hundred thousand items; by default it is ten thousand.
"""

import random
from datetime import date, timedelta
from decimal import Decimal

import measuring
from backoffice_banking.matching import Item, Ledger, Side, Wanted, settle_all

START = date(2026, 1, 1)


def measure(options, folder):
    """Print one line: seconds for all lines, beside the floor."""
    size = 100_000 if options.million else 10_000
    items, sides, lines = books(size)
    counts = []
    found = measuring.alternate(
        options.rounds,
        match=lambda: measuring.took(lambda: counts.append(matched(items, sides, lines))),
        floor=lambda: measuring.took(lambda: looked_up(items, lines)),
    )
    if min(counts) < size * 0.6:
        raise SystemExit(f"Only {min(counts)} of {size} lines were matched.")
    measuring.emit(f"bank/matching/{size}", "s", found["match"], found["floor"],
                   floor="looking each line up by its amount", better="less")  # fmt: skip


def matched(items, sides, lines):
    """Return how many lines are certain."""
    ledger = Ledger.of(items, sides, Decimal("0.05"))
    return sum(1 for _each in settle_all(ledger, lines))


def looked_up(items, lines):
    """Return how many lines have an item of exactly their amount: what the simplest program does."""
    by_amount = {}
    for item in items:
        by_amount.setdefault(item.amount, []).append(item)
    return sum(1 for line in lines if by_amount.get(line.amount))


def books(size):
    """Return items, parties and lines: most name a number, some only an account, a name, or several numbers."""
    chance = random.Random(7)
    parties = max(size // 20, 1)
    sides = [
        Side(party_id=n, names=(f"Trading {n:06} Company", f"شركة {n:06} للتجارة"), accounts=(f"SA{n:022}",))
        for n in range(parties)
    ]
    items = [
        Item(
            id=n, amount=Decimal(chance.randint(1_000, 9_000_000)).scaleb(-2), number=f"INV/2026/{n:06}",
            party_id=chance.randrange(parties), due=START + timedelta(chance.randrange(300)),
        )
        for n in range(size)
    ]  # fmt: skip
    return items, sides, [_line(n, item, chance) for n, item in enumerate(items)]


def _line(n, item, chance):
    kind = chance.random()
    text = f"Payment of invoice INV 2026 {item.id:06} thank you" if kind < 0.7 else "Transfer received"
    name = f"TRADING {item.party_id:06} COMPANY" if 0.5 < kind < 0.95 else ""
    account = f"SA{item.party_id:022}" if kind > 0.6 else ""
    return Wanted(id=n, date=item.due + timedelta(chance.randrange(-5, 20)), amount=item.amount, text=text, name=name,
                  account=account)  # fmt: skip
