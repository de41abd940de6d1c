"""How pay is worked out: components in the order they need each other, each with what it read on the way.

Nothing here knows a database: the same facts always come to the same lines.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from backoffice.hookspecs import messages

from . import formulas, tables
from .formulas import ARITHMETIC, FUNCTIONS, FormulaError, Reading, Value
from .periods import Days
from .tables import Bracket

_ = messages("payroll")

ZERO = Decimal(0)

KINDS = {
    "earning": _("Earning"),
    "deduction": _("Deduction"),
    "employer": _("Cost of the employer"),
    "figure": _("Figure only"),
}
SIGNS = {"earning": 1, "deduction": -1, "employer": 1, "figure": 1}
"""How a component counts in the bases it belongs to: a deduction makes them smaller."""

PLAIN = ("pay", "hours", "gross")
SPACES = {
    "days": ("working", "paid", "unpaid", "calendar"),
    "period": ("number", "per_year", "left"),
    "service": ("days", "years", "ends"),
    "run": ("kind",),
}
"""Names with a dot that every formula may read."""

FREE = ("input", "employee")
"""Names that begin so stand for whatever people write down."""

RESERVED = {*PLAIN, *SPACES, *FREE, "rate", "table", "base", "year", "back", *FUNCTIONS}

CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Component:
    """One component of pay as it is worked out."""

    code: str
    kind: str
    formula: str
    condition: str = ""
    prorated: bool = False
    mode: str = "half_up"
    step: Decimal | None = None
    bases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """Brackets and how they are applied."""

    method: str
    brackets: tuple[Bracket, ...]


@dataclass(frozen=True)
class Facts:
    """All that one payslip is worked out from."""

    pay: Decimal
    days: Days
    smallest: Decimal = Decimal("0.01")
    """The smallest amount of the currency that is paid."""
    hours: Decimal = ZERO
    number: int = 1
    per_year: int = 12
    service_days: int = 0
    service_ends: bool = False
    kind: str = "regular"
    inputs: Mapping[str, Decimal] = field(default_factory=dict)
    employee: Mapping[str, Value] = field(default_factory=dict)
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    year: Mapping[str, Decimal] = field(default_factory=dict)
    """What each component came to in the year before this payslip."""
    back: Mapping[str, Decimal] = field(default_factory=dict)
    """What each component should have come to more in periods paid before."""


@dataclass(frozen=True)
class Line:
    """What one component comes to, and what it read to get there."""

    component: Component
    amount: Decimal
    read: Mapping[str, Value] = field(default_factory=dict)
    share: Decimal | None = None
    """The part of the period it was multiplied with, where it was."""


class ComponentError(FormulaError):
    """A component that cannot be worked out: its code, and why."""

    def __init__(self, code: str, said: Any) -> None:
        super().__init__(_("{component}: {said}").with_values(component=code, said=said))
        self.code = code


# -- names and order -------------------------------------------------------------------------------------------------


def check_name(name: str) -> None:
    """Refuse what cannot stand after a dot in a formula."""
    if not CODE.fullmatch(name) or keyword.iskeyword(name):
        raise FormulaError(_("Use small Latin letters, digits and underscores, beginning with a letter."))


def check_code(code: str) -> None:
    """Refuse a code no formula could name by itself."""
    check_name(code)
    if code in RESERVED:
        raise FormulaError(_("“{code}” means something else in formulas.").with_values(code=code))


def names_of(component: Component) -> frozenset[str]:
    """Return the names the formula and the condition of ``component`` read."""
    try:
        read = formulas.parse(component.formula).names
        return read | formulas.parse(component.condition).names if component.condition.strip() else read
    except FormulaError as error:
        raise ComponentError(component.code, error.said) from None


def needs(component: Component, among: Sequence[Component]) -> set[str]:
    """Return the codes of the components ``component`` reads, by themselves or as parts of a base."""
    codes = {one.code for one in among}
    found = set()
    for name in names_of(component):
        if name in codes:
            found.add(name)
        elif name == "gross":
            found |= {one.code for one in among if one.kind == "earning"}
        elif name.startswith("base."):
            found |= {one.code for one in among if name.removeprefix("base.") in one.bases}
    return found


def check_names(
    component: Component, among: Sequence[Component], rates: Collection[str], known_tables: Collection[str]
) -> None:
    """Refuse a component that reads a name nothing stands for."""
    codes = {one.code for one in among}
    sums = {base for one in among for base in one.bases}
    of = {"rate": rates, "table": known_tables, "base": sums, "year": codes | sums | {"gross"}, **SPACES}
    of["back"] = of["year"]
    known = {*codes, *PLAIN, *(f"{space}.{name}" for space, names in of.items() for name in names)}
    for name in sorted(names_of(component)):
        if name not in known and name.partition(".")[0] not in FREE:
            raise ComponentError(component.code, _("There is no “{name}”.").with_values(name=name))


def in_order(components: Sequence[Component]) -> list[Component]:
    """Return ``components`` so that each comes after those it reads, otherwise as they were given.

    Raises :class:`ComponentError` for components that need each other in a circle.
    """
    waiting = {one.code: needs(one, components) for one in components}
    by_code = {one.code: one for one in components}
    done: dict[str, Component] = {}
    while waiting:
        ready = [code for code, needed in waiting.items() if needed <= done.keys()]
        if not ready:
            circle = ", ".join(sorted(waiting))
            raise ComponentError(
                next(iter(waiting)), _("These need each other in a circle: {codes}.").with_values(codes=circle)
            )
        for code in ready:
            done[code] = by_code[code]
            del waiting[code]
    return list(done.values())


def settled_now(components: Sequence[Component]) -> set[str]:
    """Return the components that take back pay into account themselves, by reading ``back.…`` or one that does.

    What they should have come to in earlier periods is not paid again.
    """
    found = {one.code for one in components if any(name.startswith("back.") for name in names_of(one))}
    while True:
        more = {one.code for one in components if one.code not in found and needs(one, components) & found}
        if not more:
            return found
        found |= more


def base_of(base: str, components: Iterable[Component], amounts: Mapping[str, Decimal]) -> Decimal:
    """Return what the components of a base come to, deductions taken away; ``gross`` is all earnings."""
    if base == "gross":
        return sum((amounts.get(one.code, ZERO) for one in components if one.kind == "earning"), ZERO)
    return sum((amounts.get(one.code, ZERO) * SIGNS[one.kind] for one in components if base in one.bases), ZERO)


# -- working out -----------------------------------------------------------------------------------------------------


class Plan:
    """The components of one structure, in order, read once for all payslips that are worked out by it."""

    def __init__(self, components: Sequence[Component]) -> None:
        self.components = in_order(components)
        self.formulas = {one.code: formulas.parse(one.formula) for one in self.components}
        self.conditions = {
            one.code: formulas.parse(one.condition) if one.condition.strip() else None for one in self.components
        }
        self.settled_now = settled_now(self.components)
        self.codes = frozenset(self.formulas)

    def lines(self, facts: Facts) -> list[Line]:
        """Return a line for each component whose condition holds, in order.

        Raises :class:`ComponentError` with the component that could not be worked out.
        """
        amounts: dict[str, Decimal] = {}
        lines = []
        for component in self.components:
            try:
                line = self._line(component, facts, amounts)
            except FormulaError as error:
                raise ComponentError(component.code, error.said) from None
            amounts[component.code] = line.amount if line else ZERO
            if line:
                lines.append(line)
        return lines

    def _line(self, component: Component, facts: Facts, amounts: Mapping[str, Decimal]) -> Line | None:
        reading = Reading(
            value=lambda name: self._value(name, facts, amounts), table=lambda code, n: _looked_up(facts, code, n)
        )
        condition = self.conditions[component.code]
        if condition is not None and not formulas.condition(condition, reading):
            return None
        amount = formulas.amount(self.formulas[component.code], reading)
        share = facts.days.share if component.prorated else None
        if share is not None and facts.days.working:
            amount = ARITHMETIC.divide(ARITHMETIC.multiply(amount, facts.days.paid), facts.days.working)
        elif share is not None:
            amount = ZERO
        amount = formulas.to_step(amount, component.step or facts.smallest, component.mode)
        return Line(component, amount, reading.read, share)

    def _value(self, name: str, facts: Facts, amounts: Mapping[str, Decimal]) -> Value:
        if name in amounts:
            return amounts[name]
        space, dot, rest = name.partition(".")
        if not dot:
            return self._plain(name, facts, amounts)
        if space == "base":
            return base_of(rest, self.components, amounts)
        if space in ("year", "back"):
            of = facts.year if space == "year" else facts.back
            return of.get(rest, ZERO) if rest in self.codes else base_of(rest, self.components, of)
        return _fact(name, space, rest, facts)

    def _plain(self, name: str, facts: Facts, amounts: Mapping[str, Decimal]) -> Decimal:
        if name == "pay":
            return facts.pay
        if name == "hours":
            return facts.hours
        if name == "gross":
            return base_of("gross", self.components, amounts)
        raise FormulaError(_("There is no “{name}”.").with_values(name=name))


def _fact(name: str, space: str, rest: str, facts: Facts) -> Value:
    if space == "input":
        return facts.inputs.get(rest, ZERO)
    if space == "employee":
        if rest in facts.employee:
            return facts.employee[rest]
        raise FormulaError(_("The employee has no “{name}”.").with_values(name=rest))
    if space == "rate":
        if rest in facts.rates:
            return facts.rates[rest]
        raise FormulaError(_("There is no rate “{name}” on that day.").with_values(name=rest))
    known: dict[str, Value] = {
        "days.working": facts.days.working,
        "days.paid": facts.days.paid,
        "days.unpaid": facts.days.unpaid,
        "days.calendar": facts.days.calendar,
        "period.number": Decimal(facts.number),
        "period.per_year": Decimal(facts.per_year),
        "period.left": Decimal(max(facts.per_year - facts.number + 1, 1)),
        "service.days": Decimal(facts.service_days),
        "service.years": ARITHMETIC.divide(Decimal(facts.service_days), Decimal(365)),
        "service.ends": facts.service_ends,
        "run.kind": facts.kind,
    }
    if name not in known:
        raise FormulaError(_("There is no “{name}”.").with_values(name=name))
    return known[name]


def _looked_up(facts: Facts, code: str, amount: Decimal) -> Decimal:
    table = facts.tables.get(code)
    if table is None:
        raise FormulaError(_("There is no table “{name}” on that day.").with_values(name=code))
    return tables.apply(table.brackets, amount, table.method)


# -- sums and explanation --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sums:
    """What a payslip comes to."""

    gross: Decimal
    deductions: Decimal
    employer: Decimal

    @property
    def net(self) -> Decimal:
        """What is paid out."""
        return self.gross - self.deductions


def sums_of(amounts: Iterable[tuple[str, Decimal]]) -> Sums:
    """Return the sums of pairs of kind and amount."""
    found = dict.fromkeys(KINDS, ZERO)
    for kind, amount in amounts:
        found[kind] += amount
    return Sums(found["earning"], found["deduction"], found["employer"])


def differences(due: Mapping[str, Decimal], paid: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return by component how much more is due than was paid, without those that are even."""
    found = {code: due.get(code, ZERO) - paid.get(code, ZERO) for code in {**paid, **due}}
    return {code: amount for code, amount in found.items() if amount}


