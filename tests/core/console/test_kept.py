"""What is drawn once for all who see the same: it is never shown to anybody for whom it would be different."""

import re

import pytest
import sqlalchemy as sa

from backoffice.core.testing.visiting import Visitor
from backoffice.core.users.models import Company, RoleAssignment, User

LIST = "/records/library.book?view=all"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def _page(visitor, url=LIST):
    return visitor.open(url).html


def _on_the_same_server(visitor, username):
    """Return somebody else, whose browser asks the same process."""
    other = Visitor(visitor.client.application.extensions["backoffice"])
    other.client = visitor.client.application.test_client()
    other.arrive(username)
    return other


def test_a_page_is_the_same_when_it_is_asked_for_again(visitor, middlemarch):
    first, second = (TOKEN.sub("", _page(visitor)) for _ in range(2))
    assert first == second
    assert "Middlemarch" in first


def test_each_visitor_has_tokens_of_their_own_on_a_page_that_was_kept(visitor, middlemarch):
    other = _on_the_same_server(visitor, "admin")
    tokens = [set(TOKEN.findall(_page(each))) for each in (visitor, visitor, other)]
    assert all(len(found) == 1 for found in tokens)
    assert not tokens[0] & tokens[2]


def test_a_row_that_is_new_stands_in_a_list_that_was_kept(visitor, desk, middlemarch):
    _page(visitor)
    desk.execute("library.book.create", isbn="2", title="Silas Marner", author="eliot", price="3.00")
    assert "Silas Marner" in _page(visitor)


def test_a_role_that_is_taken_away_takes_the_kept_page_with_it(library, clerk, middlemarch):
    reader = clerk("library.reader")
    assert reader.open(LIST).status == 200
    with library.database.system() as session, session.begin():
        user = session.query(User).filter_by(username="clerk").one()
        session.execute(sa.delete(RoleAssignment).where(RoleAssignment.user_id == user.id))
    assert reader.open(LIST).status == 403


def test_what_one_person_may_do_is_not_shown_to_another_who_may_not(visitor, clerk, middlemarch):
    clerk("library.reader")
    assert "New book" in _page(visitor)
    assert "New book" not in _page(_on_the_same_server(visitor, "clerk"))


def test_a_view_that_is_saved_stands_on_the_list_at_once(visitor, desk, middlemarch):
    assert "Dear books" not in _page(visitor)
    desk.execute("core.save_view", view_resource="library.book", name="Dear books", query="sort=title")
    assert "Dear books" in _page(visitor)


def test_a_company_that_is_renamed_is_called_so_at_once(library, visitor, middlemarch):
    _page(visitor)
    with library.database.system() as session, session.begin():
        company = session.scalars(sa.select(Company).order_by(Company.id)).first()
        company.name = "Renamed Ltd"
    assert "Renamed Ltd" in _page(visitor)


def test_what_a_page_tells_once_is_not_told_on_the_kept_page(visitor, middlemarch):
    _page(visitor)
    told = visitor.post("/records/library.book/views", {"name": "Told", "query": "view=all&sort=title"})
    assert "is saved" in told.html
    assert "is saved" not in _page(visitor)


@pytest.mark.parametrize("url", [LIST, "/records/library.book?view=all&columns=title"])
def test_the_same_list_in_another_language_is_not_the_kept_one(library, visitor, middlemarch, url):
    english = _page(visitor, url)
    with library.database.system() as session, session.begin():
        session.query(User).filter_by(username="admin").one().language = "ar"
    arabic = _page(visitor, url)
    assert 'dir="ltr"' in english
    assert '<html lang="ar" dir="rtl"' in arabic
