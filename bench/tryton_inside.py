"""Runs inside Tryton's own environment: prepares a company's books, or posts entries when a line on the input says so.

`tryton_inside.py prepare|serve CONFIGURATION DATABASE DIALECT`
"""

import copy
import datetime
import json
import sys
import time
from decimal import Decimal

WHAT, CONFIGURATION, DATABASE, DIALECT = sys.argv[1:5]
TODAY = datetime.date.today()


def prepare():
    """Make a company, its chart of accounts, and this year with its periods."""
    from proteus import config as connection
    from trytond.config import config

    config.update_etc(CONFIGURATION)
    url = f"sqlite:///{DATABASE}" if DIALECT == "sqlite" else f"postgresql:///{DATABASE}"
    here = connection.set_trytond(url, user="admin", config_file=CONFIGURATION)
    from proteus import Model
    from trytond.modules.account.tests.tools import create_chart, create_fiscalyear
    from trytond.modules.company.tests.tools import create_company, get_company

    create_company()
    company = get_company()
    here._context = Model.get("res.user").get_preferences(True, {})
    here._context["company"] = company.id
    create_chart(company)
    whole = (datetime.date(TODAY.year, 1, 1), datetime.date(TODAY.year, 12, 31))
    create_fiscalyear(company, today=whole).click("create_period")


class Posting:
    """Creates and posts entries in committed transactions."""

    def __init__(self):
        from trytond.config import config

        config.update_etc(CONFIGURATION)
        from trytond.pool import Pool
        from trytond.transaction import Transaction, TransactionError

        self.Transaction, self.TransactionError = Transaction, TransactionError
        Pool.start()
        self.pool = Pool(DATABASE)
        self.pool.init()
        self.kept, self.last = {}, 0
        with Transaction().start(DATABASE, 0, readonly=True):
            self.user = self.pool.get("res.user").search([("login", "=", "admin")])[0].id
            self.company = self.pool.get("company.company").search([], limit=1)[0].id
        with self.start():
            wanted = [("type", "!=", None), ("party_required", "=", False), ("closed", "=", False)]
            self.accounts = [a.id for a in self.pool.get("account.account").search(wanted, limit=20)]
            self.journal = self.pool.get("account.journal").search([("type", "=", "general")], limit=1)[0].id
            inside = [("start_date", "<=", TODAY), ("end_date", ">=", TODAY), ("type", "=", "standard")]
            self.period = self.pool.get("account.period").search(inside)[0].id

    def start(self, **more):
        """Begin a transaction of the administrator."""
        context = {"company": self.company, "language": "en"}
        return self.Transaction().start(DATABASE, self.user, context=context, **more)

    def entry(self, n):
        """Return the values of the ``n``-th entry."""
        amount, accounts = Decimal(100 + n % 900), self.accounts
        lines = [
            {"account": accounts[n % len(accounts)], "debit": amount, "credit": Decimal(0)},
            {"account": accounts[(n + 7) % len(accounts)], "debit": Decimal(0), "credit": amount},
        ]
        return {
            "journal": self.journal, "period": self.period, "date": TODAY, "description": f"Entry {n}",
            "lines": [("create", lines)],
        }  # fmt: skip

    def post(self, count):
        """Create and post ``count`` entries in one transaction, again with the lock it asks for as its server does."""
        extras = copy.deepcopy(self.kept)
        while True:
            try:
                with self.start(**extras):
                    move = self.pool.get("account.move")
                    move.post(move.create([self.entry(self.last + n) for n in range(count)]))
                break
            except self.TransactionError as error:
                error.fix(extras)
                error.fix(self.kept)
        self.last += count


def serve():
    """Post for as long as each line of the input says, and print how many a second."""
    posting = Posting()
    for line in sys.stdin:
        count, seconds = json.loads(line)
        done, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            posting.post(count)
            done += count
        print(done / (time.perf_counter() - began), flush=True)


prepare() if WHAT == "prepare" else serve()
