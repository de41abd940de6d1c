"""Runs of payments: resources, and what is done with them."""

from __future__ import annotations

from backoffice.hookspecs import Action, Resource

ACTIONS: list[Action] = []
RESOURCES: list[Resource] = []
