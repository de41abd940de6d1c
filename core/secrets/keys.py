"""The keys that seal secrets: from the configuration, or in a file beside it, the newest first.

An older key opens what was sealed before; ``backoffice secrets rotate`` adds a new one and seals everything anew. The
key of cookies is another one, so that changing it signs people out and loses nothing.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backoffice.core.configuration import SECRETS_FILE as KEY_FILE
from backoffice.core.configuration import Configuration
from backoffice.core.errors import ConfigurationError
from backoffice.hookspecs import messages

_ = messages("backoffice")

_FILE_MODE: Final = 0o600


def new_key() -> str:
    """Return a new random key, 256 bits as 44 characters."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Where the keys of one installation are: ``given`` by the configuration, or in the file ``path``."""

    given: tuple[str, ...] = ()
    path: Path | None = None

    @classmethod
    def of(cls, configuration: Configuration) -> KeyRing:
        """Return the keys of ``configuration``."""
        return cls(configuration.secrets_keys, configuration.resolve(KEY_FILE))

    @property
    def is_file(self) -> bool:
        """Whether the keys are in the file and can be added to."""
        return not self.given and self.path is not None

    def read(self) -> tuple[str, ...]:
        """Return the keys, the newest first; none when the file does not exist yet.

        Raises:
            ConfigurationError: the file cannot be read, or other people can read it.
        """
        if self.given or self.path is None:
            return self.given
        try:
            text = self.path.read_text("ascii")
            _refuse_open(self.path)
        except FileNotFoundError:
            return ()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                _("The keys of the secrets in {path} cannot be read.").with_values(path=str(self.path)),
                why=str(error),
                remedy=_("Put the right file back from where you keep a copy, readable for the program's user."),
            ) from error
        return tuple(line.strip() for line in text.splitlines() if line.strip())

    def read_or_make(self) -> tuple[str, ...]:
        """Return the keys; make the first one when there is none."""
        found = self.read()
        if not found and self.is_file:
            self._write((new_key(),), replace=False)
            found = self.read()
        return found

    def add(self, key: str) -> None:
        """Put ``key`` before the others; from now on it seals.

        Raises:
            ConfigurationError: the keys are given by the configuration, where only a person can change them.
        """
        if not self.is_file:
            raise ConfigurationError(
                _("The keys of the secrets are given by the configuration."),
                why=_("The program cannot change them there."),
                remedy=_("Put a new key before the others in secrets_keys, restart, and repeat with --no-new-key."),
            )
        self._write((key, *self.read()), replace=True)

    def keep_newest(self) -> None:
        """Forget every key but the newest: backups made before cannot be opened with it."""
        if self.is_file:
            self._write(self.read()[:1], replace=True)

    def _write(self, keys: Sequence[str], *, replace: bool) -> None:
        """Write the file whole, readable for its owner alone; the faster of two who make the first key wins."""
        assert self.path is not None
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}")
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE), "w", encoding="ascii") as file:
            file.write("".join(f"{key}\n" for key in keys))
            file.flush()
            os.fsync(file.fileno())
        if replace:
            part.replace(self.path)
            return
        try:
            with suppress(FileExistsError):
                os.link(part, self.path)
        finally:
            part.unlink()


def _refuse_open(path: Path) -> None:
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigurationError(
            _("The keys of the secrets in {path} are open to others.").with_values(path=str(path)),
            why=_("Whoever reads them can open every secret in a copy of the database."),
            remedy=_("Run: {command}").with_values(command=f"chmod 600 {path}"),
        )


__all__ = ["KEY_FILE", "KeyRing", "new_key"]
