"""Pages of administrators, and of one's own account."""

from datetime import timedelta

from backoffice.core.testing.visiting import Visitor


def test_the_plugins_are_shown_with_where_they_come_from_and_what_they_bring(visitor):
    page = visitor.open("/plugins")
    assert page.says("Library", "library 1.0", "Active", "Lists 3", "resources")
    assert visitor.open("/plugins?show=attention").heading == "Plugins"


def test_a_plugin_that_was_put_aside_is_told_on_every_page_to_those_who_can_help(visitor, clerk, library):
    library.manager.quarantine("library", "It keeps failing.")
    assert visitor.open("/profile").says("The plugin library is not working: It keeps failing.")
    page = visitor.open("/plugins?show=attention")
    assert page.says("Library", "Quarantined", "It keeps failing.", "pip install --upgrade backoffice-library")
    assert visitor.open("/records/library.book").status == 404
    assert not clerk("core.self_service").open("/profile").says("It keeps failing.")


def test_a_job_that_was_given_up_is_tried_again(visitor, desk):
    from backoffice.core.events.models import JobRow

    desk.run(lambda session: session.enqueue("console.import_file", {"token": "x", "resource": "library.book"}))
    with desk.office.database.system() as session, session.begin():
        session.query(JobRow).one().state = "dead"
    assert visitor.open("/").says("Jobs that were given up 1")
    visitor.open("/jobs?state=dead")
    visitor.follow("Import of a file")
    assert visitor.page.says("Given up", "List library.book")
    visitor.follow("Try again")
    visitor.press("Try again")
    assert visitor.page.says("Waiting")


def test_the_audit_log_names_who_changed_what_and_filters(visitor, middlemarch, desk, library):
    library.clock.at += timedelta(hours=1)
    desk.execute("library.book.change", id=1, version=1, title="Romola")
    page = visitor.open("/audit")
    assert page.says("Book · Romola", "Title Middlemarch Romola", "Author · George Eliot")
    assert not visitor.open("/audit?operation=I").says("Title Middlemarch Romola")
    assert visitor.open("/audit?table_name=library_author&actor=admin").says("Author · George Eliot")
    assert not visitor.page.says("Book · Romola")


def test_the_settings_of_plugins_are_forms_and_which_actions_need_two(visitor, library):
    assert visitor.open("/settings").heading == "Settings"


def test_someone_changes_their_language_calendar_and_digits(visitor):
    visitor.open("/profile")
    visitor.press("Save", language="ar", calendar="hijri", digits="arab")
    assert visitor.page.heading == "الملف الشخصي"
    assert visitor.page.says("حُفظ ملفك الشخصي.")
    assert 'data-digits="arab"' in visitor.page.html


def test_the_frame_switches_language_and_appearance(visitor):
    visitor.open("/records/library.author")
    visitor.press("العربية")
    assert visitor.page.path == "/records/library.author"
    assert 'lang="ar"' in visitor.page.html
    visitor.press("داكن")
    assert 'data-theme="dark"' in visitor.page.html


def test_working_for_another_company_shows_its_records_alone(visitor, desk):
    desk.execute("core.branch.create", code="north", name="North")
    second = desk.execute("core.company.create", code="second", name="Second Ltd", currency="EUR")
    visitor.open("/records/core.branch")
    assert visitor.page.says("North")
    visitor.press("Second Ltd")
    assert visitor.open("/records/core.branch").says("Nothing here yet")
    visitor.open("/records/core.branch/new")
    visitor.press("Create", code="south", name="South")
    assert desk.at_company(second["id"]).get("core.branch", "south").company_id == second["id"]


def test_the_navigation_holds_only_what_one_may_open(visitor, clerk):
    links = clerk("library.reader").page.links
    assert "Value of the library" in links
    for label in ("Users", "Audit log", "Plugins", "Approvals", "Settings of the plugins"):
        assert label not in links
        assert label in visitor.page.links


def test_pages_of_administrators_are_closed_to_others(clerk):
    reader = clerk("library.reader")
    for path in ("/plugins", "/audit", "/jobs", "/approvals", "/settings", "/records/core.user"):
        assert reader.open(path).status == 403


def test_a_user_is_made_with_roles_and_signs_in_with_the_password_given(visitor, library):
    visitor.open("/records/core.user/new")
    visitor.press("Create", {"username": "Amal", "name": "Amal Haddad", "roles.0.role:text": "Reader"})
    assert visitor.page.says("Amal Haddad", "Roles", "Reader")
    visitor.follow("New password")
    visitor.press("New password", password="given by the admin")
    amal = Visitor(library)
    amal.sign_in("amal", "given by the admin")
    assert amal.page.heading == "Choose a password of your own"


def test_search_finds_in_every_list_one_may_see(visitor, clerk, middlemarch):
    assert visitor.open("/search?q=اليوت").says("Authors", "George Eliot")
    assert visitor.open("/search?q=clerk").says("Users")
    assert clerk("library.reader").open("/search?q=clerk").says("Nothing found")


def test_the_palette_leads_to_lists_forms_and_actions(visitor):
    entries = {entry["text"]: entry["url"] for entry in visitor.client.get("/palette.json").json["entries"]}
    assert entries["Value of the library"] == "/reports/library.value"
    assert entries["New book"] == "/records/library.book/new"
    assert entries["Count the stock"] == "/actions/library.count_stock"


def test_static_files_are_kept_for_ever_under_the_name_of_their_content(visitor):
    address = visitor.page.html.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
    assert "immutable" in visitor.open(address).headers["Cache-Control"]
    parts = address.split("/")
    parts[3] = "0" * 16
    assert "max-age=60" in visitor.open("/".join(parts)).headers["Cache-Control"]
    assert visitor.open("/static/console/x/../plugin.py").status == 404


def test_a_new_organisation_is_led_through_its_first_run_and_sees_what_is_done(visitor, desk):
    page = visitor.open("/welcome")
    assert page.says("Language, calendar and digits", "The company", "Plugins", "The people who work here")
    before = page.text.count("Done")
    desk.execute("core.change_profile", calendar="hijri")
    assert visitor.open("/welcome").text.count("Done") > before


def test_whoever_may_not_change_the_company_is_not_led_through_a_first_run(clerk):
    assert clerk("library.librarian").open("/welcome").status == 403


def test_a_record_of_another_of_ones_companies_says_where_it_stands_and_one_of_nobody_does_not(visitor, desk):
    north = desk.execute("core.branch.create", code="north", name="North")
    [own] = [company.name for company in desk.list("core.company").records]
    desk.execute("core.company.create", code="second", name="Second Ltd", currency="EUR")
    visitor.open("/records/core.branch")
    visitor.press("Second Ltd")
    page = visitor.open(f"/records/core.branch/{north['id']}")
    assert page.status == 404
    assert page.says(f"It belongs to {own}.")
    assert not visitor.open("/records/core.branch/4711").says("It belongs to")
    visitor.open(f"/records/core.branch/{north['id']}")
    page = visitor.press(f"Open it in {own}")
    assert page.status == 200
    assert page.says("North")


def test_a_change_of_company_leads_to_no_other_site(visitor, desk):
    desk.execute("core.company.create", code="second", name="Second Ltd", currency="EUR")
    visitor.open("/")
    page = visitor.press("Second Ltd", next="//example.org/records")
    assert page.path == "/"
