"""An office with products, a customer and no tax set-up, copied for each test; a way to make goods counted."""

import pytest

from backoffice.core.testing.offices import desk_of

ONLY = ["parties", "products", "taxes", "sales"]


def stocked(office):
    """Make units, products of every kind, a service, and customers."""
    desk = desk_of(office)
    desk.execute("products.install_units")
    for code, name, name_ar, kind, price in (
        ("TEA", "Green tea", "شاي أخضر", "storable", "10"),
        ("CUP", "Cup", "كوب", "storable", "4"),
        ("POT", "Teapot", "إبريق شاي", "storable", "25.50"),
        ("GIFT", "Gift wrapping", "تغليف هدايا", "service", "3"),
    ):
        desk.execute(
            "products.product.create", code=code, name=name, name_ar=name_ar, kind=kind, unit="pc", list_price=price,
            currency="GBP",
        )  # fmt: skip
    desk.execute("parties.party.create", code="HOTEL", name="Harbour Hotel", name_ar="فندق المرفأ", customer=True,
                 country="GB")  # fmt: skip
    desk.execute("parties.party.create", code="CAFE", name="Café Riyadh", customer=True, country="SA", language="ar")


@pytest.fixture
def office(offices):
    return offices.make(only=ONLY, prepare=stocked)


@pytest.fixture
def desk(office):
    return desk_of(office)


@pytest.fixture(scope="session")
def sqlite_office(tmp_path_factory):
    """One office on SQLite for all tests of what is the same on both; each makes its own orders."""
    from backoffice.core.testing.offices import Offices

    folder = tmp_path_factory.mktemp("offices") / "one"
    folder.mkdir()
    made = Offices("sqlite", folder, None).make(only=ONLY, prepare=stocked)
    yield made
    made.close()


@pytest.fixture
def seller(sqlite_office):
    return Seller(desk_of(sqlite_office))


@pytest.fixture(scope="session")
def counted(tmp_path_factory):
    """An office where goods are counted."""
    from backoffice.core.testing.offices import Offices

    folder = tmp_path_factory.mktemp("counted") / "one"
    folder.mkdir()
    only = ["parties", "products", "taxes", "sales", "inventory"]
    made = Offices("sqlite", folder, None).make(only=only, prepare=stocked)
    yield made
    made.close()


@pytest.fixture
def keeper(counted):
    return Seller(desk_of(counted))


class Seller:
    """Somebody who sells: short ways to say what tests say often."""

    def __init__(self, desk):
        self.desk = desk
        self.before = self._last()

    def do(self, verb, /, **arguments):
        return self.desk.execute(f"sales.{verb}", arguments)

    def order(self, *lines, confirm=True, **head):
        """Return the id of an order of ``(item, quantity)`` or ``(item, quantity, price)``."""
        head = {"party": "HOTEL", "date": "2026-01-15", **head}
        made = self.do("order.create", **head, lines=[self.line(*line) for line in lines])
        if confirm:
            self.do("confirm_order", id=made["id"])
        return made["id"]

    @staticmethod
    def line(item, quantity, price=None, **more):
        line = {"product": item, "quantity": str(quantity), **more}
        return {**line, "unit_price": str(price)} if price is not None else line

    def get(self, id_):
        with self.desk.reading() as session:
            from backoffice_sales.models import Order

            found = session.get(Order, id_)
            _ = [line.id for line in found.lines]
            return found

    def lines(self, id_):
        return list(range(1, len(self.get(id_).lines) + 1))

    def progress(self, id_, place=0):
        """Return how far a line is."""
        from backoffice_sales.models import Order
        from backoffice_sales.standing import progress_of

        with self.desk.reading() as session:
            order = session.get(Order, id_)
            return list(progress_of(session, order).values())[place]

    def ship(self, id_, *quantities, **more):
        lines = [{"line": line, "quantity": str(q)} for line, q in zip(self.lines(id_), quantities, strict=False) if q]
        return self.do("ship_order", id=id_, lines=lines, **more)

    def bring_back(self, id_, *quantities, **more):
        lines = [{"line": line, "quantity": str(q)} for line, q in zip(self.lines(id_), quantities, strict=False) if q]
        return self.do("return_goods", id=id_, lines=lines, reason="Broken", **more)

    def said(self, name):
        """Return the facts of the events called ``name`` that this test made."""
        import sqlalchemy as sa

        from backoffice.core.events.models import EventRow

        with self.desk.reading() as session:
            rows = session.scalars(
                sa.select(EventRow).where(EventRow.name == name, EventRow.id > self.before).order_by(EventRow.id)
            )
            return [row.facts for row in rows]

    def _last(self):
        import sqlalchemy as sa

        from backoffice.core.events.models import EventRow

        with self.desk.reading(fresh=True) as session:
            return session.scalar(sa.select(sa.func.max(EventRow.id))) or 0
