"""Create and change records: a form, what is wrong with it, and what someone else changed meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.builtin.console import doing
from backoffice.core.builtin.console.drafts import FormDraft
from backoffice.core.builtin.console.forms import Form, add_line, problems, suggested
from backoffice.core.builtin.console.merging import merge, without_theirs
from backoffice.core.builtin.console.pages import Choice, Clash, FormPage, Problem
from backoffice.core.builtin.console.places import places
from backoffice.core.builtin.console.reader import reader, say
from backoffice.core.builtin.console.rendering import render
from backoffice.core.builtin.console.showing import Showing
from backoffice.core.builtin.console.timeline import actor
from backoffice.core.builtin.console.typed import Texts, of_defaults, of_form, of_record, to_input
from backoffice.core.builtin.console.verbs import sentence_noun
from backoffice.core.errors import BackofficeError, Conflict, KeyReused, StaleVersion
from backoffice.core.office.described import title_of
from backoffice.core.office.verbs import Verb
from backoffice.core.office.writing import require_editable
from backoffice.core.web import signed_in
from backoffice.hookspecs import Field, Resource, messages

from .base import desk, pages, see, tell
from .records import way

_ = messages("console")

FIRST_LINES = 2
"""Empty lines of a new record that has one kind of lines."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A form as it stands: what is typed, what is wrong, what clashes."""

    texts: Texts
    error: BackofficeError | None = None
    clashes: Sequence[Clash] = ()
    notes: Sequence[Problem] = ()
    version: str = ""
    key: str = ""

    @property
    def status(self) -> int:
        """The status of the answer that shows it."""
        return self.error.status if self.error is not None else 200


# -- create ------------------------------------------------------------------------------------------------------


@pages.route("/records/<resource>/new", methods=["GET", "POST"])
@signed_in
def create(resource: str) -> ResponseReturnValue:
    """Make a new record."""
    noun: Resource = desk().office.registry.get("resources", resource)
    desk().require(f"{resource}.create")
    with desk().reading():
        verb = desk().verb(f"{resource}.create")
    draft = FormDraft(desk(), verb.name)
    if request.method == "GET":
        begun = draft.begun()
        texts = _first_texts(noun, verb) if begun is None else dict(begun.texts)
        return _create_page(noun, verb, Attempt(texts, key=doing.new_key()))
    texts = of_form(verb.fields, request.form, reader())
    attempt = Attempt(texts, key=request.form.get("key", ""))
    if (kept := draft.answer(verb.fields, texts, "", url_for("console.create", resource=resource))) is not None:
        return kept
    if _adds_line(verb.fields, texts):
        return _create_page(noun, verb, attempt)
    try:
        outcome = doing.do(desk(), verb, _input(verb.fields, texts), attempt.key)
    except BackofficeError as error:
        if not doing.is_correctable(error):
            raise
        key = doing.key_after(error, attempt.key)
        return _create_page(noun, verb, replace(attempt, error=_explained(error), key=key))
    draft.forget()
    return _after_create(noun, outcome)


def _first_texts(noun: Resource, verb: Verb) -> Texts:
    """Return an empty form, filled as far as the address says: a link can begin a record."""
    texts = of_defaults(verb.fields, reader())
    today = desk().context.today()
    texts.update({f.name: reader().typed_day(today) for f in verb.fields if _is_its_date(f)})
    given = of_form([f for f in verb.fields if not f.many], request.args, reader())
    texts.update({name: value for name, value in given.items() if name.split(":")[0] in request.args})
    nested = [field for field in verb.fields if field.many and field.fields]
    for field in nested:
        wanted = next((lines.minimum for lines in noun.lines if lines.relation == field.name), 0)
        for _n in range(max(wanted, FIRST_LINES if len(nested) == 1 else 0)):
            add_line(field, texts, reader())
    return texts


def _is_its_date(field: Field) -> bool:
    """Tell whether a field is the date of the record itself, which nearly always is today's."""
    return field.kind == "date" and field.required and field.name == "date" and field.default is None


