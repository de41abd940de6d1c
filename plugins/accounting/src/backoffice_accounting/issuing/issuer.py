"""The company that issues, with what its documents need, read once for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backoffice_accounting.accounts import CHOICES, FIRST_OF_KINDS, KINDS, RECONCILED, find_account
from backoffice_accounting.agreed import AGREED, Agreed
from backoffice_accounting.currencies import COMPANY, company_facts, policy_of
from backoffice_accounting.invoicing import SALES
from backoffice_accounting.journals import FACTS, OF_KINDS, JournalFacts, first_of
from backoffice_accounting.periods import BETWEEN, Calendar
from backoffice_accounting.taxing import Taxer
from backoffice_parties.facts import ADDRESSES, PARTIES, PartyFacts, read_parties
from backoffice_taxes.api import Rounding, rounding_of

from backoffice.core.api import Read, RoundingPolicy, RuleBroken, Session
from backoffice.hookspecs import messages

_ = messages("accounting")


@dataclass(frozen=True, slots=True)
class Issuer:
    """The company that issues, with what every document of one call needs, read once."""

    session: Session
    company_id: int
    books: str
    language: str
    policy: RoundingPolicy
    rounding: Rounding
    journals: dict[int, JournalFacts]
    parties: dict[int, PartyFacts]
    calendar: Calendar
    agreed: Agreed
    taxer: Taxer
    settled: frozenset[int]
    """Accounts whose lines are open items."""

    @classmethod
    def read(cls, session: Session, many: Sequence[Mapping[str, Any]]) -> Issuer:
        """Return the session\'s company as the issuer of ``many``, arguments of ``accounting.issue_invoice``."""
        with Read.ahead(session, *_wanted(session, many)):
            return cls._of(session, many)

    @classmethod
    def _of(cls, session: Session, many: Sequence[Mapping[str, Any]]) -> Issuer:
        company = company_facts(session)
        days = [values["date"] for values in many]
        issuer = cls(
            session,
            company.id,
            company.currency,
            company.language,
            policy_of(company),
            rounding_of(session, policy_of(company)),
            _journals(session, {values.get("journal_id") for values in many}),
            read_parties(session, (values["party_id"] for values in many)),
            Calendar.read(session, min(days), max(days)),
            Agreed.read(session, many),
            Taxer(session, many),
            frozenset(RECONCILED.values(session, company=company.id)),
        )
        for kind in {values.get("kind") or "invoice" for values in many}:
            find_account(session, "receivable" if kind in SALES else "payable")
            if any(values.get("journal_id") is None for values in many):
                issuer.journal(None, kind)
        return issuer

    def journal(self, journal_id: int | None, kind: str) -> JournalFacts:
        """Return the journal asked for, or the first for sales or purchases."""
        if journal_id in self.journals:
            return self.journals[journal_id]
        if journal_id is not None:
            said = _("There is no such journal in this company.")
            raise RuleBroken(said, fields={"journal": [said]})
        place = 0 if kind in SALES else -1
        self.journals[place] = self.journals.get(place) or first_of(self.session, *usual_journals(kind))
        return self.journals[place]


def _wanted(session: Session, many: Sequence[Mapping[str, Any]]) -> list[tuple[Read, dict[str, Any]]]:
    """Return what an issuer reads, so that it travels together."""
    own = {"company": session.company_id}
    parties = sorted({values["party_id"] for values in many})
    days = [values["date"] for values in many]
    kinds = {usual_journals(values.get("kind") or "invoice") for values in many}
    return [
        (COMPANY, own),
        (PARTIES, {"ids": parties}),
        (ADDRESSES, {"ids": parties}),
        (BETWEEN, {**own, "first": min(days), "last": max(days)}),
        (AGREED, {**own, "parties": parties}),
        (RECONCILED, own),
        (CHOICES, own),
        (FIRST_OF_KINDS, {**own, "kinds": KINDS}),
        *((OF_KINDS, {**own, "kinds": list(some)}) for some in kinds),
    ]


def usual_journals(kind: str) -> tuple[str, str]:
    """Return the kinds of journals documents of ``kind`` go to, tried in their order."""
    return ("sale", "general") if kind in SALES else ("purchase", "general")


def _journals(session: Session, ids: Iterable[int | None]) -> dict[int, JournalFacts]:
    wanted = [id_ for id_ in ids if id_ is not None]
    if not wanted:
        return {}
    found = [JournalFacts(*row) for row in FACTS.rows(session, company=session.company_id, ids=wanted)]
    return {journal.id: journal for journal in found if journal.active}
