"""Imports: the good rows load, the bad ones come back with reasons, and nothing is done twice."""

import csv
import io
from decimal import Decimal

import pytest

from backoffice.core.errors import Forbidden, InvalidInput, NotFound
from backoffice.core.exchange import bad_rows, import_rows, read_rows


def load(desk, text, name="library.book", filename="x.csv", **options):
    content = text if isinstance(text, bytes) else text.encode()
    return import_rows(desk, name, read_rows(io.BytesIO(content), filename), **options)


def counts(result):
    return result.created, result.changed, result.unchanged, len(result.failed)


def book(desk, isbn):
    return desk.list("library.book", isbn=isbn).records[0]


def test_new_records_are_created_and_known_ones_changed(desk):
    result = load(
        desk, "isbn,title,author,price\n1,Midaq Alley,mahfouz,15\n4,Silas Marner,eliot,3.99\n2,=HYPERLINK(1),eliot,\n"
    )
    assert counts(result) == (1, 1, 1, 0)
    assert book(desk, "1").price == Decimal("15.00")
    assert book(desk, "4").title == "Silas Marner"


def test_what_a_file_does_not_mention_stays(desk):
    load(desk, "isbn,title\n1,Other\n")
    found = book(desk, "1")
    assert (found.title, found.price, found.pages) == ("Other", Decimal("12.50"), 300)


def test_an_empty_cell_empties_the_field_of_a_known_record_and_takes_the_default_for_a_new_one(desk):
    load(desk, "isbn,title,author,price,currency,lendable\n1,Midaq Alley,mahfouz,,,\n5,New,eliot,,,\n")
    assert (book(desk, "1").price, book(desk, "1").currency) == (None, "GBP")
    assert (book(desk, "5").currency, book(desk, "5").lendable) == ("GBP", True)


def test_bad_rows_come_back_with_their_reasons_while_the_others_load(desk):
    text = (
        "isbn,title,author,price,pages\n"
        "4,Good,eliot,1,10\n"
        "5,Too fine,eliot,1.00001,10\n"
        "6,No author,nobody,1,10\n"
        "7,,eliot,1,10\n"
        "8,Not a number,eliot,abc,10\n"
        '9,"Broken,eliot,1,10\n'
        "10,Also good,eliot,2,10\n"
        "11,Negative,eliot,-2,10\n"
        "12,Too many,cells,1,2,3\n"
    )
    result = load(desk, text)
    assert counts(result) == (2, 0, 0, 7)
    rows = list(csv.DictReader(io.StringIO(b"".join(bad_rows(result)).decode())))
    reasons = {row["isbn"]: row["_reasons"] for row in rows}
    assert "price: At most 4 decimals." in reasons["5"]
    assert "author: There is no nobody here." in reasons["6"]
    assert "title: This is needed." in reasons["7"]
    assert "price: “abc” is not a number." in reasons["8"]
    assert "quotation marks" in reasons['9,"Broken,eliot,1,10']
    assert "price_positive" in reasons["11"]
    assert "more cells than the head" in reasons["12"]
    assert rows[-1]["_more"] == "3"


def test_a_corrected_file_of_bad_rows_is_imported_as_it_is(desk):
    result = load(desk, "isbn,title,author,price\n4,A,eliot,1\n5,-B,eliot,-1\n")
    mended = b"".join(bad_rows(result)).replace(b",-1,", b",1,")
    assert counts(load(desk, mended)) == (1, 0, 0, 0)
    assert book(desk, "5").title == "-B"


def test_reasons_are_told_in_the_readers_language(desk):
    from dataclasses import replace

    desk.context = replace(desk.context, language="ar")
    result = load(desk, "isbn,title,author,price\n4,A,eliot,abc\n")
    assert "ليس" in result.failed[0].reasons[0]


def test_a_batch_that_fails_leaves_its_good_records_loaded(desk):
    text = "isbn,title,author,price\n" + "".join(f"n{n},T,eliot,{-1 if n == 3 else 1}\n" for n in range(6))
    assert counts(load(desk, text, batch=4)) == (5, 0, 0, 1)


