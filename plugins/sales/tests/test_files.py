"""Files of orders that are sent in a form: tried, brought in by a job, kept with what was told."""

import gzip
from base64 import b64encode

import pytest
import sqlalchemy as sa
from backoffice_sales.models import Order, OrderFile

from backoffice.core.api import InvalidInput
from backoffice.core.testing.work import work_off

HEAD = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


def sent(*rows, name="orders.csv"):
    text = "\n".join((HEAD, *rows)).encode()
    return {"name": name, "data": b64encode(gzip.compress(text) if name.endswith(".gz") else text).decode()}


def line(number, quantity="2", price="2.55"):
    return f"{number},CUPS,CUPS,{quantity},2010-12-01,{price},17850,United Kingdom"


def there(desk, *numbers):
    with desk.reading(fresh=True) as session:
        return session.scalar(sa.select(sa.func.count(Order.id)).where(Order.source_key.in_(numbers)))


def test_a_file_is_brought_in_by_a_job_and_kept_with_what_was_told(seller):
    file = sent(line("F1"), line("F2", price="0.001"), name="orders.csv.gz")
    answer = seller.do("import_orders", file=file, mapping="online-retail")
    assert (answer["documents"], answer["lines"]) == (2, 2)
    work_off(seller.desk.office)
    assert there(seller.desk, "F1", "F2") == 2
    with seller.desk.reading(fresh=True) as session:
        kept = session.get(OrderFile, answer["file"])
        assert (kept.state, kept.documents, kept.made, kept.filename) == ("loaded", 2, 2, "orders.csv.gz")
        assert kept.told == "F2 comes to 0.002 in the file and was rounded to 0.00."


def test_a_file_is_tried_without_writing_anything(seller):
    answer = seller.do("import_orders", file=sent(line("T1")), mapping="online-retail", dry_run=True)
    assert (answer["documents"], "file" in answer) == (1, False)
    work_off(seller.desk.office)
    assert there(seller.desk, "T1") == 0


def test_the_same_file_is_kept_once_and_adds_nothing(seller):
    made = [seller.do("import_orders", file=sent(line("S1")), mapping="online-retail")["file"] for _ in range(2)]
    work_off(seller.desk.office)
    again = seller.do("import_orders", file=sent(line("S1")), mapping="online-retail")
    assert made == [again["file"]] * 2
    assert (again["known"], there(seller.desk, "S1")) == (1, 1)


def test_rows_that_cannot_be_read_are_named_before_anything_is_kept(seller):
    with pytest.raises(InvalidInput) as caught:
        seller.do("import_orders", file=sent(line("R1"), line("R2", "many"), line("R3", "", "x")),
                  mapping="online-retail")  # fmt: skip
    assert [one["row"] for one in caught.value.details["rows"]] == [3, 4]
    assert caught.value.details["rows"][0]["problem"] == "Row 3 has no number where one belongs."
    assert len(caught.value.fields["file"]) == 2


def test_what_is_no_table_is_refused(seller):
    with pytest.raises(InvalidInput, match=r"orders\.xlsx"):
        seller.do("import_orders", file={"name": "orders.xlsx", "data": b64encode(b"no sheet").decode()},
                  mapping="online-retail")  # fmt: skip
