"""Two hundred texts that are scripts elsewhere, in every text that pages show, in a real browser: they stay texts.

Each page is loaded twice: once as it is served, where the content policy must have nothing to stop, since its stopping
a script means that one was there; and once with the policy switched off, where nothing may run either.
"""

import csv
import io
from datetime import timedelta
from urllib.parse import quote

import pytest

from backoffice.core.errors import BackofficeError
from backoffice.core.testing.browsing import Window, serving
from backoffice.core.testing.offices import Offices, desk_of

from .payloads import payloads

WATCH = """
window.__hits = [];
window.__hit = n => { window.__hits.push(n); return n };
for (const name of ['alert', 'confirm', 'prompt', 'print']) window[name] = n => window.__hit(name + n);
document.addEventListener('securitypolicyviolation', event => {
  window.__hits.push(`policy stopped ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""
EACH = 40
"""Payloads joined in one text, where a field is long enough."""


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """An office whose every text is a payload."""
    folder = tmp_path_factory.mktemp("hostile") / "office"
    folder.mkdir()
    office = Offices("sqlite", folder).make()
    poison(desk_of(office))
    yield office
    office.close()


def poison(desk):
    """Write payloads into names, descriptions, labels, notes, roles: wherever people write."""
    made = payloads()

    def do(action, /, **values):
        return desk.execute(action, values)

    for code, kind, subtype in (("1100", "asset", "receivable"), ("4000", "income", "revenue")):
        do("accounting.account.create", code=code, name=made[1], type=kind, subtype=subtype)
    for code, kind in (("GEN", "general"), ("SAL", "sale"), ("BNK", "bank")):
        do("accounting.journal.create", code=code, name=made[2], kind=kind)
    do("accounting.open_year", start="2026-01-01")
    for n, text in enumerate(made[:12]):
        do("core.custom_field.create", resource="parties.party", name=f"f{n}", label=text, kind="text")
    own = {f"f{n}": text for n, text in enumerate(made[12:24])}
    attempts = [{"code": f"x{n}", "name": text, "customer": True, "custom": own} for n, text in enumerate(made)]
    kept = [given for given in attempts if _taken(lambda given=given: do("parties.party.create", **given))]
    assert len(kept) > 180, "the field refuses more than control characters"
    lines = [{"account": "1100", "debit": "1", "description": text} for text in made if _plain(text)]
    lines.append({"account": "4000", "credit": str(len(lines)), "description": made[0]})
    do("accounting.entry.create", date="2026-01-10", journal="GEN", description=made[0], reference="<b>", lines=lines)
    charged = [
        {"description": text, "quantity": "1", "unit_price": "1", "account": "4000"} for text in made if _plain(text)
    ]
    notes = "\n".join(text for text in made if _plain(text))
    do("accounting.issue_invoice", party="x0", date="2026-01-11", notes=notes, lines=charged[:100])
    for n, text in enumerate(made[:10]):
        do("core.role.create", code=f"r{n}", name=text, help=text, grants=[{"permission": "core.*"}])
        do("core.branch.create", code=f"b{n}", name=text)


def _taken(do):
    try:
        do()
    except BackofficeError as error:
        if error.status != 422:  # a control character
            raise
        return False
    return True


def _plain(text):
    return text.isprintable()


PAGES = (
    "/",
    "/records/parties.party",
    "/records/parties.party?after=",
    "/records/parties.party/1",
    "/records/parties.party/1/change",
    "/records/parties.party/1/history",
    "/records/parties.party/1/delete",
    "/records/accounting.entry/1",
    "/records/accounting.entry/1/change",
    "/records/accounting.invoice/1",
    "/records/accounting.account/1",
    "/records/accounting.journal",
    "/records/core.role",
    "/records/core.branch",
    "/records/core.custom_field",
    "/audit",
    "/reports/accounting.trial_balance?from=2026-01-01&until=2026-12-31",
    "/reports/accounting.general_ledger?account=1100&from=2026-01-01&until=2026-12-31",
    "/settings/accounting",
    "/documents/accounting.invoice/1",
    "/documents/accounting.invoice/1/sheet",
    "/actions",
    "/search?q=onerror",
)
ECHOED = (
    "/search?q={}",
    "/records/parties.party?q={}",
    "/records/parties.party?name={}",
    "/records/{}",
    "/reports/{}",
    "/{}",
    "/sign-in?next={}",
    "/records/parties.party?order={}",
    "/audit?actor={}",
    "/actions/accounting.post_entry?description={}",
    "/reports/accounting.trial_balance?from={}",
    "/records/parties.party/new?name={}",
    "/reset-password/{}",
)


class Victim:
    """An administrator's window, in which nothing may run that somebody wrote into a field."""

    def __init__(self, chromium, address, *, policy):
        self.window = Window(chromium, address)
        self.window.context.close()
        self.window.context = chromium.new_context(bypass_csp=not policy, reduced_motion="reduce")
        self.window.context.set_default_timeout(60_000)
        self.page = self.window.page = self.window.context.new_page()
        self.page.add_init_script(WATCH)
        self.hits = []

    def look(self, path):
        """Open a page, wake what waits for a pointer or a focus, and note what ran."""
        self.page.goto(self.window.address + path, wait_until="domcontentloaded")
        self.note(path)

    def send(self, form):
        """Send a form as its button does, without what the browser itself would check."""
        with self.page.expect_navigation():
            self.page.eval_on_selector(form, "form => { form.noValidate = true; form.requestSubmit() }")

    def note(self, place):
        """Note what ran on the page as it stands."""
        hits = self.page.evaluate(
            """() => { document.querySelectorAll('details').forEach(each => each.open = true);
                return [...(window.__hits || []), ...[...document.links].map(link => link.href)
                    .filter(href => /^(javascript|data|vbscript|blob):/i.test(href)),
                    ...[...document.querySelectorAll('*')].flatMap(each => [...each.attributes]
                    .filter(one => /^on/i.test(one.name)).map(one => `${each.tagName} ${one.name}`))] }"""
        )
        self.hits += [(place, hit) for hit in hits]


