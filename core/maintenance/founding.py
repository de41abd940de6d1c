"""Make an organisation that can work: tables, the organisation, its first company, its first user, ready-made roles."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import sqlalchemy as sa

from backoffice.core.errors import BackofficeError, InvalidInput
from backoffice.core.money import currency as known_currency
from backoffice.core.office import Backoffice
from backoffice.core.persistence import Context, SystemSession, explained
from backoffice.core.text import LANGUAGES
from backoffice.core.users import passwords, setup
from backoffice.core.users.models import Company, Organization
from backoffice.hookspecs import messages

_ = messages("cli")

COMPANY = "main"
"""Code of the first company; whoever has one alone never sees it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an organisation is to be like. :meth:`check` says what cannot be."""

    name: str
    currency: str
    """ISO code of the currency its books are kept in."""
    language: str = "en"
    country: str = ""
    """ISO code of two letters, or nothing."""
    username: str = "admin"
    password: str = field(default="", repr=False)
    """Empty has one made up."""

    def check(self) -> None:
        """Raise :class:`InvalidInput` with everything that is wrong, so that nothing has to be undone later."""
        said: dict[str, list[str]] = {}
        if not self.name.strip():
            said["name"] = [_("A name is needed.")]
        if self.language not in LANGUAGES:
            said["language"] = [_("Use one of: {names}.").with_values(names=", ".join(LANGUAGES))]
        if self.country and self.country.upper() not in countries():
            said["country"] = [_("Write the two letters of a country, such as SA or GB.")]
        if not self.username.strip() or "@" in self.username:
            said["admin"] = [_("Write a name without @.")]
        for name, problem in (("currency", self._currency()), ("password", self._password())):
            if problem is not None:
                said[name] = [one for one in (problem.what, problem.why) if one]
        if said:
            raise InvalidInput(_("The organisation cannot be made like this."), fields=said)

    def _currency(self) -> BackofficeError | None:
        try:
            known_currency(self.currency)
        except BackofficeError as error:
            return error
        return None

    def _password(self) -> BackofficeError | None:
        try:
            passwords.check_password(self.password or passwords.generate_password(), self.username)
        except BackofficeError as error:
            return error
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """The organisation that was made."""

    organization_id: int
    code: str
    name: str
    currency: str
    username: str
    password: str = field(repr=False)
    """Of the first user; stored nowhere else."""
    generated: bool
    """Whether the program made the password up."""


def existing(office: Backoffice) -> str:
    """Return the name of the organisation that is there already, or an empty text."""
    with explained(office.database):
        with office.database.read_engine.connect() as connection:
            if not sa.inspect(connection).has_table("core_organization"):
                return ""
        with office.database.looking() as session:
            return session.scalar(sa.select(Organization.name).order_by(Organization.id).limit(1)) or ""


def found(office: Backoffice, wanted: Wanted) -> Founded:
    """Make the organisation ``wanted`` in one transaction; the tables are there already.

    Raises:
        InvalidInput: something wanted cannot be.
    """
    wanted.check()
    password = wanted.password or passwords.generate_password()
    context = Context(organization_id=None, actor_name="system", channel="cli", action="core.init", clock=office.clock)
    with explained(office.database), office.database.system(context) as session, session.begin():
        place = setup.create_organization(
            session, code=code_of(wanted.name), name=wanted.name.strip(), language=wanted.language, now=session.now()
        )
        _roles(office, session, place.id)
        company = _company(session, place.id, wanted)
        user = setup.create_user(
            session, organization_id=place.id, username=wanted.username, name=wanted.username, password=password,
            roles=[setup.ADMINISTRATOR], language=wanted.language, company_id=company.id,
        )  # fmt: skip
        return Founded(
            organization_id=place.id, code=place.code, name=place.name, currency=company.currency,
            username=user.username, password=password, generated=not wanted.password,
        )  # fmt: skip


def _roles(office: Backoffice, session: SystemSession, organization_id: int) -> None:
    registry = office.registry
    declared = [(registry.owner_of("roles", name), role) for name, role in registry.roles.items()]
    setup.sync_roles(session, organization_id, declared)


def _company(session: SystemSession, organization_id: int, wanted: Wanted) -> Company:
    country = wanted.country.upper() or None
    return setup.create_company(
        session, organization_id=organization_id, code=COMPANY, name=wanted.name.strip(), currency=wanted.currency,
        language=wanted.language, country=country, zone=zone_of(country or ""),
    )  # fmt: skip


def code_of(name: str) -> str:
    """Return a code for the organisation called ``name``: its Latin letters and digits, else ``office``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:32].strip("-") or "office"


@cache
def countries() -> frozenset[str]:
    """Return the codes of the world's countries."""
    from babel import Locale

    known = (str(code) for code in Locale("en").territories)
    return frozenset(code for code in known if len(code) == 2 and code.isalpha() and code != "ZZ")


def currency_of(country: str) -> str:
    """Return the currency used in ``country`` today, or an empty text."""
    from babel.numbers import get_territory_currencies

    found = get_territory_currencies(country.upper()) if country.upper() in countries() else []
    return str(found[0]) if found else ""


def zone_of(country: str) -> str:
    """Return the time zone of ``country`` where it has one alone, else UTC."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    zones = [row[2] for row in rows if row[0] == country.upper()]
    return zones[0] if len(zones) == 1 else "UTC"