def _create_page(noun: Resource, verb: Verb, attempt: Attempt) -> ResponseReturnValue:
    url = url_for("console.create", resource=noun.name)
    page = FormPage(
        title=say(_("New {noun}"), noun=sentence_noun(reader(), noun)),
        url=url,
        crumbs=way(noun),
        submit=say(_("Create")),
        submits=[Choice("another", say(_("Create and add another")))],
        cancel_url=places().list(noun.name) or url_for("console.home"),
        drafted=True,
        draft=FormDraft(desk(), verb.name).note(url, reader()),
    )
    return _drawn(page, noun, verb.fields, attempt)


def _after_create(noun: Resource, outcome: doing.Outcome) -> ResponseReturnValue:
    if outcome.waits is not None:
        return waiting(places().list(noun.name) or url_for("console.home"))
    url = places().record(noun.name, outcome.id)
    tell(_("{noun} “{title}” was created."), url=url, noun=noun.label or noun.name, title=called(noun, outcome))
    if request.form.get("then") == "another":
        return see(url_for("console.create", resource=noun.name))
    return see(url or url_for("console.home"))


def called(noun: Resource, outcome: doing.Outcome) -> str:
    """Return what the record of an outcome is called."""
    name = noun.model.__title__
    found = outcome.answer.get(name) if isinstance(outcome.answer, dict) else None
    return str(found or f"#{outcome.id}")


def waiting(url: str) -> ResponseReturnValue:
    """Lead on after an action that waits for a second person."""
    tell(
        _("Someone else has to agree first. The request waits among the approvals."),
        "info",
        url=places().list("core.approval"),
        link=_("Approvals"),
    )
    return see(url)


# -- change ------------------------------------------------------------------------------------------------------


@pages.route("/records/<resource>/<int:id>/change", methods=["GET", "POST"])
@signed_in
def change(resource: str, id: int) -> ResponseReturnValue:
    """Change a record; when someone saved meanwhile, lay both versions side by side."""
    noun = desk().resource(resource)
    with desk().reading() as session:
        found = desk().find(session, noun, id, f"{resource}.change")
        require_editable(noun, found)
        verb = desk().verb(f"{resource}.change")
        draft = FormDraft(desk(), verb.name, resource, id)
        if request.method == "GET":
            showing = Showing(desk(), session, reader(), places())
            texts = of_record(showing, verb.fields[2:], found, showing.currency(found, MONEY, noun))
            attempt = _gone_on_with(draft, Attempt(texts, version=str(found.version), key=doing.new_key()))
            return _change_page(noun, verb, found, attempt)
    texts = of_form(verb.fields[2:], request.form, reader())
    attempt = Attempt(texts, version=request.form.get("version", ""), key=request.form.get("key", ""))
    here = url_for("console.change", resource=resource, id=id)
    if (kept := draft.answer(verb.fields, texts, attempt.version, here)) is not None:
        return kept
    if _adds_line(verb.fields, texts):
        return _change_page(noun, verb, found, attempt)
    try:
        values = without_theirs(_input(verb.fields[2:], texts), _theirs())
        outcome = doing.do(desk(), verb, {"id": id, "version": attempt.version, **values}, attempt.key)
    except StaleVersion as error:
        return _stale(noun, verb, id, attempt, error)
    except BackofficeError as error:
        if not doing.is_correctable(error):
            raise
        key = doing.key_after(error, attempt.key)
        return _change_page(noun, verb, found, replace(attempt, error=_explained(error), key=key))
    draft.forget()
    if outcome.waits is not None:
        return waiting(places().record(resource, id))
    tell(_("{noun} “{title}” was saved."), noun=noun.label or noun.name, title=called(noun, outcome))
    return see(places().record(resource, id))


MONEY = Field("", "money")


def _gone_on_with(draft: FormDraft, attempt: Attempt) -> Attempt:
    """Return the form as it was left, over the version it was begun on, so that later changes of others are merged."""
    begun = draft.begun()
    if begun is None:
        return attempt
    return replace(attempt, texts=dict(begun.texts), version=str(begun.record_version or attempt.version))


def _theirs() -> list[str]:
    """Return the fields for which the value that someone else saved was chosen."""
    mark = "resolve."
    return [n.removeprefix(mark) for n, chosen in request.form.items() if n.startswith(mark) and chosen == "theirs"]


