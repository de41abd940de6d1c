"""The page about the audit log lists every table that is not in it, with the reason the model gives."""

import re
from pathlib import Path

import pytest

from backoffice.core.audit.triggers import mapped_classes
from backoffice.core.office import Backoffice
from backoffice.core.persistence.records import CoreBase

pytestmark = pytest.mark.checkout

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reference" / "audit.md"


def test_every_exempt_table_is_listed_with_its_reason():
    assert Backoffice  # the office brings every part of the core along, and with it the tables
    exempt = {c.__tablename__: c.__audit_exempt__ for c in mapped_classes([CoreBase]) if not c.__audited__}
    listed = dict(re.findall(r"^\| `(core_\w+)` \| (.+) \|$", PAGE.read_text("utf-8"), flags=re.MULTILINE))
    assert listed == exempt
