"""Book what other plugins ask for, many in few statements, in the transaction in which they ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backoffice_accounting.currencies import company_of
from backoffice_accounting.ledger import Books, Posted, post_many, posted_before
from backoffice_accounting.posting import Source

from backoffice.core.api import (
    BackofficeError,
    Happened,
    KeyReused,
    PostingRequest,
    RuleBroken,
    Session,
    posting_request,
)
from backoffice.hookspecs import messages

from .drafting import Drafted, drafts_of
from .work_list import park, settle_parked

_ = messages("accounting")

_WAITING = "accounting.asked"


def listen(session: Session, event: Happened) -> None:
    """Take down a posting another plugin asks for; all of a transaction are booked together before it is committed."""
    request = posting_request(event.facts)
    session.late(("accounting", "asked"), lambda late: _gather(late, event.company_id, request))


def _gather(session: Session, company_id: int | None, request: PostingRequest) -> None:
    transaction = session.get_transaction()
    waiting: tuple[object, list[tuple[int | None, PostingRequest]]] | None = session.info.get(_WAITING)
    if waiting is None or waiting[0] is not transaction:
        waiting = session.info[_WAITING] = (transaction, [])
        session.late(("accounting", "book"), _book_gathered)
    waiting[1].append((company_id, request))


def _book_gathered(session: Session) -> None:
    _transaction, waiting = session.info.pop(_WAITING)
    company_of(session)
    book(session, [request for company, request in waiting if company in (None, session.company_id)])
    for company, request in waiting:
        if company not in (None, session.company_id):
            error = RuleBroken(
                _("It belongs to the books of another company."), remedy=_("Try it again at that company.")
            )
            park(session, [(request, error)], company_id=company)


def book(session: Session, requests: Sequence[PostingRequest]) -> list[Posted | None]:
    """Post what is asked for and return the entries in order, with nothing where one was put on the work list.

    The same source, key and purpose are posted once. With the setting ``posting`` on ``strict`` nothing is put aside:
    the first that cannot be posted is raised, and the transaction of whoever asked fails.
    """
    once = list({(one.source, one.key, one.purpose): one for one in reversed(requests)}.values())[::-1]
    checked = _checked(session, drafts_of(session, once))
    refused = [(one.request, one.refused) for one in checked if one.refused is not None]
    if refused and session.setting("accounting", "posting") == "strict":
        raise refused[0][1]
    made = iter(post_many(session, [one.draft for one in checked if one.draft is not None]))
    posted = [(one.request, next(made)) for one in checked if one.draft is not None]
    park(session, refused)
    settle_parked(session, posted)
    found = {(request.source, request.key, request.purpose): entry for request, entry in posted}
    return [found.get((one.source, one.key, one.purpose)) for one in requests]


def _checked(session: Session, drafted: Sequence[Drafted]) -> list[Drafted]:
    """Return ``drafted`` with those the rules of the books refuse marked as refused."""
    drafts = [one.draft for one in drafted if one.draft is not None]
    if not drafts:
        return list(drafted)
    books = Books.read(session, drafts)
    differing: dict[Source, KeyReused] = {}
    known = posted_before(session, drafts, differing)
    return [_check(books, one, known, differing) for one in drafted]


def _check(
    books: Books, one: Drafted, known: Mapping[Source, Posted], differing: Mapping[Source, KeyReused]
) -> Drafted:
    draft = one.draft
    if draft is None or draft.source is None or draft.source in known:
        return one
    if draft.source in differing:
        return Drafted(one.request, refused=differing[draft.source])
    try:
        books.check(draft, "post")
    except RuleBroken as error:
        return Drafted(one.request, refused=_whole(error))
    return one


def _whole(error: BackofficeError) -> BackofficeError:
    """Return ``error`` with what it says of single lines as its reason."""
    said = [message for of_field in error.fields.values() for message in of_field]
    if said and not error.why:
        error.why = said[0]
    return error
