"""The section ``[mail]`` of the configuration: through which server mail goes out, or into which folder it is put."""

from __future__ import annotations

from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Final, Literal

from backoffice.core.configuration import Configuration, section
from backoffice.core.errors import ConfigurationError, InvalidInput
from backoffice.hookspecs import messages

_ = messages("mail")

SECTION: Final = "mail"
SECURITIES: Final = ("starttls", "tls", "none")
PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}
NEAR: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""Servers on this machine, to which mail may go unencrypted."""

Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The section ``[mail]`` of ``backoffice.toml``. With neither server nor folder no mail goes out."""

    sender: str = ""
    """Who it is from, ``books@acme.example`` or ``Acme Trading <books@acme.example>``."""
    server: str = ""
    """Name of the mail server."""
    port: int = 0
    """Its port; 0 takes the usual one: 587, with ``tls`` 465."""
    security: str = "starttls"
    """``starttls``, ``tls``, or ``none`` for a server on this machine; the certificate is always checked."""
    user: str = ""
    """Name at the mail server, when it asks for one."""
    password: str = ""
    """Password there; better given as BACKOFFICE_MAIL_PASSWORD."""
    folder: str = ""
    """A folder into which mail is put as files instead, while developing."""

    @property
    def is_set_up(self) -> bool:
        """Whether mail goes anywhere."""
        return bool(self.server or self.folder)

    @property
    def address(self) -> Address:
        """The sender as an address."""
        return address_of(self.sender)

    @classmethod
    def of(cls, configuration: Configuration) -> MailSettings:
        """Return the section of ``configuration``; raises :class:`ConfigurationError` for what cannot be used."""
        found = section(configuration, SECTION, cls)
        if found.is_set_up and (said := _wrong(found)):
            raise ConfigurationError(_("Mail cannot be sent as the section [mail] says."), why=said)
        return found

    def safe(self) -> bool:
        """Tell whether passwords and letters travel encrypted, or do not leave this machine."""
        return bool(self.folder) or self.security != "none" or self.server in NEAR


def _wrong(found: MailSettings) -> str:
    if found.security not in SECURITIES:
        return _("security is one of: {names}.").with_values(names=", ".join(SECURITIES))
    if not found.safe():
        return _("Without encryption mail goes to a server on this machine alone.")
    try:
        found.address  # noqa: B018 - it is read to see whether it can be
    except InvalidInput:
        return _("sender is the address it comes from, such as books@acme.example.")
    return ""


def address_of(text: str) -> Address:
    """Return ``text``, an address with or without a name before it, taken apart.

    Raises :class:`InvalidInput` when it is none.
    """
    name, spec = parseaddr(text)
    try:
        found = Address(display_name=name, addr_spec=spec)
        if found.username and "." in found.domain + "." and found.domain and not _breaks(text):
            return found
    except (HeaderParseError, ValueError, IndexError):
        pass
    raise InvalidInput(
        _("{text} is no e-mail address.").with_values(text=text), fields={"to": [_("Write an e-mail address.")]}
    )


def _breaks(text: str) -> bool:
    return any(ord(letter) < 32 for letter in text)


__all__ = ["MailSettings", "address_of"]
