"""Column types that mean the same on SQLite and PostgreSQL: exact scaled integers, instants in UTC, JSON, ids."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator

from backoffice.core.errors import ProgrammingError
from backoffice.core.money import AMOUNT_SCALE, PERCENT_SCALE, PRICE_SCALE, QUANTITY_SCALE, RATE_SCALE, to_scaled
from backoffice.core.secrets import Sealed

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""Primary and foreign keys: 64 bits everywhere, a rowid alias on SQLite."""

Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


class SealedText(TypeDecorator[Sealed]):
    """A secret: only what ``session.seal`` made is stored, so that plain text cannot be stored by mistake."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        """Return the sealed text; refuse anything that was not sealed."""
        if value is not None and not isinstance(value, Sealed):
            raise ProgrammingError("A secret is sealed before it is stored: session.seal(text).")
        return None if value is None else value.token

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Sealed | None:
        """Return the secret, still sealed."""
        return None if value is None else Sealed(value)

    @property
    def python_type(self) -> type[Sealed]:
        """Sealed values."""
        return Sealed


class Scaled(TypeDecorator[Decimal]):
    """A decimal kept as an integer of ``10**-scale`` units, so that sums are exact on every database.

    Binding refuses floats, more decimals than the scale holds, and anything beyond 64 bits; it never rounds.
    """

    impl = sa.BigInteger
    cache_ok = True
    scale: int = 0

    def __init__(self) -> None:
        super().__init__()
        self._unit = Decimal(1).scaleb(-self.scale)

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> int | None:
        """Return ``value``, a Decimal, int or decimal string, as a scaled integer."""
        return None if value is None else to_scaled(value, self.scale)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Decimal | None:
        """Return the stored integer as an exact Decimal without needless zeros beyond two decimals."""
        if value is None:
            return None
        return plain(int(value), self.scale)

    def result_processor(self, dialect: sa.Dialect, coltype: Any) -> Callable[[Any], Decimal | None]:
        """Return the same as a bare function: reports read amounts by the thousand."""
        scale, cents, parts = self.scale, _UNITS[2], _BEYOND_CENTS[self.scale]

        def read(value: Any) -> Decimal | None:
            if value is None:
                return None
            whole, rest = divmod(value, parts)
            return cents * int(whole) if not rest and scale > 2 else plain(int(value), scale)

        return read

    def process_literal_param(self, value: Any, dialect: sa.Dialect) -> str:
        """Return the scaled integer as SQL text."""
        return str(self.process_bind_param(value, dialect))

    @property
    def python_type(self) -> type[Decimal]:
        """Decimals."""
        return Decimal


_UNITS: Final[tuple[Decimal, ...]] = tuple(Decimal(1).scaleb(-places) for places in range(13))
_BEYOND_CENTS: Final[tuple[int, ...]] = tuple(int(10 ** max(places - 2, 0)) for places in range(13))


def plain(scaled: int, scale: int) -> Decimal:
    """Return ``scaled`` units of ``10**-scale`` as a Decimal that keeps two decimals and drops further zeros."""
    if scale > 2:
        whole, rest = divmod(scaled, _BEYOND_CENTS[scale])
        if not rest:
            return _UNITS[2] * whole
        while scaled % 10 == 0:
            scaled //= 10
            scale -= 1
    return _UNITS[scale] * scaled


class Money(Scaled):
    """An amount of money; four decimals hold every currency of ISO 4217."""

    scale = AMOUNT_SCALE
    cache_ok = True


class Quantity(Scaled):
    """A quantity of something, six decimals."""

    scale = QUANTITY_SCALE
    cache_ok = True


class UnitPrice(Scaled):
    """A price of one unit, six decimals."""

    scale = PRICE_SCALE
    cache_ok = True


class Rate(Scaled):
    """A rate of exchange, ten decimals."""

    scale = RATE_SCALE
    cache_ok = True


class Percent(Scaled):
    """A percentage, six decimals; 15 means 15 %."""

    scale = PERCENT_SCALE
    cache_ok = True


class Instant(TypeDecorator[datetime]):
    """An instant, stored in UTC and returned with its zone.

    SQLite drops zones silently (10:00+03:00 would come back as 10:00), so conversion happens here.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What a value is, by which a page's address is read."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Return ``value`` in UTC; an instant without a zone is refused."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"An instant needs a zone: {value.isoformat()}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Return the instant in UTC with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
