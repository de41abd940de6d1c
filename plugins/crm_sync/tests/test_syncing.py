"""Runs against a system that answers as HubSpot does: what is written where, and what is not."""

import httpx2
import pytest
from backoffice_crm_sync.connectors import hubspot
from backoffice_crm_sync.models import Change, Pending

from backoffice.core.api import InvalidInput, RuleBroken


def test_who_is_not_known_is_created_here_and_bears_our_code_there(sync_of, hub):
    sync = sync_of(hub)
    id_ = hub.add(firstname="Amal", lastname="Haddad", email="amal@shop.example", phone="1", city="Riyadh")
    answer = sync.run()
    assert (answer["state"], answer["here"], answer["failed"]) == ("done", 1, 0)
    party = sync.parties()["amal@shop.example"]
    assert (party.name, party.kind, party.customer) == ("Amal Haddad", "person", True)
    assert sync.get(party.id).phone == "1"
    assert hub.records[id_]["values"]["backoffice_code"] == party.code


def test_a_second_run_calls_for_no_write_and_no_reading_of_records(sync_of, hub):
    sync = sync_of(hub)
    hub.add(firstname="Amal", lastname="Haddad", email="amal@shop.example")
    sync.party(given_name="Badr", family_name="Salem", email="badr@shop.example")
    sync.run()
    sync.run()
    hub.calls.clear()
    answer = sync.run()
    assert (answer["here"], answer["there"]) == (0, 0)
    assert hub.writes() == []
    assert [path for _method, path in hub.calls if path.split("/")[-1].isdigit()] == []


def test_customers_are_created_there_once_even_when_the_answer_is_lost(sync_of, hub):
    sync = sync_of(hub)
    party = sync.party(given_name="Badr", family_name="Salem", email="badr@shop.example", customer=True)
    sync.party(given_name="Nobody", family_name="Special", email="no@shop.example", customer=False)

    def lost(request):
        hub.answer(request, "/crm/v3/objects/contacts/batch/upsert", __import__("json").loads(request.content))
        raise httpx2.ReadTimeout("the answer was lost")

    hub.breaks = [None, lost]
    assert sync.run()["state"] == "done"
    assert sync.run()["state"] == "done"
    assert [one["values"]["email"] for one in hub.records.values()] == ["badr@shop.example"]
    [link] = sync.links()
    assert link.party_id == party


def test_changes_go_both_ways_field_by_field(sync_of, hub):
    sync = sync_of(hub)
    id_ = hub.add(firstname="Amal", lastname="Haddad", email="amal@shop.example", phone="1")
    sync.run()
    party = sync.parties()["amal@shop.example"].id
    hub.change(id_, phone="2")
    sync.change(party, given_name="Amaal")
    answer = sync.run()
    assert (answer["here"], answer["there"], answer["conflicts"]) == (1, 1, 0)
    assert (sync.get(party).phone, sync.get(party).given_name) == ("2", "Amaal")
    assert hub.records[id_]["values"]["firstname"] == "Amaal"
    assert hub.records[id_]["values"]["phone"] == "2"


def test_existing_records_are_recognised_and_merged_at_first_sight(sync_of, hub):
    sync = sync_of(hub)
    party = sync.party(given_name="Amal", family_name="Haddad", email="Amal@Shop.example")
    id_ = hub.add(firstname="Amal", lastname="Haddad", email="amal@shop.example", phone="77")
    sync.run()
    assert len(sync.desk.list("parties.party").records) == 1
    assert sync.get(party).phone == "77"
    assert [(link.party_id, link.remote_id) for link in sync.links()] == [(party, id_)]


def test_several_that_could_be_meant_are_left_to_people(sync_of, hub):
    sync = sync_of(hub, who="none")
    for name in ("Amal", "Aml"):
        sync.party(given_name=name, family_name="Haddad", email="amal@shop.example")
    hub.add(firstname="Amal", lastname="Haddad", email="amal@shop.example")
    answer = sync.run()
    assert (answer["failed"], answer["here"]) == (1, 0)
    assert sync.links() == []


