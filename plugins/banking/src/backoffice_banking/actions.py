"""What people and programs do with bank accounts; the rules are in the modules these functions call."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import BackofficeError, InvalidInput, JobRun, Session, currency, translate
from backoffice.hookspecs import messages

from . import importing, reconciling, rules
from .books import Leg
from .models import BankAccount, CsvFormat, Line, Rule
from .proposing import REASONS, Proposer, left_of
from .reading.words import number as compact

_ = messages("banking")


def before_save_account(session: Session, record: BankAccount, values: Mapping[str, Any]) -> None:
    """Complete a bank account: its currency, its number without blanks."""
    record.currency = importing.currency_of(session, record.currency)
    currency(record.currency)
    record.number = compact(record.number)
    record.bic = record.bic.upper() if record.bic else None


def before_save_rule(session: Session, record: Rule, values: Mapping[str, Any]) -> None:
    """Refuse a rule that says nothing, a pattern that cannot be read, and parts that are no whole."""
    wrong: dict[str, list[str]] = {}
    if record.test == "regex" and (problem := rules.check_pattern(record.words or "")):
        wrong["words"] = [problem]
    if not record.words and record.least is None and record.most is None and record.sign == "both":
        wrong["words"] = [_("A rule needs a condition.")]
    if record.least is not None and record.most is not None and record.least > record.most:
        wrong["most"] = [_("It would end before it begins.")]
    if wrong:
        raise InvalidInput(_("This rule cannot be kept like that."), fields=wrong)
    if not record.parts:
        said = _("Say where such lines go.")
        raise InvalidInput(said, fields={"parts": [said]})
    parts = [rules.Part(account_id=one.account_id, share=one.share, amount=one.amount) for one in record.parts]
    if all(one.amount is None for one in parts):
        rules.shared(parts, Decimal(100), "EUR")


def import_statement(
    session: Session, *, content: str, name: str | None = None, account_id: int | None = None,
    mapping_id: int | None = None, any_opening: bool | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Take in a file of a bank; see the fields of ``banking.import_statement``."""
    try:
        data = b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        said = _("The content of the file comes as Base64.")
        raise InvalidInput(said, fields={"content": [said]}) from error
    reading, taken = importing.take_in(
        session, data, name=name or "",
        account=session.get(BankAccount, account_id) if account_id is not None else None,
        mapping=session.get(CsvFormat, mapping_id) if mapping_id is not None else None, follow_on=not any_opening,
    )  # fmt: skip
    for code in sorted({one.account for one in taken}):
        _match_later(session, code)
    return {
        "format": reading.format,
        "statements": [
            {"id": one.statement_id, "account": one.account, "lines": one.count, "repeated": one.repeated,
             "total": one.total}
            for one in taken
        ],
        "pending": sum(one.pending for one in reading.statements),
        "notes": [translate(note, session.context.language) for note in reading.notes],
    }  # fmt: skip


def _match_later(session: Session, code: str) -> int | None:
    account = session.scalars(sa.select(BankAccount).where(BankAccount.code == code)).one()
    return session.enqueue("banking.match", {"account": account.id}).id if account.automatic else None


def match_all(session: Session, account: BankAccount) -> dict[str, Any]:
    """Ask for the job that matches what is certain."""
    job = session.enqueue("banking.match", {"account": account.id})
    session.flush()
    return {"job": job.id}


def run_matching(job: JobRun, *, account: int) -> dict[str, Any]:
    """Match the lines of an account that are certain, each in a transaction of its own, and tell what was done."""
    with job.program.reading() as session:
        known = session.get(BankAccount, account)
        found = reconciling.certain_ones(session, known) if known is not None else []
    matched, refused = [], []
    for n, (line_id, proposal) in enumerate(found):
        given = {"id": line_id, "proposal": proposal.key, "why": proposal.why(), "automatic": True}
        try:
            job.program.execute("banking.accept", given)
            matched.append({"line": line_id, "to": proposal.key, "why": proposal.why()})
        except BackofficeError as error:
            refused.append({"line": line_id, "to": proposal.key, "why": str(error)})
        job.progress(n + 1, len(found))
    return {"matched": len(matched), "refused": len(refused), "lines": matched[:500], "not": refused[:100]}


def propose(session: Session, line: Line) -> dict[str, Any]:
    """Return what a line may be."""
    left = left_of(session, [line])[line.id]
    found = Proposer.of(session, line.account).proposals(line, left) if line.state == "open" else []
    language = session.context.language
    return {
        "left": left,
        "proposals": [
            {"key": one.key, "kind": one.kind, "title": one.title, "score": one.score, "amount": one.amount,
             "difference": one.difference, "certain": one.is_certain,
             "why": [translate(REASONS[reason], language) for reason in one.reasons]}
            for one in found
        ],
    }  # fmt: skip


def accept(
    session: Session, line: Line, *, proposal: str, why: str | None = None, automatic: bool | None = None
) -> dict[str, Any]:
    """Accept a proposal."""
    how: dict[str, Any] = {"why": (why or "")[:300] or None}
    if not proposal.startswith("rule:"):
        how["how"] = "automatic" if automatic else "hand"
    return reconciling.accept(session, line, proposal, **how)


def pay(
    session: Session, line: Line, *, invoices: Sequence[Mapping[str, Any]], difference: str | None = None,
    account_id: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Settle documents with a line."""
    parts = [(one["invoice_id"], one["amount"]) for one in invoices]
    return reconciling.pay_invoices(session, line, parts, difference=difference or "keep", account_id=account_id)


def book(
    session: Session, line: Line, *, account_id: int | None = None, party_id: int | None = None,
    text: str | None = None, match: str | None = None, parts: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Book a line against one account, or against several."""
    if parts:
        legs = [
            Leg(account_id=one["account_id"], amount=one["amount"], party_id=one.get("party_id"), text=one.get("text"))
            for one in parts
        ]
    elif account_id is not None:
        left = left_of(session, [line])[line.id]
        legs = [Leg(account_id=account_id, amount=left, party_id=party_id, text=text or None, match_key=match or None)]
    else:
        said = _("Choose an account.")
        raise InvalidInput(said, fields={"account": [said]})
    return reconciling.book_to(session, line, legs)


def transfer(
    session: Session, line: Line, *, line_id: int | None = None, account_id: int | None = None
) -> dict[str, Any]:
    """Book a line as a transfer between own accounts."""
    other = session.get(Line, line_id) if line_id is not None else None
    account = session.get(BankAccount, account_id) if account_id is not None else None
    return reconciling.transfer(session, line, other=other, account=account)


def match_entry(session: Session, line: Line, *, entry_id: int) -> dict[str, Any]:
    """Match a line with an entry of the books."""
    return reconciling.to_entry(session, line, entry_id)


def ignore(session: Session, line: Line, *, note: str) -> dict[str, Any]:
    """Leave a line out."""
    return reconciling.ignore(session, line, note)


def undo(session: Session, line: Line, *, reason: str) -> dict[str, Any]:
    """Take everything back a line was matched to."""
    return reconciling.undo(session, line, reason)
