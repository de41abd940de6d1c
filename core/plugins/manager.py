"""Load plugins and keep watch over them.

:class:`PluginManager` has a pluggy manager and uses only its public face. A plugin that cannot be imported, whose
hooks do not fit or that keeps failing is put aside together with the plugins that need it; the others go on. One that
the configuration lists as required stops the start instead, because a back office must not run without its ledger.
"""

from __future__ import annotations

import importlib
import threading
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from difflib import get_close_matches
from types import ModuleType
from typing import Any

import pluggy
import structlog

from backoffice.core.clock import Clock, SystemClock
from backoffice.core.errors import BackofficeError, PluginProblem
from backoffice.hookspecs import CoreHooks, messages
from backoffice.hookspecs.hooks import PROJECT

from .discovery import Candidate
from .facade import Hooks
from .folders import PluginFolders, folders_of
from .offers import Offer, Offering
from .resolution import Refusal, Resolution
from .states import NoRecords, PluginRecords, PluginStatus, State, because, orphan, plain, run, told

_ = messages("backoffice")
log = structlog.get_logger("backoffice.plugins")

WAITING = frozenset({"quarantined", "needs-migration"})
"""States of a plugin that worked, or will once its tables are made, and misses nothing meanwhile."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How many failures of isolated hooks within which time quarantine a plugin."""

    failures: int = 5
    window: timedelta = timedelta(minutes=10)


@dataclass(slots=True)
class _Plugin:
    candidate: Candidate
    status: PluginStatus
    module: ModuleType | None = None
    failures: deque[datetime] = field(default_factory=deque)


