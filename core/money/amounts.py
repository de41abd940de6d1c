"""Decimals that are exact: to and from scaled integers, and read from what a person typed.

A scaled integer is the number of ten-thousandths, say, in an amount: 12.5 is 125000 at scale 4. Databases add and
compare integers exactly; decimals they may not. Nothing here rounds: what does not fit is refused.
"""

from __future__ import annotations

import re
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, DivisionByZero, Inexact, InvalidOperation
from typing import Final, Literal

from backoffice.core.errors import InvalidInput
from backoffice.core.text.digits import DECIMAL_MARK, THOUSANDS_MARK, ascii_digits
from backoffice.hookspecs import messages

from .currencies import currency

_ = messages("backoffice")

AMOUNT_SCALE: Final = 4
"""Decimals kept of an amount of money; no currency has more."""
QUANTITY_SCALE: Final = 6
"""Decimals kept of a quantity."""
PRICE_SCALE: Final = 6
"""Decimals kept of a unit price."""
RATE_SCALE: Final = 10
"""Decimals kept of an exchange rate."""
PERCENT_SCALE: Final = 6
"""Decimals kept of a percentage, where 15 means 15 %."""

LARGEST: Final = 2**63 - 1
"""The largest scaled integer: that of a BIGINT column."""

EXACT: Final = Context(prec=160, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[Inexact, InvalidOperation, DivisionByZero])
"""Arithmetic that raises instead of rounding, whatever the caller's thread has set."""

_LARGEST_EXPONENT: Final = 30  # well beyond any BIGINT, and small enough that 1E+999999999 is never written out
_MACHINE_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([Ee][+-]?[0-9]{1,4})?")


def exact(value: Decimal | int | str) -> Decimal:
    """Return ``value`` as a finite decimal.

    ``value`` is a ``Decimal``, an ``int`` or text as programs write it (``"-12.50"``); for what a person typed use
    :func:`parse_decimal`. Raises :class:`~backoffice.core.errors.InvalidInput` for floats, which have lost the exact
    amount already, for NaN and Infinity, for text that is no number, and for more digits than any amount has.
    """
    number = _decimal(value)
    if not number.is_finite():
        raise InvalidInput(_("{value} is not an amount.").with_values(value=str(number)), remedy=_("Give a number."))
    if number and not -_LARGEST_EXPONENT <= number.adjusted() <= _LARGEST_EXPONENT:
        raise too_large(value)
    return number


def _decimal(value: object) -> Decimal:
    if type(value) is Decimal:
        return value
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return Decimal(value)
    if not isinstance(value, str):
        raise InvalidInput(
            _("{value} is a {type}, not an exact number.").with_values(value=repr(value), type=type(value).__name__),
            why=_("Binary fractions cannot hold amounts such as 0.10 exactly."),
            remedy=_('Give a decimal, an integer, or text such as "12.50".'),
        )
    if not _MACHINE_NUMBER.fullmatch(value):
        raise not_a_number(value)
    return Decimal(value)


def to_scaled(value: Decimal | int | str, scale: int) -> int:
    """Return ``value`` × 10^``scale`` as an integer that fits a BIGINT.

    Raises :class:`~backoffice.core.errors.InvalidInput` where :func:`exact` does, when ``value`` has more than
    ``scale`` decimals (zeros at the end do not count), or when it is too large. Never rounds.
    """
    if type(value) is Decimal and (plain := _plainly_scaled(value, scale)) is not None:
        return plain
    number = exact(value)
    try:
        scaled = int(EXACT.scaleb(EXACT.quantize(number, _unit(scale)), scale))
    except Inexact:
        raise _too_fine(number, scale) from None
    if not -LARGEST <= scaled <= LARGEST:
        raise too_large(number)
    return scaled


def _plainly_scaled(value: Decimal, scale: int) -> int | None:
    """Return what most amounts are as integers; nothing for one that has to be looked at more closely."""
    if not _PLAIN_FROM < value.adjusted() < _PLAIN_TO:
        return None
    try:
        numerator, denominator = value.as_integer_ratio()
    except (ValueError, OverflowError):  # not a number, or infinite
        return None
    scaled, rest = divmod(numerator * 10**scale, denominator)
    return scaled if not rest and -LARGEST <= scaled <= LARGEST else None


_PLAIN_FROM: Final = -40
_PLAIN_TO: Final = 19
"""Powers of ten between which the first digit of a plain amount lies."""

_UNITS: Final = tuple(Decimal((0, (1,), -scale)) for scale in range(31))


def _unit(scale: int) -> Decimal:
    return _UNITS[scale]


def from_scaled(scaled: int, scale: int) -> Decimal:
    """Return the decimal of a scaled integer, with exactly ``scale`` decimals."""
    return EXACT.scaleb(Decimal(scaled), -scale)


