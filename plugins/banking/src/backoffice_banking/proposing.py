"""What each line left may be: open documents, entries in the books, transfers between own accounts, rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa

from backoffice.core.api import Session, isolate
from backoffice.hookspecs import messages

from . import rules
from .books import Booked, ledger_of, outstanding
from .matching import (
    ACCOUNT,
    CERTAIN,
    EXACT,
    LEAD,
    LIKE,
    NAME,
    NEAR,
    NUMBER,
    PART,
    REFERENCE,
    SOON,
    TOGETHER,
    ZERO,
    Ledger,
    Wanted,
    compact,
    tokens,
)
from .matching import Proposal as Found
from .models import BankAccount, Line, Match, Rule

_ = messages("banking")

REASONS: Final = {
    NUMBER: _("names its number"),
    REFERENCE: _("bears its number as reference"),
    ACCOUNT: _("from its account"),
    NAME: _("same name"),
    LIKE: _("like name"),
    EXACT: _("same amount"),
    NEAR: _("almost the same amount"),
    PART: _("a part of it"),
    SOON: _("near its due date"),
    TOGETHER: _("together the amount"),
    "charges": _("the difference is the bank's charges"),
    "rule": _("fits the rule"),
    "own": _("the other account is your own"),
    "date": _("same days"),
}
MOST_OTHERS: Final = 20_000
DAYS: Final = timedelta(days=5)
"""How far the two days of one movement may lie apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Something a line may be, ready to be accepted by its ``key``."""

    key: str
    kind: str
    title: str
    score: int
    reasons: tuple[str, ...]
    amount: Decimal
    difference: Decimal = ZERO
    party_id: int | None = None
    is_certain: bool = False
    rule_id: int | None = None

    def why(self) -> str:
        """Return the reasons as they are kept with a match."""
        return ", ".join(self.reasons)


@dataclass(slots=True)
class Proposer:
    """Everything proposals are made from, read once for all lines of an account."""

    session: Session
    account: BankAccount
    ledger: Ledger
    booked: dict[Decimal, list[Booked]]
    """Entries no line was matched to, by their amount."""
    others: dict[Decimal, list[Line]]
    """Lines of other own accounts that wait, by their amount."""
    own: dict[str, BankAccount]
    rules: list[rules.Rule]

    @classmethod
    def of(cls, session: Session, account: BankAccount) -> Proposer:
        """Return what makes proposals for lines of ``account``."""
        accounts = list(session.scalars(sa.select(BankAccount).where(BankAccount.active)))
        asked = sa.select(Line).where(Line.state == "open", Line.bank_account_id != account.id).order_by(Line.date)
        others = session.scalars(asked.limit(MOST_OTHERS))
        return cls(
            session=session, account=account, ledger=ledger_of(session, account),
            booked=_by_amount(outstanding(session, account)), others=_by_amount(others),
            own={compact(one.number): one for one in accounts if one.number and one.id != account.id},
            rules=rules_of(session),
        )  # fmt: skip

    def proposals(self, line: Line, left: Decimal, most: int = 4) -> list[Proposal]:
        """Return what ``line``, of which ``left`` is not matched yet, may be, the likeliest first."""
        found = [*self._documents(line, left), *self._entries(line, left), *self._transfers(line, left)]
        found += self._by_rule(line, left)
        found.sort(key=lambda one: -one.score)
        return _with_certainty(found[:most])

    def _documents(self, line: Line, left: Decimal) -> list[Proposal]:
        wanted = _wanted(line, left)
        found = [self._document(one, ()) for one in self.ledger.proposals(wanted, 4)]
        if line.charges:
            gross = _wanted(line, left + line.charges)
            exact = [one for one in self.ledger.proposals(gross, 2) if EXACT in one.reasons or TOGETHER in one.reasons]
            found += [self._document(one, ("charges",), -line.charges) for one in exact]
        return found

    def _document(self, one: Found, more: tuple[str, ...], difference: Decimal | None = None) -> Proposal:
        rest = one.difference if difference is None else difference
        return Proposal(
            key="invoice:" + ",".join(f"{item.id}={amount:f}" for item, amount in one.parts),
            kind="invoice",
            title=" + ".join(isolate(item.number or str(item.id)) for item, _amount in one.parts),
            score=one.score,
            reasons=(*one.reasons, *more),
            amount=sum((amount for _item, amount in one.parts), ZERO),
            difference=rest,
            party_id=one.party_id,
        )

    def _entries(self, line: Line, left: Decimal) -> list[Proposal]:
        found = []
        said = set(tokens(" ".join(filter(None, (line.description, line.reference, line.bank_reference)))))
        for one in self.booked.get(left, ()):
            if abs(one.date - line.date) > DAYS * 2:
                continue
            near = abs(one.date - line.date) <= DAYS
            told = any(compact(text) in said for text in (one.reference, one.number) if len(compact(text)) >= 4)
            reasons = [EXACT, *(["date"] if near else ()), *([REFERENCE] if told else ())]
            score = 45 + (37 if near else 10) + (15 if told else 0)
            title = isolate(one.number) + (f" · {one.description}" if one.description else "")
            found.append(Proposal(key=f"entry:{one.entry_id}", kind="entry", title=title, score=score,
                                  reasons=tuple(reasons), amount=left))  # fmt: skip
        return found

    def _transfers(self, line: Line, left: Decimal) -> list[Proposal]:
        found = []
        there = self.own.get(compact(line.party_account or ""))
        for other in self.others.get(-left, ()):
            if other.currency != line.currency or abs(other.date - line.date) > DAYS:
                continue
            is_own = there is not None and there.id == other.bank_account_id
            reasons = (EXACT, "date", *(["own"] if is_own else ()))
            found.append(Proposal(key=f"transfer:{other.id}", kind="transfer", title=other.account.name,
                                  score=90 if is_own else 60, reasons=reasons, amount=left))  # fmt: skip
        if there is not None and not found:
            found.append(Proposal(key=f"transfer_to:{there.id}", kind="transfer", title=there.name, score=75,
                                  reasons=("own",), amount=left))  # fmt: skip
        return found

    def _by_rule(self, line: Line, left: Decimal) -> list[Proposal]:
        rule = rules.first(self.rules, seen(line, left))
        if rule is None:
            return []
        return [
            Proposal(key=f"rule:{rule.id}", kind="rule", title=rule.name, score=95 if rule.automatic else 70,
                     reasons=("rule",), amount=left, rule_id=rule.id, is_certain=rule.automatic)
        ]  # fmt: skip


def _by_amount(found: Iterable[Any]) -> dict[Decimal, list[Any]]:
    groups: dict[Decimal, list[Any]] = {}
    for one in found:
        groups.setdefault(one.amount, []).append(one)
    return groups


def _with_certainty(found: list[Proposal]) -> list[Proposal]:
    """Mark the first proposal where it has enough points, leaves nothing over and leads clearly."""
    if not found or found[0].kind == "rule":
        return found
    best, second = found[0], found[1].score if len(found) > 1 else 0
    is_certain = (
        best.score >= CERTAIN and best.score - second >= LEAD and PART not in best.reasons
        and (not best.difference or "charges" in best.reasons)
    )  # fmt: skip
    return [replace(best, is_certain=is_certain), *found[1:]]


def _wanted(line: Line, amount: Decimal) -> Wanted:
    text = " ".join(filter(None, (line.description, line.end_to_end, line.check_number)))
    return Wanted(id=line.id, date=line.date, amount=amount, text=text, reference=line.reference or "",
                  name=line.party_name or "", account=line.party_account or "")  # fmt: skip


def seen(line: Line, amount: Decimal) -> rules.Seen:
    """Return ``line`` as rules see it."""
    return rules.Seen(
        amount=amount, bank_account_id=line.bank_account_id, description=line.description, party=line.party_name or "",
        account=line.party_account or "", reference=line.reference or "", code=line.code or "",
    )  # fmt: skip


def rules_of(session: Session) -> list[rules.Rule]:
    """Return the rules in use, in their order."""
    found = session.scalars(sa.select(Rule).where(Rule.active).order_by(Rule.sequence, Rule.id))
    return [
        rules.Rule(
            id=one.id, name=one.name, bank_account_id=one.bank_account_id, place=one.place, test=one.test,
            words=one.words or "", sign=one.sign, least=one.least, most=one.most, automatic=one.automatic,
            parts=tuple(
                rules.Part(account_id=part.account_id, party_id=part.party_id, share=part.share, amount=part.amount,
                           text=part.text, tax=part.tax)
                for part in one.parts
            ),
        )
        for one in found
    ]  # fmt: skip


def left_of(session: Session, lines: Sequence[Line]) -> dict[int, Decimal]:
    """Return what of each of ``lines`` is not matched yet."""
    ids = [line.id for line in lines]
    done: dict[int, Decimal] = {}
    for start in range(0, len(ids), 400):
        asked = (
            sa.select(Match.line_id, sa.func.sum(Match.amount))
            .where(Match.line_id.in_(ids[start : start + 400]), sa.not_(Match.undone))
            .group_by(Match.line_id)
        )
        done.update({row[0]: row[1] for row in session.execute(asked)})
    return {line.id: line.amount - done.get(line.id, ZERO) for line in lines}


def left_lines(
    session: Session, account: BankAccount, *, after: tuple[date, int] | None = None, most: int | None = None
) -> list[Line]:
    """Return the lines of ``account`` that wait, the oldest first."""
    asked = sa.select(Line).where(Line.bank_account_id == account.id, Line.state == "open").order_by(Line.date, Line.id)
    if after is not None:
        day, id_ = after
        asked = asked.where(sa.or_(Line.date > day, sa.and_(Line.date == day, Line.id > id_)))
    return list(session.scalars(asked.limit(most) if most else asked))
