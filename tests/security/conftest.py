"""A town of people with every kind of right and every kind of record, and one application they all knock at."""

import base64
import os
import re
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from backoffice.core.builtin.console.sign_ins import TOKEN
from backoffice.core.persistence import Context
from backoffice.core.testing.offices import PASSWORD, Offices, add_organization, desk_of
from backoffice.core.users import setup
from backoffice.core.users.models import Organization, Role, RoleGrant, User
from backoffice.core.users.sessions import start
from backoffice.core.users.tokens import create_token
from backoffice.core.web import create_app

LIBRARY = Path(__file__).parents[1] / "plugins" / "library"
METADATA = "Metadata-Version: 2.1\nName: backoffice-library\nVersion: 1.0\nRequires-Dist: backoffice\n"

SHARED = "ZanzibarOrg"
"""Stands in records that all companies of the organisation share."""
KEPT = "ZanzibarCompany"
"""Stands in records of the company ``main``."""


@dataclass
class Person:
    """Somebody, or nobody: with a browser that is signed in and a token for programs."""

    name: str
    user_id: int = 0
    organization_id: int = 0
    grants: tuple[str, ...] = ()
    only_own: bool = False
    only_company: int = 0
    browser: object = None
    token: str = ""
    csrf: str = ""

    def ask(self, method, path, **options):
        """Ask for a page as a browser does, or with the token below ``/api/``."""
        headers = {"Accept": "text/html"}
        if path.startswith("/api/"):
            headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        elif method != "GET" and self.csrf:
            headers["X-CSRFToken"] = self.csrf
        client = self.browser if not path.startswith("/api/") else self.programs
        return client.open(path, method=method, headers=headers, buffered=True, **options)

    programs: object = None


@dataclass
class Town:
    """The application, its people by name, and a record of each resource."""

    office: object
    app: object
    people: dict = field(default_factory=dict)
    records: dict = field(default_factory=dict)
    main: int = 0

    def record_of(self, resource):
        """Return the record there is of a resource, if there is one."""
        return self.records.get(resource)

    def changes(self):
        """Return how much there is in the logs: whoever writes anything moves it."""
        tables = ("core_audit", "core_event", "core_job", "core_used_key")
        with self.office.database.read_engine.connect() as connection:
            return [connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() for table in tables]


@pytest.fixture(scope="session")
def library_installed(tmp_path_factory):
    """The library, so that the routes and nouns of a plugin are looked at as well."""
    site = tmp_path_factory.mktemp("site")
    info = site / "backoffice_library-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA)
    (info / "entry_points.txt").write_text("[backoffice]\nlibrary = backoffice_library.plugin\n")
    added = [str(site), str(LIBRARY)]
    sys.path[:0] = added
    yield
    for path in added:
        sys.path.remove(path)


LONG = os.environ.get("BACKOFFICE_FAULTS", "") == "long"
KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(scope="module", params=KINDS if LONG else KINDS[:1])
def town(request, library_installed, tmp_path_factory):
    """The town, once for a module; its tests change nothing they do not say. The long set has it on both databases."""
    folder = tmp_path_factory.mktemp("town") / "office"
    folder.mkdir()
    server = request.getfixturevalue("postgresql_server") if request.param == "postgresql" else None
    office = Offices(request.param, folder, server).make()
    try:
        yield settle(office)
    finally:
        office.close()


def settle(office):
    """Fill the office with people and records."""
    desk = desk_of(office)
    fill(desk)
    add_organization(office, "globex", "Globex")
    with office.database.system() as session, session.begin():
        people = _people(session)
    app = create_app(office)
    app.testing = True
    made = Town(office, app, main=desk.context.company_id)
    for person in people:
        _equip(office, app, person)
        made.people[person.name] = person
    made.records = _records(office)
    return made