def test_a_new_mail_address_makes_no_twin(sync_of, hub):
    sync = sync_of(hub)
    id_ = hub.add(firstname="Amal", lastname="Haddad", email="old@shop.example")
    sync.run()
    hub.change(id_, email="new@shop.example")
    sync.run()
    assert list(sync.parties()) == ["new@shop.example"]
    assert len(hub.records) == 1


def test_what_both_changed_is_asked_and_then_decided(sync_of, hub):
    sync = sync_of(hub)
    id_ = hub.add(firstname="Amal", lastname="Haddad", email="amal@shop.example", phone="1", city="Riyadh")
    sync.run()
    party = sync.parties()["amal@shop.example"].id
    hub.change(id_, phone="3", city="Jeddah")
    sync.change(party, phone="2")
    answer = sync.run()
    assert (answer["conflicts"], sync.get(party).phone, hub.records[id_]["values"]["phone"]) == (1, "2", "3")
    assert sync.cities(party) == ["Jeddah"]
    sync.run()
    [conflict] = sync.conflicts()
    assert (conflict.base, conflict.ours, conflict.theirs) == ("1", "2", "3")
    sync.desk.execute("crm_sync.decide", id=conflict.id, take="ours")
    sync.run()
    assert hub.records[id_]["values"]["phone"] == "2"
    with pytest.raises(RuleBroken):
        sync.desk.execute("crm_sync.decide", id=conflict.id, take="theirs")


def test_theirs_is_taken_at_once(sync_of, hub):
    sync = sync_of(hub)
    id_ = hub.add(firstname="Amal", lastname="Haddad", email="amal@shop.example", phone="1")
    sync.run()
    party = sync.parties()["amal@shop.example"].id
    hub.change(id_, phone="3")
    sync.change(party, phone="2")
    sync.run()
    [conflict] = sync.conflicts()
    sync.desk.execute("crm_sync.decide", id=conflict.id, take="theirs")
    assert sync.get(party).phone == "3"
    hub.calls.clear()
    sync.run()
    assert hub.writes() == []
    assert sync.links()[0].state == "linked"


def test_a_disagreement_that_ends_by_itself_is_settled(sync_of, hub):
    sync = sync_of(hub)
    id_ = hub.add(firstname="Amal", lastname="Haddad", email="amal@shop.example", phone="1")
    sync.run()
    party = sync.parties()["amal@shop.example"].id
    hub.change(id_, phone="3")
    sync.change(party, phone="2")
    sync.run()
    sync.change(party, phone="3")
    sync.run()
    assert [one.state for one in sync.conflicts()] == ["settled"]


def test_a_trial_writes_nothing(sync_of, hub):
    sync = sync_of(hub)
    id_ = hub.add(firstname="Amal", lastname="Haddad", email="amal@shop.example")
    answer = sync.run("trial")
    assert answer["here"] == 1
    assert sync.parties() == {}
    assert (hub.writes(), sync.links()) == ([], [])
    assert [one.what for one in sync.all(Change)] == ["created_here"]
    assert "backoffice_code" not in hub.records[id_]["values"]


def test_one_record_that_is_refused_keeps_no_other_back(sync_of, hub):
    sync = sync_of(hub)
    bad = hub.add(firstname="Amal", lastname="Haddad", email="amal@shop.example")
    sync.run()
    party = sync.parties()["amal@shop.example"].id
    hub.records[bad]["values"]["email"] = "x@@y"  # theirs refuses every change from now on
    hub.touch(bad)
    hub.add(firstname="Badr", lastname="Salem", email="badr@shop.example")
    sync.change(party, phone="5")
    answer = sync.run()
    assert (answer["state"], answer["failed"]) == ("done", 1)
    assert "badr@shop.example" in sync.parties()
    [link] = [one for one in sync.links() if one.remote_id == bad]
    assert link.state == "failed"
    assert link.problem


