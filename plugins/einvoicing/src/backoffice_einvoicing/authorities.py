"""Authorities and networks that documents go to: what a plugin implements, and how they are found.

A distribution names its class under the entry-point group ``backoffice.einvoice_authorities``. Making a document
happens inside the transaction that posts the invoice; sending it happens in a job, outside of any transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Literal

from importlib_metadata import entry_points

from backoffice.core.api import ConfigurationError, Session
from backoffice.hookspecs import messages

from .en16931.rules import Broken
from .en16931.terms import EInvoice

_ = messages("einvoicing")

GROUP = "backoffice.einvoice_authorities"

State = Literal["submitted", "cleared", "reported", "rejected"]


@dataclass(frozen=True, slots=True)
class Making:
    """An invoice on its way to become a document."""

    invoice: EInvoice
    record: Any
    """The invoice of accounting behind it."""
    replaces: Any = None
    """The document this one is made instead of, after it was rejected."""


@dataclass(frozen=True, slots=True)
class Made:
    """A document as an authority wants it."""

    content: bytes
    name: str
    syntax: str = "ubl"
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What else is kept with the document, as plain JSON."""
    deadline: datetime | None = None
    """When it has to be sent at the latest."""
    send: bool = True
    """Whether there is anything to send."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message of an authority."""

    text: str
    code: str = ""
    kind: Literal["info", "warning", "error"] = "error"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an authority answered."""

    state: State
    reference: str = ""
    said: Sequence[Said] = ()
    content: bytes | None = None
    """The document as it was given back, with the authority's stamp."""


class Authority:
    """An authority or network. Plugins subclass it and name the class as an entry point."""

    name: str = ""
    """Short and lasting; documents and submissions bear it."""
    label: str = ""
    waives: frozenset[str] = frozenset()
    """Rules of the norm that do not hold there."""

    def check(self, session: Session, making: Making) -> list[Broken]:
        """Return what the authority would refuse, beyond the rules of the norm."""
        return []

    def make(self, session: Session, making: Making) -> Made:
        """Return the document, in the transaction that issues it; numbers and chains are taken here."""
        raise NotImplementedError

    def prepare(self, session: Session, document: Any) -> Any:
        """Return what :meth:`send` needs, read in a short transaction: addresses, keys, the document."""
        raise NotImplementedError

    def send(self, prepared: Any) -> Answer:
        """Hand the document over and return the answer; called outside of any transaction.

        Raises :class:`~backoffice.core.api.Unavailable` when it cannot be reached: it is tried again.
        """
        raise NotImplementedError

    def answered(self, session: Session, document: Any, answer: Answer) -> None:
        """Keep what the authority needs later, in the transaction that stores the answer."""


@cache
def authorities() -> Mapping[str, Authority]:
    """Return the installed authorities by name; :func:`refresh` looks again."""
    found = (entry.load()() for entry in entry_points(group=GROUP))
    return {authority.name: authority for authority in found}


def refresh() -> None:
    """Forget which authorities are installed."""
    authorities.cache_clear()


def authority(name: str) -> Authority:
    """Return the authority called ``name``. Raises ``ConfigurationError`` when it is not installed."""
    found = authorities().get(name)
    if found is None:
        raise ConfigurationError(
            _("The authority {name} is not installed.").with_values(name=name),
            why=_("Documents of this company go there."),
            remedy=_("Install its plugin, or choose another in the settings of electronic invoices."),
        )
    return found


__all__ = ["GROUP", "Answer", "Authority", "Made", "Making", "Said", "State", "authorities", "authority", "refresh"]
