"""Plugins whose models or migrations are broken: each is put aside alone, whatever it shares with the others."""

import pytest
import sqlalchemy as sa

from backoffice.core.errors import PluginProblem
from backoffice.core.persistence import metadata
from backoffice.core.persistence.migrations import differences
from backoffice.core.plugins.states import plain
from backoffice.core.testing.offices import desk_of

SECOND = (
    'revision = "{name}_0002"\ndown_revision = None\n\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n'
)

RELATIONSHIP = """
    from sqlalchemy.orm import relationship

    nowhere: Mapped["Nowhere"] = relationship("Nowhere", foreign_keys="Task.id")
"""


def replace(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def append(path, text):
    path.write_text(path.read_text("utf-8") + text, "utf-8")


def mapper(names, package):
    append(package / "models.py", RELATIONSHIP)
    return "Nowhere"


def foreign_key(names, package):
    append(package / "models.py", '    other_id: Mapped[int | None] = field.ref("absent_thing", label="Other")\n')
    return "absent_thing, which belongs to no plugin it requires"


def undeclared_neighbour(names, package):
    append(package / "models.py", '    other_id: Mapped[int | None] = field.ref("parties_party", label="Other")\n')
    return "parties_party, which belongs to no plugin it requires"


def somebody_elses_table(names, package):
    replace(package / "models.py", f'"{names.name}_task"', '"parties_task"')
    return "The table parties_task cannot be one of"


def the_cores_table(names, package):
    replace(package / "models.py", f'"{names.name}_task"', '"core_user"')
    return "The table core_user cannot be one of"


def two_heads(names, package):
    (package / "migrations" / "0002_more.py").write_text(SECOND.format(name=names.name))
    return f"{names.name}_0001, {names.name}_0002"


def unreadable_migration(names, package):
    (package / "migrations" / "0002_more.py").write_text("def (")
    return "SyntaxError"


@pytest.mark.parametrize("offices", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "damage",
    [mapper, foreign_key, undeclared_neighbour, somebody_elses_table, the_cores_table, two_heads, unreadable_migration],
)
def test_a_plugin_with_broken_tables_is_put_aside_alone(fresh, offices, damage):
    names, package = fresh()
    said = damage(names, package)
    office = offices.make(only=[names.name, "parties"])
    status = office.manager.status(names.name)
    assert status.state == "invalid-declarations"
    assert said in plain(status.reason)
    assert desk_of(office).execute("parties.party.create", name="Aster Trading")
    with office.database.read_engine.connect() as connection:
        assert [differences(connection, one) for one in office.components] == [[], []]
    assert metadata.sorted_tables


def test_a_migration_that_fails_changes_nothing_and_says_whose_it_is(fresh, offices):
    names, package = fresh()
    replace(package / "migrations" / "0001_initial.py", "-> None:\n    op.create", "-> None:\n    1 / 0\n    op.create")
    office = offices.make(only=[])
    other = type(office)(office.configuration, only=frozenset({names.name, "parties"}))
    with pytest.raises(PluginProblem) as caught:
        other.upgrade()
    other.close()
    assert f"A migration of {names.name} failed; nothing was changed." in str(caught.value)
    assert f"backoffice plugin disable {names.name}" in str(caught.value)
    with office.database.read_engine.connect() as connection:
        assert "parties_party" not in sa.inspect(connection).get_table_names()


def test_a_plugin_whose_tables_are_not_made_yet_waits(fresh, offices):
    names, _package = fresh()
    office = offices.make(only=[])
    later = type(office)(office.configuration, only=frozenset({names.name})).start()
    status = later.manager.status(names.name)
    later.close()
    assert (status.state, plain(status.remedy)) == ("needs-migration", "Run: backoffice db upgrade")
