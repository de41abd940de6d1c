"""Tell how far long work is: a bar where there is a terminal, a line now and then where there is none."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Protocol

from backoffice.hookspecs import messages

from .app import App

_ = messages("cli")

REDRAWN_EVERY = 0.1
"""Seconds between two looks of a bar."""
SAID_EVERY = 5.0
"""Seconds between two lines where there is no terminal."""


class Progress(Protocol):
    """Something that is told how far the work is."""

    def __call__(self, done: int, total: int | None = None, message: str = "") -> None:
        """Show that ``done`` of ``total`` things are done; call it as often as you like."""
        ...


@contextmanager
def progress(app: App, title: str, total: int | None = None) -> Iterator[Progress]:
    """Give a function ``show(done, total, message)`` that draws on the error stream until the block ends."""
    with _drawn(app, app.told(title), total) as show:
        yield show


def _drawn(app: App, title: str, total: int | None) -> Any:
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return _Lines(app, title, total)
    try:
        from rich.progress import Progress as Bars
    except ImportError:
        return _Bar(app, title, total)
    return _Rich(app, title, total, Bars)


class _Shown:
    """What the ways of showing share: the last figures, and not too often."""

    every = REDRAWN_EVERY

    def __init__(self, app: App, title: str, total: int | None) -> None:
        self.app, self.title, self.total = app, title, total
        self.done = 0
        self.message = ""
        self._shown_at = time.monotonic()
        self._last: int | None = None

    def __call__(self, done: int, total: int | None = None, message: str = "") -> None:
        self.done, self.total = done, total if total is not None else self.total
        self.message = self.app.told(message) if message else ""
        if time.monotonic() - self._shown_at >= self.every:
            self._shown_at = time.monotonic()
            self._last = done
            self.show()

    def __enter__(self) -> _Shown:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.finish(error)

    def finish(self, error: BaseException | None) -> None:
        """Show the last figures and leave them standing."""
        if self._last != self.done and (self.done or error is None):
            self.show()
        self.end()

    def show(self) -> None:
        """Draw the figures."""

    def end(self) -> None:
        """Leave the last figures standing."""

    def figures(self) -> str:
        """Return how far it is, in words."""
        of = f"{self.done:,} / {self.total:,}" if self.total else f"{self.done:,}"
        return " ".join(part for part in (of, self.message) if part)


class _Lines(_Shown):
    every = SAID_EVERY

    def finish(self, error: BaseException | None) -> None:
        """Show the last figures of work long enough to have been told of before."""
        if self._last is not None and self._last != self.done:
            self.show()

    def show(self) -> None:
        self.app.note(f"{self.title}: {self.figures()}")


class _Bar(_Shown):
    width = 30

    def show(self) -> None:
        share = min(1.0, self.done / self.total) if self.total else 0.0
        filled = int(share * self.width)
        bar = "█" * filled + "░" * (self.width - filled)
        sys.stderr.write(f"\r\x1b[K{self.title} {bar} {self.figures()}")
        sys.stderr.flush()

    def end(self) -> None:
        sys.stderr.write("\n")


class _Rich(_Shown):
    def __init__(self, app: App, title: str, total: int | None, bars: Any) -> None:
        super().__init__(app, title, total)
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

        self._bars = bars(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
            TextColumn("{task.fields[message]}"), console=Console(stderr=True),
        )  # fmt: skip
        self._task = self._bars.add_task(title, total=total, message="")

    def __enter__(self) -> _Rich:
        self._bars.start()
        return self

    def show(self) -> None:
        self._bars.update(self._task, completed=self.done, total=self.total, message=self.message)

    def end(self) -> None:
        self._bars.stop()
