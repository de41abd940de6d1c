"""Posting: entries of two lines through the office, validated, permitted, numbered, audited, with stored balances.

Beside the driver writing rows statement by statement, and beside Tryton where ``--tryton`` names a folder for it. One a
transaction, and a hundred through the vectorised form of ``execute_many``.
"""

import books
import driver
import measuring
import tryton_peer


def measure(options, folder):
    """Print a line for each database, number to a transaction, and peer."""
    with measuring.databases(options, folder) as databases:
        for dialect, address in databases:
            office, desk = books.make(address("office"), folder)
            books.relax(office, options.synchronous)
            floor = driver.floor(dialect, address("floor"), options.synchronous)
            _beside_the_driver(options, dialect, office, desk, floor)
            if options.tryton is not None:
                _beside_tryton(options, dialect, desk, tryton_peer.Tryton(options.tryton, dialect, address))
            office.close()


class Poster:
    """Posts one or many entries, each another one."""

    def __init__(self, desk):
        self.desk, self.last = desk, 0

    def one(self):
        """Post one in a transaction of its own."""
        self.last += 1
        self.desk.execute("accounting.post_entry", books.this_month(self.last))

    def hundred(self):
        """Post a hundred in one transaction."""
        some = [books.this_month(self.last + n) for n in range(1, 101)]
        self.last += 100
        self.desk.execute_many("accounting.post_entry", some, per_transaction=100)


def _beside_the_driver(options, dialect, office, desk, floor):
    poster, seconds = Poster(desk), options.seconds
    for _ in range(20):
        poster.one(), poster.hundred(), floor.post(1), floor.post(100)
    books.analysed(office)
    for count, post in ((1, poster.one), (100, poster.hundred)):
        found = measuring.alternate(
            options.rounds,
            office=lambda post=post, count=count: measuring.rate(post, count, seconds),
            floor=lambda count=count: measuring.rate(lambda: floor.post(count), count, seconds),
        )
        measuring.emit(
            f"posting/{dialect}/{count}", "entries/s", found["office"], found["floor"], floor="driver",
            synchronous=options.synchronous if dialect == "sqlite" else "on",
        )  # fmt: skip


def _beside_tryton(options, dialect, desk, peer):
    poster = Poster(desk)
    with peer:
        for count, post in ((1, poster.one), (100, poster.hundred)):
            found = measuring.alternate(
                options.rounds,
                office=lambda post=post, count=count: measuring.rate(post, count, options.seconds),
                tryton=lambda count=count: peer.rate(count, options.seconds),
            )
            measuring.emit(
                f"posting/{dialect}/{count}/tryton", "entries/s", found["office"], found["tryton"], floor=peer.version
            )
