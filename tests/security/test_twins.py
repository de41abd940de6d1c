"""Two organisations in one database: whatever the other one contains, every answer stays the same to the letter.

One is filled and asked everything there is to ask: lists, files, reports, searches, suggestions, sums, errors. Then the
other is filled, with the same keys and other words, and everything is asked again. No plugin is named here: whatever is
installed is filled and asked by what it declares.
"""

import re
from contextlib import suppress

import pytest

from backoffice.core.errors import BackofficeError
from backoffice.core.persistence import fields_of
from backoffice.core.schemas import public_name
from backoffice.core.testing.offices import Offices, add_organization, desk_of
from backoffice.core.testing.visiting import Visitor

MASKS = (
    (re.compile(r'name="csrf_token" value="[^"]+"'), "csrf"),
    (re.compile(r'name="key" value="[^"]+"'), "key"),
    (re.compile(r"nonce-[\w+/=-]+"), "nonce"),
)
NUMBER = re.compile(r"\d+")
NOWHERE = 987_654_321
"""The id of a record that nobody has."""
PLAIN = {
    "boolean": False, "date": "2026-01-10", "email": "a@b.example", "instant": "2026-01-10T10:00:00Z", "integer": 1,
    "money": "12.50", "percent": "5", "phone": "+441", "quantity": "2", "rate": "2", "data": {},
}  # fmt: skip
LEFT_OUT = {"core.erase_person", "core.export_person", "worker.start_job", "core.send_test_mail"}
"""Actions that are no way of filling an organisation."""
OTHER = "Zanzibar"
"""Stands in every text of the other organisation."""


# -- filling whatever is installed -------------------------------------------------------------------------------


def fill(desk, word):
    """Make records of every kind and do every action that generated values are enough for; return how many."""
    registry, made = desk.office.registry, 0
    verbs = [f"{name}.create" for name, noun in registry.resources.items() if "create" in noun.operations]
    loose = [name for name, a in registry.actions.items() if not a.resource and name not in LEFT_OUT and not a.as_job]
    # The library is a plugin of other tests, which may share this process; some of its actions fail on purpose.
    wanted = [name for name in (*loose, *verbs) if not name.startswith("library.")]
    for _pass in range(2):
        for name in wanted:
            with suppress(BackofficeError):
                desk.execute(name, arguments(desk, desk.verb(name).fields, word))
                made += 1
    return made


def arguments(desk, fields, word, depth=0):
    """A value for every field that needs one."""
    given = {}
    for field in fields:
        if field.read_only or field.name in ("id", "version"):
            continue
        value = value_of(desk, field, word, depth)
        if value is not None:
            given[public_name(field)] = value
    return given


def value_of(desk, field, word, depth):
    """Something that ``field`` may well hold, or nothing."""
    if field.fields and field.many:
        return [arguments(desk, field.fields, word, depth + 1)] if depth == 0 else None
    if field.many or not (field.required or field.kind in ("text", "long_text", "ref")):
        return None
    if field.kind == "choice":
        return next(iter(field.choices), None)
    if field.kind == "ref":
        return first_of(desk, field)
    if field.kind == "code":
        return {3: "EUR", 2: "GB"}.get(field.length, "K1"[: field.length or 2])
    return PLAIN.get(field.kind, f"{word} {field.name}"[: field.length or 60])


def first_of(desk, field):
    """The id of a record that ``field`` may refer to."""
    registry = desk.office.registry
    named = {noun.model.__tablename__: name for name, noun in reversed(registry.resources.items())}
    target = field.target if isinstance(field.target, str) else field.target.__tablename__
    name = target if target in registry.resources else named.get(target)
    found = desk.list(name).records if name else ()
    return found[0].id if found else None


# -- asking everything -------------------------------------------------------------------------------------------


