"""An attacker who can write into the database drops the triggers and changes one thing: verification names it.

Every place is put back afterwards, so that each attack meets a sound log.
"""

import json
import random
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from backoffice.core.audit.leaves import leaf_sql
from backoffice.core.audit.merkle import leaf_hash
from backoffice.core.audit.models import AuditRow, CheckpointRow, Seal
from backoffice.core.audit.sealing import seal
from backoffice.core.audit.triggers import audited_columns
from backoffice.core.audit.verifying import audited_classes, verify
from backoffice.core.testing.offices import desk_of

PLACES = 200
SEED = 20260115


@dataclass
class Place:
    """One value: its table, its row by the key column, and its column."""

    table: str
    key: str
    row: int
    column: sa.Column[Any]


def named(result):
    return {(one.table, one.id) for one in result.findings}


def places(office, attacker, rng):
    """Yield values of business rows, audit rows, leaves and checkpoints, each kind as often as the others."""
    business = [(c.__table__, "id", audited_columns(c.__table__)) for c in audited_classes(office)]
    kinds = [
        business,
        [(AuditRow.__table__, "id", list(AuditRow.__table__.columns))],
        [(Seal.__table__, "leaf_index", list(Seal.__table__.columns))],
        [(CheckpointRow.__table__, "size", list(CheckpointRow.__table__.columns))],
    ]
    rows = {
        table.name: [id_ for (id_,) in attacker.run(f"SELECT {key} FROM {table.name} ORDER BY 1")]
        for kind in kinds
        for table, key, _columns in kind
    }
    while True:
        table, key, columns = rng.choice([one for one in rng.choice(kinds) if rows[one[0].name]])
        yield Place(table.name, key, rng.choice(rows[table.name]), rng.choice(columns))


def other(value, column, rng, dialect):
    """Return another value for ``column``, of the type it has."""
    type_ = column.type
    if value is not None and column.nullable and rng.random() < 0.2:
        return None
    if isinstance(type_, sa.JSON):
        return json.dumps({"changed": rng.randrange(1000)})
    if isinstance(type_, sa.Boolean):
        return (not value) if dialect == "postgresql" else 1 - int(value or 0)
    if isinstance(type_, sa.LargeBinary):
        changed = bytearray(value)
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        return bytes(changed)
    if isinstance(type_, sa.Date):
        return date(2031, 5, rng.randrange(1, 28)).isoformat()
    if hasattr(type_, "impl") and isinstance(type_.impl, sa.DateTime):
        return datetime(2031, 5, 17, 3, rng.randrange(60)).isoformat(sep=" ", timespec="microseconds")
    if isinstance(type_, sa.Integer) or hasattr(type_, "scale"):
        return (value or 0) + rng.choice([1, 1000, 987654])
    return changed_text(value, rng)


def changed_text(value, rng):
    if not value:
        return "x"
    at = rng.randrange(len(value))
    return value[:at] + rng.choice([c for c in "xyzس0 {" if c != value[at]]) + value[at + 1 :]


def write(attacker, place, row, value):
    """Write ``value``; returns whether the database took it, which its own constraints may keep it from."""
    cast = "::jsonb" if attacker.dialect == "postgresql" and isinstance(place.column.type, sa.JSON) else ""
    try:
        attacker.run(f"UPDATE {place.table} SET {place.column.name} = ?{cast} WHERE {place.key} = ?", (value, row))
    except Exception as error:
        if "constraint" in str(error).lower() or "too long" in str(error):
            return False
        raise
    return True


def test_one_changed_value_at_200_random_places_is_found_and_named(sealed, attacker):
    rng = random.Random(SEED)
    assert verify(sealed).ok
    done: dict[str, int] = {}
    for place in places(sealed, attacker, rng):
        if sum(done.values()) == PLACES:
            break
        (was,) = attacker.run(f"SELECT {place.column.name} FROM {place.table} WHERE {place.key} = ?", (place.row,))[0]
        was = json.dumps(was) if isinstance(was, dict | list) else was
        value = other(was, place.column, rng, attacker.dialect)
        if not write(attacker, place, place.row, value):
            continue
        result = verify(sealed)
        now = value if place.column.name == place.key else place.row
        assert {(place.table, place.row), (place.table, now)} & named(result), (place, result.findings)
        assert write(attacker, place, now, was)
        done[place.table] = done.get(place.table, 0) + 1
    assert {"core_audit", "core_seal", "core_checkpoint"} < set(done)
    assert len(done) > 8
    assert verify(sealed).ok


@pytest.mark.parametrize("table", ["core_branch", "core_role_grant", "core_user", "core_organization"])
def test_the_changed_column_of_a_business_row_is_named(sealed, attacker, table):
    column = {"core_role_grant": "permission"}.get(table, "name")
    (id_,) = attacker.run(f"SELECT min(id) FROM {table}")[0]
    attacker.run(f"UPDATE {table} SET {column} = 'changed' WHERE id = ?", (id_,))
    (found,) = verify(sealed).findings
    assert (found.table, found.id, found.columns) == (table, id_, (column,))
    assert column in found.said.filled()


