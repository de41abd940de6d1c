"""Every route × everybody × every record: nothing opens without a permission that was declared, or the word public.

The cells follow from the application's own addresses and from what the plugins declare. What each address asks for is
written here a second time, on purpose: a new route fails until somebody has said who it is for.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import pytest
from structlog.testing import capture_logs

from .conftest import KEPT, SHARED

LONG = os.environ.get("BACKOFFICE_FAULTS", "") == "long"

PUBLIC, SIGNED_IN = "public", "signed in"

ROUTES = {
    # endpoint: (what it needs, what fills the address)
    "health.alive": (PUBLIC, ""),
    "health.ready": (PUBLIC, ""),
    "console.asset": (PUBLIC, ""),
    "console.sign_in": (PUBLIC, ""),
    "console.enter": (PUBLIC, ""),
    "console.sign_out": (PUBLIC, ""),
    "console.forgot": (PUBLIC, ""),
    "console.send_link": (PUBLIC, ""),
    "console.choose": (PUBLIC, ""),
    "console.chosen": (PUBLIC, ""),
    "console.language": (PUBLIC, ""),
    "console.code": (PUBLIC, ""),
    "console.prove": (PUBLIC, ""),
    "console.ask_passkey": (PUBLIC, ""),
    "console.enter_with_passkey": (PUBLIC, ""),
    "console.ask_new_passkey": (SIGNED_IN, ""),
    "console.add_passkey": (SIGNED_IN, ""),
    "console.remove_passkey": (SIGNED_IN, ""),
    "rest.webhook": (PUBLIC, ""),
    "console.second_factor": (SIGNED_IN, ""),
    "console.change_second_factor": (SIGNED_IN, ""),
    "console.enrolling": (SIGNED_IN, ""),
    "console.confirm_second_factor": (SIGNED_IN, ""),
    "console.attach": ("{resource}.change", "records"),
    "console.file": ("accounting.invoice.read", "attachment"),
    "console.detach": ("accounting.invoice.change", "attachment"),
    "rest.attachments": ("{resource}.read", "records"),
    "rest.attach": ("{resource}.change", "records"),
    "rest.attachment": ("accounting.invoice.read", "attachment"),
    "rest.detach": ("accounting.invoice.change", "attachment"),
    "banking.static": (PUBLIC, ""),
    "cms.static": (PUBLIC, ""),
    "cms.site": (PUBLIC, ""),
    "cms.page": (PUBLIC, ""),
    "cms.content": (PUBLIC, ""),
    "cms.feed": (PUBLIC, ""),
    "cms.sitemap": (PUBLIC, ""),
    "cms.preview": ("cms.text.read", "cms.text"),
    "banking.overview": ("banking.line.read", ""),
    "banking.reconcile": ("banking.line.read", "banking.account"),
    "banking.import_file": ("banking.import_statement", ""),
    "banking.accept": ("banking.accept", ""),
    "banking.book": ("banking.book", ""),
    "banking.pay": ("banking.pay", ""),
    "banking.transfer": ("banking.transfer", ""),
    "banking.ignore": ("banking.ignore", ""),
    "banking.undo": ("banking.undo", ""),
    "banking.match_all": ("banking.match_all", "banking.account"),
    "einvoicing.take_in": ("einvoicing.receive", ""),
    "einvoicing.take_files_in": ("einvoicing.receive", ""),
    "console.help": (SIGNED_IN, ""),
    "console.help_on": (SIGNED_IN, ""),
    "console.notice": (SIGNED_IN, ""),
    "console.read_all": (SIGNED_IN, ""),
    "console.reference": (SIGNED_IN, ""),
    "console.add_comment": ("{resource}.read", "records"),
    "console.remove_comment": ("{resource}.read", "records"),
    "console.save_view": ("{resource}.read", "resources"),
    "console.forget_view": ("{resource}.read", "resources"),
    "rest.bulk": (SIGNED_IN, ""),
    "console.home": (SIGNED_IN, ""),
    "console.search": (SIGNED_IN, ""),
    "console.palette": (SIGNED_IN, ""),
    "console.actions": (SIGNED_IN, ""),
    "console.area": (SIGNED_IN, ""),
    "console.favourite": (SIGNED_IN, ""),
    "console.notifications": (SIGNED_IN, ""),
    "console.theme": (SIGNED_IN, ""),
    "console.company": (SIGNED_IN, ""),
    "console.profile": (SIGNED_IN, ""),
    "console.save_profile": (SIGNED_IN, ""),
    "console.save_password": (SIGNED_IN, ""),
    "console.new_password": (SIGNED_IN, ""),
    "console.set_new_password": (SIGNED_IN, ""),
    "console.end_session": (SIGNED_IN, ""),
    "console.end_token": (SIGNED_IN, ""),
    "rest.me": (SIGNED_IN, ""),
    "rest.openapi": (SIGNED_IN, ""),
    "console.approvals": ("core.approval.read", ""),
    "console.decide": ("core.approval.read", "core.approval"),
    "console.audit": ("core.audit.read", ""),
    "console.jobs": ("core.job.read", ""),
    "console.job": ("core.job.read", "core.job"),
    "console.job_progress": ("core.job.read", "core.job"),
    "console.welcome": ("core.company.change", ""),
    "console.health": ("core.plugins", ""),
    "console.plugins": ("core.plugins", ""),
    "console.settings": ("core.set_setting", ""),
    "console.settings_of": ("core.set_setting", ""),
    "console.records": ("{resource}.read", "resources"),
    "console.pick": ("{resource}.read", "resources"),
    "console.export_records": ("{resource}.read", "resources"),
    "console.create": ("{resource}.create", "resources"),
    "console.import_records": ("{resource}.create", "resources"),
    "console.send_file_in": ("{resource}.create", "resources"),
    "console.import_sample": ("{resource}.create", "resources"),
    "console.import_file": ("{resource}.create", "resources"),
    "console.refused_rows": ("{resource}.create", "resources"),
    "console.record": ("{resource}.read", "records"),
    "console.change": ("{resource}.change", "records"),
    "console.delete": ("{resource}.delete", "records"),
    "console.record_history": ("{resource}.read core.history", "records"),
    "console.act": ("{permission}", "record actions"),
    "console.bulk": ("{permission}", "bulk actions"),
    "console.do": ("{permission}", "actions"),
    "console.report": ("{permission}", "reports"),
    "console.export_report": ("{permission}", "reports"),
    "console.document": ("{permission}", "documents"),
    "console.sheet": ("{permission}", "documents"),
    "console.hand_out": ("{permission}", "documents"),
    "rest.list": ("{resource}.read", "resources"),
    "rest.export": ("{resource}.read", "resources"),
    "rest.totals": ("{resource}.read", "resources"),
    "rest.views": ("{resource}.read", "resources"),
    "rest.create": ("{resource}.create", "resources"),
    "rest.import": ("{resource}.create", "resources"),
    "rest.record": ("{resource}.read", "records"),
    "rest.history": ("{resource}.read core.history", "records"),
    "rest.change": ("{resource}.change", "records"),
    "rest.delete": ("{resource}.delete", "records"),
    "rest.record_action": ("{permission}", "record actions"),
    "rest.action": ("{permission}", "every action"),
    "rest.action_import": ("{permission}", "every action"),
    "rest.report": ("{permission}", "reports"),
    "rest.document": ("{permission}", "documents"),
    "rest.job": ("core.job.read", "core.job"),
}

WHOLE = {"banking.overview", "banking.reconcile"}
"""Pages that sum up the records of everybody, so that whoever may see their own alone does not open them."""

FIXED = {"token": "x" * 32, "format": "csv", "section": "accounting", "version": "1", "file": "console.css",
         "key": "settings", "verdict": "approve", "topic": "none", "comment": 1, "id": 1, "account_id": 1,
         "line_id": 1, "filename": "reconcile.css", "organization": "acme", "code": "www", "language": "en",
         "path": "about", "revision": 1}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """One address in one method, the permissions it asks for, and the record it is about."""

    endpoint: str
    method: str
    path: str
    needs: str
    record: Any = None
    whole: bool = False
    """It sums up everybody's records, so that one's own are not enough."""


def cells(town, methods=("GET", "POST", "PATCH", "DELETE")) -> Iterator[Cell]:
    """Yield every cell of the matrix but for the people; the short set has each route with a few of its nouns."""
    adapter = town.app.url_map.bind("localhost")
    for rule in town.app.url_map.iter_rules():
        if rule.endpoint not in ROUTES:
            continue  # another test says so
        needs, filled = ROUTES[rule.endpoint]
        for values, permission, record in _some(_filled(town, filled), rule.endpoint):
            given = {name: value for name, value in {**FIXED, **values}.items() if name in rule.arguments}
            path = adapter.build(rule.endpoint, given, method=sorted(rule.methods)[0])
            asked = needs.format(permission=permission, **{"resource": "", **values})
            for method in sorted(set(methods) & rule.methods):
                # The console's page of a report asks for its parameters; it tells nothing before they are given.
                whole = (filled == "reports" and rule.endpoint != "console.report") or rule.endpoint in WHOLE
                yield Cell(rule.endpoint, method, path, asked, record, whole)


def _some(found, endpoint) -> list:
    """Return all, or in the short set some that differ from route to route."""
    known = list(found)
    few = int(os.environ.get("BACKOFFICE_FAULTS_CELLS", 10**6 if LONG else 4))
    return random.Random(endpoint).sample(known, min(few, len(known)))


def _filled(town, filled) -> Iterator[tuple[dict, str, Any]]:
    """Yield what an address can be filled with: its values, a permission, a record."""
    registry = town.office.registry
    if not filled:
        yield {}, "", None
    elif filled == "attachment":
        # Whoever may see the record sees its files, and nobody else.
        yield {"id": town.records["core.attachment"].id}, "", town.record_of("accounting.invoice")
    elif filled in registry.resources:
        yield dict.fromkeys(("id", "account_id"), town.records[filled].id), "", town.records[filled]
    elif filled in ("resources", "records"):
        for name in registry.resources:
            plugin, noun = name.split(".", 1)
            record = town.record_of(name) if filled == "records" else None
            values = {"resource": name, "plugin": plugin, "noun": noun, "id": record.id if record else 1}
            yield values, "", record
    elif filled == "reports":
        for report in registry.reports.values():
            yield {"name": report.name}, report.permission or report.name, None
    elif filled == "documents":
        for document in registry.documents.values():
            record = town.record_of(document.resource)
            yield {"name": document.name, "id": record.id if record else 1}, f"{document.resource}.read", record
    else:
        yield from _actions(town, filled)


def _actions(town, filled) -> Iterator[tuple[dict, str, Any]]:
    for action in town.office.registry.actions.values():
        permission = action.permission or action.name
        if not action.resource:
            if filled in ("actions", "every action"):
                yield {"name": action.name}, permission, None
            continue
        plugin, noun = action.resource.split(".", 1)
        record = town.record_of(action.resource)
        values = {"resource": action.resource, "plugin": plugin, "noun": noun, "name": action.name,
                  "id": record.id if record else 1}  # fmt: skip
        if filled != "actions":
            yield values, permission, record if filled == "record actions" else None


def granted(town, person, cell) -> bool:
    """Tell whether ``person`` may, by the rules as a reader of the documentation understands them."""
    if cell.needs == PUBLIC:
        return True
    if not person.user_id:
        return False
    wanted = [] if cell.needs in (SIGNED_IN, "signed_in") else cell.needs.split()
    return all(_one(town, person, one, cell) for one in wanted)


def _one(town, person, permission, cell) -> bool:
    if permission == "signed_in":
        return True
    if not any(fnmatchcase(permission, pattern) for pattern in person.grants):
        return False
    if cell.whole and person.only_own:
        return False
    if cell.record is None:
        return True
    if cell.record.organization_id != person.organization_id:
        return False
    if person.only_own:
        return False  # the administrator made everything there is
    if not person.only_company:
        return True
    model = type(cell.record)
    if getattr(model, "__organization_wide__", False):
        return False
    place = cell.record.id if model.__tablename__ == "core_company" else getattr(cell.record, "company_id", None)
    return place in (None, person.only_company)


def test_every_route_says_who_it_is_for(town):
    there = {rule.endpoint for rule in town.app.url_map.iter_rules()}
    assert there - ROUTES.keys() == set(), "say in ROUTES who may open these"
    assert ROUTES.keys() - there == set(), "these are gone"


def test_every_resource_has_a_record_to_try(town):
    missing = town.office.registry.resources.keys() - town.records.keys()
    assert {name for name in missing if name.partition(".")[0] in FILLED} <= NO_RECORD, f"make one in fill(): {missing}"


FILLED = ("core", "parties", "accounting", "library")
NO_RECORD = {
    "accounting.book",
    "accounting.cheque",
    "accounting.lock_exception",
    "accounting.parked",
    "accounting.statement",
    "accounting.voucher",
    "core.delivery",
    "core.sign_in",
    "core.second_factor",
    "core.mail",
    "core.import",
    "core.person_request",
    "core.webhook",
    "core.webhook_address",
    "core.webhook_delivery",
    "core.webhook_message",
    "core.saved_view",
    "core.comment",
}
"""Nothing makes one here; their lists and the addresses of records that are not there are tried all the same."""

LOCKED_OUT = ["anonymous", "nobody", "reader", "foreign", "elsewhere", "own"]


@pytest.mark.parametrize("name", LOCKED_OUT)
def test_nothing_opens_without_its_permission(town, name):
    """Every method of every address that is not for this person: refused, nothing told, nothing written."""
    person, before, wrong, tried = town.people[name], town.changes(), [], 0
    for cell in cells(town):
        if granted(town, person, cell):
            continue
        tried += 1
        sent = {"json": {}} if cell.path.startswith("/api/") else {"data": {"text": "forged", "name": "forged"}}
        options = {} if cell.method == "GET" else sent
        answer = person.ask(cell.method, cell.path, **options)
        if not _refused(cell, answer, person) or SHARED in answer.text or KEPT in answer.text:
            wrong.append((cell.method, cell.path, cell.needs, answer.status, answer.headers.get("Location", "")))
    assert not wrong, f"{len(wrong)} of {tried} cells: {wrong[:20]}"
    assert tried > 20
    assert town.changes() == before


def _refused(cell, answer, person) -> bool:
    status = answer.status_code
    if not person.user_id and not cell.path.startswith("/api/"):
        to_the_door = status in (302, 303) and "/sign-in" in answer.headers["Location"]
        return to_the_door or status in (400, 401)
    if not person.user_id:
        return status == 401
    # Foreign records do not exist; an address that has no such method says so before it looks for anything.
    allowed = {403, 404, 405} if cell.method == "GET" else {400, 403, 404, 405, 409, 415, 422}
    if cell.record is not None and cell.record.organization_id != person.organization_id:
        allowed -= {403}
    nothing_chosen = cell.endpoint == "console.bulk" and status == 303
    return status in allowed or nothing_chosen


@pytest.mark.parametrize("name", ["admin", "reader", "elsewhere", "own", "foreign"])
def test_what_is_permitted_opens_and_tells_no_more_than_that(town, name):
    """Pages and lists open, without a word from records of others; nothing that is only looked at changes anything."""
    person, before, wrong, tried = town.people[name], town.changes(), [], 0
    hidden = {"foreign": (SHARED, KEPT), "own": (SHARED, KEPT), "elsewhere": (KEPT,)}.get(name, ())
    for cell in cells(town, ("GET",)):
        if not granted(town, person, cell) or cell.endpoint in WITHOUT_MEANING:
            continue
        tried += 1
        path = cell.path + ("?q=zanz" if cell.path.startswith(("/search", "/pick", "/palette", "/records")) else "")
        answer = person.ask("GET", path)
        if answer.status_code not in _opened(town, cell, name) or any(word in answer.text for word in hidden):
            told = [word for word in hidden if word in answer.text]
            wrong.append((cell.path, cell.needs, answer.status, told))
    assert not wrong, f"{len(wrong)} of {tried} cells: {wrong[:20]}"
    assert tried > 20
    assert town.changes() == before


WITHOUT_MEANING = {
    "console.help_on",
    "console.notice",
    "console.import_file",
    "console.refused_rows",
    "console.choose",
    "console.asset",
    "health.ready",
    "cms.static",
}
"""Their addresses name something that does not exist here."""


def _opened(town, cell, name) -> set[int]:
    found = {200, 302, 303}
    if cell.record is None and "<int:id>" in _rule(town, cell):
        found |= {404}  # there is no such record
    if cell.endpoint in ("console.change", "console.delete", "console.act"):
        found |= {409, 422}  # the state of the record forbids it
    if cell.endpoint in ("console.create", "console.import_records", "console.import_sample", "console.change",
                         "console.delete"):  # fmt: skip
        found |= {404, 405}  # the resource does not offer it
    if cell.endpoint == "console.pick":
        found |= {400}  # nothing of it can be searched
    return found | ({400, 403, 404, 422} if "report" in cell.endpoint else set())


def _rule(town, cell) -> str:
    return next(rule.rule for rule in town.app.url_map.iter_rules() if rule.endpoint == cell.endpoint)


def test_no_form_is_taken_without_the_token_of_its_sign_in(town):
    """Neither without one nor with another person's, at any address that is sent to by a browser."""
    admin, before, wrong = town.people["admin"], town.changes(), []
    stolen = town.people["reader"].csrf
    signed = {"rest.webhook"}  # what programs elsewhere send bears their signature instead
    unsafe = [cell for cell in cells(town, ("POST", "PATCH", "DELETE")) if cell.endpoint not in signed]
    paths = {(cell.method, cell.path) for cell in unsafe}
    for method, path in sorted(paths):
        for headers in ({}, {"X-CSRFToken": stolen}):
            answer = admin.browser.open(path, method=method, headers=headers, json={} if "/api/" in path else None)
            if answer.status_code != 400:
                wrong.append((method, path, headers, answer.status))
    assert not wrong, wrong[:20]
    assert town.changes() == before


def test_a_request_to_another_host_in_production_is_refused_everywhere(town):
    """A name that is not ours is answered by no page, so that no link can be made of it."""
    town.app.config["TRUSTED_HOSTS"] = ["office.example"]
    try:
        paths = {cell.path for cell in cells(town, ("GET",)) if cell.endpoint.startswith("console.")}
        ask = town.people["admin"].browser.get
        with capture_logs() as logged:
            answers = {path: ask(path, headers={"Host": "evil.example"}).status_code for path in sorted(paths)}
    finally:
        town.app.config["TRUSTED_HOSTS"] = None
    assert set(answers.values()) == {400}
    assert not [said for said in logged if said["log_level"] == "error"]
