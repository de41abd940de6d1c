"""The page where statements are reconciled: lines that wait, what each may be, and one click for it.

It works without scripts; the small script beside it adds the keyboard and takes matched lines away at once.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import date
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from backoffice_accounting.api import Account, Invoice
from backoffice_parties.models import Party
from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.api import (
    BackofficeError,
    Forbidden,
    InvalidInput,
    NotFound,
    Session,
    parse_decimal,
    permission,
    translate,
)
from backoffice.hookspecs import messages

from . import books
from .importing import last_statement
from .models import HOW, MATCH_KINDS, BankAccount, CsvFormat, Line, Match
from .proposing import REASONS, Proposal, Proposer, left_lines, left_of

_ = messages("banking")

pages = Blueprint("banking", __name__, url_prefix="/banking", static_folder="static")

SHOWN: Final = 25
"""Lines on one page."""
LATELY: Final = 8


# -- looking ---------------------------------------------------------------------------------------------------------


@pages.get("/")
@permission("banking.line.read")
def overview() -> str:
    """Show every bank account with its balances and how many lines wait."""
    g.desk.require_whole("banking.line.read")
    with g.desk.reading() as session:
        accounts = session.scalars(sa.select(BankAccount).where(BankAccount.active).order_by(BankAccount.code)).all()
        waiting = _waiting(session)
        shown = [_card(session, account, waiting.get(account.id, 0)) for account in accounts]
        mappings = [(one.id, one.name) for one in session.scalars(sa.select(CsvFormat).order_by(CsvFormat.name))]
    return render_template(
        "banking/overview.html", accounts=shown, mappings=mappings, may_import=g.desk.may("banking.import_statement"),
        new_url=_new_account(),
    )  # fmt: skip


def _new_account() -> str:
    return url_for("console.create", resource="banking.account") if _has("console.create") else ""


def _has(endpoint: str) -> bool:
    return endpoint in current_app.view_functions


def _waiting(session: Session) -> dict[int, int]:
    asked = sa.select(Line.bank_account_id, sa.func.count(Line.id)).where(Line.state == "open")
    return {row[0]: row[1] for row in session.execute(asked.group_by(Line.bank_account_id))}


def _card(session: Session, account: BankAccount, waiting: int) -> dict[str, Any]:
    last = last_statement(session, account)
    bank = last.closing if last is not None else None
    return {
        "id": account.id, "name": account.name, "number": account.number, "bank_name": account.bank,
        "currency": account.currency, "bank": bank, "until": last.last_date if last is not None else None,
        "books": books.balance(session, account), "waiting": waiting,
        "url": url_for("banking.reconcile", account_id=account.id),
    }  # fmt: skip


@pages.get("/<int:account_id>")
@permission("banking.line.read")
def reconcile(account_id: int) -> str:
    """Show the lines of an account that wait, with proposals."""
    g.desk.require_whole("banking.line.read")
    chosen = request.args.get("line", type=int)
    with g.desk.reading() as session:
        account = session.get(BankAccount, account_id)
        if account is None or account.company_id != session.company_id:
            raise NotFound(_("There is no such bank account."))
        lines = left_lines(session, account, after=_after(), most=SHOWN + 1)
        more, lines = lines[SHOWN:], lines[:SHOWN]
        left = left_of(session, lines)
        proposer = Proposer.of(session, account) if lines else None
        shown = [_line(line, left[line.id], proposer, account) for line in lines]
        by_hand = next((line for line in lines if line.id == chosen), None)
        return render_template(
            "banking/reconcile.html",
            account=_card(session, account, _waiting(session).get(account.id, 0)),
            lines=shown,
            next_url=_next_url(account, lines[-1]) if more else "",
            chosen=chosen,
            by_hand=_by_hand(session, by_hand, left[by_hand.id], account) if by_hand is not None else None,
            lately=_lately(session, account),
            may={name: g.desk.may(f"banking.{name}") for name in _VERBS},
            report_url=_report_url(account),
        )


_VERBS: Final = ("accept", "pay", "book", "transfer", "ignore", "undo", "match_all")


def _report_url(account: BankAccount) -> str:
    return (
        url_for("console.report", name="banking.reconciliation", account=account.id) if _has("console.report") else ""
    )


def _after() -> tuple[date, int] | None:
    day, id_ = request.args.get("day", ""), request.args.get("id", type=int)
    try:
        return (date.fromisoformat(day), id_) if day and id_ is not None else None
    except ValueError:
        return None


def _next_url(account: BankAccount, last: Line) -> str:
    return url_for("banking.reconcile", account_id=account.id, day=last.date.isoformat(), id=last.id)


def _line(line: Line, left: Decimal, proposer: Proposer | None, account: BankAccount) -> dict[str, Any]:
    found = proposer.proposals(line, left) if proposer is not None else []
    return {
        "id": line.id, "date": line.date, "amount": line.amount, "left": left, "is_part": left != line.amount,
        "party": line.party_name, "party_account": line.party_account, "text": line.description,
        "reference": line.reference, "charges": line.charges, "original": line.original_amount,
        "original_currency": line.original_currency, "details": line.details or [],
        "proposals": [_proposal(one) for one in found],
        "url": url_for("banking.reconcile", account_id=account.id, line=line.id, _anchor=f"line-{line.id}"),
    }  # fmt: skip


def _proposal(one: Proposal) -> dict[str, Any]:
    return {
        "key": one.key, "kind": MATCH_KINDS.get(one.kind, _("Rule")), "title": one.title, "amount": one.amount,
        "difference": one.difference, "is_certain": one.is_certain, "why": one.why(),
        "reasons": [REASONS[reason] for reason in one.reasons],
    }  # fmt: skip


def _by_hand(session: Session, line: Line, left: Decimal, account: BankAccount) -> dict[str, Any]:
    """Return what one chooses from when no proposal is right: documents, accounts, parties, own accounts."""
    signs = [kind for kind, sign in books.SIGNS.items() if (sign > 0) == (left > 0)]
    documents = session.execute(
        sa.select(Invoice.id, Invoice.number, Invoice.open_amount, Invoice.date, Invoice.due_date, Party.name)
        .join(Party, Party.id == Invoice.party_id)
        .where(Invoice.state == "posted", Invoice.kind.in_(signs), Invoice.currency == account.currency)
        .order_by(sa.func.abs(Invoice.open_amount - abs(left)), Invoice.date)
        .limit(12)
    ).all()
    accounts = session.scalars(
        sa.select(Account).where(Account.active, sa.not_(Account.heading)).order_by(Account.code).limit(1000)
    )
    own = session.scalars(sa.select(BankAccount).where(BankAccount.active, BankAccount.id != account.id))
    return {
        "documents": [
            {"id": row.id, "number": row.number, "party": row.name, "open": row.open_amount,
             "date": row.due_date or row.date, "pays": min(row.open_amount, abs(left))}
            for row in documents
        ],
        "accounts": [(one.code, _name(one)) for one in accounts],
        "own": [(one.code, one.name) for one in own],
        "left": left,
    }  # fmt: skip


def _name(record: Any) -> str:
    texts = (record.translations or {}).get(g.desk.user.language, {})
    return str(texts.get("name") or record.name)


def _lately(session: Session, account: BankAccount) -> list[dict[str, Any]]:
    lines = session.scalars(
        sa.select(Line)
        .where(Line.bank_account_id == account.id, Line.state != "open")
        .order_by(Line.updated_at.desc(), Line.id.desc())
        .limit(LATELY)
    ).all()
    return [
        {"id": line.id, "date": line.date, "text": line.party_name or line.description, "amount": line.amount,
         "what": _what(session, line)}
        for line in lines
    ]  # fmt: skip


def _what(session: Session, line: Line) -> str:
    if line.state == "ignored":
        return str(line.note or "")
    found = session.scalars(sa.select(Match).where(Match.line_id == line.id, sa.not_(Match.undone))).all()
    said = dict.fromkeys(_say(label) for one in found for label in (MATCH_KINDS[one.kind], HOW[one.how]))
    return " · ".join(said)


def _say(text: str) -> str:
    return translate(text, g.desk.user.language or "en")


# -- doing -----------------------------------------------------------------------------------------------------------


def _tell(text: str, tone: str = "good") -> None:
    flash({"text": text, "tone": tone, "url": "", "link": ""})  # type: ignore[arg-type]


def _do(action: str, given: dict[str, Any], line_id: int | None, said: str) -> ResponseReturnValue:
    """Execute ``action`` and lead back; a script that asks gets the bare outcome."""
    asked_by_script = request.headers.get("X-Requested-With") == "reconcile"
    try:
        g.desk.execute(action, given)
    except (Forbidden, NotFound):
        raise
    except BackofficeError as error:
        told = _said(error)
        if asked_by_script:
            return {"error": told}, 422
        _tell(told, "bad")
        return _back(line_id)
    if asked_by_script:
        return {"done": _say(said)}
    _tell(_say(said))
    return _back(None)


def _said(error: BackofficeError) -> str:
    parts = [error.what, error.why, error.remedy, *(text for texts in error.fields.values() for text in texts)]
    return " ".join(dict.fromkeys(_say(part) for part in parts if part))


def _back(line_id: int | None) -> ResponseReturnValue:
    account = request.form.get("account_page", type=int)
    if account is None:
        return redirect(url_for("banking.overview"), 303)
    anchor = f"line-{line_id}" if line_id is not None else None
    return redirect(url_for("banking.reconcile", account_id=account, line=line_id, _anchor=anchor), 303)


@pages.post("/import")
@permission("banking.import_statement")
def import_file() -> ResponseReturnValue:
    """Take in an uploaded file."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        _tell(_say(_("Choose a file first.")), "bad")
        return redirect(url_for("banking.overview"), 303)
    given: dict[str, Any] = {"content": b64encode(sent.read()).decode(), "name": sent.filename[:200]}
    for name in ("account", "mapping"):
        if request.form.get(name):
            given[name] = request.form[name]
    if request.form.get("any_opening"):
        given["any_opening"] = True
    try:
        answer = g.desk.execute("banking.import_statement", given)
    except BackofficeError as error:
        _tell(_said(error), "bad")
        return redirect(url_for("banking.overview"), 303)
    lines = sum(one["lines"] for one in answer["statements"])
    _tell(_say(_("{lines} new lines were taken in.").with_values(lines=lines)))
    for note in answer["notes"]:
        _tell(note, "warning")
    return redirect(_where(answer), 303)


