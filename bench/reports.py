"""Reports as the history grows: trial balance, balance sheet, what customers owe, a page of the general ledger.

Beside a bare query of the driver for the same stored rows, and beside themselves at the smallest size: no report may
take longer because the books are older. Days inside a month are asked for as well as its end, and twelve months beside
each other. ``--million`` measures a million lines as well as ten thousand.
"""

import sqlite3
from datetime import date
from decimal import Decimal

import books
import measuring
import sqlalchemy as sa

PAGE = 200
"""Lines of the page, all in December, which holds nothing else."""

BALANCE = """SELECT b.account_id, sum(b.debit), sum(b.credit) FROM accounting_balance b
JOIN accounting_period p ON p.id = b.period_id
WHERE b.organization_id = 1 AND b.company_id = 1 AND p.end_date <= '2026-12-31' GROUP BY b.account_id"""
DAYS = """SELECT account_id, sum(debit), sum(credit) FROM accounting_day_balance
WHERE organization_id = 1 AND company_id = 1 AND date BETWEEN '2026-06-01' AND '2026-06-17' AND set_key = 0
GROUP BY account_id"""
OPEN = """SELECT party_id, coalesce(due_date, date), sum(open_in_books) FROM accounting_open_item
WHERE organization_id = 1 AND company_id = 1 AND open AND date <= '2026-12-31' GROUP BY 1, 2"""
CUSTOMERS, OWED = 100, 2_000
"""How many owe how many items, whatever the size of the books; one entry in two hundred was paid."""

LEDGER = """SELECT l.date, e.number, e.reference, l.party_id, l.description, e.description, l.amount, l.entry_id
FROM accounting_line l JOIN accounting_entry e ON e.id = l.entry_id
WHERE l.organization_id = 1 AND l.account_id = {account} AND l.date >= '2026-12-01' AND l.date <= '2026-12-31'
AND e.state = 'posted' ORDER BY l.date, l.id"""


def measure(options, folder):
    """Print a line for each database, report and size."""
    sizes = [10_000, 1_000_000] if options.million else [10_000]
    with measuring.databases(options, folder) as databases:
        for dialect, address in databases:
            first = {}
            for lines in sizes:
                office, desk = books.make(address(f"reports{lines}"), folder)
                account = _fill(office, desk, lines)
                _measure(options, dialect, lines, office, desk, account, first)
                office.close()


def _fill(office, desk, lines):
    """Fill January to November, and December with one page of lines on one account; return its id."""
    entries = (lines - 2 * PAGE) // 2
    for start in range(0, entries, 10_000):
        some = [_before_december(n) for n in range(start, min(start + 10_000, entries))]
        desk.execute_many("accounting.post_entry", some, per_transaction=1000)
    _owe(desk, lines // 400)
    page = [{**books.entry(n * books.ACCOUNTS), "date": f"2026-12-{1 + n % 28:02d}"} for n in range(PAGE)]
    desk.execute_many("accounting.post_entry", page)
    books.analysed(office)
    return desk.get("accounting.account", "1000").id


def _owe(desk, paid):
    """Let customers owe what they always do, and have paid more the older the books are."""
    desk.execute("accounting.account.create", code="1900", name="Customers", type="asset", subtype="receivable")
    customers = [{"name": f"Customer {n}", "customer": True} for n in range(CUSTOMERS)]
    desk.execute_many("parties.party.create", customers, per_transaction=CUSTOMERS)
    desk.execute_many("accounting.post_entry", [_owed(n, "debit") for n in range(OWED)], per_transaction=1000)
    for start in range(0, paid, 100):
        desk.run(lambda session, start=start: _pay(session, range(start, min(start + 100, paid))))


def _owed(n, side):
    made = _before_december(n)
    other = made["lines"][1]
    mine = {"account": "1900", "party": 1 + n % CUSTOMERS, side: other["credit"]}
    return {**made, "lines": [mine, {"account": other["account"], "credit": other["credit"]}]}


def _pay(session, numbers):
    """Post what customers owed and what they paid of it, which settle each other by the words both bear."""
    from backoffice_accounting.api import EntryDraft, LineDraft, account_for, first_of, post_many

    owed, journal = account_for(session, "receivable"), first_of(session, "general").id
    amount = Decimal(100)

    def draft(n, sign):
        theirs = LineDraft(account_id=owed, amount=amount * sign, party_id=1 + n % CUSTOMERS, match_key=f"order {n}")
        own = LineDraft(account_id=1 + n % books.ACCOUNTS, amount=-amount * sign)
        return EntryDraft(date=date(2026, 1 + n % 11, 1 + n % 28), journal_id=journal, lines=(theirs, own))

    post_many(session, [draft(n, sign) for n in numbers for sign in (1, -1)])


def _before_december(n):
    return {**books.entry(n), "date": f"2026-{1 + n % 11:02d}-{1 + n % 28:02d}"}


def _measure(options, dialect, lines, office, desk, account, first):
    ask, year_end = desk.report, date(2026, 12, 31)
    december = {"account": account, "from": date(2026, 12, 1), "until": year_end}
    year = {"from": date(2026, 1, 1), "until": year_end, "compare": "months"}
    turns = {
        "trial_balance": (lambda: ask("accounting.trial_balance", until=year_end), BALANCE),
        "trial_balance_inside_a_month": (lambda: ask("accounting.trial_balance", until=date(2026, 6, 17)), DAYS),
        "general_ledger": (lambda: ask("accounting.general_ledger", december), LEDGER.format(account=account)),
        "balance_sheet": (lambda: ask("accounting.balance_sheet", until=year_end), BALANCE),
        "balance_sheet_inside_a_month": (lambda: ask("accounting.balance_sheet", until=date(2026, 6, 17)), DAYS),
        "twelve_months": (lambda: ask("accounting.profit_and_loss", year), BALANCE),
        "aged_receivables": (lambda: ask("accounting.aged_receivables", until=year_end), OPEN),
    }
    bare = _driver(office)
    for name, (report, query) in turns.items():
        found = measuring.alternate(
            max(options.rounds, 7),
            report=lambda report=report: measuring.took(report, times=5) * 1000,
            bare=lambda query=query: measuring.took(lambda: bare(query), times=5) * 1000,
        )
        least = min(found["report"])
        measuring.emit(
            f"reports/{dialect}/{name}/{lines}", "ms", found["report"], found["bare"], floor="a bare query",
            better="less", of_the_smallest=round(least / first.setdefault(name, least), 2),
        )  # fmt: skip


def _driver(office):
    url = sa.make_url(office.configuration.database)
    if office.database.dialect == "sqlite":
        connection = sqlite3.connect(url.database)
    else:
        import psycopg

        connection = psycopg.connect(
            url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
        )
    return lambda query: connection.execute(query).fetchall()
