"""Numbers, money and dates as people read them, and dates as people write them.

What is made here is for eyes; machines get ``str(Decimal)`` and ISO dates. Digits are ASCII in both languages unless
``digits="arab"`` is asked for, as books in Arabic are commonly kept in 123. The minus is the ASCII one, so that a
copied figure can be pasted into a spreadsheet. In right-to-left languages whatever would be reordered there (a negative
number, a percentage, an amount with its code, a date of digits) stands between U+2066 and U+2069, which isolate it
left to right; a plain positive number needs no marks and has none.
"""

from __future__ import annotations

import re
from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cache
from typing import TYPE_CHECKING, Final, Literal
from zoneinfo import ZoneInfo

from backoffice.core.errors import InvalidInput, ProgrammingError
from backoffice.hookspecs import messages

from .digits import DECIMAL_MARK, THOUSANDS_MARK, Digits, arabic_digits, ascii_digits, isolate
from .languages import direction
from .minor_units import minor_units

if TYPE_CHECKING:
    from hijridate import Hijri

    from backoffice.core.money import Currency

_ = messages("backoffice")

Calendar = Literal["gregorian", "hijri"]
"""``hijri`` is the Umm al-Qura calendar of Saudi Arabia, tabulated for 1343–1500 AH (1924–2077)."""

Style = Literal["short", "medium", "month"]
"""``short``: 23/11/2026. ``medium``: 23 Nov 2026. ``month``: Nov 2026, for a month as a whole."""

_ROUNDING: Final = Context(prec=80, rounding=ROUND_HALF_EVEN)
_ARABIC_MARKS: Final = str.maketrans({".": DECIMAL_MARK, ",": THOUSANDS_MARK})


def format_number(
    value: Decimal | int, *, language: str, places: int | None = None, digits: Digits = "latn", grouped: bool = True
) -> str:
    """Return ``value`` with its thousands parted.

    ``places`` is how many decimals are shown, half to even; left out, all there are, without zeros at the end.
    """
    number = value if isinstance(value, Decimal) else Decimal(value)
    text = _trimmed(number, grouped) if places is None else _fixed(number, places, grouped)
    return _finished(_localised(text, digits), language, isolated=text[0] == "-")


def _trimmed(number: Decimal, grouped: bool) -> str:
    text = f"{number:,f}" if grouped else f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _fixed(number: Decimal, places: int, grouped: bool) -> str:
    rounded = _ROUNDING.quantize(number, Decimal((0, (1,), -places)))
    rounded = rounded if rounded else abs(rounded)
    return f"{rounded:,f}" if grouped else f"{rounded:f}"


def _localised(text: str, digits: Digits) -> str:
    return text if digits == "latn" else arabic_digits(text.translate(_ARABIC_MARKS))


def _finished(text: str, language: str, *, isolated: bool) -> str:
    return isolate(text) if isolated and direction(language) == "rtl" else text


def format_money(
    amount: Decimal | int,
    currency: Currency | str,
    *,
    language: str,
    digits: Digits = "latn",
    symbol: bool = False,
    code: bool = False,
) -> str:
    """Return ``amount`` with the decimals of its ``currency``, alone as in a column, or with its symbol or code.

    Never rounds: an amount finer than the currency is shown in full. ``symbol`` gives "£1,234.50" or "1,234.50 د.ك.",
    ``code`` gives "1,234.50 GBP".
    """
    name = currency if isinstance(currency, str) else currency.code
    text = _localised(_padded(amount, currency_places(name)), digits)
    if code:
        return _finished(f"{text}\u00a0{name}", language, isolated=True)
    if not symbol:
        return _finished(text, language, isolated=text[0] == "-")
    return _with_symbol(text, _symbol(name, language), language)


def _padded(amount: Decimal | int, places: int) -> str:
    text = _trimmed(amount if isinstance(amount, Decimal) else Decimal(amount), True)
    whole, _point, fraction = text.partition(".")
    return f"{whole}.{fraction:0<{places}}" if fraction or places else whole


def _with_symbol(text: str, symbol: str, language: str) -> str:
    if direction(language) == "rtl":
        return f"{_finished(text, language, isolated=text[0] == '-')}\u00a0{symbol}"
    space = "\u00a0" if symbol[-1].isalpha() else ""
    return f"-{symbol}{space}{text[1:]}" if text[0] == "-" else f"{symbol}{space}{text}"


@cache
def currency_places(code: str) -> int:
    """Return the decimals of a currency; of one withdrawn, which old books still name, those CLDR remembers.

    Two where nothing says which currency it is.
    """
    from babel.numbers import get_currency_precision

    return minor_units()[code] if code in minor_units() else get_currency_precision(code)


@cache
def _symbol(code: str, language: str) -> str:
    from babel.numbers import get_currency_symbol

    return get_currency_symbol(code, locale=language.replace("-", "_"))


def format_quantity(value: Decimal | int, unit: str = "", *, language: str, digits: Digits = "latn") -> str:
    """Return a quantity without zeros at the end, followed by ``unit``, already translated, when there is one."""
    number = format_number(value, language=language, digits=digits)
    return f"{number}\u00a0{unit}" if unit else number


