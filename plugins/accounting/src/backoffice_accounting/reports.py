"""Reports of the books: trial balance, general ledger, journal. Each reads a snapshot and gives a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from backoffice_parties.models import Party

from backoffice.core.api import (
    Company,
    InvalidInput,
    NotFound,
    Read,
    Session,
    among,
    format_date,
    round_amount,
    translate,
)
from backoffice.hookspecs import Column, Link, Row, Table, messages

from .balances import NOTHING, Standing, Sums, ahead, as_of
from .currencies import NAME, CompanyName, company_name, name_company
from .dimensions.sets import sets_with
from .models import Account, Entry, Journal, Line
from .posting import ZERO
from .statements.figures import Asked, companies_of, rates_to, sums_at

_ = messages("accounting")


def name_in(record: Any, language: str) -> str:
    """Return the name of a record in ``language``, or its plain name where it has none there."""
    return _name(record.name, record.translations, language)


def _name(name: str, others: Mapping[str, Mapping[str, Any]] | None, language: str) -> str:
    return str(others.get(language, {}).get("name") or name) if others else name


def _check(first: date | None, until: date) -> None:
    if first is not None and first > until:
        said = _("The report would end before it begins.")
        raise InvalidInput(said, fields={"until": [said]})


def _span(session: Session, first: date | None, until: date) -> str:
    """Return what the table covers, for its subtitle."""
    language = session.context.language
    said = _("{company}, until {until}") if first is None else _("{company}, {first} to {until}")
    company = company_name(session)
    shown = {"until": format_date(until, language=language)}
    if first is not None:
        shown["first"] = format_date(first, language=language)
    return translate(said.with_values(company=name_in(company, language), **shown), language)


NO_SUMS: Standing = {}

# -- trial balance ---------------------------------------------------------------------------------------------------


def trial_balance(
    session: Session,
    *,
    until: date | None = None,
    dimension_value_id: int | None = None,
    all_companies: bool = False,
    currency: str | None = None,
    **span: Any,
) -> Table:
    """Return the balance of every account at the end of ``until``; with ``from`` what moved since, and from where.

    Its columns add up to the same on both sides. Figures come from stored balances and the lines of at most one period
    at each end. ``dimension_value_id`` keeps to lines that bear the value; with ``all_companies`` accounts of one code
    stand together; ``currency`` is what amounts are shown in, at the rate of the last day.
    """
    until, from_date = until or session.today(), span.get("from")
    _check(from_date, until)
    sets = sets_with(session, [dimension_value_id]) if dimension_value_id is not None else None
    asked = Asked(companies_of(session, all_companies), sets)
    days = [until] if from_date is None else [until, from_date - timedelta(days=1)]
    with Read.ahead(session, *_of_balances(session, asked, days)):
        closing, opening = (*sums_at(session, asked, days), NO_SUMS)[:2]
        accounts = _by_code(session, asked.companies, closing.keys() | opening.keys())
        company_name(session)
    target = currency or company_name(session).currency
    if all_companies or currency is not None:
        rates = rates_to(session, asked.companies, target, until)
        closing, opening = (_shown_in(session, sums, asked, rates, target) for sums in (closing, opening))
    language = session.context.language
    span = {"until": until} if from_date is None else {"until": until, "from": from_date}
    rows = []
    for same in accounts:
        id_, code, name, others = same[0]
        after = closing.get(id_, NOTHING) if len(same) == 1 else _of_all(closing, same)
        figures = _balance(after) if from_date is None else _moved(_of_all(opening, same), after)
        cells = (code, _name(name, others, language) if others else name, *figures)
        rows.append(Row(cells, link=_ledger_link(id_, span) if len(same) == 1 else None))
    columns = _columns(_MOVED if from_date is not None else _BALANCE, target)
    return Table(columns, rows, title=_("Trial balance"), subtitle=_span(session, from_date, until))


def _of_balances(session: Session, asked: Asked, days: Sequence[date]) -> Iterator[tuple[Read, dict[str, Any]]]:
    """Yield what a trial balance of one company reads, so that it travels together."""
    if list(asked.companies) == [session.company_id]:
        yield from ahead(session, days, set_ids=asked.set_ids)
        yield _ALL_ACCOUNTS, {"companies": [session.company_id]}
        yield NAME, {"company": session.company_id}


def _shown_in(
    session: Session, sums: Mapping[int, Sums], asked: Asked, rates: Mapping[int, Decimal], target: str
) -> dict[int, Sums]:
    of = {row[0]: row[1] for row in _COMPANY_OF.rows(session, companies=list(asked.companies))}

    def shown(amount: Decimal, id_: int) -> Decimal:
        rate = rates.get(of[id_], Decimal(1))
        return amount if rate == 1 else round_amount(amount * rate, target)

    return {id_: Sums(shown(one.debit, id_), shown(one.credit, id_)) for id_, one in sums.items()}


_COMPANY_OF = Read(sa.select(Account.id, Account.company_id).where(among(Account.company_id, "companies")))


def _of_all(sums: Standing, accounts: Sequence[tuple[Any, ...]]) -> Sums:
    return sum((sums.get(account[0], NOTHING) for account in accounts), NOTHING)


def _by_code(session: Session, companies: Sequence[int], ids: Set[int]) -> Iterable[Sequence[tuple[Any, ...]]]:
    """Return the accounts that were ever posted to, by code, those of one code together: id, code and names."""
    rows = [row for row in _ALL_ACCOUNTS.rows(session, companies=list(companies)) if row[0] in ids]
    if len(companies) == 1:
        return [(row,) for row in rows]
    found: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        found.setdefault(row[1], []).append(row)
    return found.values()


_NAMES = (Column("code", _("Account"), "code"), Column("name", _("Name")))
_BALANCE = (
    *_NAMES,
    Column("debit", _("Debit"), "money", total=True),
    Column("credit", _("Credit"), "money", total=True),
)
_MOVED = (
    *_NAMES,
    Column("opening", _("Opening"), "money", total=True),
    Column("debit", _("Debit"), "money", total=True),
    Column("credit", _("Credit"), "money", total=True),
    Column("closing", _("Closing"), "money", total=True),
)


def _columns(columns: Sequence[Column], currency: str) -> list[Column]:
    return [
        Column(c.name, c.label, c.kind, total=c.total, currency=currency if c.kind == "money" else "") for c in columns
    ]


def _balance(closing: Sums) -> tuple[Decimal | None, Decimal | None]:
    balance = closing.debit - closing.credit
    return (balance, None) if balance >= 0 else (None, -balance)


def _moved(opening: Sums, closing: Sums) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    moved = closing - opening
    return (opening.balance, moved.debit, moved.credit, closing.balance)


class AccountName(NamedTuple):
    """An account as reports name it."""

    id: int
    code: str
    name: str
    translations: Mapping[str, Mapping[str, Any]] | None


_NAMED = sa.select(Account.id, Account.code, Account.name, Account.translations)
_ALL_ACCOUNTS = Read(_NAMED.where(among(Account.company_id, "companies")).order_by(Account.code, Account.id))
_ONE_ACCOUNT = Read(
    _NAMED.add_columns(Company.name, Company.translations, Company.currency)
    .join(Company, Company.id == Account.company_id)
    .where(Account.company_id == sa.bindparam("company"), Account.id == sa.bindparam("account"))
)


def _ledger_link(account_id: int, span: Mapping[str, date]) -> Link:
    return Link(report="accounting.general_ledger", parameters={"account": account_id, **span})


# -- general ledger --------------------------------------------------------------------------------------------------


def general_ledger(
    session: Session,
    *,
    account_id: int,
    until: date | None = None,
    party_id: int | None = None,
    dimension_value_id: int | None = None,
    **span: Any,
) -> Table:
    """Return every posted line of an account with the balance after it, from ``from`` to ``until``.

    ``party_id`` keeps to the lines of one party, ``dimension_value_id`` to those that bear the value.
    """
    until, from_date = until or session.today(), span.get("from")
    _check(from_date, until)
    language = session.context.language
    sets = sets_with(session, [dimension_value_id]) if dimension_value_id is not None else None
    kept = {**({} if party_id is None else {"party": party_id}), **({} if sets is None else {"sets": sets})}
    asked = {"account": account_id, "until": until, **kept, **({} if from_date is None else {"first": from_date})}
    lines = _lines_of(from_date is not None, "party" in kept, "sets" in kept)
    with Read.ahead(session, *_of_ledger(session, account_id, from_date if not kept else None), (lines, asked)):
        account = _account(session, account_id)
        before = _opening(session, account.id, from_date, kept)
        found = lines.rows(session, **asked)
    parties = party_names(session, {row[3] for row in found}, language)
    opening = translate(_("Opening balance"), language)
    head = Row((from_date, None, None, None, opening, None, None, before), style="head")
    rows = _ledger_rows(found, parties, before)
    after = rows[-1].cells[-1] if rows else before
    debit = sum([row[6] for row in found if row[6] > ZERO], ZERO)
    return Table(
        _columns(_LEDGER, company_name(session).currency),
        [head, *rows],
        title=f"{account.code} · {name_in(account, language)}",
        subtitle=_span(session, from_date, until),
        totals=("", "", "", "", translate(_("Total"), language), debit, debit - (after - before), after),
    )


def _of_ledger(session: Session, account_id: int, first: date | None) -> list[tuple[Read, dict[str, Any]]]:
    """Return what a ledger reads beside its lines, so that it travels together."""
    own = {"company": session.company_id}
    opening = [] if first is None else ahead(session, [first - timedelta(days=1)], account_id)
    return [(_ONE_ACCOUNT, {**own, "account": account_id}), *opening]


_LEDGER = (
    Column("date", _("Date"), "date"),
    Column("number", _("Number"), "code"),
    Column("reference", _("Reference"), "code"),
    Column("party", _("Party")),
    Column("description", _("Description")),
    Column("debit", _("Debit"), "money"),
    Column("credit", _("Credit"), "money"),
    Column("balance", _("Balance"), "money"),
)


def _account(session: Session, account_id: int) -> AccountName:
    """Return an account of the session's company, and know that company's name as well."""
    found = _ONE_ACCOUNT.first(session, company=session.company_id, account=account_id)
    if found is None:
        raise NotFound(_("There is no such account in this company."), remedy=_("Choose one of the chart."))
    name_company(session, CompanyName(*found[4:]))
    return AccountName(*found[:4])


def _opening(session: Session, account_id: int, first: date | None, kept: Mapping[str, Any]) -> Decimal:
    if first is None:
        return ZERO
    if not kept:
        return as_of(session, first - timedelta(days=1), account_id).get(account_id, NOTHING).balance
    statement = (
        sa.select(sa.func.sum(Line.amount))
        .join(Entry, Entry.id == Line.entry_id)
        .where(Line.account_id == account_id, Line.date < first, Entry.state == "posted")
    )
    if "party" in kept:
        statement = statement.where(Line.party_id == kept["party"])
    if "sets" in kept:
        statement = statement.where(Line.dimension_set_id.in_(kept["sets"]))
    total: Decimal | None = session.scalar(statement)
    return total or ZERO


def _ledger_rows(found: Iterable[tuple[Any, ...]], parties: Mapping[int | None, str], balance: Decimal) -> list[Row]:
    """Return the rows of lines in their order, each with the balance after it."""
    rows = []
    for day, number, reference, party, described, text, amount, entry_id in found:
        balance += amount
        debit, credit = (amount, None) if amount >= ZERO else (None, -amount)
        who = parties.get(party, "") if party else ""
        cells = (day, number, reference or "", who, described or text, debit, credit, balance)
        rows.append(Row(cells, link=Link("accounting.entry", entry_id)))
    return rows


@cache
def _lines_of(since: bool, of_party: bool, of_sets: bool) -> Read:
    """Return the read of the posted lines of an account, from a day or the beginning, of whom is asked for."""
    statement = (
        sa.select(Line.date, Entry.number, Entry.reference, Line.party_id, Line.description, Entry.description,
                  Line.amount, Line.entry_id)
        .join(Entry, Entry.id == Line.entry_id)
        .where(
            Line.account_id == sa.bindparam("account"), Line.date <= sa.bindparam("until"), Entry.state == "posted"
        )
        .order_by(Line.date, Line.id)
    )  # fmt: skip
    if since:
        statement = statement.where(Line.date >= sa.bindparam("first"))
    if of_party:
        statement = statement.where(Line.party_id == sa.bindparam("party"))
    if of_sets:
        statement = statement.where(among(Line.dimension_set_id, "sets"))
    return Read(statement)


def _sides(amount: Decimal) -> tuple[Decimal | None, Decimal | None]:
    return (amount, None) if amount >= 0 else (None, -amount)


def party_names(session: Session, ids: Iterable[int | None], language: str) -> dict[int | None, str]:
    """Return what the parties with these ids are called in ``language``."""
    wanted = sorted(id_ for id_ in ids if id_ is not None)
    rows = _PARTIES.rows(session, ids=wanted) if wanted else ()
    return {id_: _name(name, others, language) for id_, name, others in rows}


_PARTIES = Read(sa.select(Party.id, Party.name, Party.translations).where(among(Party.id, "ids")))


# -- journal ---------------------------------------------------------------------------------------------------------


def journal(session: Session, *, until: date | None = None, journal_id: int | None = None, **span: Any) -> Table:
    """Return the posted entries with their lines, in the order of their dates and numbers, of one journal or of all.

    Without ``from`` it begins with the month of ``until``.
    """
    until = until or session.today()
    from_date = span.get("from") or until.replace(day=1)
    _check(from_date, until)
    language = session.context.language
    rows = list(_journal_rows(session, from_date, until, journal_id, language))
    lines = [row.cells for row in rows if row.level]
    return Table(
        _columns(_JOURNAL, company_name(session).currency),
        rows,
        title=_journal_title(session, journal_id, language),
        subtitle=_span(session, from_date, until),
        totals=(
            "", "", "", translate(_("Total"), language),
            sum((cells[4] for cells in lines if cells[4]), ZERO), sum((cells[5] for cells in lines if cells[5]), ZERO),
        ),
    )  # fmt: skip


_JOURNAL = (
    Column("date", _("Date"), "date"),
    Column("number", _("Number"), "code"),
    Column("account", _("Account"), "code"),
    Column("description", _("Description")),
    Column("debit", _("Debit"), "money"),
    Column("credit", _("Credit"), "money"),
)


def _journal_title(session: Session, journal_id: int | None, language: str) -> str:
    if journal_id is None:
        return _("Journal")
    found = session.get(Journal, journal_id)
    if found is None or found.company_id != session.company_id:
        raise NotFound(_("There is no such journal in this company."))
    return name_in(found, language)


def _journal_rows(session: Session, first: date, until: date, journal_id: int | None, language: str) -> Iterator[Row]:
    statement = (
        sa.select(Entry.id, Entry.date, Entry.number, Entry.description.label("text"), Entry.reference,
                  Line.account_id, Line.description, Line.amount)
        .join(Line, Line.entry_id == Entry.id)
        .where(Entry.company_id == session.company_id, Entry.state == "posted", Entry.date.between(first, until))
        .order_by(Entry.date, Entry.id, Line.id)
    )  # fmt: skip
    if journal_id is not None:
        statement = statement.where(Entry.journal_id == journal_id)
    accounts = _account_names(session, language)
    current = None
    for row in session.execute(statement):
        if row.id != current:
            current = row.id
            said = " · ".join(part for part in (row.text, row.reference) if part)
            yield Row(
                (row.date, row.number, "", said, None, None),
                style="head",
                link=Link(resource="accounting.entry", id=row.id),
            )
        code, name = accounts[row.account_id]
        text = f"{name} · {row.description}" if row.description else name
        yield Row((None, "", code, text, *_sides(row.amount)), level=1)


def _account_names(session: Session, language: str) -> Mapping[int, tuple[str, str]]:
    rows = session.execute(
        sa.select(Account.id, Account.code, Account.name, Account.translations).where(
            Account.company_id == session.company_id
        )
    )
    return {row.id: (row.code, name_in(row, language)) for row in rows}
