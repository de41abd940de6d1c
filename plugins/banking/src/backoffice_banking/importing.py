"""Take the statements of a file into the company's bank accounts: checked, followed up, nothing twice."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa

from backoffice.core.api import Company, RuleBroken, Session, fold, isolate
from backoffice.hookspecs import messages

from .models import BankAccount, CsvFormat, Line, Statement
from .reading import CsvMapping, Reading, ReadLine, ReadStatement, Unreadable, read, recognise
from .reading.words import number as compact

_ = messages("banking")

CHUNK: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one statement."""

    statement_id: int
    account: str
    count: int
    repeated: int
    total: Decimal


def take_in(
    session: Session, data: bytes, *, name: str = "", account: BankAccount | None = None,
    mapping: CsvFormat | None = None, follow_on: bool = True,
) -> tuple[Reading, list[Taken]]:  # fmt: skip
    """Take the statements of a file in, all or none.

    ``account`` is where files go that name none; ``follow_on`` demands that a statement opens with what the one before
    closed with. Raises :class:`~.reading.Unreadable` for a file that cannot be read, and
    :class:`~backoffice.core.api.RuleBroken` for one that does not agree with itself, with the account or with the
    statement before, or that was taken in already.
    """
    mark = hashlib.sha256(data).hexdigest()
    _refuse_same_file(session, mark)
    reading = _read(data, account, mapping)
    _check(reading)
    found = _accounts(session, reading, account)
    taken = [
        _take(session, one, where, reading.format, name, mark, follow_on)
        for one, where in zip(reading.statements, found, strict=True)
        if one.lines or one.closing is not None
    ]
    return reading, taken


def _refuse_same_file(session: Session, mark: str) -> None:
    known = session.scalars(sa.select(Statement).where(Statement.file_hash == mark).limit(1)).first()
    if known is not None:
        raise RuleBroken(
            _("This file was taken in already."),
            why=_("It holds statement {number} until {day}.").with_values(
                number=known.number or known.id, day=known.last_date.isoformat()
            ),
        )


def _read(data: bytes, account: BankAccount | None, mapping: CsvFormat | None) -> Reading:
    chosen = mapping or (account.mapping if account is not None else None)
    if recognise(data) == "csv" and chosen is None:
        raise Unreadable(
            _("This file cannot be read as a bank statement."),
            why=_("CSV is read with a mapping that says which column is what."),
            remedy=_("Choose the bank account, and give it a mapping."),
            fields={"mapping": [_("Choose a mapping.")]},
        )
    return read(data, mapping=mapping_of(chosen) if chosen is not None else None)


def mapping_of(record: CsvFormat) -> CsvMapping:
    """Return a saved mapping as the reader takes it."""
    parts: dict[str, Any] = {
        name: getattr(record, name) or None
        for name in (
            "amount", "money_in", "money_out", "sign", "value_date", "party_name", "party_account", "reference",
            "bank_reference", "check_number", "balance", "currency", "account",
        )
    }  # fmt: skip
    words: dict[str, Any] = {"out_words": _listed(record.out_words)} if record.out_words else {}
    return CsvMapping(
        date=record.date, description=_listed(record.description), date_format=record.date_format or "",
        decimal_mark=record.decimal_mark, delimiter=record.delimiter or "", encoding=record.encoding or "",
        skip=record.skip, head=record.head, inverted=record.inverted, **parts, **words,
    )  # fmt: skip


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _check(reading: Reading) -> None:
    """Refuse a file whose statements do not agree with themselves."""
    if not reading.statements:
        raise Unreadable(_("This file cannot be read as a bank statement."), why=_("It holds no statement."))
    for n, one in enumerate(reading.statements, 1):
        problems = list(one.problems())
        if problems:
            raise RuleBroken(
                _("Statement {number} of this file is not right.").with_values(number=one.number or n),
                why=problems[0],
                remedy=_("Ask the bank for the file again."),
                fields={"file": problems},
            )


# -- which account ---------------------------------------------------------------------------------------------------


def _accounts(session: Session, reading: Reading, given: BankAccount | None) -> list[BankAccount]:
    known = list(session.scalars(sa.select(BankAccount).where(BankAccount.active)))
    return [_account(session, one, known, given, len(reading.statements)) for one in reading.statements]


