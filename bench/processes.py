"""Posting by 1, 2, 4 and 8 processes at once on PostgreSQL, each into a journal and accounts of its own, beside as many
drivers.

What counts is that the ratio to the driver stays: audit, balances and numbers of different journals wait for nobody.
With more processes than cores it cannot: the driver waits for the disk, which many do at once, and posting computes.
"""

import multiprocessing
import time

import books
import driver
import measuring

PROCESSES = (1, 2, 4, 8)


def measure(options, folder):
    """Print a line for each number of processes."""
    if options.database == "sqlite":
        return
    with measuring.databases(options, folder) as databases:
        for dialect, address in databases:
            if dialect == "postgresql":
                _measure(options, folder, address)


def _measure(options, folder, address):
    there, raw = address("office"), address("floor")
    office, _desk = books.make(there, folder, journals=[f"J{n}" for n in range(max(PROCESSES))])
    driver.floor("postgresql", raw).connection.close()
    first = None
    for count in PROCESSES:
        found = measuring.alternate(
            options.rounds,
            office=lambda count=count: together(count, _post, (there, folder), options.seconds),
            floor=lambda count=count: together(count, _write, (raw,), options.seconds),
        )
        ratio = sorted(a / b for a, b in zip(found["office"], found["floor"], strict=True))[options.rounds // 2]
        first = first or ratio
        measuring.emit(
            f"processes/postgresql/{count}", "entries/s", found["office"], found["floor"], floor="driver",
            of_one_process=round(ratio / first, 3),
        )  # fmt: skip
        books.analysed(office)
    office.close()


def together(count, work, arguments, seconds):
    """Return how many entries a second ``count`` processes post, counted while all of them work."""
    context = multiprocessing.get_context("spawn")
    ready, done = context.Barrier(count), context.Queue()
    running = [
        context.Process(target=_run, args=(work, n, arguments, seconds, ready, done), daemon=True) for n in range(count)
    ]
    for process in running:
        process.start()
    found = sum(done.get(timeout=300) for _ in running)
    for process in running:
        process.join()
    return found


def _run(work, n, arguments, seconds, ready, done):
    turn, close = work(n, *arguments)
    for _ in range(10):
        turn()
    ready.wait()
    done.put(measuring.rate(turn, 1, seconds))
    close()


def _post(n, address, folder):
    from backoffice.core.memory import keep_loaded
    from backoffice.core.testing.offices import desk_of

    office = books.opened(address, folder).start()
    keep_loaded()
    desk, last = desk_of(office), iter(range(10**9))
    accounts = range(n * 12, n * 12 + 12)

    def turn():
        desk.execute("accounting.post_entry", books.this_month(next(last), f"J{n}", accounts))

    return turn, office.close


def _write(n, address):
    floor = driver.OnPostgresql(address, first=time.time_ns() // 1000 * 10 + n * 10**15)
    return (lambda: floor.post(1)), floor.connection.close
