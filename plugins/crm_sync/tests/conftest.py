"""An office with one backend, and other systems made of a dictionary that answer as the real ones do."""

import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote

import httpx2
import pytest
import sqlalchemy as sa
import stamina
from backoffice_crm_sync.connectors import http, hubspot
from backoffice_crm_sync.models import Conflict, Link, Run
from backoffice_crm_sync.syncing import synchronise
from backoffice_parties.models import Party
from hypothesis import settings

from backoffice.core.testing.offices import Offices, desk_of
from backoffice.core.testing.work import work_off

settings.register_profile("crm_sync", derandomize=True, deadline=None, max_examples=200)
settings.load_profile("crm_sync")

ADDRESS = "https://crm.example"
BEGAN = datetime(2026, 1, 10, 9, 0, tzinfo=UTC)


class Fake:
    """Records of another system; ``calls`` are what was asked of it, ``breaks`` what it answers instead."""

    def __init__(self):
        self.records, self.deleted, self.calls, self.breaks = {}, {}, [], []
        self.now, self.made = BEGAN, 100

    def tick(self, **step):
        self.now += timedelta(**(step or {"minutes": 1}))
        return self.now

    def add(self, **values):
        self.made += 1
        self.records[str(self.made)] = {"values": values, "at": self.tick()}
        return str(self.made)

    def change(self, id_, **values):
        self.records[id_]["values"].update(values)
        self.records[id_]["at"] = self.tick()

    def touch(self, id_):
        self.records[id_]["at"] = self.tick()

    def remove(self, id_):
        self.records.pop(id_)
        self.deleted[id_] = self.tick()

    def writes(self):
        return [call for call in self.calls if call[0] in ("PATCH", "DELETE") or call[1].endswith("upsert")]

    def __call__(self, request):
        path = unquote(request.url.path)
        self.calls.append((request.method, path))
        if self.breaks:
            broken = self.breaks.pop(0)
            if callable(broken):
                return broken(request)
            if broken is not None:
                return broken
        body = json.loads(request.content) if request.content[:1] in (b"{", b"[") else None
        return self.answer(request, path, body)


def _is_at(at, wanted, exact):
    milliseconds = int(at.timestamp() * 1000)
    return milliseconds == wanted if exact else milliseconds >= wanted


class HubSpot(Fake):
    """Contacts of HubSpot."""

    key = "backoffice_code"

    def shown(self, id_):
        one = self.records[id_]
        return {"id": id_, "properties": dict(one["values"]), "updatedAt": one["at"].isoformat(), "archived": False}

    def answer(self, request, path, body):
        at = path.removeprefix("/crm/v3/objects/contacts").strip("/")
        if at == "search":
            return self.search(body)
        if at == "batch/upsert":
            return self.upsert(body["inputs"][0])
        if not at:
            found = [{"id": id_, "archivedAt": when.isoformat()} for id_, when in self.deleted.items()]
            return httpx2.Response(200, json={"results": found})
        if at not in self.records:
            return httpx2.Response(404, json={"message": "resource not found"})
        if request.method == "DELETE":
            self.remove(at)
            return httpx2.Response(204)
        if request.method == "PATCH":
            if body["properties"].get("email", "@").count("@") != 1:
                return httpx2.Response(400, json={"message": "Email address is invalid"})
            self.change(at, **body["properties"])
        return httpx2.Response(200, json=self.shown(at))

    def upsert(self, one):
        known = [id_ for id_, record in self.records.items() if record["values"].get(self.key) == one["id"]]
        id_ = known[0] if known else self.add()
        self.change(id_, **one["properties"])
        return httpx2.Response(200, json={"results": [self.shown(id_)]})

    def search(self, body):
        found = [(record["at"], int(id_), id_) for id_, record in self.records.items()]
        for one in body["filterGroups"][0]["filters"]:
            wanted = int(one["value"])
            if one["propertyName"] == "hs_object_id":
                found = [row for row in found if row[1] > wanted]
            else:
                exact = one["operator"] == "EQ"
                found = [row for row in found if _is_at(row[0], wanted, exact)]
        by_id = body["sorts"][0]["propertyName"] == "hs_object_id"
        found.sort(key=(lambda row: row[1]) if by_id else (lambda row: row[0]))
        start, most = int(body.get("after") or 0), hubspot.MOST_FOUND
        if start >= most:
            return httpx2.Response(400, json={"message": "too many results"})
        page = found[start : start + body["limit"]]
        more = start + len(page) < len(found)
        paging = {"paging": {"next": {"after": str(start + len(page))}}} if more else {}
        return httpx2.Response(200, json={"results": [self.shown(row[2]) for row in page], **paging})


