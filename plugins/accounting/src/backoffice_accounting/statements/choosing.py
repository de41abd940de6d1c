"""Which accounts a line of a statement takes: by type, kind, codes, purpose, or what no other line took."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from backoffice.core.api import InvalidInput
from backoffice.hookspecs import messages

from .layouts import Layout, LayoutLine

_ = messages("accounting")

WORDS = ("type", "subtype", "code", "purpose", "rest")


@dataclass(frozen=True, slots=True)
class Chosen:
    """An account as statements see it."""

    id: int
    company_id: int
    code: str
    name: str
    translations: Mapping[str, Any] | None
    type: str | None
    subtype: str | None


def read_tokens(written: str) -> list[tuple[str, str]]:
    """Return the words and values of ``subtype:bank, code:4000-4999``.

    Raises :class:`~backoffice.core.api.InvalidInput` for what it does not know.
    """
    found = []
    for part in filter(None, (part.strip() for part in written.split(","))):
        word, colon, value = part.partition(":")
        if not colon or word not in WORDS or not value:
            said = _("{part} is not understood.").with_values(part=part)
            raise InvalidInput(
                said, remedy=_("Write {words}, a colon and a value.").with_values(words=", ".join(WORDS)),
                fields={"accounts": [said]},
            )  # fmt: skip
        found.append((word, value.strip()))
    return found


def choose(layout: Layout, accounts: Iterable[Chosen], purposes: Mapping[str, set[int]]) -> dict[str, list[Chosen]]:
    """Return the accounts of each line of ``layout``; ``purposes`` are the ids of the accounts of each purpose."""
    accounts = list(accounts)
    lines = [(line, read_tokens(line.accounts)) for line in layout.lines if line.kind == "accounts"]
    found = {line.code: [one for one in accounts if _fits(one, tokens, purposes)] for line, tokens in lines}
    return {line.code: [*found[line.code], *_rest(line, tokens, lines, found, accounts)] for line, tokens in lines}


Lines = list[tuple[LayoutLine, list[tuple[str, str]]]]


def _rest(
    line: LayoutLine,
    tokens: list[tuple[str, str]],
    lines: Lines,
    found: Mapping[str, list[Chosen]],
    accounts: Iterable[Chosen],
) -> list[Chosen]:
    """Return the accounts of the types ``line`` takes the rest of, which no line took by another word."""
    types = {value for word, value in tokens if word == "rest"}
    if not types:
        return []
    taken = {one.id for other, _tokens in lines for one in found[other.code]}
    return [one for one in accounts if one.type in types and one.id not in taken]


def _fits(account: Chosen, tokens: Iterable[tuple[str, str]], purposes: Mapping[str, set[int]]) -> bool:
    return any(_takes(account, word, value, purposes) for word, value in tokens)


def _takes(account: Chosen, word: str, value: str, purposes: Mapping[str, set[int]]) -> bool:
    if word == "type":
        return account.type == value
    if word == "subtype":
        return account.subtype == value
    if word == "purpose":
        return account.id in purposes.get(value, ())
    return word == "code" and _in_range(account.code, value)


def _in_range(code: str, value: str) -> bool:
    if value.endswith("*"):
        return code.startswith(value[:-1])
    first, dash, last = value.partition("-")
    return first <= code <= last or (bool(last) and code.startswith(last)) if dash else code == value
