"""Questions of sales: which payment providers there are."""

from __future__ import annotations

from collections.abc import Sequence

from backoffice.hookspecs import hookspec

from .providers.interface import Provider


@hookspec
def sales_payment_providers() -> Sequence[Provider]:
    """Give the payment providers a plugin speaks to; a provider of the same name replaces none. Strict."""
    return ()
