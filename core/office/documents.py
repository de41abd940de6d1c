"""Documents: a record as a page to hand out, made by a plugin's template from plain values, complete in itself.

A template is found below its plugin's ``templates/`` and runs in a sandbox: it sees what ``Document.context`` gives and
nothing else, labels in the document's language, dates in the company's calendar. Its stylesheet is the file of the same
name in the plugin's ``static/``; it is written into the page, which therefore looks the same when it is mailed or kept.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from jinja2 import BaseLoader, FileSystemLoader, PrefixLoader, StrictUndefined
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from backoffice.core import printing, text
from backoffice.core.errors import Conflict, NotFound, PluginProblem
from backoffice.core.persistence import Session, fields_of
from backoffice.core.plugins.functions import resolve_function
from backoffice.core.plugins.permissions import name_of
from backoffice.core.text.formats import Calendar
from backoffice.core.users.models import Company
from backoffice.hookspecs import Document, Label, Resource, messages

if TYPE_CHECKING:
    from .backoffice import Backoffice
    from .desk import Desk

_ = messages("backoffice")

HERE: Final = Path(__file__).parent / "templates" / "documents"
LAYOUT: Final = "documents/layout.html"
PART: Final = "documents/part.html"
"""The layout of one language of two side by side: its content alone."""
BOTH: Final = "documents/both.html"

SIDE_BY_SIDE: Final[tuple[str, ...]] = tuple(
    f"{one}+{other}" for one in text.LANGUAGES for other in text.LANGUAGES if one != other
)
"""Pairs of languages a document is made in, side by side; the first stands where its own reading begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A document, ready to be shown, printed, mailed or kept."""

    html: str
    filename: str
    """Without an ending."""
    language: str
    """Its language, or two with a plus sign between."""
    title: str
    style: str
    """The text of its stylesheet."""

    def pdf(self) -> bytes:
        """Return it as PDF. Raises :class:`~backoffice.core.errors.Unavailable` where none can be made."""
        return printing.pdf(self.html, title=self.title)

    @property
    def policy(self) -> str:
        """The content policy it is served under: its own stylesheet by its hash, pictures inside it, no script."""
        hashed = base64.b64encode(hashlib.sha256(self.style.encode()).digest()).decode()
        return (
            f"default-src 'none'; style-src 'sha256-{hashed}'; img-src data:; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
        )


class Documents:
    """Makes the documents of one office. The templates are read once."""

    def __init__(self, office: Backoffice) -> None:
        self.office = office
        self._environments: dict[tuple[str, Calendar], ImmutableSandboxedEnvironment] = {}

    @cached_property
    def _loader(self) -> BaseLoader:
        """Every plugin's templates under its name, and the layout."""
        folders: dict[str, BaseLoader] = {"documents": FileSystemLoader(HERE)}
        for name in self.office.manager.active():
            found = self.office.manager.folders(name).templates
            if found is not None and (found / name).is_dir():
                folders[name] = FileSystemLoader(found / name)
        return PrefixLoader(folders)

    def _environment(self, language: str, calendar: Calendar) -> ImmutableSandboxedEnvironment:
        """Return the sandbox for a language and calendar; its templates are compiled once."""
        found = self._environments.get((language, calendar))
        if found is None:
            found = ImmutableSandboxedEnvironment(
                loader=self._loader,
                autoescape=True,
                undefined=StrictUndefined,
                trim_blocks=True,
                lstrip_blocks=True,
                finalize=lambda value: text.translate(value, language) if isinstance(value, Label) else value,
            )
            found.filters = {**found.filters, **_filters(language, calendar)}
            self._environments[language, calendar] = found
        return found

    def render(self, desk: Desk, name: str, record_id: int | str, language: str | None = None) -> Rendered:
        """Return the document ``name`` of a record; ``language`` by default is what the document says itself.

        Raises :class:`NotFound` and :class:`Forbidden` as the record does, :class:`Conflict` when its state has no
        such document, :class:`PluginProblem` when the template fails.
        """
        document: Document = self.office.registry.get("documents", name)
        resource: Resource = self.office.registry.get("resources", document.resource)
        with desk.reading() as session:
            found = desk.find(session, resource, record_id, name_of(document))
            _require_state(document, resource, found)
            chosen = language or self._language(document, session, found)
        languages = [chosen] if chosen in text.LANGUAGES else chosen.split("+") if chosen in SIDE_BY_SIDE else []
        if not languages:
            remedy = _("Use one of: {names}.").with_values(names=", ".join((*text.LANGUAGES, *SIDE_BY_SIDE)))
            raise NotFound(_("There is no such language."), remedy=remedy)
        layout = LAYOUT if len(languages) == 1 else PART
        made = [self._in(desk, document, resource, record_id, language, layout) for language in languages]
        return made[0] if len(made) == 1 else self._both(document, made)

    def _in(
        self, desk: Desk, document: Document, resource: Resource, record_id: int | str, language: str, layout: str
    ) -> Rendered:
        """Return the document in one language."""
        with desk.reading(context=replace(desk.context, language=language)) as session:
            found = desk.find(session, resource, record_id, name_of(document))
            values = plain(resolve_function(document.context)(session, found))
            filename = self._filename(document, found)
            return self._made(document, values, language, filename, _calendar(session), layout)

    def _both(self, document: Document, made: Sequence[Rendered]) -> Rendered:
        """Return the document in two languages side by side, on a sheet laid across."""
        first = made[0]
        style = "\n".join([first.style, (HERE / "both.css").read_text("utf-8")])
        given = {
            "language": first.language,
            "direction": text.direction(first.language),
            "title": first.title,
            "styles": Markup(style),  # noqa: S704
            "parts": [
                {"language": one.language, "direction": text.direction(one.language), "content": Markup(one.html)}  # noqa: S704
                for one in made
            ],
        }
        html = self._environment(first.language, "gregorian").get_template(BOTH).render(given)
        return replace(first, html=html, style=style, language="+".join(one.language for one in made))

    def _language(self, document: Document, session: Session, found: Any) -> str:
        if document.language is not None:
            return str(resolve_function(document.language)(session, found))
        company = session.get(Company, session.company_id) if session.company_id is not None else None
        return company.language if company is not None else session.context.language

    def _filename(self, document: Document, found: Any) -> str:
        own = resolve_function(document.filename)(found) if document.filename is not None else ""
        return re.sub(r"[^\w.-]+", "-", str(own) or f"{document.name.rpartition('.')[2]}-{found.id}").strip("-.")

    def _made(
        self, document: Document, values: dict[str, Any], language: str, filename: str, calendar: Calendar, layout: str
    ) -> Rendered:
        style = self._style(document)
        given = {
            **values,
            "layout": layout,
            "language": language,
            "direction": text.direction(language),
            "styles": Markup(style),  # noqa: S704
        }
        try:
            html = self._environment(language, calendar).get_template(document.template).render(given)
        except TemplateError as error:
            raise PluginProblem(
                _("The document {name} cannot be made.").with_values(name=document.name),
                why=f"{type(error).__name__}: {error}",
                remedy=_("Correct its template."),
            ) from error
        title = text.translate(document.label or document.name, language)
        return Rendered(html=html, filename=filename, language=language, title=title, style=style)

    def _style(self, document: Document) -> str:
        """Return the layout's stylesheet and the document's own, which may not end the element they stand in."""
        own = self.office.manager.folders(document.name.partition(".")[0]).static
        path = own / Path(document.template).with_suffix(".css").name if own is not None else None
        sheets = [(HERE / "layout.css").read_text("utf-8")]
        if path is not None and path.is_file():
            sheets.append(path.read_text("utf-8"))
        return "\n".join(sheets).replace("</", "<\\/")


