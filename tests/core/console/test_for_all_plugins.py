"""Pages of every plugin that is installed, held to axe and to narrow windows: lists, forms with lines, reports, areas.

Each page is looked at in one of the four ways, turn by turn; BACKOFFICE_THOROUGH=1 looks at each in all of them.
"""

import os

import pytest

from backoffice.core.testing.browsing import Window, serving
from backoffice.core.testing.offices import Offices, desk_of

pytestmark = pytest.mark.browser

THOROUGH = os.environ.get("BACKOFFICE_THOROUGH") == "1"
WAYS = (("en", "light"), ("ar", "dark"), ("en", "dark"), ("ar", "light"))


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """Every plugin, with an organisation that has just begun."""
    made = Offices("sqlite", tmp_path_factory.mktemp("all")).make()
    desk_of(made).execute("core.keep_favourite", place="list:core.user")
    yield made
    made.close()


@pytest.fixture(scope="module")
def served(office):
    """The address of its pages."""
    with serving(office) as address:
        yield address


def pages(office):
    """For each plugin a list, its largest form and a report; every section."""
    registry = office.registry
    chosen = {}
    for name, noun in registry.resources.items():
        plugin = name.partition(".")[0]
        chosen.setdefault((plugin, "list"), f"/records/{name}?view=all")
        if "create" in noun.operations and (noun.lines or (plugin, "form") not in chosen):
            chosen[plugin, "form"] = f"/records/{name}/new"
    for name in registry.reports:
        chosen.setdefault((name.partition(".")[0], "report"), f"/reports/{name}")
    used = {noun.menu for noun in registry.resources.values() if noun.menu}
    return [*chosen.values(), *(f"/areas/{key}" for key in sorted(used))]


@pytest.mark.parametrize("turn", range(len(WAYS)))
def test_axe_finds_nothing_on_pages_of_plugins(office, served, chromium, turn):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    language, theme = WAYS[turn]
    desk_of(office).execute("core.change_profile", language=language, theme=theme)
    window = Window(chromium, served, language=language)
    window.sign_in()
    over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    found = {}
    for path in pages(office) if THOROUGH else pages(office)[turn :: len(WAYS)]:
        window.page.set_viewport_size({"width": 1440, "height": 900})
        window.open(path)
        for violation in axe.run(window.page).response["violations"]:
            found[path, violation["id"]] = violation["nodes"][0]["html"][:200]
        for width in (720, 390):
            window.page.set_viewport_size({"width": width, "height": 800})
            if window.page.evaluate(over) > 0:
                found[path, width] = window.page.evaluate(over)
    window.close()
    assert found == {}
    assert window.complaints == []
