"""Forms made of described fields: inputs in groups, nested lines with their sums, and what is wrong beside each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from backoffice.core.errors import BackofficeError, InvalidInput
from backoffice.core.money import parse_decimal
from backoffice.core.plugins.registry import Registry
from backoffice.core.schemas import public_name
from backoffice.core.text.minor_units import minor_units
from backoffice.hookspecs import Field, Lines, messages

from .pages import Choice, Group, Input, LineForm, LineRow, LineTotal, Problem
from .reader import Reader
from .showing import Showing, called
from .typed import Texts, count_lines, of_defaults

_ = messages("console")

Errors = Mapping[str, Sequence[str]]

BALANCED = ("debit", "credit")
"""Two summed columns of these names must agree."""


class Form:
    """A form for one reader: ``texts`` are in its inputs, ``errors`` beside them."""

    def __init__(
        self, fields: Iterable[Field], showing: Showing, texts: Texts, *, errors: Errors | None = None,
        currency: str = "", lines: Sequence[Lines] = (),
    ) -> None:  # fmt: skip
        self.fields = [field for field in fields if field.name not in {"id", "version"}]
        self.showing = showing
        self.reader = showing.reader
        self.texts = texts
        self.errors = {name: [self.reader.say(one) for one in said] for name, said in (errors or {}).items()}
        self.currency = currency
        self.declared = {each.relation: each for each in lines}

    # -- groups --------------------------------------------------------------------------------------------------

    def groups(self) -> list[Group]:
        """Return the fields in their groups; those a company added stand in a group of their own."""
        plain = [field for field in self.fields if not field.fields]
        found = [Group(inputs=[self.input(field, public_name(field)) for field in plain])] if plain else []
        for field in self.fields:
            if field.fields and not field.many:
                inputs = [self.input(part, f"{field.name}.{public_name(part)}") for part in field.fields]
                found.append(Group(inputs=inputs, label=self.reader.say(field.label)))
        return found

    def input(self, field: Field, name: str) -> Input:
        """Return one input."""
        value = self.texts.get(name, [] if field.many else "")
        described = self._described(field)
        if field.kind == "ref" and field.many:
            return self._many_refs(field, described, name, value)
        text = str(self.texts.get(f"{name}:text", ""))
        if field.kind == "ref" and value and not text:
            text = self._title(field, str(value))
        return Input(
            field=described,
            name=name,
            value="" if field.secret else value,
            text=text,
            errors=self.errors.get(name, ()),
            currency=self._currency(field, name),
            pick=self.showing.places.pick(field) if field.kind == "ref" else "",
        )

    def _described(self, field: Field) -> Field:
        """Return the description in the reader's language; a Hijri date is typed as text, browsers know none."""
        described = self.reader.field(field)
        if field.kind != "date" or self.reader.calendar != "hijri":
            return described
        hint = self.reader.say(_("Year, month and day of the Hijri calendar, such as 1448-06-13."))
        return replace(described, kind="code", help=" ".join(filter(None, (described.help, hint))), length=None)

    def _many_refs(self, field: Field, described: Field, name: str, values: Any) -> Input:
        ids = [value for value in values if str(value).isdigit()]
        options = [Choice(str(one), self._title(field, str(one)), current=True) for one in ids]
        pick = self.showing.places.pick(field)
        return Input(
            field=described, name=name, value=values, errors=self.errors.get(name, ()), pick=pick, options=options
        )

    def _title(self, field: Field, id_: str) -> str:
        if not (id_.isascii() and id_.isdigit() and len(id_) < 19):
            return id_
        self.showing.refs.want(field, int(id_))
        return called(self.showing.refs.of(field, int(id_)))

    def _currency(self, field: Field, name: str) -> str:
        """Return the currency written beside an amount: that in another input of the form, or the record's own."""
        if field.kind != "money":
            return ""
        _mark, _colon, other = field.hint.partition("currency:")
        beside = name.rpartition(".")[0]
        found = self.texts.get(f"{beside}.{other}" if beside else other, "") if other else ""
        return str(found).upper() or self.currency

    # -- lines ---------------------------------------------------------------------------------------------------

    def lines(self) -> list[LineForm]:
        """Return the nested lines."""
        return [self._lines(field) for field in self.fields if field.fields and field.many]

    def _lines(self, field: Field) -> LineForm:
        columns = [part for part in field.fields if part.name != "id" and not part.read_only]
        rows = [self._row(field, columns, str(number)) for number in range(count_lines(field, self.texts))]
        totals = self._totals(field, columns)
        summed = {total.column for total in totals}
        return LineForm(
            name=field.name,
            label=self.reader.say(field.label or field.name.capitalize()),
            columns=[replace(self._described(part), name=public_name(part)) for part in columns],
            rows=rows,
            blank=self._blank(field, columns),
            totals=totals,
            balance=BALANCED if set(BALANCED) <= summed else None,
            currency=self.currency,
            errors=self.errors.get(field.name, ()),
        )

    def _row(self, field: Field, columns: Sequence[Field], number: str) -> LineRow:
        prefix = f"{field.name}.{number}"
        inputs = [self.input(part, f"{prefix}.{public_name(part)}") for part in columns]
        return LineRow(number=number, inputs=inputs, id=str(self.texts.get(f"{prefix}.id", "")))

    def _blank(self, field: Field, columns: Sequence[Field]) -> LineRow:
        defaults = of_defaults(columns, self.reader, f"{field.name}.__.")
        empty = Form((), self.showing, defaults, currency=self.currency)
        return empty._row(field, columns, "__")

    def _totals(self, field: Field, columns: Sequence[Field]) -> list[LineTotal]:
        declared = self.declared.get(field.name)
        names = declared.totals if declared is not None else self._summed(columns)
        return [self._total(field, part) for part in columns if part.name in names]

    def _summed(self, columns: Sequence[Field]) -> tuple[str, ...]:
        """Return what is summed under lines that nobody declared: debit and credit."""
        return BALANCED if set(BALANCED) <= {part.name for part in columns} else ()

    def _total(self, field: Field, part: Field) -> LineTotal:
        places = minor_units().get(self.currency, 2) if part.kind == "money" else 0
        count = count_lines(field, self.texts)
        written = [str(self.texts.get(f"{field.name}.{n}.{part.name}", "")) for n in range(count)]
        return LineTotal(column=part.name, value=sum(map(_number, written), Decimal(0)), places=places)