def _require_state(document: Document, resource: Resource, found: Any) -> None:
    if document.when is None:
        return
    name, values = document.when
    if getattr(found, name) not in values:
        choices = fields_of(resource.model)[name].choices
        raise Conflict(
            _("There is no such document of this record now."),
            why=_("Its state is {state}.").with_values(state=choices.get(getattr(found, name), getattr(found, name))),
        )


def _calendar(session: Session) -> Calendar:
    found = session.scalar(sa.select(Company.calendar).where(Company.id == session.company_id))
    return "hijri" if found == "hijri" else "gregorian"


def _filters(language: str, calendar: Calendar) -> dict[str, Any]:
    """Return what writes values in a document; of nothing, nothing is written."""
    made: dict[str, Callable[..., str]] = {
        "day": lambda value: _day(value, language, calendar),
        "instant": lambda value, zone="UTC": text.format_instant(value, zone, language=language, calendar=calendar),
        "amount": lambda value, currency="": text.format_money(value, currency, language=language),
        "money": lambda value, currency="": text.format_money(value, currency, language=language, code=bool(currency)),
        "number": lambda value, places=None: text.format_number(value, language=language, places=places),
        "quantity": lambda value, unit="": text.format_quantity(value, unit, language=language),
        "percent": lambda value: text.format_percent(value, language=language),
        "words": lambda value, currency: text.amount_in_words(value, currency, language=language),
    }
    return {name: _unless_nothing(write) for name, write in made.items()}


def _day(value: date, language: str, calendar: Calendar) -> str:
    """Return a day on paper: in the company's calendar, and beside the Hijri day the Gregorian one laws count by."""
    said = text.format_date(value, language=language, calendar=calendar)
    return said if calendar == "gregorian" else f"{said} ({text.format_date(value, language=language)})"


def _unless_nothing(write: Callable[..., str]) -> Callable[..., str]:
    def written(value: Any, *given: Any, **more: Any) -> str:
        return "" if value is None else write(value, *given, **more)

    return written


def plain(value: Any) -> Any:
    """Return what a template may see: values, and mappings and lists of them, copied.

    Raises ``TypeError`` for a record, a session, a function: a template could reach further through them.
    """
    if value is None or isinstance(value, str | bool | int | Decimal | date | datetime):
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, Sequence):
        return [plain(each) for each in value]
    raise TypeError(f"a document's template is given plain values, not {type(value).__name__}")


__all__ = ["Documents", "Rendered"]
