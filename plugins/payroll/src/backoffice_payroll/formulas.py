"""Formulas of components: a small language of amounts, read by Python's own parser and worked out by this module.

A formula is one expression. It knows decimals, texts to compare with, names with at most one dot, the four operations,
comparisons, ``and``, ``or``, ``not``, ``a if condition else b``, the functions of :data:`FUNCTIONS`, and tables of
brackets as ``table.income_tax(amount)``. It knows nothing else: nothing can be reached, changed or repeated from one.
"""

from __future__ import annotations

import ast
import decimal
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, NoReturn

from backoffice.hookspecs import messages

_ = messages("payroll")

LONGEST = 1000
"""Characters of the longest formula."""

Value = Decimal | str | bool

DIGITS = re.compile(r"\d+(\.\d*)?|\.\d+")

# Enough for any pay, and bounded: no formula grows a number without end.
ARITHMETIC = decimal.Context(
    prec=34, Emax=99, Emin=-99, traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow]
)

MODES = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "half_down": ROUND_HALF_DOWN,
    "down": ROUND_DOWN,
    "floor": ROUND_FLOOR,
    "ceiling": ROUND_CEILING,
}


class FormulaError(ValueError):
    """A formula that cannot be read or worked out; ``said`` is the message for people."""

    def __init__(self, said: Any) -> None:
        super().__init__(str(said))
        self.said = said


def to_step(value: Decimal, step: Decimal, mode: str = "half_up") -> Decimal:
    """Return ``value`` as a whole number of ``step``: 0.01 for cents, 1 for whole units, 0.05 for five cents.

    >>> to_step(Decimal("591.2"), Decimal(1), "ceiling")
    Decimal('592')
    """
    if step <= 0:
        raise FormulaError(_("A step of rounding is above zero."))
    return (value / step).quantize(Decimal(1), rounding=MODES[mode]) * step


def _rounding(mode: str) -> Callable[..., Decimal]:
    def rounded(value: Decimal, step: Decimal = Decimal("0.01")) -> Decimal:
        return to_step(value, step, mode)

    return rounded


FUNCTIONS: Mapping[str, tuple[Callable[..., Decimal], int, int]] = {
    "min": (min, 2, 12),
    "max": (max, 2, 12),
    "abs": (abs, 1, 1),
    "round": (_rounding("half_up"), 1, 2),
    "round_even": (_rounding("half_even"), 1, 2),
    "floor": (_rounding("floor"), 1, 2),
    "ceiling": (_rounding("ceiling"), 1, 2),
}
"""Name of each function, what works it out, the fewest and the most arguments. Steps are 0.01 unless given."""


@dataclass(frozen=True)
class Formula:
    """A formula that was read: its text, and the names it reads, such as ``basic``, ``rate.pension``, ``table.tax``."""

    text: str
    names: frozenset[str]
    tree: ast.expr = field(repr=False, compare=False)


@dataclass
class Reading:
    """What a formula may read while it is worked out, and what it did read, for the explanation on the payslip."""

    value: Callable[[str], Value]
    table: Callable[[str, Decimal], Decimal]
    read: dict[str, Value] = field(default_factory=dict)


@lru_cache(maxsize=4096)
def parse(text: str) -> Formula:
    """Return the formula that ``text`` says, or raise :class:`FormulaError` saying what is wrong with it."""
    if not text.strip():
        raise FormulaError(_("The formula is empty."))
    if len(text) > LONGEST:
        raise FormulaError(_("A formula has at most {count} characters.").with_values(count=LONGEST))
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        names: set[str] = set()
        _check(tree, text.strip(), names)
    except SyntaxError as error:
        said = _("This cannot be read at character {place} of “{formula}”.")
        raise FormulaError(said.with_values(place=error.offset or 1, formula=text.strip())) from None
    except (RecursionError, MemoryError, ValueError) as error:
        if isinstance(error, FormulaError):
            raise
        raise FormulaError(_("The formula is nested too deeply.")) from None
    return Formula(text.strip(), frozenset(names), tree)


def evaluate(formula: Formula, reading: Reading) -> Value:
    """Return what ``formula`` comes to, unrounded, or raise :class:`FormulaError`."""
    with decimal.localcontext(ARITHMETIC):
        try:
            return _value(formula.tree, formula.text, reading)
        except decimal.DivisionByZero:
            raise FormulaError(_("It divides by zero.")) from None
        except decimal.DecimalException:
            raise FormulaError(_("It comes to no number that can be written.")) from None


def amount(formula: Formula, reading: Reading) -> Decimal:
    """Return what ``formula`` comes to as a number."""
    return _number(evaluate(formula, reading))


def condition(formula: Formula, reading: Reading) -> bool:
    """Return whether ``formula`` holds: a comparison, or a number that is not zero."""
    return _truth(evaluate(formula, reading))


