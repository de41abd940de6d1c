"""Whatever happens to goods by chance comes out as in a plain count of it: quantities, places and first-in-first-out.

The plain count keeps a list of what happened and values it from the beginning, in the order of days, each time.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import sqlalchemy as sa
from backoffice_inventory.models import Balance, Worth
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from backoffice.core.testing.offices import desk_of

from .conftest import PLUGINS, THOROUGH, MovingClock, Stockroom, with_places

D = Decimal
ZERO = D(0)
TODAY = 200
EXAMPLES, STEPS = (150, 40) if THOROUGH else (4, 12)


def cents(amount):
    return amount.quantize(D("0.01"), ROUND_HALF_UP)


@dataclass
class Happened:
    """Goods that came (above zero) or left, with their cost where it is known by itself."""

    n: int
    day: date
    place: str
    quantity: Decimal
    cost: Decimal = ZERO
    of: int | None = None
    document: int = 0
    extra: list[Decimal] = field(default_factory=list)
    fixed: bool = False
    """Something else stands on it, so that it is not taken back here."""


class NotThere(Exception):
    """More would have left on some day than was there."""


class Plain:
    """What happened, and what it comes to."""

    def __init__(self, happened=(), moved=()):
        self.happened, self.moved = list(happened), dict(moved)

    def there(self, place):
        return sum((one.quantity for one in self.happened if one.place == place), self.moved.get(place, ZERO))

    def move(self, origin, target, quantity):
        """Move goods between places, which does not change what they are worth."""
        self.moved[origin] = self.moved.get(origin, ZERO) - quantity
        self.moved[target] = self.moved.get(target, ZERO) + quantity

    def came_back(self, n):
        return sum((abs(one.quantity) for one in self.happened if one.of == n), ZERO)

    def worth(self):
        """Return quantity and value of all of it, first in, first out."""
        layers, out, back = [], {}, {}
        for one in sorted(self.happened, key=lambda each: (each.day, each.n)):
            if one.quantity > 0:
                cost = one.cost + sum(one.extra, ZERO) if one.of is None else self.share(one, out, back)
                layers.append([one.n, one.quantity, cost])
                continue
            wanted, value = -one.quantity, ZERO
            own = [layer for layer in layers if layer[0] == one.of]
            for layer in [*own, *(each for each in layers if each not in own)]:
                some = min(wanted, layer[1])
                part = layer[2] if some == layer[1] else cents(layer[2] * some / layer[1])
                layer[1], layer[2] = layer[1] - some, layer[2] - part
                wanted, value = wanted - some, value + part
            layers = [layer for layer in layers if layer[1]]
            if wanted:
                raise NotThere
            out[one.n] = (-one.quantity, value)
        return sum((layer[1] for layer in layers), ZERO), sum((layer[2] for layer in layers), ZERO)

    def share(self, one, out, back):
        """Return what goods that come back bring of what they left with; the last of them bring the rest."""
        quantity, value = back.get(one.of) or out[one.of]
        share = value if one.quantity >= quantity else cents(value * one.quantity / quantity)
        back[one.of] = (quantity - one.quantity, value - share)
        return share

    def could(self, *more, without=()):
        """Return the plain count with more in it, or nothing where goods would leave that are not there."""
        made = Plain([*(one for one in self.happened if one not in without), *more], self.moved)
        try:
            made.worth()
        except NotThere:
            return None
        return made if min(made.there("A"), made.there("B")) >= 0 else None


QUANTITY = st.integers(1, 20).map(D)
COST = st.integers(1, 5000).map(lambda n: D(n) / 100)
BACK = st.integers(0, 25)
PLACE = st.sampled_from(["A", "B"])


class Machine(RuleBasedStateMachine):
    """The warehouse beside the plain count."""

    room = None

    def __init__(self):
        super().__init__()
        self.desk = self.room.desk
        self.today = self.desk.office.clock.day(TODAY)
        self.code = self.room.product(method="fifo")
        self.plain, self.n, self.costs = Plain(), 0, {}
        for name in "AB":
            self.desk.execute("inventory.place.create", code=self.place(name), name=name, kind="internal")

    def place(self, name):
        return f"{self.code}{name}"

    def day(self, back):
        return self.today - timedelta(back)

    def next(self, day, place, quantity, **more):
        self.n += 1
        return Happened(self.n, day, place, quantity, **more)

    def line(self, quantity, **more):
        return [{"product": self.code, "quantity": str(quantity), **more}]

    def some(self, data, *, came):
        """Return something that came in by itself, or that left, of which nothing was taken back."""
        sign = 1 if came else -1
        found = [one for one in self.plain.happened if one.quantity * sign > 0 and one.of is None and one.document]
        return data.draw(st.sampled_from(found)) if found else None

    @rule(quantity=QUANTITY, cost=COST, back=BACK, place=PLACE)
    def receive(self, quantity, cost, back, place):
        one = self.next(self.day(back), place, quantity, cost=cents(quantity * cost))
        said = self.room.receive(self.code, str(quantity), str(cost), date=str(one.day), to=self.place(place))
        one.document = said["id"]
        self.plain.happened.append(one)

    @rule(quantity=QUANTITY, back=BACK, place=PLACE)
    def deliver(self, quantity, back, place):
        one = self.next(self.day(back), place, -quantity)
        if made := self.plain.could(one):
            extra = {"date": str(one.day), "from": self.place(place)}
            one.document = self.room.deliver(self.code, str(quantity), **extra)["id"]
            self.plain = made

    @rule(data=st.data(), quantity=QUANTITY)
    def take_goods_back(self, data, quantity):
        left = self.some(data, came=False)
        if left is None or quantity > -left.quantity - self.plain.came_back(left.n):
            return
        one = self.next(self.today, left.place, quantity, of=left.n)
        lines = self.line(quantity)
        self.desk.execute("inventory.return_goods", id=left.document, lines=lines, to=self.place(left.place))
        left.fixed = True
        self.plain.happened.append(one)

    @rule(data=st.data(), quantity=QUANTITY)
    def return_to_supplier(self, data, quantity):
        came = self.some(data, came=True)
        if came is None or quantity > came.quantity - self.plain.came_back(came.n):
            return
        one = self.next(self.today, came.place, -quantity, of=came.n)
        if made := self.plain.could(one):
            self.desk.execute("inventory.return_goods", id=came.document, lines=self.line(quantity))
            came.fixed = True
            self.plain = made

    @rule(quantity=QUANTITY, back=BACK, place=PLACE)
    def transfer(self, quantity, back, place):
        other = "B" if place == "A" else "A"
        if self.plain.there(place) < quantity:
            return
        ends = {"from": self.place(place), "to": self.place(other)}
        self.desk.execute("inventory.transfer", **ends, lines=self.line(quantity), date=str(self.day(back)))
        self.plain.move(place, other, quantity)

    @rule(found=st.integers(0, 40).map(D), place=PLACE)
    def count(self, found, place):
        there = self.plain.there(place)
        if found == there:
            return
        one = self.next(self.today, place, found - there)
        made = self.plain.could(one)
        if made is None:
            return
        before = self.worth()[1]
        sheet = self.desk.execute("inventory.begin_count", place=self.place(place))["id"]
        lines = [{"product": self.code, "counted": str(found)}]
        self.desk.execute("inventory.write_count", id=sheet, lines=lines)
        self.desk.execute("inventory.post_count", id=sheet)
        if found > there:
            one.cost = self.worth()[1] - before  # a surplus is valued at the last cost, which is written down
        self.plain = made

    @rule(data=st.data(), amount=COST)
    def add_landed_cost(self, data, amount):
        came = self.some(data, came=True)
        if came is None:
            return
        made = self.desk.execute(
            "inventory.landed_cost.create", date=str(self.today), receipts=[{"receipt": came.document}],
            lines=[{"amount": str(amount), "by": "quantity"}],
        )  # fmt: skip
        self.desk.execute("inventory.post_landed_cost", id=made["id"])
        came.extra.append(amount)
        came.fixed = True
        self.costs[made["id"]] = (came, amount)

    @precondition(lambda self: self.costs)
    @rule(data=st.data())
    def cancel_landed_cost(self, data):
        id_ = data.draw(st.sampled_from(sorted(self.costs)))
        came, amount = self.costs.pop(id_)
        self.desk.execute("inventory.cancel_landed_cost", id=id_)
        came.extra.append(-amount)

    @rule(data=st.data(), came=st.booleans())
    def cancel(self, data, came):
        one = self.some(data, came=came)
        if one is None or one.fixed:
            return
        if made := self.plain.could(without=[one]):
            self.desk.execute("inventory.reverse", id=one.document, reason="by chance")
            self.plain = made

    def worth(self):
        with self.desk.reading() as session:
            asked = sa.select(Worth.quantity, Worth.value).where(Worth.product_id == self.room.id(self.code))
            return tuple(session.execute(asked).first() or (ZERO, ZERO))

    @invariant()
    def it_is_as_plainly_counted(self):
        assert self.worth() == self.plain.worth()
        with self.desk.reading() as session:
            rows = session.execute(
                sa.select(Balance.place_id, Balance.on_hand).where(Balance.product_id == self.room.id(self.code))
            ).all()
        names = {self.desk.get("inventory.place", self.place(name)).id: name for name in "AB"}
        stored = {names[row.place_id]: row.on_hand for row in rows}
        for name in "AB":
            assert stored.get(name, ZERO) == self.plain.there(name)

    def teardown(self):
        said = self.desk.execute("inventory.check")
        assert said["right"], said["drift"]


def test_whatever_happens_by_chance_comes_out_as_plainly_counted(offices):
    desk = desk_of(offices.make(only=PLUGINS, prepare=with_places, clock=MovingClock()))

    class InThisOffice(Machine):
        room = Stockroom(desk)

    chosen = settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None)
    run_state_machine_as_test(InThisOffice, settings=chosen)
