"""Charts of accounts from CSV: say what is wrong row by row, load the rest.

Columns: ``code``, ``name`` or ``name_en``, ``name_ar`` and other languages, ``type``, ``reconcile``, and where accounts
lie inside others ``parent_code`` or ``parent_name``. A row that others lie in becomes a heading. Reading is pure;
:func:`load` writes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa

from backoffice.core.api import InvalidInput, Organization, Session, fold, translate
from backoffice.hookspecs import messages

from .chart_words import meaning
from .currencies import company_of
from .models import Account

_ = messages("accounting")

MOST_ROWS: Final = 20_000
LONGEST_CODE: Final = 32
LONGEST_NAME: Final = 200
FIRST_DIGIT: Final = {"asset": "1", "liability": "2", "equity": "3", "income": "4", "expense": "5", "": "9"}
YES: Final = {"true", "yes", "1", "y", "نعم"}


@dataclass(slots=True)
class ChartRow:
    """A row of a chart and what became of it; ``number`` counts from 2, the line below the head."""

    number: int
    code: str
    names: dict[str, str]
    """Language → name; the empty language is that of a plain ``name``."""
    word: str
    parent_code: str
    parent_name: str
    reconcile: bool
    type: str | None = None
    subtype: str | None = None
    parent: ChartRow | None = None
    heading: bool = False
    refused: str = ""
    notes: list[str] = field(default_factory=list)
    id: int | None = None

    @property
    def name(self) -> str:
        """The name in whatever language it has one."""
        return next(iter(self.names.values()), "")


def read(text: str, *, numbering: bool = True, taken: Iterable[str] = ()) -> list[ChartRow]:
    """Return the rows of a chart with types, parents and codes worked out; ``refused`` says why some cannot load.

    With ``numbering`` accounts without a code get one by their type, none of ``taken``. Raises
    :class:`~backoffice.core.api.InvalidInput` when there is no head with ``code`` or ``name``, or far too many rows.
    """
    rows = list(_parse(text))
    _check_names(rows)
    _check_codes(rows)
    _find_parents(rows)
    _find_types(rows)
    _number(rows, numbering, set(taken))
    return rows


def _parse(text: str) -> Iterator[ChartRow]:
    text = text.removeprefix("\ufeff")
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    table = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns = {(name or "").strip().lower(): name for name in table.fieldnames or ()}
    if "type" not in columns or not any(name == "name" or name.startswith("name_") for name in columns):
        raise InvalidInput(
            _("This is not a chart of accounts."),
            why=_("The first line should name the columns; type and name are needed."),
            remedy=_("Begin with a line such as: code,name,type,parent_code"),
        )

    def cell(row: Mapping[Any, Any], name: str) -> str:
        value = row.get(columns.get(name, name))
        return " ".join(value.split()) if isinstance(value, str) else ""

    languages = {name: name.removeprefix("name").removeprefix("_") for name in columns if name.split("_")[0] == "name"}
    for number, row in enumerate(table, start=2):
        if number > MOST_ROWS:
            raise InvalidInput(_("This chart has too many rows."), remedy=_("Load it in parts."))
        names = {language: text for name, language in languages.items() if (text := cell(row, name))}
        yield ChartRow(
            number, cell(row, "code"), names, cell(row, "type"), cell(row, "parent_code"), cell(row, "parent_name"),
            cell(row, "reconcile").lower() in YES,
        )  # fmt: skip


def _check_names(rows: Sequence[ChartRow]) -> None:
    for row in rows:
        if not row.name:
            row.refused = _("It has no name.")
        elif any(len(name) > LONGEST_NAME for name in row.names.values()):
            row.refused = _("Its name is longer than {most} characters.").with_values(most=LONGEST_NAME)


def _check_codes(rows: Sequence[ChartRow]) -> None:
    seen: dict[str, ChartRow] = {}
    for row in rows:
        if row.refused or not row.code:
            continue
        if len(row.code) > LONGEST_CODE:
            row.refused = _("Its code is longer than {most} characters.").with_values(most=LONGEST_CODE)
        elif row.code in seen:
            row.refused = _("Its code is that of row {row}; give it one of its own.").with_values(
                row=seen[row.code].number
            )
        else:
            seen[row.code] = row


def _find_parents(rows: Sequence[ChartRow]) -> None:
    good = [row for row in rows if not row.refused]
    by_code = {row.code: row for row in good if row.code}
    by_name: dict[str, ChartRow] = {}
    for row in good:
        if row.parent_code or row.parent_name:
            row.parent = by_code.get(row.parent_code) if row.parent_code else by_name.get(fold(row.parent_name))
            if row.parent is None or _is_inside(row.parent, row):
                row.parent = None
                said = _("The account it is part of, {parent}, is not in the file above it; it stands alone.")
                row.notes.append(said.with_values(parent=row.parent_code or row.parent_name))
            else:
                row.parent.heading = True
                _tell_other_name(row, row.parent)
        by_name[fold(row.name)] = row


def _tell_other_name(row: ChartRow, parent: ChartRow) -> None:
    """Tell when the account with the code of the parent is called otherwise: its own row was refused, as a rule."""
    if row.parent_code and row.parent_name and fold(parent.name) != fold(row.parent_name):
        said = _("It is part of {parent}, which bears that code, and not of {name}.")
        row.notes.append(said.with_values(parent=parent.name, name=row.parent_name))


def _is_inside(row: ChartRow | None, other: ChartRow) -> bool:
    while row is not None:
        if row is other:
            return True
        row = row.parent
    return False


def _find_types(rows: Sequence[ChartRow]) -> None:
    for row in rows:
        if row.refused:
            continue
        found = meaning(row.word, row.code) if row.word else None
        if found is not None:
            row.type, row.subtype = found
        elif not row.heading:
            row.refused = (
                _("Its type {type} is not known.").with_values(type=row.word)
                if row.word
                else _("It has no type, and no account is part of it.")
            )
        if row.heading:
            row.subtype = None


def _number(rows: Sequence[ChartRow], numbering: bool, taken: set[str]) -> None:
    used = taken | {row.code for row in rows if row.code}
    for row in rows:
        if row.refused or row.code:
            continue
        if not numbering:
            row.refused = _("It has no code.")
            continue
        digit, step = FIRST_DIGIT[row.type or ""], 1
        while (code := f"{digit}{step:02}0") in used:
            step += 1
        used.add(code)
        row.code = code
        row.notes.append(_("It had no code and was given {code}.").with_values(code=code))


# -- loading ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a chart."""

    rows: Sequence[ChartRow]
    new: int
    existing: int
    language: str

    @property
    def refused(self) -> list[ChartRow]:
        """The rows that did not load."""
        return [row for row in self.rows if row.refused]

    def answer(self) -> dict[str, Any]:
        """Return it as plain values; ``refused_csv`` is a file of the refused rows with the reasons, to be mended."""
        return {
            "new": self.new,
            "existing": self.existing,
            "refused": [self._told(row, row.refused) for row in self.refused],
            "notes": [self._told(row, note) for row in self.rows if not row.refused for note in row.notes],
            "refused_csv": self._csv() if self.refused else "",
        }

    def _told(self, row: ChartRow, said: str) -> dict[str, Any]:
        return {"row": row.number, "code": row.code, "name": row.name, "reason": translate(said, self.language)}

    def _csv(self) -> str:
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(["row", "code", "name", "type", "parent_code", "parent_name", "reason"])
        for row in self.refused:
            reason = translate(row.refused, self.language)
            writer.writerow([row.number, row.code, row.name, row.word, row.parent_code, row.parent_name, reason])
        return out.getvalue()


