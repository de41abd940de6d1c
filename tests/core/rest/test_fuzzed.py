"""Random requests to every operation of every plugin, made from the specification itself: right, wrong and absurd ones.

Schemathesis makes them and holds each answer to all of its checks: no answer is a failure of the program, none has a
status, a kind of content or a shape that the specification does not describe, and what breaks the specification is not
taken. The short set sends a few to some of the operations; ``make faults`` sends many to all of all plugins.
"""

import json
import os
import random
import shutil
import time
import traceback
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from structlog.testing import capture_logs

from backoffice.core.maintenance.backup import copy_pages
from backoffice.core.persistence import Context
from backoffice.core.testing.offices import Offices, desk_of
from backoffice.core.users.models import User
from backoffice.core.users.tokens import create_token
from backoffice.core.web import create_app

LONG = os.environ.get("BACKOFFICE_FAULTS") == "long"
REQUESTS = int(os.environ.get("BACKOFFICE_FAULTS_REQUESTS", 20_000 if LONG else 300))
SEED = int(os.environ.get("BACKOFFICE_FAULTS_SEED", "20260115"))
SECONDS = float(os.environ.get("BACKOFFICE_FAULTS_SECONDS", "inf"))
"""When to stop, for long runs in parts; how many requests it were by then is told."""
PART, PARTS = (int(n) for n in os.environ.get("BACKOFFICE_FAULTS_PART", "1/1").split("/"))
"""Which share of the operations, where a long run is made in parts."""
METHODS = ("get", "post", "patch", "delete")
IDS = 6
"""Records are numbered from one, so half of the requests mean one that may be there."""
AT_ONCE = 2
"""Requests to an operation in the short set."""

BOOKS = ("accounting", "parties", "products", "taxes")
TRADE = ("assets", "banking", "demo", "einvoicing", "inventory", "purchasing", "sales", "zatca")
"""What is shipped; a plugin of other tests fails on purpose."""

CONFIGURATION = {
    # Requests without the token are another test's: here they would all end at the door.
    "generation": {"with-security-parameters": False},
    "checks": {
        # What the schema allows, a rule of the field may still refuse: a closed month, a code that is taken.
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "3xx", 400, 401, 403, 404, 409, 412, 413, 415, 422, 429]
        },
        # A key or a version that is wrong is told of before anything else is looked at.
        "negative_data_rejection": {
            "expected-statuses": [400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 428, 429]
        },
    },
}


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """An office with some records, in the long set with every plugin."""
    folder = tmp_path_factory.mktemp("fuzzed") / "office"
    folder.mkdir()
    office = Offices("sqlite", folder).make(only=(*BOOKS, *TRADE) if LONG else BOOKS)
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
    return {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}


def test_every_answer_is_one_that_is_described(office, headers, capsys):
    tried = Trial(office, headers)
    operations = tried.operations()
    each = -(-REQUESTS // len(operations)) if LONG else AT_ONCE
    with capture_logs() as logged:
        end, sent = time.monotonic() + SECONDS, 0
        for operation in operations:
            tried.send(operation, each, logged)
            sent += 1
            if time.monotonic() > end:
                break
    with capsys.disabled():
        print(
            f" {sum(tried.answers.values())} requests to {sent} of {len(operations)} operations, {tried.told()} ",
            end="",
        )
    wrong = list(tried.wrong.values())
    assert not wrong, f"{len(wrong)}: " + json.dumps(wrong[:40], indent=1, ensure_ascii=False, default=str)[:40_000]


NOT_SENT = ("revoke_token",)
"""They would end the program's own rights in the middle."""


class Trial:
    """Requests to an office, what was answered how often, and each kind of wrong answer once."""

    def __init__(self, office, headers):
        from schemathesis.config import SchemathesisConfig
        from schemathesis.openapi import from_wsgi

        self.office, self.headers = office, headers
        self.app = create_app(office)
        config = SchemathesisConfig.from_dict(CONFIGURATION)
        self.schema = from_wsgi("/api/v1/openapi.json", self.app, headers=headers, config=config)
        self.answers, self.wrong = Counter(), {}
        self._chance = random.Random(SEED)
        self._kept = self._database().with_suffix(".kept")
        copy_pages(self._database(), self._kept)

    def operations(self):
        """Return the operations of this part, in the short set some of them."""
        found = [
            self.schema[path][method.upper()] for path, item in self.schema.raw_schema["paths"].items()
            for method in METHODS if method in item and not any(word in path for word in NOT_SENT)
        ]  # fmt: skip
        mixed = random.Random(SEED).sample(found, len(found))  # so that a run cut short has tried some of everything
        return mixed[PART - 1 :: PARTS] if LONG else mixed[: REQUESTS // AT_ONCE]

    def send(self, operation, times, logged):
        """Send an operation ``times`` random requests, half of them such as the specification forbids."""
        from schemathesis.generation import GenerationMode

        self._send(operation, GenerationMode.POSITIVE, -(-times // 2), logged)
        if times > 1:
            self._send(operation, GenerationMode.NEGATIVE, times // 2, logged)
        if self.app.test_client().get("/api/v1/me", headers=self.headers).status_code != 200:
            self._put_back()

    def _send(self, operation, mode, times, logged):
        @seed(SEED)
        @settings(
            max_examples=times, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def check(case):
            if isinstance((case.path_parameters or {}).get("id"), int) and self._chance.random() < 0.5:
                case.path_parameters["id"] = self._chance.randrange(1, IDS)
            answer = case.call(headers=self.headers)
            self.answers[answer.status_code] += 1
            self._judge(case, answer, logged)
            logged.clear()

        try:
            check()
        except BaseException as error:
            if type(error).__name__ not in ("Unsatisfiable", "SkipTest"):  # nothing can be wrong with such a request
                raise

    def _judge(self, case, answer, logged):
        from schemathesis.core.failures import Failure, FailureGroup

        try:
            case.validate_response(answer, headers=self.headers)
        except (Failure, FailureGroup) as error:
            for one in getattr(error, "exceptions", (error,)):
                place = (case.operation.label, answer.status_code, type(one).__name__)
                said = [*place, str(one)[:600], str(case.query)[:300], str(case.body)[:500]]
                self.wrong.setdefault(place, [*said, answer.content[:400].decode(errors="replace"), _why(logged)])

    def told(self):
        """Return how often which status was answered."""
        return " ".join(f"{status}×{times}" for status, times in sorted(self.answers.items()))

    def _database(self):
        return Path(self.office.database.url.database)

    def _put_back(self):
        """Begin again with the records of the beginning: a request took the program's own rights away."""
        self.office.database.close()
        for end in ("-wal", "-shm"):
            self._database().with_name(self._database().name + end).unlink(missing_ok=True)
        shutil.copyfile(self._kept, self._database())
        self.answers["put back"] += 1


def _why(logged):
    """Return what the log says of the last failure, and where it arose."""
    error = next((said["exc_info"] for said in reversed(logged) if said.get("exc_info")), None)
    return "".join(traceback.format_exception(error)[-3:])[-700:] if isinstance(error, BaseException) else ""
