"""Each hook of the core does in an office what its reference says, for a plugin made on the spot."""

import pytest
import sqlalchemy as sa

from backoffice.core.builtin.worker.worker import Worker
from backoffice.core.errors import Forbidden, RuleBroken
from backoffice.core.maintenance.checks import findings
from backoffice.core.testing.offices import desk_of
from backoffice.core.users.models import User
from backoffice.core.web import create_app

pytestmark = pytest.mark.parametrize("offices", ["sqlite"], indirect=True)  # what hooks do depends on no database


@pytest.fixture
def made(shelf, offices):
    """Install a plugin of some code and return an office that has it and the built-in plugins."""

    def make(code, name="fleet", **options):
        shelf.install(name, code)
        return offices.make(only=[name], **options)

    return make


# Declarations


def test_hook_models_names_the_base_whose_tables_are_the_plugins(made):
    office = made("""
        @hookimpl
        def models():
            from backoffice.core.api import plugin_base
            return plugin_base("fleet")
        """)
    assert office.registry.models["fleet"].__plugin__ == "fleet"


PLACES = """
    @hookimpl
    def resources():
        from backoffice.core.api import Branch
        return [Resource("fleet.depot", Branch, columns=("code", "name"))]
    """


def test_hook_resources_makes_records_listed_created_and_permitted(made):
    office = made(PLACES)
    desk_of(office).execute("fleet.depot.create", code="north", name="North")
    assert [depot.name for depot in desk_of(office).list("fleet.depot").records] == ["North"]
    with pytest.raises(Forbidden):
        desk_of(office, "clerk").list("fleet.depot")


DRIVE = """
    def drive(session, kilometres):
        return {"driven": kilometres}

    @hookimpl
    def actions():
        return [Action("fleet.drive", drive, fields=(Field("kilometres", "integer", required=True),))]
    """


def test_hook_actions_makes_a_verb_that_is_permitted_by_its_name(made):
    office = made(DRIVE)
    assert desk_of(office).execute("fleet.drive", kilometres="17") == {"driven": 17}
    with pytest.raises(Forbidden, match="You may not do this"):
        desk_of(office, "clerk").execute("fleet.drive", kilometres=17)


def test_hook_reports_answers_a_question_with_typed_parameters(made):
    office = made("""
        def mileage(session, until):
            return Table((Column("year", "Year", "integer"),), [Row((until.year,))])

        @hookimpl
        def reports():
            return [Report("fleet.mileage", mileage, fields=(Field("until", "date", required=True),))]
        """)
    assert [row.cells for row in desk_of(office).report("fleet.mileage", until="2026-12-31").rows] == [(2026,)]


def test_hook_documents_makes_a_page_of_a_record(made, shelf):
    templates = shelf.path / "fixture_fleet" / "templates" / "fleet"
    templates.mkdir(parents=True)
    (templates / "card.html").write_text("{% extends layout %}{% block content %}<p>{{ name }}</p>{% endblock %}")
    office = made(
        PLACES
        + """
    @hookimpl
    def documents():
        return [Document("fleet.card", "fleet.depot", "fleet/card.html", lambda session, depot: {"name": depot.name})]
    """
    )
    desk = desk_of(office)
    depot = desk.execute("fleet.depot.create", code="north", name="North & Co")
    assert "<p>North &amp; Co</p>" in desk.document("fleet.card", depot["id"]).html


def test_hook_jobs_makes_work_that_the_worker_does(made):
    office = made("""
        def remind(job, days):
            job.progress(1, 1)
            return {"reminded": days}

        @hookimpl
        def jobs():
            return [Job("fleet.remind", remind, fields=(Field("days", "integer", required=True),))]
        """)
    asked = desk_of(office).execute("worker.start_job", job="fleet.remind", arguments={"days": 3})
    Worker(office).run_until_idle()
    job = desk_of(office).get("core.job", asked["id"])
    assert (job.state, job.result) == ("done", {"reminded": 3})


SAY = """
    def leave(session, plate):
        session.emit("fleet.left", plate=plate)

    @hookimpl
    def actions():
        return [Action("fleet.leave", leave, fields=(Field("plate", "code", required=True),))]

    @hookimpl
    def events():
        return [Event("fleet.left", fields=(Field("plate", "code", required=True),))]
    """


def test_hook_events_lets_a_plugin_say_what_happened(made):
    office = made(SAY)
    desk_of(office).execute("fleet.leave", plate="ACME 1")
    (said,) = desk_of(office).list("core.event", name="fleet.left").records
    assert said.facts == {"plate": "ACME 1"}