def test_lines_are_gathered_from_the_rows_below(desk):
    text = (
        "_row,isbn,title,author,copies.shelf,copies.paid\n"
        "1,4,With copies,eliot,C1,1\n"
        "2,,,,C2,2\n"
        ",5,Without a count,eliot,D1,\n"
        ",,,,D2,\n"
        "1,6,No copies,eliot,,\n"
    )
    assert counts(load(desk, text)) == (3, 0, 0, 0)
    shelves = {isbn: [copy.shelf for copy in lines(desk, isbn)] for isbn in "456"}
    assert shelves == {"4": ["C1", "C2"], "5": ["D1", "D2"], "6": []}


def lines(desk, isbn):
    with desk.reading() as session:
        found = desk.find(session, desk.resource("library.book"), isbn, "library.book.read")
        return list(found.copies)


def test_lines_keep_their_identity_and_what_the_file_does_not_mention(desk):
    before = lines(desk, "1")
    result = load(desk, "isbn,copies.shelf\n1,B9\n,A2\n,A3\n")
    after = lines(desk, "1")
    assert counts(result) == (0, 1, 0, 0)
    assert [copy.id for copy in after][:2] == [copy.id for copy in before]
    assert [copy.shelf for copy in after] == ["B9", "A2", "A3"]
    assert (after[0].paid, after[1].condition) == (Decimal("10.00"), "worn")


def test_a_mistake_in_a_line_is_told_at_its_row_and_refuses_the_whole_record(desk):
    result = load(desk, "isbn,title,author,copies.shelf,copies.donor\n4,A,eliot,C1,eliot\n,,,C2,nobody\n")
    assert counts(result)[0] == 0
    assert [(row.number, row.reasons) for row in result.failed] == [
        (2, ()),
        (3, ("copies.donor: There is no nobody here.",)),
    ]


def test_a_record_may_refer_to_one_further_down(desk):
    result = load(desk, "code,name,mentor\nb,B,a\na,A,\nx,X,nowhere\n", "library.author")
    assert counts(result) == (2, 0, 0, 1)


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_dry_run_tells_the_same_and_keeps_nothing(desk, dry_run):
    text = "isbn,title,author,price\n1,Changed,mahfouz,1\n4,New,eliot,2\n5,Bad,eliot,-1\n6,Bad,nobody,1\n"
    result = load(desk, text, dry_run=dry_run)
    assert counts(result) == (1, 1, 0, 2)
    assert book(desk, "1").title == ("Midaq Alley" if dry_run else "Changed")


def test_a_known_record_is_refused_when_the_import_may_not_change_any(desk):
    result = load(desk, "isbn,title,author\n1,Other,mahfouz\n4,New,eliot\n", update=False)
    assert counts(result) == (1, 0, 0, 1)
    assert "already" in result.failed[0].reasons[0]


def test_a_row_that_occurs_twice_is_loaded_once(desk):
    assert counts(load(desk, "isbn,title,author\n4,New,eliot\n4,New,eliot\n")) == (1, 0, 1, 0)


def test_unknown_columns_are_named_before_anything_is_loaded(desk):
    with pytest.raises(InvalidInput) as caught:
        load(desk, "isbn,titel,colour\n4,New,red\n")
    assert caught.value.fields["titel"][0].filled() == "There is no such field; did you mean title?"
    assert "colour" in caught.value.fields


def test_columns_are_known_by_their_labels_in_any_language_and_by_a_mapping(desk):
    result = load(desk, "الرقم الدولي,Title,by,junk\n4,New,eliot,x\n", mapping={"by": "author", "junk": None})
    assert counts(result) == (1, 0, 0, 0)
    assert result.ignored == ("junk",)


def test_what_cannot_be_written_is_passed_over_and_told(desk):
    result = load(desk, "isbn,title,state\n1,Midaq Alley,catalogued\n")
    assert (counts(result), result.ignored) == ((0, 0, 1, 0), ("state",))


@pytest.mark.parametrize(
    ("written", "amount"),
    [("1.234,50", "1234.50"), ("١٬٢٣٤٫٥٠", "1234.50"), ("1 234,50", "1234.50"), ("12,5", "12.50"), ("-3,25", None)],
)
def test_decimal_commas_and_arabic_digits_are_understood(desk, written, amount):
    result = load(desk, f"isbn;title;author;price\n4;New;eliot;{written}\n")
    assert (book(desk, "4").price == Decimal(amount)) if amount else len(result.failed) == 1


