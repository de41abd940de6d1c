"""What assets tell about a person: which are in their hands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import Session
from backoffice.hookspecs import PersonalRecord, messages

from .models import Asset

_ = messages("assets")


def personal_data(session: Session, subject: Any) -> Sequence[PersonalRecord]:
    """Return the assets that bear the name of ``subject``; erasing takes the name away."""
    name = getattr(subject, "name", None)
    if not name:
        return []
    return [
        PersonalRecord("assets.asset", asset.id, {"name": asset.name, "custodian": asset.custodian}, _erase(asset.id))
        for asset in session.scalars(sa.select(Asset).where(Asset.custodian == name))
    ]


def _erase(asset_id: int) -> Any:
    def erase(session: Session) -> None:
        asset = session.get(Asset, asset_id)
        if asset is not None:
            asset.custodian = None

    return erase
