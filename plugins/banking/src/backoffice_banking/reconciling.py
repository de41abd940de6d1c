"""Match lines and take matches back. Everything is posted, and everything can be reversed; nothing is erased."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import sqlalchemy as sa

from backoffice.core.api import InvalidInput, RuleBroken, Session
from backoffice.hookspecs import messages

from . import books, rules
from .books import Leg
from .matching import ZERO
from .models import BankAccount, Line, Match
from .proposing import Proposal, Proposer, left_lines, left_of, rules_of, seen

_ = messages("banking")


def _open(session: Session, line: Line) -> Decimal:
    """Return what of ``line`` is left, with the line locked; refuse one that is done."""
    session.refresh(line, with_for_update=True)
    if line.state != "open":
        raise RuleBroken(_("This line is done already."), remedy=_("Take its match back first."))
    return left_of(session, [line])[line.id]


def _keep(session: Session, line: Line, kind: str, amount: Decimal, **how: Any) -> None:
    session.add(Match(line_id=line.id, kind=kind, amount=amount, **how))


def _settle(session: Session, line: Line) -> dict[str, Any]:
    """Let a line be done when nothing of it is left."""
    session.flush()
    left = left_of(session, [line])[line.id]
    line.state = "open" if left else "matched"
    session.flush()
    session.emit("banking.line_matched", line, amount=line.amount, left=left, currency=line.currency)
    return {"id": line.id, "state": line.state, "left": left}


def _key(session: Session, line: Line) -> str:
    count = session.scalar(sa.select(sa.func.count(Match.id)).where(Match.line_id == line.id))
    return f"line/{line.id}/{count or 0}"


# -- matching --------------------------------------------------------------------------------------------------------


def pay_invoices(
    session: Session, line: Line, parts: Sequence[tuple[int, Decimal]], *, difference: str = "keep",
    account_id: int | None = None, **how: Any,
) -> dict[str, Any]:  # fmt: skip
    """Settle documents with ``line``: pairs of an invoice and the signed amount of it that is paid.

    What is left over stays open (``difference="keep"``), is written off (``write_off``), is the bank's charges
    (``charges``), or goes to ``account_id`` (``account``).
    """
    left = _open(session, line)
    rest = left - sum((amount for _invoice, amount in parts), ZERO)
    for invoice_id, amount in parts:
        _pay_one(session, line, invoice_id, amount, how)
    session.flush()
    if rest and difference != "keep":
        _book_rest(session, line, rest, difference, account_id, how)
    elif (rest > 0) != (left > 0) and rest:
        raise RuleBroken(_("The documents come to more than the line."))
    return _settle(session, line)


def _pay_one(session: Session, line: Line, invoice_id: int, amount: Decimal, how: Mapping[str, Any]) -> None:
    """Pay a document, or, with an id below zero, an open item that has none."""
    if invoice_id < 0:
        entry_id, leg = books.settle_item(session, -invoice_id, line, amount, _key(session, line))
        _keep(session, line, "account", amount, account_id=leg.account_id, party_id=leg.party_id, entry_id=entry_id,
              **how)  # fmt: skip
    else:
        payment_id, entry_id = books.pay(session, invoice_id, line, amount)
        _keep(session, line, "invoice", amount, invoice_id=invoice_id, payment_id=payment_id, entry_id=entry_id, **how)
    session.flush()


def _book_rest(
    session: Session, line: Line, rest: Decimal, difference: str, account_id: int | None, how: Mapping[str, Any]
) -> None:
    account = line.account
    if difference == "charges":
        target = account_id or books.purpose_account(session, "bank_charges")
    elif difference == "write_off":
        if abs(rest) > account.tolerance:
            raise RuleBroken(
                _("The difference of {amount} is more than may be written off.").with_values(amount=format(rest, "f")),
                remedy=_("Choose an account for it, or leave it open."),
            )
        target = account.difference_account_id or books.purpose_account(session, "rounding")
    elif account_id is not None:
        target = account_id
    else:
        said = _("Choose an account.")
        raise InvalidInput(said, fields={"account": [said]})
    _book(session, line, [Leg(account_id=target, amount=rest)], dict(how))


def _book(session: Session, line: Line, legs: Sequence[Leg], how: Mapping[str, Any]) -> None:
    for leg in legs:
        books.check_account(session, leg.account_id)
    entry_id = books.book(session, line, legs, _key(session, line))
    for leg in legs:
        _keep(session, line, "account", leg.amount, account_id=leg.account_id, party_id=leg.party_id,
              entry_id=entry_id, **how)  # fmt: skip


def book_to(session: Session, line: Line, legs: Sequence[Leg], **how: Any) -> dict[str, Any]:
    """Book ``line`` against accounts; their signed amounts come to what is left of it, or to a part."""
    left = _open(session, line)
    total = sum((leg.amount for leg in legs), ZERO)
    if not total or (total > 0) != (left > 0) or abs(total) > abs(left):
        raise RuleBroken(
            _("The parts come to {total}, and {left} of the line is left.").with_values(
                total=format(total, "f"), left=format(left, "f")
            )
        )
    _book(session, line, legs, how)
    return _settle(session, line)


def by_rule(session: Session, line: Line, rule: rules.Rule, **how: Any) -> dict[str, Any]:
    """Book ``line`` where ``rule`` says."""
    left = _open(session, line)
    if not rule.parts:
        raise RuleBroken(_("This rule does not say where lines go."))
    legs = [
        leg
        for part, amount in rules.shared(rule.parts, left, line.currency)
        for leg in _legs(session, line, part, amount)
    ]
    _book(session, line, legs, {"rule_id": rule.id, "how": "rule", **how})
    return _settle(session, line)


def _legs(session: Session, line: Line, part: rules.Part, amount: Decimal) -> list[Leg]:
    leg = Leg(account_id=part.account_id, amount=amount, party_id=part.party_id, text=part.text)
    if not part.tax:
        return [leg]
    tax = contained_tax(session, part.tax, abs(amount), line) * (1 if amount > 0 else -1)
    if not tax:
        return [leg]
    account_id = books.purpose_account(session, "tax_payable" if amount > 0 else "tax_receivable")
    return [Leg(account_id=part.account_id, amount=amount - tax, party_id=part.party_id, text=part.text),
            Leg(account_id=account_id, amount=tax, text=part.tax)]  # fmt: skip


def contained_tax(session: Session, code: str, gross: Decimal, line: Line) -> Decimal:
    """Return the tax that ``gross`` contains, as the plugin taxes computes it; nothing where it is not there."""
    document = {
        "currency": line.currency, "date": line.date, "direction": "sale" if line.amount > 0 else "purchase",
        "lines": [{"unit_price": gross, "quantity": Decimal(1), "taxes": [code], "inclusive": True}],
    }  # fmt: skip
    found = session.hooks.first("taxes_compute", session=session, document=document)
    return Decimal(str(found["tax"])) if found else ZERO


def to_entry(session: Session, line: Line, entry_id: int, **how: Any) -> dict[str, Any]:
    """Match ``line`` with an entry that is in the books already."""
    left = _open(session, line)
    found = next((one for one in books.outstanding(session, line.account) if one.entry_id == entry_id), None)
    if found is None:
        raise RuleBroken(_("This entry is not on the account, or is matched already."))
    if (found.amount > 0) != (left > 0) or abs(found.amount) > abs(left):
        raise RuleBroken(_("The entry comes to more than the line."))
    _keep(session, line, "entry", found.amount, entry_id=entry_id, **how)
    return _settle(session, line)


def transfer(
    session: Session, line: Line, *, other: Line | None = None, account: BankAccount | None = None, **how: Any
) -> dict[str, Any]:
    """Book ``line`` as a transfer: with the line ``other`` of another own account, or to ``account`` alone.

    Where the other account's statement comes later, its line finds the entry by itself.
    """
    left = _open(session, line)
    there = other.account if other is not None else account
    if there is None or there.id == line.bank_account_id:
        said = _("Choose another account of your own.")
        raise InvalidInput(said, fields={"account": [said]})
    if other is not None and _open(session, other) != -left:
        raise RuleBroken(_("The two lines do not cancel each other out."))
    entry_id = books.book(session, line, [Leg(account_id=there.account_id, amount=left)], _key(session, line))
    _keep(session, line, "transfer", left, account_id=there.account_id, entry_id=entry_id, **how)
    if other is not None:
        _keep(session, other, "transfer", -left, account_id=line.account.account_id, entry_id=entry_id, **how)
        _settle(session, other)
    return _settle(session, line)


def ignore(session: Session, line: Line, note: str) -> dict[str, Any]:
    """Leave ``line`` out, with the reason on record."""
    if _open(session, line) != line.amount:
        raise RuleBroken(_("A part of this line is matched already."), remedy=_("Take its match back first."))
    line.state, line.note = "ignored", note
    return {"id": line.id, "state": line.state}


def undo(session: Session, line: Line, reason: str) -> dict[str, Any]:
    """Take everything back that ``line`` was matched to: payments are cancelled, entries reversed, the line is open."""
    session.refresh(line, with_for_update=True)
    if line.state == "ignored":
        line.state, line.note = "open", None
        return {"id": line.id, "state": line.state}
    matches = _active(session, Match.line_id == line.id)
    if not matches:
        raise RuleBroken(_("This line was matched to nothing."))
    reversed_: set[int] = set()
    for match in matches:
        if match.kind == "invoice" and match.payment_id is not None:
            books.cancel(session, match.payment_id, reason)
        elif match.kind != "entry" and match.entry_id is not None and match.entry_id not in reversed_:
            reversed_.add(match.entry_id)
            books.reverse(session, match.entry_id, reason)
    for match in {*matches, *_sharing(session, reversed_)}:
        match.undone = True
        match.line.state = "open"
    session.flush()
    session.emit("banking.line_unmatched", line, amount=line.amount, currency=line.currency, reason=reason)
    return {"id": line.id, "state": line.state}


def _active(session: Session, *conditions: Any) -> list[Match]:
    return list(session.scalars(sa.select(Match).where(*conditions, sa.not_(Match.undone)).order_by(Match.id)))


def _sharing(session: Session, entries: set[int]) -> list[Match]:
    """Return the matches of other lines that rest on entries that are reversed."""
    return _active(session, Match.entry_id.in_(sorted(entries))) if entries else []


# -- accepting proposals ---------------------------------------------------------------------------------------------


def accept(session: Session, line: Line, key: str, **how: Any) -> dict[str, Any]:
    """Accept a proposal by its key. Raises :class:`~backoffice.core.api.InvalidInput` for one that is none."""
    kind, _colon, rest = key.partition(":")
    if kind not in _ACCEPTED:
        raise _no_proposal()
    try:
        return _ACCEPTED[kind](session, line, rest, how)
    except (ValueError, InvalidOperation) as error:
        raise _no_proposal() from error


def _no_proposal() -> InvalidInput:
    said = _("There is no such proposal.")
    return InvalidInput(said, fields={"proposal": [said]})


def _accept_invoice(session: Session, line: Line, rest: str, how: dict[str, Any]) -> dict[str, Any]:
    parts = [(int(id_), Decimal(amount)) for id_, amount in (part.split("=") for part in rest.split(","))]
    left = left_of(session, [line])[line.id]
    over = left - sum((amount for _id, amount in parts), ZERO)
    difference = "keep"
    if over and line.charges and over == -line.charges:
        difference = "charges"
    elif over and abs(over) <= line.account.tolerance:
        difference = "write_off"
    return pay_invoices(session, line, parts, difference=difference, **how)


def _accept_entry(session: Session, line: Line, rest: str, how: dict[str, Any]) -> dict[str, Any]:
    return to_entry(session, line, int(rest), **how)


def _accept_transfer(session: Session, line: Line, rest: str, how: dict[str, Any]) -> dict[str, Any]:
    other = session.get(Line, int(rest))
    if other is None:
        raise _no_proposal()
    return transfer(session, line, other=other, **how)


def _accept_transfer_to(session: Session, line: Line, rest: str, how: dict[str, Any]) -> dict[str, Any]:
    return transfer(session, line, account=session.get(BankAccount, int(rest)), **how)


def _accept_rule(session: Session, line: Line, rest: str, how: dict[str, Any]) -> dict[str, Any]:
    rule = next((one for one in rules_of(session) if one.id == int(rest)), None)
    if rule is None or not rule.fits(seen(line, line.amount)):
        raise _no_proposal()
    return by_rule(session, line, rule, **how)


_ACCEPTED: Final[dict[str, Callable[[Session, Line, str, dict[str, Any]], dict[str, Any]]]] = {
    "invoice": _accept_invoice,
    "entry": _accept_entry,
    "transfer": _accept_transfer,
    "transfer_to": _accept_transfer_to,
    "rule": _accept_rule,
}


# -- by itself -------------------------------------------------------------------------------------------------------


def certain_ones(session: Session, account: BankAccount, most: int | None = None) -> list[tuple[int, Proposal]]:
    """Return the lines of ``account`` that need nobody's judgement, with what they are; nothing is given twice."""
    proposer = Proposer.of(session, account)
    lines = left_lines(session, account, most=most)
    left = left_of(session, lines)
    found: list[tuple[int, Proposal]] = []
    taken: set[str] = set()
    for line in lines:
        proposals = proposer.proposals(line, left[line.id])
        if not proposals or not proposals[0].is_certain:
            continue
        used = {proposals[0].key} if proposals[0].kind != "invoice" else _items(proposals[0].key)
        if proposals[0].kind == "rule" or not used & taken:
            taken |= used
            found.append((line.id, proposals[0]))
    return found


def _items(key: str) -> set[str]:
    return {f"invoice:{part.split('=')[0]}" for part in key.partition(":")[2].split(",")}
