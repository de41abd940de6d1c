"""What a request brings: parameters, a body, conditions. Whatever is not understood is refused, never passed over."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from backoffice.core.errors import MalformedRequest
from backoffice.core.exchange.reading import parse_json
from backoffice.core.office.keys import LONGEST_KEY
from backoffice.hookspecs import messages

_ = messages("rest")

LARGEST_JSON: Final = 4 * 1024**2
"""Bytes of the largest body of JSON: an entry of ten thousand lines has about one million."""

JSON_TYPES: Final = frozenset({"application/json", "application/merge-patch+json"})
NEVER_EMPTY: Final = frozenset({"format", "order"})
"""Parameters that mean nothing without a value; of a program that sends one it is not known what it wanted."""
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_KEY: Final = re.compile(r"[\x21-\x7e]+")


def parameters(known: Iterable[str] | None = None) -> dict[str, str]:
    """Return the parameters of the address, each of which may stand there once.

    Raises :class:`MalformedRequest` for one that is repeated, or not among ``known`` where those are given.
    """
    found: dict[str, str] = {}
    allowed = None if known is None else set(known)
    for name, value in request.args.items(multi=True):
        if name in found:
            raise MalformedRequest(_("The parameter {name} occurs twice.").with_values(name=name))
        if allowed is not None and name not in allowed:
            raise _unknown(name, allowed)
        if _UNPRINTABLE.search(name + value):
            raise MalformedRequest(_("Control characters are not allowed."))
        if not value and name in NEVER_EMPTY:
            raise without_value(name)
        found[name] = value
    return found


def without_value(name: str) -> MalformedRequest:
    """Return what is said of the parameter ``name`` when it came empty and that means nothing."""
    return MalformedRequest(_("{name} has no value.").with_values(name=name), remedy=_("Leave it out."))


def refuse(sent: Iterable[str], names: Iterable[str]) -> None:
    """Raise :class:`MalformedRequest` if one of ``names``, parameters of other addresses, was sent."""
    for name in names:
        if name in sent:
            raise MalformedRequest(_("There is no parameter {name}.").with_values(name=name))


def _unknown(name: str, allowed: Iterable[str]) -> MalformedRequest:
    return MalformedRequest(
        _("There is no parameter {name}.").with_values(name=name),
        remedy=_("Use some of: {names}.").with_values(names=", ".join(sorted(allowed))),
    )


def number(given: dict[str, str], name: str, default: int, most: int) -> int:
    """Take the whole number ``name`` out of ``given``: from 1 to ``most``."""
    if name not in given:
        return default
    text = given.pop(name)
    if not text:
        raise without_value(name)
    if text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most:
        return int(text)
    raise MalformedRequest(_("{name} is a whole number from {min} to {max}.").with_values(name=name, min=1, max=most))


def flag(given: dict[str, str], name: str, default: bool = False) -> bool:
    """Take the yes or no ``name`` out of ``given``."""
    if name not in given:
        return default
    text = given.pop(name).lower()
    if text in {"true", "false", "1", "0"}:
        return text in {"true", "1"}
    raise MalformedRequest(_("{name} is true or false.").with_values(name=name))


def words(text: str) -> list[str]:
    """Return the names in ``text``, parted by commas."""
    return [word for word in (part.strip() for part in text.split(",")) if word]


def document(*, required: bool = True) -> dict[str, Any]:
    """Return the body, a JSON object; an empty one where none is ``required`` and none was sent.

    Numbers with decimals must be text: how a program has rounded 0.1 cannot be seen in JSON. Raises
    :class:`MalformedRequest` for what is not JSON, for a name used twice, for anything but an object.
    """
    request.max_content_length = LARGEST_JSON
    content = request.get_data()
    if not content.strip() and not required:
        return {}
    if request.mimetype not in JSON_TYPES:
        raise UnsupportedMediaType
    try:
        found = parse_json(content.decode("utf-8"), fraction=float)
    except ValueError as error:
        raise MalformedRequest(
            _("The body is not JSON."), why=str(error), remedy=_("Send one JSON object in UTF-8.")
        ) from error
    if not isinstance(found, dict):
        raise MalformedRequest(_("The body is not a JSON object."), remedy=_("Send one JSON object in UTF-8."))
    return found


def key() -> str:
    """Return the request's ``Idempotency-Key``, or nothing."""
    if "Idempotency-Key" not in request.headers:
        return ""
    sent = request.headers["Idempotency-Key"].strip()
    if len(sent) > LONGEST_KEY or not _KEY.fullmatch(sent):
        raise MalformedRequest(
            _("The header Idempotency-Key cannot be used."),
            why=_("It has at most {n} visible ASCII characters.").with_values(n=LONGEST_KEY),
            remedy=_("Send a random one, such as a UUID."),
        )
    return sent


def versions() -> list[int] | None:
    """Return the versions that ``If-Match`` accepts, ``None`` when it accepts any or was not sent.

    The tag of a record is its version and, behind a point, a digest of what was shown; the version alone will do.
    """
    tags = request.if_match
    if "If-Match" not in request.headers or tags.star_tag:
        return None
    # A proxy that compresses answers weakens their tags; the version in them is exact all the same.
    numbers = [tag.partition(".")[0] for tag in tags.as_set(include_weak=True) if tag]
    return sorted(int(one) for one in numbers if one.isascii() and one.isdigit() and len(one) < 19)


__all__ = ["document", "flag", "key", "number", "parameters", "refuse", "versions", "without_value", "words"]