def test_a_run_that_breaks_off_goes_on_where_it_stopped(sync_of, hub, monkeypatch):
    monkeypatch.setattr(hubspot, "PAGE", 2)
    sync = sync_of(hub, overlap=0, who="none", direction="pull")
    for n in range(6):
        hub.add(firstname=f"N{n}", lastname="X", email=f"n{n}@shop.example")
    hub.breaks = [None, httpx2.Response(503), httpx2.Response(503), httpx2.Response(503)]
    answer = sync.run()
    assert answer["state"] == "stopped"
    assert len(sync.parties()) == 2
    hub.calls.clear()
    assert sync.run()["state"] == "done"
    assert len(sync.parties()) == 6
    assert sync.runs()[0].problem


def test_what_appears_late_is_found_by_reading_again(sync_of, hub):
    sync = sync_of(hub, overlap=10)
    hub.add(firstname="Amal", lastname="Haddad", email="amal@shop.example")
    sync.run()
    late = hub.add(firstname="Late", lastname="Riser", email="late@shop.example")
    hub.records[late]["at"] = hub.records[min(hub.records)]["at"].replace(second=0) - __import__("datetime").timedelta(
        minutes=4
    )
    sync.run()
    assert "late@shop.example" in sync.parties()


def test_more_records_of_one_instant_than_a_search_gives(sync_of, hub, monkeypatch):
    """airbytehq/airbyte#43317: progress by instant and id, not by the instant alone."""
    monkeypatch.setattr(hubspot, "MOST_FOUND", 6)
    monkeypatch.setattr(hubspot, "PAGE", 3)
    sync = sync_of(hub, direction="pull")
    at = hub.tick()
    for n in range(20):
        id_ = hub.add(firstname=f"N{n}", lastname="X", email=f"n{n}@shop.example")
        hub.records[id_]["at"] = at
    after = hub.add(firstname="After", lastname="X", email="after@shop.example")
    assert hub.records[after]["at"] > at
    assert sync.run()["state"] == "done"
    assert len(sync.parties()) == 21


def test_an_empty_record_there_and_a_placeholder_change_nothing_here(sync_of, hub):
    fields = (
        {"ours": "email", "theirs": "email", "identifies": True},
        {"ours": "family_name", "theirs": "lastname", "placeholder": "Unknown"},
    )
    sync = sync_of(hub, fields=fields)
    hub.add(email="", lastname="Unknown")
    id_ = hub.add(email="amal@shop.example", lastname="Unknown")
    sync.run()
    sync.run()
    assert sync.parties()["amal@shop.example"].family_name in (None, "")
    assert len(sync.parties()) == 1
    assert hub.records[id_]["values"]["lastname"] == "Unknown"


def test_a_run_is_taken_back(sync_of, hub):
    sync = sync_of(hub)
    id_ = hub.add(firstname="Amal", lastname="Haddad", email="amal@shop.example", phone="1")
    sync.run()
    party = sync.parties()["amal@shop.example"].id
    hub.change(id_, phone="999", firstname="XXX")
    hub.add(firstname="Spam", lastname="Bot", email="spam@shop.example")
    bad = sync.run()["id"]
    sync.change(party, given_name="Amal-Noor")
    answer = sync.desk.execute("crm_sync.undo", id=bad)
    assert answer["restored"] == 1
    assert (sync.get(party).phone, sync.get(party).given_name) == ("1", "Amal-Noor")
    assert not sync.parties()["spam@shop.example"].active
    sync.run()
    assert hub.records[id_]["values"]["phone"] == "1"
    assert hub.records[id_]["values"]["firstname"] == "Amal-Noor"
    assert len(hub.records) == 2  # whom it had created is put away here and left alone there


