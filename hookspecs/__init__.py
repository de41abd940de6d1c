"""The contract between the core and its plugins: hook specifications and the records they exchange.

A plugin's ``plugin.py`` imports this package and nothing heavier. Nothing here imports the rest of the project.
"""

from .hooks import CoreHooks, hookimpl, hookspec
from .labels import Label, messages
from .leaving import Leaving
from .nouns import (
    Action,
    Approval,
    Column,
    Document,
    Event,
    Field,
    Job,
    Lines,
    Link,
    On,
    Report,
    Resource,
    Row,
    Table,
    TableChart,
)
from .parts import (
    SIGNED_IN,
    Card,
    Check,
    Intake,
    IntakeMessage,
    MenuItem,
    Permission,
    PersonalRecord,
    Role,
    Settings,
    Signed,
)

__all__ = [
    "SIGNED_IN",
    "Action",
    "Approval",
    "Card",
    "Check",
    "Column",
    "CoreHooks",
    "Document",
    "Event",
    "Field",
    "Intake",
    "IntakeMessage",
    "Job",
    "Label",
    "Leaving",
    "Lines",
    "Link",
    "MenuItem",
    "On",
    "Permission",
    "PersonalRecord",
    "Report",
    "Resource",
    "Role",
    "Row",
    "Settings",
    "Signed",
    "Table",
    "TableChart",
    "hookimpl",
    "hookspec",
    "messages",
]
