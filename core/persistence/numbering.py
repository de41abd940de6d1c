"""Numbers without gaps: a counter per series, company, branch and year, moved late in the transaction that uses it.

A number is given when a document is posted, never to a draft; a rolled back transaction takes its numbers back. Never
from ``max()`` and never from a database sequence.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.core.errors import InvalidInput
from backoffice.hookspecs import messages

from . import fields as field
from .prepared import Read, among
from .records import CoreBase, OfCompany, Record, Row, UniqueInCompany, UniqueInOrganization
from .rows import add

if TYPE_CHECKING:
    from .session import Session

_ = messages("backoffice")

Assign = Callable[[str], None]

_PLACEHOLDER = re.compile(r"\{(n|year|yy|month)(?::0(\d{1,2}))?\}")


class Counter(Row, CoreBase):
    """The last number given in a series."""

    __tablename__ = "core_counter"
    __audited__ = False
    __audit_exempt__ = "The records that carry the numbers are audited."
    __referenced__ = False
    key: Mapped[str] = mapped_column(sa.String(200), nullable=False)
    last: Mapped[int] = mapped_column(sa.BigInteger, nullable=False, default=0)
    unique = UniqueInOrganization("key")


class Series(OfCompany, Record, CoreBase):
    """How a company numbers its documents, where it differs from what the plugin proposes."""

    __tablename__ = "core_series"
    __remembered__ = True
    __title__ = "name"
    __key__ = ("name",)
    __referenced__ = False
    name: Mapped[str] = field.code(
        80, label=_("Series"), help=_("The plugin's name for it, such as accounting.invoice.")
    )
    branch_id: Mapped[int | None] = field.ref("core_branch", label=_("Branch"))
    pattern: Mapped[str] = field.text(
        80, label=_("Pattern"), help=_("Such as INV/{year}/{n:05}: {n}, {year}, {yy} and {month} are filled in.")
    )
    unique = UniqueInCompany("name", "branch_id")


def check_pattern(pattern: str) -> str:
    """Return ``pattern`` if it holds ``{n}`` and only known placeholders."""
    rest = _PLACEHOLDER.sub("", pattern)
    if "{" in rest or "}" in rest or "{n" not in pattern:
        raise InvalidInput(
            _("The pattern {pattern} cannot be used.").with_values(pattern=pattern),
            why=_("It needs {n}, and knows only {n}, {year}, {yy} and {month}."),
            remedy=_("Write something like INV/{year}/{n:05}."),
        )
    return pattern


def fill(pattern: str, n: int, year: int, month: int = 0) -> str:
    """Return ``pattern`` with number ``n``, ``year`` and ``month`` filled in.

    >>> fill("INV/{year}/{n:05}", 17, 2026)
    'INV/2026/00017'
    """
    return _template(pattern, year, month).format(n)


@lru_cache(maxsize=256)
def _template(pattern: str, year: int, month: int) -> str:
    """Return ``pattern`` for ``str.format`` with the number alone left open: numbers are given by the thousand."""
    values = {"year": year, "yy": year % 100, "month": month}
    widths = {"yy": 2, "month": 2}

    def value(match: re.Match[str]) -> str:
        width = int(match[2] or widths.get(match[1], 0))
        return f"{{0:0{width}d}}" if match[1] == "n" else str(values[match[1]]).zfill(width)

    made, end = "", 0
    for match in _PLACEHOLDER.finditer(pattern):
        made += _literally(pattern[end : match.start()]) + value(match)
        end = match.end()
    return made + _literally(pattern[end:])


def _literally(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def request(
    session: Session,
    *,
    series: str,
    assign: Assign,
    company_id: int | None = None,
    branch_id: int | None = None,
    year: int = 0,
    pattern: str = "{n}",
) -> None:
    """Ask for the next number of ``series`` late in the transaction; ``year`` 0 never starts again."""
    company = company_id or session.company_id or 0
    key = (series, company, branch_id or 0, year, pattern)
    session.late_phase.numbers.setdefault(key, []).append(assign)


def at_once(session: Session, *, series: str, count: int, year: int = 0, pattern: str = "{n}") -> list[str] | None:
    """Return the next ``count`` numbers of ``series`` of the session's company where nobody has to wait for them.

    That is on SQLite, where whoever writes is alone anyway: a document can be written with its number. Nothing is
    returned, and :func:`request` left to be asked, where others would wait for the counter until this transaction ends.
    """
    if session.dialect != "sqlite":
        return None
    given: list[str] = []
    assign_all(session, {(series, session.company_id or 0, 0, year, pattern): [given.append] * count})
    return given


def assign_all(session: Session, numbers: dict[tuple[Any, ...], list[Assign]]) -> None:
    """Move each counter once, in key order, and hand the numbers out in the order they were asked for."""
    session.flush()
    patterns = _own_patterns(session, {key[0] for key in numbers})
    for key in sorted(numbers):
        series, company, branch, year, pattern = key
        waiting = numbers[key]
        last = _advance(session, f"{series}/{company}/{branch}/{year}", len(waiting))
        chosen = patterns.get((series, company, branch)) or patterns.get((series, company, 0)) or pattern
        for n, assign in enumerate(waiting, start=last - len(waiting) + 1):
            assign(fill(chosen, n, year or session.today().year))


def _own_patterns(session: Session, names: set[str]) -> dict[tuple[str, int, int], str]:
    rows = _PATTERNS.rows(session, names=sorted(names))
    return {(name, company, branch or 0): pattern for name, company, branch, pattern in rows}


_PATTERNS = Read(
    sa.select(Series.name, Series.company_id, Series.branch_id, Series.pattern).where(among(Series.name, "names"))
)


def _advance(session: Session, key: str, count: int) -> int:
    [(last,)] = add(session, Counter, [{"key": key, "last": count}], key=("organization_id", "key"), to=("last",))
    return int(last)