def format_percent(value: Decimal | int, *, language: str, places: int | None = None, digits: Digits = "latn") -> str:
    """Return a percentage, given in hundredths: 15 becomes "15%"."""
    number = format_number(value, language="en", places=places, digits=digits)
    return _finished(number + ("٪" if digits == "arab" else "%"), language, isolated=True)


def format_date(
    day: date,
    *,
    language: str,
    calendar: Calendar = "gregorian",
    digits: Digits = "latn",
    style: Style = "medium",
) -> str:
    """Return a date: "23 Nov 2026", in Hijri "13 Jumada al-Akhirah 1448 AH", or short "23/11/2026".

    A day outside the tables of Umm al-Qura is shown in the Gregorian calendar, which is always told by its year.
    """
    hijri = _hijri(day) if calendar == "hijri" else None
    shown = hijri or day
    if style == "short":
        text = f"{shown.day:02}/{shown.month:02}/{shown.year:04}"
    else:
        text = f"{_month(shown.month, language, hijri is not None)} {shown.year}"
        text = text if style == "month" else f"{shown.day} {text}"
    text = text if digits == "latn" else arabic_digits(text)
    text = _finished(text, language, isolated=style == "short")
    return f"{text} {_era(language)}" if hijri else text


def _hijri(day: date) -> Hijri | None:
    from hijridate import Gregorian

    try:
        return Gregorian.fromdate(day).to_hijri()
    except OverflowError:
        return None


@cache
def _month(number: int, language: str, hijri: bool) -> str:
    if hijri:
        from hijridate import Hijri

        return Hijri(1448, number, 1).month_name("ar" if language.startswith("ar") else "en")
    from babel.dates import get_month_names

    return str(get_month_names("abbreviated", locale=language.replace("-", "_"))[number])


def _era(language: str) -> str:
    return "هـ" if language.startswith("ar") else "AH"


def format_instant(
    instant: datetime,
    zone: str | tzinfo,
    *,
    language: str,
    calendar: Calendar = "gregorian",
    digits: Digits = "latn",
    style: Style = "medium",
    seconds: bool = False,
) -> str:
    """Return an instant as date and time of day, of 24 hours, in ``zone``, an IANA name or a zone.

    Raises :class:`~backoffice.core.errors.ProgrammingError` for an instant that does not know its own zone.
    """
    if instant.tzinfo is None:
        raise ProgrammingError("An instant without a zone cannot be shown.", remedy="Give instants in UTC with zone.")
    local = instant.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)
    day = format_date(local.date(), language=language, calendar=calendar, digits=digits, style=style)
    time = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    time = time if digits == "latn" else arabic_digits(time)
    return f"{day}{'،' if language.startswith('ar') else ','} {_finished(time, language, isolated=True)}"


_DATE: Final = re.compile(
    r"(?:(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})"
    r"|(?P<d2>\d{1,2})(?P<s2>[-/.])(?P<m2>\d{1,2})(?P=s2)(?P<y2>\d{4}))"
    r"\s*(?P<era>هـ|ه|AH|H|م|AD|CE)?",
    re.ASCII | re.IGNORECASE,
)
_HIJRI_ERAS: Final = frozenset({"هـ", "ه", "AH", "H"})


def parse_date(text: str, *, calendar: Calendar = "gregorian") -> date:
    """Return the day a person wrote: ``2026-11-23``, ``23/11/2026`` or ``١٤٤٨-٠٦-١٣ هـ``.

    Year first, or day first and never the month; parted by ``-``, ``/`` or ``.``. ``calendar`` says which one is meant
    when no هـ or AH (Hijri), م or AD (Gregorian) follows. Raises :class:`~backoffice.core.errors.InvalidInput` for
    anything else, for days that do not exist, and for a year before 1600 that is not marked as Hijri, which is nearly
    always a Hijri date that lost its mark.
    """
    found = _DATE.fullmatch(ascii_digits(text).strip())
    if found is None:
        raise _not_a_date(text)
    year, month, day = (int(found[name] or found[f"{name}2"]) for name in "ymd")
    era = (found["era"] or "").upper()
    hijri = era in _HIJRI_ERAS if era else calendar == "hijri"
    return _from_hijri(text, year, month, day) if hijri else _from_gregorian(text, year, month, day)


def _from_hijri(text: str, year: int, month: int, day: int) -> date:
    from hijridate import Hijri

    try:
        gregorian = Hijri(year, month, day).to_gregorian()
    except (ValueError, OverflowError) as error:
        raise _not_a_date(text, why=str(error)) from error
    return date(gregorian.year, gregorian.month, gregorian.day)


def _from_gregorian(text: str, year: int, month: int, day: int) -> date:
    if year < 1600:
        raise _not_a_date(text, why=_("The year {year} is not one of our time.").with_values(year=year))
    try:
        return date(year, month, day)
    except ValueError as error:
        raise _not_a_date(text, why=str(error)) from error


def _not_a_date(text: str, why: str = "") -> InvalidInput:
    return InvalidInput(
        _("“{text}” is not a date.").with_values(text=text[:40]),
        why=why,
        remedy=_("Write 2026-11-23 or 23/11/2026; for a Hijri date add هـ, as in 1448-06-13 هـ."),
    )
