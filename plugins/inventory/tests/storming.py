"""A process that forks others, each of which sets goods aside as fast as it can and writes down what it was promised.

``python storming.py DATABASE FOLDER PROCESSES ROUND OUT``: every process asks for random quantities of random products
until all of them are refused, delivers some of what it got, gives some back, and writes what it holds.
"""

import json
import os
import random
import sys
import time
from decimal import Decimal
from pathlib import Path

from backoffice_products.api import Demand, GoodsDocument, Movement

from backoffice.core.configuration import Configuration
from backoffice.core.errors import RuleBroken
from backoffice.core.office import Backoffice
from backoffice.core.testing.offices import desk_of

PLUGINS = frozenset({"parties", "products", "inventory"})


def asked(desk, hook, **arguments):
    """Ask a hook in a transaction of its own."""
    return desk.run(lambda session: session.hooks.first(hook, session=session, **arguments))


def storm(desk, me, chance, products):
    """Set aside, deliver and give back until nothing is left; return what is held and what left, by product."""
    held, left, refused, wrong = {}, {}, 0, []
    n = 0
    while refused < 6:
        n += 1
        key = f"{me}-{n}"
        some = chance.sample(products, 3)
        wanted = [(f"{key}:{i}", product, chance.randrange(1, 8)) for i, product in enumerate(some)]
        demands = [Demand(name, product, Decimal(quantity)) for name, product, quantity in wanted]
        try:
            asked(desk, "products_reserve", source="storm", demands=demands, partially=False, until=None)
        except RuleBroken:
            refused += 1
            continue
        except Exception as error:
            wrong.append(f"{error!r} {getattr(error, 'why', '')} {error.__cause__!r}"[:400])
            break
        what = chance.random()
        if what < 0.2:
            asked(desk, "products_release", source="storm", keys=[name for name, _p, _q in wanted])
            continue
        sums = held
        if what < 0.5:
            day = desk.office.clock.now().date()
            movements = [Movement(name, product, Decimal(quantity), demand=name) for name, product, quantity in wanted]
            chance.shuffle(movements)
            asked(desk, "products_move", document=GoodsDocument("storm", key, "delivery", day), movements=movements)
            sums = left
        for _name, product, quantity in wanted:
            sums[product] = sums.get(product, 0) + quantity
    for product in products:
        sweep(desk, f"{me}-{product}", product, held, wrong)
    return {"held": held, "left": left, "wrong": wrong}


def sweep(desk, key, product, held, wrong):
    """Take the last of a product, one by one."""
    for n in range(1, 1000):
        demand = Demand(key, product, Decimal(n))
        try:
            asked(desk, "products_reserve", source="storm", demands=[demand], partially=False, until=None)
        except RuleBroken:
            return
        except Exception as error:
            wrong.append(f"{error!r} {getattr(error, 'why', '')} {error.__cause__!r}"[:400])
            return
        held[product] = held.get(product, 0) + 1


def main(database, folder, processes, seed, out):
    """Fork the processes, let them begin at one moment, and wait."""
    office = Backoffice(Configuration(database=database, folder=Path(folder), requests_per_minute=0), only=PLUGINS)
    office.start()
    desk = desk_of(office)
    with desk.reading() as session:
        import sqlalchemy as sa
        from backoffice_products.api import Product

        products = list(session.scalars(sa.select(Product.id).order_by(Product.id)))
    office.database.close()
    begin, pids = time.time() + 0.5, []
    for number in range(int(processes)):
        pid = os.fork()
        if pid == 0:
            chance = random.Random(f"{seed}-{number}")
            time.sleep(max(0, begin - time.time()))
            try:
                said = storm(desk, f"{seed}-{number}", chance, products)
            except BaseException as error:
                said = {"held": {}, "left": {}, "wrong": [repr(error)]}
            Path(out, f"{seed}-{number}.json").write_text(json.dumps(said))
            os._exit(0)
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
