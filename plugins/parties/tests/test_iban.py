"""IBANs are recognised and checked; other account numbers are left alone. Numbers are the registry's own examples."""

import pytest
from backoffice_parties.iban import is_valid_iban, looks_like_iban, printed
from hypothesis import given
from hypothesis import strategies as st

EXAMPLES = [
    "SA03 8000 0000 6080 1016 7519",
    "AE07 0331 2345 6789 0123 456",
    "GB29 NWBK 6016 1331 9268 19",
    "EG38 0019 0005 0000 0000 2631 8000 2",
    "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
    "NO93 8601 1117 947",
]


@pytest.mark.parametrize("number", EXAMPLES)
def test_the_examples_of_the_registry_are_right(number):
    assert is_valid_iban(number)


@given(st.sampled_from(EXAMPLES), st.data())
def test_one_wrong_digit_is_always_noticed(number, data):
    digits = [place for place, character in enumerate(number) if character.isdigit() and place > 1]
    place = data.draw(st.sampled_from(digits))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != number[place]]))
    assert not is_valid_iban(number[:place] + other + number[place + 1 :])


@pytest.mark.parametrize("number", ["12345678", "DE12", "", "0012-445-99"])
def test_other_account_numbers_are_not_taken_for_ibans(number):
    assert not looks_like_iban(number)


def test_an_iban_is_printed_in_groups_of_four():
    assert printed("sa0380000000608010167519") == "SA03 8000 0000 6080 1016 7519"
