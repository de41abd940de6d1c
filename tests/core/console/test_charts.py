"""Where the parts of a chart stand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from backoffice.core.builtin.console.charts import chart, ticks

MONTHS = ["Jan", "Feb", "Mar"]


def drawn(kind, values, direction="ltr"):
    return chart(kind, "Sales", MONTHS, [("Net", [Decimal(v) for v in values])], direction=direction)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 40_000], [0, 10_000, 20_000, 30_000, 40_000]),
        ([-3_200, 36_500], [-10_000, 0, 10_000, 20_000, 30_000, 40_000]),
        ([Decimal("0.3")], [0, Decimal("0.1"), Decimal("0.2"), Decimal("0.3")]),
        ([], [0, Decimal("0.2"), Decimal("0.4"), Decimal("0.6"), Decimal("0.8"), 1]),
    ],
)
def test_the_axis_has_round_steps_around_the_values_and_zero(values, expected):
    assert ticks(values) == expected


def test_a_bar_stands_on_zero_and_reaches_its_value():
    bar = drawn("bar", [0, 50, 100]).series[0].marks[2]
    assert (bar.y, bar.height) == (0, 100)


def test_a_negative_bar_hangs_from_zero():
    made = drawn("bar", [100, -100, 0])
    bar = made.series[0].marks[1]
    assert (bar.y, bar.y + bar.height) == (made.zero, 100)


def test_the_first_category_stands_on_the_right_where_reading_starts_there():
    assert drawn("bar", [1, 2, 3], "rtl").labels[0].at > drawn("bar", [1, 2, 3], "rtl").labels[-1].at


def test_arabic_and_english_charts_are_mirror_images():
    left, right = drawn("line", [1, 2, 3]), drawn("line", [1, 2, 3], "rtl")
    pairs = zip(left.series[0].marks, right.series[0].marks, strict=True)
    assert all(abs(a.x + b.x - 100) < 0.02 and a.y == b.y for a, b in pairs)


def test_many_categories_show_about_a_dozen_names_half_of_which_step_back():
    made = chart("bar", "Days", [str(n) for n in range(1, 32)], [("Net", [Decimal(1)] * 31)])
    assert len(made.labels) == 11
    assert sum(label.minor for label in made.labels) == 5


def test_long_names_step_back_further_so_that_they_stand_apart_on_a_telephone():
    made = chart("bar", "Days", [f"{n} ديسمبر" for n in range(1, 24)], [("Net", [Decimal(1)] * 23)])
    assert sum(not label.minor for label in made.labels) == 4


def test_names_that_do_not_fit_end_in_dots_and_days_never_do():
    names = [f"Department number {n}" for n in range(8)]
    made = chart("bar", "Costs", names, [("Net", [Decimal(1)] * 8)])
    assert [label.text for label in made.labels] == ["Departm…"] * 8
    days = chart("bar", "Costs", names, [("Net", [Decimal(1)] * 8)], cut=False)
    assert [label.text for label in days.labels] == names[::3]


def test_a_pointer_is_shown_the_category_the_series_and_the_value():
    assert drawn("bar", [7, 8, 9]).series[0].marks[0].text == "Jan · Net: 7"
