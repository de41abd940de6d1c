"""Reports: the trial balance at the end of a period, and a page of the general ledger, as the history grows.

Beside a bare query of the driver for the same stored rows, and beside themselves at the smallest size: neither report
may take longer because the books are older. ``--million`` measures a million lines as well as ten thousand.
"""

import sqlite3
from datetime import date

import books
import measuring
import sqlalchemy as sa

PAGE = 200
"""Lines of the page, all in December, which holds nothing else."""

BALANCE = """SELECT b.account_id, sum(b.debit), sum(b.credit) FROM accounting_balance b
JOIN accounting_period p ON p.id = b.period_id
WHERE b.organization_id = 1 AND b.company_id = 1 AND p.end_date <= '2026-12-31' GROUP BY b.account_id"""
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
    page = [{**books.entry(n * books.ACCOUNTS), "date": f"2026-12-{1 + n % 28:02d}"} for n in range(PAGE)]
    desk.execute_many("accounting.post_entry", page)
    books.analysed(office)
    return desk.get("accounting.account", "1000").id


def _before_december(n):
    return {**books.entry(n), "date": f"2026-{1 + n % 11:02d}-{1 + n % 28:02d}"}


def _measure(options, dialect, lines, office, desk, account, first):
    turns = {
        "trial_balance": (
            lambda: desk.report("accounting.trial_balance", until=date(2026, 12, 31)), BALANCE,
        ),
        "general_ledger": (
            lambda: desk.report(
                "accounting.general_ledger",
                {"account": account, "from": date(2026, 12, 1), "until": date(2026, 12, 31)},
            ),
            LEDGER.format(account=account),
        ),
    }  # fmt: skip
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
