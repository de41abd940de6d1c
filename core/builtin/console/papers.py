"""Languages of documents: each by itself, and both side by side."""

from __future__ import annotations

from backoffice.core.text import LANGUAGES, language_name

from .reader import reader


def pair() -> str:
    """Return both languages side by side, the reader's own first."""
    return "+".join(sorted(LANGUAGES, key=lambda code: code != reader().language))


def called(code: str) -> str:
    """Return what a language, or two with a plus sign between, is called in its own words."""
    return " + ".join(language_name(one) for one in code.split("+"))


__all__ = ["called", "pair"]
