"""The way in and out of the console."""

import re

from backoffice.core.testing.offices import PASSWORD
from backoffice.core.testing.visiting import Visitor
from backoffice.core.users.passwords import hash_password


def test_a_person_signs_in_and_out(library):
    visitor = Visitor(library)
    visitor.open("/")
    assert visitor.page.path.startswith("/sign-in")
    visitor.sign_in()
    assert visitor.page.heading.endswith(", Admin")
    visitor.press("Sign out")
    assert visitor.page.says("You are signed out.")
    assert visitor.open("/profile").path.startswith("/sign-in")


def test_a_wrong_password_keeps_the_name_and_says_nothing_of_who_exists(library):
    visitor = Visitor(library)
    visitor.open("/sign-in")
    known = visitor.sign_in("admin", "not the password")
    assert known.status == 401
    assert known.value("username") == "admin"
    unknown = visitor.sign_in("nobody", "not the password")
    assert unknown.text == known.text


def test_too_many_attempts_are_told_to_wait(library):
    visitor = Visitor(library)
    for _attempt in range(12):
        page = visitor.sign_in("admin", "not the password")
    assert page.status == 429
    assert page.says("Try again in")


def test_one_is_led_to_the_page_one_wanted(library):
    visitor = Visitor(library)
    visitor.open("/records/library.book?sort=-title")
    assert visitor.sign_in().path == "/records/library.book?sort=-title"


def test_a_link_never_leads_to_another_site(library):
    visitor = Visitor(library)
    for address in ("//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"):
        visitor.open(f"/sign-in?next={address}")
        assert "evil" not in visitor.page.value("next")
        visitor.press("Sign in", username="admin", password=PASSWORD, next=address)
        assert visitor.page.path == "/"
        visitor.press("Sign out")


def test_the_cookie_and_the_form_token_are_new_after_signing_in(library):
    visitor = Visitor(library)
    visitor.open("/sign-in")
    before = visitor.page.value("csrf_token")
    visitor.sign_in()
    page = visitor.client.post("/sign-out", data={"csrf_token": before})
    assert page.status_code == 400


def test_a_form_without_its_token_does_nothing(visitor, desk):
    made = visitor.client.post("/records/library.author/new", data={"code": "x", "name": "X"})
    assert made.status_code == 400
    assert not desk.list("library.author").records


def test_a_password_given_by_someone_else_must_be_changed_first(clerk):
    visitor = clerk("library.reader", must_change_password=True, password_hash=hash_password(PASSWORD))
    assert visitor.page.heading == "Choose a password of your own"
    assert visitor.open("/records/library.book").heading == "Choose a password of your own"
    new = {"old": PASSWORD, "password": "quite another sentence", "again": "quite another sentence"}
    differing = visitor.press("Change the password", {**new, "again": "something else here"})
    assert differing.says("The two passwords differ.")
    assert visitor.press("Change the password", new).path == "/"


def test_a_forgotten_password_is_replaced_by_a_link_from_the_log(library, desk, capsys):
    object.__setattr__(library.configuration, "base_url", "http://office.example")
    admin = desk.get("core.user", "admin")
    desk.execute("core.user.change", id=admin.id, version=admin.version, email="admin@acme.example")
    visitor = Visitor(library)
    visitor.open("/forgot-password")
    for name in ("nobody", "admin"):
        assert visitor.press("Send the link", address=name).says("Look at your mail")
        visitor.open("/forgot-password")
    link = re.search(r"http://office\.example(/reset-password/[\w-]+)", capsys.readouterr().out)[1]
    visitor.open(link)
    assert visitor.press("Change the password", password="short", again="short").status == 422
    visitor.press("Change the password", password="quite another sentence", again="quite another sentence")
    assert visitor.sign_in("admin", "quite another sentence").path == "/"
    assert visitor.open(link).says("This link no longer works")


def test_without_a_configured_address_no_link_is_made_from_the_request(library):
    visitor = Visitor(library)
    visitor.open("/forgot-password")
    assert visitor.press("Send the link", address="admin").status == 503


def test_the_door_speaks_the_browsers_language_and_switches(library):
    visitor = Visitor(library, language="ar")
    assert visitor.open("/sign-in").heading == "تسجيل الدخول"
    assert 'dir="rtl"' in visitor.page.html
    assert visitor.press("English").heading == "Sign in"


def test_a_browser_that_was_signed_out_elsewhere_is_led_to_the_door(visitor, library):
    other = Visitor(library)
    other.arrive()
    other.open("/profile")
    other.press("Sign out there")
    assert visitor.open("/records/library.book").path.startswith("/sign-in?next=")
