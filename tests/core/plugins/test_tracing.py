"""What --trace-hooks is told."""

import pytest

from backoffice.core.plugins.tracing import summary

FLEET = """
@hookimpl
def menu(user):
    return [MenuItem("secret label", "fleet.home")]

@hookimpl
def authenticate(request):
    return None

@hookimpl
def authorize(user):
    raise RuntimeError("no judgement")
"""


@pytest.fixture
def traced(shelf):
    """The facade of two plugins, the calls it told of, and the function that ends the trace."""
    shelf.install("fleet", FLEET)
    shelf.install("zebra", "@hookimpl\ndef menu(user): 1 / 0\n\n@hookimpl\ndef authenticate(request): return 'amal'")
    hooks = shelf.load().hooks
    calls = []
    return hooks, calls, hooks.trace(calls.append)


def test_a_call_made_plugin_by_plugin_is_told_for_each(traced):
    hooks, calls, _end = traced
    hooks.menu(None)
    told = [(call.hook, call.plugin, call.result, call.error) for call in calls]
    assert told == [
        ("menu", "fleet", "1 × MenuItem", None),
        ("menu", "zebra", "", "ZeroDivisionError('division by zero')"),
    ]


def test_a_call_made_on_all_at_once_is_told_with_all_their_names(traced):
    hooks, calls, _end = traced
    hooks.authenticate({})
    assert [(call.hook, call.plugin, call.result) for call in calls] == [("authenticate", "fleet, zebra", "str")]


def test_a_failure_that_passes_through_is_told(traced):
    hooks, calls, _end = traced
    with pytest.raises(RuntimeError):
        hooks.authorize("amal", "fleet.drive")
    assert calls[0].error == "RuntimeError('no judgement')"


def test_how_long_it_took_is_told(traced):
    hooks, calls, _end = traced
    hooks.menu(None)
    assert all(0 <= call.seconds < 1 for call in calls)


def test_what_was_given_is_described_and_not_shown(traced):
    hooks, calls, _end = traced
    hooks.menu(None)
    assert "secret" not in repr(calls)


def test_nothing_is_told_after_the_end(traced):
    hooks, calls, end = traced
    end()
    hooks.menu(None)
    hooks.authenticate({})
    assert calls == []


def test_two_traces_end_independently(traced):
    hooks, calls, end = traced
    others = []
    hooks.trace(others.append)
    end()
    hooks.authenticate({})
    assert (len(calls), len(others)) == (0, 1)


@pytest.mark.parametrize(
    ("given", "said"),
    [(None, "nothing"), ([], "nothing"), ([1, "a", 2], "3 × int, str"), ("text", "str")],
)
def test_results_are_described_by_their_types(given, said):
    assert summary(given) == said
