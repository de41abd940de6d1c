"""Do something to many records of a list: asked once, done one by one, each with its own result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.builtin.console import doing
from backoffice.core.builtin.console.forms import Form, problems
from backoffice.core.builtin.console.pages import ActionPage, Problem, Ref
from backoffice.core.builtin.console.places import places
from backoffice.core.builtin.console.reader import reader, say
from backoffice.core.builtin.console.rendering import render
from backoffice.core.builtin.console.showing import Showing
from backoffice.core.builtin.console.typed import Texts, of_defaults, of_form, to_input
from backoffice.core.errors import BackofficeError, InvalidInput, MalformedRequest, NotFound
from backoffice.core.office.described import title_of
from backoffice.core.office.verbs import Verb
from backoffice.core.web import signed_in
from backoffice.hookspecs import Field, Resource, messages

from .actions import verb_of
from .base import desk, pages, safe_path, see, tell
from .lists import chosen, nothing_chosen, refused
from .records import way

_ = messages("console")

MOST = 500
"""Records one form may do something to."""

STATES = {"done": _("Done"), "waiting": _("Waiting for approval"), "refused": _("Refused")}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one record."""

    record: Ref
    state: str
    state_label: str
    text: str = ""


@pages.post("/records/<resource>/with-chosen/<name>")
@signed_in
def bulk(resource: str, name: str) -> ResponseReturnValue:
    """Do an action to the chosen rows of a list; each is a transaction of its own with its own result."""
    noun = desk().resource(resource)
    verb = verb_of(name)
    if verb.resource is None or verb.resource.name != noun.name or not verb.on_record or verb.schema is not None:
        raise NotFound(_("There is no such action here."))
    ids = request.form.getlist("id")
    if len(ids) > MOST:
        raise MalformedRequest(_("These are too many rows at once."), remedy=_("Choose fewer rows."))
    found = chosen(noun, ids)
    if not found:
        return nothing_chosen(noun)
    fields = [f for f in verb.fields if f.name not in {"id", "version"} and verb.generated != "change"]
    if (fields or _is_destructive(verb)) and "sure" not in request.form:
        return _asked(noun, verb, fields, found, of_defaults(fields, reader()))
    texts = of_form(fields, request.form, reader())
    try:
        values = _values(verb, fields, texts, found)
    except InvalidInput as error:
        return _asked(noun, verb, fields, found, texts, error)
    return _after(noun, verb, [_one(noun, verb, record, values) for record in found])


def _is_destructive(verb: Verb) -> bool:
    return verb.generated == "delete" or (verb.action is not None and verb.action.destructive)


def _values(verb: Verb, fields: Sequence[Field], texts: Texts, found: Sequence[Any]) -> dict[str, Any]:
    """Return the arguments for every record; raise :class:`InvalidInput` when the form itself is wrong."""
    with desk().reading() as session:
        values = to_input(desk(), session, fields, texts, reader())
    desk().load(verb, {"id": found[0].id, **values})
    return values


def _one(noun: Resource, verb: Verb, record: Any, values: Mapping[str, Any]) -> Result:
    ref = Ref(title_of(record, desk().language), places().record(noun.name, record.id))
    key = request.form.get("key", "")
    try:
        outcome = doing.do(desk(), verb, {"id": record.id, **values}, f"{key}/{record.id}" if key else "")
    except BackofficeError as error:
        if error.status >= 500:
            raise
        return Result(ref, "refused", say(STATES["refused"]), refused(error))
    if outcome.waits is not None:
        return Result(ref, "waiting", say(STATES["waiting"]))
    gone = verb.generated == "delete"
    return Result(Ref(ref.text) if gone else ref, "done", say(STATES["done"]))


def _after(noun: Resource, verb: Verb, results: Sequence[Result]) -> ResponseReturnValue:
    done = sum(1 for result in results if result.state == "done")
    back = safe_path(request.form.get("back", "")) or places().list(noun.name)
    if done == len(results):
        tell(_("{label}: {n} done."), label=verb.label, n=reader().number(done))
        return see(back)
    counts = [
        (state, say(label), sum(1 for result in results if result.state == state)) for state, label in STATES.items()
    ]
    return render(
        "bulk",
        title=say(verb.label),
        crumbs=way(noun),
        results=results,
        counts=[(state, label, count) for state, label, count in counts if count],
        back=back,
    )


def _asked(
    noun: Resource, verb: Verb, fields: Sequence[Field], found: Sequence[Any], texts: Texts,
    error: InvalidInput | None = None,
) -> ResponseReturnValue:  # fmt: skip
    with desk().reading() as session:
        showing = Showing(desk(), session, reader(), places())
        form = Form(fields, showing, texts, errors=error.fields if error is not None else {})
        said: Sequence[Problem] = problems(error, fields, reader()) if error is not None else ()
        confirm = [say(verb.action.confirm)] if verb.action is not None and verb.action.confirm else []
        page = ActionPage(
            title=say(verb.label),
            url=url_for("console.bulk", resource=noun.name, name=verb.name),
            help=say(verb.action.help) if verb.action is not None else "",
            touches=[*confirm, *(title_of(record, desk().language) for record in found)],
            groups=form.groups() if fields else (),
            problems=said,
            destructive=_is_destructive(verb),
            cancel_url=_back() or places().list(noun.name),
            crumbs=way(noun),
            key=request.form.get("key") or doing.new_key(),
            hidden=[("sure", "1"), ("back", _back()), *(("id", str(record.id)) for record in found)],
        )
        return render("action", action=page), 422 if error is not None else 200


def _back() -> str:
    """Return the list as it was shown, so that one is led back to the same page of it."""
    from urllib.parse import urlsplit

    given = request.form.get("back", "")
    if given:
        return safe_path(given)
    sender = urlsplit(request.referrer or "")
    return safe_path(f"{sender.path}?{sender.query}".rstrip("?")) if sender.netloc == request.host else ""
