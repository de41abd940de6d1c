"""The key that signs cookies and forms: from the configuration, or made once and kept beside it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from backoffice.core.configuration import Configuration
from backoffice.core.errors import ConfigurationError
from backoffice.hookspecs import messages

_ = messages("rest")

FILE = "backoffice.key"


def secret_key(configuration: Configuration) -> str:
    """Return the configured key, or the one in ``backoffice.key`` beside the configuration, made when missing.

    Raises :class:`ConfigurationError` when the file can neither be read nor made: a key of one process alone would
    sign people out at random.
    """
    if configuration.secret_key:
        return configuration.secret_key
    path = configuration.resolve(FILE)
    try:
        return _kept(path) or _made(path)
    except OSError as error:
        raise ConfigurationError(
            _("The key that signs cookies cannot be kept in {path}.").with_values(path=str(path)),
            why=str(error.strerror or error),
            remedy=_("Set secret_key in backoffice.toml, or let the program write to that folder."),
        ) from error


def _kept(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        return ""


def _made(path: Path) -> str:
    """Write a new key that only this user may read; another process that was faster wins."""
    key = secrets.token_urlsafe(48)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key + "\n")
        os.link(part, path)
    except FileExistsError:
        return _kept(path)
    finally:
        part.unlink()
    return key


__all__ = ["FILE", "secret_key"]
