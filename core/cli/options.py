"""What was said on the command line for every command, and in which language to answer."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

LANGUAGES = ("en", "ar")


@dataclass(slots=True)
class Options:
    """The global options; they may stand before the command or after it."""

    config: str | None = None
    no_plugins: bool = False
    trace_hooks: bool = False
    organization: str | None = None
    company: str | None = None
    user: str | None = None
    """Whom to act as; nobody is the program itself."""
    language: str | None = None
    verbose: int = 0
    debug: bool = False


def language_from(environ: Mapping[str, str] = os.environ) -> str:
    """Return the language the environment asks for: BACKOFFICE_LANGUAGE, else that of the terminal, else English."""
    for name in ("BACKOFFICE_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        wanted = environ.get(name, "")
        if wanted:
            short = wanted.replace("-", "_").partition("_")[0].partition(".")[0].lower()
            return short if short in LANGUAGES else "en"
    return "en"