def test_hook_listeners_joins_the_transaction_of_an_event_and_can_take_it_back(made):
    office = made(
        SAY
        + """
    def forbid(session, event):
        from backoffice.core.api import RuleBroken
        raise RuleBroken(f"{event.facts['plate']} stays.")

    @hookimpl
    def listeners():
        return [On("fleet.left", forbid)]
    """
    )
    with pytest.raises(RuleBroken, match="ACME 1 stays"):
        desk_of(office).execute("fleet.leave", plate="ACME 1")
    assert not desk_of(office).list("core.event", name="fleet.left").records


def test_hook_intakes_offers_what_administrators_make_addresses_for(made):
    office = made("""
        from backoffice.hookspecs import Intake

        @hookimpl
        def intakes():
            return [Intake("fleet.tolls", lambda session, message: None)]
        """)
    made_of = desk_of(office).execute("core.webhook_address.create", name="tolls", intake="fleet.tolls")
    assert desk_of(office).get("core.webhook_address", made_of["id"]).path.startswith("/api/v1/webhooks/")


def test_hook_settings_gives_a_value_that_a_company_may_set(made):
    office = made("""
        @hookimpl
        def settings():
            return [Settings((Field("warn_days", "integer", default=14),))]
        """)
    desk = desk_of(office)
    with desk.reading() as session:
        assert session.setting("fleet", "warn_days") == 14
    desk.execute("core.set_setting", plugin="fleet", name="warn_days", value="7")
    with desk.reading() as session:
        assert session.setting("fleet", "warn_days") == 7


def test_hook_permissions_adds_something_that_can_be_granted(made):
    office = made("""
        @hookimpl
        def permissions():
            return [Permission("fleet.see_costs", "See what a vehicle costs")]
        """)
    desk = desk_of(office)
    grants = [{"permission": "fleet.see_costs"}]
    desk.execute("core.role.create", code="counter", name="Counter", grants=grants)
    desk.execute("core.user.change", id=desk.get("core.user", "clerk").id, roles=[{"role": "counter"}])
    assert office.registry.permissions["fleet.see_costs"].label == "See what a vehicle costs"
    assert desk_of(office, "clerk").may("fleet.see_costs")


def test_hook_roles_gives_every_organisation_a_ready_made_role(made):
    office = made(
        """
        @hookimpl
        def roles():
            return [Role("drivers.driver", "Driver", {"core.branch.read": "own"})]
        """,
        name="drivers",
    )
    desk = desk_of(office)
    with desk.reading():
        role = desk.get("core.role", "drivers.driver")
        assert role.name == "Driver"
        assert [(grant.permission, grant.scope) for grant in role.grants] == [("core.branch.read", "own")]


# Pages


WEB = {"blocked": frozenset({"console"})}

MAP = """
    @hookimpl
    def blueprints(app):
        from flask import Blueprint
        from backoffice.core.api import signed_in

        pages = Blueprint("fleet", __name__)

        @pages.get("/fleet/map")
        @signed_in
        def map():
            from flask import g
            return f"A map for {g.identity.username}"

        return [pages]
    """

BADGE = """
    @hookimpl
    def authenticate(request):
        from flask import current_app
        badge = request.headers.get("X-Badge")
        return current_app.extensions["backoffice"].acting_as(badge).user if badge else None
    """


def test_hook_blueprints_serves_pages_to_those_they_are_for(made):
    client = create_app(made(MAP + BADGE, **WEB)).test_client()
    assert client.get("/fleet/map").status_code == 401
    assert client.get("/fleet/map", headers={"X-Badge": "admin"}).text == "A map for admin"


def test_a_plugin_whose_page_says_not_who_may_open_it_goes_on_without_its_pages(made):
    office = made(MAP.replace("@signed_in\n", "\n"), **WEB)
    assert create_app(office).test_client().get("/fleet/map").status_code == 404


def test_hook_authenticate_recognises_who_a_request_comes_from(made):
    client = create_app(made(BADGE, **WEB)).test_client()
    assert client.get("/api/v1/me", headers={"X-Badge": "clerk"}).json["username"] == "clerk"
    assert client.get("/api/v1/me").status_code == 401


def test_hook_menu_gives_entries_for_the_person_who_looks(made):
    office = made("""
        @hookimpl
        def menu(user):
            return [MenuItem(f"Map of {user.name}", "fleet.map")]
        """)
    ((plugin, item),) = [
        (plugin, item) for plugin, item in office.hooks.menu(desk_of(office).user) if plugin == "fleet"
    ]
    assert (plugin, item.label) == ("fleet", "Map of Admin")


