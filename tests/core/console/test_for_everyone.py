"""Every kind of page in a real browser: nothing for axe to complain of, light and dark, in both languages, and nothing
that scrolls sideways, on a telephone or enlarged to 200 %. One office and one server are shared by all of it.

Each page is looked at in one of the four ways, turn by turn; BACKOFFICE_THOROUGH=1 looks at each in all of them.
"""

import os

import pytest

from backoffice.core.testing.browsing import Window, serving
from backoffice.core.testing.offices import Offices, desk_of

pytestmark = pytest.mark.browser

PATHS = (
    "/",
    "/records/library.book?totals=1",
    "/records/library.book?view=1",
    "/records/library.book/1",
    "/records/library.book/new",
    "/records/library.book/1/history",
    "/records/library.book/1/delete",
    "/records/library.book/import",
    "/records/core.import",
    "/reports/library.value",
    "/documents/library.card/1",
    "/search?q=1",
    "/notifications",
    "/approvals",
    "/actions",
    "/profile",
    "/settings",
    "/plugins",
    "/health",
    "/audit",
    "/jobs",
    "/help",
    "/help/list",
    "/reference?plugin=library",
    "/nothing",
)
THOROUGH = os.environ.get("BACKOFFICE_THOROUGH") == "1"
WAYS = (("en", "light"), ("ar", "dark"), ("en", "dark"), ("ar", "light"))


@pytest.fixture(scope="module")
def library(installed_library, tmp_path_factory):
    """A library with something of everything."""
    office = Offices("sqlite", tmp_path_factory.mktemp("everyone")).make(only=["library"])
    desk = desk_of(office)
    desk.execute("library.author.create", code="eliot", name="George Eliot", name_ar="جورج إليوت")
    desk.execute_many(
        "library.book.create",
        [{"isbn": f"{n}", "title": f"Book {n}", "author": "eliot", "price": "12.50"} for n in range(1, 61)],
    )
    desk.execute("library.book.create", isbn="x", title="Rayuela", author="eliot", price="7", currency="EUR")
    desk.execute("core.add_comment", about="library.book", record=1, text="Torn.\nممزق.")
    desk.execute("core.save_view", view_resource="library.book", name="Dear", query="price.from=5&columns=title,price")
    desk.execute("library.write_off", id=2)
    yield office
    office.close()


@pytest.fixture(scope="module")
def served(library):
    """The address of its pages."""
    with serving(library) as address:
        yield address


@pytest.fixture
def window(library, served, chromium):
    """Open a signed-in window in a language and a theme."""
    opened = []

    def open_(language, theme):
        desk_of(library).execute("core.change_profile", language=language, theme=theme)
        opened.append(Window(chromium, served, language=language))
        opened[-1].sign_in()
        return opened[-1]

    yield open_
    for one in opened:
        one.close()
        assert one.complaints == []


@pytest.mark.parametrize("turn", range(len(WAYS)))
def test_axe_finds_nothing_and_nothing_scrolls_sideways(window, turn):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    language, theme = WAYS[turn]
    opened = window(language, theme)
    over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    found = {}
    for path in PATHS if THOROUGH else PATHS[turn :: len(WAYS)]:
        opened.page.set_viewport_size({"width": 1440, "height": 900})
        opened.open(path)
        assert opened.page.evaluate("document.dir") == ("rtl" if language == "ar" else "ltr")
        for violation in axe.run(opened.page).response["violations"]:
            found[path, violation["id"]] = violation["nodes"][0]["html"][:200]
        for width in (720, 390):  # what is left of 1440 at 200 %, and a telephone
            opened.page.set_viewport_size({"width": width, "height": 800})
            if opened.page.evaluate(over) > 0:
                found[path, width] = opened.page.evaluate(over)
    assert found == {}


def test_a_view_is_saved_and_columns_are_moved_by_keyboard_alone(window):
    page = window("en", "light").page
    page.goto(page.url + "records/library.book?view=all")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.focus("summary:has-text('Columns')")
    page.keyboard.press("Enter")
    page.focus("li:has-text('Price') [data-earlier]")
    page.keyboard.press("Enter")
    page.focus("text=Show these")
    page.keyboard.press("Enter")
    page.wait_for_url("**columns=isbn%2Ctitle%2Cauthor%2Cprice%2Cstate**")
    page.focus("summary:has-text('Save view')")
    page.keyboard.press("Enter")
    page.focus("#view-name")
    page.keyboard.type("Price first")
    page.keyboard.press("Enter")
    page.wait_for_selector(".tabs >> text=Price first")


def test_columns_of_a_file_are_matched_by_dragging_and_by_keys_alone(window):
    opened = window("ar", "light")
    page = opened.page
    opened.open("/records/library.book/import")
    file = {"name": "b.csv", "mimeType": "text/csv", "buffer": b"isbn,What,Who,Much\n9,Emma,eliot,1\n"}
    page.set_input_files("#file", [file])
    assert page.inner_text(".file-name") == "b.csv"
    page.click("form[enctype] button.button-primary")
    page.wait_for_selector("[data-tray]")
    opened.ready()
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    assert axe.run(page).response["violations"] == []
    page.drag_and_drop("[data-field=title]", "tr[data-column=What]")
    page.focus("[data-field=author]")
    page.keyboard.press("Enter")
    while page.evaluate("document.activeElement.dataset.column") != "Who":
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.click("[data-field=price]")
    page.click("tr[data-column=Much] th")
    chosen = "[...document.querySelectorAll('tr[data-column] select')].map(each => each.value)"
    assert page.evaluate(chosen) == ["isbn", "title", "author", "price"]
    assert page.locator("[data-field=author]").count() == 1
    assert not page.locator("[data-field=author]").is_visible()
    page.drag_and_drop("tr[data-column=Much] [data-grip]", "#tray-head")
    assert page.evaluate(chosen) == ["isbn", "title", "author", ""]


def test_help_opens_over_the_page_it_explains(window):
    page = window("en", "light").page
    page.click("[data-help]")
    page.wait_for_selector("dialog[open] h2:has-text('Start page')")
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
