"""Measure the product beside a floor or a peer: `make bench`, `make bench ARGS=posting`, `python bench --help`.

Each figure alternates with what it is compared to in the same run and prints one JSON line. Only ratios within one run
mean anything: the machine, its disk and its other users are the same for both then. Sizes are small by default, so that
everything takes a few minutes; `--million` measures a million lines, and `--seconds` gives each turn longer.
"""

import argparse
import logging
import tempfile
from pathlib import Path

import audit
import bank
import invoices
import orders
import posting
import processes
import reports
import startup
import stock
import structlog
import web

import plugins

BENCHES = {
    "plugins": plugins.measure,
    "orders": orders.measure,
    "posting": posting.measure,
    "invoices": invoices.measure,
    "processes": processes.measure,
    "reports": reports.measure,
    "audit": audit.measure,
    "startup": startup.measure,
    "stock": stock.measure,
    "web": web.measure,
    "bank": bank.measure,
}


def main():
    """Run the benchmarks named on the command line, or all of them."""
    parser = argparse.ArgumentParser(prog="python bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHES)}; all by default")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each turn lasts")
    parser.add_argument("--rounds", type=int, default=3, help="how often the turns alternate")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="on one database alone")
    parser.add_argument("--million", action="store_true", help="measure a million lines as well")
    parser.add_argument("--tryton", type=Path, help="a folder for Tryton as a peer; see tryton_peer.py")
    parser.add_argument("--peers", type=Path, help="a folder with gunicorn and the peers of web, not build/peers")
    parser.add_argument("--synchronous", choices=("FULL", "NORMAL"), default="FULL", help="SQLite's, for both sides")
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHES):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    for name in options.names or BENCHES:
        with tempfile.TemporaryDirectory(prefix="backoffice-bench-") as folder:
            Path(folder).chmod(0o755)
            BENCHES[name](options, Path(folder))


if __name__ == "__main__":
    main()
