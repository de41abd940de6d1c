"""Field by field: who changed what since both agreed, and what follows."""

from datetime import UTC, datetime

import pytest
from backoffice_crm_sync.deciding import OWNERS, TIES, Mapped, decide
from hypothesis import given
from hypothesis import strategies as st

OLD, NEW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


def one(base, ours, theirs, *, ours_at=None, theirs_at=None, **how):
    known = None if base is None else {"phone": base}
    field = Mapped("phone", "phone", **how)
    return decide([field], known, {"phone": ours}, {"phone": theirs}, ours_at=ours_at, theirs_at=theirs_at)


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "here", "there"),
    [
        ("1", "1", "1", None, None),
        ("1", "2", "1", None, "2"),
        ("1", "1", "2", "2", None),
        ("1", "2", "2", None, None),
        ("1", "", "1", None, ""),
        ("1", "1", "", "", None),
        (None, "", "2", "2", None),
        (None, "2", "", None, "2"),
        (None, "2", "2", None, None),
    ],
)
def test_one_side_changed(base, ours, theirs, here, there):
    decision = one(base, ours, theirs)
    assert (decision.here.get("phone"), decision.there.get("phone")) == (here, there)
    assert decision.open == []


@pytest.mark.parametrize("base", ["1", None])
def test_both_changed(base):
    assert [(d.ours, d.theirs) for d in one(base, "2", "3").open] == [("2", "3")]
    assert one(base, "2", "3", tie="ours").there == {"phone": "2"}
    assert one(base, "2", "3", tie="theirs").here == {"phone": "3"}
    assert one(base, "2", "3", tie="newest", ours_at=OLD, theirs_at=NEW).here == {"phone": "3"}
    assert one(base, "2", "3", tie="newest", ours_at=NEW, theirs_at=OLD).there == {"phone": "2"}


def test_fields_that_belong_to_one_side():
    assert one("1", "1", "2", owner="ours").there == {"phone": "1"}
    assert one("1", "2", "1", owner="theirs").here == {"phone": "1"}
    assert one("1", "2", "3", owner="theirs").here == {"phone": "3"}
    assert one(None, "", "3", owner="ours").there == {}  # what nobody knew wipes nothing out
    assert one("1", "", "1", owner="ours").there == {"phone": ""}
    assert one("1", "", "3", owner="fill").here == {"phone": "3"}
    assert one("1", "2", "3", owner="fill").here == {}


def test_a_placeholder_never_comes_over():
    assert one(None, "", "Unknown", placeholder="unknown").here == {}
    assert one("", "", "UNKNOWN ", placeholder="unknown").here == {}


texts = st.sampled_from(["", "a", "b", "c"])


@given(base=st.none() | texts, ours=texts, theirs=texts, owner=st.sampled_from(sorted(OWNERS)),
       tie=st.sampled_from(sorted(TIES)))  # fmt: skip
def test_whatever_happened_a_second_look_finds_nothing_to_do(base, ours, theirs, owner, tie):
    first = one(base, ours, theirs, owner=owner, tie=tie)
    assert not (first.here and first.there)
    after_ours, after_theirs = first.here.get("phone", ours), first.there.get("phone", theirs)
    if first.open:
        assert (first.here, first.there, first.agreed) == ({}, {}, {})
        return
    again = one(first.agreed.get("phone", base), after_ours, after_theirs, owner=owner, tie=tie)
    assert (again.here, again.there, again.open) == ({}, {}, [])


@given(base=texts, changed=texts)
def test_a_change_on_one_side_reaches_the_other(base, changed):
    assert one(base, changed, base).there == ({} if changed == base else {"phone": changed})
    assert one(base, base, changed).here == ({} if changed == base else {"phone": changed})