def _where(answer: dict[str, Any]) -> str:
    """Return the page of the account the file was of."""
    codes = {one["account"] for one in answer["statements"]}
    if len(codes) != 1:
        return url_for("banking.overview")
    with g.desk.reading() as session:
        account = session.scalars(sa.select(BankAccount).where(BankAccount.code == codes.pop())).one()
        return url_for("banking.reconcile", account_id=account.id)


@pages.post("/lines/<int:line_id>/accept")
@permission("banking.accept")
def accept(line_id: int) -> ResponseReturnValue:
    """Accept a proposal."""
    given = {"id": line_id, "proposal": request.form.get("proposal", ""), "why": request.form.get("why", "")[:300]}
    return _do("banking.accept", given, line_id, _("The line is matched."))


@pages.post("/lines/<int:line_id>/book")
@permission("banking.book")
def book(line_id: int) -> ResponseReturnValue:
    """Book a line to an account."""
    given = {"id": line_id, "account": request.form.get("account", "").partition(" ")[0],
             "text": request.form.get("text") or None}  # fmt: skip
    return _do("banking.book", given, line_id, _("The line is booked."))


@pages.post("/lines/<int:line_id>/pay")
@permission("banking.pay")
def pay(line_id: int) -> ResponseReturnValue:
    """Settle the documents that were ticked."""
    try:
        chosen = [(int(id_), _amount(f"amount-{id_}")) for id_ in request.form.getlist("invoice")]
    except (ValueError, InvalidInput):
        _tell(_say(_("Write amounts as numbers.")), "bad")
        return _back(line_id)
    sign = -1 if request.form.get("sign") == "-" else 1
    given = {"id": line_id, "invoices": [{"invoice": id_, "amount": amount * sign} for id_, amount in chosen],
             "difference": request.form.get("difference", "keep"),
             "account": request.form.get("account", "").partition(" ")[0] or None}  # fmt: skip
    return _do("banking.pay", given, line_id, _("The documents are paid."))