def test_a_number_that_can_be_read_two_ways_follows_the_rest_of_the_file(desk):
    head = "isbn;title;author;price\n"
    load(desk, head + "4;A;eliot;1,234\n5;B;eliot;0,5\n")
    assert book(desk, "4").price == Decimal("1.234")
    load(desk, 'isbn,title,author,price\n6,A,eliot,"1,234"\n7,B,eliot,0.5\n')
    assert book(desk, "6").price == Decimal("1234.00")


def test_a_number_that_can_be_read_two_ways_is_refused_when_nothing_tells(desk):
    head = "isbn;title;author;price\n"
    assert "two ways" in load(desk, head + "4;A;eliot;1,234\n").failed[0].reasons[0]
    assert "two ways" in load(desk, head + "4;A;eliot;1,234\n5;B;eliot;0,5\n6;C;eliot;0.5\n").failed[0].reasons[0]
    assert counts(load(desk, head + "8;A;eliot;1,234\n", decimal_mark=",")) == (1, 0, 0, 0)


def test_words_for_yes_and_no_and_labels_of_choices_are_understood(desk):
    text = "isbn,title,author,lendable,copies.shelf,copies.condition\n4,A,eliot,نعم,S,مستعمل\n5,B,eliot,No,S,worn\n"
    assert counts(load(desk, text)) == (2, 0, 0, 0)
    assert (book(desk, "4").lendable, book(desk, "5").lendable) == (True, False)
    assert lines(desk, "4")[0].condition == "worn"


def test_json_lines_load_with_their_nested_lines(desk):
    text = '{"isbn":"4","title":"A","author":"eliot","price":1.5,"copies":[{"shelf":"Z"}]}\nnonsense\n[1]\n'
    result = load(desk, text, filename="x.jsonl")
    assert counts(result) == (1, 0, 0, 2)
    assert book(desk, "4").price == Decimal("1.50")


def test_an_import_needs_the_permission_of_what_it_does(desk, give):
    with pytest.raises(Forbidden):
        load(give("library.reader"), "isbn,title\n1,Mine\n")


def test_an_import_reaches_no_record_that_its_author_may_not_change(desk, give):
    theirs = give("library.helper")
    result = load(theirs, "isbn,title,author\n1,Stolen,eliot\nmine,Mine,eliot\n")
    assert counts(result) == (1, 0, 0, 1)
    assert book(desk, "1").title == "Midaq Alley"


def test_a_forbidden_field_is_an_unknown_column(desk, give):
    with pytest.raises(InvalidInput) as caught:
        load(give("library.librarian"), "isbn,royalty\n1,99\n")
    assert "royalty" in caught.value.fields


def test_rows_become_the_arguments_of_an_action(desk):
    text = "day,lines.book,lines.count,_row\n2026-01-01,1,3,1\n,2,4,2\n2026-01-02,nowhere,1,1\n"
    result = load(desk, text, "library.count_stock")
    assert counts(result) == (1, 0, 0, 1)
    assert "nowhere" in result.failed[0].reasons[0]


def test_a_row_with_a_key_is_done_once(desk):
    ids = {isbn: book(desk, isbn).id for isbn in "12"}
    text = f"_key,id,shelf\nk1,{ids['1']},A\nk2,{ids['2']},B\n"
    assert counts(load(desk, text, "library.catalogue")) == (2, 0, 0, 0)
    assert counts(load(desk, text, "library.catalogue")) == (2, 0, 0, 0)
    assert counts(load(desk, text.replace("k", "n"), "library.catalogue")) == (0, 0, 0, 2)


def test_there_is_nothing_to_import_into_under_an_unknown_name(desk):
    with pytest.raises(NotFound):
        load(desk, "a\n1\n", "library.nothing")


def test_custom_fields_have_columns(desk):
    desk.execute("core.custom_field.create", resource="library.book", name="room", label="Room", kind="text")
    assert counts(load(desk, "isbn,custom.room\n1,West\n")) == (0, 1, 0, 0)
    assert book(desk, "1").custom == {"room": "West"}
    assert counts(load(desk, "isbn,custom.room\n1,West\n")) == (0, 0, 1, 0)


def test_progress_is_told_after_each_batch(desk):
    told = []
    load(desk, "isbn,title,author\n4,A,eliot\n5,B,eliot\n6,C,eliot\n", batch=2, progress=told.append)
    assert told == [2, 3]