# -- rows taken away, put in, exchanged --


def columns_of(attacker, table):
    if attacker.dialect == "sqlite":
        return [row[1] for row in attacker.run(f"PRAGMA table_info({table})")]
    rows = attacker.run("SELECT column_name FROM information_schema.columns WHERE table_name = ?", (table,))
    return [name for (name,) in rows]


def test_a_deleted_business_row_is_named(sealed, attacker):
    (id_,) = attacker.run("SELECT min(id) FROM core_branch")[0]
    attacker.run("DELETE FROM core_branch WHERE id = ?", (id_,))
    assert named(verify(sealed)) == {("core_branch", id_)}


def test_a_deleted_line_is_named(sealed, attacker):
    (id_,) = attacker.run("SELECT max(id) FROM core_role_grant")[0]
    attacker.run("DELETE FROM core_role_grant WHERE id = ?", (id_,))
    assert named(verify(sealed)) == {("core_role_grant", id_)}


def test_a_line_moved_to_another_record_is_named(sealed, attacker):
    id_, role = attacker.run("SELECT max(id), max(role_id) FROM core_role_grant")[0]
    attacker.run("UPDATE core_role_grant SET role_id = ? WHERE id = ?", (role - 1, id_))
    result = verify(sealed)
    assert named(result) == {("core_role_grant", id_)}


def test_a_business_row_put_in_is_named(sealed, attacker):
    (id_,) = attacker.run("SELECT max(id) FROM core_exchange_rate")[0]
    columns = "organization_id, base, currency, rate, version, created_at, updated_at"
    attacker.run(
        f"INSERT INTO core_exchange_rate (id, date, {columns}) SELECT id + 50, '2020-02-02', {columns} "
        "FROM core_exchange_rate WHERE id = ?",
        (id_,),
    )
    assert named(verify(sealed)) == {("core_exchange_rate", id_ + 50)}


def test_a_deleted_audit_row_is_named(sealed, attacker):
    attacker.run("DELETE FROM core_audit WHERE id = 12")
    assert ("core_audit", 12) in named(verify(sealed))


def test_an_audit_row_put_in_behind_others_is_named(sealed, attacker):
    attacker.run("UPDATE core_sealer SET audit_id = audit_id, size = size")
    names = [name for name in columns_of(attacker, "core_audit") if name != "id"]
    attacker.run(
        f"INSERT INTO core_audit (id, {', '.join(names)}) SELECT -1, {', '.join(names)} FROM core_audit WHERE id = 9"
    )
    assert named(verify(sealed)) == {("core_audit", -1)}


def test_two_exchanged_audit_rows_are_named(sealed, attacker):
    for old, new in ((8, -8), (9, 8), (-8, 9)):
        attacker.run("UPDATE core_audit SET id = ? WHERE id = ?", (new, old))
    assert named(verify(sealed)) >= {("core_audit", 8), ("core_audit", 9)}


def test_two_exchanged_payloads_are_named(sealed, attacker):
    rows = attacker.run("SELECT id, payload, salt FROM core_audit WHERE id IN (8, 9)")
    for (id_, _p, _s), (_id, payload, salt) in zip(rows, reversed(rows), strict=True):
        attacker.run("UPDATE core_audit SET payload = ?, salt = ? WHERE id = ?", (payload, salt, id_))
    assert named(verify(sealed)) >= {("core_audit", 8), ("core_audit", 9)}


def test_a_deleted_leaf_is_named(sealed, attacker):
    attacker.run("DELETE FROM core_seal WHERE leaf_index = 17")
    assert ("core_seal", 17) in named(verify(sealed))


def test_two_exchanged_leaves_are_named(sealed, attacker):
    for old, new in ((3, -3), (4, 3), (-3, 4)):
        attacker.run("UPDATE core_seal SET leaf_index = ? WHERE leaf_index = ?", (new, old))
    ids = {id_ for (id_,) in attacker.run("SELECT audit_id FROM core_seal WHERE leaf_index IN (3, 4)")}
    assert named(verify(sealed)) >= {("core_audit", id_) for id_ in ids}


def test_a_leaf_changed_together_with_its_audit_row_is_found_between_two_checkpoints(sealed, attacker):
    attacker.run("UPDATE core_audit SET actor = 'nobody' WHERE id = 12")
    (place,) = attacker.run("SELECT leaf_index FROM core_seal WHERE audit_id = 12")[0]
    leaf = leaf_sql(attacker.dialect, "a", str(place))
    (text,) = attacker.run(f"SELECT {leaf} FROM core_audit AS a WHERE id = 12")[0]
    attacker.run("UPDATE core_seal SET leaf_hash = ? WHERE leaf_index = ?", (leaf_hash(text.encode()), place))
    (found,) = [one for one in verify(sealed).findings if one.table == "core_checkpoint"]
    assert found.said.values["low"] <= place <= found.said.values["high"]


