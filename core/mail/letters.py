"""A letter: what it says, once, made into plain text and into a page, in the reader's language and direction.

A letter is words and values given by the program. There are no templates that someone could edit into reading more
than they should, and what stands in a value is escaped like any other text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from backoffice.core.text import direction, translate


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes with a letter."""

    name: str
    type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says; every text may be a label and is translated into the reader's language when it is queued."""

    purpose: str
    """What it is sent for, ``plugin.something``: the queue and the log are searched by it."""
    subject: str
    paragraphs: Sequence[str]
    facts: Sequence[tuple[str, str]] = ()
    """Names and values in a small table."""
    button: tuple[str, str] | None = None
    """What it says and the address it leads to."""
    closing: Sequence[str] = ()
    """Said below, smaller."""


def said(letter: Letter, language: str) -> dict[str, Any]:
    """Return what ``letter`` says in ``language``, as plain JSON."""
    return {
        "subject": " ".join(translate(letter.subject, language).split()),
        "paragraphs": [translate(part, language) for part in letter.paragraphs],
        "facts": [[translate(name, language), translate(value, language)] for name, value in letter.facts],
        "button": None if letter.button is None else [translate(letter.button[0], language), letter.button[1]],
        "closing": [translate(part, language) for part in letter.closing],
    }


def as_text(content: dict[str, Any]) -> str:
    """Return a letter as plain text."""
    parts = list(content["paragraphs"])
    if content["facts"]:
        parts.append("\n".join(f"{name}: {value}" for name, value in content["facts"]))
    if content["button"]:
        parts.append(":\n".join(content["button"]))
    if content["closing"]:
        parts.append("\n".join(content["closing"]))
    return "\n\n".join(parts) + "\n"


def as_page(content: dict[str, Any], language: str) -> str:
    """Return a letter as a page that needs nothing from elsewhere: mail programs load neither sheets nor pictures."""
    way = direction(language)
    side = "right" if way == "rtl" else "left"
    inside = "".join(
        (
            *(f'<p style="{_BODY}">{_lines(part)}</p>' for part in content["paragraphs"]),
            _table(content["facts"], side),
            _button(content["button"]),
            *(f'<p style="{_SMALL}">{_lines(part)}</p>' for part in content["closing"]),
        )
    )
    return (
        f'<!doctype html><html lang="{language}" dir="{way}"><head><meta charset="utf-8">'
        f"<title>{escape(content['subject'])}</title></head>"
        f'<body style="margin:0;padding:24px;background:#f4f5f7"><div dir="{way}" style="{_SHEET};text-align:{side}">'
        f'<h1 style="{_HEAD}">{escape(content["subject"])}</h1>{inside}</div></body></html>'
    )


_FONT = "font-family:'Segoe UI',Tahoma,'Noto Naskh Arabic',Arial,sans-serif"
_SHEET = f"max-width:560px;margin:0 auto;padding:32px;background:#ffffff;border-radius:8px;{_FONT};color:#1c2430"
_HEAD = "margin:0 0 20px;font-size:20px;line-height:1.4;font-weight:600"
_BODY = "margin:0 0 14px;font-size:15px;line-height:1.7"
_SMALL = "margin:20px 0 0;font-size:13px;line-height:1.6;color:#5b6472"
_LINK = "display:inline-block;padding:10px 20px;border-radius:6px;background:#1f5fbf;color:#ffffff;text-decoration:none"


def _lines(text: str) -> str:
    return "<br>".join(escape(line) for line in text.splitlines())


def _table(facts: Sequence[Sequence[str]], side: str) -> str:
    cell = f"padding:4px 0;font-size:15px;text-align:{side};vertical-align:top"
    rows = "".join(
        f'<tr><th scope="row" style="{cell};font-weight:400;color:#5b6472">{escape(name)}</th>'
        f'<td style="{cell};padding-{side}:24px"><bdi>{escape(value)}</bdi></td></tr>'
        for name, value in facts
    )
    return f'<table role="presentation" style="border-collapse:collapse;margin:0 0 18px">{rows}</table>' if rows else ""


def _button(button: Sequence[str] | None) -> str:
    if not button:
        return ""
    label, url = button
    return (
        f'<p style="{_BODY}"><a href="{escape(url)}" style="{_LINK}">{escape(label)}</a></p>'
        f'<p style="{_SMALL};margin-top:0;word-break:break-all" dir="ltr">{escape(url)}</p>'
    )


__all__ = ["Enclosure", "Letter", "as_page", "as_text", "said"]
