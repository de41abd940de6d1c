"""Amounts in words: what stands on an invoice or cheque, by the grammar of each language."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.core.errors import InvalidInput
from backoffice.core.text import amount_in_words
from backoffice.core.text.words import _NAMES, _NOUNS


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        ("0", "GBP", "zero pounds sterling"),
        ("1", "GBP", "one pound sterling"),
        ("0.01", "GBP", "one penny"),
        ("2.50", "GBP", "two pounds sterling and fifty pence"),
        ("21", "USD", "twenty-one US dollars"),
        ("100", "EUR", "one hundred euros"),
        ("115.15", "EUR", "one hundred and fifteen euros and fifteen cents"),
        ("1001", "SAR", "one thousand and one Saudi riyals"),
        ("1234.56", "SAR", "one thousand two hundred and thirty-four Saudi riyals and fifty-six halalas"),
        ("2000000", "JPY", "two million Japanese yen"),
        ("3.005", "KWD", "three Kuwaiti dinars and five fils"),
        ("12.34", "SEK", "twelve and 34/100 SEK"),
        ("-5", "USD", "minus five US dollars"),
    ],
)
def test_an_amount_in_english(amount, currency, said):
    assert amount_in_words(Decimal(amount), currency, language="en") == said


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        ("0", "SAR", "صفر ريال سعودي"),
        ("1", "SAR", "ريال سعودي واحد"),
        ("2", "SAR", "ريالان سعوديان"),
        ("3", "SAR", "ثلاثة ريالات سعودية"),
        ("10", "SAR", "عشرة ريالات سعودية"),
        ("11", "SAR", "أحد عشر ريالًا سعوديًا"),
        ("12", "SAR", "اثنا عشر ريالًا سعوديًا"),
        ("20", "SAR", "عشرون ريالًا سعوديًا"),
        ("21", "SAR", "واحد وعشرون ريالًا سعوديًا"),
        ("99", "SAR", "تسعة وتسعون ريالًا سعوديًا"),
        ("100", "SAR", "مائة ريال سعودي"),
        ("101", "SAR", "مائة ريال سعودي وريال سعودي واحد"),
        ("102", "SAR", "مائة ريال سعودي وريالان سعوديان"),
        ("103", "SAR", "مائة وثلاثة ريالات سعودية"),
        ("200", "SAR", "مائتا ريال سعودي"),
        ("211", "SAR", "مائتان وأحد عشر ريالًا سعوديًا"),
        ("1000", "SAR", "ألف ريال سعودي"),
        ("1001", "SAR", "ألف ريال سعودي وريال سعودي واحد"),
        ("1200", "SAR", "ألف ومائتا ريال سعودي"),
        ("2000", "SAR", "ألفا ريال سعودي"),
        ("2005", "SAR", "ألفان وخمسة ريالات سعودية"),
        ("3000", "SAR", "ثلاثة آلاف ريال سعودي"),
        ("11000", "SAR", "أحد عشر ألف ريال سعودي"),
        ("11500", "SAR", "أحد عشر ألفًا وخمسمائة ريال سعودي"),
        ("200000", "SAR", "مائتا ألف ريال سعودي"),
        ("1000000", "SAR", "مليون ريال سعودي"),
        ("2000000", "SAR", "مليونا ريال سعودي"),
        ("3000000", "SAR", "ثلاثة ملايين ريال سعودي"),
        ("1234567.89", "SAR", "مليون ومائتان وأربعة وثلاثون ألفًا وخمسمائة وسبعة وستون ريالًا سعوديًا وتسع وثمانون هللة"),
        ("0.01", "SAR", "هللة واحدة"),
        ("0.02", "SAR", "هللتان"),
        ("0.08", "SAR", "ثماني هللات"),
        ("0.11", "SAR", "إحدى عشرة هللة"),
        ("0.18", "SAR", "ثماني عشرة هللة"),
        ("0.21", "SAR", "إحدى وعشرون هللة"),
        ("0.28", "SAR", "ثمانٍ وعشرون هللة"),
        ("3", "LBP", "ثلاث ليرات لبنانية"),
        ("2", "LBP", "ليرتان لبنانيتان"),
        ("5.250", "JOD", "خمسة دنانير أردنية ومائتان وخمسون فلسًا"),
        ("7.10", "GBP", "سبعة جنيهات إسترلينية وعشرة بنسات"),
        ("12.34", "SEK", "اثنا عشر و34/100 SEK"),
        ("-2", "USD", "سالب دولاران أمريكيان"),
    ],
)
def test_an_amount_in_arabic(amount, currency, said):
    assert amount_in_words(Decimal(amount), currency, language="ar") == said


def test_every_currency_has_names_in_both_languages():
    assert set(_NAMES) == set(_NOUNS)


@pytest.mark.parametrize("amount", ["0.001", "1000000000000000", "12.345"])
def test_what_cannot_be_said_is_refused(amount):
    with pytest.raises(InvalidInput):
        amount_in_words(Decimal(amount), "GBP", language="en")


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**17 - 1), st.sampled_from(["SAR", "GBP", "SEK", "LBP"]), st.sampled_from(["en", "ar"]))
def test_no_amount_leaves_a_gap(cents, currency, language):
    said = amount_in_words(Decimal(cents).scaleb(-2), currency, language=language)
    assert said
    assert "  " not in said
    assert said == said.strip()


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9), st.integers(0, 10**9), st.sampled_from(["en", "ar"]))
def test_two_amounts_are_never_said_alike(one, other, language):
    said = [amount_in_words(Decimal(n), "SAR", language=language) for n in (one, other)]
    assert (said[0] == said[1]) == (one == other)
