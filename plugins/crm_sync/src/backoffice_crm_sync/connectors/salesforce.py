"""Salesforce, over its REST interface: queries ordered by stamp and id, upserts by an external id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

from backoffice.hookspecs import messages

from .http import GONE, NOT_FOUND, Http, json_of
from .interface import Ambiguous, Cursor, Remote, Values, Where

_ = messages("crm_sync")

VERSION = "/services/data/v60.0"
MULTIPLE = 300
LONGEST_DELETED = timedelta(days=29)
"""Deletions are told for thirty days back."""


class SalesforceSide:
    """A connection to one organisation of Salesforce."""

    def __init__(self, where: Where) -> None:
        self.where = where
        self._http = Http(where.address, {})
        self._http.authorise(where.secret if not where.client else self._token())
        self._path = f"{VERSION}/sobjects/{where.kind}"
        self._fields = ("Id", "SystemModstamp", where.key_field, *where.fields)

    def _token(self) -> str:
        """Ask for a token with the client's credentials."""
        form = {
            "grant_type": "client_credentials", "client_id": self.where.client, "client_secret": self.where.secret,
        }  # fmt: skip
        return str(json_of(self._http.ask("POST", "/services/oauth2/token", data=form))["access_token"])

    def changes(self, cursor: Cursor) -> Iterator[Sequence[Remote]]:
        """Yield pages of what was changed at or after the cursor, ordered by stamp and id."""
        condition = ""
        if cursor.modified is not None:
            stamp = _stamp(cursor.modified)
            later = f"SystemModstamp > {stamp}"
            same = f"(SystemModstamp = {stamp} AND Id > '{_plain(cursor.id)}')" if cursor.id else ""
            condition = f" WHERE {later} OR {same or f'SystemModstamp = {stamp}'}"
        names = ", ".join(dict.fromkeys(_plain(name) for name in self._fields))
        query = f"SELECT {names} FROM {_plain(self.where.kind)}{condition} ORDER BY SystemModstamp, Id"
        found = json_of(self._http.ask("GET", f"{VERSION}/query", params={"q": query}))
        while True:
            page = [self._remote(one) for one in found.get("records", ())]
            if page:
                yield page
            if found.get("done", True) or not found.get("nextRecordsUrl"):
                return
            found = json_of(self._http.ask("GET", found["nextRecordsUrl"]))

    def _remote(self, found: Mapping[str, Any]) -> Remote:
        values = {name: "" if found.get(name) is None else str(found[name]) for name in self._fields if name in found}
        stamp = str(found.get("SystemModstamp") or "")
        return Remote(str(found["Id"]), stamp, _instant(stamp), values)

    def deleted(self, since: datetime) -> Iterator[str]:
        """Yield the ids of records deleted since an instant, thirty days back at most."""
        now = datetime.now(UTC)
        params = {"start": _stamp(max(since, now - LONGEST_DELETED)), "end": _stamp(now + timedelta(minutes=1))}
        found = json_of(self._http.ask("GET", f"{self._path}/deleted/", params=params))
        for one in found.get("deletedRecords", ()):
            yield str(one["id"])

    def read(self, id_: str) -> Remote | None:
        """Return one record, or None when it is gone."""
        answer = self._http.ask(
            "GET", f"{self._path}/{quote(id_, safe='')}", params={"fields": ",".join(dict.fromkeys(self._fields))},
            accept=(NOT_FOUND, GONE),
        )  # fmt: skip
        return self._remote(json_of(answer)) if answer.is_success else None

    def create(self, values: Values, key: str) -> Remote:
        """Make a record, or change the one whose external id is ``key``."""
        path = f"{self._path}/{_plain(self.where.key_field)}/{quote(key, safe='')}"
        answer = self._http.ask("PATCH", path, json=_sent(values), accept=(MULTIPLE,))
        if answer.status_code == MULTIPLE:
            raise Ambiguous(_("Several records there bear the code {code}.").with_values(code=key))
        return self._again(str(json_of(answer)["id"]))

    def update(self, id_: str, values: Values, version: str) -> Remote:
        """Change values of a record unless somebody else did since that version."""
        headers = {}
        if version:
            # Whole seconds: a change within the same second as the version is not noticed by Salesforce.
            headers["If-Unmodified-Since"] = format_datetime(_instant(version).astimezone(UTC), usegmt=True)
        self._http.ask("PATCH", f"{self._path}/{quote(id_, safe='')}", json=_sent(values), headers=headers)
        return self._again(id_)

    def _again(self, id_: str) -> Remote:
        """Return a record as it stands after a write, which answers without its stamp."""
        return self.read(id_) or Remote(id_, "", datetime.now(UTC))

    def delete(self, id_: str) -> None:
        """Delete a record."""
        self._http.ask("DELETE", f"{self._path}/{quote(id_, safe='')}", accept=(NOT_FOUND, GONE))

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()


def _plain(name: str) -> str:
    """Return a name as it may stand in a query: letters, digits, underscores and dots alone."""
    return "".join(one for one in name if one.isascii() and (one.isalnum() or one in "_."))


def _sent(values: Values) -> dict[str, str | None]:
    return {name: value or None for name, value in values.items()}


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03}Z"


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.replace("+0000", "+00:00"))
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Salesforce:
    """Salesforce."""

    name = "salesforce"
    label = "Salesforce"
    kind = "Contact"
    fields: Mapping[str, str] = {
        "given_name": "FirstName",
        "family_name": "LastName",
        "email": "Email",
        "phone": "Phone",
        "address.street": "MailingStreet",
        "address.city": "MailingCity",
        "address.postcode": "MailingPostalCode",
    }

    def connect(self, where: Where) -> SalesforceSide:
        """Return a connection: with a token, or with the credentials of a client that asks for one."""
        return SalesforceSide(where)
