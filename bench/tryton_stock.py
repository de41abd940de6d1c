"""Runs inside Tryton's own environment: prepares goods valued first in, first out, or moves them when a line says so.

`tryton_stock.py prepare|serve CONFIGURATION DATABASE DIALECT`; a number above zero receives so many, below zero issues.
"""

import copy
import datetime
import json
import sys
import time
from decimal import Decimal

WHAT, CONFIGURATION, DATABASE, DIALECT = sys.argv[1:5]
TODAY = datetime.date.today()
PRODUCTS = 100


def prepare():
    """Make a company, and products valued first in, first out."""
    from proteus import config as connection
    from trytond.config import config

    config.update_etc(CONFIGURATION)
    url = f"sqlite:///{DATABASE}" if DIALECT == "sqlite" else f"postgresql:///{DATABASE}"
    here = connection.set_trytond(url, user="admin", config_file=CONFIGURATION)
    from proteus import Model
    from trytond.modules.company.tests.tools import create_company, get_company

    create_company()
    here._context = Model.get("res.user").get_preferences(True, {})
    here._context["company"] = get_company().id
    [unit] = Model.get("product.uom").find([("name", "=", "Unit")])
    for n in range(PRODUCTS):
        template = Model.get("product.template")()
        template.name, template.default_uom, template.type = f"Product {n}", unit, "goods"
        template.list_price, template.cost_price_method = Decimal(40), "fifo"
        template.products[0].cost_price = Decimal(8)
        template.save()


class Moving:
    """Moves goods in committed transactions."""

    def __init__(self):
        from trytond.config import config

        config.update_etc(CONFIGURATION)
        from trytond.pool import Pool
        from trytond.transaction import Transaction, TransactionError

        self.Transaction, self.TransactionError = Transaction, TransactionError
        Pool.start()
        self.pool = Pool(DATABASE)
        self.pool.init()
        self.kept, self.last = {}, {True: 0, False: 0}
        with Transaction().start(DATABASE, 0, readonly=True):
            self.user = self.pool.get("res.user").search([("login", "=", "admin")])[0].id
            self.company = self.pool.get("company.company").search([], limit=1)[0].id
        with self.start():
            self.products = [p.id for p in self.pool.get("product.product").search([])]
            self.unit = self.pool.get("product.uom").search([("symbol", "=", "u")])[0].id
            places = self.pool.get("stock.location")
            self.places = {code: places.search([("code", "=", code)])[0].id for code in ("SUP", "CUS", "STO")}
            self.currency = self.pool.get("company.company")(self.company).currency.id

    def start(self, **more):
        """Begin a transaction of the administrator."""
        context = {"company": self.company, "language": "en"}
        return self.Transaction().start(DATABASE, self.user, context=context, **more)

    def values(self, n, out):
        """Return the values of the ``n``-th move in or out."""
        return {
            "product": self.products[n % len(self.products)], "unit": self.unit, "quantity": 1.0 if out else 10.0,
            "from_location": self.places["STO" if out else "SUP"], "to_location": self.places["CUS" if out else "STO"],
            "planned_date": TODAY, "effective_date": TODAY, "company": self.company, "currency": self.currency,
            "unit_price": Decimal(10 + n % 7),
        }  # fmt: skip

    def move(self, count):
        """Receive so many or issue them in one transaction, again with the lock it asks for as its server does."""
        out, many = count < 0, abs(count)
        extras = copy.deepcopy(self.kept)
        while True:
            try:
                with self.start(**extras):
                    model = self.pool.get("stock.move")
                    moves = model.create([self.values(self.last[out] + n, out) for n in range(many)])
                    if out:
                        assert model.assign_try(moves)
                    model.do(moves)
                break
            except self.TransactionError as error:
                error.fix(extras)
                error.fix(self.kept)
        self.last[out] += many


def serve():
    """Move for as long as each line of the input says, and print how many a second."""
    moving = Moving()
    for line in sys.stdin:
        count, seconds = json.loads(line)
        done, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            moving.move(count)
            done += abs(count)
        print(done / (time.perf_counter() - began), flush=True)


prepare() if WHAT == "prepare" else serve()
