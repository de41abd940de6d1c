"""Where the program logs to: the error stream, as much as ``-v`` asks for; unexpected errors to a file as well."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

import structlog

NAME = "backoffice.log"


def configure(verbose: int, *, serving: bool) -> None:
    """Log to the error stream: errors; with ``verbose`` or while ``serving`` what happens; twice, everything."""
    level = (logging.INFO if serving else logging.ERROR, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=_colours(), exception_formatter=structlog.dev.plain_traceback),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(stream=sys.stderr, level=level, format="%(asctime)s [%(levelname)s] %(name)s: %(message)s")
    if level > logging.DEBUG:
        # It tells of every look at a version table.
        logging.getLogger("alembic").setLevel(logging.WARNING)


def _colours() -> bool:
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR")


def write_down(error: BaseException, arguments: list[str], beside: Path | None) -> Path | None:
    """Append where ``error`` comes from to the log file and return its path, or nothing when no file can be written.

    The file lies in the folder ``beside``, that of the configuration, else among the person's own state.
    """
    said = "".join(traceback.format_exception(error))
    entry = f"{datetime.now(UTC).isoformat()} backoffice {arguments[0] if arguments else ''}\n{said}\n"
    for folder in filter(None, (beside, _state_folder())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(folder / NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with open(descriptor, "a", encoding="utf-8") as file:
                file.write(entry)
        except OSError:
            continue  # a read-only folder: the next one may do
        return folder / NAME
    return None


def _state_folder() -> Path:
    home = os.environ.get("XDG_STATE_HOME") or Path("~/.local/state").expanduser()
    return Path(home) / "backoffice"