def name_of(node: ast.expr) -> str | None:
    """Return the name a node is: ``basic``, ``rate.pension``; None for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return None


# -- reading ---------------------------------------------------------------------------------------------------------

BINARY: Mapping[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}
COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
}


def _check(node: ast.expr, text: str, names: set[str]) -> None:
    """Refuse whatever the language does not have, and gather the names that are read."""
    name = name_of(node)
    if name is not None:
        if not name.isascii():
            _unknown(node, text)
        names.add(name)
    elif isinstance(node, ast.Constant):
        _constant(node, text)
    elif isinstance(node, ast.Call):
        _check_call(node, text, names)
    elif _parts(node) is None:
        _unknown(node, text)
    else:
        for part in _parts(node) or ():
            _check(part, text, names)


def _parts(node: ast.expr) -> tuple[ast.expr, ...] | None:
    """Return the parts of an operation the language has, or None."""
    if isinstance(node, ast.BinOp) and type(node.op) in BINARY:
        return node.left, node.right
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd | ast.Not):
        return (node.operand,)
    if isinstance(node, ast.BoolOp):
        return tuple(node.values)
    if isinstance(node, ast.Compare) and all(type(one) in COMPARED for one in node.ops):
        return node.left, *node.comparators
    if isinstance(node, ast.IfExp):
        return node.test, node.body, node.orelse
    return None


def _check_call(node: ast.Call, text: str, names: set[str]) -> None:
    name = name_of(node.func) or ""
    if node.keywords or any(isinstance(one, ast.Starred) for one in node.args):
        _unknown(node, text)
    if name.startswith("table."):
        fewest, most = 1, 1
        names.add(name)
    elif name in FUNCTIONS:
        _function, fewest, most = FUNCTIONS[name]
    else:
        raise FormulaError(
            _("There is no function “{name}”; there are {known}, and tables as table.code(amount).").with_values(
                name=ast.get_source_segment(text, node.func) or name, known=", ".join(FUNCTIONS)
            )
        )
    if not fewest <= len(node.args) <= most:
        said = _("{name} takes {fewest} to {most} values.")
        raise FormulaError(said.with_values(name=name, fewest=fewest, most=most))
    for one in node.args:
        _check(one, text, names)


def _constant(node: ast.Constant, text: str) -> Value:
    if isinstance(node.value, str | bool):
        return node.value
    # The digits as they are written: a float would have lost some of them.
    written = (ast.get_source_segment(text, node) or "").replace("_", "")
    if not isinstance(node.value, int | float) or not DIGITS.fullmatch(written):
        _unknown(node, text)
    return Decimal(written)


def _unknown(node: ast.expr, text: str) -> NoReturn:
    said = _("A formula has nothing like “{part}”.")
    raise FormulaError(said.with_values(part=ast.get_source_segment(text, node) or text))


# -- working out -----------------------------------------------------------------------------------------------------


def _value(node: ast.expr, text: str, reading: Reading) -> Value:
    name = name_of(node)
    if name is not None:
        found = reading.value(name)
        reading.read[name] = found
        return found
    if isinstance(node, ast.Constant):
        return _constant(node, text)
    if isinstance(node, ast.BinOp):
        left, right = (_number(_value(one, text, reading)) for one in (node.left, node.right))
        return BINARY[type(node.op)](left, right)
    if isinstance(node, ast.UnaryOp):
        return _unary(node, text, reading)
    if isinstance(node, ast.BoolOp):
        return _either(node, text, reading)
    if isinstance(node, ast.Compare):
        return _compared(node, text, reading)
    if isinstance(node, ast.IfExp):
        holds = _truth(_value(node.test, text, reading))
        return _value(node.body if holds else node.orelse, text, reading)
    if not isinstance(node, ast.Call):
        _unknown(node, text)
    return _called(node, text, reading)


def _unary(node: ast.UnaryOp, text: str, reading: Reading) -> Value:
    value = _value(node.operand, text, reading)
    if isinstance(node.op, ast.Not):
        return not _truth(value)
    number = _number(value)
    return -number if isinstance(node.op, ast.USub) else number


def _either(node: ast.BoolOp, text: str, reading: Reading) -> bool:
    all_of_them = isinstance(node.op, ast.And)
    for one in node.values:
        if _truth(_value(one, text, reading)) is not all_of_them:
            return not all_of_them
    return all_of_them


def _compared(node: ast.Compare, text: str, reading: Reading) -> bool:
    left = _value(node.left, text, reading)
    for how, other in zip(node.ops, node.comparators, strict=True):
        right = _value(other, text, reading)
        if isinstance(left, str) is not isinstance(right, str):
            raise FormulaError(_("A text is compared with a number in “{formula}”.").with_values(formula=text))
        if not COMPARED[type(how)](left, right):
            return False
        left = right
    return True


def _called(node: ast.Call, text: str, reading: Reading) -> Decimal:
    name = name_of(node.func) or ""
    values = [_number(_value(one, text, reading)) for one in node.args]
    if name.startswith("table."):
        found = reading.table(name.removeprefix("table."), values[0])
        reading.read[f"{name}({values[0].normalize():f})"] = found
        return found
    return FUNCTIONS[name][0](*values)


def _number(value: Value) -> Decimal:
    if isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, str):
        raise FormulaError(_("“{text}” is a text where a number is needed.").with_values(text=value))
    return value


def _truth(value: Value) -> bool:
    return value if isinstance(value, bool) else _number(value) != 0
