"""The error tree. Each error says what happened, why, and what to do next, in words a person can act on.

::

    BackofficeError                    500  exit 1
    ├── ConfigurationError             500  exit 9    the configuration cannot be used
    │   └── UnsafeSetting              500  exit 9    a production start was refused
    ├── InvalidInput                   422  exit 3    the input cannot be accepted as it is
    │   ├── RuleBroken                 422  exit 3    a rule of the business forbids it
    │   └── KeyReused                  422  exit 3    an idempotency key came back with another body
    ├── MalformedRequest               400  exit 2    it cannot even be read
    ├── NotSignedIn                    401  exit 5    nobody, or an expired or revoked token or session
    ├── Forbidden                      403  exit 5    known, but not allowed
    ├── NotFound                       404  exit 4    nothing of that name or number that you may see
    ├── Conflict                       409  exit 6    someone else was there first
    │   ├── StaleVersion               409  exit 6    the record changed since it was read (412 with If-Match)
    │   ├── AlreadyExists              409  exit 6    unique, and taken
    │   └── StillReferenced            409  exit 6    other records need it
    ├── TooManyRequests                429  exit 7    slow down
    ├── Unavailable                    503  exit 7    try again later
    │   ├── DatabaseUnavailable        503  exit 7    missing, unreachable or read-only
    │   ├── NeedsMigration             503  exit 7    the tables are older than the program
    │   └── Busy                       503  exit 7    retries were used up
    ├── PluginProblem                  500  exit 8    a plugin is missing, refused or broken
    └── ProgrammingError               500  exit 1    the program asked for something it must not
        ├── UnscopedStatement          500  exit 1    a statement could see another organisation
        └── UnauditedWrite             500  exit 1    a write would escape the audit log
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from backoffice.hookspecs.labels import Label, messages

_ = messages("backoffice")


class BackofficeError(Exception):
    """Say what happened, why, and what to do.

    ``what``, ``why`` and ``remedy`` are sentences, translatable labels where a person will read them.
    ``fields`` maps the name of an input, dotted and numbered for nested ones (``lines.2.amount``), to its messages.
    """

    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "error"
    title: ClassVar[str] = _("Something went wrong")

    def __init__(
        self,
        what: str,
        *,
        why: str = "",
        remedy: str = "",
        fields: Mapping[str, Sequence[str]] | None = None,
        **details: Any,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.remedy = remedy
        self.fields: dict[str, list[str]] = {name: list(said) for name, said in (fields or {}).items()}
        self.details = details

    def __str__(self) -> str:
        said = [_plain(part) for part in (self.what, self.why, self.remedy) if part]
        said += [f"{name}: {' '.join(map(_plain, messages))}" for name, messages in self.fields.items()]
        return " ".join(said)


def _plain(part: str) -> str:
    return part.filled() if isinstance(part, Label) else part


class ConfigurationError(BackofficeError):
    """The configuration cannot be used."""

    exit_code = 9
    code = "configuration"
    title = _("The configuration cannot be used")


class UnsafeSetting(ConfigurationError):
    """A start in production was refused because a setting is unsafe."""

    code = "unsafe-setting"


class InvalidInput(BackofficeError):
    """The input cannot be accepted as it is."""

    status = 422
    exit_code = 3
    code = "invalid-input"
    title = _("Please correct the input")


class RuleBroken(InvalidInput):
    """A rule of the business forbids it, such as an unbalanced entry or a closed period."""

    code = "rule-broken"
    title = _("A rule forbids this")


class KeyReused(InvalidInput):
    """An idempotency key came back with another body."""

    code = "key-reused"
    title = _("This key was used for something else")


class MalformedRequest(BackofficeError):
    """It cannot even be read: broken JSON, a missing CSRF token, an unknown query parameter."""

    status = 400
    exit_code = 2
    code = "malformed-request"
    title = _("The request could not be read")


class NotSignedIn(BackofficeError):
    """Nobody is signed in, or the token or login session is wrong, expired or revoked."""

    status = 401
    exit_code = 5
    code = "not-signed-in"
    title = _("Please sign in")


class Forbidden(BackofficeError):
    """The person is known but may not do this."""

    status = 403
    exit_code = 5
    code = "forbidden"
    title = _("You may not do this")


class NotFound(BackofficeError):
    """Nothing of that name or number that this person may see."""

    status = 404
    exit_code = 4
    code = "not-found"
    title = _("Not found")


class Conflict(BackofficeError):
    """Someone else was there first, or the record is not in the state this needs."""

    status = 409
    exit_code = 6
    code = "conflict"
    title = _("This does not fit the present state")


class StaleVersion(Conflict):
    """The record changed since it was read."""

    code = "stale-version"
    title = _("Someone changed this in the meantime")


class AlreadyExists(Conflict):
    """A value that must be unique is taken."""

    code = "already-exists"
    title = _("This exists already")


class StillReferenced(Conflict):
    """Other records need this one."""

    code = "still-referenced"
    title = _("Other records need this one")


class TooManyRequests(BackofficeError):
    """Too many attempts; ``details["retry_after"]`` is the wait in seconds."""

    status = 429
    exit_code = 7
    code = "too-many-requests"
    title = _("Too many attempts")


class Unavailable(BackofficeError):
    """It cannot be done now; trying later may help."""

    status = 503
    exit_code = 7
    code = "unavailable"
    title = _("Not available at the moment")


class DatabaseUnavailable(Unavailable):
    """The database is missing, cannot be reached or cannot be written."""

    code = "database-unavailable"


class NeedsMigration(Unavailable):
    """The tables are older than the program."""

    code = "needs-migration"


class Busy(Unavailable):
    """Others kept changing the same rows; the retries were used up."""

    code = "busy"


class PluginProblem(BackofficeError):
    """A plugin is missing, refused or broken."""

    exit_code = 8
    code = "plugin"
    title = _("A plugin cannot be used")


class ProgrammingError(BackofficeError):
    """The program asked for something it must not; a plugin's author should see this, not its users."""

    code = "programming-error"


class UnscopedStatement(ProgrammingError):
    """A statement could see or touch another organisation's rows."""

    code = "unscoped-statement"


class UnauditedWrite(ProgrammingError):
    """A write would escape the audit log."""

    code = "unaudited-write"


__all__ = [name for name, value in list(globals().items()) if isinstance(value, type) and issubclass(value, Exception)]
