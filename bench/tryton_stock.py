"""Runs inside Tryton's own environment: prepares goods valued first in, first out, or moves them when a line says so.

A number above zero receives so many, below zero issues.
"""

from decimal import Decimal

import tryton_frame as frame

PRODUCTS = 100


def prepare():
    """Make a company, and products valued first in, first out."""
    frame.make_company()
    from proteus import Model

    [unit] = Model.get("product.uom").find([("name", "=", "Unit")])
    for n in range(PRODUCTS):
        template = Model.get("product.template")()
        template.name, template.default_uom, template.type = f"Product {n}", unit, "goods"
        template.list_price, template.cost_price_method = Decimal(40), "fifo"
        template.products[0].cost_price = Decimal(8)
        template.save()


class Moving(frame.Work):
    """Moves goods in and out."""

    def learn(self):
        """Look up the products, their unit, the places and the currency."""
        self.last = {True: 0, False: 0}
        self.products = [p.id for p in self.pool.get("product.product").search([])]
        self.unit = self.pool.get("product.uom").search([("symbol", "=", "u")])[0].id
        places = self.pool.get("stock.location")
        self.places = {code: places.search([("code", "=", code)])[0].id for code in ("SUP", "CUS", "STO")}
        self.currency = self.pool.get("company.company")(self.company).currency.id

    def values(self, n, out):
        """Return the values of the ``n``-th move in or out."""
        return {
            "product": self.products[n % len(self.products)], "unit": self.unit, "quantity": 1.0 if out else 10.0,
            "from_location": self.places["STO" if out else "SUP"], "to_location": self.places["CUS" if out else "STO"],
            "planned_date": frame.TODAY, "effective_date": frame.TODAY, "company": self.company,
            "currency": self.currency, "unit_price": Decimal(10 + n % 7),
        }  # fmt: skip

    def work(self, count):
        """Receive so many, or issue them."""
        out, many, model = count < 0, abs(count), self.pool.get("stock.move")
        moves = model.create([self.values(self.last[out] + n, out) for n in range(many)])
        if out:
            assert model.assign_try(moves)
        model.do(moves)
        self.last[out] += many


frame.run(prepare, Moving)
