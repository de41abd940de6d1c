"""Values, badges and rows as markup."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from backoffice.core.builtin.console.drawing import Drawing, Reader
from backoffice.core.builtin.console.pages import Head, Ref, TableRow

ENGLISH = Drawing(Reader(), "/icons.svg")
ARABIC = Drawing(Reader(language="ar", digits="arab"), "/icons.svg")
NASTY = "<b onclick=\"x('&')\">"


@pytest.mark.parametrize(
    "kind", ["text", "long_text", "choice", "ref", "email", "phone", "code", "data", "file", "unheard_of"]
)
def test_whatever_is_written_in_a_record_stays_text(kind):
    assert "<b " not in ENGLISH.value(kind, NASTY)


def test_a_link_to_a_record_is_escaped_too():
    assert "<b " not in ENGLISH.value("ref", Ref(NASTY, f"/x?{NASTY}"))


def test_money_in_a_column_leaves_its_currency_to_the_head():
    assert "1,204.50<" in ENGLISH.value("money", Decimal("1204.5"), "GBP")


def test_money_alone_carries_its_currency():
    assert "1,204.50\u00a0GBP" in ENGLISH.value("money", Decimal("1204.5"), "GBP", alone=True)


def test_a_currency_that_is_none_stays_text():
    assert "<b>" not in ENGLISH.value("money", Decimal("1204.5"), "<b>", alone=True)


def test_money_without_a_currency_keeps_every_decimal_it_has():
    assert "1.2345" in ENGLISH.value("money", Decimal("1.2345"))


def test_amounts_read_from_the_left_inside_arabic():
    assert ARABIC.value("money", Decimal("-1204.5"), "GBP") == '<bdi dir="ltr">-١٬٢٠٤٫٥٠</bdi>'


def test_numbers_of_different_precision_keep_their_marks_under_each_other():
    assert ENGLISH.value("quantity", Decimal("2.5"), places=3) == (
        '<bdi dir="ltr">2<span class="frac frac-3">.5</span></bdi>'
    )


def test_a_whole_number_leaves_room_for_the_decimals_of_its_column():
    assert ENGLISH.value("quantity", Decimal(12), places=3) == (
        '<bdi dir="ltr">12<span class="frac frac-3"></span></bdi>'
    )


def test_nothing_is_a_dash_that_screen_readers_name():
    assert "None" in ENGLISH.value("text", None)


def test_an_empty_amount_in_a_column_stays_empty():
    assert ENGLISH.value("money", None, "GBP") == ""


def test_a_date_carries_its_iso_form():
    assert ENGLISH.value("date", date(2010, 12, 31)) == '<time datetime="2010-12-31">31 Dec 2010</time>'


def test_an_instant_is_shown_in_the_zone_of_the_reader():
    riyadh = Drawing(Reader(zone="Asia/Riyadh"), "/icons.svg")
    assert "17:05" in riyadh.value("instant", datetime(2010, 12, 31, 14, 5, tzinfo=UTC))


def test_a_badge_says_its_state_in_words_and_with_a_sign_beside_its_colour():
    badge = ENGLISH.badge("posted", "Posted")
    assert "badge-good" in badge
    assert "#check" in badge
    assert "Posted" in badge


def test_icons_that_point_somewhere_turn_round():
    assert "icon-turn" in ENGLISH.icon("next")
    assert "icon-turn" not in ENGLISH.icon("check")


def test_the_first_cell_of_a_row_leads_to_the_record():
    rows = ENGLISH.rows([Head(name="n", label="Number", kind="code")], [TableRow(cells=["JE/1"], url="/e/1")])
    assert rows == (
        '<tr data-url="/e/1"><th scope="row"><a class="row-link" href="/e/1">'
        '<bdi dir="ltr" class="code">JE/1</bdi></a></th></tr>'
    )


def test_a_row_to_choose_has_a_box_with_its_name():
    rows = ENGLISH.rows([Head(name="n", label="Number")], [TableRow(cells=["JE/1"], id="7")], select=True)
    assert 'value="7" aria-label="Select JE/1"' in rows
