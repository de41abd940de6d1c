"""The navigation of a full office: sections with headings, a page for each that explains it, and favourites."""


def test_a_long_section_has_headings_and_the_one_of_this_page_is_open(visitor):
    page = visitor.open("/records/core.user")
    assert "<details open><summary>People and access" in page.html
    assert "<details><summary>Organisation" in page.html
    assert '<a href="/records/core.user" aria-current="page">' in page.html


def test_a_short_section_needs_no_headings(visitor):
    assert "<summary>Library" not in visitor.open("/records/library.book").html
    assert "Books" in visitor.page.links


def test_the_page_of_a_section_explains_lists_and_begins_records(visitor):
    page = visitor.open("/areas/settings")
    assert page.heading == "Settings"
    assert page.says("People and access", "People who sign in.", "Other systems", "Whether everything works")
    assert page.links["New user"] == "/records/core.user/new"


def test_reports_of_a_plugin_stand_on_the_page_of_its_section_as_well(visitor):
    assert "Value of the library" in visitor.open("/areas/stock").links
    assert "Value of the library" in visitor.open("/areas/reports").links


def test_a_section_without_anything_for_this_person_is_not_there(clerk):
    visitor = clerk("core.auditor")
    assert visitor.open("/areas/settings").status == 200
    assert visitor.open("/areas/nothing").status == 404
    assert "New user" not in visitor.open("/areas/settings").links


def test_a_favourite_stands_at_the_top_of_every_page_until_it_is_taken_away(visitor):
    visitor.open("/records/library.book")
    visitor.press("Favourite")
    assert visitor.page.says("“Books” is among your favourites.")
    assert 'aria-label="Favourites"' in visitor.open("/profile").html
    visitor.open("/records/library.book")
    visitor.press("Favourite")
    assert 'aria-label="Favourites"' not in visitor.page.html


def test_a_favourite_is_ones_own_and_opens_nothing(visitor, clerk):
    visitor.open("/records/library.book")
    visitor.press("Favourite")
    other = clerk("library.reader")
    assert 'aria-label="Favourites"' not in other.page.html
    other.open("/")
    assert other.post("/favourites", {"place": "list:core.audit", "kept": "1"}).status == 404


def test_the_palette_begins_with_favourites_and_knows_the_sections(visitor):
    visitor.open("/records/library.book")
    visitor.press("Favourite")
    entries = visitor.client.get("/palette.json").json["entries"]
    book = next(entry for entry in entries if entry["url"] == "/records/library.book")
    assert (book["section"], book["first"]) == ("Favourites", True)
    assert any(entry["url"] == "/areas/settings" for entry in entries)


def test_what_is_kept_of_the_navigation_follows_roles_languages_and_the_page(clerk, visitor, library):
    reader = clerk("library.reader")
    assert "Books" in reader.page.links
    assert "Users" not in reader.page.links
    auditor = clerk("core.auditor")
    assert "Users" in auditor.page.links
    assert 'aria-current="page">Users' in visitor.open("/records/core.user").html
    assert 'aria-current="page">Users' not in visitor.open("/records/core.role").html
    visitor.post("/language", {"language": "ar"})
    assert "Users" not in visitor.open("/records/core.role").links


def test_a_list_page_asks_the_database_eight_times(visitor, middlemarch, library):
    import sqlalchemy as sa

    visitor.open("/records/library.author")
    asked = []

    def note(connection, cursor, statement, *rest):
        asked.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        visitor.open("/records/library.author")
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert len([one for one in asked if one.startswith("SELECT")]) <= 8
