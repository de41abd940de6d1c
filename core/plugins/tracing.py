"""Tell how long each hook took and what it gave, for ``--trace-hooks``.

Values are described by their types alone: a trace may be pasted into a bug report.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import pluggy


@dataclass(frozen=True, slots=True)
class HookCall:
    """One call of a hook: of one plugin's implementation, or of all of them when pluggy made the call."""

    hook: str
    plugin: str
    """The plugin's name; several, in call order, are joined by commas."""
    seconds: float
    result: str
    """What came back, described by type."""
    error: str | None = None


Tracer = Callable[[HookCall], None]


class Tracing:
    """The tracers of one plugin manager."""

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self._manager = manager
        self._tracers: tuple[Tracer, ...] = ()
        self._stop: Callable[[], None] | None = None
        self._started = threading.local()

    def __bool__(self) -> bool:
        return bool(self._tracers)

    def add(self, tracer: Tracer) -> Callable[[], None]:
        """Tell ``tracer`` of every call from now on; returns the function that ends it."""
        self._tracers = (*self._tracers, tracer)
        if self._stop is None:
            self._stop = self._manager.add_hookcall_monitoring(self._before, self._after)
        return lambda: self._remove(tracer)

    def _remove(self, tracer: Tracer) -> None:
        self._tracers = tuple(one for one in self._tracers if one is not tracer)
        if not self._tracers and self._stop is not None:
            self._stop()
            self._stop = None

    def timed(self, hook: str, plugin: str, call: Callable[[], Any]) -> Any:
        """Return what ``call`` returns and tell about it; its exception passes through."""
        started = perf_counter()
        try:
            result = call()
        except BaseException as error:
            self._tell(HookCall(hook, plugin, perf_counter() - started, "", repr(error)))
            raise
        self._tell(HookCall(hook, plugin, perf_counter() - started, summary(result)))
        return result

    def _tell(self, call: HookCall) -> None:
        for tracer in self._tracers:
            tracer(call)

    def _stack(self) -> list[float]:
        if not hasattr(self._started, "stack"):
            self._started.stack = []
        stack: list[float] = self._started.stack
        return stack

    def _before(self, hook: str, impls: Sequence[pluggy.HookImpl], arguments: Mapping[str, Any]) -> None:
        self._stack().append(perf_counter())

    def _after(
        self,
        outcome: pluggy.Result[Any],
        hook: str,
        impls: Sequence[pluggy.HookImpl],
        arguments: Mapping[str, Any],
    ) -> None:
        seconds = perf_counter() - self._stack().pop()
        plugins = ", ".join(impl.plugin_name for impl in reversed(impls))
        error = outcome.exception
        if error is not None:
            self._tell(HookCall(hook, plugins, seconds, "", repr(error)))
        else:
            self._tell(HookCall(hook, plugins, seconds, summary(outcome.get_result())))


def summary(result: object) -> str:
    """Describe ``result`` without its contents: ``nothing``, ``bool``, ``3 × MenuItem``."""
    if result is None:
        return "nothing"
    if isinstance(result, (list, tuple)):
        kinds = sorted({type(one).__name__ for one in result})
        return f"{len(result)} × {', '.join(kinds)}" if result else "nothing"
    return type(result).__name__


__all__ = ["HookCall", "Tracer", "Tracing", "summary"]
