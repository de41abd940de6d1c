"""Read ``backoffice.toml``: every key known, every value checked, unknown keys refused with the nearest known one.

``BACKOFFICE_DATABASE``, ``BACKOFFICE_SECRET_KEY`` and so on in the environment win over the file, so that a container
needs no file with secrets in it.
"""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeVar

from backoffice.hookspecs import messages

from .errors import ConfigurationError, UnsafeSetting

_ = messages("backoffice")

FILE = "backoffice.toml"
KEY_FILE = "backoffice.key"
"""Beside the configuration: holds the secret key when the configuration gives none."""
SECRETS_FILE = "backoffice-secrets.key"
"""Beside the configuration: holds the keys that seal secrets when the configuration gives none."""
SHORTEST_KEY = 32
"""Characters of the shortest secret key accepted in production."""

WEAK_WORDS = ("secret", "changeme", "replaceme", "development", "password", "example", "thisismyscretkey", "yourkey")
"""Whoever copies a key from an example copies one of these; by chance hardly any key holds one."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What an installation is told. Paths are relative to the file's folder."""

    database: str = "sqlite:///backoffice.db"
    """Address of the database, ``sqlite:///file.db`` or ``postgresql://user@host/name``."""
    replica: str = ""
    """Address of a read replica for pages and reports."""
    environment: Literal["development", "production"] = "development"
    secret_key: str = ""
    """Signs forms; at least 32 random characters in production. When it is not given, ``backoffice.key`` beside the
    configuration holds it."""
    secrets_keys: tuple[str, ...] = ()
    """Keys that seal secrets in the database, the newest first. When none is given, ``backoffice-secrets.key`` beside
    the configuration holds them, made when the first secret is stored."""
    base_url: str = ""
    """Where the console is reached, for links in mails; never taken from a request."""
    hosts: tuple[str, ...] = ()
    """Host names the console answers to; empty accepts any in development."""
    proxies: int = 0
    """How many proxies in front may be believed about addresses."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of those proxies; empty means this machine and private networks."""
    migrations_database: str = ""
    """Address with which ``backoffice db upgrade`` changes tables, where the account of ``database`` owns none."""
    failures_per_name: int = 5
    """Wrong passwords or codes for one name before it is locked out."""
    failures_per_address: int = 20
    """Wrong passwords or codes from one address before it is locked out."""
    lockout_minutes: int = 15
    """For how long failures are counted, and so the longest lockout."""
    requests_per_minute: int = 1200
    """Requests of one person, token or address in a minute; 0 counts none."""
    plugins: tuple[str, ...] | None = None
    """Plugins to load; nothing loads all that are installed."""
    disabled: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    """Plugins without which the start is refused."""
    allowed: tuple[str, ...] | None = None
    """Distributions whose plugins may be loaded; nothing allows all."""
    organization: str = ""
    """Code of the organisation for sign-in without one and for the command line."""
    files: str = "files"
    """Folder for attachments and archived documents."""
    worker: bool = True
    """Whether ``backoffice serve`` runs the worker in its own process."""
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Sections of plugins."""
    folder: Path = field(default_factory=Path)
    path: Path | None = None

    def resolve(self, name: str) -> Path:
        """Return the path ``name``, relative to the configuration's folder."""
        return (self.folder / name).resolve()

    @property
    def schema_database(self) -> str:
        """The address with which tables are made and changed."""
        return self.migrations_database or self.database

    def check_production(self, environ: Mapping[str, str] = os.environ) -> None:
        """Raise :class:`UnsafeSetting` for each thing that must not be so in production, all at once."""
        unsafe = unsafe_settings(self, environ) if self.environment == "production" else {}
        if unsafe:
            raise UnsafeSetting(
                _("The start in production was refused."),
                why=_("Some settings are unsafe."),
                remedy=_("Correct them in {file}.").with_values(file=str(self.path or FILE)),
                fields={name: [said] for name, said in unsafe.items()},
            )


