"""What twenty-five plugins cost: `backoffice --help`, and an office opened with its first page, beside none."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import measuring

from backoffice.core.authoring.scaffold import names_of, scaffold

COUNT = 25
MOST_HELP, MOST_PAGE = 1.3, 1.5
"""How many times as long it may take with the plugins."""

FIRST_PAGE = """
import sys, time
from backoffice.core.office import Backoffice
from backoffice.core.testing.visitors import Person
office = Backoffice.open(sys.argv[1], only=frozenset(sys.argv[2:]))
office.start()
began = time.perf_counter()
person = Person(office)
assert person.get("/").status_code == 200
print((time.perf_counter() - began) * 1000)
office.close()
"""
PREPARE = """
import sys
from backoffice.core.configuration import Configuration
from backoffice.core.office import Backoffice
from backoffice.core.testing.offices import add_organization
office = Backoffice(Configuration(database=sys.argv[1]), only=frozenset(sys.argv[2:]), create=True)
office.upgrade()
add_organization(office, "acme", "Acme Trading")
office.close()
"""


def measure(options, folder):
    """Print a line for the help and one for the first page."""
    site, names = install(folder)
    without = {**os.environ}
    beside = {
        **without,
        "PYTHONPATH": os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep),
    }
    _measure_help(options, without, beside)
    _measure_page(options, folder, names, beside)


def install(folder):
    """Write the plugins as pip would have, and return the folder and their names."""
    site, names = folder / "site", []
    site.mkdir()
    with tempfile.TemporaryDirectory() as sources:
        for number in range(1, COUNT + 1):
            made = names_of(f"acme-bench{number:02}")
            package = scaffold(made, Path(sources)) / "src" / made.package
            package.rename(site / made.package)
            _describe(site, made)
            names.append(made.name)
    return site, names


def _describe(site, made):
    info = site / f"{made.package}-1.0.dist-info"
    info.mkdir()
    head = f"Metadata-Version: 2.1\nName: {made.distribution}\nVersion: 1.0\nSummary: {made.title}\n"
    info.joinpath("METADATA").write_text(f"{head}Requires-Dist: backoffice>=0.1,<1\n")
    info.joinpath("entry_points.txt").write_text(f"[backoffice]\n{made.name} = {made.package}.plugin\n")


def _measure_help(options, without, beside):
    command = [str(Path(sys.executable).with_name("backoffice")), "--help"]

    def run(environment):
        return measuring.took(
            lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment), times=3
        )

    found = measuring.alternate(
        max(options.rounds, 5), figure=lambda: run(beside) * 1000, floor=lambda: run(without) * 1000
    )
    measuring.emit(
        f"plugins/help-{COUNT}", "ms", found["figure"], found["floor"], floor="the same with none of them",
        better="less", most=MOST_HELP,
    )  # fmt: skip


def _measure_page(options, folder, names, beside):
    addresses = {}
    for kind, chosen in (("none", []), ("all", names)):
        addresses[kind] = f"sqlite:///{folder}/plugins-{kind}.db"
        subprocess.run([sys.executable, "-c", PREPARE, addresses[kind], *chosen], check=True, env=beside)

    def run(kind, chosen):
        command = [sys.executable, "-c", FIRST_PAGE, addresses[kind], *chosen]
        done = subprocess.run(command, check=True, env=beside, capture_output=True, text=True)
        return float(done.stdout.splitlines()[-1])

    found = measuring.alternate(max(options.rounds, 3), figure=lambda: run("all", names), floor=lambda: run("none", []))
    measuring.emit(
        f"plugins/first-page-{COUNT}", "ms", found["figure"], found["floor"],
        floor="the first page after sign-in with none of them", better="less", most=MOST_PAGE,
    )  # fmt: skip
