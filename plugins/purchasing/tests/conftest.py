"""An office with products and suppliers, made once; each test makes its own orders."""

import pytest

from backoffice.core.testing.offices import Offices, desk_of
from backoffice.core.users import setup

ONLY = ["parties", "products", "taxes", "purchasing"]


def supplied(office):
    """Make units, products, suppliers and their prices; a second person who may approve."""
    desk = desk_of(office)
    desk.execute("products.install_units")
    for code, kind, cost in (("TEA", "storable", "4"), ("CUP", "storable", "2"), ("FREIGHT", "service", "50")):
        desk.execute("products.product.create", code=code, name=code.title(), kind=kind, unit="pc", cost=cost)
    for code in ("LEAF", "POTTER"):
        desk.execute("parties.party.create", code=code, name=code.title(), supplier=True, country="GB")
    for party, least, price in (("LEAF", "0", "4.20"), ("LEAF", "100", "3.90"), ("POTTER", "0", "4.10")):
        desk.execute(
            "purchasing.price.create", product="TEA", party=party, price=price, least=least, lead_days=7,
            supplier_code=f"{party}-1", sequence=10 if party == "LEAF" else 20,
        )  # fmt: skip
    with office.database.system() as session, session.begin():
        setup.create_user(
            session, organization_id=desk.user.organization_id, username="second", name="Second",
            roles=["core.administrator"], company_id=desk.context.company_id,
        )  # fmt: skip


@pytest.fixture(scope="session")
def sqlite_office(tmp_path_factory):
    folder = tmp_path_factory.mktemp("offices") / "purchasing"
    folder.mkdir()
    made = Offices("sqlite", folder, None).make(only=ONLY, prepare=supplied)
    yield made
    made.close()


@pytest.fixture
def buyer(sqlite_office):
    return Buyer(desk_of(sqlite_office))


class Buyer:
    """Somebody who buys: short ways to say what tests say often."""

    def __init__(self, desk):
        self.desk = desk
        self.before = self._last()

    def do(self, verb, /, **arguments):
        return self.desk.execute(f"purchasing.{verb}", arguments)

    def order(self, *lines, confirm=True, party="LEAF", **head):
        """Return the id of an order of ``(item, quantity)`` or ``(item, quantity, price)``."""
        said = [
            {"product": item, "quantity": str(quantity), **({"unit_price": str(price[0])} if price else {})}
            for item, quantity, *price in lines
        ]
        made = self.do("order.create", party=party, date="2026-01-15", lines=said, **head)
        if confirm:
            self.do("confirm_order", id=made["id"])
        return made["id"]

    def get(self, id_):
        with self.desk.reading(fresh=True) as session:
            from backoffice_purchasing.models import Order

            found = session.get(Order, id_)
            _ = [line.id for line in found.lines]
            return found

    def progress(self, id_, place=0):
        from backoffice_purchasing.models import Order
        from backoffice_purchasing.orders import progress_of

        with self.desk.reading(fresh=True) as session:
            return list(progress_of(session, session.get(Order, id_)).values())[place]

    def chosen(self, id_, *quantities, price=None):
        lines = zip(self.get(id_).lines, quantities, strict=False)
        return [
            {"line": place, "quantity": str(q), **({"unit_price": str(price)} if price else {})}
            for place, (_line, q) in enumerate(lines, start=1)
        ]

    def said(self, name):
        """Return the facts of the events called ``name`` that this test made."""
        import sqlalchemy as sa

        from backoffice.core.events.models import EventRow

        with self.desk.reading(fresh=True) as session:
            rows = session.scalars(
                sa.select(EventRow).where(EventRow.name == name, EventRow.id > self.before).order_by(EventRow.id)
            )
            return [row.facts for row in rows]

    def _last(self):
        import sqlalchemy as sa

        from backoffice.core.events.models import EventRow

        with self.desk.reading(fresh=True) as session:
            return session.scalar(sa.select(sa.func.max(EventRow.id))) or 0


@pytest.fixture
def desk(offices):
    """On both databases, for what can differ there."""
    return desk_of(offices.make(only=ONLY, prepare=supplied))
