"""How a hook, or an argument of one, leaves: announced for one minor series at the least, then gone.

::

    @hookspec(warn_on_impl=Leaving(since="1.4", until="1.6", instead="use cards()"))
    def panels(self) -> Sequence[Card]: ...

    @hookspec(warn_on_impl_args={"person": Leaving(since="1.4", until="1.6", instead="take user")})
    def menu(self, user: Any, person: Any) -> Sequence[MenuItem]: ...
"""

from __future__ import annotations


class Leaving(DeprecationWarning):
    """Says of a hook, or of an argument, that it leaves: since which version, until which, and what to do instead."""

    def __init__(self, *, since: str, until: str, instead: str) -> None:
        super().__init__(f"It leaves with {until}, as announced in {since}: {instead}.")
        self.since = since
        """The version that announced it."""
        self.until = until
        """The first version without it: two minor series later, or the next major one."""
        self.instead = instead
        """What to do, in a few English words."""


__all__ = ["Leaving"]
