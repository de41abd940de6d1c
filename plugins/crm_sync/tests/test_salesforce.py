"""The same through Salesforce, whose answers and refusals differ; what was recorded of it is read as well."""

import json
from pathlib import Path

import httpx2
import pytest
from backoffice_crm_sync.connectors.interface import Cursor, Where
from backoffice_crm_sync.connectors.salesforce import SalesforceSide

RECORDED = Path(__file__).resolve().parents[4] / "shared" / "data" / "crm_salesforce_fixtures" / "spec" / "fixtures"


def test_records_go_both_ways(sync_of, force):
    sync = sync_of(force, client="client")
    id_ = force.add(FirstName="Amal", LastName="Haddad", Email="amal@shop.example", Phone="1", MailingCity="Riyadh")
    party = sync.party(given_name="Badr", family_name="Salem", email="badr@shop.example")
    answer = sync.run()
    assert (answer["state"], answer["here"], answer["there"]) == ("done", 1, 1)
    amal = sync.parties()["amal@shop.example"]
    assert force.records[id_]["values"]["Backoffice_Code__c"] == amal.code
    sync.change(party, phone="7")
    force.change(id_, Phone="2")
    sync.run()
    assert sync.get(amal.id).phone == "2"
    assert "7" in {one["values"].get("Phone") for one in force.records.values()}
    assert ("POST", "/services/oauth2/token") in force.calls


def test_a_record_changed_in_between_is_read_again(sync_of, force):
    sync = sync_of(force)
    id_ = force.add(FirstName="Amal", LastName="Haddad", Email="amal@shop.example", Phone="1")
    sync.run()
    sync.run()
    party = sync.parties()["amal@shop.example"].id
    sync.change(party, given_name="Amaal")

    def meanwhile(request):
        if request.method == "PATCH":
            force.change(id_, Phone="2")
        else:
            force.breaks.insert(0, meanwhile)
        return force.answer(request, request.url.path, json.loads(request.content) if request.content else None)

    force.breaks = [meanwhile]
    sync.run()
    assert force.records[id_]["values"]["FirstName"] == "Amaal"
    assert sync.get(party).phone == "2"


def test_two_records_there_with_our_code_are_refused_and_nothing_is_written(sync_of, force):
    sync = sync_of(force, creates_here=False)
    party = sync.party(given_name="Badr", family_name="Salem", email="badr@shop.example")
    code = sync.get(party).code
    for _n in range(2):
        force.add(LastName="Twin", Backoffice_Code__c=code)
    answer = sync.run()
    assert answer["failed"] >= 1
    assert {one["values"]["LastName"] for one in force.records.values()} >= {"Twin"}


WHERE = Where("https://crm.example", "Whizbang", ("Text_Label",), "Code__c", secret="token")


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers are not beside this checkout")
def test_recorded_answers_are_understood(reached):
    def recorded(name):
        return json.loads((RECORDED / "sobject" / f"{name}.json").read_text("utf-8"))

    first, last = recorded("query_paginated_first_page_response"), recorded("query_paginated_last_page_response")
    for n, page in enumerate((first, last)):
        for record in page["records"]:
            record |= {"Id": f"00{n}", "SystemModstamp": f"2026-01-0{n + 1}T00:00:00.000+0000"}

    def answer(request):
        path = request.url.path
        if path.endswith("/query"):
            return httpx2.Response(200, json=first)
        if "/query/" in path:
            return httpx2.Response(200, json=last)
        if path.endswith("/deleted/"):
            return httpx2.Response(200, json=recorded("get_deleted_success_response"))
        return httpx2.Response(300, json=recorded("upsert_multiple_error_response"))

    reached(answer)
    side = SalesforceSide(WHERE)
    pages = list(side.changes(Cursor()))
    assert [[one.values["Text_Label"] for one in page] for page in pages] == [["First Page"], ["Last Page"]]
    assert list(side.deleted(pages[0][0].modified)) == ["a00D0000008pQRAIA2"]
    with pytest.raises(Exception, match="Several records"):
        side.create({"Text_Label": "x"}, "C1")
    side.close()
