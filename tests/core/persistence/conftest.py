"""Two organisations side by side: whatever a session tries, it sees and touches its own alone."""

from dataclasses import dataclass
from typing import Any

import pytest

from backoffice.core.office import Backoffice, Desk
from backoffice.core.testing.offices import add_organization, desk_of


@dataclass
class Two:
    """Two organisations in one database, each with a branch called alike."""

    office: Backoffice
    ours: Desk
    theirs: Desk
    our_branch: int
    their_branch: int
    our_role: int
    their_role: int


@pytest.fixture
def two(offices) -> Any:
    office = offices.make(only=[])
    add_organization(office, "globex", "Globex")
    ours, theirs = desk_of(office), desk_of(office, organization="globex")
    made = [
        (
            desk.execute("core.branch.create", code="north", name=name)["id"],
            desk.execute("core.role.create", code="reader", name=name, grants=[{"permission": "*.read"}])["id"],
        )
        for desk, name in ((ours, "Ours"), (theirs, "Theirs"))
    ]
    return Two(office, ours, theirs, made[0][0], made[1][0], made[0][1], made[1][1])
