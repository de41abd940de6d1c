"""The second factor in the console: set up with a picture, asked for at the door, managed, reset, required."""

import re

import pyotp
import pytest
import sqlalchemy as sa

from backoffice.core.testing.offices import PASSWORD
from backoffice.core.testing.visiting import Visitor
from backoffice.core.users import second_factor
from backoffice.core.users.models import Role


def code(office, seed, ahead=0):
    return pyotp.HOTP(seed).at(int(office.clock.now().timestamp()) // 30 + ahead)


def set_up(visitor):
    """Set up the authenticator and return its seed and the recovery codes."""
    visitor.open("/second-factor")
    visitor.press("Set it up", password=PASSWORD)
    seed = re.search(r"<code>([A-Z2-7 ]+)</code>", visitor.page.html)[1].replace(" ", "")
    visitor.press("Take it into use", code=code(visitor.office, seed))
    return seed, re.findall(r"<code>([a-z0-9-]{19})</code>", visitor.page.html)


@pytest.fixture
def enrolled(visitor):
    """The administrator, with an authenticator."""
    visitor.seed, visitor.codes = set_up(visitor)
    return visitor


def test_it_is_set_up_from_the_profile_with_password_picture_and_code(visitor):
    visitor.open("/profile")
    page = visitor.follow("Set it up")
    assert page.heading == "Second factor"
    assert visitor.press("Set it up", password="not it").status == 422
    page = visitor.press("Set it up", password=PASSWORD)
    assert page.heading == "Set up the authenticator"
    assert '<svg viewBox="0 0' in page.html
    assert visitor.press("Take it into use", code="000000").status == 422
    seed = re.search(r"<code>([A-Z2-7 ]+)</code>", visitor.page.html)[1].replace(" ", "")
    page = visitor.press("Take it into use", code=code(visitor.office, seed))
    assert page.heading == "Recovery codes"
    assert len(re.findall(r"<li><code>", page.html)) == 10
    assert visitor.open("/profile").says("10 recovery codes are left")


def test_the_seed_is_shown_to_nobody_who_did_not_just_give_the_password(visitor):
    office = visitor.office
    second_factor.enrol(office.database, user_id=1, clock=office.clock)
    assert visitor.open("/second-factor/set-up").heading == "Second factor"


def test_the_door_asks_for_the_code_and_leads_where_one_wanted(enrolled):
    other = Visitor(enrolled.office)
    other.open("/profile")
    page = other.sign_in()
    assert page.heading == "One more step"
    assert other.open("/profile").path.startswith("/sign-in")
    other.open("/sign-in/code")
    assert other.press("Sign in", code="000000").says("The code is not right")
    assert other.press("Sign in", code=code(other.office, enrolled.seed, 1)).heading == "Profile"


def test_a_recovery_code_opens_the_door_once(enrolled):
    for status in (200, 422):
        other = Visitor(enrolled.office)
        other.open("/sign-in")
        other.sign_in()
        assert other.press("Sign in", code=enrolled.codes[0]).status == status


def test_without_a_password_first_there_is_no_code_to_enter(library):
    visitor = Visitor(library)
    assert visitor.open("/sign-in/code").path == "/sign-in"


def test_new_recovery_codes_replace_the_old_ones(enrolled):
    enrolled.open("/second-factor")
    page = enrolled.press("Make new recovery codes", password=PASSWORD)
    fresh = re.findall(r"<code>([a-z0-9-]{19})</code>", page.html)
    assert len(fresh) == 10
    assert not set(fresh) & set(enrolled.codes)


def test_it_is_removed_by_whoever_knows_the_password(enrolled):
    enrolled.open("/second-factor")
    assert enrolled.press("Remove the authenticator", password="not it").status == 422
    enrolled.press("Remove the authenticator", password=PASSWORD)
    other = Visitor(enrolled.office)
    other.open("/sign-in")
    assert other.sign_in().path == "/"


def test_an_administrator_resets_it_and_the_log_says_who(enrolled, desk):
    admin = desk.get("core.user", "admin")
    assert desk.execute("core.reset_second_factor", id=admin.id)["removed"]
    page = desk.list("core.audit").records[0]
    assert (page.table_name, page.operation, page.action) == ("core_second_factor", "D", "core.reset_second_factor")
    assert enrolled.open("/").path.startswith("/sign-in")


def test_whoever_must_have_one_is_led_to_it_and_may_do_nothing_else(visitor):
    with visitor.office.database.system() as session, session.begin():
        session.execute(sa.update(Role).where(Role.code == "core.administrator").values(second_factor=True))
    assert visitor.open("/").heading == "Second factor"
    assert visitor.page.says("One of your roles needs a second factor")
    assert visitor.client.get("/api/v1/me", headers={"Accept": "application/json"}).status_code == 403
    set_up(visitor)
    assert visitor.open("/").path == "/"


def test_the_pages_speak_arabic(visitor, desk):
    desk.execute("core.change_profile", language="ar")
    page = visitor.open("/second-factor")
    assert page.heading == "المصادقة الثنائية"


def test_the_administration_lists_who_has_one_and_not_its_seed(enrolled, desk):
    [record] = desk.list("core.second_factor").records
    assert record.confirmed_at is not None
    assert "seed" not in desk.readable(desk.resource("core.second_factor"))
    page = enrolled.open("/records/core.second_factor")
    assert page.says("admin")
    assert enrolled.seed not in page.html
