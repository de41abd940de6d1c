"""A sealed value as records and settings hold it: it says nothing, whoever prints, logs or compares it."""

from __future__ import annotations

from typing import NoReturn


class Sealed:
    """A secret as it stands in the database. ``session.seal(text)`` makes one, ``session.reveal(sealed)`` opens it."""

    __slots__ = ("token",)

    def __init__(self, token: str) -> None:
        self.token = token

    def __repr__(self) -> str:
        return "Sealed(•••)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and other.token == self.token

    def __hash__(self) -> int:
        return hash(self.token)

    def __reduce__(self) -> NoReturn:
        raise TypeError("A sealed value is neither pickled nor copied out of its record.")


__all__ = ["Sealed"]
