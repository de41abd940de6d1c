"""Sealing and opening with the keys of this installation: Fernet, an authenticated cipher, with keys that rotate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from backoffice.core.errors import ConfigurationError
from backoffice.hookspecs import messages

from .keys import KeyRing
from .sealed import Sealed

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

_ = messages("backoffice")

LONGEST: Final = 4000
"""Characters of the longest secret."""


class Vault:
    """Seals texts and opens them again. The keys are read at first use, and again when one is missing."""

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring
        self._keys: tuple[str, ...] = ()
        self._cipher: MultiFernet | None = None

    def seal(self, text: str) -> Sealed:
        """Return ``text`` sealed under the newest key, which is made when there is none yet.

        Raises:
            ConfigurationError: there is no usable key.
        """
        self._use(self.ring.read_or_make())
        return Sealed(self._ready().encrypt(text.encode()).decode())

    def open(self, sealed: Sealed) -> str:
        """Return the text of ``sealed``.

        Raises:
            ConfigurationError: its key is not here, or the value was tampered with.
        """
        from cryptography.fernet import InvalidToken

        for keys in (self._keys, self.ring.read()):
            self._use(keys)
            if self._cipher is not None:
                try:
                    return self._cipher.decrypt(sealed.token.encode()).decode()
                except InvalidToken:
                    continue
        raise _closed()

    def reseal(self, sealed: Sealed) -> Sealed | None:
        """Return ``sealed`` under the newest key, ``None`` when it is sealed under that already."""
        from cryptography.fernet import Fernet, InvalidToken

        keys = self.ring.read()
        try:
            Fernet(keys[0]).decrypt(sealed.token.encode())
        except (InvalidToken, IndexError):
            return self.seal(self.open(sealed))
        return None

    def _use(self, keys: tuple[str, ...]) -> None:
        from cryptography.fernet import Fernet, MultiFernet

        if keys == self._keys:
            return
        try:
            self._cipher = MultiFernet([Fernet(key) for key in keys]) if keys else None
        except ValueError as error:
            raise ConfigurationError(
                _("A key of the secrets cannot be used."),
                why=_("It is not 32 bytes in URL-safe base64."),
                remedy=_("Take keys that `backoffice secrets new-key` prints."),
            ) from error
        self._keys = keys

    def _ready(self) -> MultiFernet:
        if self._cipher is None:
            raise ConfigurationError(
                _("There is no key to seal secrets with."),
                remedy=_("Run `backoffice secrets new-key` and give it as secrets_keys."),
            )
        return self._cipher


def _closed() -> ConfigurationError:
    return ConfigurationError(
        _("A secret cannot be opened."),
        why=_("The key it was sealed under is not here, or it was tampered with."),
        remedy=_("Put the key back, in secrets_keys or the file of keys; or enter the secret anew."),
    )


__all__ = ["LONGEST", "Vault"]
