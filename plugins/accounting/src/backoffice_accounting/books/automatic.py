"""Automatic transactions of journals: what is posted beside every posting that a pattern matches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from backoffice.hookspecs import messages

from .book import Amount, BookError, Place, Posting, Transaction

_ = messages("accounting")

_QUERIES = (
    (re.compile(r"expr\s+['\"]?\(?\s*account\s*=~\s*/(.*?)/\s*\)?['\"]?"), "account"),
    (re.compile(r"/(.*)/"), "account"),
    (re.compile(r"@/(.*)/"), "description"),
    (re.compile(r"acct:\s*(\S+)"), "account"),
    (re.compile(r"(?:desc|payee):\s*(\S+)"), "description"),
    (re.compile(r"([^\s:&|!()]+(?::[^\s&|!()]*)*)"), "account"),
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern, what it is compared with, and the postings to add. A bare number there is a factor."""

    pattern: re.Pattern[str]
    on: str
    postings: tuple[Posting, ...]
    place: Place


def rule_of(query: str, postings: Sequence[Posting], place: Place) -> Rule:
    """Return the rule of a line ``= query``. Raises :class:`BookError` when the query is not understood."""
    query = query.partition(";")[0].strip()
    for known, on in _QUERIES:
        found = known.fullmatch(query)
        if found is not None:
            try:
                return Rule(re.compile(found[1], re.IGNORECASE), on, tuple(postings), place)
            except re.error as error:
                raise _unknown(query, place, str(error)) from error
    raise _unknown(query, place)


def _unknown(query: str, place: Place, why: str = "") -> BookError:
    return BookError(
        place,
        _("This automatic transaction is not understood."),
        why=why or query[:80],
        remedy=_("Write the postings into the transactions, or choose them by a single pattern such as /^Income/."),
    )


def added(rule: Rule, transaction: Transaction) -> list[Posting]:
    """Return the postings that ``rule`` adds to ``transaction``."""
    found = []
    for posting in transaction.postings:
        if posting.amount is None or not _matches(rule, transaction, posting):
            continue
        for template in rule.postings:
            made = replace(template, line=posting.line, account=template.account.replace("$account", posting.account))
            if template.amount is not None and not template.amount.commodity:
                factor = template.amount.quantity
                made.amount = Amount(posting.amount.quantity * factor, posting.amount.commodity, posting.amount.lot)
                made.cost = posting.cost and Amount(posting.cost.quantity * factor, posting.cost.commodity)
                made.basis = posting.basis and Amount(posting.basis.quantity * factor, posting.basis.commodity)
            found.append(made)
    return found


def _matches(rule: Rule, transaction: Transaction, posting: Posting) -> bool:
    said = posting.account if rule.on == "account" else transaction.description
    return rule.pattern.search(said) is not None
