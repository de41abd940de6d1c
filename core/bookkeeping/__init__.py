"""Tables of the office itself: settings, custom fields, keys already used, approvals, plugins, rates of exchange."""

from . import keeping

__all__ = ["keeping"]
