"""Text for people: languages, translations, numbers and dates, and the keys text is searched by."""

from .catalogues import NOUN, add_catalogue, add_catalogues, fill, translate, translate_noun, translate_title
from .digits import Digits, arabic_digits, ascii_digits, isolate
from .extraction import Message, extract, untranslated
from .figures import FIGURES, INTERNAL, PERSON, PRICE, decimals, format_figure, least_decimals, padded, shown_as
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
    "FIGURES",
    "INTERNAL",
    "LANGUAGES",
    "NOUN",
    "PERSON",
    "PRICE",
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
    "decimals",
    "direction",
    "extract",
    "fill",
    "fold",
    "format_date",
    "format_figure",
    "format_instant",
    "format_money",
    "format_number",
    "format_percent",
    "format_quantity",
    "isolate",
    "language_name",
    "least_decimals",
    "minor_units",
    "padded",
    "parse_date",
    "shown_as",
    "translate",
    "translate_noun",
    "translate_title",
    "untranslated",
]