def _amount(name: str) -> Decimal:
    return parse_decimal(request.form.get(name, ""))


@pages.post("/lines/<int:line_id>/transfer")
@permission("banking.transfer")
def transfer(line_id: int) -> ResponseReturnValue:
    """Book a line as a transfer to another own account."""
    given = {"id": line_id, "account": request.form.get("account", "")}
    return _do("banking.transfer", given, line_id, _("The transfer is booked."))


@pages.post("/lines/<int:line_id>/ignore")
@permission("banking.ignore")
def ignore(line_id: int) -> ResponseReturnValue:
    """Leave a line out."""
    return _do("banking.ignore", {"id": line_id, "note": request.form.get("note", "")}, line_id,
               _("The line is left out."))  # fmt: skip


@pages.post("/lines/<int:line_id>/undo")
@permission("banking.undo")
def undo(line_id: int) -> ResponseReturnValue:
    """Take a match back."""
    reason = request.form.get("reason") or _say(_("Matched by mistake"))
    return _do("banking.undo", {"id": line_id, "reason": reason}, None, _("The match is taken back."))


@pages.post("/<int:account_id>/match")
@permission("banking.match_all")
def match_all(account_id: int) -> ResponseReturnValue:
    """Ask for the job that matches what is certain."""
    said = _("What is certain is being matched. Load the page again in a moment.")
    return _do("banking.match_all", {"id": account_id}, None, said)
