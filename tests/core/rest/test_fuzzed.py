"""Random requests to every operation of every plugin, made from the specification itself: right, wrong and absurd ones.

The short set sends each operation a few; ``make faults`` sends 20,000. No answer is a failure of the program, and none
has a status that the specification does not name.
"""

import json
import os
import random
import traceback
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from structlog.testing import capture_logs

from backoffice.core.persistence import Context
from backoffice.core.testing.offices import Offices, desk_of
from backoffice.core.users.models import User
from backoffice.core.users.tokens import create_token
from backoffice.core.web import create_app

REQUESTS = int(
    os.environ.get("BACKOFFICE_FAULTS_REQUESTS", 20_000 if os.environ.get("BACKOFFICE_FAULTS") == "long" else 300)
)
METHODS = ("get", "post", "patch", "delete")
IDS = 6
"""Records are numbered from one, so half of the requests mean one that may be there."""


PLUGINS = ("accounting", "parties", "products", "taxes")
"""What is shipped; a plugin of other tests fails on purpose."""


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """An office with every plugin and some records."""
    folder = tmp_path_factory.mktemp("fuzzed") / "office"
    folder.mkdir()
    office = Offices("sqlite", folder).make(only=PLUGINS)
    fill(desk_of(office))
    yield office
    office.close()


def fill(desk):
    """Make a few records, so that not everything ends at a missing one."""

    def do(action, /, **values):
        return desk.execute(action, values)

    for n in range(1, 4):
        do("parties.party.create", code=f"p{n}", name=f"Party {n}", customer=True)
    for code, kind, subtype in (
        ("1100", "asset", "receivable"),
        ("1200", "asset", "bank"),
        ("4000", "income", "revenue"),
    ):
        do("accounting.account.create", code=code, name=code, type=kind, subtype=subtype)
    for code, kind in (("GEN", "general"), ("SAL", "sale"), ("BNK", "bank")):
        do("accounting.journal.create", code=code, name=code, kind=kind)
    do("accounting.open_year", start="2026-01-01")
    for n in range(1, 4):
        lines = [{"account": "1200", "amount": str(n)}, {"account": "4000", "amount": f"-{n}"}]
        do("accounting.post_entry", date="2026-01-10", journal="GEN", lines=lines)
        charged = [{"description": "Work", "quantity": "1", "unit_price": str(n), "account": "4000"}]
        do("accounting.invoice.create", party=f"p{n}", date="2026-01-11", lines=charged)


@pytest.fixture(scope="module")
def headers(office):
    """The headers of a program that may do everything."""
    with office.database.system(Context(organization_id=None, clock=office.clock)) as session, session.begin():
        user = session.query(User).filter_by(username="admin").first()
        until = session.now() + timedelta(days=300)
        token = create_token(session, user_id=user.id, name="fuzz", scopes=["*"], expires_at=until).plain
    return {"Authorization": f"Bearer {token}"}


def test_every_answer_is_one_that_is_described(office, headers, capsys):
    import schemathesis

    app = create_app(office)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, headers=headers)
    operations = [
        schema[path][method.upper()] for path, item in schema.raw_schema["paths"].items() for method in METHODS
        if method in item and not any(word in path for word in NOT_SENT)
    ]  # fmt: skip
    each = max(1, REQUESTS // len(operations))
    wrong, sent = {}, 0
    with capture_logs() as logged:
        for operation in operations:
            sent += try_out(operation, each, headers, wrong, logged)
    with capsys.disabled():
        print(f" {sent} requests to {len(operations)} operations ", end="")
    assert not wrong, json.dumps(list(wrong.values())[:10], indent=1, ensure_ascii=False, default=str)[:6000]


NOT_SENT = ("revoke_token",)
"""They would end the program's own rights in the middle."""


def try_out(operation, times, headers, wrong, logged):
    """Send an operation ``times`` random requests; note each kind of wrong answer once."""
    described = operation.definition.raw["responses"]
    chance = random.Random(operation.label)
    sent = []

    @seed(20260115)
    @settings(
        max_examples=times, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def check(case):
        if "id" in (case.path_parameters or {}) and chance.random() < 0.5:
            case.path_parameters["id"] = chance.randrange(1, IDS)
        answer = case.call(headers=headers)
        sent.append(answer.status_code)
        if answer.status_code >= 500 or str(answer.status_code) not in described:
            place = (operation.label, answer.status_code)
            wrong.setdefault(
                place, [*place, str(case.query)[:300], str(case.body)[:500], answer.text[:400], _why(logged)]
            )
        logged.clear()

    check()
    return len(sent)


def _why(logged):
    """Return what the log says of the last failure, and where it arose."""
    error = next((said["exc_info"] for said in reversed(logged) if said.get("exc_info")), None)
    return "".join(traceback.format_exception(error)[-3:])[-700:] if isinstance(error, BaseException) else ""
