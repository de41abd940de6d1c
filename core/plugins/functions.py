"""Turn the functions of declarations into something to call.

A declaration may hold a function or the reference ``"package.module:name"``; references keep ``plugin.py`` light and
are imported when the function is first needed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from importlib import import_module
from typing import Any

from backoffice.core.errors import PluginProblem
from backoffice.hookspecs import messages
from backoffice.hookspecs.nouns import Function

_ = messages("backoffice")


def resolve_function(function: Function) -> Callable[..., Any]:
    """Return ``function`` itself, or what the reference ``"package.module:name"`` names, imported once.

    Raises :class:`~backoffice.core.errors.PluginProblem` when the reference leads nowhere.
    """
    return _imported(function) if isinstance(function, str) else function


def function_name(function: Function) -> str:
    """Return a stable name: the reference, or that a function would have as one."""
    if isinstance(function, str):
        return function
    target: Any = function.func if isinstance(function, partial) else function
    return f"{target.__module__}:{getattr(target, '__qualname__', type(target).__name__)}"


@cache
def _imported(reference: str) -> Callable[..., Any]:
    module, _colon, name = reference.partition(":")
    try:
        found: Any = import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, ValueError) as error:
        raise _leads_nowhere(reference, str(error)) from error
    if not callable(found):
        raise _leads_nowhere(reference, f"{type(found).__name__} cannot be called")
    return found  # type: ignore[no-any-return]


def _leads_nowhere(reference: str, problem: str) -> PluginProblem:
    return PluginProblem(
        _("The function {reference} cannot be used.").with_values(reference=reference),
        why=_("Importing it failed: {problem}.").with_values(problem=problem),
        remedy=_("Correct the reference in the plugin; it reads package.module:name."),
    )


__all__ = ["function_name", "resolve_function"]
