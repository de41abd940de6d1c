"""Amounts of money in words, as invoices and cheques write them, in English and in Arabic.

English follows British use (*one hundred and one*). Arabic follows the grammar of counted things: one and two are forms
of the noun itself, three to ten take its plural and disagree with its gender, eleven to ninety-nine take the accusative
singular, hundreds and thousands the genitive singular, before which a dual loses its nūn (*مائتا ريال*).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from backoffice.core.errors import InvalidInput
from backoffice.hookspecs import messages

from .minor_units import minor_units

_ = messages("backoffice")

LARGEST: Final = 10**15
"""Amounts from here on are not said in words."""


def amount_in_words(amount: Decimal, currency: str, *, language: str) -> str:
    """Return ``amount`` of ``currency``, an ISO 4217 code, in words of ``language``, ``en`` or ``ar``.

    A currency whose name is not known here is said by its code, its smallest units as a fraction.

    Raises :class:`~backoffice.core.errors.InvalidInput` for an amount of 10^15 or more, and for one with more decimals
    than its currency has.
    """
    places = minor_units().get(currency, 2)
    scaled = abs(amount).scaleb(places)
    if abs(amount) >= LARGEST or scaled != scaled.to_integral_value():
        raise InvalidInput(_("This amount cannot be said in words."))
    whole, part = divmod(int(scaled), 10**places)
    said = _arabic(whole, part, currency, places) if language == "ar" else _english(whole, part, currency, places)
    if amount < 0:
        return f"سالب {said}" if language == "ar" else f"minus {said}"
    return said


# -- English -------------------------------------------------------------------------------------------------------

_ONES: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS: Final = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES: Final = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (10**3, "thousand"))

_NAMES: Final[dict[str, tuple[str, str, str, str]]] = {
    "AED": ("UAE dirham", "UAE dirhams", "fils", "fils"),
    "BHD": ("Bahraini dinar", "Bahraini dinars", "fils", "fils"),
    "CHF": ("Swiss franc", "Swiss francs", "centime", "centimes"),
    "DZD": ("Algerian dinar", "Algerian dinars", "centime", "centimes"),
    "EGP": ("Egyptian pound", "Egyptian pounds", "piastre", "piastres"),
    "EUR": ("euro", "euros", "cent", "cents"),
    "GBP": ("pound sterling", "pounds sterling", "penny", "pence"),
    "INR": ("Indian rupee", "Indian rupees", "paisa", "paise"),
    "IQD": ("Iraqi dinar", "Iraqi dinars", "fils", "fils"),
    "JOD": ("Jordanian dinar", "Jordanian dinars", "fils", "fils"),
    "JPY": ("Japanese yen", "Japanese yen", "", ""),
    "KWD": ("Kuwaiti dinar", "Kuwaiti dinars", "fils", "fils"),
    "LBP": ("Lebanese pound", "Lebanese pounds", "piastre", "piastres"),
    "LYD": ("Libyan dinar", "Libyan dinars", "dirham", "dirhams"),
    "MAD": ("Moroccan dirham", "Moroccan dirhams", "centime", "centimes"),
    "OMR": ("Omani rial", "Omani rials", "baisa", "baisa"),
    "QAR": ("Qatari riyal", "Qatari riyals", "dirham", "dirhams"),
    "SAR": ("Saudi riyal", "Saudi riyals", "halala", "halalas"),
    "SDG": ("Sudanese pound", "Sudanese pounds", "piastre", "piastres"),
    "SYP": ("Syrian pound", "Syrian pounds", "piastre", "piastres"),
    "TND": ("Tunisian dinar", "Tunisian dinars", "millime", "millimes"),
    "TRY": ("Turkish lira", "Turkish lira", "kuruş", "kuruş"),
    "USD": ("US dollar", "US dollars", "cent", "cents"),
    "YER": ("Yemeni rial", "Yemeni rials", "fils", "fils"),
}
"""Code → name of one and of several, of its smallest unit one and several."""


def _english(whole: int, part: int, currency: str, places: int) -> str:
    names = _NAMES.get(currency)
    if names is None:
        fraction = f" and {part:0{places}}/{10**places}" if places and part else ""
        return f"{_number(whole)}{fraction} {currency}"
    main = f"{_number(whole)} {names[whole != 1]}"
    if not part:
        return main
    small = f"{_number(part)} {names[2 + (part != 1)]}"
    return f"{main} and {small}" if whole else small


def _number(n: int) -> str:
    """Return a whole number in words."""
    said = []
    for size, name in _SCALES:
        count, n = divmod(n, size)
        if count:
            said.append(f"{_hundreds(count)} {name}")
    if n or not said:
        said.append(f"and {_hundreds(n)}" if said and n < 100 else _hundreds(n))
    return " ".join(said)


def _hundreds(n: int) -> str:
    hundreds, rest = divmod(n, 100)
    small = _ONES[rest] if rest < 20 else f"{_TENS[rest // 10]}-{_ONES[rest % 10]}".removesuffix("-zero")
    if not hundreds:
        return small
    return f"{_ONES[hundreds]} hundred and {small}" if rest else f"{_ONES[hundreds]} hundred"


# -- Arabic --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Noun:
    """A counted thing: one, two (and two before a genitive), three to ten, eleven to ninety-nine."""

    one: str
    two: str
    plural: str
    accusative: str
    feminine: bool = False
    two_of: str = ""
    alone: str = ""
    """What stands after a single one: *واحد*."""


_SCALE_NOUNS: Final = (
    (10**12, _Noun("تريليون", "تريليونان", "تريليونات", "تريليونًا", two_of="تريليونا")),
    (10**9, _Noun("مليار", "ملياران", "مليارات", "مليارًا", two_of="مليارا")),
    (10**6, _Noun("مليون", "مليونان", "ملايين", "مليونًا", two_of="مليونا")),
    (10**3, _Noun("ألف", "ألفان", "آلاف", "ألفًا", two_of="ألفا")),
)
_UNITS_OF_MASCULINE: Final = ("", "واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة")
_UNITS_OF_FEMININE: Final = ("", "إحدى", "اثنتان", "ثلاث", "أربع", "خمس", "ست", "سبع", "ثماني", "تسع", "عشر")
_TENS_IN_ARABIC: Final = ("", "", "عشرون", "ثلاثون", "أربعون", "خمسون", "ستون", "سبعون", "ثمانون", "تسعون")
_HUNDREDS_IN_ARABIC: Final = (
    "", "مائة", "مائتان", "ثلاثمائة", "أربعمائة", "خمسمائة", "ستمائة", "سبعمائة", "ثمانمائة", "تسعمائة",
)  # fmt: skip


def _masculine(one: str, plural: str, adjective: str = "", *, two: str = "", accusative: str = "") -> _Noun:
    """Return a masculine noun with its adjective, which follows it in number and case."""
    of = [f" {adjective}{end}" for end in ("", "ان", "ة", "ًا")] if adjective else [""] * 4
    return _Noun(
        f"{one}{of[0]}", f"{two or one + 'ان'}{of[1]}", f"{plural}{of[2]}", f"{accusative or one + 'ًا'}{of[3]}",
        alone="واحد",
    )  # fmt: skip


def _feminine(one: str, plural: str, adjective: str = "") -> _Noun:
    """Return a feminine noun in tāʾ marbūṭa with its adjective."""
    stem, end = one.removesuffix("ة"), adjective.removesuffix("ة")
    of = [f" {adjective}", f" {end}تان", f" {adjective}", f" {adjective}"] if adjective else [""] * 4
    return _Noun(
        f"{one}{of[0]}", f"{stem}تان{of[1]}", f"{plural}{of[2]}", f"{one}{of[3]}", feminine=True, alone="واحدة"
    )


_DINARS: Final = ("دينار", "دنانير")
_FILS: Final = _masculine("فلس", "فلوس")
_PIASTRE: Final = _masculine("قرش", "قروش")
_CENTIME: Final = _masculine("سنتيم", "سنتيمات")
_CENT: Final = _masculine("سنت", "سنتات")
_DIRHAM: Final = _masculine("درهم", "دراهم")
_EURO: Final = _masculine("يورو", "يورو", two="يوروان", accusative="يورو")

_NOUNS: Final[dict[str, tuple[_Noun, _Noun | None]]] = {
    "AED": (_masculine("درهم", "دراهم", "إماراتي"), _FILS),
    "BHD": (_masculine(*_DINARS, "بحريني"), _FILS),
    "CHF": (_masculine("فرنك", "فرنكات", "سويسري"), _CENTIME),
    "DZD": (_masculine(*_DINARS, "جزائري"), _CENTIME),
    "EGP": (_masculine("جنيه", "جنيهات", "مصري"), _PIASTRE),
    "EUR": (_EURO, _CENT),
    "GBP": (_masculine("جنيه", "جنيهات", "إسترليني"), _masculine("بنس", "بنسات")),
    "INR": (_feminine("روبية", "روبيات", "هندية"), _feminine("بيسة", "بيسات")),
    "IQD": (_masculine(*_DINARS, "عراقي"), _FILS),
    "JOD": (_masculine(*_DINARS, "أردني"), _FILS),
    "JPY": (_masculine("ين", "ينات", "ياباني"), None),
    "KWD": (_masculine(*_DINARS, "كويتي"), _FILS),
    "LBP": (_feminine("ليرة", "ليرات", "لبنانية"), _PIASTRE),
    "LYD": (_masculine(*_DINARS, "ليبي"), _DIRHAM),
    "MAD": (_masculine("درهم", "دراهم", "مغربي"), _CENTIME),
    "OMR": (_masculine("ريال", "ريالات", "عماني"), _feminine("بيسة", "بيسات")),
    "QAR": (_masculine("ريال", "ريالات", "قطري"), _DIRHAM),
    "SAR": (_masculine("ريال", "ريالات", "سعودي"), _feminine("هللة", "هللات")),
    "SDG": (_masculine("جنيه", "جنيهات", "سوداني"), _PIASTRE),
    "SYP": (_feminine("ليرة", "ليرات", "سورية"), _PIASTRE),
    "TND": (_masculine(*_DINARS, "تونسي"), _masculine("مليم", "مليمات")),
    "TRY": (_feminine("ليرة", "ليرات", "تركية"), _PIASTRE),
    "USD": (_masculine("دولار", "دولارات", "أمريكي"), _CENT),
    "YER": (_masculine("ريال", "ريالات", "يمني"), _FILS),
}
"""Code → the currency and its smallest unit."""


def _arabic(whole: int, part: int, currency: str, places: int) -> str:
    noun, small = _NOUNS.get(currency, (None, None))
    if noun is None:
        fraction = f" و{part:0{places}}/{10**places}" if places and part else ""
        return f"{_plain(whole)}{fraction} {currency}"
    said = [_counted(whole, noun)] if whole or not part else []
    if part and small is not None:
        said.append(_counted(part, small))
    return _joined(said)


def _joined(parts: Sequence[str]) -> str:
    return " و".join(part for part in parts if part)


def _counted(n: int, noun: _Noun) -> str:
    """Return ``n`` things in words, in the nominative."""
    if n == 0:
        return f"صفر {noun.one}"
    if n == 1:
        return f"{noun.one} {noun.alone}".rstrip()
    groups, rest = _groups(n)
    if not groups:
        return _few(rest, noun)
    # One or two beyond the thousands are said by the noun alone, so the noun stands after the thousands as well.
    if rest < 3:
        return _joined([*_scales(groups, before_noun=True, noun=noun.one), _few(rest, noun) if rest else ""])
    return _joined([*_scales(groups), _few(rest, noun)])


def _groups(n: int) -> tuple[list[tuple[int, _Noun]], int]:
    found = []
    for size, scale in _SCALE_NOUNS:
        count, n = divmod(n, size)
        if count:
            found.append((count, scale))
    return found, n


def _scales(groups: Sequence[tuple[int, _Noun]], *, before_noun: bool = False, noun: str = "") -> list[str]:
    """Return thousands, millions … in words; the last of them in the form it has before a genitive, and ``noun``."""
    said = [_few(count, scale) for count, scale in groups[:-1]]
    count, scale = groups[-1]
    last = _few(count, scale, construct=before_noun)
    return [*said, f"{last} {noun}" if noun else last]


def _few(n: int, noun: _Noun, *, construct: bool = False) -> str:
    """Return ``n`` things, fewer than a thousand; ``construct`` when another noun follows in the genitive."""
    hundreds, rest = divmod(n, 100)
    of_hundreds = "مائتا" if hundreds == 2 else _HUNDREDS_IN_ARABIC[hundreds]
    if rest == 0:
        return f"{of_hundreds} {noun.one}"
    if rest < 3:
        two = noun.two_of if construct and noun.two_of else noun.two
        own = two if rest == 2 else f"{noun.one} {noun.alone}".rstrip()
        return _joined([f"{of_hundreds} {noun.one}" if hundreds else "", own])
    counted = noun.plural if rest <= 10 else noun.one if construct else noun.accusative
    return f"{_joined([_HUNDREDS_IN_ARABIC[hundreds], _below_hundred(rest, feminine=noun.feminine)])} {counted}"


def _below_hundred(n: int, *, feminine: bool) -> str:
    units = _UNITS_OF_FEMININE if feminine else _UNITS_OF_MASCULINE
    if n <= 10:
        return units[n]
    tens, ones = divmod(n, 10)
    if tens == 1:
        first = {1: "إحدى" if feminine else "أحد", 2: "اثنتا" if feminine else "اثنا"}.get(ones, units[ones])
        return f"{first} {'عشرة' if feminine else 'عشر'}"
    if not ones:
        return _TENS_IN_ARABIC[tens]
    return f"{'ثمانٍ' if feminine and ones == 8 else units[ones]} و{_TENS_IN_ARABIC[tens]}"


def _plain(n: int) -> str:
    """Return a whole number by itself, as it stands before a code."""
    if n == 0:
        return "صفر"
    groups, rest = _groups(n)
    hundreds, small = divmod(rest, 100)
    last = [_HUNDREDS_IN_ARABIC[hundreds], _below_hundred(small, feminine=False) if small else ""]
    return _joined([*(_scales(groups) if groups else []), *last])


__all__ = ["LARGEST", "amount_in_words"]