def unsafe_settings(configuration: Configuration, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what is unsafe for production: the name of a setting, and what is wrong with it and to be done."""
    told = {
        "secret_key": _weak_key(configuration.secret_key),
        "base_url": _plain_address(configuration.base_url),
        "hosts": _loose_hosts(configuration.hosts),
        "trusted_proxies": _loose_networks(configuration.trusted_proxies),
        "requests_per_minute": "" if configuration.requests_per_minute else _("Set a limit; 1200 is usual."),
        "failures_per_name": _loose_limit(configuration.failures_per_name, 50),
        "failures_per_address": _loose_limit(configuration.failures_per_address, 1000),
        "database": _open_database(configuration.database),
        KEY_FILE: _open_key(configuration.resolve(KEY_FILE)),
        SECRETS_FILE: _open_key(configuration.resolve(SECRETS_FILE)),
        "FLASK_DEBUG": _debugging(environ),
    }
    return {name: said for name, said in told.items() if said}


def _weak_key(key: str) -> str:
    letters = "".join(letter for letter in key.lower() if letter.isalpha())
    if len(key) < SHORTEST_KEY or len(set(key)) < 10 or any(word in letters for word in WEAK_WORDS):
        return _("It is missing, known or too short; use at least 32 random characters.")
    return ""


def _plain_address(address: str) -> str:
    # Over plain http the cookie of a sign-in could be read on the way, and would be without its `Secure`.
    return "" if address.startswith("https://") and len(address) > 8 else _("Write an https:// address.")


def _loose_hosts(hosts: tuple[str, ...]) -> str:
    if not hosts:
        return _("List the host names the console answers to.")
    if any("*" in host or host.startswith(".") or "/" in host for host in hosts):
        return _("Write each host name in full, without * and without a dot in front.")
    return ""


def _loose_networks(networks: tuple[str, ...]) -> str:
    if any(network.endswith("/0") for network in networks):
        return _("Name the proxies' own addresses; the whole network cannot be trusted.")
    return ""


def _loose_limit(count: int, most: int) -> str:
    return "" if 1 <= count <= most else _("Set it between 1 and {most}.").with_values(most=most)


def _open_database(address: str) -> str:
    """Say when every user of the machine can read or write the SQLite file."""
    path = Path(address.removeprefix("sqlite:///"))
    if not address.startswith("sqlite:///") or not path.exists():
        return ""
    if path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
        return _("Every user of this machine can open {path}; run: {command}").with_values(
            path=str(path), command=f"chmod o-rwx {path}"
        )
    return ""


def _open_key(path: Path) -> str:
    if not path.exists() or not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return ""
    return _("Others can read it; run: {command}").with_values(command=f"chmod 600 {path}")


def _debugging(environ: Mapping[str, str]) -> str:
    if environ.get("FLASK_DEBUG", "").lower() in {"", "0", "false", "no"}:
        return ""
    return _("The debugger lets whoever sees an error run programs; unset it.")


KNOWN = {item.name: item for item in fields(Configuration)}
HIDDEN = {"settings", "folder", "path"}
SECTIONS_IN_ENVIRONMENT = ("mail",)
"""Sections whose entries may stand in the environment as well, ``BACKOFFICE_MAIL_PASSWORD``."""
NUMBERS = {"proxies", "failures_per_name", "failures_per_address", "lockout_minutes", "requests_per_minute"}
LISTS = {"secrets_keys", "trusted_proxies", "hosts", "plugins", "disabled", "required", "allowed"}


def load_configuration(
    path: Path | str | None = None, environ: Mapping[str, str] = os.environ, **overrides: Any
) -> Configuration:
    """Return the configuration in ``path``, by default ``backoffice.toml`` here or where BACKOFFICE_CONFIG says.

    Raises :class:`ConfigurationError` when the file is missing or broken, or a key unknown or of the wrong type.
    """
    chosen = Path(path or environ.get("BACKOFFICE_CONFIG") or FILE)
    read = _read(chosen, explicit=path is not None or "BACKOFFICE_CONFIG" in environ)
    known, sections = _divide(read, chosen)
    for name in KNOWN.keys() - HIDDEN:
        given = environ.get(f"BACKOFFICE_{name.upper()}")
        if given is not None and name != "plugins":
            known[name] = given
    for name in SECTIONS_IN_ENVIRONMENT:
        prefix = f"BACKOFFICE_{name.upper()}_"
        given_here = {key.removeprefix(prefix).lower(): environ[key] for key in environ if key.startswith(prefix)}
        if given_here:
            sections[name] = {**sections.get(name, {}), **given_here}
    values = {name: _value(name, given, chosen) for name, given in known.items()}
    values.setdefault("secret_key", _kept_key(chosen.with_name(KEY_FILE)))
    configuration = Configuration(
        **values, settings=sections, folder=chosen.parent.resolve(), path=chosen if chosen.exists() else None
    )
    configuration = replace(configuration, **overrides) if overrides else configuration
    return replace(configuration, database=_absolute(configuration))


Shape = TypeVar("Shape")


def section(configuration: Configuration, name: str, shape: type[Shape]) -> Shape:
    """Return the section ``[name]`` as ``shape``, a dataclass whose fields are text, whole numbers, flags or lists.

    Raises :class:`ConfigurationError` for an unknown entry or one of the wrong kind.
    """
    known = {item.name: item for item in fields(shape)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for entry, given in configuration.settings.get(name, {}).items():
        if entry not in known:
            near = get_close_matches(entry, known, 1)
            raise ConfigurationError(
                _("The section [{section}] has an unknown entry {name}.").with_values(section=name, name=entry),
                remedy=_("Did you mean {near}?").with_values(near=near[0]) if near else _("Remove it."),
            )
        values[entry] = _entry(name, entry, given, known[entry].default)
    return shape(**values)


def _entry(name: str, entry: str, given: Any, like: Any) -> Any:
    """Return what is given for an entry of a section, of the kind its default ``like`` has."""
    if isinstance(like, bool):
        if str(given).lower() in {"true", "false"}:
            return str(given).lower() == "true"
    elif isinstance(like, int):
        if not isinstance(given, bool) and str(given).isascii() and str(given).isdigit():
            return int(given)
    elif isinstance(like, tuple):
        items = given.split(",") if isinstance(given, str) else given
        if isinstance(items, list) and all(isinstance(item, str) for item in items):
            return tuple(item.strip() for item in items if item.strip())
    elif isinstance(given, str):
        return given
    raise ConfigurationError(
        _("The section [{section}] has a wrong value for {name}.").with_values(section=name, name=entry),
        remedy=_("See the list of settings in the documentation."),
    )


def _read(path: Path, explicit: bool) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError as error:
        if not explicit:
            return {}
        raise ConfigurationError(
            _("There is no configuration at {path}.").with_values(path=str(path)),
            remedy=_("Run `backoffice init` there, or pass --config with another path."),
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigurationError(
            _("The configuration {path} cannot be read.").with_values(path=str(path)),
            why=str(error),
            remedy=_("Correct the file; it is TOML."),
        ) from error


def _kept_key(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            _("The key in {path} cannot be read.").with_values(path=str(path)),
            why=str(error),
            remedy=_("Let the program's user read it, or give secret_key in the environment."),
        ) from error


def _divide(read: dict[str, Any], path: Path) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    sections = {name: value for name, value in read.items() if isinstance(value, dict)}
    known = {name: value for name, value in read.items() if not isinstance(value, dict)}
    for name in known:
        if name not in KNOWN or name in HIDDEN:
            near = get_close_matches(name, KNOWN.keys() - HIDDEN, 1)
            raise ConfigurationError(
                _("The configuration {path} has an unknown key {name}.").with_values(path=str(path), name=name),
                remedy=_("Did you mean {near}?").with_values(near=near[0]) if near else _("Remove it."),
            )
    return known, sections


def _value(name: str, given: Any, path: Path) -> Any:
    if name in LISTS:
        items = [part.strip() for part in given.split(",")] if isinstance(given, str) else given
        if isinstance(items, list) and all(isinstance(item, str) for item in items):
            return tuple(item for item in items if item)
    elif name in NUMBERS and str(given).isdigit():
        return int(given)
    elif name == "worker" and str(given).lower() in {"true", "false"}:
        return str(given).lower() == "true"
    elif name == "environment":
        if given in {"development", "production"}:
            return given
    elif name not in {*NUMBERS, "worker"} and isinstance(given, str):
        return given
    raise ConfigurationError(
        _("The configuration {path} has a wrong value for {name}.").with_values(path=str(path), name=name),
        why=repr(given),
        remedy=_("See the list of settings in the documentation."),
    )


def _absolute(configuration: Configuration) -> str:
    """Return the database's address with a SQLite path made absolute, so that the working folder does not matter."""
    prefix = "sqlite:///"
    address = configuration.database
    if address.startswith(prefix) and not address.startswith("sqlite:////"):
        return prefix + str(configuration.resolve(address.removeprefix(prefix)))
    return address