@pytest.mark.browser
@pytest.mark.parametrize("policy", [True, False], ids=["as served", "without the content policy"])
def test_nothing_that_somebody_wrote_runs(office, chromium, policy):
    office.clock.at += timedelta(minutes=1)
    with serving(office) as address:
        victim = Victim(chromium, address, policy=policy)
        victim.window.sign_in()
        for path in PAGES:
            victim.look(path)
        for pattern in ECHOED:
            for text in _joined():
                victim.look(pattern.format(quote(text[:1500], safe="")))
        look_at_a_form_that_is_refused(victim)
        look_at_an_import(victim)
        look_through_the_palette(victim)
        victim.window.close()
    assert not victim.hits, victim.hits[:20]


def _joined():
    """Return all payloads in a few texts, each a different kind of quotation."""
    made = [text for text in payloads() if _plain(text) and "/" not in text[:1]]
    return [" ".join(made[n :: len(made) // EACH]) for n in range(1)]


def look_at_a_form_that_is_refused(victim):
    """What was typed comes back beside what is wrong with it."""
    victim.look("/records/accounting.entry/new")
    for box in victim.page.query_selector_all("main input[type=text]:visible, main textarea:visible")[:12]:
        box.fill(_joined()[0][:900])
    victim.send("main form:has(input[type=text])")
    victim.note("a refused form")


def look_at_an_import(victim):
    """Cells, names of columns and the name of the file of an import are shown before and after they are refused."""
    file = io.StringIO()
    made = payloads()
    writer = csv.writer(file)
    writer.writerow(["name", "code", made[0], made[30]])
    writer.writerows([text, f"i{n}", text, text] for n, text in enumerate(made) if _plain(text))
    victim.look("/records/parties.party/import")
    sent = {"name": "<img src=x onerror=__hit(999)>.csv", "mimeType": "text/csv", "buffer": file.getvalue().encode()}
    victim.page.set_input_files("input[type=file]", sent)
    victim.send("main form:has(input[type=file])")
    victim.note("an import")


def look_through_the_palette(victim):
    """What a script of our own draws from answers in JSON."""
    victim.look("/records/accounting.invoice/new")
    victim.page.keyboard.press("Control+k")
    victim.page.keyboard.type("onerror", delay=5)
    victim.page.wait_for_timeout(600)
    victim.note("the palette")
    picker = victim.page.query_selector("main [role=combobox]:visible")
    if picker is not None:
        victim.page.keyboard.press("Escape")
        picker.fill("<img")
        victim.page.wait_for_timeout(600)
        victim.note("a picker")
