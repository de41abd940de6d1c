"""The worked cases about sync: each is tested here, or named with the reason why not."""

import json
from pathlib import Path

import pytest

FILE = Path(__file__).resolve().parents[4] / "shared" / "cases" / "operations.json"
CASES = {case["id"]: case for case in json.loads(FILE.read_text("utf-8"))} if FILE.is_file() else {}

pytestmark = pytest.mark.skipif(not CASES, reason="the worked cases are not beside this checkout")

ELSEWHERE = {
    "SYNC-04": "test_deleting: an edit beats a deletion",
    "SYNC-05": "test_deleting: deleted there is put away here",
    "SYNC-14": "test_salesforce: a record changed in between is read again",
    "SYNC-16": "test_syncing: more records of one instant than a search gives",
    "SYNC-17": "test_syncing: what appears late is found by reading again",
    "SYNC-19": "test_syncing: a placeholder changes nothing here",
    "SYNC-20": "test_concurrency: the same record met twice at once",
    "SYNC-13": "a connector for CardDAV is on the roadmap",
}


def test_every_case_about_sync_is_here():
    here = {f"SYNC-{name[-2:]}" for name in globals() if name.startswith("test_sync_")}
    assert {id_ for id_ in CASES if id_.startswith("SYNC-")} == here | ELSEWHERE.keys()


def amal(hub, **more):
    return hub.add(firstname="Amal", lastname="Haddad", email="amal@shop.example", **more)


def test_sync_01(sync_of, hub):
    sync = sync_of(hub)
    sync.party(given_name="Amal", family_name="Haddad", email="amal@shop.example")
    amal(hub)
    answer = sync.run()
    assert answer["here"] == 0
    assert len(sync.links()) == CASES["SYNC-01"]["expect"]["state_entries"]


@pytest.mark.parametrize(("tie", "conflicts", "phone"), [("ask", 1, "2"), ("ours", 0, "1")])
def test_sync_02(sync_of, hub, tie, conflicts, phone):
    fields = ({"ours": "email", "theirs": "email", "identifies": True},
              {"ours": "phone", "theirs": "phone", "tie": tie})  # fmt: skip
    sync = sync_of(hub, fields=fields)
    party = sync.party(given_name="Amal", family_name="Haddad", email="amal@shop.example", phone="1")
    id_ = amal(hub, phone="2")
    assert sync.run()["conflicts"] == conflicts
    assert (sync.get(party).phone, hub.records[id_]["values"]["phone"]) == ("1", phone)


def test_sync_07(sync_of, hub):
    sync = sync_of(hub)
    amal(hub)
    sync.run()
    sync.run()
    hub.calls.clear()
    before = [(link.remote_version, link.base) for link in sync.links()]
    for _n in range(CASES["SYNC-07"]["given"]["runs"]):
        sync.run()
    assert hub.writes() == []
    assert [(link.remote_version, link.base) for link in sync.links()] == before


def test_sync_08(sync_of, hub):
    """Here the other way round: their version changed with nothing else, ours changed a field."""
    sync = sync_of(hub)
    id_ = amal(hub, phone="1")
    sync.run()
    hub.touch(id_)
    sync.change(sync.parties()["amal@shop.example"].id, phone="2")
    assert sync.run()["conflicts"] == 0
    assert hub.records[id_]["values"]["phone"] == "2"


def test_sync_10(sync_of, hub):
    sync = sync_of(hub)
    amal(hub)
    sync.run()
    code = sync.parties()["amal@shop.example"].code
    hub.add(firstname="Twin", lastname="X", email="twin@shop.example", backoffice_code=code)
    assert sync.run()["failed"] == 1
    assert list(sync.parties()) == ["amal@shop.example"]


def test_sync_11(sync_of, hub):
    """The record moved: it bears our code under another id, and the old one is gone."""
    sync = sync_of(hub)
    id_ = amal(hub)
    sync.run()
    hub.tick(minutes=30)
    values = dict(hub.records[id_]["values"])
    hub.remove(id_)
    sync.run()
    moved = hub.add(**values)
    sync.run()
    assert [link.remote_id for link in sync.links()] == [moved]
    assert len(sync.parties()) == 1
    hub.calls.clear()
    sync.run()
    assert hub.writes() == []