class PluginManager:
    """The plugins of one process."""

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        records: PluginRecords | None = None,
        tolerance: Tolerance | None = None,
    ) -> None:
        self._pluggy = _empty_manager()
        self._offers: dict[str, Offer] = {}
        self._clock = clock or SystemClock()
        self._records = records or NoRecords()
        self._tolerance = tolerance or Tolerance()
        self._plugins: dict[str, _Plugin] = {}
        self._displaced: list[PluginStatus] = []
        self._blocked: set[str] = set()
        self._resolution = Resolution()
        self._running = False
        self._watchers: list[Callable[[], None]] = []
        self._lock = threading.RLock()
        self.hooks = Hooks(self._pluggy, self._offers, self)
        """The typed facade through which every hook is called."""

    # Loading

    def load(self, resolution: Resolution) -> None:
        """Import and register the plugins of ``resolution``.

        Each one's own hook specifications are added right after its import, so that those depending on it can be
        checked against them; then all are registered in reverse, because pluggy calls the last registered first.

        Raises :class:`~backoffice.core.errors.PluginProblem` when a required plugin is not active afterwards.
        """
        self._admit(resolution)
        for name in self.active():
            if self.is_active(name):
                self._import(name)
        for name in reversed(self.active()):
            self._register(name)
        self._refuse_pending()
        self.check_required()
        self._running = True

    def block(self, name: str) -> None:
        """Keep a plugin out of this process: before the load it is never imported, after it its hooks fall silent."""
        self._blocked.add(name)
        if self.is_active(name):
            self._block(name)

    def check_required(self) -> None:
        """Raise :class:`~backoffice.core.errors.PluginProblem` when a required plugin is not active."""
        for name in sorted(self._resolution.required):
            if not self.is_active(name):
                raise self._required(name)

    def _admit(self, resolution: Resolution) -> None:
        self._resolution = resolution
        for candidate in resolution.order:
            self._plugins[candidate.name] = _Plugin(candidate, _status(candidate))
        for refusal in resolution.refusals:
            self._admit_refused(refusal)
        for name in sorted(self._blocked & set(self._plugins)):
            self._block(name)

    def _admit_refused(self, refusal: Refusal) -> None:
        status = because(_status(refusal.candidate), refusal.state, refusal.reason, refusal.remedy, refusal.root)
        if refusal.candidate.name in self._plugins:
            self._displaced.append(status)
        else:
            self._plugins[refusal.candidate.name] = _Plugin(refusal.candidate, status)

    def _block(self, name: str) -> None:
        reason = _("It was left out of this process.")
        self.refuse(name, "disabled", reason, run("backoffice plugin enable {name}", name=name))

    def _import(self, name: str) -> None:
        plugin = self._plugins[name]
        try:
            plugin.module = importlib.import_module(plugin.candidate.module)
            plugin.status = plugin.status.introduced_by(plugin.module)
        except (Exception, SystemExit) as error:
            reason = _("Importing it failed: {problem}.").with_values(problem=told(error))
            self.refuse(name, "import-failed", reason, self._upgrade(name), error)
            return
        try:
            self._take_offers(name, plugin.module)
        except (Exception, SystemExit) as error:
            self._invalid_hooks(name, _problem(error), error)

    def _take_offers(self, name: str, module: ModuleType) -> None:
        """Try the plugin on a manager of its own, then let it add its specifications to the real one."""
        alone = _empty_manager()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            alone.register(module, name)
        wrapped = _wrapped_core_hook(alone, module)
        if wrapped:
            raise PluginProblem(_("The hook {hook} cannot be wrapped.").with_values(hook=wrapped))
        alone.hook.addhooks(hooks=Offering(self._pluggy, name, self._offers))

    def _register(self, name: str) -> None:
        plugin = self._plugins[name]
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                self._pluggy.register(plugin.module, name)
        except (pluggy.PluginValidationError, ValueError) as error:
            self._invalid_hooks(name, _problem(error), error)
            return
        callers = self._pluggy.get_hookcallers(plugin.module) or []
        hooks = tuple(sorted(caller.name for caller in callers))
        plugin.status = replace(plugin.status, hooks=hooks, leaving=_leaving(caught))
        for said in plugin.status.leaving:
            log.warning("hook is leaving", plugin=name, version=plugin.candidate.version, said=said)

    def _refuse_pending(self) -> None:
        """Refuse plugins that implement hooks nobody offers, until those left all fit."""
        while True:
            try:
                self._pluggy.check_pending()
            except pluggy.PluginValidationError as error:
                name = self._pluggy.get_name(error.plugin)
                if name is None:
                    raise
                self._invalid_hooks(name, self._unknown_hook(error.plugin), error)
            else:
                return

    def _unknown_hook(self, module: Any) -> str:
        callers = self._pluggy.get_hookcallers(module) or []
        unknown = sorted(
            caller.name
            for caller in callers
            if not caller.has_spec()
            and any(impl.plugin is module and not impl.optionalhook for impl in caller.get_hookimpls())
        )
        known = [name for name in dir(CoreHooks) if not name.startswith("_")] + list(self._offers)
        close = get_close_matches(unknown[0], known, n=1)
        if close:
            return _("Nobody offers the hook {hook}; {close} is offered.").with_values(hook=unknown[0], close=close[0])
        return _("Nobody offers the hook {hook}.").with_values(hook=unknown[0])

    def _invalid_hooks(self, name: str, problem: str, error: BaseException) -> None:
        reason = _("Its hooks do not fit. {problem}").with_values(problem=problem)
        self.refuse(name, "invalid-hooks", reason, self._upgrade(name), error)

    # Keeping watch

    def refuse(self, name: str, state: State, reason: str, remedy: str, error: BaseException | None = None) -> None:
        """Put an active plugin aside in ``state``, and with it every plugin that needs it.

        ``reason`` and ``remedy`` are labels; the dependents name ``name`` as the root cause. A plugin that is not
        active stays as it is.
        """
        with self._lock:
            if not self.is_active(name):
                return
            dependents = self._dependents(name)
            self._put_aside(name, state, reason, remedy, "", error)
            following: State = "quarantined" if state == "quarantined" else "missing-dependency"
            for dependent in dependents:
                because_of = _("It needs {root}, which cannot be used: {reason}").with_values(root=name, reason=reason)
                self._put_aside(dependent, following, because_of, remedy, name, None)
            for watcher in list(self._watchers):
                watcher()
        # Outside the lock: writing it down may wait for a transaction whose owner waits for the lock.
        for aside in (name, *dependents):
            self._note(self._plugins[aside].status)

    def quarantine(self, name: str, reason: str, error: BaseException | None = None) -> None:
        """Stop calling the hooks of a running plugin, and of those that need it, until the process starts again.

        Raises :class:`~backoffice.core.errors.PluginProblem` when a required plugin would be silenced.
        """
        remedy = _("Restart the process; if it happens again, run: {command}").with_values(
            command=f"pip install --upgrade {self._plugins[name].candidate.distribution}"
        )
        self.refuse(name, "quarantined", reason, remedy, error)
        self.check_required()

    def failed(self, name: str, hook: str, error: BaseException) -> None:
        """Log a failure of an isolated hook, and quarantine the plugin that failed too often.

        Built-in plugins, required ones and those they need are never quarantined for it: what failed was isolated
        already, and silencing them would do more harm.
        """
        plugin = self._plugins[name]
        log.error("hook failed", plugin=name, version=plugin.candidate.version, hook=hook, exc_info=error)
        with self._lock:
            times = plugin.failures
            now = self._clock.now()
            times.append(now)
            while now - times[0] > self._tolerance.window or len(times) > self._tolerance.failures:
                times.popleft()
            if len(times) < self._tolerance.failures or self._is_essential(name):
                return
        reason = _("Its hooks failed {times} times within {minutes} minutes, last {hook}: {problem}.").with_values(
            times=len(times),
            minutes=int(self._tolerance.window.total_seconds() // 60),
            hook=hook,
            problem=told(error),
        )
        self.quarantine(name, reason, error)

    def misdeclared(self, name: str, hook: str, error: BaseException) -> None:
        """Refuse a plugin whose declarations cannot be had because ``hook`` failed."""
        reason = _("Its hook {hook} failed: {problem}.").with_values(hook=hook, problem=told(error))
        self.refuse(name, "invalid-declarations", reason, self._upgrade(name), error)

    def on_change(self, watcher: Callable[[], None]) -> None:
        """Call ``watcher`` each time plugins are put aside."""
        self._watchers.append(watcher)

    def _put_aside(
        self, name: str, state: State, reason: str, remedy: str, root: str, error: BaseException | None
    ) -> None:
        plugin = self._plugins[name]
        trace = "".join(traceback.format_exception(error)) if error is not None else None
        plugin.status = replace(because(plugin.status, state, reason, remedy, root), error_trace=trace)
        if plugin.module is not None and self._pluggy.is_registered(plugin.module):
            self._pluggy.unregister(plugin.module)
        log.warning(
            "plugin put aside", plugin=name, version=plugin.candidate.version, state=state, reason=plain(reason)
        )

    def _note(self, status: PluginStatus) -> None:
        if not self._running:
            return
        try:
            self._records.changed(status)
        except Exception:
            # The plugin is aside whether or not that could be written down; a full disk must not undo it.
            log.exception("plugin state not recorded", plugin=status.name, state=status.state)

    def _dependents(self, name: str) -> list[str]:
        """Return the active plugins that need ``name``, directly or not, in call order."""
        reached = {name}
        for candidate in self._resolution.order:
            if self._resolution.needs.get(candidate.name, frozenset()) & reached:
                reached.add(candidate.name)
        return [other for other in self.active() if other in reached and other != name]

    def _is_essential(self, name: str) -> bool:
        needed = {name, *self._dependents(name)}
        return self._plugins[name].candidate.builtin or bool(needed & self._resolution.required)

    def _required(self, name: str) -> PluginProblem:
        what = _("The plugin {name} is required and cannot be used.").with_values(name=name)
        if name not in self._plugins:
            remedy = run("pip install backoffice-{name}", name=name.replace("_", "-"))
            return PluginProblem(what, why=_("It is not installed."), remedy=remedy, plugin=name)
        status = self._plugins[name].status
        return PluginProblem(what, why=status.reason, remedy=status.remedy, plugin=name, state=status.state)

    def _upgrade(self, name: str) -> str:
        return run("pip install --upgrade {package}", package=self._plugins[name].candidate.distribution)

    # Asking

    def is_active(self, name: str) -> bool:
        """Say whether the plugin is loaded, or about to be, and not put aside."""
        plugin = self._plugins.get(name)
        return plugin is not None and plugin.status.state == "active"

    def is_waiting(self, name: str) -> bool:
        """Say whether the plugin is loaded and put aside only until it is mended: what it would hear is kept for it."""
        plugin = self._plugins.get(name)
        if plugin is None or plugin.module is None:
            return False
        status = plugin.status
        root = self._plugins.get(status.root)
        cause = root.status.state if status.state == "missing-dependency" and root is not None else status.state
        return cause in WAITING

    def active(self) -> tuple[str, ...]:
        """Return the names of the active plugins, dependencies first: the order in which hooks are called."""
        return tuple(candidate.name for candidate in self._resolution.order if self.is_active(candidate.name))

    def names(self) -> tuple[str, ...]:
        """Return the names of all installed plugins, active or put aside; the database is not asked."""
        return tuple(self._plugins)

    def is_builtin(self, name: str) -> bool:
        """Say whether the plugin is one of the core's own."""
        return name in self._plugins and self._plugins[name].candidate.builtin

    def needs(self, name: str) -> frozenset[str]:
        """Return the plugins that ``name`` depends on directly."""
        return self._resolution.needs.get(name, frozenset())

    def status(self, name: str) -> PluginStatus | None:
        """Return what is known about an installed plugin, or nothing when there is none of that name."""
        plugin = self._plugins.get(name)
        return plugin.status if plugin is not None else None

    def statuses(self) -> tuple[PluginStatus, ...]:
        """Return the active plugins in call order, then the others by name, then the orphaned ones."""
        known = [self._plugins[name].status for name in self.active()]
        aside = [plugin.status for plugin in self._plugins.values() if plugin.status.state != "active"]
        aside += self._displaced
        return (*known, *sorted(aside, key=lambda status: (status.name, status.distribution)), *self._orphans())

    def _orphans(self) -> Iterable[PluginStatus]:
        gone = (installed for installed in self._records.installed() if installed.name not in self._plugins)
        return sorted(map(orphan, gone), key=lambda status: status.name)

    def module_of(self, name: str) -> ModuleType:
        """Return the plugin's module; raises :class:`~backoffice.core.errors.PluginProblem` unless it was imported."""
        plugin = self._plugins.get(name)
        if plugin is None or plugin.module is None:
            raise PluginProblem(
                _("The plugin {name} is not loaded.").with_values(name=name),
                why=plugin.status.reason if plugin else _("It is not installed."),
                remedy=plugin.status.remedy if plugin else run("backoffice plugin list"),
            )
        return plugin.module

    def package_of(self, name: str) -> str:
        """Return the package the plugin's module lies in, where its folders are looked for.

        Empty when the module is not inside a package. Raises as :meth:`module_of` does.
        """
        return self.module_of(name).__name__.rpartition(".")[0]

    def folders(self, name: str) -> PluginFolders:
        """Return the folders the plugin brings. Raises as :meth:`module_of` does."""
        return folders_of(self.package_of(name))


def _empty_manager() -> pluggy.PluginManager:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(CoreHooks)
    return manager


def _status(candidate: Candidate) -> PluginStatus:
    return PluginStatus(
        candidate.name,
        candidate.distribution,
        candidate.version,
        candidate.summary,
        candidate.location,
        builtin=candidate.builtin,
        shadowed=candidate.shadowed,
    )


def _leaving(caught: Iterable[warnings.WarningMessage]) -> tuple[str, ...]:
    """Return what pluggy warned of while it registered a plugin, each once."""
    told = (" ".join(str(one.message).split()) for one in caught if issubclass(one.category, DeprecationWarning))
    return tuple(dict.fromkeys(told))


def _wrapped_core_hook(manager: pluggy.PluginManager, module: ModuleType) -> str:
    """Return the name of a core hook that ``module`` implements as a wrapper, or an empty one."""
    for caller in manager.get_hookcallers(module) or []:
        for impl in caller.get_hookimpls():
            if caller.has_spec() and (impl.wrapper or impl.hookwrapper):
                return caller.name
    return ""


def _problem(error: BaseException) -> str:
    """Return what pluggy, the core or a plugin says as one sentence, a label where it is one."""
    if isinstance(error, BackofficeError):
        return error.what
    return f"{' '.join(str(error).split())}." if isinstance(error, pluggy.PluginValidationError) else f"{error!r}."


__all__ = ["PluginManager", "Tolerance"]