def check_places(amount: Decimal | int | str, code: str) -> None:
    """Refuse an ``amount`` with more decimals than the currency ``code`` has; zeros at the end do not count.

    Raises :class:`~backoffice.core.errors.InvalidInput`, also for an unknown currency.
    """
    places = currency(code).places
    number = exact(amount)
    try:
        EXACT.quantize(number, _unit(places))
    except Inexact:
        raise InvalidInput(
            _("{amount} has more decimals than {code} allows.").with_values(amount=f"{number:f}", code=code),
            why=_("The smallest unit of {code} has {places} decimals.").with_values(code=code, places=places),
            remedy=_("Round the amount first."),
        ) from None


_SPACES: Final = " \u00a0\u2007\u2009\u202f'’"  # between groups of digits in French, Swiss and SI writing
_MARKS: Final = str.maketrans({DECIMAL_MARK: "d", THOUSANDS_MARK: "g", "−": "-", **dict.fromkeys(_SPACES, "s")})
_SIGNED: Final = re.compile(r"(?P<before>[+-])?s*(?P<body>[0-9dgs.,]*[0-9][0-9dgs.,]*)(?P<after>-)?")
_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:(?P<mark>[gs.,])[0-9]{3})(?:(?P=mark)[0-9]{3})*")
_LAKHS: Final = re.compile(r"[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}")
_FRACTION: Final = re.compile(r"[0-9]*")


def parse_decimal(text: str, *, mark: Literal[".", ","] = ".") -> Decimal:
    """Return the number a person wrote.

    Reads ASCII, Arabic-Indic and Persian digits; ``٫`` always as the decimal mark and ``٬``, spaces and apostrophes
    always between groups; a sign in front or a minus at the end. Of ``.`` and ``,`` the later one is the decimal mark
    when both occur, one that occurs several times parts groups, and one that cannot part groups of three (``12,5``) is
    the decimal mark. Only ``1,234`` and ``1.234`` can be read both ways: there ``mark``, the writer's decimal mark,
    decides, so that by default ``1,234`` is a thousand and more and ``1.234`` a little over one.

    Raises :class:`~backoffice.core.errors.InvalidInput` for anything else, parentheses and exponents included.
    """
    found = _SIGNED.fullmatch(ascii_digits(text).strip().translate(_MARKS))
    if found is None or (found["before"] and found["after"]):
        raise not_a_number(text)
    whole, fraction = _parts(found["body"].strip("s"), mark)
    if not (_is_whole(whole) and _FRACTION.fullmatch(fraction) and (whole or fraction)):
        raise not_a_number(text)
    digits = re.sub("[^0-9]", "", whole) or "0"
    sign = "-" if "-" in (found["before"], found["after"]) else ""
    return exact(Decimal(f"{sign}{digits}.{fraction or '0'}" if fraction else f"{sign}{digits}"))


def _parts(body: str, mark: str) -> tuple[str, str]:
    """Return what stands before and after the decimal mark of ``body``."""
    if "d" in body:
        whole, _mark, fraction = body.rpartition("d")
        return whole, fraction
    last = max(body.rfind("."), body.rfind(","))
    if last < 0 or _parts_groups(body, body[last], mark):
        return body, ""
    return body[:last], body[last + 1 :]


def _parts_groups(body: str, sign: str, mark: str) -> bool:
    """Return whether ``sign``, the last of the points and commas of ``body``, parts groups."""
    if body.count(sign) > 1:
        return True
    alone = not ({".", ",", "g", "s"} - {sign}) & set(body)
    return alone and sign != mark and bool(_GROUPED.fullmatch(body)) and not body.startswith("0")


def _is_whole(whole: str) -> bool:
    return not whole or whole.isdigit() or bool(_GROUPED.fullmatch(whole) or _LAKHS.fullmatch(whole))


def not_a_number(text: str) -> InvalidInput:
    """Return the error that says ``text`` cannot be read as a number."""
    return InvalidInput(
        _("“{text}” is not a number.").with_values(text=text[:40]),
        remedy=_("Write digits with one decimal mark, such as 1234.56."),
    )


def _too_fine(number: Decimal, scale: int) -> InvalidInput:
    return InvalidInput(
        _("{value} has more than {scale} decimals.").with_values(value=f"{number:f}", scale=scale),
        why=_("It could only be kept by rounding, and amounts are never rounded silently."),
        remedy=_("Round it first, or give fewer decimals."),
    )


def too_large(value: object) -> InvalidInput:
    """Return the error that says ``value`` has more digits than any amount."""
    return InvalidInput(
        _("{value} has too many digits.").with_values(value=str(value)[:40]),
        remedy=_("Check the number for a slip of the keyboard."),
    )