def explain(line: Line, days: Days) -> str:
    """Return how a line was reached: its formula, what that read, and the share of the period, in the formula's words.

    >>> explain(Line(Component("half", "earning", "pay / 2"), Decimal(500), {"pay": Decimal(1000)}), Days(ZERO, ZERO))
    'pay / 2 [pay = 1000]'
    """
    read = ", ".join(f"{name} = {written(value)}" for name, value in line.read.items())
    share = "" if line.share is None or days.paid == days.working else (
        f" × {written(days.paid)} / {written(days.working)}")  # fmt: skip
    return f"{line.component.formula.strip()}{share}{f' [{read}]' if read else ''}"


def written(value: Value) -> str:
    """Return a value as a formula would write it, numbers with six decimals at most."""
    if isinstance(value, Decimal):
        rounded = round(value, 6).normalize()
        return f"{rounded:f}" if rounded else "0"
    return f'"{value}"' if isinstance(value, str) else str(value)


def read_fact(text: str) -> Value:
    """Return the value of a fact as it was written: a number where it is one, or the text."""
    cleaned = text.strip()
    if re.fullmatch(r"-?\d+(\.\d+)?", cleaned):
        return Decimal(cleaned)
    return {"yes": True, "no": False}.get(cleaned.lower(), cleaned)


__all__ = [
    "KINDS", "Component", "ComponentError", "Days", "Facts", "Line", "Plan", "Sums", "Table", "base_of",
    "check_code", "check_name", "check_names", "differences", "explain", "in_order", "names_of", "needs", "read_fact",
    "settled_now", "sums_of",
]  # fmt: skip
