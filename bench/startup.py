"""How long `backoffice --help` takes, beside importing what a command line with plugins cannot do without."""

import subprocess
import sys
from pathlib import Path

import measuring

FLOOR = "import pluggy, click, importlib_metadata as m; list(m.entry_points(group='backoffice'))"
HEAVY = ("sqlalchemy", "flask", "marshmallow")


def measure(options, folder):
    """Print the line, and what was imported that should not be."""
    command = Path(sys.executable).with_name("backoffice")

    def run(*words):
        return measuring.took(lambda: subprocess.run(words, check=True, stdout=subprocess.DEVNULL), times=3) * 1000

    found = measuring.alternate(
        max(options.rounds, 5),
        help=lambda: run(str(command), "--help"),
        floor=lambda: run(sys.executable, "-c", FLOOR),
    )
    imported = subprocess.run(
        [sys.executable, "-X", "importtime", str(command), "--help"], check=True, capture_output=True, text=True
    ).stderr
    names = {line.rpartition("|")[2].strip().partition(".")[0] for line in imported.splitlines()}
    measuring.emit(
        "startup/help", "ms", found["help"], found["floor"], floor="imports and one scan of entry points",
        better="less", heavy=[name for name in HEAVY if name in names],
    )  # fmt: skip
