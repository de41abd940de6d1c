"""Dates of files that do not say how they write them: found out from all of them together, never from one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, Literal

from backoffice.hookspecs import messages

from .said import unreadable
from .words import day

_ = messages("banking")

Order = Literal["day", "month"]

_DIGITS: Final = {ord("٠") + n: str(n) for n in range(10)} | {ord("۰") + n: str(n) for n in range(10)}
_MONTHS: Final = {
    name: n + 1
    for n, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"))
}


def order_of(texts: Iterable[str], otherwise: Order | None = None) -> Order:
    """Return whether days or months come first in dates such as 02/03/2020.

    ``otherwise`` holds where every date can be read both ways; without it that is refused. Raises
    :class:`~.said.Unreadable`.
    """
    parts = [found for text in texts if (found := _numbers(text)) and found[0] <= 31]
    if any(one > 12 for one, _two, _three in parts):
        return "day"
    if any(two > 12 for _one, two, _three in parts):
        return "month"
    if otherwise is None and any(one != two for one, two, _three in parts):
        raise unreadable(
            _("Its dates can be read with the day first or with the month first."),
            _("Write the format of dates into the mapping, such as %d/%m/%Y."),
        )
    return otherwise or "day"


def _numbers(text: str) -> tuple[int, int, int] | None:
    found = re.findall(r"\d+", text.translate(_DIGITS))
    return (int(found[0]), int(found[1]), int(found[2])) if len(found) >= 3 else None


def read_day(text: str, order: Order = "day", form: str = "") -> date:
    """Return the day written in ``text``, in the form of ``strptime`` when ``form`` is given.

    Raises :class:`~.said.Unreadable`.
    """
    written = text.strip().translate(_DIGITS)
    if form:
        try:
            return datetime.strptime(written, form).date()
        except ValueError as error:
            said = _("“{text}” is not a date written as {form}.")
            raise unreadable(said.with_values(text=text, form=form)) from error
    named = re.match(r"(\d{1,2})[-/ .]([A-Za-z]{3})[a-z]*[-/ .,]+(\d{2,4})", written)
    if named and named[2].lower() in _MONTHS:
        return day(_year(int(named[3]), written), _MONTHS[named[2].lower()], int(named[1]))
    found = re.match(r"(\d{4})(\d{2})(\d{2})(?!\d)", written)
    parts = (int(found[1]), int(found[2]), int(found[3])) if found else _numbers(written)
    if parts is None:
        raise unreadable(_("“{text}” is not a date.").with_values(text=text))
    one, two, three = parts
    if one > 31:
        return day(one, two, three)
    year = _year(three, written)
    return day(year, two, one) if order == "day" else day(year, one, two)


def _year(year: int, written: str) -> int:
    """Return a year in full; ``'`` before two digits means this century, as Quicken writes it."""
    if year > 99:
        return year
    return year + (2000 if "'" in written or year < 70 else 1900)