def test_the_newest_leaves_cut_off_are_found(sealed, attacker):
    (last,) = attacker.run("SELECT max(leaf_index) FROM core_seal")[0]
    attacker.run("DELETE FROM core_seal WHERE leaf_index = ?", (last,))
    assert ("core_seal", last) in named(verify(sealed))


def test_a_leaf_put_in_at_the_end_is_found(sealed, attacker):
    attacker.run(
        "INSERT INTO core_seal (leaf_index, audit_id, leaf_hash) VALUES (1000000000, 1000000000, ?)", (bytes(32),)
    )
    assert ("core_seal", 1000000000) in named(verify(sealed))


def test_every_deleted_checkpoint_is_found(sealed, attacker):
    for size, root, at, note in attacker.run("SELECT size, root, at, note FROM core_checkpoint ORDER BY size"):
        attacker.run("DELETE FROM core_checkpoint WHERE size = ?", (size,))
        assert not verify(sealed).ok, size
        attacker.run("INSERT INTO core_checkpoint (size, root, at, note) VALUES (?, ?, ?, ?)", (size, root, at, note))
    assert verify(sealed).ok


def test_all_checkpoints_deleted_is_found(sealed, attacker):
    attacker.run("DELETE FROM core_checkpoint")
    result = verify(sealed)
    assert ("core_sealer", 1) in named(result)


def test_the_stored_roots_of_subtrees_are_checked(offices, attacking):
    office = offices.make(only=[])
    desk = desk_of(office)
    for at in range(30):
        rows = [{"permission": f"core.p{at}.{n}"} for n in range(10)]
        desk.execute("core.role.create", code=f"r{at}", name="R", grants=rows)
    while seal(office, 100):
        pass
    assert verify(office).ok
    attacking(office).run("UPDATE core_seal_node SET hash = ? WHERE level = 8 AND position = 0", (bytes(32),))
    assert named(verify(office)) == {("core_seal_node", 0)}


def test_a_payload_taken_away_without_a_record_is_named(sealed, attacker):
    attacker.run("UPDATE core_audit SET payload = NULL, salt = NULL WHERE id = 12")
    assert named(verify(sealed)) >= {("core_audit", 12)}


def test_a_payload_taken_away_with_a_forged_record_is_found(sealed, attacker):
    (organization,) = attacker.run("SELECT organization_id FROM core_audit WHERE id = 12")[0]
    attacker.run("UPDATE core_audit SET payload = NULL, salt = NULL WHERE id = 12")
    attacker.run(
        "INSERT INTO core_erasure (id, organization_id, audit_id, reason) VALUES (1, ?, 12, 'forged')", (organization,)
    )
    assert ("core_erasure", 1) in named(verify(sealed))


@pytest.mark.parametrize("column", ["size", "frontier", "audit_id"])
def test_where_the_sealer_stands_cannot_be_changed_unseen(sealed, attacker, column):
    value = {"size": "size + 1", "audit_id": "audit_id + 5"}.get(column, "(SELECT root FROM core_checkpoint LIMIT 1)")
    attacker.run(f"UPDATE core_sealer SET {column} = {value}")
    assert ("core_sealer", 1) in named(verify(sealed))


def test_text_behind_a_nul_is_not_overlooked(sealed, attacker):
    if attacker.dialect != "sqlite":
        pytest.skip("PostgreSQL holds no text with a NUL")
    for column in ("actor", "at", "digest", "table_name", "company_id"):
        (was,) = attacker.run(f"SELECT {column} FROM core_audit WHERE id = 12")[0]
        attacker.run(f"UPDATE core_audit SET {column} = coalesce({column}, '') || char(0) || 'x' WHERE id = 12")
        assert ("core_audit", 12) in named(verify(sealed)), column
        attacker.run(f"UPDATE core_audit SET {column} = ? WHERE id = 12", (was,))
    assert verify(sealed).ok


def test_a_value_of_another_kind_does_not_stop_the_verification(sealed, attacker):
    if attacker.dialect != "sqlite":
        pytest.skip("PostgreSQL holds to its types")
    for table, column, key in (
        ("core_branch", "custom", "id"), ("core_branch", "name", "id"), ("core_seal", "leaf_hash", "leaf_index"),
        ("core_seal", "audit_id", "leaf_index"), ("core_audit", "actor", "id"), ("core_audit", "at", "id"),
        ("core_audit", "payload", "id"), ("core_audit", "company_id", "id"),
        ("core_checkpoint", "root", "size"), ("core_checkpoint", "note", "size"), ("core_checkpoint", "at", "size"),
    ):  # fmt: skip
        id_, was = attacker.run(f"SELECT {key}, {column} FROM {table} LIMIT 1")[0]
        for value in ("nonsense", b"\xff\xfe", 2.5):
            attacker.run(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (value, id_))
            assert not verify(sealed).ok, (table, column, value)
        attacker.run(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (was, id_))
    assert verify(sealed).ok