class Salesforce(Fake):
    """Contacts of Salesforce."""

    key = "Backoffice_Code__c"

    def shown(self, id_):
        one = self.records[id_]
        stamp = one["at"].strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        return {"Id": id_, "SystemModstamp": stamp, "attributes": {"type": "Contact"}, **one["values"]}

    def answer(self, request, path, body):
        if path.endswith("/oauth2/token"):
            return httpx2.Response(200, json={"access_token": "token", "instance_url": ADDRESS})
        if path.endswith("/query"):
            return self.query(parse_qs(request.url.query.decode())["q"][0])
        at = path.removeprefix("/services/data/v60.0/sobjects/Contact").strip("/")
        if at == "deleted":
            found = [{"id": id_, "deletedDate": when.isoformat()} for id_, when in self.deleted.items()]
            return httpx2.Response(200, json={"deletedRecords": found})
        if at.startswith(self.key):
            return self.upsert(at.removeprefix(self.key).strip("/"), body)
        if at not in self.records:
            return httpx2.Response(404, json=[{"message": "gone", "errorCode": "NOT_FOUND"}])
        if request.method == "DELETE":
            self.remove(at)
            return httpx2.Response(204)
        if request.method == "PATCH":
            since = request.headers.get("If-Unmodified-Since")
            if since and self.records[at]["at"] > datetime.strptime(since, "%a, %d %b %Y %H:%M:%S GMT").replace(
                tzinfo=UTC
            ):
                return httpx2.Response(412, json=[{"message": "changed"}])
            self.change(at, **{name: value or "" for name, value in body.items()})
            return httpx2.Response(204)
        return httpx2.Response(200, json=self.shown(at))

    def upsert(self, key, body):
        known = [id_ for id_, record in self.records.items() if record["values"].get(self.key) == key]
        if len(known) > 1:
            return httpx2.Response(300, json=known)
        id_ = known[0] if known else self.add()
        self.change(id_, **{self.key: key, **{name: value or "" for name, value in body.items()}})
        return httpx2.Response(200 if known else 201, json={"id": id_, "errors": [], "success": True})

    def query(self, text):
        found = sorted((record["at"], id_) for id_, record in self.records.items())
        since = re.search(r"SystemModstamp (?:>|=) (\S+?)Z", text)
        if since:
            at = datetime.fromisoformat(since[1]).replace(tzinfo=UTC)
            after = re.search(r"Id > '(\w+)'", text)
            found = [row for row in found if row[0] > at or (row[0] == at and row[1] > (after[1] if after else ""))]
        return httpx2.Response(200, json={"done": True, "records": [self.shown(row[1]) for row in found]})


FIELDS = (
    {"ours": "given_name", "theirs": "firstname"},
    {"ours": "family_name", "theirs": "lastname"},
    {"ours": "email", "theirs": "email", "identifies": True},
    {"ours": "phone", "theirs": "phone"},
    {"ours": "address.city", "theirs": "city"},
)
NAMES = {"firstname": "FirstName", "lastname": "LastName", "email": "Email", "phone": "Phone", "city": "MailingCity"}


class Sync:
    """A backend of an office, and short ways to work with it."""

    def __init__(self, office, fake, *, fields=FIELDS, **values):
        self.office, self.desk, self.fake = office, desk_of(office), fake
        salesforce = isinstance(fake, Salesforce)
        lines = [{**one, "theirs": NAMES[one["theirs"]]} if salesforce else one for one in fields]
        self.backend = self.desk.execute(
            "crm_sync.backend.create", code="crm", name="CRM", connector="salesforce" if salesforce else "hubspot",
            address=ADDRESS, key_field=fake.key, fields=lines, **values,
        )["id"]  # fmt: skip
        self.desk.execute("crm_sync.set_secret", id=self.backend, secret="token")

    def run(self, kind="changes"):
        """Let what happened be heard, and run."""
        work_off(self.office)
        return synchronise(self.desk, self.backend, kind)

    def party(self, **values):
        return self.desk.execute("parties.party.create", **{"kind": "person", "customer": True, **values})["id"]

    def change(self, id_, **values):
        self.desk.execute("parties.party.change", id=id_, **values)
        work_off(self.office)

    def get(self, id_):
        return self.desk.get("parties.party", id_)

    def cities(self, id_):
        with self.desk.reading() as session:
            return [one.city for one in session.get(Party, id_).addresses]

    def all(self, model):
        with self.desk.reading() as session:
            return session.scalars(sa.select(model).order_by(model.id)).all()

    def links(self):
        return self.all(Link)

    def conflicts(self):
        return self.all(Conflict)

    def runs(self):
        return self.all(Run)

    def parties(self):
        return {one.email: one for one in self.desk.list("parties.party").records}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Nothing waits for real."""
    monkeypatch.setattr(hubspot, "PAUSE", 0.0)
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def office(tmp_path):
    made = Offices("sqlite", tmp_path).make(only=["parties", "crm_sync"])
    yield made
    made.close()


@pytest.fixture
def reached(monkeypatch):
    """Let calls over HTTP reach a fake system."""

    def use(fake):
        monkeypatch.setattr(http, "transport", lambda: httpx2.MockTransport(fake))
        return fake

    return use


@pytest.fixture
def hub(reached):
    return reached(HubSpot())


@pytest.fixture
def force(reached):
    return reached(Salesforce())


@pytest.fixture
def sync_of(office):
    """Return what makes a backend."""
    return lambda fake, **values: Sync(office, fake, **values)
