"""Environments of the platform, states of units, with what they are called."""

from __future__ import annotations

from backoffice.hookspecs import messages

_ = messages("zatca")

ENVIRONMENTS = {"sandbox": _("Sandbox"), "simulation": _("Simulation"), "production": _("Production")}

_GATE = "https://gw-fatoora.zatca.gov.sa/e-invoicing"
ADDRESSES = {
    "sandbox": f"{_GATE}/developer-portal",
    "simulation": f"{_GATE}/simulation",
    "production": f"{_GATE}/core",
}

UNIT_STATES = {
    "new": _("New"),
    "compliance": _("Being checked"),
    "active": _("Active"),
    "retired": _("Retired"),
}

__all__ = ["ADDRESSES", "ENVIRONMENTS", "UNIT_STATES"]
