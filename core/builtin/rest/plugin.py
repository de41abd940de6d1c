"""Hooks of the REST interface: its addresses, and programs that come with an API token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from backoffice.hookspecs import hookimpl, messages

if TYPE_CHECKING:
    from flask import Blueprint, Flask, Request

_ = messages("rest")

TITLE = _("Programs' interface")
SUMMARY = _("Records, actions and reports for other programs, by REST.")


@hookimpl
def blueprints(app: Flask) -> Sequence[Blueprint]:
    """Give everything under ``/api/v1``. The addresses are patterns: their number does not grow with the resources."""
    from .addresses import blueprint

    return [blueprint()]


@hookimpl
def authenticate(request: Request) -> Any:
    """Give the person or program that the request's API token acts as."""
    from .tokens import identity_in

    return identity_in(request)
