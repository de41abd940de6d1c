"""Secrets in records and settings: stored sealed, in no log, list, answer or export, sealed anew by one command."""

import pytest
import sqlalchemy as sa

from backoffice.core.audit.models import AuditRow
from backoffice.core.bookkeeping.models import Setting
from backoffice.core.errors import BackofficeError, ProgrammingError
from backoffice.core.maintenance import resealing
from backoffice.core.secrets import KeyRing, Sealed, new_key
from backoffice.core.testing.offices import desk_of
from backoffice.hookspecs import Field, Settings

SECRET = "seven-quiet-camels"


@pytest.fixture
def office(offices):
    """An office whose administration has a secret setting."""
    office = offices.make(only=[])
    fields = (Field("password", "text", label="Password", secret=True, length=200), Field("host", "code", label="Host"))
    office.registry._nouns.settings["administration"] = (Settings(fields, scope="system"),)
    return office


@pytest.fixture
def desk(office):
    return desk_of(office)


def put(desk, value=SECRET):
    given = {"plugin": "administration", "name": "password", "value": value, "organization_wide": True}
    return desk.execute("core.set_setting", given)


def everything(office):
    """Return all that is in the database, as text."""
    with office.database.read_engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        rows = [str(connection.execute(sa.text(f'SELECT * FROM "{name}"')).all()) for name in names]
    return "\n".join(rows)


def test_a_secret_setting_is_read_sealed_and_opened_where_it_is_used(desk):
    put(desk)
    with desk.reading() as session:
        kept = session.setting("administration", "password")
        assert isinstance(kept, Sealed)
        assert session.reveal(kept) == SECRET


def test_nowhere_in_the_database_is_its_text(office, desk):
    put(desk)
    desk.execute("core.set_setting", plugin="administration", name="host", value="mail.example.com")
    text = everything(office)
    assert "mail.example.com" in text
    assert SECRET not in text


def test_the_log_says_that_it_was_set_and_not_what_it_is(office, desk):
    put(desk)
    with office.database.looking() as session:
        row = session.scalars(sa.select(AuditRow).where(AuditRow.table_name == "core_setting")).one()
        kept = session.scalars(sa.select(Setting)).one()
    assert kept.sealed.token not in row.payload
    assert "sealed" not in row.payload


def test_the_answer_the_list_and_an_export_say_nothing_of_it(desk):
    answer = put(desk)
    assert answer["value"] is None
    [record] = desk.list("core.setting").records
    assert record.value is True
    assert "sealed" not in desk.readable(desk.resource("core.setting"))


def test_an_empty_one_is_taken_away(desk):
    put(desk)
    put(desk, None)
    with desk.reading() as session:
        assert session.setting("administration", "password") is None


def test_plain_text_cannot_be_stored_by_mistake(desk):
    put(desk)

    def careless(session):
        session.scalars(sa.select(Setting)).one().sealed = SECRET
        session.flush()

    with pytest.raises((ProgrammingError, BackofficeError), match="sealed before it is stored"):
        desk.run(careless)


def test_a_new_key_seals_everything_anew_and_the_old_one_may_go(office, desk):
    put(desk)
    ring = KeyRing.of(office.configuration)
    ring.add(new_key())
    assert [one.older for one in resealing.standings(office) if one.place == "core_setting.sealed"] == [1]
    assert resealing.reseal(office) == 1
    assert resealing.reseal(office) == 0
    ring.keep_newest()
    with desk.reading() as session:
        assert session.reveal(session.setting("administration", "password")) == SECRET


def test_a_secret_whose_key_is_gone_is_counted(office, desk):
    put(desk)
    KeyRing.of(office.configuration).path.unlink()
    assert [one.closed for one in resealing.standings(office) if one.secrets] == [1]


def test_every_place_of_secrets_is_known(office):
    assert {"core_setting.sealed", "core_second_factor.seed"} <= {str(one) for one in resealing.places(office)}
