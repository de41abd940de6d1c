"""What is checked before a dimension or one of its values is saved: codes stay once they stand on lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from backoffice_accounting.models import Dimension, DimensionPart, DimensionValue

from backoffice.core.api import InvalidInput, RuleBroken, Session
from backoffice.hookspecs import messages

from .sets import forget

_ = messages("accounting")


def before_save_dimension(session: Session, dimension: Dimension, values: Mapping[str, Any]) -> None:
    """Check a dimension: its code stays once a set holds it."""
    _plain(dimension.code)
    _keep_code(session, dimension, DimensionPart.dimension_id == dimension.id)
    forget(session)


def before_save_value(session: Session, value: DimensionValue, values: Mapping[str, Any]) -> None:
    """Check a value: its code and its dimension stay once a set holds it, and it is not part of itself."""
    _plain(value.code)
    if value.parent_id is not None and value.parent_id == value.id:
        said = _("A value is not part of itself.")
        raise InvalidInput(said, fields={"parent": [said]})
    _keep_code(session, value, DimensionPart.value_id == value.id)
    forget(session)


def _plain(code: str) -> None:
    if any(sign in code for sign in "=,،"):
        said = _("A code here has no comma and no equals sign.")
        raise InvalidInput(said, fields={"code": [said]})


def _keep_code(session: Session, record: Any, used: Any) -> None:
    state = sa.inspect(record)
    names = [name for name in ("code", "dimension_id") if name in state.mapper.attrs]
    changed = [name for name in names if state.attrs[name].history.has_changes()]
    if record.id is None or not changed:
        return
    with session.no_autoflush:
        found = session.scalar(sa.select(DimensionPart.id).where(used).limit(1))
    if found is not None:
        said = _("It stands on lines of entries already; its code stays.")
        raise RuleBroken(said, fields={name: [said] for name in changed})
