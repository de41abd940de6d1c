"""The section ``[audit]`` of the configuration, and the key that signs checkpoints, in a file of its own.

The key lies outside of the database, so that whoever can write there cannot sign. Beside it, with ``.pub`` appended to
the name, lie the verifier keys of all keys this installation ever used: what an auditor needs.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Protocol

from backoffice.core.clock import Clock
from backoffice.core.configuration import Configuration
from backoffice.core.errors import ConfigurationError
from backoffice.core.persistence import Database
from backoffice.hookspecs import messages

from .notes import Signer, Verifier

_ = messages("audit")

SECTION: Final = "audit"
KEY_FILE: Final = "backoffice-audit.key"
PUBLIC: Final = ".pub"


class Installation(Protocol):
    """The office, as far as sealing and verifying need it."""

    @property
    def database(self) -> Database:
        """What is sealed."""

    @property
    def configuration(self) -> Configuration:
        """Where the key is, and where checkpoints go."""

    @property
    def clock(self) -> Clock:
        """What tells the time."""

    @property
    def registry(self) -> Any:
        """The declarations of the plugins; ``models`` are their declarative bases by name."""


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """The section ``[audit]`` of ``backoffice.toml``; paths are relative to its folder."""

    key_file: str = KEY_FILE
    """The private key that signs checkpoints; made at the first seal."""
    checkpoint_folder: str = ""
    """A folder that is given each checkpoint as a file, better on another machine."""
    checkpoint_address: str = ""
    """An https:// address to which each checkpoint is posted."""
    checkpoint_command: str = ""
    """A command that is given each checkpoint on its standard input."""

    @classmethod
    def of(cls, configuration: Configuration) -> AuditSettings:
        """Return the section of ``configuration``; raises :class:`ConfigurationError` for an unknown or wrong key."""
        given: Mapping[str, Any] = configuration.settings.get(SECTION, {})
        known = [item.name for item in fields(cls)]
        for name, value in given.items():
            if name not in known or not isinstance(value, str):
                near = get_close_matches(name, known, 1)
                raise ConfigurationError(
                    _("The section [audit] of the configuration has a wrong entry {name}.").with_values(name=name),
                    why=_("It is unknown, or its value is not text."),
                    remedy=_("Did you mean {near}?").with_values(near=near[0]) if near else "",
                )
        return cls(**given)


def key_path(configuration: Configuration) -> Path:
    """Return where the private key lies."""
    return configuration.resolve(AuditSettings.of(configuration).key_file or KEY_FILE)


def load_signer(configuration: Configuration) -> Signer | None:
    """Return the key that signs here, or nothing when its file does not exist.

    Raises :class:`ConfigurationError` when the file cannot be read, is damaged, or open to other people.
    """
    path = key_path(configuration)
    try:
        text = path.read_text("ascii")
        _refuse_open(path)
        return Signer.parse(text)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            _("The key of the audit log in {path} cannot be used.").with_values(path=str(path)),
            why=str(error),
            remedy=_("Put the right file there; a copy belongs where your backups are not."),
        ) from error


def _refuse_open(path: Path) -> None:
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigurationError(
            _("The key of the audit log in {path} is open to others.").with_values(path=str(path)),
            why=_("Whoever reads it can sign in its place."),
            remedy=_("Run: {command}").with_values(command=f"chmod 600 {path}"),
        )


def make_signer(configuration: Configuration) -> Signer:
    """Make the key that signs here and return it; the one that is there when somebody was faster."""
    path = key_path(configuration)
    signer = Signer.generate(f"backoffice-audit/{secrets.token_hex(8)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    unfinished.touch(0o600, exist_ok=False)
    try:
        unfinished.write_text(signer.to_text() + "\n", "ascii")
        with suppress(FileExistsError):
            os.link(unfinished, path)
    finally:
        unfinished.unlink()
    made = load_signer(configuration)
    assert made is not None
    remember(configuration, made.verifier)
    return made


def remember(configuration: Configuration, verifier: Verifier) -> None:
    """Add ``verifier`` to the public keys of this installation, unless it is there."""
    if verifier not in _published(configuration):
        with _public_path(configuration).open("a", encoding="ascii") as file:
            file.write(f"{verifier}\n")


def verifiers(configuration: Configuration) -> list[Verifier]:
    """Return every public key of this installation: of the key that signs here, and those of the file beside it.

    Raises :class:`ConfigurationError` when one of the files is damaged.
    """
    signer = load_signer(configuration)
    found = _published(configuration)
    return found if signer is None or signer.verifier in found else [signer.verifier, *found]


def _public_path(configuration: Configuration) -> Path:
    path = key_path(configuration)
    return path.with_name(path.name + PUBLIC)


def _published(configuration: Configuration) -> list[Verifier]:
    path = _public_path(configuration)
    try:
        return [Verifier.parse(line) for line in path.read_text("ascii").splitlines() if line.strip()]
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            _("The public keys of the audit log in {path} cannot be used.").with_values(path=str(path)), why=str(error)
        ) from error
