"""Records as the history remembers them: instances that no session knows and nobody can save."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa


def revived(model: Any, values: Mapping[str, Any]) -> Any:
    """Return an instance of ``model`` with ``values``, as :mod:`backoffice.core.audit.history` gives them."""
    instance = model()
    columns = {attribute.columns[0].name: attribute for attribute in model.__mapper__.column_attrs}
    for name, value in values.items():
        if name in columns:
            setattr(instance, columns[name].key, _loaded(columns[name].columns[0].type, value))
    return instance


def _loaded(type_: Any, value: Any) -> Any:
    """Return JSON as its value: one database writes it into the log as text."""
    return json.loads(value) if isinstance(type_, sa.JSON) and isinstance(value, str) else value


__all__ = ["revived"]
