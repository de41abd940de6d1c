"""Reports of banks: the reconciliation of one account, and the balances of all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import sqlalchemy as sa

from backoffice.core.api import InvalidInput, Session, format_date, translate
from backoffice.hookspecs import Column, Link, Row, Table, messages

from . import books
from .importing import last_statement
from .matching import ZERO
from .models import BankAccount, Line, Statement
from .proposing import left_of

_ = messages("banking")


def reconciliation(session: Session, *, account_id: int, until: date | None = None) -> Table:
    """Return the balance of the books, what the bank does not know yet, what the books do not, and the bank's balance.

    Whatever remains unexplained stands on a line of its own: an opening balance that was never booked, say.
    """
    account = session.get(BankAccount, account_id)
    if account is None:
        said = _("There is no such bank account.")
        raise InvalidInput(said, fields={"account": [said]})
    last = _statement_until(session, account, until)
    day = until or (last.last_date if last is not None else session.today())
    rows = list(_rows(session, account, day, (last.closing if last is not None else None) or ZERO))
    language = session.context.language
    columns = (
        Column("date", _("Date"), "date"),
        Column("number", _("Number"), "code"),
        Column("description", _("Description")),
        Column("amount", _("Amount"), "money", currency=account.currency),
    )
    subtitle = translate(
        _("{account}, on {day}").with_values(account=account.name, day=format_date(day, language=language)), language
    )
    return Table(columns, rows, title=account.name, subtitle=subtitle)


def _statement_until(session: Session, account: BankAccount, until: date | None) -> Statement | None:
    if until is None:
        return last_statement(session, account)
    asked = (
        sa.select(Statement)
        .where(
            Statement.bank_account_id == account.id, Statement.closing.is_not(None), Statement.kind != "notice",
            Statement.last_date <= until,
        )
        .order_by(Statement.last_date.desc(), Statement.id.desc())
        .limit(1)
    )  # fmt: skip
    return session.scalars(asked).first()


def _rows(session: Session, account: BankAccount, day: date, closing: Decimal) -> Iterator[Row]:
    language = session.context.language

    def said(text: str) -> str:
        return translate(text, language)

    in_books = books.balance(session, account, day)
    yield Row((day, "", said(_("Balance in the books")), in_books), style="head")
    begun = _begun(session, account)
    booked = [one for one in books.outstanding(session, account, day) if begun is None or one.date >= begun]
    yield from (
        Row((one.date, one.number, one.description, -one.amount), level=1,
            link=Link(resource="accounting.entry", id=one.entry_id))
        for one in booked
    )  # fmt: skip
    not_at_bank = -sum((one.amount for one in booked), ZERO)
    yield Row((None, "", said(_("Booked, but not at the bank yet")), not_at_bank), style="total")
    lines = _lines_left(session, account, day)
    left = left_of(session, lines)
    yield from (
        Row((one.date, "", one.description or one.party_name or "", left[one.id]), level=1,
            link=Link(resource="banking.line", id=one.id))
        for one in lines
    )  # fmt: skip
    not_in_books = sum(left.values(), ZERO)
    yield Row((None, "", said(_("At the bank, but not booked yet")), not_in_books), style="total")
    rest = closing - (in_books + not_at_bank + not_in_books)
    if rest:
        yield Row((None, "", said(_("Not explained, such as an opening balance that was not booked")), rest))
    yield Row((day, "", said(_("Balance at the bank")), closing), style="total")


def _begun(session: Session, account: BankAccount) -> date | None:
    """Return the first day the bank told of, where its balance was that of the books when that day began.

    The bank knows everything from before then, such as the balance the books were opened with.
    """
    asked = sa.select(Statement).where(
        Statement.bank_account_id == account.id, Statement.opening.is_not(None), Statement.kind != "notice"
    )
    first = session.scalars(asked.order_by(Statement.first_date, Statement.id).limit(1)).first()
    if first is None or books.balance(session, account, first.first_date - timedelta(days=1)) != first.opening:
        return None
    return first.first_date


def _lines_left(session: Session, account: BankAccount, day: date) -> list[Line]:
    asked = sa.select(Line).where(
        Line.bank_account_id == account.id, Line.state.in_(("open", "ignored")), Line.date <= day
    )
    return list(session.scalars(asked.order_by(Line.date, Line.id)))


def balances(session: Session) -> Table:
    """Return every bank account with the bank's balance, that of the books, and how many lines wait."""
    accounts = session.scalars(sa.select(BankAccount).where(BankAccount.active).order_by(BankAccount.code)).all()
    waiting = dict(
        session.execute(
            sa.select(Line.bank_account_id, sa.func.count(Line.id))
            .where(Line.state == "open")
            .group_by(Line.bank_account_id)
        ).all()
    )
    rows = [_balance_row(session, account, waiting.get(account.id, 0)) for account in accounts]
    columns = (
        Column("code", _("Code"), "code"),
        Column("name", _("Name")),
        Column("currency", _("Currency"), "code"),
        Column("until", _("Last statement"), "date"),
        Column("bank", _("Balance at the bank"), "money"),
        Column("books", _("Balance in the books"), "money"),
        Column("waiting", _("Lines to do"), "integer"),
    )
    return Table(columns, rows)


def _balance_row(session: Session, account: BankAccount, waiting: int) -> Row:
    last = last_statement(session, account)
    return Row(
        (account.code, account.name, account.currency, last.last_date if last else None, last.closing if last else None,
         books.balance(session, account), waiting),
        link=Link(report="banking.reconciliation", parameters={"account": account.id}),
    )  # fmt: skip
