"""Persistence: exact column types, fields described once, records, sessions inside one organisation, migrations."""

from . import fields as field
from .context import Context
from .database import Database, explained
from .fields import fields_of
from .numbering import Counter, Series
from .records import (
    Guard,
    Indexed,
    Must,
    OfBranch,
    OfCompany,
    Record,
    Row,
    UniqueInCompany,
    UniqueInOrganization,
    metadata,
    plugin_base,
    to_many,
    to_one,
)
from .session import ReadingSession, Session, SystemSession

__all__ = [
    "Context",
    "Counter",
    "Database",
    "Guard",
    "Indexed",
    "Must",
    "OfBranch",
    "OfCompany",
    "ReadingSession",
    "Record",
    "Row",
    "Series",
    "Session",
    "SystemSession",
    "UniqueInCompany",
    "UniqueInOrganization",
    "explained",
    "field",
    "fields_of",
    "metadata",
    "plugin_base",
    "to_many",
    "to_one",
]
