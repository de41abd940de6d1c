"""From a posting another plugin asks for to an entry: accounts by purpose, the currency of the books, dimensions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from backoffice_accounting.accounts import account_for
from backoffice_accounting.currencies import books_currency, rate_on
from backoffice_accounting.dimensions.sets import dimension_sets
from backoffice_accounting.journals import first_of
from backoffice_accounting.posting import ZERO, EntryDraft, LineDraft, Source, converted, merged, with_residual
from backoffice_parties.models import Party

from backoffice.core.api import Amount, BackofficeError, PostingRequest, Read, RuleBroken, Session, among
from backoffice.hookspecs import messages

_ = messages("accounting")

_PARTIES = Read(sa.select(Party.id, Party.code).where(among(Party.id, "ids")))


@dataclass(frozen=True, slots=True)
class Drafted:
    """What became of a request: an entry to be posted, or the reason why there is none."""

    request: PostingRequest
    draft: EntryDraft | None = None
    refused: BackofficeError | None = None


def drafts_of(session: Session, requests: Sequence[PostingRequest]) -> list[Drafted]:
    """Return the entries ``requests`` ask for, in order; one that cannot be made has the reason instead."""
    maker = _Maker(session, requests)
    return [maker.made(request) for request in requests]


class _Maker:
    """Makes entries of requests; what several of them need is read once."""

    def __init__(self, session: Session, requests: Iterable[PostingRequest]) -> None:
        self.session = session
        self.books = books_currency(session)
        self._journals: dict[str, int] = {}
        wanted = {one.party_id for request in requests for one in request.amounts if one.party_id is not None}
        rows = _PARTIES.rows(session, ids=sorted(wanted)) if wanted else ()
        self._parties: Mapping[int, str] = {row[0]: row[1] or "" for row in rows}

    def made(self, request: PostingRequest) -> Drafted:
        try:
            return Drafted(request, draft=self._draft(request))
        except RuleBroken as error:
            return Drafted(request, refused=error)

    def _draft(self, request: PostingRequest) -> EntryDraft:
        rate = self._rate(request)
        sets = dimension_sets(self.session, [one.dimensions or {} for one in request.amounts])
        lines = [self._line(request, one, rate, set_) for one, set_ in zip(request.amounts, sets, strict=True)]
        if rate is not None and sum((line.amount for line in lines), ZERO):
            lines = list(with_residual(lines, account_for(self.session, "exchange_loss")))
        return EntryDraft(
            date=request.date,
            journal_id=self._journal(request.journal),
            lines=_two(merged(lines), lines),
            description=request.description[:200],
            reference=request.reference,
            source=Source(plugin=request.source, key=request.key, purpose=request.purpose),
        )

    def _rate(self, request: PostingRequest) -> Decimal | None:
        """Return what a unit of the request's currency costs in the books; nothing when it is their own."""
        if request.currency == self.books:
            return None
        return request.rate or rate_on(self.session, request.currency, self.books, request.date)

    def _line(self, request: PostingRequest, one: Amount, rate: Decimal | None, set_id: int | None) -> LineDraft:
        if one.party_id is not None and one.party_id not in self._parties:
            raise RuleBroken(_("The party {id} is not known.").with_values(id=one.party_id))
        account = account_for(
            self.session, one.purpose, category=one.category or "", tax=one.tax or "",
            party=self._parties.get(one.party_id or 0, ""),
        )  # fmt: skip
        line = LineDraft(
            account_id=account,
            amount=one.amount if rate is None else ZERO,
            party_id=one.party_id,
            description=one.text[:200] if one.text else None,
            currency=None if rate is None else request.currency,
            amount_currency=None if rate is None else one.amount,
            due_date=one.due_date,
            match_key=one.match,
            dimension_set_id=set_id,
        )
        return line if rate is None else converted(line, rate, self.books)

    def _journal(self, kind: str) -> int:
        if kind not in self._journals:
            self._journals[kind] = first_of(self.session, kind, "general").id
        return self._journals[kind]


def _two(short: tuple[LineDraft, ...], all_lines: Sequence[LineDraft]) -> tuple[LineDraft, ...]:
    """Return the merged lines, unless they took each other away: what was asked for is still to be seen."""
    return short if len(short) > 1 else tuple(line for line in all_lines if line.amount or line.amount_currency)
