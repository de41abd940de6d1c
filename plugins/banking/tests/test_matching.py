"""Which open item a line may be, as pure rules; and rules for what comes every month."""

from datetime import date
from decimal import Decimal

import pytest
from backoffice_banking.matching import Item, Ledger, Side, Wanted, certain, settle_all
from backoffice_banking.rules import Part, Rule, Seen, check_pattern, first, shared
from hypothesis import given
from hypothesis import strategies as st

from backoffice.core.api import InvalidInput

D = Decimal
DAY = date(2026, 1, 15)


def item(id_, amount, number="", party=None, due=DAY, **more):
    return Item(id=id_, amount=D(amount), number=number, party_id=party, due=due, **more)


def line(amount, text="", **more):
    return Wanted(id=1, date=DAY, amount=D(amount), text=text, **more)


def best(ledger, wanted):
    return ledger.proposals(wanted)[0]


@pytest.mark.parametrize(
    "text", ["INV/2026/00017", "inv 2026 00017", "Payment INV-2026-00017 thanks", "RG:INV202600017"]
)
def test_a_number_is_found_however_the_bank_wrote_it(text):
    ledger = Ledger.of([item(1, 100, "INV/2026/00017"), item(2, 100, "INV/2026/00018")])
    found = ledger.proposals(line(100, text))
    assert found[0].parts[0][0].id == 1
    assert certain(found) is found[0]


def test_the_account_of_the_other_side_tells_who_pays():
    ledger = Ledger.of([item(1, 100, party=7), item(2, 100, party=8)], [Side(party_id=7, accounts=("DE89 3704 0044",))])
    assert best(ledger, line(100, account="DE8937040044")).parts[0][0].id == 1


@pytest.mark.parametrize("name", ["شركة النور للتجارة", "شركه النور للتجاره", "شَرِكَة النُور للتجارة"])
def test_arabic_names_are_known_however_they_are_spelled(name):
    ledger = Ledger.of(
        [item(1, 100, party=7), item(2, 100, party=8)], [Side(party_id=7, names=("شركة النور للتجارة",))]
    )
    found = best(ledger, line(100, name=name))
    assert (found.parts[0][0].id, "name" in found.reasons) == (1, True)


def test_amount_alone_is_never_certain():
    assert certain(Ledger.of([item(1, 100)]).proposals(line(100))) is None


def test_two_items_alike_are_not_certain():
    ledger = Ledger.of([item(1, 100, party=7), item(2, 100, party=7)], [Side(party_id=7, accounts=("A12345",))])
    assert certain(ledger.proposals(line(100, account="A12345"))) is None


def test_a_small_difference_is_proposed_with_what_is_left_over():
    found = best(Ledger.of([item(1, "100.00", "INV00001")], tolerance=D("0.05")), line("99.98", "INV00001"))
    assert (found.difference, "near" in found.reasons) == (D("-0.02"), True)


def test_less_than_an_item_pays_a_part_of_it():
    found = best(Ledger.of([item(1, 100, "INV00001")]), line(40, "INV00001"))
    assert (found.parts[0][1], "part" in found.reasons) == (D(40), True)


def test_several_numbers_in_one_text_are_one_payment():
    ledger = Ledger.of([item(1, 100, "INV00001"), item(2, 50, "INV00002"), item(3, 70, "INV00003")])
    found = best(ledger, line(150, "INV00001 and INV00002"))
    assert sorted(one.id for one, _amount in found.parts) == [1, 2]
    assert certain(ledger.proposals(line(150, "INV00001, INV00002"))) is not None


def test_items_of_one_party_that_make_up_the_amount_are_found():
    ledger = Ledger.of([item(1, 100, party=7), item(2, 50, party=7), item(3, 70, party=7)],
                       [Side(party_id=7, accounts=("A12345",))])  # fmt: skip
    assert sorted(one.id for one, _amount in best(ledger, line(120, account="A12345")).parts) == [2, 3]


def test_money_paid_is_not_taken_for_money_received():
    found = Ledger.of([item(1, 100, "INV00001")]).proposals(line(-100, "INV00001"))
    assert all(one.parts[0][0].id != 1 or one.score < 80 for one in found)


def test_no_item_is_given_twice():
    ledger = Ledger.of([item(1, 100, "INV00001")])
    lines = [Wanted(id=n, date=DAY, amount=D(100), text="INV00001") for n in range(3)]
    assert len(list(settle_all(ledger, lines))) == 1


@given(st.lists(st.tuples(st.integers(1, 500), st.sampled_from("ABCD")), min_size=1, max_size=30), st.integers(1, 500))
def test_a_proposal_never_pays_more_than_an_item(items, amount):
    known = [item(n, cents, f"INV{n:05}{name}", party=ord(name)) for n, (cents, name) in enumerate(items)]
    ledger = Ledger.of(known, [Side(party_id=ord(name), accounts=(f"ACC{name}",)) for name in "ABCD"], D("0.05"))
    for one in ledger.proposals(line(amount, "INV00000A INV00001B", account="ACCA")):
        assert all(D(0) < pays <= each.amount for each, pays in one.parts)


SEEN = Seen(amount=D("-950.00"), description="Café RENT January", party="Ålesund Property", account="DE89")


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({"words": "rent"}, True),
        ({"words": "alesund", "place": "party"}, True),
        ({"words": "cafe", "test": "starts", "place": "description"}, True),
        ({"words": r"RENT\s+\w+", "test": "regex"}, True),
        ({"words": "rent", "sign": "in"}, False),
        ({"words": "rent", "least": D(1000)}, False),
        ({"words": "salary"}, False),
        ({"sign": "out", "most": D(1000)}, True),
        ({"words": "rent", "bank_account_id": 9}, False),
    ],
)
def test_a_rule_fits_when_every_condition_holds(rule, fits):
    assert Rule(id=1, **rule).fits(SEEN) is fits


def test_the_first_rule_counts():
    assert first([Rule(id=1, words="salary"), Rule(id=2, words="rent"), Rule(id=3, words="january")], SEEN).id == 2


def test_parts_share_a_line_to_the_cent():
    parts = [Part(account_id=1, share=D("33.3333")), Part(account_id=2, amount=D(10)), Part(account_id=3)]
    assert [amount for _part, amount in shared(parts, D("-100.00"), "EUR")] == [D("-33.33"), D("-10"), D("-56.67")]


def test_parts_that_are_no_whole_are_refused():
    with pytest.raises(InvalidInput):
        shared([Part(account_id=1, share=D(50))], D(100), "EUR")


def test_patterns_that_could_run_for_ever_are_refused():
    assert check_pattern("(a+)+b")
    assert check_pattern("[")
    assert check_pattern("rent|lease") is None