def test_hook_cards_reads_what_the_person_who_looks_may_see(made):
    office = made("""
        @hookimpl
        def cards(place, session, subject):
            from sqlalchemy import func, select
            from backoffice.core.api import Branch
            return [Card("Depots", value=session.scalar(select(func.count(Branch.id))))] if place == "dashboard" else []
        """)
    desk = desk_of(office)
    desk.execute("core.branch.create", code="north", name="North")
    with desk.reading() as session:
        cards = [card for plugin, card in office.hooks.cards("dashboard", session) if plugin == "fleet"]
        assert [(card.title, card.value) for card in cards] == [("Depots", 1)]
        assert not [card for plugin, card in office.hooks.cards("core.user", session) if plugin == "fleet"]


# Access


def test_hook_authorize_outweighs_every_role_with_a_no(made):
    office = made(
        DRIVE
        + """
    @hookimpl
    def authorize(user, permission, subject):
        return False if permission == "fleet.drive" and user.username == "admin" else None
    """
    )
    with pytest.raises(Forbidden):
        desk_of(office).execute("fleet.drive", kilometres=1)


def test_hook_authorize_can_say_yes_where_no_role_does(made):
    office = made(
        DRIVE
        + """
    @hookimpl
    def authorize(user, permission, subject):
        return permission == "fleet.drive" or None
    """
    )
    assert desk_of(office, "clerk").execute("fleet.drive", kilometres=1) == {"driven": 1}


def test_hook_personal_data_tells_what_is_known_and_how_it_is_erased(made):
    office = made("""
        @hookimpl
        def personal_data(session, subject):
            def erase(session):
                subject.email = None
            return [PersonalRecord("core.user", subject.id, {"email": subject.email}, erase)]
        """)
    desk = desk_of(office)
    desk.execute("core.user.change", id=desk.get("core.user", "clerk").id, email="clerk@acme.example")

    def forget(session):
        clerk = session.scalars(sa.select(User).where(User.username == "clerk")).one()
        (record,) = [one for plugin, one in office.hooks.personal_data(session, clerk) if plugin == "fleet"]
        record.erase(session)
        return record.data

    assert desk.run(forget) == {"email": "clerk@acme.example"}
    assert desk.get("core.user", "clerk").email is None


# Life of a plugin


def test_hook_health_adds_to_what_doctor_says(made):
    office = made("""
        @hookimpl
        def health(office):
            return [Check("fleet.tracker", lambda: ("warning", "Switch the tracker on."), "Tracker")]
        """)
    (found,) = [found for found in findings(office) if found.plugin == "fleet"]
    assert (found.name, found.state, found.said) == ("fleet.tracker", "warning", "Switch the tracker on.")


def test_hook_startup_runs_once_with_the_office(made):
    office = made("""
        @hookimpl
        def startup(office):
            office.started = getattr(office, "started", 0) + 1
        """)
    assert office.started == 1


def test_a_plugin_whose_startup_fails_is_quarantined_and_the_others_go_on(made):
    office = made("""
        @hookimpl
        def startup(office):
            raise RuntimeError("no tracker")
        """)
    assert office.manager.status("fleet").state == "quarantined"
    assert desk_of(office).list("core.user").records


def test_hook_shutdown_puts_away_when_the_office_closes(made):
    office = made("""
        @hookimpl
        def shutdown(office):
            office.put_away = True
        """)
    office.close()
    assert office.put_away


def test_hook_uninstall_speaks_before_the_tables_go(made):
    office = made("""
        @hookimpl
        def uninstall(session, purge):
            session.info["last words"] = f"{session.context.actor_name} {purge}"
        """)

    def remove(session):
        office.hooks.uninstall("fleet", session, purge=True)
        return session.info["last words"]

    assert desk_of(office).run(remove) == "admin True"


def test_hook_addhooks_lets_another_plugin_answer_a_question_asked_inside_an_action(made, shelf, offices):
    shelf.install(
        "tyres",
        """
        class Specs:
            @hookspec(firstresult=True)
            def tyres_price(self, size):
                "Give the price of a tyre."

        @hookimpl
        def addhooks(hooks):
            hooks.add_hookspecs(Specs)

        @hookimpl
        def actions():
            quote = lambda session, size: {"price": session.hooks.first("tyres_price", size=size)}
            return [Action("tyres.quote", quote, fields=(Field("size", "integer", required=True),))]
        """,
    )
    shelf.install("rubber", "@hookimpl\ndef tyres_price(size): return size * 10", needs=["backoffice-tyres"])
    office = offices.make(only=["tyres", "rubber"])
    assert desk_of(office).execute("tyres.quote", size=17) == {"price": 170}
