"""Runs inside Tryton's own environment: prepares a company's books, or posts entries when a line of input says so."""

from decimal import Decimal

import tryton_frame as frame


def prepare():
    """Make a company, its chart of accounts, and this year with its periods."""
    company = frame.make_company()
    from trytond.modules.account.tests.tools import create_chart, create_fiscalyear

    create_chart(company)
    create_fiscalyear(company, today=frame.THIS_YEAR).click("create_period")


class Posting(frame.Work):
    """Creates and posts entries."""

    last = 0

    def learn(self):
        """Look up accounts, the journal and the period of today."""
        wanted = [("type", "!=", None), ("party_required", "=", False), ("closed", "=", False)]
        self.accounts = [a.id for a in self.pool.get("account.account").search(wanted, limit=20)]
        self.journal = self.pool.get("account.journal").search([("type", "=", "general")], limit=1)[0].id
        inside = [("start_date", "<=", frame.TODAY), ("end_date", ">=", frame.TODAY), ("type", "=", "standard")]
        self.period = self.pool.get("account.period").search(inside)[0].id

    def entry(self, n):
        """Return the values of the ``n``-th entry."""
        amount, accounts = Decimal(100 + n % 900), self.accounts
        lines = [
            {"account": accounts[n % len(accounts)], "debit": amount, "credit": Decimal(0)},
            {"account": accounts[(n + 7) % len(accounts)], "debit": Decimal(0), "credit": amount},
        ]
        return {
            "journal": self.journal, "period": self.period, "date": frame.TODAY, "description": f"Entry {n}",
            "lines": [("create", lines)],
        }  # fmt: skip

    def work(self, count):
        """Create and post ``count`` entries."""
        move = self.pool.get("account.move")
        move.post(move.create([self.entry(self.last + n) for n in range(count)]))
        self.last += count


frame.run(prepare, Posting)
