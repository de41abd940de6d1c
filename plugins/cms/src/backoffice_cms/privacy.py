"""What sites tell about a person: which revisions they wrote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import Session, User
from backoffice.hookspecs import PersonalRecord, messages

from .models import Revision

_ = messages("cms")

MOST = 5000


def personal_data(session: Session, subject: Any) -> Sequence[PersonalRecord]:
    """Return the revisions ``subject`` wrote, where it is a user."""
    if not isinstance(subject, User):
        return []
    return [
        PersonalRecord(
            "cms.text", row.text_id, {"title": row.title, "revision": row.number, "at": row.at},
            reason=_("Who wrote what stays known, as long as the revision is kept."),
        )
        for row in session.execute(
            sa.select(Revision.text_id, Revision.title, Revision.number, Revision.at)
            .where(Revision.by_id == subject.id)
            .order_by(Revision.id)
            .limit(MOST)
        )
    ]  # fmt: skip
