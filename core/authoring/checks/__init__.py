"""The questions every plugin is asked, ours and other people's alike.

``backoffice plugin check`` asks them, and so do the tests a plugin inherits. Each yields what is wrong and what to do;
none needs more of a plugin than that it is built as a distribution.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from typing import Final

from backoffice.core.errors import NotFound
from backoffice.hookspecs import messages

from . import caring, importing, isolating, leaving, loading, packaging, replaying, tables, words
from .outcome import Check, NotPossible, Outcome
from .subject import Place, Subject, opened, said_by

_ = messages("authoring")

CHECKS: Final = (
    Check("metadata", _("Its metadata says what it is and what it needs"), packaging.metadata),
    Check("description", _("It has a long description and a licence"), packaging.description, "recommended"),
    Check("entry-points", _("Its entry points lead to the plugin and its commands"), packaging.entry_points),
    Check("names", _("It has one name everywhere"), packaging.names, "recommended"),
    Check("wheel", _("The wheel carries every file"), packaging.wheel),
    Check("light", _("Loading it is quick"), importing.light),
    Check("public", _("It imports what is public, and nothing else of the core"), importing.public),
    Check("hooks", _("The core can use it"), loading.hooks),
    Check("current", _("It uses nothing that is leaving"), loading.leaving, "recommended"),
    Check("declarations", _("What it declares leads somewhere"), loading.declarations),
    Check("routes", _("Every page says who may open it"), loading.routes),
    Check("forms", _("Every form is safe from forgery"), loading.forms),
    Check("isolated", _("A part of it that fails breaks nothing else"), isolating.breaks_nothing),
    Check("prefixes", _("What it owns is called after it"), tables.prefixes),
    Check("one-head", _("Its migrations form one row"), tables.one_head),
    Check("up-down-up", _("Its tables can be made, taken back without a trace and made again"), tables.up_down_up),
    Check("models", _("Its migrations make the tables of its models"), tables.match_models),
    Check("replay", _("Hearing the same events again changes nothing"), replaying.same_again),
    Check("purge", _("Purging it leaves no trace"), leaving.leaves_no_trace),
    Check("translations", _("Every text is translated"), words.translations, "recommended"),
    Check("typed", _("It is typed"), caring.typed, "recommended"),
    Check("documented", _("What it is for can be read"), caring.documented, "recommended"),
    Check("personal", _("What it knows about people is found when they ask"), caring.personal, "recommended"),
)
"""In the order they are made."""


def chosen(names: Collection[str] = ()) -> tuple[Check, ...]:
    """Return the checks called ``names``, all of them when none is named. Raises :class:`NotFound`."""
    unknown = sorted(set(names) - {check.name for check in CHECKS})
    if unknown:
        raise NotFound(
            _("There is no check {name}.").with_values(name=unknown[0]),
            remedy=_("Use: {names}.").with_values(names=", ".join(check.name for check in CHECKS)),
        )
    return tuple(check for check in CHECKS if not names or check.name in names)


def judge(subject: Subject, checks: Collection[Check] = CHECKS) -> Iterator[Outcome]:
    """Make ``checks`` of ``subject`` one after the other and yield what came of each."""
    for check in checks:
        yield ask(subject, check)


def ask(subject: Subject, check: Check) -> Outcome:
    """Make one check. A plugin that lets it fail with an error fails it."""
    began = time.perf_counter()
    problems: tuple[str, ...]
    try:
        problems = tuple(check.run(subject))
        state = "failed" if problems else "passed"
    except NotPossible as error:
        problems, state = (error.reason,), "skipped"
    except (Exception, SystemExit) as error:
        problems, state = (_("It ends with an error: {problem}").with_values(problem=said_by(error)),), "failed"
    return Outcome(check, state, problems, time.perf_counter() - began)  # type: ignore[arg-type]


__all__ = ["CHECKS", "Check", "Outcome", "Place", "Subject", "ask", "chosen", "judge", "opened"]
