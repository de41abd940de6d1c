"""Do something to a record or on its own: what it will touch, its form, and what came of it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

from flask import request, send_file, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.builtin.console import doing
from backoffice.core.builtin.console.drafts import FormDraft
from backoffice.core.builtin.console.forms import Form, add_line, problems
from backoffice.core.builtin.console.pages import ActionPage, Crumb, Fact, FormPage, Problem
from backoffice.core.builtin.console.places import places
from backoffice.core.builtin.console.reader import reader, say
from backoffice.core.builtin.console.rendering import render
from backoffice.core.builtin.console.showing import Showing
from backoffice.core.builtin.console.typed import Texts, of_defaults, of_form, text_of, to_input
from backoffice.core.builtin.console.verbs import is_editable, offered
from backoffice.core.errors import BackofficeError, NotFound
from backoffice.core.office.described import title_of
from backoffice.core.office.verbs import Verb
from backoffice.core.persistence import fields_of
from backoffice.core.plugins.functions import resolve_function
from backoffice.core.schemas import public_name, to_plain
from backoffice.core.web import signed_in
from backoffice.hookspecs import Action, Field, Resource, messages

from .base import desk, pages, safe_path, see, tell
from .forms import Attempt, waiting
from .records import way

_ = messages("console")


@pages.route("/records/<resource>/<int:id>/do/<name>", methods=["GET", "POST"])
@signed_in
def act(resource: str, id: int, name: str) -> ResponseReturnValue:
    """Do an action to a record."""
    noun = desk().resource(resource)
    verb = verb_of(name)
    if verb.resource is None or verb.resource.name != noun.name:
        raise NotFound(_("There is no such action here."))
    with desk().reading() as session:
        found = desk().find(session, noun, id, verb.permission)
    return _Doing(verb, noun, found).answer()


@pages.route("/records/<resource>/<int:id>/delete", methods=["GET", "POST"])
@signed_in
def delete(resource: str, id: int) -> ResponseReturnValue:
    """Delete a record, after it was said what goes with it."""
    noun = desk().resource(resource)
    with desk().reading() as session:
        found = desk().find(session, noun, id, f"{resource}.delete")
        verb = desk().verb(f"{resource}.delete")
    return _Doing(verb, noun, found).answer()


@pages.route("/actions/<name>", methods=["GET", "POST"])
@signed_in
def do(name: str) -> ResponseReturnValue:
    """Do an action that has no record."""
    verb = verb_of(name)
    if verb.on_record:
        raise NotFound(_("This action belongs to a record."), remedy=_("Open the record and choose it there."))
    return _Doing(verb).answer()


def verb_of(name: str) -> Verb:
    """Return the verb ``name`` if this person may do it at all."""
    with desk().reading():
        verb = desk().verb(name)
    desk().require(verb.permission)
    return verb


class _Doing:
    """One visit to the page of an action."""

    def __init__(self, verb: Verb, noun: Resource | None = None, found: Any = None) -> None:
        self.verb = verb
        self.noun = noun
        self.found = found
        self.action: Action | None = verb.action
        own = doing.fields_of_schema(verb.schema) if verb.schema is not None else ()
        self.fields: Sequence[Field] = [f for f in (*verb.fields, *own) if f.name not in {"id", "version"}]
        about = (noun.name, found.id) if noun is not None and found is not None else ("", None)
        self.draft = FormDraft(desk(), verb.name, *about)
        self.nested = any(field.fields and field.many for field in self.fields)

    # -- what happens --------------------------------------------------------------------------------------------

    def answer(self) -> ResponseReturnValue:
        """Show the form, or do what it says."""
        if request.method == "GET":
            begun = self.draft.begun() if self.nested else None
            texts = self._first() if begun is None else dict(begun.texts)
            return self._page(Attempt(texts, key=doing.new_key()))
        texts = of_form(self.fields, request.form, reader())
        attempt = Attempt(texts, key=request.form.get("key", ""))
        kept = self.draft.answer(self.fields, texts, "", self._url()) if self.nested else None
        if kept is not None:
            return kept
        added = next((f for f in self.fields if f.fields and f.many and f.name == request.form.get("add")), None)
        if added is not None:
            add_line(added, texts, reader())
            return self._page(attempt)
        try:
            outcome = doing.do(desk(), self.verb, self._values(texts), attempt.key)
        except BackofficeError as error:
            if not doing.is_correctable(error):
                raise
            return self._page(replace(attempt, error=error, key=doing.key_after(error, attempt.key)))
        if self.nested:
            self.draft.forget()
        return self._after(outcome)

    def _first(self) -> Texts:
        texts = of_defaults(self.fields, reader()) | self._begun()
        given = of_form([f for f in self.fields if not f.many], request.args, reader())
        texts.update({name: value for name, value in given.items() if name.split(":")[0] in request.args})
        for field in self.fields:
            if field.fields and field.many:
                add_line(field, texts, reader())
                add_line(field, texts, reader())
        return texts

    def _begun(self) -> Texts:
        """Return what the action says its form holds for this record."""
        if self.action is None or self.action.begins is None or self.found is None:
            return {}
        with desk().reading() as session:
            record = session.get(type(self.found), self.found.id)
            values = resolve_function(self.action.begins)(session, record)
        return {
            public_name(field): text_of(field, values[field.name], reader())
            for field in self.fields
            if field.name in values
        }

    def _values(self, texts: Texts) -> dict[str, Any]:
        with desk().reading() as session:
            values = {**to_input(desk(), session, self.fields, texts, reader()), **self._sent()}
        if self.verb.schema is not None:
            values = {name: value for name, value in values.items() if value is not None}
        if self.found is None:
            return values
        version = "" if self.action is not None and self.action.begins is not None else request.form.get("version", "")
        return {"id": self.found.id, **({"version": version} if version else {}), **values}

    def _sent(self) -> dict[str, Any]:
        """Return the files that came with the form, each as its name and its bytes in base 64."""
        parts = ((f.name, request.files.get(f.name)) for f in self.fields if f.kind == "file")
        return {
            name: {"name": part.filename, "data": b64encode(part.read()).decode()}
            for name, part in parts
            if part is not None and part.filename
        }

    def _after(self, outcome: doing.Outcome) -> ResponseReturnValue:
        if outcome.waits is not None:
            return waiting(self._back())
        if outcome.job is not None:
            tell(_("It is being done in the background: {label}."), label=self.verb.label, url=url_for("console.jobs"))
            return see(self._back())
        if outcome.file is not None:
            name, text = outcome.file
            return send_file(BytesIO(text.encode()), "text/plain", as_attachment=True, download_name=name, max_age=0)
        if outcome.secret:
            return self._shown_once(outcome)
        if self.verb.generated == "delete" and self.noun is not None:
            tell(_("{noun} “{title}” was deleted."), noun=self.noun.label or self.noun.name, title=self._title())
            return see(places().list(self.noun.name) or url_for("console.home"))
        made = places().of_table(outcome.table, outcome.id) if outcome.table and outcome.id else ""
        if self.found is None and not made and isinstance(outcome.answer, Mapping) and outcome.answer:
            return self._result(outcome)
        if isinstance(outcome.answer, Mapping) and outcome.answer.get("left"):
            return self._result(outcome)
        here = self._back()
        same = self.found is not None and made == here
        tell(
            _("Done: {label}."),
            label=self.verb.label,
            url="" if same else made,
            link="" if same or not made else _("Show it"),
        )
        return see(made if self.found is None and made else here)

    def _title(self) -> str:
        return title_of(self.found, desk().language) if self.found is not None else ""

    def _back(self) -> str:
        """Return the page this one was opened from."""
        if self.noun is not None and self.found is not None:
            return places().record(self.noun.name, self.found.id)
        return safe_path(request.args.get("next", "")) or url_for("console.home")

    # -- pages ---------------------------------------------------------------------------------------------------

    def _page(self, attempt: Attempt) -> ResponseReturnValue:
        with desk().reading(fresh=attempt.error is not None) as session:
            if self.noun is not None and self.found is not None:
                self.found = desk().find(session, self.noun, self.found.id, self.verb.permission)
            showing = Showing(desk(), session, reader(), places())
            currency = showing.currency(self.found, Field("", "money"), self.noun) if self.noun is not None else ""
            errors = attempt.error.fields if attempt.error is not None else {}
            form = Form(self.fields, showing, attempt.texts, errors=errors, currency=currency or _own(showing))
            said = problems(attempt.error, self.fields, reader()) if attempt.error is not None else ()
            if self.nested:
                return render("form", form=self._form(form, attempt, said), known={}), attempt.status
            return render("action", action=self._action(form, attempt, said, showing)), attempt.status

    def _form(self, form: Form, attempt: Attempt, said: Sequence[Problem]) -> FormPage:
        return FormPage(
            title=say(self.verb.label),
            url=self._url(),
            description=self._help(),
            groups=form.groups(),
            lines=form.lines(),
            problems=said,
            key=attempt.key,
            version=self._version(),
            crumbs=self._way(),
            submit=say(self.verb.label),
            cancel_url=self._back(),
            drafted=True,
            draft=self.draft.note(self._url(), reader()),
        )

    def _action(self, form: Form, attempt: Attempt, said: Sequence[Problem], showing: Showing) -> ActionPage:
        return ActionPage(
            title=say(self.verb.label),
            url=self._url(),
            help=self._help(),
            touches=self._touches(showing),
            subject=self._subject(showing),
            groups=form.groups(),
            problems=said,
            destructive=self._is_destructive(),
            approval=self._approval(showing),
            cancel_url=self._back(),
            crumbs=self._way(),
            version=self._version(),
            key=attempt.key,
        )

    def _url(self) -> str:
        """Return the address the form is sent to; it remembers where one came from."""
        following = safe_path(request.args.get("next", "")) or _sender()
        if self.noun is None or self.found is None:
            return url_for("console.do", name=self.verb.name, next=following or None)
        here = {"resource": self.noun.name, "id": self.found.id}
        if self.verb.generated == "delete":
            return url_for("console.delete", **here)
        return url_for("console.act", **here, name=self.verb.name)

    def _way(self) -> list[Crumb]:
        if self.noun is not None:
            return way(self.noun, self.found)
        return [Crumb(say(_("Actions")), url_for("console.actions"))]

    def _help(self) -> str:
        return say(self.action.help) if self.action is not None else ""

    def _version(self) -> str:
        return str(getattr(self.found, "version", "") or "")

    def _is_destructive(self) -> bool:
        return self.verb.generated == "delete" or (self.action is not None and self.action.destructive)

    def _touches(self, showing: Showing) -> list[str]:
        """Return what will happen, in sentences."""
        if self.action is not None:
            said = [say(self.action.confirm)] if self.action.confirm else []
            if self.found is not None and not offered(self.action, self.found):
                said.append(say(_("The record is not in a state that allows this any more.")))
            return said
        if self.noun is None or self.found is None:
            return []
        said = [say(_("{noun} “{title}” is deleted. Its history stays."), noun=self.noun.label, title=self._title())]
        for lines in self.noun.lines:
            count = len(getattr(self.found, lines.relation))
            if count:
                label = say(lines.label or lines.relation)
                goes = _("With it goes {count} line of “{label}”.").counted(
                    "With it go {count} lines of “{label}”.", count
                )
                said.append(say(goes, label=label))
        if not is_editable(self.noun, self.found):
            said.append(say(_("The record is not in a state that allows this any more.")))
        return said

    def _subject(self, showing: Showing) -> list[Fact]:
        if self.noun is None or self.found is None:
            return []
        described = fields_of(self.noun.model)
        names = [n for n in self.noun.columns if n in described and described[n].kind not in {"boolean", "data"}][:4]
        fields = showing.fields(self.noun, names)
        showing.want([self.found], fields)
        pairs = [(f, showing.value(self.found, f), showing.currency(self.found, f, self.noun)) for f in fields]
        return [showing.fact(f, value, currency) for f, value, currency in pairs if value not in (None, "")]

    def _approval(self, showing: Showing) -> str:
        """Return who has to agree before it runs, when somebody has to."""
        wanted = self.verb.approval
        if wanted is None:
            return ""
        rule = showing.session.setting("core", f"approval:{self.verb.name}") or {}
        if not wanted.always and not rule.get("required"):
            return ""
        limit = rule.get("limit")
        if not wanted.always and limit is not None and wanted.amount:
            return say(_("Above {limit}, someone else who may do this has to agree before it is done."), limit=limit)
        return say(_("Someone else who may do this has to agree before it is done."))

    # -- what it gave --------------------------------------------------------------------------------------------

    def _shown_once(self, outcome: doing.Outcome) -> ResponseReturnValue:
        title = say(
            {"token": _("The new token"), "password": _("The new password"), "secret": _("The secret")}[outcome.secret]
        )
        text = say(_("Copy it now. It is stored nowhere and cannot be shown again."))
        if outcome.secret == "secret":  # noqa: S105
            text = say(_("It is kept sealed. Hand it on by a safe way."))
        return render(
            "result", title=title, text=text, secret=outcome.answer[outcome.secret], facts=(), back=self._back(),
            crumbs=self._way(),
        )  # fmt: skip

    def _result(self, outcome: doing.Outcome) -> ResponseReturnValue:
        plain = to_plain(outcome.answer)
        facts = [_told(name, value) for name, value in plain.items() if value is not None]
        return render(
            "result", title=say(self.verb.label), text=say(_("This is what came of it.")), secret="", facts=facts,
            back=self._back(), crumbs=self._way(),
        )  # fmt: skip


def _told(name: str, value: Any) -> Fact:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        value = "\n".join(value)
    kind = "data" if isinstance(value, dict | list) else "long_text" if "\n" in str(value) else "text"
    return Fact(label=name.replace("_", " ").capitalize(), value=value, kind=kind)


def _own(showing: Showing) -> str:
    return showing.company_currency()


def _sender() -> str:
    """Return the page that led here, if it was one of ours."""
    from urllib.parse import urlsplit

    sender = urlsplit(request.referrer or "")
    path = sender.path + (f"?{sender.query}" if sender.query else "")
    return safe_path(path) if sender.netloc == request.host and sender.path != request.path else ""


__all__ = ["verb_of"]
