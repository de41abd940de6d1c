"""The `backoffice` command."""

import sys


def main() -> None:
    """Run it and end the process with its exit code."""
    from backoffice.core.cli import run

    sys.exit(run())
