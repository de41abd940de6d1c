"""Text that a person will read, marked for translation where it is written and translated where it is shown.

A :class:`Label` is the English string itself, so it can be logged, compared and serialised without ceremony;
it also remembers whose catalogue holds its translations. Catalogues are read by ``backoffice.core.text``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Label(str):
    """An English sentence or word together with the catalogue that translates it.

    ``domain`` is the plugin's name, ``values`` fill ``{placeholders}`` after translation, and ``plural`` with
    ``count`` select a plural form.
    """

    __slots__ = ("count", "domain", "plural", "values")

    domain: str
    values: dict[str, Any]
    plural: str | None
    count: int | None  # type: ignore[assignment]  # hides str.count, which no label needs

    def __new__(
        cls,
        text: str,
        domain: str = "backoffice",
        *,
        values: dict[str, Any] | None = None,
        plural: str | None = None,
        count: int | None = None,
    ) -> Label:
        self = super().__new__(cls, text)
        self.domain = domain
        self.values = values or {}
        self.plural = plural
        self.count = count
        return self

    def with_values(self, **values: Any) -> Label:
        """Return the same message with its placeholders filled when it is shown."""
        return Label(str(self), self.domain, values={**self.values, **values}, plural=self.plural, count=self.count)

    def format(self, *args: Any, **values: Any) -> Label:
        """Fill placeholders later, when the label is shown; libraries that format messages keep it translatable."""
        return self.with_values(**values)

    def counted(self, plural: str, count: int, **values: Any) -> Label:
        """Return a message that takes its plural form from ``count``, an integer number of things."""
        return Label(str(self), self.domain, values={"count": count, **values}, plural=plural, count=count)

    def filled(self) -> str:
        """Return the English text with its placeholders filled, for logs and ``str(error)``."""
        text = self.plural if self.plural is not None and self.count != 1 else str(self)
        return _PLACEHOLDER.sub(self._value, text) if self.values else text

    def _value(self, found: re.Match[str]) -> str:
        value = self.values.get(found[1], found[0])
        return value.filled() if isinstance(value, Label) else str(value)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (str(self), self.domain, self.values, self.plural, self.count)


def _restore(text: str, domain: str, values: dict[str, Any], plural: str | None, count: int | None) -> Label:
    return Label(text, domain, values=values, plural=plural, count=count)


def messages(domain: str) -> Callable[[str], Label]:
    """Return the ``_`` function of the plugin named ``domain``.

    ``_ = messages("acme_fleet")`` makes ``_("Plate")`` a label translated by that plugin's ``locale/`` folder.
    """

    def _(text: str) -> Label:
        return Label(text, domain)

    return _
