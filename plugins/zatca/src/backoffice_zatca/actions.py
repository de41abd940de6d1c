"""What people and programs ask of units."""

from __future__ import annotations

from typing import Any

from backoffice.core.api import Session

from .chain import verify
from .models import Unit


def verify_chain(session: Session, unit: Unit) -> dict[str, Any]:
    """Tell whether the chain of a unit is whole."""
    wrong = verify(session, unit)
    return {"whole": not wrong, "wrong": wrong}
