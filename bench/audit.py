"""The audit log: verifying all of it beside hashing it, and what sealing beside posting costs posting.

``--million`` verifies a million rows as well as some ten thousand.
"""

import threading
from hashlib import sha256

import books
import measuring
from posting import Poster

from backoffice.core.audit.sealing import seal
from backoffice.core.audit.verifying import verify
from backoffice.core.persistence.context import Context


def measure(options, folder):
    """Print the lines for each database."""
    sizes = [20_000, 1_000_000] if options.million else [20_000]
    with measuring.databases(options, folder) as databases:
        for dialect, address in databases:
            for rows in sizes:
                place = folder / f"{dialect}{rows}"
                place.mkdir()
                office, desk = books.make(address(f"audit{rows}"), place)
                _verifying(options, dialect, office, desk, rows)
                if rows == sizes[0]:
                    _sealing(options, dialect, office, desk)
                office.close()


def _verifying(options, dialect, office, desk, rows):
    books.fill(office, desk, rows // 4)  # an entry, its lines, and that it was posted
    while seal(office, 10_000):
        pass
    seen = []
    found = measuring.alternate(
        options.rounds,
        verify=lambda: measuring.took(lambda: seen.append(verify(office))),
        hashing=lambda: _hashing(office),
    )
    if any(one.findings for one in seen):
        raise SystemExit("The audit log is not sound.")
    measuring.emit(
        f"audit/{dialect}/verify/{rows}",
        "s",
        found["verify"],
        found["hashing"],
        floor="hashing payloads and leaves",
        better="less",
    )


def _hashing(office):
    """Return the seconds it takes to read every payload and leaf with the driver and to hash both."""
    from backoffice.core.audit.leaves import leaf_sql

    leaf = leaf_sql(office.database.dialect, "a")

    def everything():
        with office.database.read_engine.connect() as connection:
            options = {"stream_results": True, "max_row_buffer": 5000}
            text = f"SELECT {leaf}, a.salt || a.payload FROM core_audit AS a ORDER BY a.id"
            for some in connection.execution_options(**options).exec_driver_sql(text).partitions(5000):
                for written, payload in some:
                    sha256(payload.encode()).digest()
                    sha256(b"\0" + written.encode()).digest()

    return measuring.took(everything)


def _sealing(options, dialect, office, desk):
    poster = Poster(desk)
    sealed = []

    def sealing():
        ended = threading.Event()
        beside = threading.Thread(target=_seal_until, args=(office, ended, sealed))
        beside.start()
        try:
            return measuring.rate(poster.one, 1, options.seconds)
        finally:
            ended.set()
            beside.join()

    found = measuring.alternate(
        options.rounds, sealing=sealing, alone=lambda: measuring.rate(poster.one, 1, options.seconds)
    )
    measuring.emit(
        f"audit/{dialect}/sealing",
        "entries/s",
        found["sealing"],
        found["alone"],
        floor="posting without a sealer",
        behind=_behind(office),
    )


def _seal_until(office, ended, sealed):
    """Seal each second, as the worker does."""
    while not ended.wait(1):
        sealed.append(seal(office))


def _behind(office):
    """Return how many rows are not sealed after one more turn of the sealer."""
    while seal(office, 10_000):
        pass
    with office.database.system(Context(organization_id=None, channel="system")) as session:
        from sqlalchemy import func, select

        from backoffice.core.audit.models import AuditRow, Seal

        return session.scalar(select(func.count()).select_from(AuditRow)) - session.scalar(
            select(func.count()).select_from(Seal)
        )
