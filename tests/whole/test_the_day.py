"""A working day in a real browser, in English and again in Arabic: from the door with a second factor to signing out.

Nothing is found by its words but what somebody typed themselves, so both languages walk the same way; the entry is
written by keyboard alone.
"""

import re

import pyotp
import pytest

from backoffice.core.testing.browsing import Window, serving
from backoffice.core.testing.offices import PASSWORD, Offices, desk_of
from backoffice.core.testing.visiting import Visitor

pytestmark = pytest.mark.browser

ACCOUNTS = (
    ("1200", "Bank", "asset", "bank"),
    ("4000", "Sales", "income", "revenue"),
    ("4100", "Services", "income", "revenue"),
    ("6000", "Rent", "expense", "operating_expense"),
    ("6100", "Fees", "expense", "operating_expense"),
)
LINES = (("1200", "debit", "940"), ("6000", "debit", "50"), ("6100", "debit", "10,00"), ("4000", "credit", "600"))
"""Four lines; the difference that is left is the fifth."""
MESSY = (
    "Kod;code;name;email;customer\r\n"
    ";C1; Ünal & Söhne ;info@unal.example;yes\r\n"
    ";C2;مؤسسة النور;noor@nour.example;1\r\n"
    ";C3;;nobody@nowhere.example;yes\r\n"
    ";C4;Broken;not an address;no\r\n"
    ";C5;Perhaps;p@p.example;perhaps\r\n"
    '"";C6;"Smith; ""Bob""";bob@smith.example;no\r\n'
)
"""Semicolons, quotes, a column nobody knows, spaces, two scripts, and three rows that are wrong."""


@pytest.fixture(scope="module", params=["en", "ar"])
def day(request, tmp_path_factory, chromium):
    """An office with books, an administrator with an authenticator, and their window."""
    pytest.importorskip("backoffice_accounting")
    office = Offices("sqlite", tmp_path_factory.mktemp("day")).make(only=["accounting", "parties", "taxes", "products"])
    desk = desk_of(office)
    for code, name, kind, subtype in ACCOUNTS:
        desk.execute("accounting.account.create", code=code, name=name, type=kind, subtype=subtype)
    desk.execute("accounting.journal.create", code="GEN", name="General", kind="general")
    desk.execute("accounting.open_year", start="2026-01-01")
    seed = _enrolled(office)
    desk.execute("core.change_profile", language=request.param)
    with serving(office) as address:
        window = Window(chromium, address, language=request.param)
        yield Day(office, window, seed)
        window.close()
        assert window.complaints == []
    office.close()


def _enrolled(office):
    visitor = Visitor(office)
    visitor.arrive()
    visitor.open("/second-factor")
    visitor.press("Set it up", password=PASSWORD)
    seed = re.search(r"<code>([A-Z2-7 ]+)</code>", visitor.page.html)[1].replace(" ", "")
    visitor.press("Take it into use", code=_code(office, seed))
    return seed


