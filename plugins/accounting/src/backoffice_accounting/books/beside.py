"""What a book says beside amounts, kept as remarks; and what is told of many places at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from backoffice.hookspecs import Label, messages

from .book import Choices, Transaction

_ = messages("accounting")

OWN_TAGS: Final = {"journal", "party", "foreign", "number"}
"""Tags that have a place in the entry itself."""


def remarks_of(transaction: Transaction, most_text: int, most_code: int) -> str:
    """Return what the file says beside amounts: long texts, comments, tags, marks of postings, second dates."""
    said = [transaction.description] if len(transaction.description) > most_text else []
    if len(transaction.code) > most_code:
        said.append(transaction.code)
    if transaction.date2:
        said.append(f"date2: {transaction.date2}")
    said += _lines(transaction.comment, transaction.tags)
    for posting in transaction.postings:
        more = _lines(posting.comment, posting.tags)
        mark = f"{posting.status} " if posting.status else ""
        if len(more) > 1 or mark or (more and len(more[0]) > most_text):
            said.append(f"{mark}{posting.account}: {'; '.join(more)}".rstrip(": "))
    return "\n".join(said)


def _lines(comment: str, tags: Mapping[str, str]) -> list[str]:
    """Return the lines of a comment, and tags that stand in none of them."""
    lines = [line.strip() for line in comment.split("\n") if line.strip()]
    return lines + [
        f"{name}: {value}".strip()
        for name, value in tags.items()
        if name not in OWN_TAGS and not any(f"{name}:" in line for line in lines)
    ]


def counted(what: str, count: int, choices: Choices) -> tuple[str, str]:
    """Return what is told of ``count`` places, and why."""
    said, why = _COUNTED[what]
    if what == "virtual" and choices.virtual == "leave":
        return said(count), _("They were left out, as was asked for.")
    return said(count), why.with_values(account=choices.virtual_account) if isinstance(why, Label) else why


_COUNTED: Final[Mapping[str, tuple[Callable[[int], str], str]]] = {
    "virtual": (
        lambda count: _("{count} virtual posting has no counterpart.").counted(
            "{count} virtual postings have no counterpart.", count
        ),
        _("Here every entry balances: what they lack is booked to {account}."),
    ),
    "balanced": (
        lambda count: _("{count} transaction has virtual postings that balance.").counted(
            "{count} transactions have virtual postings that balance.", count
        ),
        _("They are booked like any others."),
    ),
    "nothing": (
        lambda count: _("{count} transaction moves nothing and is left out.").counted(
            "{count} transactions move nothing and are left out.", count
        ),
        _("An entry needs two lines with amounts."),
    ),
    "rounded": (
        lambda count: _("{count} amount was rounded to the smallest unit of the books.").counted(
            "{count} amounts were rounded to the smallest unit of the books.", count
        ),
        _("What rounding leaves over in a transaction is on the line that was rounded."),
    ),
    "foreign": (
        lambda count: _("{count} foreign amount was rounded to the smallest unit of its currency.").counted(
            "{count} foreign amounts were rounded to the smallest units of their currencies.", count
        ),
        "",
    ),
    "quantity": (
        lambda count: _("{count} quantity was rounded to six decimals.").counted(
            "{count} quantities were rounded to six decimals.", count
        ),
        "",
    ),
    "commodity": (
        lambda count: _("{count} line counts something that is no currency.").counted(
            "{count} lines count something that is no currency.", count
        ),
        _("It stands at its cost; what it is and how much of it are kept on the line."),
    ),
    "cut": (
        lambda count: _("{count} text is too long and was cut.").counted(
            "{count} texts are too long and were cut.", count
        ),
        _("The whole text is among the remarks of the entry."),
    ),
}
