"""Deletions: followed or not, never too many, and an edit beats them."""

import pytest
from backoffice_crm_sync.models import Change


@pytest.fixture
def linked(sync_of, hub):
    """A backend that follows deletions, with eight records linked."""

    def make(**values):
        sync = sync_of(hub, **{"deletes": "follow", "most_deleted": "100", **values})
        for n in range(8):
            hub.add(firstname=f"N{n}", lastname="X", email=f"n{n}@shop.example", phone="1")
        sync.run()
        hub.tick(minutes=30)
        return sync

    return make


def test_deleted_there_is_put_away_here(linked, hub):
    sync = linked()
    hub.remove("101")
    sync.run()
    assert not sync.parties()["n0@shop.example"].active
    assert sync.links()[0].state == "gone"
    assert sum(one.active for one in sync.parties().values()) == 7


def test_deletions_are_left_alone_where_nobody_asked_to_follow_them(linked, hub):
    sync = linked(deletes="keep")
    hub.remove("101")
    sync.run()
    assert sync.parties()["n0@shop.example"].active
    assert [one.what for one in sync.all(Change)][-1] == "gone"


def test_an_edit_here_beats_a_deletion_there(linked, hub):
    sync = linked()
    hub.remove("101")
    sync.change(sync.parties()["n0@shop.example"].id, phone="2")
    sync.run()
    assert sync.parties()["n0@shop.example"].active
    [again] = [one["values"] for one in hub.records.values() if one["values"].get("email") == "n0@shop.example"]
    assert again["phone"] == "2"
    assert {link.state for link in sync.links()} == {"linked"}


def test_put_away_here_is_deleted_there(linked, hub):
    sync = linked()
    sync.change(sync.parties()["n0@shop.example"].id, active=False)
    sync.run()
    assert "101" not in hub.records
    assert sync.links()[0].state == "gone"
    sync.run()
    assert len(hub.records) == 7


def test_an_edit_there_beats_a_deletion_here(linked, hub):
    sync = linked()
    sync.change(sync.parties()["n0@shop.example"].id, active=False)
    hub.records["101"]["values"]["phone"] = "2"  # seen only when it is read again
    sync.run()
    assert "101" in hub.records
    party = sync.parties()["n0@shop.example"]
    assert (party.active, sync.get(party.id).phone) == (True, "2")


def test_more_deletions_than_anybody_can_have_meant_stop_the_run(linked, hub):
    sync = linked(most_deleted="50")
    for n in range(7):
        hub.remove(str(101 + n))
    answer = sync.run()
    assert answer["state"] == "stopped"
    assert "7" in answer["problem"]
    assert all(one.active for one in sync.parties().values())