def fill(desk):
    """Make a record of everything that people can make, with words in it that only some may read."""

    def do(action, /, **values):
        return desk.execute(action, values)

    site = do("cms.site.create", code="www", name="Open to everybody")
    page = do("cms.page.create", site=site["id"], name=f"{KEPT} page")
    text = do("cms.begin", id=page["id"], language="en", title="About")
    do("cms.publish", id=text["id"])
    do("cms.write", id=text["id"], title=f"{KEPT} title", body=f"{KEPT} draft")
    party = do("parties.party.create", code="zan", name=f"{SHARED} Trading", customer=True)
    do("accounting.account.create", code="1100", name=f"{KEPT} receivable", type="asset", subtype="receivable")
    do("accounting.account.create", code="1200", name=f"{KEPT} bank", type="asset", subtype="bank")
    do("accounting.account.create", code="4000", name=f"{KEPT} sales", type="income", subtype="revenue")
    for code, kind in (("GEN", "general"), ("SAL", "sale"), ("BNK", "bank")):
        do("accounting.journal.create", code=code, name=f"{KEPT} {code}", kind=kind)
    do("accounting.open_year", start="2026-01-01")
    lines = [{"account": "1200", "amount": "5"}, {"account": "4000", "amount": "-5"}]
    do("accounting.post_entry", date="2026-01-10", journal="GEN", description=f"{KEPT} entry", lines=lines)
    charged = [{"description": f"{KEPT} work", "quantity": "1", "unit_price": "10", "account": "4000"}]
    invoice = do("accounting.issue_invoice", party=party["id"], date="2026-01-11", lines=charged)
    content = base64.b64encode(f"{KEPT} file".encode()).decode()
    do("core.attach", resource="accounting.invoice", record=invoice["id"], name="notes.txt", content=content)
    do("accounting.record_payment", id=invoice["id"], date="2026-01-12", amount="4", account="1200")
    do("accounting.account.create", code="2100", name=f"{KEPT} suppliers", type="liability", subtype="payable")
    do("accounting.terms.create", code="T30", name=f"{KEPT} terms", parts=[{"kind": "rest", "days": 30}])
    do("accounting.agreement.create", party=party["id"], terms="T30")
    do("accounting.issue_invoice", kind="bill", party=party["id"], date="2026-01-11", lines=charged)
    do("accounting.propose_payments", date="2026-03-01")
    do("accounting.reminder_level.create", level=1, name=f"{KEPT} level", days=1)
    do("accounting.remind", date="2026-03-01")
    do("accounting.revalue", date="2026-01-31")
    do("banking.account.create", code="main", name=f"{KEPT} current", account="1200", journal="BNK", currency="GBP")
    do("accounting.dimension.create", code="place", name=f"{KEPT} place")
    do("accounting.dimension_value.create", dimension="place", code="N", name=f"{KEPT} north")
    do("accounting.account_choice.create", purpose="revenue", account="4000")
    do("accounting.lock.create", kind="tax", until="2020-12-31")
    do("accounting.batch.create", code="B1", description=f"{KEPT} batch", expected_count=1, expected_total="5")
    do("accounting.budget.create", code="2026", name=f"{KEPT} budget", fiscal_year="2026")
    do(
        "accounting.recurring.create", code="rent", description=f"{KEPT} rent", journal="GEN", next_on="2026-02-01",
        lines=[{"account": "1200", "amount": "-5"}, {"account": "4000", "amount": "5"}],
    )  # fmt: skip
    do("core.branch.create", code="north", name=f"{KEPT} north")
    do("core.exchange_rate.create", date="2026-01-01", base="GBP", currency="SAR", rate="4.7")
    do("core.series.create", name="accounting.invoice", pattern="INV/{year}/{n:05}")
    do("core.custom_field.create", resource="parties.party", name="zanzibar", label="A field", kind="text")
    do("core.role.create", code="zan", name="A role", grants=[{"permission": "core.*"}])
    do("core.set_setting", plugin="accounting", name="payment_days", value=30, organization_wide=False)
    author = do("library.author.create", code="eliot", name=f"{SHARED} Eliot")
    do("library.book.create", isbn="1", title=f"{SHARED} Middlemarch", author=author["id"], copies=[{"shelf": "A1"}])
    do("library.shelf.create", name=f"{SHARED} shelf")
    do("library.write_off", id=1)  # waits for a second person
    desk.run(lambda session: session.enqueue("console.import_file", {"token": "x", "resource": "library.book"}))


def _people(session):
    """Make the people whose rights are tried, besides the administrators there are."""
    acme = session.scalars(sa.select(Organization).where(Organization.code == "acme")).one()
    second = setup.create_company(
        session, organization_id=acme.id, code="second", name="Second", currency="GBP", language="en"
    )
    own = Role(organization_id=acme.id, code="own", name="Own", created_at=session.now(), updated_at=session.now())
    own.grants = [RoleGrant(organization_id=acme.id, permission="*", scope="own")]
    session.add(own)
    session.flush()
    made = [Person("anonymous")]
    for name, role, place in (
        ("reader", "core.auditor", None), ("elsewhere", "core.administrator", second), ("own", "own", None),
    ):  # fmt: skip
        user = setup.create_user(
            session, organization_id=acme.id, username=name, name=name.title(), password=PASSWORD,
            company_id=place.id if place else None,
        )  # fmt: skip
        setup.give_role(session, user, role, company_id=place.id if place else None)
        grants = ("*",) if role != "core.auditor" else ("*.read", "core.history", "core.plugins")
        made.append(Person(name, user.id, acme.id, grants, name == "own", place.id if place else 0))
    for name, username, code, grants in (
        ("nobody", "clerk", "acme", ()), ("admin", "admin", "acme", ("*",)), ("foreign", "admin", "globex", ("*",)),
    ):  # fmt: skip
        wanted = sa.select(User).join(Organization, Organization.id == User.organization_id)
        user = session.scalars(wanted.where(User.username == username, Organization.code == code)).one()
        made.append(Person(name, user.id, user.organization_id, grants))
    return made


_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


def _equip(office, app, person):
    person.browser, person.programs = app.test_client(), app.test_client()
    if not person.user_id:
        return
    context = Context(organization_id=None, clock=office.clock)
    with office.database.system(context) as session, session.begin():
        user = session.get(User, person.user_id)
        token = start(session, user, address="", agent="")
        until = office.clock.now() + timedelta(days=1)
        person.token = create_token(session, user_id=user.id, name=person.name, scopes=["*"], expires_at=until).plain
    with person.browser.session_transaction() as cookie:
        cookie[TOKEN] = token
    found = _CSRF.search(person.browser.get("/profile").text)
    assert found, "the profile has no form"
    person.csrf = found[1]


def _records(office):
    """Return the oldest record of each resource of the organisation; those are of the company ``main``."""
    found = {}
    with office.database.looking() as session:
        acme = session.scalar(sa.select(Organization.id).where(Organization.code == "acme"))
        for name, resource in office.registry.resources.items():
            model = resource.model
            statement = sa.select(model).where(model.organization_id == acme)
            record = session.scalars(statement.order_by(model.id).limit(1)).unique().first()
            if record is not None:
                session.expunge(record)
                found[name] = record
    return found