def test_a_link_kept_apart_is_left_alone(sync_of, hub):
    sync = sync_of(hub)
    id_ = hub.add(firstname="Amal", lastname="Haddad", email="amal@shop.example", phone="1")
    sync.run()
    [link] = sync.links()
    sync.desk.execute("crm_sync.part", id=link.id)
    hub.change(id_, phone="2")
    sync.change(link.party_id, phone="3")
    sync.run()
    assert (sync.get(link.party_id).phone, hub.records[id_]["values"]["phone"]) == ("3", "2")
    sync.desk.execute("crm_sync.rejoin", id=link.id)
    assert sync.run()["conflicts"] == 1


def test_directions(sync_of, hub):
    sync = sync_of(hub, direction="pull")
    sync.party(given_name="Badr", family_name="Salem", email="badr@shop.example")
    id_ = hub.add(firstname="Amal", lastname="Haddad", email="amal@shop.example", phone="1")
    sync.run()
    sync.change(sync.parties()["amal@shop.example"].id, phone="2")
    sync.run()
    assert (len(hub.records), hub.records[id_]["values"]["phone"], hub.writes()) == (1, "1", [])


def test_only_pushing_changes_nothing_here(sync_of, hub):
    sync = sync_of(hub, direction="push")
    party = sync.party(given_name="Badr", family_name="Salem", email="badr@shop.example")
    hub.add(firstname="Amal", lastname="Haddad", email="amal@shop.example")
    sync.run()
    [made] = [id_ for id_, one in hub.records.items() if one["values"].get("email") == "badr@shop.example"]
    hub.change(made, phone="9")
    sync.run()
    assert (len(sync.parties()), sync.get(party).phone) == (1, None)


def test_a_full_run_hands_over_who_was_there_before_the_backend(sync_of, hub, office):
    from backoffice.core.testing.offices import desk_of

    desk_of(office).execute(
        "parties.party.create", kind="person", given_name="Old", family_name="Friend", email="old@shop.example",
        customer=True,
    )  # fmt: skip
    from backoffice.core.testing.work import work_off

    work_off(office)
    sync = sync_of(hub)
    assert sync.run()["there"] == 0
    assert sync.run("full")["there"] == 1
    assert sync.run("full")["there"] == 0
    assert sync.all(Pending) == []


def test_a_secret_that_is_refused_stops_the_run_and_says_so(sync_of, hub):
    sync = sync_of(hub)
    hub.breaks = [httpx2.Response(401, json={"message": "expired"})]
    answer = sync.run()
    assert answer["state"] == "stopped"
    assert "let us in" in answer["problem"]
    assert sync.desk.get("crm_sync.backend", "crm").problem


def test_two_runs_of_one_backend_are_not_at_work_at_once(sync_of, hub):
    sync = sync_of(hub)
    inner = []
    hub.add(firstname="Amal", lastname="Haddad", email="amal@shop.example")
    hub.breaks = [lambda request: inner.append(sync.run()) or hub(request)]
    assert sync.run()["state"] == "done"
    assert inner == [{"state": "busy"}]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"address": "http://crm.example"}, "address"),
        ({"connector": "fax"}, "connector"),
        ({"fields": [{"ours": "email", "theirs": "a"}, {"ours": "email", "theirs": "b"}]}, "fields"),
        ({"fields": [{"ours": "email", "theirs": "code"}]}, "fields"),
    ],
)
def test_a_backend_that_could_not_work_is_refused(office, values, field):
    from backoffice.core.testing.offices import desk_of

    given = {"code": "x", "name": "X", "connector": "hubspot", "address": "https://x.example", "key_field": "code"}
    with pytest.raises(InvalidInput) as refused:
        desk_of(office).execute("crm_sync.backend.create", {**given, **values})
    assert field in refused.value.fields


def test_usual_fields_are_proposed_once(sync_of, hub):
    sync = sync_of(hub)
    assert sync.desk.execute("crm_sync.propose_fields", id=sync.backend)["added"] == 2
    assert sync.desk.execute("crm_sync.propose_fields", id=sync.backend)["added"] == 0
