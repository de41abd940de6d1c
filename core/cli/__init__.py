"""The `backoffice` command. Its parts are imported when they are run, so that `--help` is as fast as click itself."""

from .root import run

__all__ = ["run"]
