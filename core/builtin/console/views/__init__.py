"""The console's pages. Importing this package defines every route on its blueprint."""

from . import (
    actions,
    approvals,
    audit,
    documents,
    doors,
    forms,
    health,
    home,
    imports,
    jobs,
    lists,
    picking,
    plugins,
    profile,
    records,
    reports,
    settings,
)
from .base import pages

__all__ = [
    "actions",
    "approvals",
    "audit",
    "documents",
    "doors",
    "forms",
    "health",
    "home",
    "imports",
    "jobs",
    "lists",
    "pages",
    "picking",
    "plugins",
    "profile",
    "records",
    "reports",
    "settings",
]
