"""HubSpot, over its REST interface of objects, version 3.

Its search gives at most 10,000 results for a question and sorts by one property; changes are read in the order of their
instant, and those of one instant in the order of their ids, so that no number of records changed at once stops it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from backoffice.hookspecs import messages

from .http import NOT_FOUND, Http, json_of
from .interface import Cursor, Refused, Remote, Values, Where

_ = messages("crm_sync")

MOST_FOUND = 10_000
PAGE = 100
PAUSE = 0.26
"""Seconds between two searches: four in a second are allowed."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


class HubSpotSide:
    """A connection to one HubSpot account."""

    def __init__(self, where: Where) -> None:
        self.where = where
        self._http = Http(where.address, {"Authorization": f"Bearer {where.secret}"}, pause=PAUSE)
        self._path = f"/crm/v3/objects/{where.kind}"
        self._stamp = "lastmodifieddate" if where.kind == "contacts" else "hs_lastmodifieddate"
        self._fields = [*where.fields, where.key_field, self._stamp]

    def changes(self, cursor: Cursor) -> Iterator[Sequence[Remote]]:
        """Yield pages of what was changed at or after the cursor, the earliest first."""
        since = cursor.modified or EPOCH
        while True:
            seen, last = 0, since
            for page in self._search(self._stamp, "GTE", since):
                yield page
                seen, last = seen + len(page), max(last, page[-1].modified)
                if seen >= MOST_FOUND:
                    break
            if seen < MOST_FOUND:
                return
            yield from self._of_one_instant(last)
            since = last + MILLISECOND

    def _search(self, name: str, operator: str, since: datetime) -> Iterator[list[Remote]]:
        after = ""
        while True:
            body: dict[str, Any] = {
                "filterGroups": [
                    {"filters": [{"propertyName": name, "operator": operator, "value": _milliseconds(since)}]}
                ],
                "sorts": [{"propertyName": name, "direction": "ASCENDING"}],
                "properties": self._fields,
                "limit": PAGE,
            }
            found = self._found({**body, **({"after": after} if after else {})})
            page = [self._remote(one) for one in found.get("results", ())]
            if page:
                yield page
            after = ((found.get("paging") or {}).get("next") or {}).get("after", "")
            if not after or not page:
                return

    def _of_one_instant(self, instant: datetime) -> Iterator[list[Remote]]:
        """Yield everything changed at one instant, in the order of ids, however much that is."""
        last = "0"
        while True:
            filters = [
                {"propertyName": self._stamp, "operator": "EQ", "value": _milliseconds(instant)},
                {"propertyName": "hs_object_id", "operator": "GT", "value": last},
            ]
            sorts = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
            found = self._found(
                {"filterGroups": [{"filters": filters}], "sorts": sorts, "properties": self._fields, "limit": PAGE}
            )
            page = [self._remote(one) for one in found.get("results", ())]
            if not page:
                return
            yield page
            last = page[-1].id

    def _found(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = json_of(self._http.ask("POST", f"{self._path}/search", json=body))
        return found

    def _remote(self, found: Mapping[str, Any]) -> Remote:
        values = {name: "" if value is None else str(value) for name, value in (found.get("properties") or {}).items()}
        stamp = str(found.get("updatedAt") or values.get(self._stamp) or "")
        return Remote(str(found["id"]), stamp, _instant(stamp), values)

    def deleted(self, since: datetime) -> Iterator[str]:
        """Yield the ids of records archived since an instant."""
        after = ""
        while True:
            params = {"archived": "true", "limit": str(PAGE), **({"after": after} if after else {})}
            found = json_of(self._http.ask("GET", self._path, params=params))
            for one in found.get("results", ()):
                if _instant(str(one.get("archivedAt") or "")) >= since:
                    yield str(one["id"])
            after = ((found.get("paging") or {}).get("next") or {}).get("after", "")
            if not after:
                return

    def read(self, id_: str) -> Remote | None:
        """Return one record, or None when it is gone."""
        answer = self._http.ask(
            "GET", f"{self._path}/{id_}", params={"properties": ",".join(self._fields)}, accept=(NOT_FOUND,)
        )
        if answer.status_code == NOT_FOUND:
            return None
        found = json_of(answer)
        return None if found.get("archived") else self._remote(found)

    def create(self, values: Values, key: str) -> Remote:
        """Make a record, or change the one whose key field holds ``key``."""
        one = {"idProperty": self.where.key_field, "id": key, "properties": {**values, self.where.key_field: key}}
        found = json_of(self._http.ask("POST", f"{self._path}/batch/upsert", json={"inputs": [one]}))
        if not found.get("results"):
            raise Refused(str(found.get("errors") or found)[:400])
        return self._remote(found["results"][0])

    def update(self, id_: str, values: Values, version: str) -> Remote:
        """Change values of a record; HubSpot cannot tell whether somebody else did in between."""
        return self._remote(json_of(self._http.ask("PATCH", f"{self._path}/{id_}", json={"properties": dict(values)})))

    def delete(self, id_: str) -> None:
        """Archive a record."""
        self._http.ask("DELETE", f"{self._path}/{id_}", accept=(NOT_FOUND,))

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()


def _milliseconds(instant: datetime) -> str:
    return str(int((instant - EPOCH) / MILLISECOND))


def _instant(text: str) -> datetime:
    if text.isdigit():
        return EPOCH + int(text) * MILLISECOND
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return EPOCH
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class HubSpot:
    """HubSpot."""

    name = "hubspot"
    label = "HubSpot"
    kind = "contacts"
    fields: Mapping[str, str] = {
        "given_name": "firstname",
        "family_name": "lastname",
        "email": "email",
        "phone": "phone",
        "address.street": "address",
        "address.city": "city",
        "address.postcode": "zip",
    }

    def connect(self, where: Where) -> HubSpotSide:
        """Return a connection with the token of a private app."""
        return HubSpotSide(where)