def _code(office, seed, ahead=0):
    return pyotp.HOTP(seed).at(int(office.clock.now().timestamp()) // 30 + ahead)


class Day:
    """Somebody at work: what they do, one thing after the other."""

    def __init__(self, office, window, seed):
        self.office, self.window, self.page, self.seed = office, window, window.page, seed

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def walk(self, key, ending):
        """Press ``key`` until the focus is where the name of an input ends so."""
        for _step in range(40):
            if self.page.evaluate("document.activeElement.name || ''").endswith(ending):
                return
            self.press(key)
        raise AssertionError(f"{key} never leads to {ending}")

    def choose(self, text):
        """Type into a picker and take what it offers first."""
        self.page.keyboard.type(text)
        self.page.locator("[role=option][aria-selected=true]:visible").first.wait_for()
        self.press("Enter")

    def open_menu(self, inside):
        """Open the menu that holds ``inside`` by keyboard."""
        self.page.focus(f"details:has({inside}) > summary")
        self.press("Enter")
        self.page.wait_for_selector(inside, state="visible")

    def heading(self):
        return self.page.inner_text("h1").strip()


def test_a_working_day(day):
    _sign_in(day)
    _create_a_party(day)
    _write_an_entry(day)
    _filter_and_keep_the_view(day)
    _import_a_messy_file(day)
    _drill_from_the_chart(day)
    _reverse_and_look_back(day)
    _export(day)
    _sign_out(day)


def _sign_in(day):
    page = day.page
    day.window.open("/sign-in")
    page.keyboard.type("admin")
    day.press("Tab")
    page.keyboard.type(PASSWORD)
    day.press("Enter")
    page.wait_for_selector("#code")
    page.keyboard.type(_code(day.office, day.seed, 1))
    day.press("Enter")
    page.wait_for_selector(".nav")
    day.window.ready()


def _create_a_party(day):
    day.window.open("/areas/people")
    day.page.focus("a[href='/records/parties.party/new']")
    day.press("Enter")
    day.page.wait_for_selector("[name=name]")
    day.window.ready()
    day.page.focus("[name=name]")
    day.page.keyboard.type("Harbour Hotel")
    day.press("Control+s")
    day.page.wait_for_selector("h1:has-text('Harbour Hotel')")


def _write_an_entry(day):
    day.window.open("/records/accounting.entry")
    day.press("n")
    day.page.wait_for_selector("[data-lines]")
    day.window.ready()
    day.walk("Tab", "journal:text")
    day.choose("GEN")
    day.walk("Tab", "description")
    day.page.keyboard.type("A day")
    for number, (account, side, amount) in enumerate(LINES):
        day.walk("Tab" if number == 0 else "Enter", f"lines.{number}.account:text")
        day.choose(account)
        day.walk("Tab", f"lines.{number}.{side}")
        day.page.keyboard.type(amount)
    day.walk("Enter", "lines.4.account:text")
    day.choose("4100")
    day.walk("Tab", "lines.4.credit")
    day.press("=")
    assert day.page.input_value("[name='lines.4.credit']") == "400.00"
    day.press("Control+s")
    day.page.wait_for_selector("h1 .badge")
    day.window.ready()
    day.press("n")
    day.page.wait_for_selector("dialog[open] button.button-primary")
    day.page.focus("dialog[open] button.button-primary")
    day.press("Enter")
    day.page.wait_for_selector("h1 .badge-good")


def _filter_and_keep_the_view(day):
    day.window.open("/records/accounting.entry")
    day.open_menu("[name=state][value=posted]")
    day.page.focus("[name=state][value=posted]")
    day.press("Space", "Enter")
    day.page.wait_for_url("**state=posted**")
    assert day.page.locator("main tbody tr").count() == 1
    day.window.ready()
    day.open_menu("#view-name")
    day.page.focus("#view-name")
    day.page.keyboard.type("My posted")
    day.press("Enter")
    day.page.wait_for_selector(".tabs >> text=My posted")


def _import_a_messy_file(day):
    day.window.open("/records/parties.party/import")
    file = {"name": "customers.csv", "mimeType": "text/csv", "buffer": MESSY.encode("utf-8-sig")}
    day.page.set_input_files("#file", [file])
    day.page.click("form[enctype] button.button-primary")
    day.page.wait_for_selector("[name='column-1']")
    day.page.click("button[name=check]")
    day.page.wait_for_selector(".notice-warning")
    day.page.click("button[name=load]")
    day.page.wait_for_selector("a[href*='refused'], a[download]")
    assert day.page.locator("section table tbody tr").count() == 3
    names = {party.name for party in desk_of(day.office).list("parties.party").records}
    assert {"Harbour Hotel", "Ünal & Söhne", "مؤسسة النور", 'Smith; "Bob"'} <= names


def _drill_from_the_chart(day):
    day.window.open("/")
    day.page.locator(".card:has(figure.chart) .section-head a").first.click()
    day.page.locator("a.row-link:has-text('4000')").first.click()
    day.page.locator("a.row-link[href*='/records/accounting.entry/']").first.click()
    day.page.wait_for_selector("h1 .badge-good")
    day.window.ready()


def _reverse_and_look_back(day):
    day.page.locator(".page-actions a[href*='accounting.reverse_entry']").first.click()
    day.page.fill("dialog[open] [name=reason]", "Typed twice")
    day.page.focus("dialog[open] [name=reason]")
    day.press("Enter")
    day.page.wait_for_selector("dialog[open]", state="detached")
    day.page.wait_for_selector("h1")
    assert len(desk_of(day.office).list("accounting.entry").records) == 2
    day.page.locator("aside a[href$='/history']").first.click()
    day.page.wait_for_selector(".timeline")


def _export(day):
    day.window.open("/records/accounting.entry?view=all")
    day.open_menu("a[download][href*='export.csv']")
    with day.page.expect_download() as found:
        day.page.locator("a[download][href*='export.csv']").first.click()
    assert "A day" in found.value.path().read_text("utf-8-sig")


def _sign_out(day):
    day.open_menu("[data-sign-out]")
    day.page.focus("[data-sign-out] button")
    day.press("Enter")
    day.page.wait_for_selector("#username")
    assert day.page.evaluate("localStorage.getItem('backoffice.recent')") is None