def _account(
    session: Session, one: ReadStatement, known: Sequence[BankAccount], given: BankAccount | None, count: int
) -> BankAccount:
    told = _plain(one.account)
    matching = [each for each in known if told and _same(_plain(each.number), told)]
    if given is not None and (not matching or given in matching):
        if told and given.number and not _same(_plain(given.number), told) and (count > 1 or _is_iban(told)):
            raise _unknown(one, _("It is of another account than the one chosen."))
        return _in_currency(given, one)
    if len(matching) != 1:
        raise _unknown(one, _("None of your bank accounts has this number.") if told else _("It names no account."))
    return _in_currency(matching[0], one)


def _plain(text: str | None) -> str:
    return "".join(letter for letter in (compact(text) or "").upper() if letter.isalnum())


def _is_iban(text: str) -> bool:
    return len(text) > 14 and text[:2].isalpha()


def _same(own: str, told: str) -> bool:
    """Tell whether two numbers are of one account: a bank may write the end of an IBAN alone."""
    if not own or not told:
        return False
    short, long = sorted((own.lstrip("0"), told.lstrip("0")), key=len)
    return short == long or (len(short) >= 6 and long.endswith(short))


def _unknown(one: ReadStatement, why: str) -> RuleBroken:
    return RuleBroken(
        _("No bank account was found for {number}.").with_values(number=isolate(one.account or "?")),
        why=why,
        remedy=_("Write the number on the bank account, or choose the account."),
        fields={"account": [why]},
    )


def _in_currency(account: BankAccount, one: ReadStatement) -> BankAccount:
    if one.currency and one.currency != account.currency:
        said = _("The statement is in {one}, the account in {other}.")
        raise RuleBroken(
            said.with_values(one=one.currency, other=account.currency),
            remedy=_("Choose the account that is kept in this currency."),
        )
    return account


def currency_of(session: Session, given: str | None) -> str:
    """Return a currency, the company's when none is given."""
    if given:
        return given.upper()
    company = session.get(Company, session.company_id)
    return company.currency if company is not None else ""


# -- one statement ---------------------------------------------------------------------------------------------------


def _take(
    session: Session, one: ReadStatement, account: BankAccount, format_: str, name: str, mark: str, follow_on: bool
) -> Taken:
    before = last_statement(session, account)
    continues = _continues(one, before)
    rows = _rows(one, account)
    fresh = _fresh(session, account, rows, mark if continues else "")
    repeated = len(rows) - len(fresh)
    if not fresh and rows:
        raise RuleBroken(
            _("Everything on this statement was taken in already."),
            why=_("All of its {count} lines are there.").with_values(count=len(rows)),
        )
    opening, closing = _balances(one, before, fresh, repeated)
    if follow_on:
        _check_before(one, before, opening, closing, fresh)
    statement = Statement(
        bank_account_id=account.id, number=one.number, kind=one.kind, currency=account.currency, opening=opening,
        closing=closing, count=len(fresh), repeated=repeated, format=format_, file_name=name[:200] or None,
        file_hash=mark, first_date=one.first_date or one.last_date, last_date=one.last_date or one.first_date,
    )  # fmt: skip
    session.add(statement)
    session.flush()
    session.write_rows(Line, [{**row, "statement_id": statement.id} for row in fresh])
    total = sum((row["amount"] for row in fresh), Decimal(0))
    session.emit("banking.statement_imported", statement, account=account.code, count=len(fresh), repeated=repeated,
                 until=statement.last_date, closing=closing, currency=account.currency)  # fmt: skip
    return Taken(statement_id=statement.id, account=account.code, count=len(fresh), repeated=repeated, total=total)


def last_statement(session: Session, account: BankAccount) -> Statement | None:
    """Return the latest statement of ``account`` that tells a closing balance."""
    asked = (
        sa.select(Statement)
        .where(Statement.bank_account_id == account.id, Statement.closing.is_not(None), Statement.kind != "notice")
        .order_by(Statement.last_date.desc(), Statement.id.desc())
        .limit(1)
    )
    return session.scalars(asked).first()


def _continues(one: ReadStatement, before: Statement | None) -> bool:
    """Tell whether the statement begins where the one before ended, so that nothing on it can be a repetition."""
    if before is None or one.opening is None or one.kind != "statement":
        return False
    return one.opening == before.closing and bool(one.first_date and one.first_date >= before.last_date)


def _rows(one: ReadStatement, account: BankAccount) -> list[dict[str, Any]]:
    seen: Counter[str] = Counter()
    rows = []
    for line in one.lines:
        mark = identity(line)
        rows.append(_row(line, account, f"{mark}.{seen[mark]}"))
        seen[mark] += 1
    return rows