def _number(written: str) -> Decimal:
    """Return what was typed as a number; what is none counts as nothing until it is corrected."""
    try:
        return parse_decimal(written) if written.strip() else Decimal(0)
    except InvalidInput:
        return Decimal(0)


def suggested(fields: Iterable[Field], registry: Registry) -> dict[str, list[str]]:
    """Return what inputs with the hint ``list:permissions`` suggest: every permission, and the usual patterns."""
    hints = {part.hint for field in fields for part in (field, *field.fields)}
    if "list:permissions" not in hints:
        return {}
    names = sorted(registry.permissions)
    plugins = sorted({name.partition(".")[0] for name in names})
    return {"permissions": ["*", "*.read", *(f"{plugin}.*" for plugin in plugins), *names]}


def add_line(field: Field, texts: Texts, reader: Reader) -> None:
    """Add an empty line to ``texts``, as the button does where no script runs."""
    columns = [part for part in field.fields if part.name != "id"]
    texts.update(of_defaults(columns, reader, f"{field.name}.{count_lines(field, texts)}."))


# -- what is wrong -----------------------------------------------------------------------------------------------


def problems(error: BackofficeError, fields: Iterable[Field], reader: Reader) -> list[Problem]:
    """Return the lines of the summary: each mistake with the input it leads to, then the sentence that explains."""
    labels = _labels(fields, reader)
    listed = [
        Problem(reader.say(one), name if labels.of(name) else "", labels.of(name))
        for name, said in error.fields.items()
        for one in said
    ]
    if listed and _says_nothing_more(error):
        return listed
    parts = [reader.say(part) for part in (error.what, error.why, error.remedy) if part]
    return [Problem(" ".join(dict.fromkeys(parts))), *listed]


def _says_nothing_more(error: BackofficeError) -> bool:
    return type(error) is InvalidInput and not error.why


def _labels(fields: Iterable[Field], reader: Reader) -> _Labels:
    fields = list(fields)
    return _Labels({public_name(f): f for f in fields}, reader)


@dataclass(frozen=True, slots=True)
class _Labels:
    """What the inputs of a form are called; one inside lines with the number of its line."""

    fields: Mapping[str, Field]
    reader: Reader

    def of(self, name: str) -> str:
        """Return the label of the input ``name``, or nothing when the form has none."""
        outer, _dot, rest = name.partition(".")
        field = self.fields.get(outer)
        if field is None or not rest:
            return self.reader.say(field.label) if field is not None else ""
        number, _dot, inner = rest.partition(".") if field.many else ("", "", rest)
        part = next((p for p in field.fields if public_name(p) == inner), None)
        if part is None:
            return ""
        label = self.reader.say(part.label)
        if not number.isdigit():
            return label
        return self.reader.say(_("Line {number}, {label}"), number=self.reader.number(int(number) + 1), label=label)


__all__ = ["Errors", "Form", "add_line", "problems", "suggested"]