def load(session: Session, text: str, *, numbering: bool = True) -> Loaded:
    """Load a chart of accounts into the session's company and return what became of each row.

    Accounts whose code exists already are left as they are.
    """
    company = company_of(session)
    known = {
        code: id_
        for id_, code in session.execute(sa.select(Account.id, Account.code).where(Account.company_id == company.id))
    }
    rows = read(text, numbering=numbering, taken=known)
    good = [row for row in rows if not row.refused]
    for row in good:
        row.id = known.get(row.code)
    new = [row for row in good if row.id is None]
    language = _plain_language(session)
    while waiting := [row for row in new if row.id is None and (row.parent is None or row.parent.id is not None)]:
        _insert(session, company.id, waiting, language)
    return Loaded(rows, len(new), len(good) - len(new), session.context.language)


def _plain_language(session: Session) -> str:
    """Return the language of untranslated fields: the organisation's."""
    found: str | None = session.scalar(
        sa.select(Organization.language).where(Organization.id == session.organization_id)
    )
    return found or "en"


def _insert(session: Session, company_id: int, rows: Sequence[ChartRow], language: str) -> None:
    values = [_values(session, company_id, row, language) for row in rows]
    ids = session.scalars(sa.insert(Account).returning(Account.id, sort_by_parameter_order=True), values)
    for row, id_ in zip(rows, ids, strict=True):
        row.id = id_


def _values(session: Session, company_id: int, row: ChartRow, language: str) -> dict[str, Any]:
    plain = row.names.get(language) or row.names.get("") or row.name
    others = {code: {"name": name} for code, name in row.names.items() if code and name != plain}
    return {
        "organization_id": session.organization_id,
        "company_id": company_id,
        "code": row.code,
        "name": plain,
        "translations": others or None,
        "type": row.type,
        "subtype": row.subtype,
        "heading": row.heading,
        "parent_id": row.parent.id if row.parent else None,
        "currency": None,
        "reconcile": row.reconcile or row.subtype in {"receivable", "payable"},
        "active": True,
        "search_key": fold(" ".join([row.code, plain, *(text["name"] for text in others.values())])),
    }
