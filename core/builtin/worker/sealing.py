"""The lane that seals the audit log each second, or at once when a thousand rows wait, and hands checkpoints out."""

from __future__ import annotations

import time
from typing import Final

import structlog

from backoffice.core.audit.handing import hand_out
from backoffice.core.audit.health import problems
from backoffice.core.audit.sealing import BATCH, seal
from backoffice.core.errors import BackofficeError, Unavailable
from backoffice.core.office import Backoffice
from backoffice.hookspecs import Label

log = structlog.get_logger("backoffice.audit")

EVERY_SECONDS: Final = 1.0
WATCH_SECONDS: Final = 60.0
"""How often it is looked whether sealing has stopped; what is wrong is logged as often."""
BUSY_SECONDS: Final = 5.0
"""How soon it is tried again when the database could not be used."""


class Sealing:
    """Seals when it is time; a failure is logged, and nobody's work waits for it."""

    def __init__(self, office: Backoffice) -> None:
        self._office = office
        self._next = float("-inf")
        self._watched = time.monotonic()

    def tick(self) -> int:
        """Seal what waits; return how many rows when there are more, 0 when there is time until the next look."""
        if time.monotonic() < self._next:
            return 0
        try:
            sealed = seal(self._office)
            if sealed < BATCH:
                self._next = time.monotonic() + EVERY_SECONDS * 0.9
                hand_out(self._office)
        except BackofficeError as error:
            self._next = time.monotonic() + (BUSY_SECONDS if isinstance(error, Unavailable) else WATCH_SECONDS)
            log.error("the audit log cannot be sealed", error=str(error))
            return 0
        self._watch()
        return sealed if sealed >= BATCH else 0

    def _watch(self) -> None:
        if time.monotonic() - self._watched < WATCH_SECONDS:
            return
        self._watched = time.monotonic()
        for said in problems(self._office):
            log.error("the audit log needs attention", problem=said.filled() if isinstance(said, Label) else said)
