"""What is shown once is not kept for a request that is sent again."""

import sqlalchemy as sa

from backoffice.core.bookkeeping.models import UsedKey
from backoffice.core.testing.offices import desk_of


def test_a_request_sent_again_is_answered_without_the_token_it_made(offices):
    desk = desk_of(offices.make(only=[]))
    given = {"name": "till", "scopes": "core.*", "days": 1}
    first = desk.execute("core.create_token", given, key="till/1")
    again = desk.execute("core.create_token", given, key="till/1")
    assert first["token"]
    assert again == {"id": first["id"]}
    with desk.reading() as session:
        assert first["token"] not in str(session.scalars(sa.select(UsedKey.response)).all())
