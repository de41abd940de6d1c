"""Translations: every text a person reads is said in every language of the program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from backoffice.core.text import LANGUAGES, untranslated
from backoffice.hookspecs import messages

from .subject import Subject

_ = messages("authoring")

NAMED: Final = 5
"""Texts named; of the rest, the number is told."""


def translations(subject: Subject) -> Iterator[str]:
    """Yield the languages that lack texts, with some of them."""
    for language, lacking in untranslated(subject.files, subject.name, LANGUAGES).items():
        if lacking:
            named = ", ".join(f"“{text}”" for text in lacking[:NAMED])
            yield _("{language} lacks {count} texts in {file}: {texts}").with_values(
                language=language,
                count=len(lacking),
                file=f"locale/{language}/LC_MESSAGES/{subject.name}.po",
                texts=named + (" …" if len(lacking) > NAMED else ""),
            )


__all__ = ["translations"]