def identity(line: ReadLine) -> str:
    """Return what makes a booking the same in every file: the bank's reference with day and amount, or all of it."""
    if line.bank_reference:
        said: tuple[Any, ...] = ("ref", line.bank_reference)
    else:
        said = (line.value_date, fold(line.description)[:60], fold(line.party_name or ""), line.reference)
    whole = repr((line.date, format(line.amount.normalize(), "f"), *said))
    return hashlib.sha256(whole.encode()).hexdigest()[:40]


def _row(line: ReadLine, account: BankAccount, mark: str) -> dict[str, Any]:
    texts = (line.description, line.party_name, line.party_account, line.reference)
    return {
        "bank_account_id": account.id, "date": line.date, "value_date": line.value_date, "amount": line.amount,
        "currency": account.currency, "description": line.description[:1000],
        "party_name": (line.party_name or "")[:200] or None, "party_account": (line.party_account or "")[:40] or None,
        "party_bank": (line.party_bank or "")[:40] or None, "reference": (line.reference or "")[:140] or None,
        "end_to_end": (line.end_to_end or "")[:80] or None, "mandate": (line.mandate or "")[:80] or None,
        "bank_reference": (line.bank_reference or "")[:140] or None,
        "check_number": (line.check_number or "")[:40] or None, "code": (line.code or "")[:60] or None,
        "charges": line.charges, "original_amount": line.original_amount, "original_currency": line.original_currency,
        "exchange_rate": line.exchange_rate, "details": [_detail(one) for one in line.details] or None,
        "identity": mark, "state": "open" if line.amount else "ignored", "note": None,
        "search_key": fold(" ".join(filter(None, texts))),
    }  # fmt: skip


def _detail(one: Any) -> dict[str, Any]:
    return {
        name: format(value, "f") if isinstance(value, Decimal) else value
        for name, value in asdict(one).items()
        if value not in (None, "")
    }


def _fresh(session: Session, account: BankAccount, rows: Sequence[dict[str, Any]], mark: str) -> list[dict[str, Any]]:
    """Return the rows that are not there yet.

    ``mark`` is that of a file in which nothing can be a repetition: rows like known ones get identities of their own.
    """
    known = _known(session, account, [row["identity"] for row in rows])
    if not mark:
        return [row for row in rows if row["identity"] not in known]
    refs = {row["identity"] for row in rows if row["bank_reference"]} & known
    return [
        {**row, "identity": f"{row['identity']}+{mark[:12]}{n}"} if row["identity"] in known else row
        for n, row in enumerate(rows)
        if row["identity"] not in refs
    ]


def _known(session: Session, account: BankAccount, marks: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(marks), CHUNK):
        asked = sa.select(Line.identity).where(
            Line.bank_account_id == account.id, Line.identity.in_(marks[start : start + CHUNK])
        )
        found.update(session.scalars(asked))
    return found


def _balances(
    one: ReadStatement, before: Statement | None, fresh: Sequence[dict[str, Any]], repeated: int
) -> tuple[Decimal | None, Decimal | None]:
    """Return the balances of what is new: an overlap begins where the statement before ended."""
    total = sum((row["amount"] for row in fresh), Decimal(0))
    if one.kind == "notice":
        return None, None
    opening = one.opening
    if (opening is None or repeated) and before is not None:
        opening = before.closing
    closing = one.closing
    if closing is None:
        return opening, opening + total if opening is not None else None
    return (closing - total if opening is None else opening), closing


def _check_before(
    one: ReadStatement, before: Statement | None, opening: Decimal | None, closing: Decimal | None,
    fresh: Sequence[dict[str, Any]],
) -> None:  # fmt: skip
    """Refuse a statement that does not follow the one before: something between the two is missing."""
    if before is None or opening is None or closing is None or one.kind == "notice":
        return
    if before.last_date > (one.last_date or date.max):
        return
    total = sum((row["amount"] for row in fresh), Decimal(0))
    if opening != before.closing or opening + total != closing:
        raise RuleBroken(
            _("This statement does not follow the one before."),
            why=_("The one before closed with {before}; this one opens with {opening}, its new lines come to {total}, "
                  "and it closes with {closing}.").with_values(
                before=format(before.closing or Decimal(0), "f"), opening=format(opening, "f"),
                total=format(total, "f"), closing=format(closing, "f"),
            ),
            remedy=_("Take in what is missing first, or take this one in without this check."),
        )  # fmt: skip
