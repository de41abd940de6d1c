"""Text for people: languages, translations, numbers and dates, and the keys text is searched by."""

from .catalogues import NOUN, add_catalogue, add_catalogues, fill, translate, translate_noun, translate_title
from .digits import Digits, arabic_digits, ascii_digits, isolate
from .extraction import Message, extract, untranslated
from .folding import fold
from .formats import (
    Calendar,
    Style,
    format_date,
    format_instant,
    format_money,
    format_number,
    format_percent,
    format_quantity,
    parse_date,
)
from .languages import LANGUAGES, base_language, country_name, direction, language_name
from .minor_units import minor_units
from .words import amount_in_words

__all__ = [
    "LANGUAGES",
    "NOUN",
    "Calendar",
    "Digits",
    "Message",
    "Style",
    "add_catalogue",
    "add_catalogues",
    "amount_in_words",
    "arabic_digits",
    "ascii_digits",
    "base_language",
    "country_name",
    "direction",
    "extract",
    "fill",
    "fold",
    "format_date",
    "format_instant",
    "format_money",
    "format_number",
    "format_percent",
    "format_quantity",
    "isolate",
    "language_name",
    "minor_units",
    "parse_date",
    "translate",
    "translate_noun",
    "translate_title",
    "untranslated",
]
