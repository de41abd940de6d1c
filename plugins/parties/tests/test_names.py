"""Names are put together from parts and told apart by script."""

import pytest
from backoffice_parties.names import NameParts, full_name, language_of_script


def test_a_full_name_leaves_out_what_is_missing():
    assert full_name(NameParts(given="Amal", middle="  Said  Omar ", family="Haddad")) == "Amal Said Omar Haddad"


def test_nobody_has_no_name():
    assert full_name(NameParts()) == ""


@pytest.mark.parametrize(
    ("text", "language"), [("أمل حداد", "ar"), ("Amal Haddad", "en"), ("أمل (Amal)", "en"), ("123", "en"), ("", "en")]
)
def test_the_script_of_most_letters_decides(text, language):
    assert language_of_script(text) == language
