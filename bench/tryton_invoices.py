"""Runs inside Tryton's own environment: prepares a company that invoices, or issues invoices when a line says so.

`tryton_invoices.py prepare|serve CONFIGURATION DATABASE DIALECT`; each invoice has three lines that bear one tax, and
is created, taxed and posted through Tryton's own models. Its locks are taken up front, once they are known.
"""

import copy
import datetime
import json
import sys
import time
from decimal import Decimal

WHAT, CONFIGURATION, DATABASE, DIALECT = sys.argv[1:5]
TODAY = datetime.date.today()
PARTIES = 100


def prepare():
    """Make a company with its chart, this year, a tax, terms of payment, and customers."""
    from proteus import config as connection
    from trytond.config import config

    config.update_etc(CONFIGURATION)
    url = f"sqlite:///{DATABASE}" if DIALECT == "sqlite" else f"postgresql:///{DATABASE}"
    here = connection.set_trytond(url, user="admin", config_file=CONFIGURATION)
    from proteus import Model
    from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, create_tax
    from trytond.modules.account_invoice.tests.tools import create_payment_term, set_fiscalyear_invoice_sequences
    from trytond.modules.company.tests.tools import create_company, get_company

    create_company()
    company = get_company()
    here._context = Model.get("res.user").get_preferences(True, {})
    here._context["company"] = company.id
    create_chart(company)
    whole = (datetime.date(TODAY.year, 1, 1), datetime.date(TODAY.year, 12, 31))
    set_fiscalyear_invoice_sequences(create_fiscalyear(company, today=whole)).click("create_period")
    create_tax(Decimal("0.10")).save()
    create_payment_term().save()
    for n in range(PARTIES):
        party = Model.get("party.party")(name=f"Customer {n}")
        party.addresses.new(city="Riyadh")
        party.save()


class Invoicing:
    """Creates and posts invoices in committed transactions."""

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
            self.head, self.line = self._values()
            named = self.pool.get("party.party").search([("name", "like", "Customer %")])
            self.parties = [(party.id, party.addresses[0].id) for party in named]

    def _values(self):
        find, company = self.pool.get, self.company
        account = find("account.account")
        receivable = account.search([("type.receivable", "=", True), ("closed", "=", False)], limit=1)[0].id
        revenue = account.search([("type.revenue", "=", True), ("closed", "=", False)], limit=1)[0].id
        currency = find("company.company")(company).currency.id
        tax = find("account.tax").search([])[0].id
        head = {
            "type": "out", "company": company, "currency": currency, "account": receivable, "invoice_date": TODAY,
            "journal": find("account.journal").search([("type", "=", "revenue")], limit=1)[0].id,
            "payment_term": find("account.invoice.payment_term").search([])[0].id,
        }  # fmt: skip
        line = {
            "type": "line", "account": revenue, "quantity": 2.0, "unit_price": Decimal(40), "currency": currency,
            "company": company, "taxes": [("add", [tax])],
        }  # fmt: skip
        return head, line

    def start(self, **more):
        """Begin a transaction of the administrator."""
        context = {"company": self.company, "language": "en"}
        return self.Transaction().start(DATABASE, self.user, context=context, **more)

    def invoice(self, n):
        """Return the values of the ``n``-th invoice."""
        party, address = self.parties[n % len(self.parties)]
        lines = [{**self.line, "description": f"Line {k}"} for k in range(3)]
        return {**self.head, "party": party, "invoice_address": address, "lines": [("create", lines)]}

    def issue(self, count):
        """Create and post so many in one transaction, again with the lock it asks for as its server does."""
        extras = copy.deepcopy(self.kept)
        while True:
            try:
                with self.start(**extras):
                    model = self.pool.get("account.invoice")
                    made = model.create([self.invoice(self.last + n) for n in range(count)])
                    model.update_taxes(made)
                    model.post(made)
                break
            except self.TransactionError as error:
                error.fix(extras)
                error.fix(self.kept)
        self.last += count


def serve():
    """Issue for as long as each line of the input says, and print how many a second."""
    invoicing = Invoicing()
    for line in sys.stdin:
        count, seconds = json.loads(line)
        done, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            invoicing.issue(count)
            done += count
        print(done / (time.perf_counter() - began), flush=True)


prepare() if WHAT == "prepare" else serve()
