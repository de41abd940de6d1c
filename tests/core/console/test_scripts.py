"""The console's scripts read numbers exactly as the server does."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from backoffice.core.builtin import console
from backoffice.core.errors import InvalidInput
from backoffice.core.money import parse_decimal

pytestmark = pytest.mark.browser

DECIMAL = Path(console.__file__).parent / "static" / "decimal.js"
WRITTEN = (
    "1,204.50", "1.204,50", "1204,5", "1,204", "0,204", "1.204", "١٬٢٠٤٫٥٠", "١٢٠٤٫٥", "−12.5", "12.5-", "1 204,50",
    "1.000.000", "-1,000,000", ".5", "5.", "12,50", "12O", "abc", "-", "(12.50)", "1'204.50", "۱۲۳", "+7",
)  # fmt: skip


@pytest.fixture(scope="module")
def page(chromium):
    """Give a page of a real browser that knows decimal.js."""
    found = chromium.new_page()
    found.add_script_tag(content=DECIMAL.read_text("utf-8").replace("export function", "function"))
    yield found
    found.close()


def on_the_server(text):
    try:
        return parse_decimal(text)
    except InvalidInput:
        return None


@pytest.mark.parametrize("text", WRITTEN)
def test_what_a_person_types_means_the_same_to_the_browser_and_the_server(page, text):
    scaled = page.evaluate("text => { const n = parse(text, 6); return n === null ? null : n.toString(); }", text)
    assert (None if scaled is None else Decimal(scaled).scaleb(-6)) == on_the_server(text)


@pytest.mark.parametrize(
    ("scaled", "places", "shown"),
    [
        ("-120450", 2, "-1,204.50"),
        ("5", 2, "0.05"),
        ("0", 3, "0.000"),
        ("1" + "0" * 19, 2, "100,000,000,000,000,000.00"),
    ],
)
def test_sums_are_exact_however_large(page, scaled, places, shown):
    assert page.evaluate(f"format({scaled}n, {places})") == shown
