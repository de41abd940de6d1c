"""Actions: offered as far as state and rights allow, explained before, told afterwards."""

from datetime import timedelta

import pytest


def test_a_button_is_there_while_the_state_allows_it(visitor, middlemarch, desk):
    visitor.open("/records/library.book/1")
    visitor.follow("Catalogue")
    visitor.press("Catalogue", shelf="A1")
    assert visitor.page.says("Done: Catalogue.")
    assert visitor.page.heading == "Middlemarch Catalogued"
    assert "Catalogue" not in visitor.page.links


def test_an_action_that_came_too_late_says_why(visitor, middlemarch, desk):
    visitor.open("/records/library.book/1/do/library.catalogue")
    desk.execute("library.catalogue", id=1)
    page = visitor.press("Catalogue", shelf="A1")
    assert page.status in {409, 422}
    assert page.value("shelf") == "A1"
    page = visitor.press("Catalogue")
    assert page.says("1 is catalogued already.", "Choose another book.")


def test_whoever_may_not_do_it_is_offered_nothing_and_refused(clerk, middlemarch):
    reader = clerk("library.reader")
    assert "Catalogue" not in reader.open("/records/library.book/1").links
    assert reader.open("/records/library.book/1/do/library.catalogue").status == 403


def test_deleting_says_what_goes_and_what_holds_it(visitor, middlemarch, desk):
    visitor.open("/records/library.book/1/delete")
    assert visitor.page.says("Book “Middlemarch” is deleted. Its history stays.", "With it go 2 lines of “Copies”.")
    visitor.press("Delete Book")
    assert visitor.page.path == "/records/library.book"
    assert visitor.page.says("Book “Middlemarch” was deleted.")


def test_what_others_refer_to_is_kept(visitor, middlemarch):
    visitor.open("/records/library.author/1/delete")
    page = visitor.press("Delete Author")
    assert page.status == 409
    assert page.heading == "Delete Author"


def test_a_second_person_agrees_and_the_first_one_cannot(visitor, middlemarch, clerk, desk):
    second = clerk("core.administrator")
    page = visitor.open("/records/library.book/1/do/library.write_off")
    assert page.says("Someone else who may do this has to agree before it is done.")
    visitor.press("Write off")
    assert visitor.page.says("Someone else has to agree first.")
    assert visitor.open("/approvals").says("You asked for this; someone else has to agree.")
    assert second.open("/").says("Requests to decide 1")
    assert second.open("/notifications").says("Admin asks you to agree: Write off")
    second.open("/approvals")
    second.press("Agree")
    assert second.page.says("Agreed and done.")
    assert desk.get("library.book", 1).lendable is False
    assert second.open("/approvals?decided=1").says("Write off", "Approved")


def test_a_second_person_refuses_with_a_reason(visitor, middlemarch, clerk, desk):
    visitor.open("/records/library.book/1/do/library.write_off")
    visitor.press("Write off")
    second = clerk("core.administrator")
    second.open("/approvals")
    second.press("Refuse", reason="It is needed.")
    assert desk.get("library.book", 1).lendable is True
    assert second.open("/approvals?decided=1").says("It is needed.")


def test_an_action_without_a_record_takes_lines_and_tells_what_came_of_it(visitor, middlemarch):
    visitor.open("/actions")
    visitor.follow("Count the stock")
    page = visitor.press(
        "Count the stock", {"day": "31/12/2025", "lines.0.book:text": "Middlemarch", "lines.0.count": "x"}
    )
    assert page.status == 422
    assert page.says("Line 1, Count: This is not a whole number.")
    visitor.press("Count the stock", {"lines.0.count": "٣", "lines.1.book": "1", "lines.1.count": "2"})
    assert visitor.page.says("This is what came of it.", "Counted 5", "2025-12-31")


def test_an_action_that_takes_long_goes_on_in_the_background(visitor, eliot):
    visitor.open("/actions/library.lend_all")
    page = visitor.press("Lend all", {"author": "1", "author:text": "George Eliot"})
    assert page.says("It is being done in the background: Lend all.")
    assert visitor.open("/jobs").says("Do an action", "Waiting")


def test_a_mistake_of_the_program_shows_nothing_of_its_inside(visitor):
    visitor.open("/actions/library.crash")
    page = visitor.press("Crash")
    assert page.status == 500
    assert page.says("The program made a mistake; nothing was changed.", "Tell this number")
    assert "a secret of the inside" not in page.html


def test_a_token_is_shown_once_and_kept_nowhere(visitor, desk, library):
    visitor.open("/profile")
    visitor.follow("New token")
    sent = {"name": "Till", "scopes": "library.*", "days": "30", "key": visitor.page.value("key")}
    visitor.press("New API token", sent)
    token = visitor.page.html.partition("<code>")[2].partition("</code>")[0]
    assert len(token) > 30
    assert visitor.client.get("/api/v1/library/book", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    visitor.open("/profile")
    assert visitor.page.says("Till")
    assert token not in visitor.page.html
    with desk.reading() as session:
        from backoffice.core.bookkeeping.models import UsedKey

        assert not session.query(UsedKey).all()
    visitor.press("Revoke")
    assert not visitor.page.says("Till")


def test_a_new_password_for_someone_is_shown_once(visitor, desk):
    visitor.open("/records/core.user/2")
    visitor.follow("New password")
    visitor.press("New password")
    assert visitor.page.says("The new password", "It is stored nowhere and cannot be shown again.")


@pytest.mark.parametrize(
    "path", ["/actions/library.catalogue", "/actions/nothing", "/records/library.author/1/do/library.catalogue"]
)
def test_an_action_at_the_wrong_place_is_not_found(visitor, eliot, path):
    assert visitor.open(path).status == 404


def test_a_clock_that_moved_does_not_matter_to_a_form(visitor, middlemarch, library):
    visitor.open("/records/library.book/1/do/library.catalogue")
    library.clock.at += timedelta(hours=1)
    assert visitor.press("Catalogue").says("Done: Catalogue.")
