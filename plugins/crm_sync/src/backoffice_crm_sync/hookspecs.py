"""Questions of CRM sync: which other systems there are."""

from __future__ import annotations

from collections.abc import Sequence

from backoffice.hookspecs import hookspec

from .connectors.interface import Connector


@hookspec
def crm_sync_connectors() -> Sequence[Connector]:
    """Give the connectors a plugin brings; one of the same name replaces none."""
    return ()