def addresses(office):
    """Every list as page, document, file, sums and suggestions; every report, section, and what searches all."""
    yield from ("/", f"/search?q={OTHER}", "/search?q=K1", "/palette.json", "/notifications", "/approvals", "/jobs")
    yield from (f"/areas/{key}" for key in ("sales", "finance", "settings", "reports"))
    for name, noun in office.registry.resources.items():
        there = f"/api/v1/{name.replace('.', '/')}"
        yield from (f"/records/{name}?totals=1&view=all", f"{there}?limit=200", f"{there}/export?format=csv")
        yield f"/pick/{name}?q="
        if any(field.kind == "money" for field in fields_of(noun.model).values()):
            yield f"{there}/totals"
    for name in office.registry.reports:
        yield from (f"/reports/{name}", f"/api/v1/reports/{name}")


def masked(text):
    """The answer without what is new each time."""
    for pattern, word in MASKS:
        text = pattern.sub(word, text)
    return text


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    """What was answered before and after the other organisation was filled, and a way of asking on."""
    office = Offices("sqlite", tmp_path_factory.mktemp("twins")).make()
    own = fill(desk_of(office), "Own")
    visitor = Visitor(office)
    visitor.arrive()

    def ask(path, method="GET", **sent):
        headers = {"X-Request-Id": "twins-of-each-other"}
        if method != "GET":
            headers["X-CSRFToken"] = re.search(r'csrf_token" value="([^"]+)"', visitor.page.html)[1]
        answer = visitor.client.open(path, method=method, headers=headers, **sent)
        return answer.status_code, masked(answer.get_data(as_text=True))

    before = {path: ask(path) for path in addresses(office)}
    add_organization(office, "globex", OTHER)
    others = fill(desk_of(office, organization="globex"), OTHER)
    after = {path: ask(path) for path in before}
    yield office, before, after, ask, min(own, others)
    office.close()


def test_every_answer_is_the_same_whatever_the_other_organisation_contains(twins):
    _office, before, after, _ask, filled = twins
    assert [path for path in before if before[path] != after[path]] == []
    assert filled > 20
    assert {status for status, _text in before.values()} <= {200, 400, 403, 404, 422}


def test_no_word_of_the_other_is_said_anywhere(twins):
    _office, _before, after, _ask, _filled = twins
    told = [path for path, (_status, text) in after.items() if OTHER in text and OTHER not in path]
    assert told == []


def test_a_record_of_the_other_is_a_record_that_does_not_exist(twins):
    office, _before, _after, ask, _filled = twins
    theirs, different = desk_of(office, organization="globex"), []
    for name in office.registry.resources:
        found = theirs.list(name).records
        mine = {record.id for record in desk_of(office).list(name).records}
        ids = [record.id for record in found if record.id not in mine][:1]
        for id_ in ids:
            there = f"/api/v1/{name.replace('.', '/')}"
            for path in (f"/records/{name}/{{}}", f"{there}/{{}}"):
                answers = {NUMBER.sub("#", "{} {}".format(*ask(path.format(id_)))) for id_ in (id_, NOWHERE)}
                different += [path] if len(answers) > 1 else []
    assert different == []


def test_a_reference_to_a_record_of_the_other_is_refused_as_one_to_nothing(twins):
    office, _before, _after, ask, _filled = twins
    desk, theirs, different, tried = desk_of(office), desk_of(office, organization="globex"), [], 0
    for name, noun in office.registry.resources.items():
        if "create" not in noun.operations:
            continue
        for field in desk.verb(f"{name}.create").fields:
            if field.kind != "ref" or field.many or (their := first_of(theirs, field)) is None:
                continue
            if their == first_of(desk, field):
                continue
            tried += 1
            path, column = f"/api/v1/{name.replace('.', '/')}", public_name(field)
            said = {NUMBER.sub("#", "{} {}".format(*ask(path, "POST", json={column: id_}))) for id_ in (their, NOWHERE)}
            different += [(name, column)] if len(said) > 1 else []
    assert different == []
    assert tried > 5
