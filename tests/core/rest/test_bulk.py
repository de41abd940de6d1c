"""Many actions in one request."""

import pytest


@pytest.fixture
def sent(api):
    """Send actions together."""

    def send(*requests, headers=None, **more):
        return api.post("/bulk", json={"requests": list(requests), **more}, headers=headers or {})

    return send


def branch(code):
    return {"action": "core.branch.create", "arguments": {"code": code, "name": code.title()}}


def test_each_action_has_a_result_of_its_own_and_one_that_fails_stops_no_other(sent, api):
    done = sent(branch("north"), {"action": "library.catalogue", "arguments": {"id": 99}}, branch("south"))
    assert done.status_code == 200
    assert [one["status"] for one in done.json["results"]] == [200, 404, 200]
    assert done.json["results"][0]["data"]["code"] == "north"
    assert done.json["results"][1]["problem"]["code"] == "not-found"
    assert len(api.get("/core/branch").json["data"]) == 2


def test_all_or_none_when_that_is_asked(sent, api):
    refused = sent(branch("north"), {"action": "core.branch.create", "arguments": {"name": "x"}}, atomic=True)
    assert refused.status_code == 422
    assert refused.json["fields"] == {"requests.1.arguments.code": ["This is needed."]}
    assert api.get("/core/branch").json["data"] == []
    assert [one["status"] for one in sent(branch("a"), branch("b"), atomic=True).json["results"]] == [200, 200]


def test_each_action_is_done_once_by_its_own_key_or_by_its_place_under_that_of_the_request(sent, api):
    first = sent({**branch("north"), "key": "n1"}, branch("south"), headers={"Idempotency-Key": "whole"})
    again = sent({**branch("north"), "key": "n1"}, branch("south"), headers={"Idempotency-Key": "whole"})
    assert again.json == first.json
    other = sent({**branch("west"), "key": "n1"})
    assert other.json["results"][0]["problem"]["code"] == "key-reused"


def test_what_needs_a_second_person_waits_beside_what_is_done(sent):
    done = sent({"action": "library.write_off", "arguments": {"id": 1}}, branch("north"))
    assert [one["status"] for one in done.json["results"]] == [202, 200]
    assert done.json["results"][0]["data"]["state"] == "pending"


def test_permissions_are_asked_for_each(library, api):
    done = api.post("/bulk", json={"requests": [{"action": "library.nothing", "arguments": {}}]})
    assert done.json["results"][0]["problem"]["code"] == "not-found"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"requests": []},
        {"requests": [{}]},
        {"requests": [{"action": "x", "arguments": []}]},
        {"requests": [{"action": "x", "colour": 1}]},
        {"requests": [{"action": "x"}], "atomic": "yes"},
        {"requests": [{"action": "x"}] * 501},
        {"requests": "x"},
        {"requests": [{"action": "x"}], "colour": 1},
    ],
)
def test_a_body_that_is_none_is_refused_and_nothing_done(api, body):
    assert api.post("/bulk", json=body).status_code == 422


def test_a_key_that_cannot_be_one_is_refused(sent):
    assert sent({**branch("north"), "key": "ö"}).status_code == 400