def _stale(noun: Resource, verb: Verb, id_: int, attempt: Attempt, error: StaleVersion) -> ResponseReturnValue:
    with desk().reading(fresh=True) as session:
        found = desk().find(session, noun, id_, f"{noun.name}.change")
        require_editable(noun, found)
        showing = Showing(desk(), session, reader(), places())
        typed_over = int(attempt.version) if attempt.version.isdigit() and len(attempt.version) < 10 else 0
        merged = merge(showing, noun, verb.fields[2:], found, attempt.texts, typed_over)
        notes = () if merged.clashes else [_merged_note()]
        again = Attempt(merged.texts, error, merged.clashes, notes, str(found.version), doing.new_key())
        return _change_page(noun, verb, found, again)


MERGED = _("Someone else saved other fields in the meantime. Their changes are in the form now; check and save again.")


def _merged_note() -> Problem:
    return Problem(say(MERGED))


def _change_page(noun: Resource, verb: Verb, found: Any, attempt: Attempt) -> ResponseReturnValue:
    title, url = title_of(found, desk().language), url_for("console.change", resource=noun.name, id=found.id)
    page = FormPage(
        title=say(_("Change {title}"), title=title),
        url=url,
        crumbs=way(noun, found),
        cancel_url=places().record(noun.name, found.id),
        version=attempt.version,
        clashes=attempt.clashes,
        clash_text=_who(noun, found) if attempt.clashes else "",
        drafted=True,
        draft=FormDraft(desk(), verb.name, noun.name, found.id).note(url, reader()),
    )
    return _drawn(page, noun, verb.fields[2:], attempt, found)


def _who(noun: Resource, found: Any) -> str:
    """Return who saved last and when, as far as this person may see the history."""
    from backoffice.core.audit.history import history

    if not desk().may("core.history"):
        return ""
    with desk().reading(fresh=True) as session:
        last = history(session, noun.model.__tablename__, found.id, limit=1)
    if not last:
        return ""
    return say(_("{who} saved it, {when}."), who=actor(last[0], reader()), when=reader().instant(last[0].at))


# -- the form itself ---------------------------------------------------------------------------------------------


def _drawn(
    page: FormPage, noun: Resource, fields: Sequence[Field], attempt: Attempt, found: Any = None
) -> ResponseReturnValue:
    with desk().reading() as session:
        showing = Showing(desk(), session, reader(), places())
        currency = showing.currency(found, MONEY, noun)
        errors = attempt.error.fields if attempt.error is not None else {}
        form = Form(fields, showing, attempt.texts, errors=errors, currency=currency, lines=noun.lines)
        page = replace(
            page,
            groups=form.groups(),
            lines=form.lines(),
            problems=_problems(attempt, fields),
            key=attempt.key,
        )
        known = suggested(fields, desk().office.registry)
        return render("form", form=page, known=known), attempt.status


def _problems(attempt: Attempt, fields: Sequence[Field]) -> Sequence[Problem]:
    if attempt.notes or attempt.clashes or attempt.error is None:
        return attempt.notes
    return problems(attempt.error, fields, reader())


def _explained(error: BackofficeError) -> BackofficeError:
    """Return an error in the words of someone who sits before a form."""
    if not isinstance(error, KeyReused):
        return error
    return Conflict(
        _("This form was sent before, with something else in it."),
        why=_("What it did then stays as it is."),
        remedy=_("Save once more if this shall be done as well."),
    )


def _adds_line(fields: Sequence[Field], texts: Texts) -> bool:
    """Add the line that was asked for without a script; tell whether one was."""
    wanted = request.form.get("add", "")
    field = next((f for f in fields if wanted and f.name == wanted and f.fields and f.many), None)
    if field is not None:
        add_line(field, texts, reader())
    return field is not None


def _input(fields: Sequence[Field], texts: Texts) -> dict[str, Any]:
    with desk().reading() as session:
        return to_input(desk(), session, fields, texts, reader())


__all__ = ["Attempt", "called", "waiting"]
