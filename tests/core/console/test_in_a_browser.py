"""A working day in a real browser: what scripts and stylesheets add to pages that work without them."""

from datetime import timedelta

import pytest

from backoffice.core.testing.offices import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def admin(window, library):
    """The administrator's window, signed in."""
    opened = window(library)
    opened.sign_in()
    return opened


@pytest.fixture(params=["sqlite"])
def offices(request, tmp_path):
    """The browser does not care for the kind of database; one is enough."""
    from backoffice.core.testing.offices import Offices

    (tmp_path / "offices").mkdir()
    made = []
    offices = Offices("sqlite", tmp_path / "offices")

    class Made:
        def make(self, **options):
            made.append(offices.make(**options))
            return made[-1]

    yield Made()
    for office in made:
        office.close()


def heading(page):
    return page.inner_text("h1").strip()


def test_a_branch_is_created_after_an_error_listed_filtered_changed_and_told(admin, library, desk):
    page = admin.page
    admin.open("/records/core.branch")
    page.keyboard.press("n")
    page.wait_for_selector("h1:has-text('New branch')")
    page.fill("[name=name]", "North")
    page.keyboard.press("Control+s")
    page.wait_for_selector("#problems")
    assert page.evaluate("document.activeElement.id") == "problems"
    assert page.input_value("[name=name]") == "North"
    page.click("#problems a")
    page.keyboard.type("north")
    page.click("[data-submit]")
    page.wait_for_selector("h1:has-text('North')")
    assert "Branch “North” was created." in page.inner_text("#toasts")
    desk.execute("core.branch.create", code="south", name="South")

    admin.open("/records/core.branch")
    page.keyboard.press("/")
    page.keyboard.type("nor")
    page.keyboard.press("Enter")
    page.wait_for_url("**/records/core.branch?q=nor")
    assert page.locator("main tbody tr").count() == 1
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('North')")

    page.click(".page-actions >> text=Change")
    page.wait_for_selector("[data-submit]")
    library.clock.at += timedelta(minutes=1)
    desk.execute("core.branch.change", id=1, version=1, name="Far north")
    page.fill("[name=name]", "High north")
    page.click("[data-submit]")
    page.wait_for_selector(".clashes")
    assert "Far north" in page.inner_text(".clashes")
    page.click("[data-submit]")
    page.wait_for_selector("h1:has-text('High north')")
    page.click("aside >> text=Show all")
    page.wait_for_selector("h1:has-text('History of High north')")
    assert "Far north" in page.inner_text(".timeline")


def test_lines_are_filled_by_keyboard_alone_and_references_picked(admin, eliot):
    page = admin.page
    admin.open("/records/library.book/new")
    page.fill("[name=isbn]", "1")
    page.fill("[name=title]", "Middlemarch")
    page.click("[name='author:text']")
    page.keyboard.type("geo")
    page.wait_for_selector("[role=option][aria-selected=true]")
    page.keyboard.press("Enter")
    assert page.input_value("[name=author]") == "1"
    page.click("[name='copies.0.shelf']")
    for text in ("A1", None, "3,50", None):
        if text:
            page.keyboard.type(text)
        page.keyboard.press("Enter")
    page.keyboard.type("A2")
    page.keyboard.press("Control+d")
    assert page.locator("[data-row]").count() == 3
    page.click("[data-submit]")
    page.wait_for_selector("h1:has-text('Middlemarch')")
    assert page.locator("main tbody td, main tbody th").get_by_text("A2", exact=True).count() == 2


def test_an_action_opens_in_a_dialog_keeps_its_errors_there_and_ends_on_the_record(admin, middlemarch, desk):
    page = admin.page
    admin.open("/records/library.book/1")
    page.click(".page-actions >> text=Catalogue")
    page.wait_for_selector("dialog[open] [name=shelf]")
    desk.execute("library.catalogue", id=1)
    page.click("dialog[open] button.button-primary")
    page.wait_for_selector("dialog[open] .notice-bad")
    page.keyboard.press("Escape")
    page.click("summary:has-text('More actions')")
    page.click("text=Delete")
    page.wait_for_selector("dialog[open] >> text=With it go 2 lines")
    page.click("dialog[open] button.button-bad")
    page.wait_for_url("**/records/library.book")
    assert "was deleted" in page.inner_text("#toasts")


def test_a_token_is_shown_in_the_dialog_it_was_asked_for(admin):
    page = admin.page
    admin.open("/profile")
    page.click("text=New token")
    page.fill("dialog[open] [name=name]", "Till")
    page.fill("dialog[open] [name=scopes]", "library.*")
    page.click("dialog[open] button.button-primary")
    page.wait_for_selector("dialog[open] code")
    assert len(page.inner_text("dialog[open] code")) > 30


def test_the_palette_finds_and_leads(admin):
    page = admin.page
    page.keyboard.press("Control+k")
    page.wait_for_selector("dialog.palette[open]")
    page.keyboard.type("value of")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports/library.value")
    assert heading(page) == "Value of the library"


def test_a_passkey_is_added_and_signs_in_without_a_password(window, library):
    opened = window(library)
    opened.address = opened.address.replace("127.0.0.1", "localhost")
    device = opened.context.new_cdp_session(opened.page)
    device.send("WebAuthn.enable")
    unlocked = {"hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
    options = {"protocol": "ctap2", "transport": "internal", **unlocked}
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    opened.sign_in()
    page = opened.page
    opened.open("/profile")
    page.fill("#passkey-name", "Virtual phone")
    page.fill("#passkey-password", "not this one")
    page.click("text=Add a passkey")
    page.wait_for_selector("[data-problem]:not([hidden])")
    page.fill("#passkey-password", PASSWORD)
    page.click("text=Add a passkey")
    page.wait_for_selector("b:has-text('Virtual phone')")
    page.context.clear_cookies()
    opened.open("/sign-in")
    page.click("text=Sign in with a passkey")
    page.wait_for_url(f"{opened.address}/")
    assert "Admin" in page.inner_text("header")


def test_what_was_typed_is_there_again_after_the_browser_closed(window, library, eliot):
    first = window(library)
    first.sign_in()
    first.open("/records/library.book/new")
    first.page.fill("[name=title]", "Romola")
    first.page.wait_for_selector("[data-draft-state]:has-text('Draft kept')")
    first.page.fill("[name='copies.0.shelf']", "B7")
    with first.page.expect_request(lambda request: request.method == "POST"):
        first.page.evaluate("dispatchEvent(new Event('pagehide'))")
    first.page.wait_for_selector("form[data-kept]")
    first.close()
    again = window(library)
    again.sign_in()
    again.open("/records/library.book/new")
    again.page.click("text=Go on with it")
    again.ready()
    assert again.page.input_value("[name=title]") == "Romola"
    assert again.page.input_value("[name='copies.0.shelf']") == "B7"
